### Words of the desk. The Japanese file leads.

## States (as staff read them)
desk-state-new = New
desk-state-triaged = Triaged
desk-state-in-work = In work
desk-state-waiting-requester = Waiting (institution)
desk-state-waiting-third-party = Waiting (outside)
desk-state-resolved = Resolved
desk-state-closed = Closed

## States (as those who asked read them)
desk-state-requester-new = Received
desk-state-requester-triaged = Given to somebody
desk-state-requester-in-work = The desk is working on it
desk-state-requester-waiting-requester = Waiting for your answer
desk-state-requester-waiting-third-party = Waiting for a vendor or others
desk-state-requester-resolved = Dealt with
desk-state-requester-closed = Closed

## What happens next (to those who asked)
desk-next-requester-new = The desk reads it, decides who answers, and writes to you.
desk-next-requester-triaged = The person in charge reads it and answers you.
desk-next-requester-in-work = The desk looks into it and answers you. A mail tells you when the answer is there.
desk-next-requester-waiting-requester = After your answer the desk goes on.
desk-next-requester-waiting-third-party = When their answer arrives the desk goes on and tells you.
desk-next-requester-resolved = If you still have the problem, you can reopen it within 30 days.
desk-next-requester-closed = You can read the record at any time.

## Whose turn
desk-turn-mine = Your turn
desk-turn-offer = Answer the hand-over
desk-turn-desk = The desk's turn
desk-turn-requester = The institution's turn
desk-turn-third = Others' turn
desk-turn-nobody = Done
desk-since-mine = The desk has been waiting for your answer since { $at }.
desk-since-requester = Waiting for those who asked since { $at }.
desk-since-third = Waiting for a vendor or others since { $at }.
desk-since-desk = It has been the desk's turn since { $at }.
desk-since-desk-named = It has been the desk's turn since { $at } (in charge: { $who }).
desk-since-nobody = Dealt with on { $at }.
desk-then = {" "}{ $next }
desk-nobody = the desk
desk-responsible = in charge: { $who }
desk-title-hidden = This role does not see the title

## Weight, desk, care, outcome, readers, receivers
desk-class-s1 = Urgent
desk-class-s2 = Serious
desk-class-s3 = Normal
desk-class-s4 = Question
desk-line-1 = First line
desk-line-2 = Second line
desk-line-g = Guideline desk
desk-line-a = Grant desk
desk-care-stopped = Stopped
desk-care-partly = Partly possible
desk-care-normal = As usual
desk-care-not-applicable = Not about patient care
desk-outcome-advice = Solved by advice
desk-outcome-remote-support = Remote support done
desk-outcome-vendor-took-over = Vendor took over
desk-outcome-referred = Referred to specialists
desk-outcome-no-incident = No incident
desk-outcome-information = Information given
desk-outcome-no-answer = No answer from those who asked
desk-privacy-own = The writer and the owner
desk-privacy-everyone = Everybody at this institution
desk-privacy-named = Chosen people and the owner
desk-privacy-confidential = The writer and chosen people only (confidential)
desk-receiver-programme-office = The office running the programme
desk-receiver-prefecture = Prefectural association
desk-receiver-municipality = Municipal association
desk-receiver-police = Police

## Kinds of organisations and members
desk-unit-national-body = National association
desk-unit-prefectural-association = Prefectural association
desk-unit-municipal-association = Municipal association
desk-unit-university-association = University association
desk-unit-clinic = Clinic
desk-unit-hospital = Hospital
desk-unit-care-facility = Care facility
desk-unit-provider = Contractor
desk-member-a1 = Member A①
desk-member-a2b = Member A②(B)
desk-member-a2c = Member A②(C)
desk-member-b = Member B
desk-member-c = Member C
desk-member-lapsed = Not a member today
desk-member-lapsed-lead = The consultation goes on all the same.

