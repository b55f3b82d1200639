//! The nouns of the desk and their closed lists of words (`consultation.md`).

use crate::trace::Trace;
use kernel::{ConsultationId, DraftId, FederationId, MemberId, PersonId, QueueId, SeatId, UnitId};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

kernel::words! {
    /// Where a consultation stands.
    State {
        New = "new",
        Triaged = "triaged",
        InWork = "in_work",
        WaitingRequester = "waiting_requester",
        WaitingThirdParty = "waiting_third_party",
        Resolved = "resolved",
        Closed = "closed",
    }
}
kernel::words! {
    /// How heavy it is; S1 is heaviest and sorts first.
    Class { S1 = "S1", S2 = "S2", S3 = "S3", S4 = "S4" }
}
kernel::words! {
    /// Which line answers: first, second, guideline desk, grant desk.
    Line { First = "1", Second = "2", Guideline = "G", Grant = "A" }
}
kernel::words! {
    /// Whether patients can be treated now.
    Care { Stopped = "stopped", Partly = "partly", Normal = "normal", NotApplicable = "not_applicable" }
}
kernel::words! {
    /// How it ended.
    Outcome {
        Advice = "advice",
        RemoteSupport = "remote_support",
        VendorTookOver = "vendor_took_over",
        Referred = "referred",
        NoIncident = "no_incident",
        Information = "information",
        NoAnswer = "no_answer",
    }
}
kernel::words! {
    /// Who at the asking organisation may read it: the writer (and the owner), everybody, named people (and the owner),
    /// or, for a confidential topic, the writer and named people alone.
    Privacy { Own = "own", Everyone = "everyone", Named = "named", Confidential = "confidential" }
}
kernel::words! {
    /// To whom a consent opens one case.
    Receiver { ProgrammeOffice = "programme_office", Prefecture = "prefecture", Municipality = "municipality", Police = "police" }
}
kernel::words! {
    /// Which side wrote a message.
    Side { Requester = "requester", Desk = "desk" }
}
kernel::words! {
    /// Whose turn it is.
    Turn { Desk = "desk", Requester = "requester", Third = "third", Nobody = "nobody" }
}

impl State {
    /// Whose turn the state means.
    pub const fn turn(self) -> Turn {
        match self {
            Self::New | Self::Triaged | Self::InWork => Turn::Desk,
            Self::WaitingRequester => Turn::Requester,
            Self::WaitingThirdParty => Turn::Third,
            Self::Resolved | Self::Closed => Turn::Nobody,
        }
    }

    /// Still being worked on.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }
}

/// The header of a consultation: ids, closed words and times, no words of a person.
#[derive(Clone, Debug)]
pub struct Consultation {
    /// Identity.
    pub id: ConsultationId,
    /// The wall around it.
    pub federation: FederationId,
    /// What people call it, for example `T-2026-0412`.
    pub number: String,
    /// Who asks.
    pub requester_unit: UnitId,
    /// The institution it is about, when it is about one.
    pub institution: Option<UnitId>,
    /// Current home while open.
    pub municipal: Option<UnitId>,
    /// Current home while open.
    pub prefecture: Option<UnitId>,
    /// Who wrote it.
    pub opened_by: PersonId,
    /// The named A① member.
    pub member: Option<MemberId>,
    /// The queue that holds it.
    pub queue: QueueId,
    /// Who answers for it.
    pub responsible: SeatId,
    /// The queue it is offered to.
    pub offered_queue: Option<QueueId>,
    /// Category code.
    pub category: String,
    /// Weight.
    pub class: Class,
    /// Line.
    pub line: Line,
    /// Whether care goes on.
    pub care: Care,
    /// State.
    pub state: State,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Who at the asking side reads it.
    pub privacy: Privacy,
    /// When it was asked.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// Since when the present side has had its turn.
    pub turn_since: OffsetDateTime,
    /// When the desk first answered.
    pub first_answer_at: Option<OffsetDateTime>,
    /// When it was resolved.
    pub resolved_at: Option<OffsetDateTime>,
    /// Raised by one with every change; a form states the version it saw.
    pub version: i32,
}

impl Consultation {
    /// Until when it may be reopened; None while it is open.
    pub fn reopen_until(&self) -> Option<OffsetDateTime> {
        self.resolved_at.map(|at| at + Duration::days(crate::REOPEN_DAYS))
    }
}

