//! One's own sessions: where one is signed in, and ending the others.

use super::device::Device;
use super::language::LanguageForm;
use super::{pages, sign_out, step_up};
use crate::forms::FormView;
use crate::moment::Moment;
use crate::page::{Notice, Tone};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem, see, word};
use crate::words::Phrase;
use ::identity::{SessionRow, StepUp, my_sessions, revoke_other_sessions, revoke_session};
use axum::http::StatusCode;
use kernel::SessionId;
use time::Duration;

/// Ending all other sessions asks for a sign-in within this time: whoever finds an open browser must not lock the owner out.
const RECENT: StepUp = StepUp { second_factor: false, max_age: Duration::minutes(30) };

kernel::words! {
    /// What to say first on the page of sessions.
    Said {
        Revoked = "revoked",
        Gone = "gone",
        Others = "others",
        Alone = "alone",
        Language = "language",
    }
}

impl Said {
    fn notice(self) -> Notice {
        let (tone, phrase): (Tone, Phrase) = match self {
            Self::Revoked => (Tone::Done, phrase!("identity-session-revoked")),
            Self::Gone => (Tone::Info, phrase!("identity-session-gone")),
            Self::Others => (Tone::Done, phrase!("identity-session-others-revoked")),
            Self::Alone => (Tone::Info, phrase!("identity-session-alone")),
            Self::Language => (Tone::Done, phrase!("identity-language-stored")),
        };
        Notice { tone, phrase }
    }
}

/// `GET /sessions`
pub async fn page(cx: Cx) -> Answer {
    let said = word::<Said>(&cx.query(&["said"])?, "said")?;
    let stored = FormView::prefilled::<LanguageForm>([("locale", cx.actor().locale.word().to_owned())]);
    let page = list(&cx, stored).await?;
    let mut shell = cx.shell();
    shell.notices.extend(said.map(Said::notice));
    Ok(cx.render(&shell, StatusCode::OK, &page))
}

/// The page around the form of the language.
pub async fn list(cx: &Cx, form: FormView) -> Result<pages::Sessions, Problem> {
    let tx = cx.read().await?;
    let session = |row: SessionRow| pages::Session {
        id: row.id.to_string(),
        device: Device::read(&row.device),
        created_at: Moment(row.created_at),
        last_seen_at: Moment(row.last_seen_at),
        expires_at: Moment(row.expires_at),
        second_factor: row.second_factor,
        present: row.present,
    };
    let mut sessions: Vec<_> = my_sessions(&tx, cx.actor()).await?.into_iter().map(session).collect();
    sessions.sort_by_key(|s| !s.present);
    let others = sessions.iter().any(|s| !s.present);
    Ok(pages::Sessions { sessions, others, form })
}

/// `POST /sessions/{session}/revoke`: also the present one, which is signing out here without the issuer.
pub async fn revoke(cx: Cx, Ids(session): Ids<SessionId>, posted: Posted<Press>) -> Answer {
    posted.read(&cx, &[])?.map_err(|_| Problem::BadRequest)?;
    let tx = cx.begin().await?;
    let done = revoke_session(&tx, cx.actor(), session).await?;
    tx.commit().await?;
    match done {
        true if session == cx.actor().session => sign_out::answer(&cx, None),
        true => see("/sessions?said=revoked"),
        false => see("/sessions?said=gone"),
    }
}

/// `POST /sessions/revoke-others`
pub async fn revoke_others(cx: Cx, posted: Posted<Press>) -> Answer {
    posted.read(&cx, &[])?.map_err(|_| Problem::BadRequest)?;
    step_up::require(&cx, &RECENT)?;
    let tx = cx.begin().await?;
    let ended = revoke_other_sessions(&tx, cx.actor()).await?;
    tx.commit().await?;
    see(if ended == 0 { "/sessions?said=alone" } else { "/sessions?said=others" })
}
