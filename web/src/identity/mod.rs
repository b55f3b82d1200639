//! Signing in and out, choosing a seat, one's own sessions and the language. The rules live in the crate `identity`;
//! here is what people see of them.

mod back_channel;
mod device;
mod failed;
mod issuers;
mod language;
mod pages;
mod place;
mod samples;
mod seats;
mod sessions;
mod sign_in;
mod sign_out;
pub mod step_up;

use crate::forms::FormEntry;
use crate::page::Entry;
use crate::request::Press;
use crate::routes::Routes;
use crate::words::WordList;
use language::LanguageForm;
use sign_in::StartForm;
use step_up::StepUpForm;

pub use place::{place_address, sign_in_address};

/// The room's routes.
pub fn routes(routes: Routes) -> Routes {
    let routes = routes
        .open_page("/sign-in", sign_in::page)
        .open_page("/invite/{token}", sign_in::invitation)
        .open_form::<StartForm, _, _>("/sign-in/{issuer}", sign_in::start)
        .open_page("/sign-in/return", sign_in::back)
        // Whoever presses it is signed out afterwards, also when the session ended by itself meanwhile.
        .open_form::<Press, _, _>("/sign-out", sign_out::leave)
        .open_page("/signed-out", sign_out::page)
        .peer("/back-channel-logout", back_channel::end)
        .open_page("/language/{locale}", language::choose);
    routes
        .page("/step-up", step_up::page)
        .form::<StepUpForm, _, _>("/step-up", step_up::start)
        .page("/seats", seats::page)
        .form::<Press, _, _>("/seats/{seat}", seats::take)
        .page("/sessions", sessions::page)
        .form::<Press, _, _>("/sessions/{session}/revoke", sessions::revoke)
        .form::<Press, _, _>("/sessions/revoke-others", sessions::revoke_others)
        .form::<LanguageForm, _, _>("/language", language::store)
}

/// The room's pages.
pub fn entries() -> Vec<Entry> {
    crate::pages![
        pages::SignIn,
        pages::Invitation,
        pages::StepUp,
        pages::Leaving,
        pages::SignedOut,
        pages::Seats,
        pages::Sessions,
        failed::Failed
    ]
}

/// The room's forms.
pub fn form_entries() -> Vec<FormEntry> {
    crate::forms![StartForm, StepUpForm, LanguageForm]
}

/// Closed lists that templates name.
pub fn word_lists() -> Vec<WordList> {
    vec![
        WordList::new("identity-os", device::Os::ALL.iter().map(|o| o.word())),
        WordList::new("identity-browser", device::Browser::ALL.iter().map(|b| b.word())),
    ]
}
