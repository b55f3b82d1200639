//! Choosing the seat one acts from. The token changes with the seat, so a page of the old one can do nothing.

use super::issuers::spoken;
use super::pages;
use crate::guard;
use crate::page::{Notice, Tone};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem, see, set_cookie, word};
use ::identity::{SeatChoice, my_sessions, switch_seat};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use kernel::SeatId;

kernel::words! {
    /// What to say first on the page of seats.
    Said { Gone = "gone" }
}

/// `GET /seats`
pub async fn page(cx: Cx) -> Answer {
    let said = word::<Said>(&cx.query(&["said"])?, "said")?;
    let token = cx.token.as_deref().ok_or(Problem::SignIn)?;
    drop(cx.take_arrived());
    let choices = ::identity::seats(&cx.app.db, token).await?;
    let seat = |choice: SeatChoice| pages::Seat {
        id: choice.id.to_string(),
        role: choice.role.word(),
        unit: spoken(cx.locale, &choice.unit_name, choice.unit_name_en.as_deref()),
        federation: spoken(cx.locale, &choice.federation_name, choice.federation_name_en.as_deref()),
        active: choice.active,
    };
    let page = pages::Seats { seats: choices.into_iter().map(seat).collect() };
    let mut shell = cx.shell();
    if let Some(Said::Gone) = said {
        shell.notices.push(Notice { tone: Tone::Warn, phrase: phrase!("identity-seat-gone") });
    }
    Ok(cx.render(&shell, StatusCode::OK, &page))
}

/// `POST /seats/{seat}`
pub async fn take(cx: Cx, Ids(seat): Ids<SeatId>, posted: Posted<Press>) -> Answer {
    posted.read(&cx, &[])?.map_err(|_| Problem::BadRequest)?;
    let token = cx.token.as_deref().ok_or(Problem::SignIn)?;
    let seconds = left(&cx).await?;
    match switch_seat(&cx.app.db, token, seat).await? {
        Some(token) => {
            let cookie = set_cookie(guard::SESSION, Some(&token), seconds, "Lax");
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
        }
        // Ended meanwhile, or never theirs: the same answer.
        None => see("/seats?said=gone"),
    }
}

/// Seconds until the session ends in any case; the new cookie lasts no longer than the old one.
async fn left(cx: &Cx) -> Result<i64, Problem> {
    let tx = cx.read().await?;
    let present = my_sessions(&tx, cx.actor()).await?.into_iter().find(|s| s.present).ok_or(Problem::SignIn)?;
    Ok((present.expires_at - cx.app.clock.now()).whole_seconds().max(0))
}
