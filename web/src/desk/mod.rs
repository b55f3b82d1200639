//! The desk's pages: asking, lists, one case and its acts.

mod act_pages;
mod acts;
mod ask;
mod ask_kept;
mod case;
mod chosen;
mod figures;
mod forms;
mod lists;
mod live;
mod offers;
mod overtaken;
mod pages;
mod problem;
mod rows;
mod samples;
mod thread;
mod uploads;
mod writing;

use crate::page::Entry;
use crate::request::Press;
use crate::routes::Routes;
use crate::words::WordList;
pub(crate) use chosen::name_choices;
use forms::*;
pub(crate) use overtaken::overtaken;

/// The room's routes.
pub fn routes(routes: Routes) -> Routes {
    let routes = routes
        .page("/", lists::home)
        .page_that_reads("/consultations", lists::own_reads, lists::own)
        .page_that_reads("/queue", lists::queue_reads, lists::queue)
        .page("/area", lists::area)
        .page("/area/figures", figures::show)
        .page("/shared", lists::shared);
    let routes = routes
        .page("/ask", ask::start_page)
        .form::<Press, _, _>("/ask/new", ask::start)
        .page("/ask/{draft}", ask::resume)
        .form::<Press, _, _>("/ask/{draft}/discard", ask::discard)
        .page("/ask/{draft}/symptom", ask::symptom_page)
        .form::<SymptomForm, _, _>("/ask/{draft}/symptom", ask::symptom)
        .page("/ask/{draft}/noticed", ask::noticed_page)
        .form::<NoticedForm, _, _>("/ask/{draft}/noticed", ask::noticed)
        .form::<NoticedForm, _, _>("/ask/{draft}/noticed/draft", ask_kept::keep::<NoticedForm>)
        .page("/ask/{draft}/care", ask::care_page)
        .form::<CareForm, _, _>("/ask/{draft}/care", ask::care)
        .page("/ask/{draft}/words", ask::words_page)
        .form::<WordsForm, _, _>("/ask/{draft}/words", ask::words)
        .form::<WordsForm, _, _>("/ask/{draft}/words/draft", ask_kept::keep::<WordsForm>)
        .page("/ask/{draft}/done", ask::done_page)
        .form::<DoneForm, _, _>("/ask/{draft}/done", ask::done)
        .form::<DoneForm, _, _>("/ask/{draft}/done/draft", ask_kept::keep::<DoneForm>)
        .page("/ask/{draft}/files", ask::files_page)
        .form::<AnnounceForm, _, _>("/ask/{draft}/announce", uploads::announce_on_draft)
        .form::<Press, _, _>("/ask/{draft}/files", ask::files)
        .page("/ask/{draft}/contact", ask::contact_page)
        .form::<ContactForm, _, _>("/ask/{draft}/contact", ask::contact)
        .form::<ContactForm, _, _>("/ask/{draft}/contact/draft", ask_kept::keep::<ContactForm>)
        .page("/ask/{draft}/privacy", ask::privacy_page)
        .form::<PrivacyForm, _, _>("/ask/{draft}/privacy", ask::privacy)
        .page("/ask/{draft}/check", ask::check_page)
        .form::<SendForm, _, _>("/ask/{draft}/check", ask::send);
    let routes = routes
        .page("/uploads/{version}", uploads::page)
        .form::<Press, _, _>("/uploads/{version}/arrived", uploads::arrived)
        .form::<Press, _, _>("/files/{file}/remove", uploads::remove)
        .form::<Press, _, _>("/files/{file}/open", uploads::open);
    let routes = routes
        .page("/live/queue", live::queue)
        .page("/live/waiting", live::waiting)
        .page("/live/shared", live::shared)
        .page("/live/consultations", live::own)
        .page("/live/area", live::area)
        .page("/live/c/{case}", live::case)
        .form::<Press, _, _>("/c/{case}/writing", live::writing);
    routes
        .page_that_reads("/c/{case}", case::reads, case::show)
        .form::<ReplyForm, _, _>("/c/{case}/reply", acts::reply)
        .form::<AnswerForm, _, _>("/c/{case}/answer", acts::answer)
        .page("/c/{case}/attach", writing::attach_page)
        .form::<AnnounceForm, _, _>("/c/{case}/announce", uploads::announce_on_case)
        .form::<ReplyForm, _, _>("/c/{case}/reply/draft", writing::keep::<ReplyForm>)
        .form::<AnswerForm, _, _>("/c/{case}/answer/draft", writing::keep::<AnswerForm>)
        .form::<NoteForm, _, _>("/c/{case}/note/draft", writing::keep::<NoteForm>)
        .form::<ResolveForm, _, _>("/c/{case}/resolve/draft", writing::keep::<ResolveForm>)
        .form::<ReopenForm, _, _>("/c/{case}/reopen/draft", writing::keep::<ReopenForm>)
        .page("/c/{case}/note", act_pages::note_page)
        .form::<NoteForm, _, _>("/c/{case}/note", acts::note)
        .page("/c/{case}/triage", act_pages::triage_page)
        .form::<TriageForm, _, _>("/c/{case}/triage", acts::triage)
        .page("/c/{case}/assign", act_pages::assign_page)
        .form::<AssignForm, _, _>("/c/{case}/assign", acts::assign)
        .form::<Press, _, _>("/c/{case}/take", acts::take)
        .form::<Press, _, _>("/c/{case}/wait", acts::wait)
        .form::<Press, _, _>("/c/{case}/resume", acts::resume)
        .page("/c/{case}/offer", act_pages::offer_page)
        .form::<OfferForm, _, _>("/c/{case}/offer", acts::offer)
        .form::<Press, _, _>("/c/{case}/withdraw", acts::withdraw)
        .form::<Press, _, _>("/c/{case}/accept", acts::accept)
        .form::<Press, _, _>("/c/{case}/decline", acts::decline)
        .page("/c/{case}/resolve", act_pages::resolve_page)
        .form::<ResolveForm, _, _>("/c/{case}/resolve", acts::resolve)
        .form::<Press, _, _>("/c/{case}/close", acts::close)
        .page("/c/{case}/reopen", act_pages::reopen_page)
        .form::<ReopenForm, _, _>("/c/{case}/reopen", acts::reopen)
        .page("/c/{case}/privacy", act_pages::privacy_page)
        .form::<ReadersForm, _, _>("/c/{case}/privacy", acts::privacy)
        .page("/c/{case}/consent", act_pages::consent_page)
        .form::<ConsentForm, _, _>("/c/{case}/consent", acts::consent)
        .page("/c/{case}/witness", act_pages::witness_page)
        .form::<WitnessForm, _, _>("/c/{case}/witness", acts::witness)
}

