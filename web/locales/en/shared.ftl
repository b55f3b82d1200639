### Words of all pages. Plain sentences; the Japanese file leads.

## Product
-brand = Tomoshibi
shared-brand = { -brand }
shared-brand-long = { -brand }, cybersecurity support desk for medical institutions

## Frame
shared-skip = Skip to the main text
shared-menu = Main menu
shared-emergency = Emergency
shared-seat = Acting as
shared-seat-of = , { $role }
shared-person = { $name }
shared-tools = Display settings
shared-seat-switch = Switch role
shared-sign-out = Sign out
shared-language-other = 日本語
shared-crumbs = You are here
shared-back = Back
shared-foot-phone = Telephone ({ $hours })
shared-of = : { $what }

## Menu and desk
shared-desk-hours-unknown = please ask for the hours when you call
shared-menu-home = Home
shared-menu-queue = Queue
shared-menu-consultations = Consultations
shared-menu-area = My area
shared-menu-shared = Shared with us
shared-tool-sessions = Sign-in record

## Roles
shared-role-owner = owner (director)
shared-role-staff = staff
shared-role-safety-officer = safety officer
shared-role-officer = association officer
shared-role-agent = desk agent
shared-role-lead = desk lead
shared-role-reviewer = grant reviewer
shared-role-approver = grant approver
shared-role-batch-maker = payment batch maker
shared-role-releaser = payment releaser
shared-role-librarian = librarian
shared-role-auditor = auditor
shared-role-programme-owner = programme owner
shared-role-administrator = administrator

