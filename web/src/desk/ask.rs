//! Asking: one thing per page, kept on the server with every step, sent once.

mod questions;
mod sending;

pub use questions::{
    care, care_page, contact, contact_page, done, done_page, files, files_page, noticed, noticed_page, privacy, privacy_page, symptom,
    symptom_page, words, words_page,
};
pub(super) use questions::{colleagues, files_view};
pub(super) use sending::{allow, consent_texts};
pub use sending::{check_page, send};

use super::lists::{draft_line, name_of};
use super::pages::{Advice, AskStart, AskStep};
use crate::forms::{Filled, Form, FormView, Opt};
use crate::pages::{Kept, Stale};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem, see};
use ::desk::commands;
use ::desk::queries::{self, Category};
use ::desk::{Answers, Draft, Step};
use content::ContentError;
use kernel::{DraftId, Locale};
use store::Tx;

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Store(error) => error.into(),
            other => Problem::Broken(other.to_string()),
        }
    }
}

/// `GET /ask`
pub async fn start_page(cx: Cx) -> Answer {
    let said = |word: &String| if word == "discarded" { Ok(phrase!("desk-done-discarded")) } else { Err(Problem::BadRequest) };
    let said = cx.query(&["done"])?.get("done").map(said).transpose()?;
    if !super::lists::may_ask(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-asks")));
    }
    let tx = cx.read().await?;
    let drafts = queries::own_drafts(&tx, cx.actor()).await?.into_iter().map(draft_line).collect();
    cx.page_after(&AskStart { drafts }, said)
}

/// `POST /ask/new`
pub async fn start(cx: Cx, _: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    let draft = commands::start_draft(&tx, cx.actor(), &Answers::default()).await?;
    tx.commit().await?;
    see(&format!("/ask/{}/symptom", draft.id))
}

/// `GET /ask/{draft}`: to the first question that is open.
pub async fn resume(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
    let draft = draft(&cx, &cx.read().await?, id).await?;
    see(&address(id, draft.answers.next_step()))
}

/// `POST /ask/{draft}/discard`
pub async fn discard(cx: Cx, Ids(id): Ids<DraftId>, _: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    commands::discard_draft(&tx, cx.actor(), id).await?;
    tx.commit().await?;
    see("/ask?done=discarded")
}

fn address(id: DraftId, step: Step) -> String {
    format!("/ask/{id}/{step}")
}

/// A draft that is still open; one that was sent leads to its consultation.
async fn draft(cx: &Cx, tx: &Tx, id: DraftId) -> Result<Draft, Problem> {
    if !super::lists::may_ask(cx.actor()) {
        return Err(Problem::NotFound);
    }
    Ok(queries::own_draft(tx, id).await?)
}

/// Where a step stands and what surrounds it.
struct Place {
    at: usize,
    of: usize,
    back: String,
}

fn place(draft: &Draft, step: Step) -> Place {
    let steps = draft.answers.steps();
    let at = steps.iter().position(|s| *s == step).unwrap_or_default();
    let back = if at == 0 { "/ask".to_owned() } else { address(draft.id, steps[at - 1]) };
    Place { at: at + 1, of: steps.len(), back }
}

async fn step_page(cx: &Cx, tx: &Tx, draft: &Draft, step: Step, form: FormView) -> Result<AskStep, Problem> {
    let Place { at, of, back } = place(draft, step);
    let (mut trouble, mut question) = (vec![], vec![]);
    if step == Step::Symptom {
        for category in queries::categories(tx, cx.actor()).await?.into_iter().filter(|c| c.symptom.is_some()) {
            if category.kind == "trouble" { trouble.push(category.code) } else { question.push(category.code) }
        }
    }
    let lapsed = match (step, draft.answers.member) {
        (Step::Contact, Some(member)) => queries::members(tx, cx.actor()).await?.iter().any(|m| m.id == member.0 && m.category.is_none()),
        _ => false,
    };
    let advice = if step == Step::Symptom { None } else { advice(cx, tx, draft).await? };
    Ok(AskStep {
        step: step.word(),
        at,
        of,
        form,
        action: address(draft.id, step),
        version: draft.version,
        back,
        trouble,
        question,
        lapsed,
        advice,
    })
}

