//! The state every handler shares, and the router put together from the rooms' lists.

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
use std::collections::HashSet;
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

/// Whether a page can be fetched at a route's path; many addresses take posts only.
pub fn shows_page(path: &str) -> bool {
    static PAGES: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| all_routes().into_iter().filter(|route| route.method == "GET").map(|route| route.path).collect());
    PAGES.contains(path)
}

/// Whether a route is a page of signed-in people, which reads in the transaction that its session came with. A stream is
/// none: it stays open for hours and asks for a connection each time that it has something to look up.
pub fn reads_page(path: &str) -> bool {
    static PAGES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let page = |route: &Route| route.method == "GET" && route.access == Access::Signed && !route.path.starts_with("/live/");
        all_routes().into_iter().filter(page).map(|route| route.path).collect()
    });
    PAGES.contains(path)
}

/// Whether a route is about one thing that may be hidden from whoever is signed in.
pub fn names_a_thing(path: &str) -> bool {
    static THINGS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let thing = |route: &Route| route.access == Access::Signed && route.path.contains('{');
        all_routes().into_iter().filter(thing).map(|route| route.path).collect()
    });
    THINGS.contains(path)
}

/// Whether other servers post to a route's path.
pub fn is_for_peers(path: &str) -> bool {
    static PEERS: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| all_routes().into_iter().filter(|route| route.access == Access::Peer).map(|route| route.path).collect());
    PEERS.contains(path)
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
