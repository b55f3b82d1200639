//! Asking: one thing per page, kept on the server with every step, sent once.

use super::ask_kept::prefilled;
use super::forms::*;
use super::lists::{draft_line, name_of};
use super::pages::{Advice, AnswerLine, AskCheck, AskFiles, AskStart, AskStep, ConsentText, FileView};
use crate::forms::{Filled, Form, FormView, Opt};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem, see};
use crate::words::{Label, Phrase};
use ::desk::commands::{self, Asked};
use ::desk::queries::{self, Category};
use ::desk::{Answers, Draft, Facts, Receiver, Step};
use content::ContentError;
use kernel::{ConsultationId, DraftId, Locale};
use store::Tx;
use uuid::Uuid;

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

pub(super) fn address(id: DraftId, step: Step) -> String {
    format!("/ask/{id}/{step}")
}

/// A draft that is still open; one that was sent leads to its consultation.
pub(super) async fn draft(cx: &Cx, tx: &Tx, id: DraftId) -> Result<Draft, Problem> {
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
        keep: super::ask_kept::address(draft.id, step),
        kept_at: super::ask_kept::kept_at(draft, step),
        version: super::ask_kept::shown_version(cx, draft, step),
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

/// The page that a step was answered on, and which version of the draft it showed.
struct Seen {
    version: i32,
    page: Option<Uuid>,
}

impl Seen {
    fn by<F: Form>(posted: &Posted<F>) -> Self {
        Self { version: posted.version.unwrap_or_default(), page: posted.page() }
    }
}

/// Saves one step and leads on. A draft that was saved in another tab meanwhile is taken as it is now, with this step's
/// answer put in: a step owns its fields. What this very step was answered elsewhere since is not overwritten unseen: both are shown.
async fn save(cx: &Cx, id: DraftId, step: Step, later: bool, seen: Seen, change: impl Fn(&mut Answers)) -> Answer {
    let tx = cx.begin().await?;
    let mut draft = draft(cx, &tx, id).await?;
    let saved = loop {
        let mut answers = draft.answers.clone();
        change(&mut answers);
        if draft.answers.overtakes(step, seen.page, seen.version, &answers) {
            drop(tx);
            return super::ask_kept::overtaken(cx, id, step).await;
        }
        answers.answered(step, seen.page, draft.version + 1);
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

macro_rules! plain_step {
    ($page:ident, $post:ident, $form:ident, $step:ident, |$answers:ident| $prefill:expr, |$kept:ident, $value:ident| $keep:block) => {
        #[doc = concat!("`GET /ask/{draft}/", stringify!($post), "`")]
        pub async fn $page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
            let tx = cx.read().await?;
            let draft = draft(&cx, &tx, id).await?;
            let $answers = &draft.answers;
            let form = prefilled::<$form>(&draft, Step::$step, $prefill);
            cx.page(&step_page(&cx, &tx, &draft, Step::$step, form).await?)
        }
        #[doc = concat!("`POST /ask/{draft}/", stringify!($post), "`")]
        pub async fn $post(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<$form>) -> Answer {
            match posted.read(&cx, &[])? {
                Ok($value) => save(&cx, id, Step::$step, $value.later, Seen::by(&posted), |$kept| $keep).await,
                Err(filled) if keeps_for_later(&posted, &filled) => save_later(&cx, id, Step::$step, Seen::by(&posted), &filled).await,
                Err(filled) => again(&cx, id, Step::$step, &filled, vec![]).await,
            }
        }
    };
}

plain_step!(noticed_page, noticed, NoticedForm, Noticed, |a| [("noticed", a.noticed.clone())], |a, v| {
    a.noticed = v.noticed.clone();
});
plain_step!(care_page, care, CareForm, Care, |a| a.care.map(|c| ("care", c.word().to_owned())), |a, v| {
    a.care = Some(v.care);
});
plain_step!(words_page, words, WordsForm, Words, |a| [("title", a.title.clone()), ("body", a.body.clone())], |a, v| {
    a.title = v.title.clone();
    a.body = v.body.clone();
});
plain_step!(done_page, done, DoneForm, Done, |a| [("done", a.done.clone())], |a, v| {
    a.done = v.done.clone();
});

/// `GET /ask/{draft}/symptom`
pub async fn symptom_page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
    let tx = cx.read().await?;
    let draft = draft(&cx, &tx, id).await?;
    let form = FormView::prefilled::<SymptomForm>(draft.answers.category.clone().map(|c| ("category", c)))
        .offer("category", symptoms(&cx, &tx).await?);
    cx.page(&step_page(&cx, &tx, &draft, Step::Symptom, form).await?)
}

pub(super) async fn symptoms(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
    let english = cx.locale == Locale::En;
    let option = |c: Category| {
        let hint = if english { c.hint_en.clone() } else { c.hint.clone() };
        Opt { hint: hint.map(Label::text), ..Opt::text(&c.code, symptom_name(&c, cx.locale)) }
    };
    Ok(queries::categories(tx, cx.actor()).await?.into_iter().filter(|c| c.symptom.is_some()).map(option).collect())
}

/// `POST /ask/{draft}/symptom`
pub async fn symptom(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<SymptomForm>) -> Answer {
    let tx = cx.read().await?;
    let options = symptoms(&cx, &tx).await?;
    let trouble: Vec<String> =
        queries::categories(&tx, cx.actor()).await?.into_iter().filter(|c| c.kind == "trouble").map(|c| c.code).collect();
    drop(tx);
    let offered = options.iter().map(|o| o.value.clone()).collect();
    match posted.read(&cx, &[("category", offered)])? {
        Ok(form) => {
            save(&cx, id, Step::Symptom, form.later, Seen::by(&posted), |answers| {
                answers.trouble = trouble.contains(&form.category);
                answers.category = Some(form.category.clone());
            })
            .await
        }
        Err(filled) if keeps_for_later(&posted, &filled) => save_later(&cx, id, Step::Symptom, Seen::by(&posted), &filled).await,
        Err(filled) => again(&cx, id, Step::Symptom, &filled, vec![("category", options)]).await,
    }
}

/// `GET /ask/{draft}/contact`
pub async fn contact_page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
    let tx = cx.read().await?;
    let draft = draft(&cx, &tx, id).await?;
    let members = members(&cx, &tx).await?;
    let answers = &draft.answers;
    // A single member is the one it is for; nobody has to choose from a list of one.
    let member =
        answers.member.map(|m| m.to_string()).or_else(|| if members.len() == 1 { members.first().map(|o| o.value.clone()) } else { None });
    let contact = if answers.contact.is_empty() { cx.actor().person_name.clone() } else { answers.contact.clone() };
    let values = [("phone", answers.phone.clone()), ("contact", contact)].into_iter().chain(member.map(|m| ("member", m)));
    let form = prefilled::<ContactForm>(&draft, Step::Contact, values).offer("member", members);
    cx.page(&step_page(&cx, &tx, &draft, Step::Contact, form).await?)
}

