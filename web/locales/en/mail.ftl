### Words of the notification mails. A number and a link only, never the content: an attacker may be reading the mailbox.

## A consultation arrived (to the desk)
mail-opened-subject = [Tomoshibi] A new consultation has arrived ({ $number })
mail-opened-lead = The new consultation { $number } has arrived. It is yours to answer.

## The desk answered (to the person who asked)
mail-desk-replied-subject = [Tomoshibi] The desk has answered ({ $number })
mail-desk-replied-lead = The desk has answered your consultation { $number }.

## The person who asked answered (to the desk)
mail-requester-replied-subject = [Tomoshibi] The requester has answered ({ $number })
mail-requester-replied-lead = The requester has answered in consultation { $number }.

## Given to somebody (to the desk)
mail-assigned-subject = [Tomoshibi] A consultation is now yours ({ $number })
mail-assigned-lead = Consultation { $number } is now yours to answer.

## Offered to another queue (to the desk)
mail-offered-subject = [Tomoshibi] You are asked to take over a consultation ({ $number })
mail-offered-lead = You are asked to take over consultation { $number }. Please accept it, or give it back with a reason.

## Resolved (to the person who asked)
mail-resolved-subject = [Tomoshibi] The work on your consultation is done ({ $number })
mail-resolved-lead = The work on your consultation { $number } is done. If you still need help, you can reopen it from the link within 30 days.

## Closed (to the person who asked)
mail-closed-subject = [Tomoshibi] Your consultation is closed ({ $number })
mail-closed-lead = Your consultation { $number } is closed. You can read the record at any time from the link.

## Reopened (to the desk)
mail-reopened-subject = [Tomoshibi] A consultation was reopened ({ $number })
mail-reopened-lead = Consultation { $number } was reopened.

## The letter around it
mail-body =
    { $lead }

    Please sign in to read it.
    { $link }

    For safety this mail says nothing of what was written. Replies to this mail do not reach the desk.
    We never ask for passwords or account numbers by mail.

    { $federation }
    Cybersecurity support desk for medical institutions

## Collected letters (so that not too many go out at once)
mail-collected-subject = [Tomoshibi] { $n } notices in one letter
mail-collected-lead = There was much to tell within a short time, so { $n } notices are in this one letter. There is news in these consultations:
mail-collected-case = - { $number }  { $link }
mail-collected-more = - and { $n } more  { $link }
mail-collected-body =
    { $lead }

    { $cases }

    Please sign in to read them.
    For safety this mail says nothing of what was written. Replies to this mail do not reach the desk.
    We never ask for passwords or account numbers by mail.

    { $federation }
    Cybersecurity support desk for medical institutions

## Invitation (to somebody who is not registered yet)
mail-invited-subject = [Tomoshibi] An invitation from { $federation }
mail-invited-body =
    { $federation } invites you to Tomoshibi, the cybersecurity support desk for medical institutions.

    Open this link and sign in with "{ $issuer }". Once signed in, you can begin.
    { $link }

    The link works once, until { $until }. Whoever holds it can use it: please do not pass it on.
    If this means nothing to you, throw this mail away. Nothing will happen.
    We never ask for passwords or account numbers by mail. Replies to this mail do not reach the desk.

    { $federation }
    Cybersecurity support desk for medical institutions