## Views of the queue
desk-view-open = All open
desk-view-mine = Mine
desk-view-new = New
desk-view-waiting = Waiting
desk-view-offered = Offered to us
desk-view-closed = Finished
desk-col-class = Weight
desk-col-number = Number
desk-col-title = Title
desk-col-unit = Institution
desk-col-category = Category
desk-col-turn = Turn
desk-col-responsible = In charge
desk-col-since = Waiting since
desk-col-updated = Updated
desk-col-queue = Desk
desk-col-prefecture = Prefecture
desk-col-state = State
desk-col-asked = Asked
desk-queue-label = { $n ->
    [one] 1 consultation
   *[other] { $n } consultations
}. Heaviest first, then longest waiting
desk-queue-none-filtered = No consultation fits these filters
desk-queue-none-filtered-next = Clear the filters or choose another view above.
desk-queue-empty-open = There are no open consultations
desk-queue-empty-next-open = A new one appears here, and a mail tells you.
desk-queue-empty-mine = You are in charge of no consultation
desk-queue-empty-next-mine = Open "New" and take the heaviest first.
desk-queue-empty-new = Nothing new
desk-queue-empty-next-new = Next, look at "Mine" for those who have waited longest.
desk-queue-empty-waiting = Nothing is waiting for an answer
desk-queue-empty-next-waiting = Consultations that wait for an institution or a vendor appear here.
desk-queue-empty-offered = Nothing is offered to you
desk-queue-empty-next-offered = When another desk offers one, it appears here. Until you accept, the other desk stays in charge.
desk-queue-empty-closed = Nothing is finished yet
desk-queue-empty-next-closed = Finished consultations appear here, newest first.
desk-shown = { $n ->
    [one] 1 shown
   *[other] { $n } shown
}

## Home
desk-home-now = As of { $at }
desk-home-turn = { $n ->
    [one] 1 thing waits for you
   *[other] { $n } things wait for you
}
desk-home-task = The desk has been waiting since { $at }. { $next }
desk-home-answer = Write an answer
desk-home-open = Consultations
desk-home-all = See all consultations
desk-home-none = No consultation is open
desk-home-none-next = Whether there is trouble or just a doubt, you can ask with the button below.
desk-home-desk-turn = Consultations that wait for you
desk-home-desk-none = No consultation waits for you
desk-home-desk-none-next = The others are in the queue. Open "New" and take the heaviest first.
desk-home-queue = Open the queue
desk-home-rooms = Other pages
desk-home-nothing = There is no page for this role yet
desk-home-nothing-next = If you hold another role, switch to it.
desk-home-nothing-wait = The pages for your work are being prepared. If it is urgent, ask whoever invited you or your association's office.
desk-aside = Good to know
desk-room-queue = See what arrived, heaviest first, and answer.
desk-room-area = Number, category and state of consultations in your area. The text is not shown.
desk-room-shared = Consultations whose writers agreed that you read them.
desk-done-discarded = The draft was thrown away.
desk-done-kept = Saved. You can go on from "Drafts" on this page.

## Drafts
desk-drafts = Drafts
desk-drafts-lead = Not sent yet. The desk has not received them.
desk-draft-untitled = No title yet
desk-draft-saved = Saved { $at }
desk-draft-go-on = Go on writing
desk-draft-discard = Throw away
desk-draft-discard-sure = Throw this draft away? It cannot be brought back.
desk-draft-discard-yes = Throw the draft away

## Lists of consultations
desk-tabs = Which consultations
desk-tab-open = Open
desk-tab-closed = Finished
desk-list-title-own = Consultations
desk-list-title-own-closed = Finished consultations
desk-list-title-area = My area
desk-list-title-shared = Shared with us
desk-list-lead-area = Titles and text are not shown. Only where the writer agreed to tell the association can you read the text, under "Shared with us".
desk-list-lead-shared = The writers agreed to tell your association about these. When a consent is withdrawn the consultation leaves this list. Do not pass on what you read in a form that names the institution.
desk-list-empty-own = No consultation is open
desk-list-empty-next-own = You can ask about small things too, as often as you like, free of charge.
desk-list-empty-own-closed = Nothing is finished yet
desk-list-empty-next-own-closed = Records of finished consultations appear here.
desk-list-empty-area = No consultation from your area yet
desk-list-empty-next-area = When an institution in your area asks, number, category and state appear here.
desk-list-empty-shared = Nothing was shared with you yet
desk-list-empty-next-shared = When a writer agrees, you can read the consultation here. The writer chooses this on their own page.
desk-area-caption = Consultations from your area, newest first
desk-area-within = Only consultations from { $name } are listed.
desk-area-all = All of my area