/// The room's pages.
pub fn entries() -> Vec<Entry> {
    crate::pages![
        pages::Home,
        pages::List,
        pages::Queue,
        pages::Figures,
        pages::AskStart,
        pages::AskStep,
        pages::AskOvertaken,
        pages::AskFiles,
        pages::AskCheck,
        pages::Upload,
        pages::Case,
        pages::Header,
        pages::ActForm,
        pages::Overtaken
    ]
}

/// The room's forms.
pub fn form_entries() -> Vec<crate::forms::FormEntry> {
    crate::forms![
        SymptomForm,
        NoticedForm,
        CareForm,
        WordsForm,
        DoneForm,
        AnnounceForm,
        ContactForm,
        PrivacyForm,
        ReadersForm,
        SendForm,
        ReplyForm,
        AnswerForm,
        NoteForm,
        TriageForm,
        AssignForm,
        OfferForm,
        ResolveForm,
        ReopenForm,
        ConsentForm,
        WitnessForm,
        Press
    ]
}

/// Buttons of the case page.
const ACTS: &[&str] = &[
    "take",
    "triage",
    "assign",
    "write_note",
    "wait_third",
    "resume",
    "offer_line",
    "withdraw_offer",
    "accept_offer",
    "decline_offer",
    "resolve",
    "close",
    "reopen",
    "reopen_staff",
    "set_privacy",
    "consent",
];
/// Pages of one act.
const FORMS: &[&str] =
    &["note", "triage", "assign", "offer", "resolve", "reopen", "reopen_staff", "privacy", "consent", "witness", "attach"];
