//! What people see: pages, forms, words and the plain files behind them. See `README.md` beside this crate's manifest.

pub mod ahead;
pub mod app;
pub mod assets;
pub mod client;
pub mod contact;
#[cfg(any(test, feature = "demo"))]
pub mod demo;
pub mod desk;
pub mod forms;
#[cfg(feature = "demo")]
pub mod gallery;
pub mod guard;
pub mod identity;
pub mod limits;
pub mod live;
pub mod moment;
pub mod page;
pub mod pages;
pub mod registry;
pub mod request;
pub mod routes;
mod unfound;
pub mod words;
