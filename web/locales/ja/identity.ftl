### ログイン、立場、ログインの記録。

## ログイン
identity-sign-in-title = ログイン
identity-sign-in-lead = いつもお使いのログイン先を選んでください。パスワードは、ログイン先の画面で入れます。ここでは、おたずねしません。
identity-issuer = { $name }でログイン
identity-issuer-unnamed = ログイン先
identity-no-issuer = いま使えるログイン先がありません
identity-no-issuer-next = 少し待ってから、もう一度開いてください。
identity-phone = お困りのときは、お電話ください（{ $hours }）：
identity-first-title = はじめてお使いの方へ
identity-first-lead = お使いになるには、招待が必要です。
identity-leaving-title = ログイン先へ移ります
identity-leaving-lead = すぐに次の画面へ移ります。進まないときは、下を押してください。
identity-leaving-go = ログイン先へ進む
identity-to-sign-in = ログインの画面へ
identity-sign-in-again = もう一度ログインする

## 招待
identity-invitation-title = ともしびへの招待
identity-invitation-lead = 所属する医師会や勤務先から、招待が届いています。招待のメールに書かれたログイン先を選んでください。ログインすると、使い始められます。
identity-invitation-signed-in = いま「{ $name }」さんとしてログインしています。ここからログインすると、そのログインは終わります。ご本人でないときは、先に画面の上でログアウトしてください。
identity-invitation-help = うまくいかないとき
identity-invitation-once = 招待のリンクは、一度だけ使えます。期限が過ぎたときは、招待した方に、もう一度送ってもらってください。
identity-invitation-which = どのログイン先か分からないときは、招待のメールに書かれた名前と見比べてください。

## うまくいかないとき
identity-again-title = もう一度ログインしてください
identity-again-lead = ログインの途中で時間がたったか、同じログインが別の画面で終わっています。何も変更していません。
identity-again-next = 下のボタンから、はじめからログインしてください。
identity-refused-title = ログインは取りやめになりました
identity-refused-lead = ログイン先で中止されたか、ログイン先がログインを認めませんでした。何も変更していません。
identity-refused-next = ログインするときは、下のボタンから、もう一度始めてください。
identity-uninvited-title = この方は、まだ招待されていません
identity-uninvited-lead = ログイン先では確かめられましたが、ともしびを使う方としての登録がありません。
identity-uninvited-mail = 招待のメールをお持ちの方は、メールの中のリンクを開いて、そこからログインしてください。
identity-uninvited-account = アカウントをいくつかお持ちの方は、招待を受けたアカウントでログインしてください。
identity-uninvited-whom = 招待がまだの方は、勤務先の管理者（院長・施設長）か、所属する医師会の事務局に、招待をたのんでください。
identity-seatless-title = いま使える立場がありません
identity-seatless-lead = ご本人と確かめられましたが、任された役割が終わっているか、まだ始まっていません。
identity-seatless-whom = 役割を続けるときは、勤務先の管理者（院長・施設長）か、所属する医師会の事務局に、たのんでください。
identity-seatless-when = 始まる日が決まっているときは、その日からログインできます。
identity-unproved-title = ログインを確かめられませんでした
identity-unproved-lead = ログイン先から届いた答えに、合わないところがありました。安全のため、受け取りませんでした。
identity-unproved-next = 下のボタンから、はじめからログインしてください。
identity-unproved-clock = 続けて起きるときは、この画面のことを相談窓口へお知らせください。
identity-other-title = 別の方がログインしました
identity-other-lead = 確かめのためのログインで、はじめとは別の方がログインしました。取り違えを防ぐため、受け取りませんでした。はじめの方のログインは、そのまま続いています。
identity-other-next = 操作を続けるときは、はじめの方が、もう一度ボタンを押してください。
identity-closed-title = このログイン先は使えなくなりました
identity-closed-lead = ログインの途中で、このログイン先が使えなくなりました。何も変更していません。
identity-closed-next = ほかのログイン先を選ぶか、所属する医師会の事務局に、おたずねください。

## もう一度確かめる
identity-step-up-title = もう一度、ご本人か確かめます
identity-step-up-lead = 大切な操作の前に、ログインし直していただいています。いまのログインは、続いています。
identity-step-up-recent = この操作には、{ $minutes }分以内のログインが必要です。
identity-step-up-factor = 二つ目の確認（ワンタイムコードやパスキー）も使ってください。
identity-step-up-after = ログインのあと、もとの画面にもどります。もう一度、同じボタンを押してください。
identity-step-up-none = このときのログイン先は、いま使えません
identity-step-up-none-next = 画面の上でログアウトして、ほかのログイン先からログインし直してください。

## ログアウト
identity-signed-out-title = ログアウトしました
identity-signed-out-lead = ともしびのログインは終わりました。みなさんで使う機器のときは、ブラウザも閉じてください。
identity-signed-out-further = 続けて、ログイン先からもログアウトします。進まないときは、下を押してください。
identity-signed-out-go = ログイン先からもログアウトする
identity-still-title = まだログインしています
identity-still-lead = このブラウザでは、ログインが続いています。終わるときは、ホームへもどり、画面の上の「ログアウト」を押してください。

## 立場
identity-seats-title = 立場を選ぶ
identity-seats-lead = 選んだ立場で、見られるものと、できることが変わります。
identity-seats-single = お使いになれる立場は、1つです。
identity-seat-present = いまの立場
identity-seat-take = この立場に切り替える
identity-seat-gone = その立場は、いま使えません。下から選び直してください。

## ログインの記録
identity-sessions-title = ログインの記録
identity-sessions-lead = いまログインしている機器です。覚えのないものがあれば、終わらせてください。
identity-sessions-list = ログイン中の機器
identity-device = { $os }（{ $browser }）
identity-os-windows = Windows
identity-os-mac = Mac
identity-os-iphone = iPhone
identity-os-ipad = iPad
identity-os-android = Android
identity-os-chromebook = Chromebook
identity-os-linux = Linux
identity-os-other = 不明な機器
identity-browser-edge = Edge
identity-browser-chrome = Chrome
identity-browser-firefox = Firefox
identity-browser-safari = Safari
identity-browser-other = 不明なブラウザ
identity-session-present = この機器
identity-session-created = ログイン
identity-session-seen = 最後に使用
identity-session-expires = 終わる時刻
identity-session-factor = 二つ目の確認
identity-session-factor-yes = あり
identity-session-factor-no = なし
identity-session-revoke = 終わらせる
identity-session-revoked = その機器のログインを終わらせました。次に使うときは、もう一度ログインが必要です。
identity-session-gone = そのログインは、すでに終わっています。
identity-sessions-others = この機器のほかは、すべて終わらせる
identity-sessions-others-hint = 機器をなくしたときや、ほかの人が使っているかもしれないときに押してください。この機器のログインは続きます。
identity-session-others-revoked = ほかの機器のログインを、すべて終わらせました。
identity-session-alone = ほかにログインしている機器はありません。

## ことば
identity-language-title = お知らせのことば
identity-locale = メールで使うことば
identity-locale-hint = この画面のことばも、選んだものになります。
identity-locale-ja = 日本語
identity-locale-en = English（英語）
identity-language-store = このことばにする
identity-language-stored = お知らせのことばを変えました。
