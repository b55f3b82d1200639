//! The questions, one page each.

use super::{Place, Seen, address, advice, again, draft, keeps_for_later, place, save, save_later, step_page, symptom_name};
use crate::desk::forms::*;
use crate::desk::pages::{AskFiles, FileView, blank_announce};
use crate::desk::uploads::own_file;
use crate::forms::{FormView, Opt};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem};
use crate::words::Label;
use ::desk::Step;
use ::desk::queries::{self, Category};
use kernel::{DraftId, Locale};
use store::Tx;

macro_rules! plain_step {
    ($page:ident, $post:ident, $form:ident, $step:ident, |$answers:ident| $prefill:expr, |$kept:ident, $value:ident| $keep:block) => {
        #[doc = concat!("`GET /ask/{draft}/", stringify!($post), "`")]
        pub async fn $page(cx: Cx, Ids(id): Ids<DraftId>) -> Answer {
            let tx = cx.read().await?;
            let draft = draft(&cx, &tx, id).await?;
            let $answers = &draft.answers;
            let form = FormView::prefilled::<$form>($prefill);
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

async fn symptoms(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
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
    let form = FormView::prefilled::<ContactForm>(values).offer("member", members);
    cx.page(&step_page(&cx, &tx, &draft, Step::Contact, form).await?)
}

async fn members(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
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
pub(in crate::desk) async fn colleagues(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
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
    cx.page(&files_view(&cx, id, blank_announce()).await?)
}

/// The files step with a form for the next file.
pub(in crate::desk) async fn files_view(cx: &Cx, id: DraftId, form: FormView) -> Result<AskFiles, Problem> {
    let tx = cx.read().await?;
    let draft = draft(cx, &tx, id).await?;
    let Place { at, of, back } = place(&draft, Step::Files);
    let (files, advice) = (draft_files(&tx, id).await?, advice(cx, &tx, &draft).await?);
    Ok(AskFiles { at, of, form, announce: format!("/ask/{id}/announce"), action: address(id, Step::Files), back, files, advice })
}

pub(super) async fn draft_files(tx: &Tx, id: DraftId) -> Result<Vec<FileView>, Problem> {
    Ok(files::of_draft(tx, id).await?.into_iter().map(own_file).collect())
}

/// `POST /ask/{draft}/files`: no (more) files.
pub async fn files(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<Press>) -> Answer {
    save(&cx, id, Step::Files, false, Seen::by(&posted), |_| {}).await
}
