//! The state every handler shares, and the router put together from the rooms' lists.

use crate::ahead::Reads;
use crate::assets;
use crate::contact::Hours;
use crate::guard;
use crate::limits::{self, Limits};
use crate::live::Hub;
use crate::page::Renderer;
use crate::request::Problem;
use crate::routes::{Access, Route, Routes};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use kernel::Clock;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use store::Db;

/// What the web process needs to answer.
pub struct Portal {
    /// The database as `portal_app`.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Templates and words.
    pub renderer: Renderer,
    /// Sign-in with the issuers.
    pub sign_in: identity::SignIn,
    /// Object storage.
    pub blobs: blobs::Blobs,
    /// When the desk's telephone is answered.
    pub hours: Hours,
    /// Who was seen, until it is written down.
    pub sightings: identity::Sightings,
    /// How much one client may ask for.
    pub limits: Limits,
    /// What moves while pages are open.
    pub live: Hub,
    /// Settings of this installation.
    pub settings: Settings,
    /// Letters written to a folder, for `/_mail`.
    #[cfg(feature = "demo")]
    pub letters: Option<mail::FolderMailer>,
}

/// What the web process is told at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How browsers reach us: scheme, host and port, without a trailing slash.
    pub public_url: String,
    /// Key of the form tokens.
    pub secret_key: Vec<u8>,
    /// Origin of the object store as browsers reach it; named in the CSP of pages with uploads.
    pub store_origin: String,
    /// The desk's telephone as people read it.
    pub phone: Option<String>,
    /// Whether the pages of the demo (letters, gallery) answer: only in the demo, whatever the build holds.
    pub demo: bool,
    /// Whether to advise browsers to use https only.
    pub https_only: bool,
    /// When what is hidden or absent is answered, after its request: at this, or at its next doubling.
    pub not_found: std::time::Duration,
}

/// Shared by all handlers.
pub type App = Arc<Portal>;

/// Every route of the product with its access and form: what the laws and the crawl walk.
pub fn all_routes() -> Vec<Route> {
    rooms().list
}

/// What is known of a route's path before its handler runs.
#[derive(Default)]
struct About {
    shows_page: bool,
    reads_page: bool,
    names_a_thing: bool,
    for_peers: bool,
    reads: Option<Reads>,
}

/// Made when the router is: within a request, a debug build's stack has no room for all routes.
static ABOUT: LazyLock<HashMap<&'static str, About>> = LazyLock::new(|| {
    let mut known: HashMap<&'static str, About> = HashMap::new();
    for route in all_routes() {
        let about = known.entry(route.path).or_default();
        let (fetched, signed) = (route.method == "GET", route.access == Access::Signed);
        about.shows_page |= fetched;
        about.reads_page |= fetched && signed && !route.path.starts_with("/live/");
        about.names_a_thing |= signed && route.path.contains('{');
        about.for_peers |= route.access == Access::Peer;
        about.reads = about.reads.or(route.reads);
    }
    known
});

fn about(path: &str) -> Option<&'static About> {
    ABOUT.get(path)
}

/// Whether a page can be fetched at a route's path; many addresses take posts only.
pub fn shows_page(path: &str) -> bool {
    about(path).is_some_and(|about| about.shows_page)
}

/// Whether a route is a page of signed-in people, which reads in the transaction that its session came with. A stream is
/// none: it stays open for hours and asks for a connection each time that it has something to look up.
pub fn reads_page(path: &str) -> bool {
    about(path).is_some_and(|about| about.reads_page)
}

/// What the page at a route's path reads, as its address says.
pub fn reads_of(path: &str) -> Option<Reads> {
    about(path).and_then(|about| about.reads)
}

/// Whether a route is about one thing that may be hidden from whoever is signed in.
pub fn names_a_thing(path: &str) -> bool {
    about(path).is_some_and(|about| about.names_a_thing)
}

/// Whether other servers post to a route's path.
pub fn is_for_peers(path: &str) -> bool {
    about(path).is_some_and(|about| about.for_peers)
}

fn rooms() -> Routes {
    let routes = Routes::default()
        .open_page("/favicon.ico", assets::favicon_ico)
        .open_page("/favicon.svg", assets::favicon_svg)
        .open_page("/apple-touch-icon.png", assets::touch_icon)
        .open_page("/assets/{hash}/{*path}", assets::serve);
    let routes = crate::identity::routes(routes);
    let routes = crate::desk::routes(routes);
    #[cfg(feature = "demo")]
    let routes = crate::demo::routes(routes);
    routes
}

/// The whole application. Layers from the outside in: headers, who is asking (request id and log line), how much they may
/// ask, error pages.
pub fn router(app: App) -> Router {
    LazyLock::force(&ABOUT);
    rooms()
        .router
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::NotFound })
        .layer(from_fn(guard::error_pages))
        .layer(from_fn_with_state(app.clone(), limits::limit))
        .layer(from_fn_with_state(app.clone(), guard::visit))
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .layer(tower_http::compression::CompressionLayer::new().br(true).gzip(true))
        .with_state(app)
}