pub(super) async fn members(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
    let rows = queries::members(tx, cx.actor()).await?;
    let lapsed = |category: &Option<String>| category.is_none().then(|| Label::from(phrase!("desk-ask-member-lapsed")));
    Ok(rows.into_iter().map(|m| Opt { hint: lapsed(&m.category), ..Opt::text(m.id, m.name) }).collect())
}

/// `POST /ask/{draft}/contact`
pub async fn contact(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<ContactForm>) -> Answer {
    let members = members(&cx, &cx.read().await?).await?;
    let offered = members.iter().map(|o| o.value.clone()).collect();
    match posted.read(&cx, &[("member", offered)])? {
        Ok(form) => {
            save(&cx, id, Step::Contact, form.later, Seen::by(&posted), |answers| {
                answers.phone = form.phone.clone();
                answers.contact = form.contact.clone();
                answers.member = form.member;
            })
            .await
        }
        Err(filled) if keeps_for_later(&posted, &filled) => save_later(&cx, id, Step::Contact, Seen::by(&posted), &filled).await,
        Err(filled) => again(&cx, id, Step::Contact, &filled, vec![("member", members)]).await,
    }
}

/// `GET /ask/{draft}/privacy`
pub async fn privacy_page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
    let tx = cx.read().await?;
    let draft = draft(&cx, &tx, id).await?;
    let chosen = draft.answers.privacy.map(|p| ("privacy", p.word().to_owned()));
    let named = draft.answers.named.iter().map(|p| ("named", p.to_string()));
    let form = FormView::prefilled::<PrivacyForm>(chosen.into_iter().chain(named)).offer("named", colleagues(&cx, &tx).await?);
    cx.page(&step_page(&cx, &tx, &draft, Step::Privacy, form).await?)
}

