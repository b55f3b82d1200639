//! The list of routes. A route can only be added here, so the list is the router: signed-in by default, open by name.

use crate::ahead::Reads;
use crate::app::App;
use crate::forms::Form;
use crate::guard;
use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get, post};

/// Who may call a route at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Anybody; stands in the reviewed list of open routes.
    Open,
    /// Signed-in people in a live seat.
    Signed,
    /// Another server, known by what it has signed: no cookie is read, no page of ours sends it. Stands among the open routes.
    Peer,
}

/// One route.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path with its parameters.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The form it takes, for posts.
    pub form: Option<&'static str>,
    /// What it reads, where its address says so.
    pub reads: Option<Reads>,
}

/// Routes under construction.
#[derive(Default)]
pub struct Routes {
    pub(crate) list: Vec<Route>,
    pub(crate) router: Router<App>,
}

impl Routes {
    /// A page for signed-in people.
    pub fn page<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("GET", path, Access::Signed, None, get(handler).route_layer(from_fn(guard::signed)))
    }

    /// A page for signed-in people whose address says what it reads.
    pub fn page_that_reads<H: Handler<T, App>, T: 'static>(self, path: &'static str, reads: Reads, handler: H) -> Self {
        let mut routes = self.page(path, handler);
        if let Some(route) = routes.list.last_mut() {
            route.reads = Some(reads);
        }
        routes
    }

    /// A form for signed-in people.
    pub fn form<F: Form + 'static, H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("POST", path, Access::Signed, Some(F::NAME), post(handler).route_layer(from_fn(guard::signed_form::<F>)))
    }

    /// A page for anybody.
    pub fn open_page<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("GET", path, Access::Open, None, get(handler))
    }

    /// A form for anybody.
    pub fn open_form<F: Form + 'static, H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("POST", path, Access::Open, Some(F::NAME), post(handler).route_layer(from_fn(guard::open_form::<F>)))
    }

    /// A post by another server, which proves itself by what it sends.
    pub fn peer<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add("POST", path, Access::Peer, None, post(handler))
    }

    fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        access: Access,
        form: Option<&'static str>,
        router: MethodRouter<App>,
    ) -> Self {
        self.list.push(Route { method, path, access, form, reads: None });
        self.router = self.router.route(path, router);
        self
    }
}
