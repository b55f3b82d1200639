//! The rows of lists and the options of their filters, written in Rust: fifty rows of nine cells took the template engine as long as
//! everything else that the portal does for such a page (infra/decisions/rows.md). Badges are those of templates/parts/blocks.html.

mod thread;

pub use thread::thread;

use super::pages::Line;
use crate::forms::Opt;
use crate::key;
use crate::moment::Style;
use crate::page::{Markup, Said};
use crate::words::{Label, WordsError};

type Written = Result<String, WordsError>;

/// The rows of the staff list.
pub fn queue(lines: &[Line], said: &Said) -> Written {
    let (by, nobody) = (said.say(key!("desk-col-responsible"), &[])?, said.say(key!("desk-nobody"), &[])?);
    let (since, updated) = (said.say(key!("desk-col-since"), &[])?, said.say(key!("desk-col-updated"), &[])?);
    let (offer, mine) = (said.say(key!("desk-turn-offer"), &[])?, said.say(key!("desk-turn-mine"), &[])?);
    let hidden = said.say(key!("desk-title-hidden"), &[])?;
    let mut m = Markup::with_capacity(lines.len() * 1_280);
    for line in lines {
        m.raw("<tr role=\"row\"").raw(if line.mine { " class=\"mine\"" } else { "" }).raw("><td role=\"cell\" class=\"sv\">");
        class(&mut m, line, said)?;
        m.raw("</td><td role=\"cell\" class=\"no sub nb\">").text(&line.number);
        m.raw("</td><td role=\"cell\" class=\"subj\">");
        title(&mut m, line, &hidden);
        m.raw("</td><td role=\"cell\" class=\"org\"><bdi>").text(line.unit.as_deref().unwrap_or_default()).raw("</bdi>");
        if let Some(prefecture) = &line.prefecture {
            m.raw(" <span class=\"sub nb\">").text(prefecture).raw("</span>");
        }
        m.raw("</td><td role=\"cell\" class=\"cat\"><span>").text(line.category.as_deref().unwrap_or_default());
        m.raw("</span></td><td role=\"cell\" class=\"tn nb\">");
        turn(&mut m, line, said, "desk-state", (&offer, &mine))?;
        m.raw("</td><td role=\"cell\" class=\"asg nb\"><span class=\"only-s sub\">").text(&by).raw(" </span>");
        match &line.responsible {
            Some(name) => m.raw("<bdi>").text(name).raw("</bdi>"),
            None => m.raw("<span class=\"sub\">").text(&nobody).raw("</span>"),
        };
        m.raw("</td><td role=\"cell\" class=\"due nb\"><span class=\"only-s sub\">").text(&since).raw(" </span><time datetime=\"");
        m.instant(line.turn_since.0).raw("\" title=\"").text(&said.when(line.turn_since.0, Style::Full)?);
        m.raw("\" data-since>").text(&said.since(line.turn_since.0)?).raw("</time></td><td role=\"cell\" class=\"upd num\">");
        m.raw("<span class=\"only-s sub\">").text(&updated).raw(" </span><time datetime=\"").instant(line.updated_at.0);
        m.raw("\">").text(&said.when(line.updated_at.0, Style::Row)?).raw("</time></td></tr>\n");
    }
    Ok(m.done())
}

/// The rows of an area: headers alone.
pub fn area(lines: &[Line], said: &Said) -> Written {
    let asked = said.say(key!("desk-col-asked"), &[])?;
    let mut m = Markup::with_capacity(lines.len() * 640);
    for line in lines {
        m.raw("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" class=\"nb\"><a href=\"")
            .text(&line.href)
            .raw("\">")
            .text(&line.number);
        m.raw("</a></th><td role=\"cell\">");
        class(&mut m, line, said)?;
        m.raw("</td><td role=\"cell\" class=\"nb\">").text(said.word("desk-state", line.state)?);
        m.raw("</td><td role=\"cell\" class=\"long\"><bdi>").text(line.unit.as_deref().unwrap_or_default());
        m.raw("</bdi></td><td role=\"cell\">").text(line.category.as_deref().unwrap_or_default());
        m.raw("</td><td role=\"cell\" class=\"nb\"><span class=\"only-s sub\">").text(&asked).raw(" </span><time datetime=\"");
        m.instant(line.created_at.0).raw("\">").text(&said.when(line.created_at.0, Style::Short)?).raw("</time></td></tr>\n");
    }
    Ok(m.done())
}

