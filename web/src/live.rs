//! Pages that stay true while they are open. News come in by one listening connection per process, ids only; each open
//! page is a stream that reads again in its own reader's scope and says in words what has moved. Nothing is pushed into a
//! page: it says that there is news, and the reader asks for it.

mod hub;
mod stream;

pub use hub::{Hub, Told, What};
pub use stream::{Followed, Saying, follow};
