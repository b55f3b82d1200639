//! Signing out, here and at the issuer.

use super::pages::SignedOut;
use crate::guard;
use crate::request::{Answer, Anybody, Posted, Press, Problem, Visit, set_cookie};
use axum::http::{StatusCode, header};
use std::sync::{Mutex, OnceLock};

/// `POST /sign-out`: the session ends first, whatever the issuer says. The answer is a page that moves on by itself, to end
/// the session at the issuer that began it too (as `issuers::leave` does, for the same reason).
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
    let bare = bare(visit);
    let page = SignedOut { further, still: false };
    let mut response = bare.render(&bare.shell(), StatusCode::OK, &page);
    response.headers_mut().append(header::SET_COOKIE, set_cookie(guard::SESSION, None, 0, "Lax"));
    if let Some(url) = &page.further {
        super::issuers::move_on(&mut response, url);
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
        peer: false,
        shows_page: true,
        stopped: Mutex::new(None),
        form: OnceLock::new(),
        arrived: Mutex::new(None),
    }
}