/// Consultations as their asking side reads them: badges, title, then whose turn, since when, what comes next. With `unit`, as somebody
/// reads them to whom they were told: who asks, and nothing addressed to the writer.
pub fn own(lines: &[Line], unit: bool, said: &Said) -> Written {
    let (offer, mine) = (said.say(key!("desk-turn-offer"), &[])?, said.say(key!("desk-turn-mine"), &[])?);
    let hidden = said.say(key!("desk-title-hidden"), &[])?;
    let mut m = Markup::with_capacity(lines.len() * 768);
    for line in lines {
        m.raw("<li><p class=\"who\">");
        turn(&mut m, line, said, "desk-state-requester", (&offer, &mine))?;
        class(&mut m, line, said)?;
        m.raw("<span class=\"sub small nb\">").text(&line.number).raw("</span>");
        if unit {
            m.raw("<span class=\"small\"><bdi>").text(line.unit.as_deref().unwrap_or_default()).raw("</bdi></span>");
        }
        m.raw("</p><p class=\"title\">");
        title(&mut m, line, &hidden);
        m.raw("</p><p class=\"next\">").text(&since(line, said)?);
        if !unit {
            let next = said.word("desk-next-requester", line.state)?;
            m.text(&said.say(key!("desk-then"), &[("next", next.into())])?);
        }
        m.raw("</p></li>\n");
    }
    Ok(m.done())
}

/// The options of a filter; the one that is set is chosen.
pub fn options(options: &[Opt], set: &str, said: &Said) -> Written {
    let mut m = Markup::with_capacity(options.len() * 64);
    for option in options {
        m.raw("<option value=\"").text(&option.value).raw(if option.value == set { "\" selected>" } else { "\">" });
        match &option.label {
            Label::Text { text } => m.text(text),
            Label::Phrase(phrase) => m.text(&said.phrase(phrase)?),
        };
        m.raw("</option>");
    }
    Ok(m.done())
}

fn class(m: &mut Markup, line: &Line, said: &Said) -> Result<(), WordsError> {
    m.raw("<span class=\"badge ")
        .raw(line.badge)
        .raw("\"><span class=\"sq\"></span>")
        .text(said.word("desk-class", line.class)?)
        .raw("</span>");
    Ok(())
}

fn title(m: &mut Markup, line: &Line, hidden: &str) {
    m.raw("<a href=\"").text(&line.href).raw("\">");
    match &line.title {
        Some(title) => m.raw("<bdi>").text(title).raw("</bdi>"),
        None => m.text(hidden),
    };
    m.raw("</a>");
}

/// The lantern when it is the reader's turn; otherwise who has it. `states` are the names that its reader gives to states.
fn turn(m: &mut Markup, line: &Line, said: &Said, states: &str, (offer, mine): (&str, &str)) -> Result<(), WordsError> {
    match line.turn {
        _ if line.mine => m.raw("<span class=\"badge turn\">").icon("turn").text(if line.offered { offer } else { mine }),
        "desk" => m.raw("<span class=\"badge desk\">").text(said.word("desk-turn", line.turn)?),
        "nobody" => m.raw("<span class=\"badge done\">").icon("check").text(said.word(states, line.state)?),
        _ => m.raw("<span class=\"badge third\">").text(said.word("desk-turn", line.turn)?),
    };
    m.raw("</span>");
    Ok(())
}

/// One sentence: whose turn it is and since when.
fn since(line: &Line, said: &Said) -> Written {
    let at = ("at", said.when(line.turn_since.0, Style::Short)?.into());
    match (line.turn, &line.responsible) {
        ("requester", _) if line.mine => said.say(key!("desk-since-mine"), &[at]),
        ("requester", _) => said.say(key!("desk-since-requester"), &[at]),
        ("third", _) => said.say(key!("desk-since-third"), &[at]),
        ("desk", Some(who)) => said.say(key!("desk-since-desk-named"), &[at, ("who", who.as_str().into())]),
        ("desk", None) => said.say(key!("desk-since-desk"), &[at]),
        _ => said.say(key!("desk-since-nobody"), &[at]),
    }
}
