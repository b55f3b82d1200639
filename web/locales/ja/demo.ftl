### デモだけにある画面。

demo-letters-title = 送ったメール
demo-letters-lead = デモでは、メールを外へ送らず、ここに置きます。
demo-letters-none = メールはまだありません
demo-letters-none-next = 相談や返事があると、ここに出ます。
demo-letters-elsewhere = メールは、ここには置いていません
demo-letters-elsewhere-next = メールサーバーから送る設定になっています。
demo-letters-shown = { $total }通のうち{ $from }〜{ $until }通目
demo-letter-subject = 件名
demo-letter-to = あて先
demo-letter-at = 日時
demo-letter-event = きっかけ
demo-letter-text = 本文
