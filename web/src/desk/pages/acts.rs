//! The acts on a consultation, as data: their pages, what is begun there, and what came too late.

use super::{ConsentLine, ConsentText, ThreadEntry};
use crate::forms::FormView;
use crate::moment::Moment;
use crate::page::{Density, Page, Sample};
use crate::pages::Again;
use crate::words::Label;
use serde::Serialize;

/// A page with one form about one consultation: note, triage, assign, offer, resolve, reopen, privacy, consent, witness.
#[derive(Serialize)]
pub struct ActForm {
    /// Verb word; names the page's words.
    pub act: &'static str,
    /// The consultation's number.
    pub number: String,
    /// Its title, where the reader may read it.
    pub title: Option<String>,
    /// The form.
    pub form: FormView,
    /// Where it is posted.
    pub action: String,
    /// Version of the consultation.
    pub version: i32,
    /// Back to the consultation.
    pub back: String,
    /// Words of the consents, for the consent page.
    pub consents: Vec<ConsentText>,
    /// What was begun, where somebody writes.
    pub begun: Option<Begun>,
}

impl Page for ActForm {
    const TEMPLATE: &'static str = "desk/act.html";
    const DENSITY: Density = Density::Roomy;
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::act()
    }
}

/// What is kept of a form until it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Begun {
    /// Where it is kept.
    pub keep: String,
    /// When it was kept last; None when nothing was begun.
    pub kept_at: Option<Moment>,
    /// The version that it was written beside, when the case has moved since.
    pub moved_since: Option<i32>,
    /// What came since then, on a page that does not show the thread.
    pub meanwhile: Vec<ThreadEntry>,
    /// How many of them are shown, when there are more.
    pub most: Option<usize>,
}

/// 409: somebody was faster. What came meanwhile, and what the reader sent, to be applied as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Overtaken {
    /// The consultation's number.
    pub number: String,
    /// Its title, where the reader may read it.
    pub title: Option<String>,
    /// Its class now.
    pub class: &'static str,
    /// Its state now.
    pub state: &'static str,
    /// Who answers for it now.
    pub responsible: Option<String>,
    /// Its category now.
    pub category: String,
    /// Line word now.
    pub line: &'static str,
    /// Queue's name now.
    pub queue: String,
    /// Queue it is offered to now.
    pub offered_to: Option<String>,
    /// Privacy word now.
    pub privacy: &'static str,
    /// Who is named as a reader now, where the form names some.
    pub readers: Vec<Label>,
    /// To whom it may be told now.
    pub consents: Vec<ConsentLine>,
    /// Event words of what changed since the version that the reader had seen.
    pub changed: Vec<String>,
    /// What came since then.
    pub entries: Vec<ThreadEntry>,
    /// How many of them are shown, when there are more.
    pub most: Option<usize>,
    /// What the reader sent, for the version of now.
    pub again: Again,
    /// Whether it can still be done.
    pub possible: bool,
    /// Where the present state is shown.
    pub open: String,
}

impl Page for Overtaken {
    const TEMPLATE: &'static str = "desk/overtaken.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::overtaken()
    }
}