/// Steps of asking that are one form.
const STEPS: &[&str] = &["symptom", "noticed", "care", "words", "done", "contact", "privacy"];
/// Lists that are not the staff's.
const LISTS: &[&str] = &["own", "own_closed", "area", "shared"];
const LEVELS: &[&str] = &["municipal", "prefectural", "federation"];
/// Kinds of organisations that ask.
const UNITS: &[&str] = &[
    "national_body",
    "prefectural_association",
    "municipal_association",
    "university_association",
    "clinic",
    "hospital",
    "care_facility",
    "provider",
];

/// Closed lists that templates name.
pub fn word_lists() -> Vec<WordList> {
    fn all<T: Copy>(values: &'static [T], word: fn(T) -> &'static str) -> Vec<&'static str> {
        values.iter().map(|v| word(*v)).collect()
    }
    vec![
        WordList::new("desk-state", all(desk::State::ALL, desk::State::word)),
        WordList::new("desk-state-requester", all(desk::State::ALL, desk::State::word)),
        WordList::new("desk-next-requester", all(desk::State::ALL, desk::State::word)),
        WordList::new("desk-class", all(desk::Class::ALL, desk::Class::word)),
        WordList::new("desk-line", all(desk::Line::ALL, desk::Line::word)),
        WordList::new("desk-turn", all(desk::Turn::ALL, desk::Turn::word)),
        WordList::new("desk-care", all(desk::Care::ALL, desk::Care::word)),
        WordList::new("desk-outcome", all(desk::Outcome::ALL, desk::Outcome::word)),
        WordList::new("desk-privacy", all(desk::Privacy::ALL, desk::Privacy::word)),
        WordList::new("desk-receiver", all(desk::Receiver::ALL, desk::Receiver::word)),
        WordList::new("desk-view", all(desk::queries::View::ALL, desk::queries::View::word)),
        WordList::new("desk-act", ACTS.iter().copied()),
        WordList::new("desk-form-title", FORMS.iter().copied()),
        WordList::new("desk-form-lead", FORMS.iter().copied()),
        WordList::new("desk-form-submit", FORMS.iter().copied()),
        WordList::new("desk-step-title", STEPS.iter().copied()),
        WordList::new("desk-step-lead", STEPS.iter().copied()),
        WordList::new("desk-list-title", LISTS.iter().copied()),
        WordList::new("desk-list-lead", ["area", "shared"]),
        WordList::new("desk-list-empty", LISTS.iter().copied()),
        WordList::new("desk-list-empty-next", LISTS.iter().copied()),
        WordList::new("desk-figures-area", LEVELS.iter().copied()),
        WordList::new("desk-queue-empty", all(desk::queries::View::ALL, desk::queries::View::word)),
        WordList::new("desk-queue-empty-next", all(desk::queries::View::ALL, desk::queries::View::word)),
        WordList::new("desk-unit", UNITS.iter().copied()),
        WordList::new("desk-member", ["A1", "A2B", "A2C", "B", "C"]),
        WordList::new("desk-done", case::DONE.iter().copied()),
        WordList::new(
            "desk-event",
            [
                "asked",
                "triaged",
                "class",
                "category",
                "line",
                "assigned",
                "handed_over",
                "waiting_third_party",
                "resumed",
                "offered",
                "accepted",
                "declined",
                "withdrawn",
                "resolved",
                "closed",
                "reopened",
                "consented",
                "consent_revoked",
                "privacy",
            ],
        ),
    ]
}