## Dates and times
shared-year-era = Reiwa { $era }
shared-year-western = { $n }
shared-year-both = { $n } (Reiwa { $era })
shared-date = { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
} { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
shared-date-weekday = { $weekday ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
} { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
shared-date-short = { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
shared-clock = { $hour }:{ $minute }
shared-clock-words = { $hour }:{ $minute }
shared-moment-full = { $date }, { $clock }
shared-moment-short = { $date } { $clock }
shared-yesterday = yesterday
shared-left-minutes = { $n } min left
shared-left-hours = { $n } h left
shared-left-days = { $n ->
    [one] { $n } day left
   *[other] { $n } days left
}
shared-late-minutes = { $n } min late
shared-late-hours = { $n } h late
shared-late-days = { $n ->
    [one] { $n } day late
   *[other] { $n } days late
}
shared-ago-now = just now
shared-ago-minutes = { $n } min ago
shared-ago-hours = { $n } h ago
shared-ago-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}

## Sizes
shared-size-bytes = { $n } B
shared-size-kb = { $n } KB
shared-size-mb = { $n } MB
shared-size-gb = { $n } GB

## Input
shared-optional = optional
shared-limit = Up to { $max } characters
shared-limit-left = { $n } characters left
shared-limit-over = { $n } characters too many
shared-choose = Please choose
shared-patient-warning = Please do not write names, diagnoses or records of patients.
shared-autosaved = Draft saved
shared-autosave-failed = Cannot save right now. Your text is still on this page
shared-faults = { $n ->
    [one] There is { $n } thing to put right
   *[other] There are { $n } things to put right
}
shared-faults-lead = Everything you entered is still here. Correct the fields below and send again.
shared-fault-line = { $label }: { $message }
shared-error-empty = Please fill this in
shared-error-choose = Please choose one
shared-error-choose-some = Please choose at least one
shared-error-tick = Please read this and tick the box
shared-error-long = { $over ->
    [one] { $over } character too many
   *[other] { $over } characters too many
}. Please shorten it to { $max }
shared-error-number = Please enter a number (for example 12)
shared-error-range = Please enter a number from { $min } to { $max }
shared-error-gone = Something you chose is no longer available. Please choose again
shared-error-when = We cannot read this date and time. Please write it like the example (for example 16 November 6:40)
shared-error-when-empty = Please enter the date and time. Roughly is enough (for example 16 November 6:40)
shared-error-phone-empty = Please enter a telephone number where we can reach you
shared-error-phone-signs = Please use digits and hyphens only (for example 090-0000-0000)
shared-error-phone-area = Please enter the whole number beginning with 0 (for example 03-0000-0000)
shared-error-phone-short = { $short ->
    [one] { $short } digit is missing
   *[other] { $short } digits are missing
}. This kind of number has { $wanted } digits
shared-error-phone-long = { $over ->
    [one] { $over } digit too many
   *[other] { $over } digits too many
}. This kind of number has { $wanted } digits
shared-error-phone-abroad = Please check the digits after the country code
shared-error-again = Please check what you entered and send again

## Files
shared-file-waiting = Being scanned
shared-file-waiting-more = It cannot be opened until the scan is done. Reload the page to see the result
shared-file-clean = Scanned, no problem found
shared-file-infected = Virus found, cannot be opened
shared-file-infected-more = Kept in quarantine as evidence
shared-file-unscannable = Cannot be scanned, cannot be opened
shared-file-unscannable-more = Please remove the password or macros, or send a photo of the screen instead
shared-file-too-large = Too large to be accepted
shared-file-too-large-more = Please split it or make it smaller and send it again
shared-file-refused = Not accepted
shared-file-refused-type = The content is not the kind of file you chose. Choose the kind again and attach it once more
shared-file-refused-size = It is too large. Split it or make it smaller and attach it once more
shared-file-expected = Not arrived yet
shared-file-expected-more = Like this it will not be attached. Send it or take it off
shared-file-send = Send it
shared-file-abandoned = Did not arrive
shared-file-save = Save
shared-file-remove = Take off
shared-upload-running = Sending
shared-upload-failed = It could not be sent. Please check your connection and press again

## Lists
shared-pager = Pages
shared-pager-next = Next { $n }
shared-pager-first = Back to the beginning
shared-filter = Filter
shared-filter-clear = Remove filters
shared-search = Search for words
shared-all = All
shared-views = Saved views
shared-filters = Filters
shared-keys = Keyboard
shared-keys-move = move
shared-keys-open = open
shared-keys-pick = pick
shared-keys-find = search
shared-keys-help = this list
shared-keys-on = Use keyboard shortcuts

## Conversation
shared-note-locked = Internal note, never shown to the institution
shared-because = Because
shared-change = Change

## Somebody else was faster
shared-stale-title = Somebody else changed this first
shared-stale-lead = This has changed since you opened it. Your change has not been made. Look at the present state below and send again if it is still needed.
shared-stale-changed = What changed
shared-stale-kept = What you wrote
shared-stale-kept-lead = It is not lost. You can select and copy it.
shared-stale-open = See the present state
shared-seat-title = You have switched roles
shared-seat-lead = This page was opened as "{ $before }", but you are now acting as "{ $now }". To prevent a mix-up nothing has been sent.
shared-seat-lead-unknown = This page was opened in another role, but you are now acting as "{ $now }". To prevent a mix-up nothing has been sent.
shared-seat-next = Switch back to the earlier role and send again.
shared-seat-next-action = Choose a role

## What was written could not be sent yet
shared-unsent-kept = What was written
shared-unsent-kept-choices = What was chosen
shared-unsent-signed-out-title = Not sent yet
shared-unsent-signed-out-lead = You are no longer signed in: time ran out, or you signed out on another page. What you wrote is still on this page.
shared-unsent-signed-out-first = Open another tab with the button below and sign in there. Do not close this page.
shared-unsent-signed-out-then = Come back to this page and press "I have signed in, go on" at the bottom. You can check once more before it is sent.
shared-unsent-signed-out-action = Sign in (opens in another tab)
shared-unsent-signed-out-button = I have signed in, go on
shared-unsent-ready-title = Please check before sending
shared-unsent-ready-lead = Since this page was opened, you have signed in again. To prevent a mix-up nothing has been sent yet. You are now { $person } of { $organisation }.
shared-unsent-ready-next = Check what stands below, and send it if it is right.
shared-unsent-ready-button = Send this
shared-unsent-seat-first = Open another tab with the button below and switch back to the earlier role. Do not close this page.
shared-unsent-seat-then = Come back to this page and press "I have switched, send" at the bottom.
shared-unsent-seat-action = Choose a role (opens in another tab)
shared-unsent-seat-button = I have switched, send
shared-unsent-person-title = Nothing was sent
shared-unsent-person-lead = We cannot tell that { $person }, who is signed in now, wrote the text below. To prevent a mix-up it was not sent.
shared-unsent-person-own = If somebody else wrote it, that person should sign in again in another tab and then press "Go on" at the bottom.
shared-unsent-person-other = If it is not to be sent, please close this page.
shared-unsent-person-button = Go on
shared-unsent-later-lead = What you wrote is still on this page. It can be sent in a moment.
shared-unsent-later-next = { $minutes ->
    [one] Wait about a minute, then press "Send again" at the bottom.
   *[other] Wait about { $minutes } minutes, then press "Send again" at the bottom.
}
shared-unsent-later-button = Send again
shared-unsent-as-chosen = Sent as you chose it
shared-unsent-gone = No longer on offer
shared-unsent-none = None of them
shared-unsent-ticked = Ticked

## When something does not work
shared-trouble-next = What you can do next
shared-trouble-home = Go to the home page
shared-trouble-emergency = If you may be under attack, press "Emergency".
shared-trouble-phone = If it is urgent, please call ({ $hours }):
shared-trouble-id = Reference
shared-trouble-id-lead = Please tell us this reference when you contact us.
shared-trouble-retry = Try again

shared-absent-title = This page cannot be found
shared-absent-lead = The address is wrong, the page no longer exists, or it cannot be seen in your present role.
shared-absent-next-address = If you followed a link in a mail, check that the link was not cut off.
shared-absent-next-seat = If you have several roles, switch at the top of the page and open it again.

shared-bad-request-title = We could not read what was sent
shared-bad-request-lead = The page may be out of date, or its content changed on the way. Nothing was changed.
shared-bad-request-next = Open the page before again and send once more.

shared-refused-title = Your present role does not allow this
shared-refused-lead = You may see the page, but a rule stops this action. Nothing was changed.
shared-refused-rule = The rule
shared-refused-next = Ask somebody who may do it, or switch to a role that may.

shared-expired-title = The page was open for a long time
shared-expired-lead = For safety nothing was sent. Nothing was changed.
shared-expired-next = Open the page before again and press once more.
shared-expired-action = Open that page again

shared-too-large-title = This is too large to send
shared-too-large-lead = It is larger than can be sent at once, so it was not accepted.
shared-too-large-next = Shorten the text, and send pictures and files one at a time.

shared-unprocessable-title = Something needs to be put right
shared-unprocessable-lead = Part of what was sent cannot be accepted as it is. Nothing was changed.
shared-unprocessable-next = Go back to the page before, check what you entered and send again.

shared-too-many-title = Too many requests in a row
shared-too-many-lead = To keep the service open for everybody we pause for a moment.
shared-too-many-next = { $minutes ->
    [one] Please wait about { $minutes } minute and try again.
   *[other] Please wait about { $minutes } minutes and try again.
}

shared-broken-title = The page cannot be shown because of a fault of ours
shared-broken-lead = We are sorry. What happened was recorded. Whether your change arrived can be seen in the list.
shared-broken-next = Please wait a moment and try again.

shared-busy-title = We are busy right now
shared-busy-lead = The desk is open. You will get through in a moment.
shared-busy-next = Please wait about a minute and try again.

shared-sign-in-title = Please sign in
shared-sign-in-lead = You need to sign in to see this page. For safety you are signed out after some time.
shared-sign-in-next = After signing in you return to this page.
shared-sign-in-action = Sign in

shared-issuer-down-title = The sign-in service cannot be reached
shared-issuer-down-lead = "{ $issuer }", which handles signing in, is not answering. If you are already signed in you can go on working.
shared-issuer-down-next = Please wait about five minutes and try again. You do not need to change your password.

shared-last-resort-title = The page cannot be shown
shared-last-resort-lead = This is a fault of ours. Please wait a moment and open it again. If you are under attack, unplug the network cable, leave the power on and call your medical association.

## What moves while a page is open
shared-live-as-of = As of { $at }
shared-live-again = Show the latest
shared-live-again-aside = Latest in a new tab
shared-live-gap = Something may have changed meanwhile
shared-live-lost = No news is coming in right now
shared-live-over = This page is no longer open to you
shared-live-gone = You are no longer signed in here
