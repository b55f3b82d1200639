### お知らせメールのことば。番号とリンクだけを書き、相談の内容は書かない（メールを攻撃者が読んでいるかもしれない）。

## 新しい相談が窓口に届いた（窓口の人へ）
mail-opened-subject = 【ともしび】新しい相談が届きました（{ $number }）
mail-opened-lead = 新しい相談 { $number } が届きました。あなたが担当です。

## 窓口が返事を書いた（相談した人へ）
mail-desk-replied-subject = 【ともしび】窓口から返事が届きました（{ $number }）
mail-desk-replied-lead = 相談 { $number } に、窓口から返事が届きました。

## 相談した人が返事を書いた（窓口の人へ）
mail-requester-replied-subject = 【ともしび】相談した方から返事が届きました（{ $number }）
mail-requester-replied-lead = 相談 { $number } に、相談した方から返事が届きました。

## 担当になった（窓口の人へ）
mail-assigned-subject = 【ともしび】相談の担当になりました（{ $number }）
mail-assigned-lead = 相談 { $number } の担当になりました。

## 引き継ぎの申し出（窓口の人へ）
mail-offered-subject = 【ともしび】引き継ぎの申し出が届きました（{ $number }）
mail-offered-lead = 相談 { $number } の引き継ぎの申し出が届きました。引き受けるか、理由を書いて戻してください。

## 解決とした（相談した人へ）
mail-resolved-subject = 【ともしび】相談への対応が終わりました（{ $number }）
mail-resolved-lead = 相談 { $number } への対応が終わりました。まだ困っているときは、リンクの先から30日以内に再開できます。

## 終わりにした（相談した人へ）
mail-closed-subject = 【ともしび】相談を終わりにしました（{ $number }）
mail-closed-lead = 相談 { $number } を終わりにしました。記録は、いつでもリンクの先で読めます。

## 再開した（窓口の人へ）
mail-reopened-subject = 【ともしび】相談が再開されました（{ $number }）
mail-reopened-lead = 相談 { $number } が再開されました。

## 手紙の全体
mail-body =
    { $lead }

    内容は、ログインしてからお読みください。
    { $link }

    安全のため、このメールに相談の内容は書いていません。このメールに返信しても、窓口には届きません。
    パスワードや口座の番号をメールでおたずねすることはありません。

    { $federation }
    医療機関サイバーセキュリティ支援窓口

## まとめた手紙（短い時間に多くを送らないため）
mail-collected-subject = 【ともしび】お知らせ{ $n }件をまとめてお送りします
mail-collected-lead = 短い時間に多くのお知らせがあったため、{ $n }件を1通にまとめました。次の相談に動きがあります。
mail-collected-case = ・{ $number }　{ $link }
mail-collected-more = ・ほか{ $n }件　{ $link }
mail-collected-body =
    { $lead }

    { $cases }

    内容は、ログインしてからお読みください。
    安全のため、このメールに相談の内容は書いていません。このメールに返信しても、窓口には届きません。
    パスワードや口座の番号をメールでおたずねすることはありません。

    { $federation }
    医療機関サイバーセキュリティ支援窓口

## 招待（まだ登録のない方へ）
mail-invited-subject = 【ともしび】{ $federation }からの招待です
mail-invited-body =
    { $federation }が、あなたを「ともしび 医療機関サイバーセキュリティ支援窓口」に招待しています。

    次のリンクを開き、「{ $issuer }」でログインしてください。ログインすると、使い始められます。
    { $link }

    リンクは一度だけ、{ $until }まで使えます。リンクを持つ方なら誰でも使えるため、ほかの方に渡さないでください。
    心あたりのないときは、このメールを捨ててください。何も起こりません。
    パスワードや口座の番号をメールでおたずねすることはありません。このメールに返信しても、窓口には届きません。

    { $federation }
    医療機関サイバーセキュリティ支援窓口
