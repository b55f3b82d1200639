//! What was answered on one page, and sending it, once.

use super::questions::draft_files;
use super::{Place, address, draft, place, symptom_name};
use crate::desk::forms::*;
use crate::desk::pages::{AnswerLine, AskCheck, ConsentText};
use crate::forms::FormView;
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Problem, see};
use crate::words::{Label, Phrase};
use ::desk::commands::{self, Asked};
use ::desk::{Draft, Receiver, Step, queries};
use kernel::{ConsultationId, DraftId};
use store::Tx;

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
pub(in crate::desk) async fn consent_texts(cx: &Cx, tx: &Tx) -> Result<Vec<ConsentText>, Problem> {
    let mut texts = Vec::new();
    for receiver in Receiver::ALL {
        let key = content::keys::consent(receiver.word())?;
        if let Some(text) = content::current(tx, &key, cx.app.clock.today()).await? {
            texts.push(ConsentText { receiver: receiver.word(), text: text.say(cx.locale).to_owned(), version: text.version });
        }
    }
    Ok(texts)
}

async fn answers(cx: &Cx, tx: &Tx, draft: &Draft) -> Result<Vec<AnswerLine>, Problem> {
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
pub(in crate::desk) async fn allow(cx: &Cx, tx: &Tx, case: ConsultationId, receivers: &[Receiver]) -> Result<(), Problem> {
    if receivers.is_empty() {
        return Ok(());
    }
    let (facts, permit) = desk::find::<desk::Consent>(tx, cx.actor(), case).await?;
    for receiver in receivers {
        let exists = match receiver {
            Receiver::Prefecture => facts.case.prefecture.is_some_and(|unit| unit != cx.actor().unit),
            Receiver::Municipality => facts.case.municipal.is_some_and(|unit| unit != cx.actor().unit),
            Receiver::ProgrammeOffice | Receiver::Police => true,
        };
        let key = content::keys::consent(receiver.word())?;
        let text = content::current(tx, &key, cx.app.clock.today()).await?;
        if let (true, Some(text)) = (exists, text) {
            commands::allow(tx, cx.actor(), &facts, &permit, *receiver, text.id).await?;
        }
    }
    Ok(())
}
