//! `/_gallery`: every sample of every page, for people and for the accessibility scan.

use crate::gallery;
use crate::page::RenderError;
use crate::request::{Answer, Anybody, Ids, Problem};
use axum::response::{Html, IntoResponse};
use kernel::Locale;

/// `GET /_gallery`
pub async fn index(Anybody(visit): Anybody) -> Answer {
    super::demo_only(&visit)?;
    visit.query(&[])?;
    html(gallery::index(&visit.app.renderer, visit.locale))
}

/// `GET /_gallery/{page}/{sample}?lang=<locale>`; in the reader's language without it.
pub async fn sample(Anybody(visit): Anybody, Ids((page, sample)): Ids<(String, String)>) -> Answer {
    super::demo_only(&visit)?;
    let wanted = crate::request::word::<Locale>(&visit.query(&["lang"])?, "lang")?;
    html(gallery::sample(&visit.app.renderer, &page, &sample, wanted.unwrap_or(visit.locale)).ok_or(Problem::NotFound)?)
}

fn html(rendered: Result<String, RenderError>) -> Answer {
    rendered.map(|html| Html(html).into_response()).map_err(|error| Problem::Broken(error.to_string()))
}
