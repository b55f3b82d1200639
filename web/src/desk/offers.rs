//! What can be chosen in the forms of a case, as it is now.

use super::ask::colleagues;
use super::lists::name_of;
use super::pages::FileView;
use super::uploads::own_file;
use crate::forms::Opt;
use crate::phrase;
use crate::request::{Cx, Problem};
use crate::words::Label;
use ::desk::Facts;
use ::desk::queries::{self, AnswererRow};
use kernel::{ConsultationId, Locale};
use store::Tx;

/// The list of a field.
pub(super) async fn list(cx: &Cx, tx: &Tx, facts: &Facts, field: &'static str) -> Result<Vec<Opt>, Problem> {
    Ok(match field {
        "category" => categories(cx, tx).await?,
        "seat" => seats(cx, tx, facts).await?,
        "named" => colleagues(cx, tx).await?,
        "files" => file_options(&pending(tx, facts.case.id).await?),
        other => return Err(Problem::Broken(format!("no list for the field {other}"))),
    })
}

/// Categories, in the reader's language.
pub(super) async fn categories(cx: &Cx, tx: &Tx) -> Result<Vec<Opt>, Problem> {
    Ok(queries::categories(tx, cx.actor()).await?.iter().map(|c| Opt::text(&c.code, name_of(c, cx.locale))).collect())
}

/// Who may answer for the case, by name with role and organisation; whoever is on duty comes first and is called so.
pub(super) async fn seats(cx: &Cx, tx: &Tx, facts: &Facts) -> Result<Vec<Opt>, Problem> {
    let option = |row: AnswererRow| {
        let unit = if cx.locale == Locale::En { row.unit_name_en.unwrap_or(row.unit_name) } else { row.unit_name };
        let label = if row.on_duty { phrase!("desk-assign-on-duty", name = row.name).into() } else { Label::text(row.name) };
        let hint = match row.role.as_str() {
            "lead" => phrase!("desk-assign-lead", unit = unit),
            "officer" => phrase!("desk-assign-officer", unit = unit),
            _ => phrase!("desk-assign-agent", unit = unit),
        };
        Opt { value: row.seat_id.to_string(), label, hint: Some(hint.into()) }
    };
    Ok(queries::seats_of_queue(tx, facts.case.queue).await?.into_iter().map(option).collect())
}

/// The given lists of the writing forms: files that wait for the next message.
pub(super) async fn pending(tx: &Tx, id: ConsultationId) -> Result<Vec<FileView>, Problem> {
    Ok(files::own_pending(tx, id).await?.into_iter().map(own_file).collect())
}

/// Those that can hang on it: what has not arrived cannot.
pub(super) fn file_options(pending: &[FileView]) -> Vec<Opt> {
    pending.iter().filter(|f| f.send.is_none()).map(|f| Opt::text(&f.id, f.name.clone())).collect()
}