## Numbers of consultations (area)
desk-figures-title = Consultations in numbers
desk-room-figures = How many consultations there were, by month, category, state and area.
desk-figures-go = In numbers
desk-figures-list = List of consultations
desk-figures-years = Fiscal year
desk-figures-year = Fiscal { $year } (Reiwa { $era })
desk-figures-year-western = Fiscal { $year }
desk-figures-span = { $year }: { $from } to { $until }
desk-figures-counted = As of { $at }; updated every morning at 6:00
desk-figures-not-counted = No numbers published yet: the first ones come within minutes, then every morning at 6:00
desk-figures-none = No consultation in this fiscal year yet
desk-figures-none-next = When an institution in your area asks, numbers by month, category and state appear here with the update of 6:00 on the next morning.
desk-figures-total = Consultations
desk-figures-area-municipal = From this municipality
desk-figures-area-prefectural = From this prefecture
desk-figures-area-federation = From the whole country
desk-figures-n = { $n }
desk-figures-unit = { $n ->
    [one] consultation
   *[other] consultations
}
desk-figures-count = { $n ->
    [one] { $n } consultation
   *[other] { $n } consultations
}
desk-figures-small = under { $least }
desk-figures-small-tile = < { $least }
desk-figures-withheld = hidden
desk-figures-unsaid = under { $least } or hidden
desk-figures-top-month = Most in one month
desk-figures-top-category = Most in one category
desk-figures-hidden = Numbers from 1 to { $last } are shown as "under { $least }". Subtraction would still give them away, so others are "hidden" too.
desk-figures-few = There are too few consultations to break down: small numbers side by side can tell which institution asked. A total under { $least } is not shown either.
desk-figures-few-part = Too many of these numbers are under { $least }, and side by side they would tell the others too, so they are not shown.
desk-figures-prefectures = By prefecture
desk-figures-prefectures-table = Prefecture when the consultation began. Names lead to the list
desk-figures-prefecture = Prefecture
desk-figures-municipals = By municipal association
desk-figures-municipals-table = Municipal associations as a table
desk-figures-municipal = Association
desk-figures-origin = Association when the consultation began. Names lead to the list
desk-figures-rest = Of none of these
desk-figures-months = By month
desk-figures-months-table = Months as a table
desk-figures-months-caption = Month in which the consultation began
desk-figures-month-head = Month
desk-figures-month = { $month ->
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
   *[other] December
}
desk-figures-month-short = { $month ->
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
   *[other] Dec
}
desk-figures-month-tight = { $month ->
    [2] F
    [3] M
    [4] A
    [5] M
    [8] A
    [9] S
    [10] O
    [11] N
    [12] D
   *[other] J
}
desk-figures-categories = By category
desk-figures-categories-caption = Category now
desk-figures-states = By state
desk-figures-states-caption = State now
desk-figures-head = Number
desk-figures-legend = Steps of the colour
desk-figures-step = { $from }–{ $until }
desk-figures-step-last = { $from } and more
desk-figures-chart = Consultations by month, { $year }
desk-figures-chart-more = The number above each bar is how many there were. A dashed frame is a number that is not shown. The same numbers are in the table of months.
desk-figures-what = Counted by the month in which a consultation began and the area it came from then. Moves and mergers change no number; lists go by the area of today. Confidential consultations are not counted.

## Beginning to ask
desk-ask-new = Ask the desk
desk-ask-new-lead = Small things too, as often as you like, free of charge.
desk-ask-start = Ask the desk
desk-ask-start-lead = One question per page. What you do not know may stay open.
desk-ask-start-short = You begin by choosing, in plain words, what is happening.
desk-ask-start-keep = Every page is saved as you go on. You can stop and continue later.
desk-ask-start-free = You can check everything before sending. Until then the desk receives nothing.
desk-ask-begin = Begin to write
desk-urgent = When it cannot wait
desk-urgent-phone = You can also telephone ({ $hours }).
desk-urgent-door-lead = If you may be under attack right now:
desk-urgent-door = Open the emergency page
desk-advice = Please do this first
desk-advice-unsent = The desk has not received anything yet. It does when you press "Send" at the end.
desk-advice-rest = Show the rest ({ $n } more)
desk-advice-about = First measures for: { $what }
desk-advice-awaiting-review = These measures await review by specialists. If the desk tells you otherwise, follow the desk.