/// Colleagues who can be named.
pub(super) async fn colleagues(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
    Ok(queries::colleagues(tx, cx.actor()).await?.into_iter().map(|s| Opt::text(s.person_id, s.name)).collect())
}

/// `POST /ask/{draft}/privacy`
pub async fn privacy(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<PrivacyForm>) -> Answer {
    let options = colleagues(&cx, &cx.read().await?).await?;
    let offered = options.iter().map(|o| o.value.clone()).collect();
    match posted.read(&cx, &[("named", offered)])? {
        Ok(form) => {
            save(&cx, id, Step::Privacy, form.later, Seen::by(&posted), |answers| {
                answers.privacy = Some(form.privacy);
                answers.named = form.named.clone();
            })
            .await
        }
        Err(filled) if keeps_for_later(&posted, &filled) => save_later(&cx, id, Step::Privacy, Seen::by(&posted), &filled).await,
        Err(filled) => again(&cx, id, Step::Privacy, &filled, vec![("named", options)]).await,
    }
}

/// `GET /ask/{draft}/files`
pub async fn files_page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
    cx.page(&files_view(&cx, id, super::pages::blank_announce()).await?)
}

/// The files step with a form for the next file.
pub(super) async fn files_view(cx: &Cx, id: DraftId, form: FormView) -> Result<AskFiles, Problem> {
    let tx = cx.read().await?;
    let draft = draft(cx, &tx, id).await?;
    let Place { at, of, back } = place(&draft, Step::Files);
    let (files, advice) = (draft_files(&tx, id).await?, advice(cx, &tx, &draft).await?);
    Ok(AskFiles { at, of, form, announce: format!("/ask/{id}/announce"), action: address(id, Step::Files), back, files, advice })
}

async fn draft_files(tx: &Tx, id: DraftId) -> Result<Vec<FileView>, Problem> {
    Ok(files::of_draft(tx, id).await?.into_iter().map(super::uploads::own_file).collect())
}

/// `POST /ask/{draft}/files`: no (more) files.
pub async fn files(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<Press>) -> Answer {
    save(&cx, id, Step::Files, false, Seen::by(&posted), |_| {}).await
}

/// `GET /ask/{draft}/check`
pub async fn check_page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
    cx.page(&check(&cx, id, FormView::blank::<SendForm>()).await?)
}

async fn check(cx: &Cx, id: DraftId, form: FormView) -> Result<AskCheck, Problem> {
    let tx = cx.read().await?;
    let draft = draft(cx, &tx, id).await?;
    let Place { at, of, back } = place(&draft, Step::Check);
    let missing = draft.answers.missing();
    let sharing = content::current(&tx, content::keys::SHARING, cx.app.clock.today()).await?.map(|t| t.say(cx.locale).to_owned());
    Ok(AskCheck {
        at,
        of,
        form,
        action: address(id, Step::Check),
        back,
        answers: answers(cx, &tx, &draft).await?,
        files: draft_files(&tx, id).await?,
        files_href: address(id, Step::Files),
        missing: missing.len(),
        sharing,
        consents: consent_texts(cx, &tx).await?,
    })
}

/// The words of every consent in force today.
pub(super) async fn consent_texts(cx: &Cx, tx: &Tx) -> Result<Vec<ConsentText>, Problem> {
    let mut texts = Vec::new();
    for receiver in Receiver::ALL {
        let key = content::keys::consent(receiver.word())?;
        if let Some(text) = content::current(tx, &key, cx.app.clock.today()).await? {
            texts.push(ConsentText { receiver: receiver.word(), text: text.say(cx.locale).to_owned(), version: text.version });
        }
    }
    Ok(texts)
}