/// What a draft holds so far. Unknown fields are refused; every text is already normalised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// Category code, chosen by symptom.
    pub category: Option<String>,
    /// Trouble (true) or question, as the category says; kept so that the steps can branch.
    pub trouble: bool,
    /// When it was noticed, as typed.
    pub noticed: String,
    /// Whether care goes on.
    pub care: Option<Care>,
    /// One sentence.
    pub title: String,
    /// What is seen, or the question.
    pub body: String,
    /// What was done so far.
    pub done: String,
    /// Call-back number outside the hit network.
    pub phone: String,
    /// Whom to ask for.
    pub contact: String,
    /// The named A① member.
    pub member: Option<MemberId>,
    /// Who at the clinic reads it.
    pub privacy: Option<Privacy>,
    /// Named people, for `named` and `confidential`.
    pub named: Vec<PersonId>,
    /// Steps the writer has been through; a step may be left empty on purpose.
    pub visited: Vec<Step>,
    /// What is known of a step beside its answer; at most one of each.
    pub traces: Vec<Trace>,
}

kernel::words! {
    /// The pages of asking, one thing each.
    Step {
        Symptom = "symptom",
        Noticed = "noticed",
        Care = "care",
        Words = "words",
        Done = "done",
        Files = "files",
        Contact = "contact",
        Privacy = "privacy",
        Check = "check",
    }
}

/// A field that is still needed before sending, and the step where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Name of the form field.
    pub field: &'static str,
    /// Where it is asked.
    pub step: Step,
}

impl Answers {
    /// The steps this draft goes through, in order; a question is not asked about care or first measures.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::Symptom];
        if self.trouble {
            steps.extend([Step::Noticed, Step::Care]);
        }
        steps.push(Step::Words);
        if self.trouble {
            steps.push(Step::Done);
        }
        steps.extend([Step::Files, Step::Contact, Step::Privacy, Step::Check]);
        steps
    }

    /// What is still missing.
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        let mut need = |absent: bool, field, step| {
            if absent {
                missing.push(Missing { field, step });
            }
        };
        need(self.category.is_none(), "category", Step::Symptom);
        need(self.trouble && self.noticed.is_empty(), "noticed", Step::Noticed);
        need(self.trouble && self.care.is_none(), "care", Step::Care);
        need(self.title.is_empty(), "title", Step::Words);
        need(self.body.is_empty(), "body", Step::Words);
        need(self.phone.is_empty(), "phone", Step::Contact);
        need(self.contact.is_empty(), "contact", Step::Contact);
        need(self.privacy.is_none(), "privacy", Step::Privacy);
        need(matches!(self.privacy, Some(Privacy::Named)) && self.named.is_empty(), "named", Step::Privacy);
        missing
    }

    /// The step to show next: the first with something missing or not yet visited, at last the check.
    pub fn next_step(&self) -> Step {
        let missing = self.missing();
        self.steps()
            .into_iter()
            .find(|step| *step == Step::Check || missing.iter().any(|m| m.step == *step) || !self.visited.contains(step))
            .unwrap_or(Step::Check)
    }
}

/// A consultation that is still being written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Identity; also the idempotency key of sending.
    pub id: DraftId,
    /// What is there so far.
    pub answers: Answers,
    /// Raised with every save.
    pub version: i32,
    /// Last save.
    pub updated_at: OffsetDateTime,
    /// What it became.
    pub consultation: Option<ConsultationId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_not_asked_about_care() {
        let question = Answers::default();
        assert!(!question.steps().contains(&Step::Care));
        let trouble = Answers { trouble: true, ..Answers::default() };
        assert_eq!(trouble.steps()[..3], [Step::Symptom, Step::Noticed, Step::Care]);
    }

    #[test]
    fn the_next_step_is_the_first_unanswered_one_and_ends_at_the_check() {
        let mut answers = Answers { category: Some("CHK".into()), visited: vec![Step::Symptom], ..Answers::default() };
        assert_eq!(answers.next_step(), Step::Words);
        answers.title = "項目4".into();
        answers.body = "どこを見ればよいですか".into();
        answers.visited = answers.steps();
        assert_eq!(answers.next_step(), Step::Contact);
        answers.phone = "090-0000-0000".into();
        answers.contact = "相沢".into();
        answers.privacy = Some(Privacy::Named);
        assert_eq!(answers.next_step(), Step::Privacy, "named people are missing");
        answers.named = vec![PersonId(uuid::Uuid::from_u128(1))];
        assert_eq!(answers.next_step(), Step::Check);
        assert!(answers.missing().is_empty());
    }
}
