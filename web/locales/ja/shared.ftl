### 全画面に共通のことば。やさしい日本語を先に、です・ます、短い文で。

## 製品
-brand = ともしび
shared-brand = { -brand }
shared-brand-long = { -brand } 医療機関サイバーセキュリティ支援窓口

## 枠
shared-skip = 本文へ進む
shared-menu = 主なメニュー
shared-emergency = 緊急
shared-seat = いまの立場
shared-seat-of = {" "}の{ $role }
shared-person = { $name } さん
shared-tools = 表示の設定
shared-seat-switch = 立場を切り替える
shared-sign-out = ログアウト
shared-language-other = English
shared-crumbs = いまいる場所
shared-back = もどる
shared-foot-phone = 電話（{ $hours }）
shared-of = ：{ $what }

## メニューと窓口
shared-desk-hours-unknown = 受付時間はお電話でお確かめください
shared-menu-home = ホーム
shared-menu-queue = 受付箱
shared-menu-consultations = 相談
shared-menu-area = 地域のようす
shared-menu-shared = 知らされた相談
shared-tool-sessions = ログインの記録

## 役割
shared-role-owner = 管理者（院長・施設長）
shared-role-staff = 職員
shared-role-safety-officer = 安全管理の責任者
shared-role-officer = 医師会の担当
shared-role-agent = 窓口の担当
shared-role-lead = 窓口の責任者
shared-role-reviewer = 支援金の審査担当
shared-role-approver = 支援金の決定者
shared-role-batch-maker = 振込データの作成者
shared-role-releaser = 振込の承認者
shared-role-librarian = 資料の担当
shared-role-auditor = 監査人
shared-role-programme-owner = 事業の責任者
shared-role-administrator = システム管理者

## 日付と時刻
shared-year-era = 令和{ $era ->
    [1] 元
   *[other] { $era }
}年
shared-year-western = { $n }年
shared-year-both = 令和{ $era ->
    [1] 元
   *[other] { $era }
}年（{ $n }年）
shared-date = { $year }{ $month }月{ $day }日（{ $weekday ->
    [1] 月
    [2] 火
    [3] 水
    [4] 木
    [5] 金
    [6] 土
   *[7] 日
}）
shared-date-weekday = { $month }月{ $day }日（{ $weekday ->
    [1] 月
    [2] 火
    [3] 水
    [4] 木
    [5] 金
    [6] 土
   *[7] 日
}）
shared-date-short = { $month }月{ $day }日
shared-clock = { $hour }:{ $minute }
shared-clock-words = { $hour }時{ $minute }分
shared-moment-full = { $date }{ $clock }
shared-moment-short = { $date } { $clock }
shared-yesterday = 昨日
shared-left-minutes = あと{ $n }分
shared-left-hours = あと{ $n }時間
shared-left-days = あと{ $n }日
shared-late-minutes = { $n }分超過
shared-late-hours = { $n }時間超過
shared-late-days = { $n }日超過
shared-ago-now = たった今
shared-ago-minutes = { $n }分前
shared-ago-hours = { $n }時間前
shared-ago-days = { $n }日前

## 大きさ
shared-size-bytes = { $n } B
shared-size-kb = { $n } KB
shared-size-mb = { $n } MB
shared-size-gb = { $n } GB

## 入力
shared-optional = 任意
shared-limit = { $max }文字まで
shared-limit-left = あと{ $n }文字
shared-limit-over = { $n }文字多すぎます
shared-choose = 選んでください
shared-patient-warning = 患者さんの名前・病名・カルテの中身は書かないでください。
shared-autosaved = 下書きを保存しました
shared-autosave-failed = いま保存できません。書いた文はこの画面に残っています
shared-faults = 直すところが{ $n }つあります
shared-faults-lead = 入れた内容は残っています。下を直して、もう一度送ってください。
shared-fault-line = { $label }：{ $message }
shared-error-empty = 入れてください
shared-error-choose = どれか1つを選んでください
shared-error-choose-some = 1つ以上選んでください
shared-error-tick = 読んで、印を付けてください
shared-error-long = { $over }文字多すぎます。{ $max }文字までに縮めてください
shared-error-number = 数字で入れてください（例：12）
shared-error-range = { $min }から{ $max }までの数を入れてください
shared-error-gone = 選べなくなったものが入っています。もう一度選んでください
shared-error-when = 日時が読み取れません。例のように入れてください（例：11月16日 6時40分）
shared-error-when-empty = 日時を入れてください。だいたいでかまいません（例：11月16日 6時40分）
shared-error-phone-empty = つながる電話番号を入れてください
shared-error-phone-signs = 電話番号は数字とハイフンだけで入れてください（例：090-0000-0000）
shared-error-phone-area = 0から始まる番号を、市外局番から入れてください（例：03-0000-0000）
shared-error-phone-short = あと{ $short }桁足りません。この番号は{ $wanted }桁です
shared-error-phone-long = { $over }桁多すぎます。この番号は{ $wanted }桁です
shared-error-phone-abroad = 国番号のあとの桁数を確かめてください
shared-error-again = 入れた内容を確かめて、もう一度送ってください