## One page each
desk-step-of = Ask the desk { $at } / { $of }
desk-step-first = Ask the desk { $at }
desk-step-title-symptom = What is happening?
desk-step-lead-symptom = Choose what comes closest. The desk checks whether it fits.
desk-step-title-noticed = When did you notice?
desk-step-lead-noticed = When did something first seem wrong? Write it as you remember it.
desk-step-title-care = Can patients be treated?
desk-step-lead-care = Choose what comes closest right now.
desk-step-title-words = Tell us more
desk-step-lead-words = Write what you see or want to know, in your own words.
desk-step-title-done = Have you done anything yet?
desk-step-lead-done = If nothing, leave it empty and go on.
desk-step-title-contact = Whom may we contact?
desk-step-lead-contact = The desk may telephone.
desk-step-title-privacy = Who may read it?
desk-step-lead-privacy = Choose who at your workplace may read this. The desk reads it in any case.
desk-ask-group-trouble = There is trouble
desk-ask-group-question = I have a question
desk-ask-next = Continue
desk-ask-later = Save and go on later
desk-ask-category = What is happening
desk-ask-noticed = Noticed at
desk-ask-noticed-hint = Roughly is enough (for example: this morning around 7, yesterday evening, 16 November 6:40, not sure)
desk-ask-care = Patient care now
desk-ask-care-stopped = Stopped
desk-ask-care-stopped-hint = Reception, examination or payment is impossible and patients cannot be seen
desk-ask-care-partly = Partly possible
desk-ask-care-partly-hint = Working on paper, appointments that can wait were moved
desk-ask-care-normal = As usual
desk-ask-care-normal-hint = Patients are not affected so far
desk-ask-title = Title (in a few words)
desk-ask-title-hint = For example: Records do not open. Please no names of patients
desk-ask-body = What you see or want to know
desk-ask-body-hint = The text on the screen, how many devices, which ones. What you know is enough
desk-ask-done = What was done
desk-ask-done-hint = For example: Unplugged the network cable. Called the vendor at 7:05
desk-ask-phone = Number to call back
desk-ask-phone-hint = A number outside the attacked network, for example a mobile telephone
desk-ask-contact = Whom to ask for
desk-ask-contact-hint = The person the desk asks for on the telephone
desk-ask-member = Member doctor
desk-ask-member-hint = The member doctor who owns or manages the institution. If you are not sure, leave it open
desk-ask-member-lapsed = Cannot be confirmed as a member today. You can ask all the same
desk-ask-lapsed = The doctor you chose cannot be confirmed as a member today. We accept the consultation all the same. Membership is arranged with the local association.
desk-ask-privacy = Who at the workplace may read it
desk-ask-privacy-own = I and the owner
desk-ask-privacy-own-hint = Other staff do not see it
desk-ask-privacy-everyone = Everybody at this workplace
desk-ask-privacy-everyone-hint = All staff with access here can read it and answer
desk-ask-privacy-named = I, the owner and chosen people
desk-ask-privacy-named-hint = Choose names below
desk-ask-privacy-confidential = I and chosen people only (confidential)
desk-ask-privacy-confidential-hint = The owner does not see it either. For things that are hard to say at work, such as somebody inside taking data
desk-ask-named = Chosen people
desk-ask-named-hint = Used only with "chosen people"
desk-ask-consent = Who else may be told
desk-ask-consent-hint = You can ask without choosing anybody, and change this later.
desk-ask-consent-programme-office = Tell the office that runs the programme
desk-ask-consent-prefecture = Tell the prefectural medical association
desk-ask-consent-municipality = Tell the municipal medical association
desk-ask-consent-police = Let the desk contact the police
desk-consent-read = Read what you agree to (version { $n })