/// The first advice for the chosen symptom, while the form is still open.
async fn advice(cx: &Cx, tx: &Tx, draft: &Draft) -> Result<Option<Advice>, Problem> {
    let Some(code) = draft.answers.category.as_ref().filter(|_| draft.answers.trouble) else { return Ok(None) };
    let Some(advice) = advice_on(cx, tx, code).await? else { return Ok(None) };
    let category = queries::categories(tx, cx.actor()).await?.into_iter().find(|c| c.code == *code);
    Ok(Some(Advice { about: category.map(|c| symptom_name(&c, cx.locale)), ..advice }))
}

/// The first advice on a category; None when there is none to give.
pub(super) async fn advice_on(cx: &Cx, tx: &Tx, code: &str) -> Result<Option<Advice>, Problem> {
    let key = content::keys::advice(code)?;
    let text = content::current(tx, &key, cx.app.clock.today()).await?;
    Ok(text.map(|text| Advice { about: None, lines: text.lines(cx.locale).map(str::to_owned).collect() }))
}

fn symptom_name(category: &Category, locale: Locale) -> String {
    let said = if locale == Locale::En { category.symptom_en.clone() } else { category.symptom.clone() };
    said.unwrap_or_else(|| name_of(category, locale))
}

/// The page that a step was answered on: which version of the draft it showed, and what was typed there.
struct Seen {
    version: Option<i32>,
    kept: Vec<Kept>,
}

impl Seen {
    fn by<F: Form>(posted: &Posted<F>) -> Self {
        Self { version: posted.version, kept: posted.kept() }
    }
}

/// The words a step owns; longer texts are never overwritten unseen.
fn words_of(step: Step, answers: &Answers) -> Option<(&str, &str)> {
    match step {
        Step::Words => Some((&answers.title, &answers.body)),
        Step::Done => Some((&answers.done, "")),
        _ => None,
    }
}

/// Saves one step and leads on. A draft that was saved in another tab meanwhile is taken as it is now, with this step's
/// answer put in: a step owns its fields. Words that were written elsewhere since are not overwritten: both are shown.
async fn save(cx: &Cx, id: DraftId, step: Step, later: bool, seen: Seen, change: impl Fn(&mut Answers)) -> Answer {
    let tx = cx.begin().await?;
    let mut draft = draft(cx, &tx, id).await?;
    let mut wished = draft.answers.clone();
    change(&mut wished);
    let (there, here) = (words_of(step, &draft.answers), words_of(step, &wished));
    if seen.version != Some(draft.version) && there != here && there.is_some_and(|(a, b)| !a.is_empty() || !b.is_empty()) {
        let changed = vec![phrase!("desk-stale-draft").into()];
        return Err(Problem::Stale(Box::new(Stale { changed, kept: seen.kept, open: address(id, step), case: None })));
    }
    let saved = loop {
        let mut answers = draft.answers.clone();
        change(&mut answers);
        if !answers.visited.contains(&step) {
            answers.visited.push(step);
        }
        match commands::save_draft(&tx, cx.actor(), id, draft.version, &answers).await? {
            Ok(saved) => break saved,
            Err(newer) => draft = newer,
        }
    };
    tx.commit().await?;
    if later {
        return see("/?kept=1");
    }
    // After a change from the check page everything else is answered, so this leads straight back to it.
    see(&address(id, saved.answers.next_step()))
}

/// "Keep it and go on another day": what is left empty needs no putting right now.
fn keeps_for_later<F: Form>(posted: &Posted<F>, filled: &Filled) -> bool {
    posted.has("later") && filled.only_gaps()
}

/// Keeps what was filled in so far; the step stays unanswered.
async fn save_later(cx: &Cx, id: DraftId, step: Step, seen: Seen, filled: &Filled) -> Answer {
    save(cx, id, step, true, seen, |answers| match step {
        Step::Words => {
            answers.title = filled.text_or_empty("title");
            answers.body = filled.text_or_empty("body");
        }
        Step::Contact => {
            answers.phone = filled.phone("phone").unwrap_or_default();
            answers.contact = filled.text_or_empty("contact");
        }
        _ => {}
    })
    .await
}

/// Shows a step again with what has to be put right.
async fn again(cx: &Cx, id: DraftId, step: Step, filled: &Filled, offers: Vec<(&'static str, Vec<Opt>)>) -> Answer {
    let tx = cx.read().await?;
    let draft = draft(cx, &tx, id).await?;
    let form = offers.into_iter().fold(filled.view(), |form, (field, options)| form.offer(field, options));
    cx.again(&step_page(cx, &tx, &draft, step, form).await?)
}
