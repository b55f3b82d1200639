//! Files and their way to the object store, as data.

use crate::desk::forms::AnnounceForm;
use crate::forms::FormView;
use crate::page::{Page, Sample};
use serde::Serialize;

/// A file as a page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct FileView {
    /// Display name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// State word (`waiting`, `clean`, `infected`, `unscannable`, `refused`, `abandoned`).
    pub state: String,
    /// Why refused: `type` or `size`.
    pub why: Option<String>,
    /// Where it is opened (a post); None unless clean and sent.
    pub open: Option<String>,
    /// Where it is taken off (a post); None once sent.
    pub remove: Option<String>,
    /// Where its bytes are sent, while they are still to come.
    pub send: Option<String>,
    /// Its id, for the form that sends it.
    pub id: String,
}

/// A field of a signed upload form.
#[derive(Clone, Serialize)]
pub struct UploadField {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// One file on its way to the object store.
#[derive(Serialize)]
pub struct Upload {
    /// Display name.
    pub name: String,
    /// The store's address.
    pub store: String,
    /// Fields of the signed policy.
    pub fields: Vec<UploadField>,
    /// Fields for the script, which follows no redirect.
    pub script_fields: Vec<UploadField>,
    /// What a file dialogue offers.
    pub accept: String,
    /// Limit in bytes.
    pub max_bytes: u64,
    /// Where arrival is said (a post).
    pub arrived: String,
    /// Where the reader came from.
    pub back: String,
    /// The store has brought the browser back: one press remains.
    pub sent: bool,
}

impl Page for Upload {
    const TEMPLATE: &'static str = "desk/upload.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::upload()
    }
}

/// The form that announces a file: most are photographs.
pub fn blank_announce() -> FormView {
    FormView::prefilled::<AnnounceForm>([("kind", files::Kind::ALL[0].word().to_owned())])
}