## Files
desk-files-title = Do you have photos or files?
desk-files-lead = A photo of the screen often helps. It is fine without.
desk-files-attached = { $n ->
    [one] 1 file attached
   *[other] { $n } files attached
}
desk-files-scan = Files are scanned for viruses when they arrive. You can go on before the scan is done.
desk-files-none = Continue without files
desk-files-add = Attach a file
desk-files-more = Attach another
desk-files-patients = Check first that no names or records of patients can be seen.
desk-files-choose = Go on to choose the file
desk-file-kind = Kind of file
desk-file-kind-picture = Photo or picture
desk-file-kind-picture-hint = Up to 20 MB each. For example a photo of the screen
desk-file-kind-document = Document
desk-file-kind-document-hint = Up to 50 MB each. PDF, text, tables, notes
desk-file-kind-record = Log of a device or similar
desk-file-kind-record-hint = Up to 100 MB each. What a vendor or the desk asked for
desk-file-unnamed = { $kind } { $at }
desk-file-name = Name to show in the list (may be left out)
desk-file-name-hint = For example: photo of the reception screen. Please no names of patients
desk-upload-title = Send the file
desk-upload-lead = Choose the file to attach as "{ $name }".
desk-upload-label = File to send
desk-upload-hint = Up to { $size }. After sending it is scanned for viruses
desk-upload-send = Send this file
desk-upload-sent-title = The file has arrived
desk-upload-sent-lead = "{ $name }" has arrived. Press the button to attach it to the consultation.
desk-upload-arrived = Attach this file

## Check before sending
desk-check-title = Check before you send
desk-check-lead = Nothing is sent yet. Press "Change" where something is not right.
desk-check-missing = { $n ->
    [one] 1 answer is missing
   *[other] { $n } answers are missing
}
desk-check-missing-lead = You can send it when these are filled in. All other answers are kept.
desk-check-fill = Fill in: { $what }
desk-check-empty = Not filled in. Press "Change" to do so
desk-check-skipped = None
desk-check-files = Photos and files
desk-check-no-files = None
desk-check-sharing = How this is handled
desk-check-patients = Look once more that there are no names, diagnoses or records of patients in it.
desk-check-send = Send this
desk-check-next = After sending it is the desk's turn. The desk reads it and telephones or answers.
desk-check-after = After sending
desk-check-after-check = Check before sending
desk-check-after-here = You are here
desk-check-after-desk = The desk's turn
desk-check-after-desk-sub = It reads the text and decides weight and person
desk-check-after-answer = A call or an answer
desk-check-after-answer-sub = A mail brings the number and a link when the answer is there
desk-check-after-end = Dealt with
desk-check-after-end-sub = You can reopen it within 30 days

