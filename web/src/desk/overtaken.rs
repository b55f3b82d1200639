//! The page of a submit that came too late: what came meanwhile and what is so now, and what was sent, which one press applies.

use super::case::consent_lines;
use super::offers::list;
use super::pages::{Overtaken, ThreadEntry};
use super::thread::entries;
use crate::page::Shell;
use crate::pages::Stale;
use crate::request::{Brought, Cx, Offer, Problem, Visit};
use crate::words::Label;
use ::desk::policy::Facts;
use ::desk::queries::{self, Around};
use access::Permit;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{ConsultationId, Locale};
use std::sync::Arc;
use store::Tx;

/// Entries at most that are shown as having come meanwhile; the page says when there are more.
pub(super) const MEANWHILE: usize = 50;

/// The page. None where its sender may not read the case, or it cannot be read now: then the plain page says what there is to say.
pub async fn overtaken(visit: &Arc<Visit>, page: &Stale) -> Option<Response> {
    let ((id, possible), cx, form) = (page.case?, Cx::of(visit)?, visit.form.get()?);
    let since = cx.app.live.mark();
    let shown =
        read(&cx, form, id, possible).await.inspect_err(|_| tracing::warn!(case = %id, "an overtaken form without its page")).ok()??;
    // It may be overtaken again while it is read.
    let shell = Shell { live: Some(super::live::of_case(id, &since)), latest: Some(shown.open.clone()), ..visit.shell() };
    Some(visit.render(&shell, StatusCode::CONFLICT, &shown))
}

async fn read(cx: &Cx, form: &Brought, id: ConsultationId, possible: bool) -> Result<Option<Overtaken>, Problem> {
    let tx = cx.app.db.read(cx.actor(), cx.id).await?;
    let desk::Opened { facts, around, words } = desk::open(&tx, cx.actor(), id).await?;
    let (Some((text, permit)), Some(seen)) = (words, form.version) else { return Ok(None) };
    let (entries, more) = meanwhile(cx, &tx, &permit, seen).await?;
    let offers = offers(cx, &tx, &facts, form).await?;
    let readers = readers(&tx, id, &offers).await?;
    let (case, names) = (&facts.case, Names::of(cx.locale, &around));
    Ok(Some(Overtaken {
        number: case.number.clone(),
        title: Some(text.title),
        class: case.class.word(),
        state: case.state.word(),
        category: names.category,
        line: case.line.word(),
        queue: names.queue,
        offered_to: names.offered,
        privacy: case.privacy.word(),
        readers,
        consents: consent_lines(queries::consents(&tx, &permit).await?),
        changed: entries.iter().filter(|entry| entry.kind == "event").map(|entry| entry.verb.clone()).collect(),
        entries,
        most: more.then_some(MEANWHILE),
        again: form.once_more(&cx.path, Some(case.version), &offers),
        possible,
        open: format!("/c/{id}"),
        responsible: around.responsible_name,
    }))
}

/// What came since a version of the case, and whether there is more than is shown.
pub(super) async fn meanwhile(cx: &Cx, tx: &Tx, permit: &Permit<desk::ReadText>, seen: i32) -> Result<(Vec<ThreadEntry>, bool), Problem> {
    let mut thread = queries::since(tx, permit, seen, MEANWHILE as i64 + 1, cx.locale).await?;
    let more = thread.len() > MEANWHILE;
    if more {
        thread.remove(0);
    }
    Ok((entries(thread, vec![]), more))
}

/// Names around a case in the reader's language.
struct Names {
    category: String,
    queue: String,
    offered: Option<String>,
}

impl Names {
    fn of(locale: Locale, around: &Around) -> Self {
        let around = around.clone();
        match locale {
            Locale::En => Self { category: around.category_name_en, queue: around.queue_name_en, offered: around.offered_name_en },
            _ => Self { category: around.category_name, queue: around.queue_name, offered: around.offered_name },
        }
    }
}

/// The lists that something was chosen from, as they are now.
async fn offers(cx: &Cx, tx: &Tx, facts: &Facts, form: &Brought) -> Result<Vec<Offer>, Problem> {
    let mut offers = Vec::new();
    for field in form.chosen_from_given() {
        offers.push((field, list(cx, tx, facts, field).await?));
    }
    Ok(offers)
}

/// The people who are named as readers now, beside a form that names some.
async fn readers(tx: &Tx, id: ConsultationId, offers: &[Offer]) -> Result<Vec<Label>, Problem> {
    let Some((_, colleagues)) = offers.iter().find(|(field, _)| *field == "named") else { return Ok(vec![]) };
    let named = queries::named(tx, id.0).await?;
    Ok(colleagues
        .iter()
        .filter(|person| named.iter().any(|id| person.value == id.to_string()))
        .map(|person| person.label.clone())
        .collect())
}
