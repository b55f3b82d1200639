//! `/_mail`: the letters that the demo wrote to its folder.

use super::pages::{Letter, LetterLine, Letters, TextLine};
use crate::moment::Moment;
use crate::request::{Answer, Anybody, Ids, Problem, word};
use axum::http::StatusCode;
use mail::{MailError, StoredMail};

/// Letters on a page.
const PER_PAGE: usize = 25;

fn failed(error: MailError) -> Problem {
    Problem::Broken(error.to_string())
}

/// `GET /_mail?page=<n>`: the newest first.
pub async fn list(Anybody(visit): Anybody) -> Answer {
    super::demo_only(&visit)?;
    let number = word::<usize>(&visit.query(&["page"])?, "page")?.unwrap_or(1);
    let all = match &visit.app.letters {
        Some(folder) => folder.list().await.map_err(failed)?,
        None => Vec::new(),
    };
    let skipped = number.checked_sub(1).and_then(|n| n.checked_mul(PER_PAGE)).ok_or(Problem::BadRequest)?;
    let line = |mail: &StoredMail| LetterLine {
        href: format!("/_mail/{}", mail.name),
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        at: Moment(mail.date),
        event: mail.event.clone(),
    };
    let letters: Vec<_> = all.iter().skip(skipped).take(PER_PAGE).map(line).collect();
    let left = all.len().saturating_sub(skipped + letters.len());
    let page = Letters {
        kept: visit.app.letters.is_some(),
        from: skipped + 1,
        until: skipped + letters.len(),
        total: all.len(),
        first: if number > 1 { "/_mail".into() } else { String::new() },
        next: if left > 0 { format!("/_mail?page={}", number + 1) } else { String::new() },
        next_count: left.min(PER_PAGE),
        letters,
    };
    Ok(visit.render(&visit.shell(), StatusCode::OK, &page))
}

/// `GET /_mail/{name}`
pub async fn letter(Anybody(visit): Anybody, Ids(name): Ids<String>) -> Answer {
    super::demo_only(&visit)?;
    visit.query(&[])?;
    let folder = visit.app.letters.as_ref().ok_or(Problem::NotFound)?;
    let mail = folder.read(&name).await.map_err(failed)?.ok_or(Problem::NotFound)?;
    let page = Letter {
        lines: mail.body_text.lines().map(|line| read(line, &visit.app.settings.public_url)).collect(),
        to: mail.to,
        subject: mail.subject,
        at: Moment(mail.date),
        event: mail.event,
        language: mail.language,
    };
    Ok(visit.render(&visit.shell(), StatusCode::OK, &page))
}

/// A line that is nothing but an address of ours can be followed; anything else is text.
fn read(line: &str, public_url: &str) -> TextLine {
    let path =
        line.trim().strip_prefix(public_url).filter(|p| p.starts_with('/') && !p.starts_with("//") && !p.contains(char::is_whitespace));
    TextLine { text: line.to_owned(), href: path.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_can_be_followed() {
        let href = |line: &str| read(line, "http://localhost:8780").href;
        assert_eq!(href("  http://localhost:8780/c/7").as_deref(), Some("/c/7"));
        for text in [
            "http://localhost:8780//evil.example",
            "http://localhost:8780.evil.example/",
            "http://localhost:8780/a b",
            "http://evil.example/",
            "hello",
        ] {
            assert_eq!(href(text), None, "{text}");
        }
    }
}