## ファイル
shared-file-waiting = 検査中
shared-file-waiting-more = 終わるまで開けません。この画面を開き直すと、結果が出ます
shared-file-clean = 検査済み・問題なし
shared-file-infected = ウイルスを検出・開けません
shared-file-infected-more = 隔離して保管しています。証拠として残ります
shared-file-unscannable = 検査できません・開けません
shared-file-unscannable-more = パスワードやマクロを外すか、画面の写真にして送り直してください
shared-file-too-large = 大きすぎて受け取れません
shared-file-too-large-more = 分けるか、小さくして送り直してください
shared-file-refused = 受け取れませんでした
shared-file-refused-type = 中身が、選んだ種類のファイルではありません。種類を選び直して、もう一度付けてください
shared-file-refused-size = 大きすぎます。分けるか、小さくして、もう一度付けてください
shared-file-expected = まだ届いていません
shared-file-expected-more = このままでは付きません。続きを送るか、外してください
shared-file-send = 続きを送る
shared-file-abandoned = 届きませんでした
shared-file-save = 保存
shared-file-remove = 外す
shared-upload-running = 送っています
shared-upload-failed = 送れませんでした。つながっているか確かめて、もう一度押してください

## 一覧
shared-pager = ページ
shared-pager-next = 次の{ $n }件
shared-pager-first = 最初へもどる
shared-filter = 絞り込む
shared-filter-clear = 条件を外す
shared-search = ことばで探す
shared-all = すべて
shared-views = 保存した見方
shared-filters = 絞り込み
shared-keys = キー操作
shared-keys-move = 上下に動く
shared-keys-open = 開く
shared-keys-pick = 選ぶ
shared-keys-find = 探す
shared-keys-help = この一覧
shared-keys-on = キー操作を使う

## やりとり
shared-note-locked = 内部メモ ・ 医療機関には見えません
shared-because = なぜなら
shared-change = 変更

## ほかの人が先に変えたとき
shared-stale-title = ほかの人が先に変えました
shared-stale-lead = あなたが開いてから、この内容が変わりました。あなたの変更はまだ入っていません。下で新しい内容を確かめて、必要ならもう一度送ってください。
shared-stale-changed = 変わったところ
shared-stale-kept = あなたが書いた文
shared-stale-kept-lead = 消えていません。選んでコピーできます。
shared-stale-open = 新しい内容を見る
shared-seat-title = 立場が切り替わっています
shared-seat-lead = この画面は「{ $before }」として開きましたが、いまは「{ $now }」です。取り違えを防ぐため、まだ送っていません。
shared-seat-lead-unknown = この画面は別の立場で開きましたが、いまは「{ $now }」です。取り違えを防ぐため、まだ送っていません。
shared-seat-next = もとの立場に切り替えてから、もう一度送ってください。
shared-seat-next-action = 立場を選ぶ

## 書いたものが送られずに止まったとき
shared-unsent-kept = 書いた文
shared-unsent-kept-choices = 選んだもの
shared-unsent-signed-out-title = まだ送っていません
shared-unsent-signed-out-lead = ログインが終わっています。時間がたったか、別の画面でログアウトしたためです。書いた文は、この画面に残っています。
shared-unsent-signed-out-first = 下のボタンで別のタブを開き、そこでログインしてください。この画面は閉じないでください。
shared-unsent-signed-out-then = この画面にもどり、いちばん下の「ログインしたので続ける」を押してください。送る前に、もう一度確かめられます。
shared-unsent-signed-out-action = ログインする（別のタブで開きます）
shared-unsent-signed-out-button = ログインしたので続ける
shared-unsent-ready-title = 送る前に確かめてください
shared-unsent-ready-lead = この画面を開いたあとに、ログインし直されています。取り違えを防ぐため、まだ送っていません。いまは「{ $organisation }」の{ $person }さんです。
shared-unsent-ready-next = 下の内容を確かめて、よければ送ってください。
shared-unsent-ready-button = この内容で送る
shared-unsent-seat-first = 下のボタンで別のタブを開き、もとの立場に切り替えてください。この画面は閉じないでください。
shared-unsent-seat-then = この画面にもどり、いちばん下の「切り替えたので送る」を押してください。
shared-unsent-seat-action = 立場を選ぶ（別のタブで開きます）
shared-unsent-seat-button = 切り替えたので送る
shared-unsent-person-title = 送るのを止めました
shared-unsent-person-lead = 下の文が、いまログインしている{ $person }さんの書いたものと確かめられません。取り違えを防ぐため、送っていません。
shared-unsent-person-own = ほかの方が書いた文のときは、その方が別のタブでログインし直してから、いちばん下の「続ける」を押してください。
shared-unsent-person-other = 送らないときは、この画面を閉じてください。
shared-unsent-person-button = 続ける
shared-unsent-later-lead = 書いた文は、この画面に残っています。少し待つと、送れます。
shared-unsent-later-next = { $minutes }分ほど待ってから、いちばん下の「もう一度送る」を押してください。
shared-unsent-later-button = もう一度送る
shared-unsent-as-chosen = 選んだとおりに送ります
shared-unsent-gone = いまは選べません
shared-unsent-none = どれも選びません
shared-unsent-ticked = 印を付けました

