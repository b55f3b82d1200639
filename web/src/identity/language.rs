//! The language: a link that sets a cookie for this browser, and a form that stores it for letters.

use super::sessions;
use crate::forms::{FieldSpec, Filled, Form, Kind, words};
use crate::guard;
use crate::key;
use crate::request::{Answer, Anybody, Cx, Ids, Posted, Problem, set_cookie};
use ::identity::set_locale;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::Locale;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

const A_YEAR: i64 = 365 * 24 * 3_600;
/// Longest address we lead back to, in characters.
const LONGEST: usize = 2_000;
/// What must not stand raw in a `Location`; percent signs stay as they are.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}').add(b'|').add(b'^');

/// `GET /language/{locale}?back=<path>`: sets this browser's cookie and changes nothing else.
pub async fn choose(Anybody(visit): Anybody, Ids(locale): Ids<String>) -> Answer {
    let locale: Locale = locale.parse().map_err(|_| Problem::NotFound)?;
    let query = visit.query(&["back"])?;
    Ok(with_cookie(locale, &local(query.get("back").map_or("/", String::as_str))))
}

/// The address if it is a path of ours, else home (F19).
fn local(back: &str) -> String {
    let ours = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\') && !back.contains(char::is_control);
    if ours && kernel::text::length(back) <= LONGEST { utf8_percent_encode(back, UNSAFE).to_string() } else { "/".into() }
}

fn with_cookie(locale: Locale, to: &str) -> Response {
    ([(header::SET_COOKIE, set_cookie(guard::LANGUAGE, Some(locale.word()), A_YEAR, "Lax"))], Redirect::to(to)).into_response()
}

/// The language of letters.
pub struct LanguageForm {
    locale: Locale,
}

impl Form for LanguageForm {
    const NAME: &'static str = "language";
    fn fields() -> Vec<FieldSpec> {
        let languages = words("identity-locale", Locale::ALL.iter().map(|l| l.word()));
        vec![FieldSpec::new("locale", key!("identity-locale"), Kind::Choice(languages)).required().hinted()]
    }
    fn read(filled: &mut Filled) -> Option<Self> {
        Some(Self { locale: filled.choice("locale")? })
    }
}

/// `POST /language`: stored for letters, and the pages of this browser follow.
pub async fn store(cx: Cx, posted: Posted<LanguageForm>) -> Answer {
    match posted.read(&cx, &[])? {
        Ok(form) => {
            let tx = cx.begin().await?;
            set_locale(&tx, cx.actor(), form.locale).await?;
            tx.commit().await?;
            Ok(with_cookie(form.locale, "/sessions?said=language"))
        }
        Err(filled) => cx.again(&sessions::list(&cx, filled.view()).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_ours_leads_back() {
        for good in ["/", "/queue?view=all&q=%E7%81%AF", "/c/0198a7c2-0000-7000-8000-000000000001", "/a//b"] {
            assert_eq!(local(good), good);
        }
        assert_eq!(local("/queue?q=灯 火"), "/queue?q=%E7%81%AF%20%E7%81%AB");
        let long = format!("/{}", "a".repeat(LONGEST));
        let bad = [
            "",
            "queue",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/\u{85}",
            &long,
        ];
        for bad in bad {
            assert_eq!(local(bad), "/", "{bad:?}");
        }
    }
}
