//! The desk's forms. Field names, limits and rules; the words are in `locales/*/desk.ftl`.

use crate::forms::{FieldSpec, Filled, Form, Kind, Options, hinted_words, words};
use crate::{key, phrase};
use ::desk::{Care, Class, Line, Outcome, Privacy, Receiver};
use kernel::{FileId, MemberId, PersonId, SeatId};
use time::Duration;
use uuid::Uuid;

/// `later=1`: keep it and go on another day.
const LATER: FieldSpec = FieldSpec::hidden("later");

fn later(filled: &Filled) -> bool {
    filled.text("later").is_some()
}

macro_rules! form {
    ($(#[$doc:meta])* $name:ident = $id:literal { $($field:ident: $type:ty),* $(,)? } fields $fields:expr; read($filled:ident) $read:expr) => {
        $(#[$doc])*
        pub struct $name { $(#[allow(missing_docs, reason = "named like the form field")] pub $field: $type),* }
        impl Form for $name {
            const NAME: &'static str = $id;
            fn fields() -> Vec<FieldSpec> { $fields }
            fn read($filled: &mut Filled) -> Option<Self> { $read }
        }
    };
}

form! {
    /// Step 1: what is happening, by symptom.
    SymptomForm = "symptom" { category: String, later: bool }
    fields vec![FieldSpec::new("category", key!("desk-ask-category"), Kind::Choice(Options::Given)).required(), LATER];
    read(f) Some(Self { category: f.text("category")?, later: later(f) })
}
form! {
    /// When it was noticed, in the words that come to mind: "this morning", "not sure". What reads as a date is not in the future.
    NoticedForm = "noticed" { noticed: String, later: bool }
    fields vec![FieldSpec::new("noticed", key!("desk-ask-noticed"), Kind::Line { max: 120 }).required().hinted(), LATER];
    read(f) {
        let at = f.moment("noticed");
        if at.is_some_and(|at| at > f.now() + Duration::minutes(1)) {
            f.refuse("noticed", phrase!("desk-error-noticed-future"));
        }
        Some(Self { noticed: f.text("noticed")?, later: later(f) })
    }
}
form! {
    /// Whether patients can be treated.
    CareForm = "care" { care: Care, later: bool }
    fields vec![FieldSpec::new("care", key!("desk-ask-care"), Kind::Choice(hinted_words("desk-ask-care", ["stopped", "partly", "normal"]))).required(), LATER];
    read(f) Some(Self { care: f.choice("care")?, later: later(f) })
}
form! {
    /// What is seen, or the question.
    WordsForm = "words" { title: String, body: String, later: bool }
    fields vec![
        FieldSpec::new("title", key!("desk-ask-title"), Kind::Line { max: 60 }).required().hinted(),
        FieldSpec::new("body", key!("desk-ask-body"), Kind::Text { max: 4000 }).required().hinted(),
        LATER,
    ];
    read(f) Some(Self { title: f.text("title")?, body: f.text("body")?, later: later(f) })
}
form! {
    /// What was done so far.
    DoneForm = "done" { done: String, later: bool }
    fields vec![FieldSpec::new("done", key!("desk-ask-done"), Kind::Text { max: 2000 }).hinted(), LATER];
    read(f) Some(Self { done: f.text_or_empty("done"), later: later(f) })
}
form! {
    /// A file to come; without a name it is called after its kind and the time.
    AnnounceForm = "announce" { name: String, kind: files::Kind }
    fields vec![
        FieldSpec::new("name", key!("desk-file-name"), Kind::Line { max: 120 }).hinted(),
        FieldSpec::new("kind", key!("desk-file-kind"), Kind::Choice(hinted_words("desk-file-kind", files::Kind::ALL.iter().map(|k| k.word())))).required(),
    ];
    read(f) Some(Self { name: f.text_or_empty("name"), kind: f.choice("kind")? })
}
form! {
    /// Whom to call back, and for which member.
    ContactForm = "contact" { phone: String, contact: String, member: Option<MemberId>, later: bool }
    fields vec![
        FieldSpec::new("phone", key!("desk-ask-phone"), Kind::Phone).required().hinted(),
        FieldSpec::new("contact", key!("desk-ask-contact"), Kind::Line { max: 60 }).required().hinted(),
        FieldSpec::new("member", key!("desk-ask-member"), Kind::Choice(Options::Given)).hinted(),
        LATER,
    ];
    read(f) Some(Self { phone: f.phone("phone")?, contact: f.text("contact")?, member: f.id("member"), later: later(f) })
}
form! {
    /// Who at the asking organisation may read it.
    PrivacyForm = "privacy" { privacy: Privacy, named: Vec<PersonId>, later: bool }
    fields vec![
        FieldSpec::new("privacy", key!("desk-ask-privacy"), Kind::Choice(hinted_words("desk-ask-privacy", Privacy::ALL.iter().map(|p| p.word())))).required(),
        FieldSpec::new("named", key!("desk-ask-named"), Kind::Many(Options::Given)).hinted(),
        LATER,
    ];
    read(f) {
        let later = later(f);
        Self::chosen(f, later)
    }
}
impl PrivacyForm {
    fn chosen(f: &mut Filled, later: bool) -> Option<Self> {
        let privacy: Privacy = f.choice("privacy")?;
        let named: Vec<PersonId> = f.many::<PersonId>("named");
        if privacy == Privacy::Named && named.is_empty() {
            f.refuse("named", phrase!("desk-error-named-empty"));
        }
        Some(Self { privacy, named, later })
    }
}
form! {
    /// The same, changed after sending.
    ReadersForm = "readers" { privacy: Privacy, named: Vec<PersonId> }
    fields PrivacyForm::fields().into_iter().filter(|f| f.name != "later").collect();
    read(f) {
        let PrivacyForm { privacy, named, .. } = PrivacyForm::chosen(f, false)?;
        Some(Self { privacy, named })
    }
}
form! {
    /// Sending: to whom it may be told beside the desk.
    SendForm = "send" { consent: Vec<Receiver> }
    fields vec![FieldSpec::new("consent", key!("desk-ask-consent"), Kind::Many(words("desk-ask-consent", Receiver::ALL.iter().map(|r| r.word())))).hinted()];
    read(f) Some(Self { consent: f.many("consent") })
}
form! {
    /// The desk's public answer.
    ReplyForm = "reply" { body: String, ask_back: bool, files: Vec<FileId> }
    fields vec![
        FieldSpec::new("body", key!("desk-reply-body"), Kind::Text { max: 8000 }).required(),
        FieldSpec::new("then", key!("desk-reply-then"), Kind::Choice(words("desk-reply-then", ["desk", "requester"]))).required(),
        FieldSpec::new("files", key!("desk-reply-files"), Kind::Many(Options::Given)),
    ];
    read(f) Some(Self { body: f.text("body")?, ask_back: f.text("then")? == "requester", files: f.many("files") })
}
form! {
    /// The asking side's answer.
    AnswerForm = "answer" { body: String, files: Vec<FileId> }
    fields vec![
        FieldSpec::new("body", key!("desk-answer-body"), Kind::Text { max: 8000 }).required(),
        FieldSpec::new("files", key!("desk-reply-files"), Kind::Many(Options::Given)),
    ];
    read(f) Some(Self { body: f.text("body")?, files: f.many("files") })
}
form! {
    /// An internal note.
    NoteForm = "note" { body: String }
    fields vec![FieldSpec::new("body", key!("desk-note-body"), Kind::Text { max: 8000 }).required().hinted()];
    read(f) Some(Self { body: f.text("body")? })
}
form! {
    /// Category, class and line.
    TriageForm = "triage" { category: String, class: Class, line: Line }
    fields vec![
        FieldSpec::new("category", key!("desk-triage-category"), Kind::Choice(Options::Given)).required(),
        FieldSpec::new("class", key!("desk-triage-class"), Kind::Choice(hinted_words("desk-triage-class", Class::ALL.iter().map(|c| c.word())))).required(),
        FieldSpec::new("line", key!("desk-triage-line"), Kind::Choice(words("desk-line", Line::ALL.iter().map(|l| l.word())))).required().hinted(),
    ];
    read(f) Some(Self { category: f.text("category")?, class: f.choice("class")?, line: f.choice("line")? })
}
form! {
    /// Who answers for it.
    AssignForm = "assign" { seat: SeatId }
    fields vec![FieldSpec::new("seat", key!("desk-assign-seat"), Kind::Choice(Options::Given)).required().hinted()];
    read(f) Some(Self { seat: f.choice::<Uuid>("seat").map(SeatId)? })
}
form! {
    /// Which line to offer it to.
    OfferForm = "offer" { line: Line }
    fields vec![FieldSpec::new("line", key!("desk-offer-line"), Kind::Choice(words("desk-line", Line::ALL.iter().map(|l| l.word())))).required().hinted()];
    read(f) Some(Self { line: f.choice("line")? })
}
form! {
    /// How it ended, with a last word.
    ResolveForm = "resolve" { outcome: Outcome, body: String }
    fields vec![
        FieldSpec::new("outcome", key!("desk-resolve-outcome"), Kind::Choice(words("desk-outcome", Outcome::ALL.iter().map(|o| o.word())))).required(),
        FieldSpec::new("body", key!("desk-resolve-body"), Kind::Text { max: 8000 }).required().hinted(),
    ];
    read(f) Some(Self { outcome: f.choice("outcome")?, body: f.text("body")? })
}
form! {
    /// Why it is opened again.
    ReopenForm = "reopen" { body: String }
    fields vec![FieldSpec::new("body", key!("desk-reopen-body"), Kind::Text { max: 8000 }).required().hinted()];
    read(f) Some(Self { body: f.text("body")? })
}
form! {
    /// Who beside the desk may read it from now on.
    ConsentForm = "consent" { consent: Vec<Receiver> }
    fields vec![FieldSpec::new("consent", key!("desk-ask-consent"), Kind::Many(words("desk-ask-consent", Receiver::ALL.iter().map(|r| r.word())))).hinted()];
    read(f) Some(Self { consent: f.many("consent") })
}
form! {
    /// Why an auditor reads a text.
    WitnessForm = "witness" { reason: String }
    fields vec![FieldSpec::new("reason", key!("desk-witness-reason"), Kind::Line { max: 400 }).required().hinted()];
    read(f) {
        let reason = f.text("reason")?;
        if kernel::text::length(&reason) < 5 {
            f.refuse("reason", phrase!("desk-error-reason-short"));
        }
        Some(Self { reason })
    }
}
