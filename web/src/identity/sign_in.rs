//! Signing in: the page with the issuers, the way out, the way back.

use super::device::Device;
use super::failed::Failed;
use super::issuers::{self, BROWSER};
use super::{pages, place};
use crate::forms::{FieldSpec, Filled, Form};
use crate::guard;
use crate::request::{Answer, Anybody, Ids, Posted, Problem, Visit, cookie, see, set_cookie, word};
use ::identity::{Begin, Next, Returned, SignInError, Visitor};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use kernel::IssuerId;

/// What the issuers' buttons carry.
pub struct StartForm {
    /// The secret of an invitation's link.
    invite: Option<String>,
    /// Where to go afterwards.
    next: Next,
}

impl Form for StartForm {
    const NAME: &'static str = "start";
    fn fields() -> Vec<FieldSpec> {
        vec![FieldSpec::hidden("invite"), FieldSpec::hidden("next")]
    }
    fn read(filled: &mut Filled) -> Option<Self> {
        let next = filled.text("next").map_or(Some(Next::Home), |word| word.parse().ok())?;
        Some(Self { invite: filled.text("invite"), next })
    }
}

/// `GET /sign-in`
pub async fn page(Anybody(visit): Anybody, headers: HeaderMap) -> Answer {
    let next = word::<Next>(&visit.query(&["next"])?, "next")?.unwrap_or_default();
    if visit.actor.is_some() {
        return see(&place::address(next));
    }
    let page = pages::SignIn { groups: issuers::offered(&visit, &headers).await?, next: next.word() };
    Ok(visit.render(&visit.shell(), StatusCode::OK, &page))
}

/// `GET /invite/{token}`: the same page whatever the token is worth (F13); the sign-in will tell.
pub async fn invitation(Anybody(visit): Anybody, Ids(token): Ids<String>, headers: HeaderMap) -> Answer {
    visit.query(&[])?;
    let page = pages::Invitation {
        groups: issuers::offered(&visit, &headers).await?,
        invite: kernel::text::line(&token).chars().take(128).collect(),
        signed_in: visit.actor.as_ref().map(|a| a.person_name.clone()),
    };
    let mut response = visit.render(&visit.shell(), StatusCode::OK, &page);
    // The address holds a secret; like every address of ours it is told to nobody else (`same-origin`). `no-referrer` would
    // hide from our own server where the form comes from: browsers then say `Origin: null`.
    response.headers_mut().insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    Ok(response)
}

/// `POST /sign-in/{issuer}`: off to the issuer.
pub async fn start(Anybody(visit): Anybody, Ids(issuer): Ids<IssuerId>, headers: HeaderMap, posted: Posted<StartForm>) -> Answer {
    let form = posted.read_at(visit.app.clock.now(), &[])?.map_err(|_| Problem::BadRequest)?;
    let secret = cookie(&headers, BROWSER);
    let ask = Begin {
        issuer,
        next: form.next,
        invitation: form.invite.as_deref(),
        step_up: None,
        locale: visit.locale,
        login_hint: None,
        browser_secret: secret.as_deref(),
    };
    match visit.app.sign_in.begin(&visit.app.db, ask).await {
        Ok(to) => issuers::leave(&visit, issuer, &to),
        Err(error) => Err(issuers::not_begun(&visit, issuer, error).await),
    }
}

/// `GET /sign-in/return`: back from the issuer.
pub async fn back(Anybody(visit): Anybody, headers: HeaderMap) -> Answer {
    let query = visit.path.split_once('?').map_or("", |(_, q)| q);
    let back: Returned = serde_urlencoded::from_str(query).map_err(|_| Problem::BadRequest)?;
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let secret = cookie(&headers, BROWSER).unwrap_or_default();
    let device = Device::of(agent).stored();
    let visitor = Visitor { browser_secret: &secret, device: &device, previous: visit.token.as_deref(), request: visit.id };
    match visit.app.sign_in.finish(&visit.app.db, &back, visitor).await {
        Ok(signed) => {
            metrics::counter!("portal_sign_ins_total", "outcome" => "done").increment(1);
            let seconds = (signed.expires_at - visit.app.clock.now()).whole_seconds();
            // Lax: the way here began on the issuer's site, and a strict cookie would not come along to the next page.
            let cookie = set_cookie(guard::SESSION, Some(&signed.token), seconds, "Lax");
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&place::address(signed.next))).into_response())
        }
        Err(error) => not_signed_in(&visit, &headers, error).await,
    }
}

async fn not_signed_in(visit: &Visit, headers: &HeaderMap, error: SignInError) -> Answer {
    metrics::counter!("portal_sign_ins_total", "outcome" => error.word()).increment(1);
    tracing::info!(outcome = error.word(), "nobody was signed in");
    match error {
        SignInError::IssuerDown => Err(issuers::down(visit, issuers::last(headers)).await),
        SignInError::Store(error) => Err(error.into()),
        other => {
            let page = Failed::of(&other);
            let mut shell = visit.shell();
            // The present address can be used once only; switching the language must not ask for it again.
            shell.path = "/sign-in".into();
            Ok(visit.render(&shell, page.status(), &page))
        }
    }
}