## うまくいかないとき
shared-trouble-next = 次にできること
shared-trouble-home = ホームへもどる
shared-trouble-emergency = 攻撃を受けているかもしれないときは、「緊急」を押してください。
shared-trouble-phone = 急ぐときは、お電話ください（{ $hours }）：
shared-trouble-id = 問い合わせ番号
shared-trouble-id-lead = お問い合わせのときに、この番号をお伝えください。
shared-trouble-retry = もう一度試す

shared-absent-title = この画面は見つかりません
shared-absent-lead = アドレス（URL）が違うか、画面がなくなったか、いまの立場では見られません。
shared-absent-next-address = メールのリンクから来たときは、リンクが途中で切れていないか確かめてください。
shared-absent-next-seat = 立場をいくつかお持ちのときは、画面の上で切り替えてから、もう一度開いてください。

shared-bad-request-title = 送られた内容を読み取れませんでした
shared-bad-request-lead = 画面が古くなっているか、途中で内容が変わったようです。何も変更していません。
shared-bad-request-next = 前の画面を開き直してから、もう一度送ってください。

shared-refused-title = いまの立場では、この操作はできません
shared-refused-lead = 画面は見られますが、この操作は決まりで止めています。何も変更していません。
shared-refused-rule = 止めた決まり
shared-refused-next = この操作ができる人にお願いするか、できる立場に切り替えてください。

shared-expired-title = 画面を開いたまま、時間がたちました
shared-expired-lead = 安全のため、送るのを止めました。何も変更していません。
shared-expired-next = 前の画面を開き直してから、もう一度押してください。
shared-expired-action = 前の画面を開き直す

shared-too-large-title = 送るものが大きすぎます
shared-too-large-lead = 一度に送れる大きさを超えたので、受け取りませんでした。
shared-too-large-next = 文は短く分け、写真やファイルは1つずつ送ってください。

shared-unprocessable-title = 直すところがあります
shared-unprocessable-lead = 送られた内容に、このままでは受け取れないところがあります。何も変更していません。
shared-unprocessable-next = 前の画面へもどり、内容を確かめて、もう一度送ってください。

shared-too-many-title = 続けて何度も送られました
shared-too-many-lead = 混み合わないように、少しのあいだ受け付けを止めています。
shared-too-many-next = { $minutes }分ほど待ってから、もう一度お試しください。

shared-broken-title = こちらの不具合で、画面を出せません
shared-broken-lead = ご迷惑をおかけします。何が起きたかは記録しました。送った内容が届いたかどうかは、一覧の画面で確かめられます。
shared-broken-next = 少し待ってから、もう一度お試しください。

shared-busy-title = いま、混み合っています
shared-busy-lead = 受け付けを止めてはいません。少し待つと、つながります。
shared-busy-next = 1分ほど待ってから、もう一度お試しください。

shared-sign-in-title = ログインしてください
shared-sign-in-lead = この画面を見るには、ログインが必要です。時間がたつと、安全のため自動でログアウトします。
shared-sign-in-next = ログインすると、この画面にもどります。
shared-sign-in-action = ログインする

shared-issuer-down-title = ログイン先につながりません
shared-issuer-down-lead = ログインを受け持つ「{ $issuer }」が、いま答えていません。すでにログインしている方は、そのまま使えます。
shared-issuer-down-next = 5分ほど待ってから、もう一度お試しください。パスワードを入れ直す必要はありません。

shared-last-resort-title = 画面を出せません
shared-last-resort-lead = こちらの不具合です。少し待ってから、もう一度開いてください。攻撃を受けているときは、LANケーブルを抜き、電源は切らずに、医師会へお電話ください。

## What moves while a page is open
shared-live-as-of = { $at }の時点です
shared-live-again = 最新を見る
shared-live-again-aside = 最新を別のタブで見る
shared-live-gap = この間に、新しい動きがあったかもしれません
shared-live-lost = いまは、新しい動きが届きません
shared-live-over = この画面は、いまの席ではもう見られません
shared-live-gone = この席のログインは終わりました
