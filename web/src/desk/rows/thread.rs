//! What was said about a case, and what happened to it: the shapes of templates/parts/desk.html and parts.html.

use super::Written;
use crate::desk::pages::ThreadEntry;
use crate::key;
use crate::moment::Style;
use crate::page::{Markup, Said};
use crate::words::{Label, WordsError};
use time::OffsetDateTime;

/// The thread, cut where the files of a message stand: these are forms, and forms are the template's. There is one part more than there
/// are messages with files. `staff` tells whose messages are the reader's own side's.
pub fn thread(entries: &[ThreadEntry], staff: bool, said: &Said) -> Result<Vec<String>, WordsError> {
    let mut parts = Vec::new();
    let mut m = Markup::with_capacity(entries.len() * 768);
    for entry in entries {
        match entry.kind {
            "message" => message(&mut m, entry, staff, said)?,
            "note" => note(&mut m, entry, said)?,
            _ => happened(&mut m, entry, said)?,
        }
        if entry.kind == "message" {
            if !entry.files.is_empty() {
                m.raw("<ul class=\"files\">");
                parts.push(std::mem::take(&mut m).done());
                m.raw("</ul>");
            }
            m.raw("</div></article></li>\n");
        }
    }
    parts.push(m.done());
    Ok(parts)
}

/// A message up to where its files stand.
fn message(m: &mut Markup, entry: &ThreadEntry, staff: bool, said: &Said) -> Result<(), WordsError> {
    let from = if entry.desk { key!("desk-from-desk") } else { key!("desk-from-requester") };
    m.raw("<li id=\"e-").text(&entry.id).raw("\"><article class=\"msg");
    m.raw(if entry.desk == staff { " ours" } else { "" })
        .raw("\"><header><b><bdi>")
        .text(&entry.author)
        .raw("</bdi></b><span class=\"sub\">");
    m.text(&said.say(from, &[("unit", entry.unit.as_str().into())])?).raw("</span>");
    moment(m, entry.at.0, said)?;
    m.raw("</header><div class=\"body\">\n").paragraphs(&entry.body);
    Ok(())
}

fn note(m: &mut Markup, entry: &ThreadEntry, said: &Said) -> Result<(), WordsError> {
    m.raw("<li id=\"e-").text(&entry.id).raw("\"><article class=\"msg note\"><header><span class=\"locked\">").icon("lock");
    m.text(&said.say(key!("shared-note-locked"), &[])?).raw("</span><span><bdi>").text(&entry.author).raw("</bdi></span>");
    moment(m, entry.at.0, said)?;
    m.raw("</header><div class=\"body\">\n").paragraphs(&entry.body).raw("</div></article></li>\n");
    Ok(())
}

/// One sentence: what, from which word to which, and who.
fn happened(m: &mut Markup, entry: &ThreadEntry, said: &Said) -> Result<(), WordsError> {
    let what = said.word("desk-event", &entry.verb)?;
    let told = match (&entry.from, &entry.to) {
        (Some(from), Some(to)) => said.say(
            key!("desk-event-change"),
            &[("what", what.into()), ("from", label(from, said)?.into()), ("to", label(to, said)?.into())],
        )?,
        (None, Some(to)) => said.say(key!("desk-event-to"), &[("what", what.into()), ("to", label(to, said)?.into())])?,
        _ => what.to_owned(),
    };
    m.raw("<li class=\"event\">");
    moment(m, entry.at.0, said)?;
    m.raw(" ");
    match entry.author.as_str() {
        "" => m.text(&told),
        who => m.text(&said.say(key!("desk-event-by"), &[("what", told.into()), ("who", who.into())])?),
    };
    m.raw("</li>\n");
    Ok(())
}

fn label(label: &Label, said: &Said) -> Written {
    match label {
        Label::Text { text } => Ok(text.clone()),
        Label::Phrase(phrase) => said.phrase(phrase),
    }
}

fn moment(m: &mut Markup, at: OffsetDateTime, said: &Said) -> Result<(), WordsError> {
    m.raw("<time datetime=\"").instant(at).raw("\">").text(&said.when(at, Style::Short)?).raw("</time>");
    Ok(())
}