## The consultation's page
desk-case-turn = It is your turn
desk-thread = Messages
desk-from-desk = { $unit }, desk
desk-from-requester = { $unit }
desk-offer-here = A hand-over is offered to you
desk-offer-from = { $queue } offers it to { $to }. Read the messages and facts below and decide.
desk-offer-until = Until you accept, the other desk stays in charge. When you accept, you are in charge.
desk-offer-both = Both desks are yours. When you accept, it moves at once and you are in charge.
desk-offer-away = Offered to { $to }
desk-offer-away-lead = Until they accept, your desk stays in charge and answers.
desk-witness-on-record = You are reading as an auditor. The reading, the time and the reason are on record. Opening the page again needs a reason again.
desk-receiver-lead = You may read this because the writer agreed. The desk answers it. If the consent is withdrawn you can no longer read it.
desk-confidential-reads = This is confidential, so only its writer can answer. You can read it.
desk-reply-title = Answer the institution
desk-reply-readers = Read by: those at { $unit } who may read this consultation. The mail carries only the number and a link.
desk-reply-body = Text of the answer
desk-reply-then = Whose turn after sending
desk-reply-then-desk = Still the desk's (we go on)
desk-reply-then-requester = The institution's (we wait for an answer)
desk-reply-files = Files to attach
desk-reply-send = Send the answer
desk-answer-title = Answer the desk
desk-add-title = Add something
desk-add-hint = You need not write: the desk will contact you. If you have forgotten something, put it here.
desk-add-send = Send the addition
desk-answer-readers = It goes to the desk and to those who may read this consultation.
desk-answer-body = What you want to say
desk-answer-send = Send the answer
desk-attach-pending = These can go with the next text. Only those ticked above are attached.
desk-progress = Progress
desk-progress-asked = Received
desk-progress-work = The desk works on it
desk-progress-resolved = Dealt with
desk-progress-closed = Closed
desk-reopen-until = You can reopen it until { $at }.
desk-acts = What you can do
desk-act-take = Take charge
desk-act-triage = Triage
desk-act-assign = Change who is in charge
desk-act-write-note = Write an internal note
desk-act-wait-third = Wait for a vendor or others
desk-act-resume = Stop waiting, back to work
desk-act-offer-line = Offer it to another desk
desk-act-withdraw-offer = Withdraw the offer
desk-act-accept-offer = Accept
desk-act-decline-offer = Decline and give back
desk-act-resolve = Resolve
desk-act-close = It is solved: close
desk-act-reopen = Ask again (reopen)
desk-act-reopen-staff = Reopen
desk-act-set-privacy = Change who may read it
desk-act-consent = Change who else may be told
desk-facts = Facts
desk-fact-unit = Asked by
desk-fact-member = Member
desk-fact-opener = Written by
desk-fact-phone = Call back
desk-fact-contact = Ask for
desk-fact-care = Patient care
desk-fact-noticed = Noticed
desk-fact-noticed-written = (written { $at })
desk-fact-done = Done so far
desk-fact-privacy = Readers
desk-fact-consents = May be told
desk-fact-consent = { $who } (agreed { $at }, words version { $n })
desk-fact-no-consent = The desk only
desk-fact-queue = Desk
desk-fact-state = State
desk-fact-turn = Turn
desk-fact-asked = Asked
desk-fact-first-answer = First answer
desk-fact-not-yet = Not yet
desk-fact-outcome = Outcome
desk-fact-reopen = Reopen until

## Events
desk-event-asked = Consultation sent
desk-event-triaged = The desk has looked at it
desk-event-class = Weight changed
desk-event-category = Category changed
desk-event-line = Desk changed
desk-event-assigned = Person in charge changed
desk-event-handed-over = Person in charge changed, because the one before has left
desk-event-waiting-third-party = Waiting for a vendor or others
desk-event-resumed = Back to work
desk-event-offered = Hand-over offered
desk-event-accepted = Handed over
desk-event-declined = Hand-over declined
desk-event-withdrawn = Hand-over offer withdrawn
desk-event-resolved = Resolved
desk-event-closed = Closed
desk-event-reopened = Reopened
desk-event-consented = Agreed to tell
desk-event-consent-revoked = Withdrew the consent to tell
desk-event-privacy = Readers changed
desk-event-change = { $what }: { $from } → { $to }
desk-event-to = { $what }: { $to }
desk-event-by = { $what } ({ $who })

## What was just done
desk-asked = Your consultation was received. Its number is { $number }. It is the desk's turn: they call { $phone } or answer on this page. A mail tells you too when there is an answer.
desk-done-replied-desk = The answer was sent. It is still the desk's turn.
desk-done-replied-requester = The answer was sent. It is the institution's turn.
desk-done-answered = Your answer was sent. It is the desk's turn.
desk-done-noted = The internal note is kept. The institution does not see it.
desk-done-triaged = Triaged.
desk-done-assigned = Somebody else is in charge now and is told.
desk-done-confirmed = The same person stays in charge, and the work has begun.
desk-done-taken = You are in charge.
desk-done-waiting = Waiting for a vendor or others. When their answer arrives, press "Stop waiting, back to work".
desk-done-resumed = Back to work. It is the desk's turn.
desk-done-offered = The hand-over is offered. Until it is accepted your desk stays in charge.
desk-done-withdrawn = The offer is withdrawn.
desk-done-accepted = Accepted. You are in charge.
desk-done-declined = The offer is declined. The same person as before stays in charge.
desk-done-resolved = Resolved. Those who asked can reopen it within 30 days.
desk-done-closed = Closed. The record stays.
desk-done-reopened = Reopened. It is the desk's turn.
desk-done-privacy = Who may read it is changed, from now on.
desk-done-consent = Who else may be told is changed, from now on.

