//! What was said and done in a case, as its pages show it.

use super::pages::{FileView, ThreadEntry};
use super::uploads::sent_file;
use crate::moment::Moment;
use crate::words::{Label, Phrase};
use ::desk::queries::Entry;
use std::collections::BTreeMap;

/// The entries, each message with its files.
pub(super) fn entries(thread: Vec<Entry>, files: Vec<files::FileRow>) -> Vec<ThreadEntry> {
    let mut by_message: BTreeMap<uuid::Uuid, Vec<FileView>> = BTreeMap::new();
    for file in files {
        if let Some(message) = file.message_id {
            by_message.entry(message).or_default().push(sent_file(file));
        }
    }
    let entry = |kind, id: String, at| ThreadEntry {
        kind,
        id,
        desk: false,
        author: String::new(),
        unit: String::new(),
        body: String::new(),
        verb: String::new(),
        from: None,
        to: None,
        at: Moment(at),
        files: vec![],
    };
    let mut out = Vec::new();
    for item in thread {
        out.push(match item {
            Entry::Message { id, side, author, unit, body, at } => {
                let files = by_message.remove(&id).unwrap_or_default();
                ThreadEntry { desk: side == desk::Side::Desk, author, unit, body, files, ..entry("message", id.to_string(), at) }
            }
            Entry::Note { id, author, body, at } => ThreadEntry { author, body, ..entry("note", id.to_string(), at) },
            Entry::Event { verb, from, to, by, at } => {
                let label = |word: Option<String>| word.and_then(|word| event_label(&verb, &word));
                let (from, to) = (label(from), label(to));
                ThreadEntry { author: by.unwrap_or_default(), from, to, verb, ..entry("event", String::new(), at) }
            }
        });
    }
    out
}

/// The words of an event, by what the event is about; ids are not for reading.
fn event_label(verb: &str, word: &str) -> Option<Label> {
    Some(match verb {
        "class" => Phrase::word("desk-class", word).into(),
        "privacy" => Phrase::word("desk-privacy", word).into(),
        "line" | "offered" | "accepted" => Phrase::word("desk-line", word).into(),
        // Names by now.
        "category" | "assigned" | "handed_over" => Label::text(word),
        "resolved" => Phrase::word("desk-outcome", word).into(),
        "consented" | "consent_revoked" => Phrase::word("desk-receiver", word).into(),
        _ => return None,
    })
}
