//! Asking somebody who is signed in to prove it again, more recently or more strongly, before something that matters.

use super::issuers::{self, BROWSER};
use super::{pages, place};
use crate::forms::{FieldSpec, Filled, Form, Kind};
use crate::request::{Answer, Cx, Posted, Problem, cookie, see, word};
use ::identity::{Begin, Next, StepUp, StepUpOf, needs_step_up, session_issuer};
use axum::http::HeaderMap;
use std::collections::BTreeMap;
use time::Duration;

/// Nothing asks for a proof that may be older than a day.
const LONGEST: i64 = 24 * 60;

/// Asks for a sign-in as `wish` says; one that falls short is answered with the page that makes up for it and leads back
/// to where the reader was. Call it before anything is changed: the reader will press the same button again.
///
/// # Errors
/// `Problem::StepUp` when the present sign-in falls short.
pub fn require(cx: &Cx, wish: &StepUp) -> Result<(), Problem> {
    if needs_step_up(cx.actor(), wish, cx.app.clock.now()) { Err(Problem::StepUp(address(place::of(&cx.path), wish))) } else { Ok(()) }
}

fn address(next: Next, wish: &StepUp) -> String {
    let factor = if wish.second_factor { "&factor=1" } else { "" };
    format!("/step-up?next={}&minutes={}{factor}", next.word(), minutes(wish))
}

fn minutes(wish: &StepUp) -> i64 {
    wish.max_age.whole_minutes().clamp(1, LONGEST)
}

fn wish(minutes: i64, second_factor: bool) -> Option<StepUp> {
    (1..=LONGEST).contains(&minutes).then(|| StepUp { second_factor, max_age: Duration::minutes(minutes) })
}

/// What the issuer's button carries. Whatever comes back is measured again by the action itself.
pub struct StepUpForm {
    next: Next,
    wish: StepUp,
}

impl Form for StepUpForm {
    const NAME: &'static str = "step-up";
    fn fields() -> Vec<FieldSpec> {
        vec![
            FieldSpec::hidden("next").required(),
            FieldSpec::new("minutes", "", Kind::Int { min: 1, max: LONGEST }).required(),
            FieldSpec::hidden("factor"),
        ]
    }
    fn read(filled: &mut Filled) -> Option<Self> {
        let second_factor = filled.text("factor").is_some_and(|word| word == "1");
        Some(Self { next: filled.text("next")?.parse().ok()?, wish: wish(filled.int("minutes")?, second_factor)? })
    }
}

/// `GET /step-up`
pub async fn page(cx: Cx) -> Answer {
    let (next, wish) = asked(&cx.query(&["next", "minutes", "factor"])?)?;
    if !needs_step_up(cx.actor(), &wish, cx.app.clock.now()) {
        return see(&place::address(next));
    }
    let issuer = session_issuer(&cx.read().await?, cx.actor()).await?;
    let page = pages::StepUp {
        issuer: issuers::named(&cx, issuer).await?,
        next: next.word(),
        back: place::address(next),
        minutes: minutes(&wish),
        second_factor: wish.second_factor,
    };
    cx.page(&page)
}

fn asked(query: &BTreeMap<String, String>) -> Result<(Next, StepUp), Problem> {
    let next = word::<Next>(query, "next")?.unwrap_or_default();
    let minutes = word::<i64>(query, "minutes")?.ok_or(Problem::BadRequest)?;
    let second_factor = match query.get("factor").map(String::as_str) {
        None => false,
        Some("1") => true,
        Some(_) => return Err(Problem::BadRequest),
    };
    Ok((next, wish(minutes, second_factor).ok_or(Problem::BadRequest)?))
}

/// `POST /step-up`: off to the issuer that made the session, to come back as the same person. No other one is asked: it
/// would bring somebody else back, or prove something else.
pub async fn start(cx: Cx, headers: HeaderMap, posted: Posted<StepUpForm>) -> Answer {
    let form = posted.read(&cx, &[])?.map_err(|_| Problem::BadRequest)?;
    let issuer = session_issuer(&cx.read().await?, cx.actor()).await?;
    let secret = cookie(&headers, BROWSER);
    let ask = Begin {
        issuer,
        next: form.next,
        invitation: None,
        step_up: Some(StepUpOf::of(cx.actor(), form.wish)),
        locale: cx.locale,
        login_hint: None,
        browser_secret: secret.as_deref(),
    };
    match cx.app.sign_in.begin(&cx.app.db, ask).await {
        Ok(to) => issuers::leave(&cx, issuer, &to),
        Err(error) => Err(issuers::not_begun(&cx, issuer, error).await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::pairs;

    #[test]
    fn the_address_says_what_is_asked() {
        for wish in
            [StepUp { second_factor: false, max_age: Duration::minutes(30) }, StepUp { second_factor: true, max_age: Duration::minutes(5) }]
        {
            let address = address(Next::Sessions, &wish);
            let query = pairs(address.split_once('?').unwrap().1.as_bytes()).unwrap().into_iter().collect();
            assert_eq!(asked(&query).unwrap(), (Next::Sessions, wish));
        }
    }

    #[test]
    fn nothing_else_is_understood() {
        for bad in ["", "minutes=0", "minutes=1441", "minutes=x", "minutes=5&factor=yes", "minutes=5&next=//evil.example"] {
            let query = pairs(bad.as_bytes()).unwrap().into_iter().collect();
            assert!(asked(&query).is_err(), "{bad}");
        }
    }
}