## Pages of one act
desk-form-cancel = Back to the consultation without doing this
desk-form-title-note = Write an internal note
desk-form-lead-note = Only the desk that holds this consultation, a desk it is offered to, and auditors can read it. It cannot be deleted.
desk-form-submit-note = Keep the note
desk-note-body = Note
desk-note-body-hint = What the institution should know belongs in an answer
desk-form-title-triage = Triage
desk-form-lead-triage = Decide category, weight and desk. Another desk means that a hand-over is offered to it.
desk-form-submit-triage = Triage like this
desk-triage-category = Category
desk-triage-class = Weight
desk-triage-class-s1 = Urgent
desk-triage-class-s1-hint = Care has stopped, it is spreading, or safety is at risk
desk-triage-class-s2 = Serious
desk-triage-class-s2-hint = Leak or intrusion likely, one system down, device with data lost
desk-triage-class-s3 = Normal
desk-triage-class-s3-hint = Trouble on one device, suspicion only
desk-triage-class-s4 = Question
desk-triage-class-s4-hint = A question without harm
desk-triage-line = Desk that answers
desk-triage-line-hint = If you choose another desk, yours stays in charge until they accept
desk-form-title-assign = Change who is in charge
desk-form-lead-assign = Somebody is always in charge. The new person is told by mail.
desk-form-submit-assign = Put this person in charge
desk-assign-seat = New person in charge
desk-assign-seat-hint = Only people of this desk can be chosen
desk-assign-on-duty = { $name } (on duty)
desk-assign-agent = Desk agent, { $unit }
desk-assign-lead = Desk lead, { $unit }
desk-assign-officer = Association officer, { $unit }
desk-form-title-offer = Offer a hand-over
desk-form-lead-offer = Until the other desk accepts, yours stays in charge and answers. They can read the messages and internal notes.
desk-form-submit-offer = Offer the hand-over
desk-offer-line = Desk to offer it to
desk-offer-line-hint = Choose a desk other than the present one. Put the reason into an internal note first
desk-form-title-resolve = Resolve
desk-form-lead-resolve = Give the outcome and a last text. The institution receives it together with the fact that it can reopen within 30 days.
desk-form-submit-resolve = Resolve like this
desk-resolve-outcome = Outcome
desk-resolve-body = Last text to the institution
desk-resolve-body-hint = What was done and what to look out for, in short
desk-form-title-reopen = Ask again
desk-form-title-reopen-staff = Reopen the consultation
desk-form-lead-reopen-staff = It goes back to work as a continuation. The reason you write reaches the institution too.
desk-form-lead-reopen = It continues the earlier messages. You need not repeat what you wrote before.
desk-form-submit-reopen = Reopen
desk-form-submit-reopen-staff = Reopen
desk-reopen-body = Reason for reopening
desk-reopen-body-hint = Write what has changed and what the problem is now
desk-form-title-privacy = Change who may read it
desk-form-lead-privacy = The change holds at once. The desk reads it in any case.
desk-form-submit-privacy = Let these people read it
desk-form-title-consent = Change who else may be told
desk-form-lead-consent = Those you tick can read it from now on. Those you untick no longer can. What was read before cannot be undone.
desk-form-submit-consent = Apply this
desk-form-title-witness = Read the text with a reason
desk-form-lead-witness = Auditors read this text only with a written reason. The reason, the time and your name are recorded and cannot be deleted.
desk-form-submit-witness = Record the reason and read
desk-witness-reason = Reason for reading
desk-witness-reason-hint = For example: second audit of 2026, checking the record of a hand-over

## The page with the header only
desk-header-why = Why the text is not shown
desk-header-rule = This role sees number, category, state and times. Title and text can be read when the writer agrees.
desk-header-next-consent = The writer can agree on their own page under "Change who else may be told".
desk-header-next-ask = If you need more in order to help, ask the institution directly, for example by telephone.
desk-header-next-witness = If an audit needs it, you can read the text by giving a reason. The reading is recorded.
desk-header-witness = Read the text with a reason

