//! What only a demo has: the letters it wrote, and the gallery of all pages. Open to everybody, and absent in production
//! builds; tests build the pages without the handlers, so that the laws hold for them in every build.

#[cfg(feature = "demo")]
mod gallery;
#[cfg(feature = "demo")]
mod letters;
mod pages;
mod samples;

use crate::page::Entry;

/// A build with the demo in it that runs in production answers as if these pages did not exist.
#[cfg(feature = "demo")]
fn demo_only(visit: &crate::request::Visit) -> Result<(), crate::request::Problem> {
    if visit.app.settings.demo { Ok(()) } else { Err(crate::request::Problem::NotFound) }
}

/// The room's routes.
#[cfg(feature = "demo")]
pub fn routes(routes: crate::routes::Routes) -> crate::routes::Routes {
    routes
        .open_page("/_mail", letters::list)
        .open_page("/_mail/{name}", letters::letter)
        .open_page("/_gallery", gallery::index)
        .open_page("/_gallery/{page}/{sample}", gallery::sample)
}

/// The room's pages.
pub fn entries() -> Vec<Entry> {
    crate::pages![pages::Letters, pages::Letter]
}
