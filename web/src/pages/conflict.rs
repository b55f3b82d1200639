//! 409: somebody else was faster. What the reader wrote is kept.

use crate::page::{Page, Sample};
use crate::phrase;
use crate::words::{Label, Phrase};
use kernel::ConsultationId;
use serde::Serialize;

/// Text that the reader wrote and that was not stored.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// The field's name.
    pub label: Phrase,
    /// What was written.
    pub text: String,
}

/// A stale submit: it has overwritten nothing.
#[derive(Clone, Debug, Serialize)]
pub struct Stale {
    /// What is different now, a line each.
    pub changed: Vec<Label>,
    /// What the reader wrote.
    pub kept: Vec<Kept>,
    /// Where the present state is shown.
    pub open: String,
    /// The consultation that was changed, and whether what was sent can still be done: its room shows the difference.
    #[serde(skip)]
    pub case: Option<(ConsultationId, bool)>,
}

impl Page for Stale {
    const TEMPLATE: &'static str = "shared/stale.html";
    fn samples() -> Vec<Sample<Self>> {
        let changed = vec![
            Label::text("担当が「柏木」から「藤代」に変わりました（9時05分）"),
            Label::text("重さが「重大」から「緊急」に変わりました（9時06分）"),
        ];
        let kept = vec![Kept {
            label: phrase!("gallery-specimen-body"),
            text: "LANケーブルを抜いてください。\n電源は切らないでください。".to_owned(),
        }];
        let open = "/cases/0198".to_owned();
        vec![
            Sample::new("text-kept", Self { changed: changed.clone(), kept, open: open.clone(), case: None }),
            Sample::new("nothing-written", Self { changed, kept: Vec::new(), open, case: None }),
        ]
    }
}