pub(super) async fn answers(cx: &Cx, tx: &Tx, draft: &Draft) -> Result<Vec<AnswerLine>, Problem> {
    let a = &draft.answers;
    let missing = a.missing();
    let categories = queries::categories(tx, cx.actor()).await?;
    let members = queries::members(tx, cx.actor()).await?;
    let colleagues = queries::colleagues(tx, cx.actor()).await?;
    let text = |t: &String| Some(t.clone()).filter(|t| !t.is_empty()).map(Label::text);
    let line = |label: Phrase, value: Option<Label>, step: Step, field: &str| AnswerLine {
        label,
        value,
        href: address(draft.id, step),
        missing: missing.iter().any(|m| m.field == field),
        begun: a.trace(step).is_some_and(|trace| trace.begun.contains_key(field)),
    };
    let category =
        a.category.as_ref().and_then(|code| categories.iter().find(|c| c.code == *code)).map(|c| Label::text(symptom_name(c, cx.locale)));
    let mut lines = vec![line(phrase!("desk-ask-category"), category, Step::Symptom, "category")];
    if a.trouble {
        lines.push(line(phrase!("desk-ask-noticed"), text(&a.noticed), Step::Noticed, "noticed"));
        lines.push(line(phrase!("desk-ask-care"), a.care.map(|c| Phrase::word("desk-care", c.word()).into()), Step::Care, "care"));
    }
    lines.push(line(phrase!("desk-ask-title"), text(&a.title), Step::Words, "title"));
    lines.push(line(phrase!("desk-ask-body"), text(&a.body), Step::Words, "body"));
    if a.trouble {
        lines.push(line(phrase!("desk-ask-done"), text(&a.done), Step::Done, "done"));
    }
    lines.push(line(phrase!("desk-ask-phone"), text(&a.phone), Step::Contact, "phone"));
    lines.push(line(phrase!("desk-ask-contact"), text(&a.contact), Step::Contact, "contact"));
    let member = a.member.and_then(|id| members.iter().find(|m| m.id == id.0)).map(|m| Label::text(m.name.clone()));
    if !members.is_empty() {
        lines.push(line(phrase!("desk-ask-member"), member, Step::Contact, "member"));
    }
    lines.push(line(
        phrase!("desk-ask-privacy"),
        a.privacy.map(|p| Phrase::word("desk-privacy", p.word()).into()),
        Step::Privacy,
        "privacy",
    ));
    let named: Vec<String> = colleagues.iter().filter(|s| a.named.iter().any(|p| p.0 == s.person_id)).map(|s| s.name.clone()).collect();
    if !a.named.is_empty() {
        lines.push(line(phrase!("desk-ask-named"), Some(Label::text(named.join("、"))), Step::Privacy, "named"));
    }
    Ok(lines)
}

/// `POST /ask/{draft}/check`: sends it, once.
pub async fn send(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<SendForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return cx.again(&check(&cx, id, filled.view()).await?),
    };
    let tx = cx.begin().await?;
    match commands::submit(&tx, cx.actor(), id).await? {
        Asked::Missing(_) => {
            drop(tx);
            let kept = FormView::prefilled::<SendForm>(form.consent.iter().map(|r| ("consent", r.word().to_owned())));
            cx.again(&check(&cx, id, kept).await?)
        }
        Asked::Stored { id: case, first, number } => {
            if first {
                allow(&cx, &tx, case, &form.consent).await?;
            }
            tx.commit().await?;
            tracing::info!(case = %case, number, first, "asked");
            see(&format!("/c/{case}?done=asked"))
        }
    }
}

/// Gives the chosen consents with the words that are in force now.
async fn allow(cx: &Cx, tx: &Tx, case: ConsultationId, receivers: &[Receiver]) -> Result<(), Problem> {
    if receivers.is_empty() {
        return Ok(());
    }
    let (facts, permit) = desk::find::<desk::Consent>(tx, cx.actor(), case).await?;
    let texts = texts_for(cx, tx, &facts, receivers).await?;
    commands::set_consents(tx, cx.actor(), &facts, permit, facts.case.version, receivers, &texts).await?;
    Ok(())
}

/// The words that a consent to each of the receivers agrees to now, without those that a case has not got.
pub(super) async fn texts_for(cx: &Cx, tx: &Tx, facts: &Facts, receivers: &[Receiver]) -> Result<Vec<(Receiver, Uuid)>, Problem> {
    let mut texts = Vec::new();
    for receiver in receivers {
        let exists = match receiver {
            Receiver::Prefecture => facts.case.prefecture.is_some_and(|unit| unit != cx.actor().unit),
            Receiver::Municipality => facts.case.municipal.is_some_and(|unit| unit != cx.actor().unit),
            Receiver::ProgrammeOffice | Receiver::Police => true,
        };
        let key = content::keys::consent(receiver.word())?;
        let text = content::current(tx, &key, cx.app.clock.today()).await?;
        texts.extend(text.filter(|_| exists).map(|text| (*receiver, text.id)));
    }
    Ok(texts)
}