## Rules (when something is refused)
desk-rule-asks = Only institutions and medical associations can ask.
desk-rule-queue = Only the desk's staff can open the queue.
desk-rule-area = Only association officers, the programme owner and auditors can see an area.
desk-rule-shared = Only the association that the writer agreed to can read what was shared.
desk-rule-not-yours = Your role and the present state of this consultation do not allow this.
desk-rule-file-not-open = Only files that were scanned and found clean can be opened.
desk-stale-number = { $number }, its state and weight now:

## What to put right
desk-error-noticed-future = This lies in the future. Write when you noticed it, before now
desk-error-named-empty = With "chosen people", choose at least one name below
desk-error-reason-short = Write at least 5 characters that say what the reading is to check
desk-error-category-gone = This category is no longer used. Choose another
desk-error-offer-open = The hand-over offer has no answer yet. Withdraw it first or wait for the answer
desk-error-seat-not-of-queue = This person does not work at this desk now. Choose somebody else
desk-error-same-seat = This person is in charge already. Choose somebody else to change that
desk-error-same-queue = That is the present desk. Choose another
desk-error-no-queue = There is no such desk open now. Choose another
desk-error-no-receiver = No such association is registered for you. Go on without choosing it
desk-error-file-gone = A file you wanted to attach is gone. Attach it again
desk-error-file-nothing = The file has not arrived. Go back, choose the file again and send it.
desk-error-file-name = The file has no name. Go back and give it one.
desk-error-file-many = You can attach at most { $max } files. Take off what you do not need before adding more.
desk-error-file-often = { $minutes ->
    [one] You can add at most { $max } files within an hour. Wait about { $minutes } minute and try again.
   *[other] You can add at most { $max } files within an hour. Wait about { $minutes } minutes and try again.
}
desk-error-body-empty = The text is empty. Write something before sending
desk-error-body-long = The text is too long. Send it in shorter parts

## What moves while a page is open
desk-live-moved = { $n ->
    [one] One consultation has news
   *[other] { $n } consultations have news
}
desk-live-left = { $n ->
    [one] { $n } consultation has left this list
   *[other] { $n } consultations have left this list
}
desk-live-case = This consultation has news
desk-live-views = { $name } has it open
desk-live-writes = { $name } is writing
desk-live-more = and { $n } more
desk-overtaken-lead = While you were writing, somebody else changed this consultation. Nothing has been overwritten. Look at the difference; if you still want it, send it as it is.
desk-overtaken-lead-impossible = The consultation changed before you sent this, and in its present state it cannot be done. What you wrote is kept below.
desk-overtaken-meanwhile = What happened meanwhile
desk-overtaken-now = As it is now
desk-overtaken-moved = changed
desk-meanwhile-most = Only the latest { $n } are shown.
desk-overtaken-details = The consultation was handled differently. This is its present state.
desk-overtaken-yours = What you wrote
desk-overtaken-button = What you wanted to do
desk-overtaken-apply = Send it as it is, to the consultation of now
desk-writing-kept = What you began was saved { $at }.
desk-writing-moved = You began this before the consultation moved on. Look at the conversation above before you send it.
desk-writing-moved-act = You began this before the consultation moved on. Look at what happened meanwhile before you send it.
desk-writing-keep = Save the draft
desk-writing-attach = Add a file
desk-writing-discard = Throw the draft away
desk-writing-stays = What you write stays with this consultation until you send it, also while you add a file. Nobody else sees it.
desk-ask-overtaken-title = Answered in another window first
desk-ask-overtaken-lead = After you opened this page, the same question was answered in another window. Nothing has been overwritten. Look at the difference; if you want this one, put it in its place.
desk-ask-overtaken-there = The answer that is there now
desk-ask-overtaken-yours = Your answer on this page
desk-ask-overtaken-apply = Replace it with this and go on
desk-ask-overtaken-leave = Leave the present answer
desk-check-begun = You began to change this. It is not sent as it stands; open it with “Change” to go on.
desk-done-draft-kept = The draft is saved. Until you send it, nobody else sees it.
desk-done-draft-discarded = The draft is thrown away.
desk-error-draft-long = This is too long to save (at most { $max } characters together). Shorten it, or attach it as a file.
desk-form-title-attach = Add a file
desk-form-lead-attach = Add the files for your next text one by one. What you have begun to write is saved.
desk-form-submit-attach = Choose a photo or file
