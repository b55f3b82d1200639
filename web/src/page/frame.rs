//! The frame of every page, written in Rust: menu and seat above, the telephone below. Interpreting it was a quarter of what the portal
//! does for a small page (infra/decisions/rows.md). What a page says itself stays in its template.

use super::markup::{Markup, Said};
use super::shell::{MenuItem, SeatLine, Shell};
use crate::key;
use crate::words::{Label, WordsError};
use kernel::Locale;

/// From the menu to the end of the seat line. `path` is where the language switch comes back to.
pub(super) fn top(shell: &Shell, path: &str, said: &Said) -> Result<String, WordsError> {
    let mut m = Markup::with_capacity(3_072);
    m.raw("<header class=\"top\">\n<div class=\"top-in\">\n<a class=\"brand\" href=\"/\">").icon("mark");
    m.text(&said.say(key!("shared-brand"), &[])?).raw("</a>\n");
    menu(&mut m, &shell.menu, said)?;
    if let Some(emergency) = &shell.emergency {
        m.raw("\n<a class=\"sos\" href=\"")
            .text(emergency)
            .raw("\">")
            .icon("warn")
            .text(&said.say(key!("shared-emergency"), &[])?)
            .raw("</a>");
    }
    m.raw("\n</div>\n</header>\n");
    let (tag, label) = if shell.seat.is_some() { ("section", key!("shared-seat")) } else { ("nav", key!("shared-tools")) };
    m.raw("<").raw(tag).raw(" class=\"seat\" aria-label=\"").text(&said.say(label, &[])?).raw("\"><div class=\"seat-in\">");
    if let Some(seat) = &shell.seat {
        sits(&mut m, seat, said)?;
    }
    m.raw("\n<span class=\"end\">");
    links(&mut m, &shell.tools, said, "", "")?;
    language(&mut m, shell.locale, path, said)?;
    if let Some(seat) = &shell.seat {
        sign_out(&mut m, seat, &shell.csrf, said)?;
    }
    m.raw("</span>\n</div></").raw(tag).raw(">");
    Ok(m.done())
}

/// The foot of the page.
pub(super) fn foot(shell: &Shell, said: &Said) -> Result<String, WordsError> {
    let mut m = Markup::with_capacity(512);
    m.raw("<footer class=\"foot\"><div class=\"wrap\">").text(&said.say(key!("shared-brand-long"), &[])?);
    if let Some(contact) = &shell.contact {
        let hours = match &contact.hours {
            Label::Text { text } => text.clone(),
            Label::Phrase(phrase) => said.phrase(phrase)?,
        };
        m.raw(" <span class=\"sep\">").text(&said.say(key!("shared-foot-phone"), &[("hours", hours.into())])?);
        m.raw(" <a class=\"nb\" href=\"tel:").text(&contact.digits).raw("\">").text(&contact.phone).raw("</a></span>");
    }
    m.raw("</div></footer>");
    Ok(m.done())
}

fn menu(m: &mut Markup, items: &[MenuItem], said: &Said) -> Result<(), WordsError> {
    if items.is_empty() {
        m.raw("<span class=\"menu\"></span>");
        return Ok(());
    }
    m.raw("<nav class=\"menu\" aria-label=\"").text(&said.say(key!("shared-menu"), &[])?).raw("\"><ul>");
    links(m, items, said, "<li>", "</li>")?;
    m.raw("</ul></nav>");
    Ok(())
}

fn links(m: &mut Markup, items: &[MenuItem], said: &Said, before: &'static str, after: &'static str) -> Result<(), WordsError> {
    for item in items {
        m.raw(before).raw("<a href=\"").text(&item.href).raw(if item.current { "\" aria-current=\"page\">" } else { "\">" });
        m.text(&said.phrase(&item.label)?).raw("</a>").raw(after);
    }
    Ok(())
}

/// Who acts from which seat.
fn sits(m: &mut Markup, seat: &SeatLine, said: &Said) -> Result<(), WordsError> {
    let role = said.word("shared-role", seat.role)?;
    m.raw("\n<span class=\"as\"><b><bdi>").text(&seat.organisation).raw("</bdi></b>");
    m.text(&said.say(key!("shared-seat-of"), &[("role", role.into())])?).raw("</span>\n<span>");
    m.text(&said.say(key!("shared-person"), &[("name", seat.person.as_str().into())])?).raw("</span>");
    if seat.seat_count > 1 {
        m.raw("\n<a href=\"/seats\">").text(&said.say(key!("shared-seat-switch"), &[])?).raw("</a>");
    }
    Ok(())
}

fn language(m: &mut Markup, locale: Locale, path: &str, said: &Said) -> Result<(), WordsError> {
    let other = locale.other();
    let back = percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC).to_string();
    m.raw("\n<a href=\"/language/").raw(other.word()).raw("?back=").text(&back);
    m.raw("\" lang=\"").raw(other.word()).raw("\" hreflang=\"").raw(other.word()).raw("\">");
    m.text(&said.say(key!("shared-language-other"), &[])?).raw("</a>\n");
    Ok(())
}

/// A form of one button, as `post_button` of templates/parts/controls.html.
fn sign_out(m: &mut Markup, seat: &SeatLine, csrf: &str, said: &Said) -> Result<(), WordsError> {
    m.raw("<form class=\"one\" method=\"post\" action=\"/sign-out\"><input type=\"hidden\" name=\"_csrf\" value=\"").text(csrf);
    m.raw("\"><input type=\"hidden\" name=\"_seat\" value=\"").text(&seat.seat_id).raw("\"><button class=\"btn plain\">");
    m.text(&said.say(key!("shared-sign-out"), &[])?).raw("</button></form>");
    Ok(())
}
