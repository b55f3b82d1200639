### Pages that only a demo has.

demo-letters-title = Mails sent
demo-letters-lead = The demo sends no mail outside; it keeps them here.
demo-letters-none = No mails yet
demo-letters-none-next = Questions and replies will leave mails here.
demo-letters-elsewhere = Mails are not kept here
demo-letters-elsewhere-next = They are set to leave by a mail server.
demo-letters-shown = { $from } to { $until } of { $total }
demo-letter-subject = Subject
demo-letter-to = To
demo-letter-at = When
demo-letter-event = Event
demo-letter-text = Text
