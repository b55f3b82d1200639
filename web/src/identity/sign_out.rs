//! Signing out, here and at the issuer.

use super::pages::SignedOut;
use crate::guard;
use crate::request::{Answer, Anybody, Posted, Press, Problem, Visit, set_cookie};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use std::sync::{Mutex, OnceLock};

/// `POST /sign-out`: the session ends first, whatever the issuer says. Every page has this button, and no page's policy
/// lets a form's redirect leave for an issuer; so the answer is a page that moves on by itself to end the issuer's
/// session too, with the same as a link.
pub async fn leave(Anybody(visit): Anybody, posted: Posted<Press>) -> Answer {
    posted.read_at(visit.app.clock.now(), &[])?.map_err(|_| Problem::BadRequest)?;
    let ended = match &visit.token {
        Some(token) => ::identity::end_session(&visit.app.db, token).await?,
        None => None,
    };
    let further = match &ended {
        Some(ended) => visit.app.sign_in.logout_url(&visit.app.db, ended, &kernel::secret::new_key(), visit.locale).await?,
        None => None,
    };
    answer(&visit, further.map(String::from))
}

/// `GET /signed-out`: also where issuers send browsers afterwards, with fields of their own in the address.
pub async fn page(Anybody(visit): Anybody) -> Answer {
    let shell = bare(&visit).shell();
    Ok(visit.render(&shell, StatusCode::OK, &SignedOut { further: None, still: visit.actor.is_some() }))
}

/// The page after a session of this browser ended, which also takes the cookie away.
pub fn answer(visit: &Visit, further: Option<String>) -> Answer {
    let refresh = further.as_ref().and_then(|url| HeaderValue::from_str(&format!("0; url={url}")).ok());
    let bare = bare(visit);
    let mut response = bare.render(&bare.shell(), StatusCode::OK, &SignedOut { further, still: false });
    response.headers_mut().append(header::SET_COOKIE, set_cookie(guard::SESSION, None, 0, "Lax"));
    if let Some(refresh) = refresh {
        response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
    }
    Ok(response)
}

/// The same visit by somebody who is not signed in.
fn bare(visit: &Visit) -> Visit {
    Visit {
        app: visit.app.clone(),
        id: visit.id,
        locale: visit.locale,
        token: None,
        actor: None,
        method: visit.method.clone(),
        path: "/signed-out".into(),
        failed: Mutex::new(None),
        form: OnceLock::new(),
    }
}
