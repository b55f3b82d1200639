//! The issuers as pages offer them, and leaving for one of them.

use super::pages::Leaving;
use crate::request::{Answer, Problem, Visit, cookie, set_cookie};
use ::identity::{IssuerChoice, Redirect, SignInError};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::{IssuerId, Locale};
use serde::Serialize;

/// Ties the way back to the browser that went (login CSRF). Lax: the way back begins on the issuer's site.
pub const BROWSER: &str = "__Host-tomoshibi-signin";
/// The issuer used last in this browser, so that it is offered first. An id that everybody may see.
const LAST: &str = "__Host-tomoshibi-issuer";
/// A sign-in under way lasts as long in the database.
const TEN_MINUTES: i64 = 600;
const HALF_A_YEAR: i64 = 180 * 24 * 3_600;

/// One issuer's button.
#[derive(Clone, Debug, Serialize)]
pub struct Button {
    /// Names it in the address.
    pub id: String,
    /// Its name in the reader's language.
    pub name: String,
    /// Used last in this browser, or the only one.
    pub first: bool,
}

/// A federation and the issuers it trusts.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The federation's name in the reader's language.
    pub name: String,
    /// Its issuers.
    pub issuers: Vec<Button>,
}

/// The issuers on offer now, by federation, in the reader's language; the one used last in this browser first.
pub async fn offered(visit: &Visit, headers: &HeaderMap) -> Result<Vec<Group>, Problem> {
    let choices = visit.app.sign_in.issuers(&visit.app.db).await?;
    Ok(groups(&choices, visit.locale, last(headers)))
}

/// The name of one issuer; None when it is switched off.
pub async fn named(visit: &Visit, issuer: IssuerId) -> Result<Option<String>, Problem> {
    let choices = visit.app.sign_in.issuers(&visit.app.db).await?;
    Ok(choices.iter().find(|c| c.id == issuer).map(|c| issuer_name(c, visit.locale)))
}

fn groups(choices: &[IssuerChoice], locale: Locale, last: Option<IssuerId>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for choice in choices {
        let first = last == Some(choice.id) || choices.len() == 1;
        let button = Button { id: choice.id.to_string(), name: issuer_name(choice, locale), first };
        let name = spoken(locale, &choice.federation_name, choice.federation_name_en.as_deref());
        match groups.iter_mut().find(|g| g.name == name) {
            Some(group) => group.issuers.push(button),
            None => groups.push(Group { name, issuers: vec![button] }),
        }
    }
    for group in &mut groups {
        group.issuers.sort_by_key(|b| !b.first);
    }
    groups.sort_by_key(|g| !g.issuers.iter().any(|b| b.first));
    groups
}

/// A name in the reader's language where there is one.
pub fn spoken(locale: Locale, ja: &str, en: Option<&str>) -> String {
    match (locale, en) {
        (Locale::En, Some(en)) => en.to_owned(),
        _ => ja.to_owned(),
    }
}

fn issuer_name(choice: &IssuerChoice, locale: Locale) -> String {
    spoken(locale, &choice.name, choice.name_en.as_deref())
}

/// The issuer that this browser went to last.
pub fn last(headers: &HeaderMap) -> Option<IssuerId> {
    cookie(headers, LAST)?.parse().ok()
}

/// Sends the browser off to an issuer, with the cookies for the way back.
///
/// It goes by a page of ours that moves on by itself, with the same as a link. Chromium holds `form-action` against every
/// redirect that follows a form, also those at the issuer, and where an issuer sends people on to is not ours to know: with
/// a redirect here each of its hosts would have to stand in our policy. A page that moves on ends the form's journey.
pub fn leave(visit: &Visit, issuer: IssuerId, to: &Redirect) -> Answer {
    let mut shell = visit.shell();
    // The present address takes posts only, and there is nothing to do here.
    shell.path = "/sign-in".into();
    let mut response = visit.render(&shell, StatusCode::OK, &Leaving { to: to.url.to_string() });
    move_on(&mut response, to.url.as_str());
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, set_cookie(BROWSER, Some(&to.browser_secret), TEN_MINUTES, "Lax"));
    headers.append(header::SET_COOKIE, set_cookie(LAST, Some(&issuer.to_string()), HALF_A_YEAR, "Lax"));
    Ok(response)
}

/// Makes a page move on to an address by itself; it must offer the same as a link.
pub fn move_on(response: &mut Response, to: &str) {
    match HeaderValue::from_str(&format!("0; url={to}")) {
        Ok(value) => drop(response.headers_mut().insert(HeaderName::from_static("refresh"), value)),
        // The link in the page is left.
        Err(error) => tracing::error!(%error, "address cannot be said in a header"),
    }
}

/// Why a browser could not be sent to `issuer`.
pub async fn not_begun(visit: &Visit, issuer: IssuerId, error: SignInError) -> Problem {
    match error {
        SignInError::IssuerDown => down(visit, Some(issuer)).await,
        SignInError::NoSuchIssuer => Problem::NotFound,
        SignInError::Store(error) => error.into(),
        other => Problem::Broken(format!("begin answers {}", other.word())),
    }
}

/// The issuer does not answer; names it when it is known.
pub async fn down(visit: &Visit, issuer: Option<IssuerId>) -> Problem {
    let choices = match visit.app.sign_in.issuers(&visit.app.db).await {
        Ok(choices) => choices,
        Err(error) => return error.into(),
    };
    let known = choices.iter().find(|c| Some(c.id) == issuer).map(|c| issuer_name(c, visit.locale));
    let unnamed = || visit.app.renderer.words().say(visit.locale, crate::key!("identity-issuer-unnamed"), &[]).unwrap_or_default();
    Problem::IssuerDown(known.unwrap_or_else(unnamed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(id: u128, federation: &str) -> IssuerChoice {
        IssuerChoice {
            id: IssuerId(uuid::Uuid::from_u128(id)),
            name: format!("窓口{id}"),
            name_en: (id == 1).then(|| "Door 1".to_owned()),
            federation_name: federation.to_owned(),
            federation_name_en: None,
        }
    }

    #[test]
    fn the_issuer_used_last_comes_first_and_only_once() {
        let choices = [choice(1, "甲"), choice(2, "乙"), choice(3, "乙")];
        let shown = groups(&choices, Locale::En, Some(choices[2].id));
        let names: Vec<_> = shown.iter().flat_map(|g| g.issuers.iter().map(|b| (g.name.as_str(), b.name.as_str(), b.first))).collect();
        assert_eq!(names, [("乙", "窓口3", true), ("乙", "窓口2", false), ("甲", "Door 1", false)]);
        assert!(groups(&choices, Locale::Ja, None).iter().all(|g| g.issuers.iter().all(|b| !b.first)));
        assert!(groups(&choices[..1], Locale::Ja, None)[0].issuers[0].first, "a single one needs no choosing");
    }
}
