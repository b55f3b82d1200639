//! The issuer's pages: plain HTML that needs no script and no inline style.

use super::authorize::{Asked, Factor};
use super::texts::{Words, locale_of};
use super::{DemoPerson, Inner};
use crate::DemoError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use kernel::Locale;
use url::Url;

/// The pages' policy. Chromium holds `form-action` against redirects that follow a form too, so the client's own origins stand in it.
pub(crate) fn policy(redirect_uris: &[String]) -> Result<HeaderValue, DemoError> {
    let mut targets = String::from("'self'");
    for uri in redirect_uris {
        let wrong = || DemoError::Setting(format!("not an address to return to: {uri}"));
        let origin = Url::parse(uri).map_err(|_| wrong())?.origin();
        if !origin.is_tuple() {
            return Err(wrong());
        }
        let origin = origin.ascii_serialization();
        if !targets.split(' ').any(|known| known == origin) {
            targets.push(' ');
            targets.push_str(&origin);
        }
    }
    let policy =
        format!("default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors 'none'");
    HeaderValue::from_str(&policy).map_err(|error| DemoError::Setting(error.to_string()))
}

impl Inner {
    /// A page that says why nothing goes on, status 400.
    pub(crate) fn error(&self, locale: Locale, reason: fn(&Words) -> &str) -> Response {
        self.notice(StatusCode::BAD_REQUEST, locale, |words| &words.error_title, reason)
    }

    /// A page with a title and one sentence, in both languages.
    pub(crate) fn notice(&self, status: StatusCode, locale: Locale, title: fn(&Words) -> &str, text: fn(&Words) -> &str) -> Response {
        let both = self.both(locale);
        let main = format!("<h1>{}</h1>\n<p class=\"intro\">{}</p>", both.pair(title), both.pair(text));
        self.page(status, locale, title, &main)
    }

    fn page(&self, status: StatusCode, locale: Locale, title: fn(&Words) -> &str, main: &str) -> Response {
        let both = self.both(locale);
        let html = format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<link rel=\"stylesheet\" href=\"/issuer.css\">\n</head>\n<body>\n\
             <header><p>{brand} <span lang=\"{other}\">{brand_other}</span></p></header>\n<main>\n{main}\n</main>\n</body>\n</html>\n",
            lang = locale.word(),
            other = both.other.word(),
            title = escape(title(both.first)),
            brand = escape(&both.first.title),
            brand_other = escape(&both.second.title),
        );
        let headers = [
            (header::CONTENT_SECURITY_POLICY, self.page_policy.clone()),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        (status, headers, Html(html)).into_response()
    }

    fn both(&self, locale: Locale) -> Both<'_> {
        let other = match locale {
            Locale::Ja => Locale::En,
            Locale::En => Locale::Ja,
        };
        Both { first: self.texts.of(locale), second: self.texts.of(other), other }
    }
}

/// The page's language and, smaller beside it, the other one.
struct Both<'a> {
    first: &'a Words,
    second: &'a Words,
    other: Locale,
}

impl Both<'_> {
    fn pair(&self, word: fn(&Words) -> &str) -> String {
        let (first, second) = (escape(word(self.first)), escape(word(self.second)));
        format!("{first} <span class=\"second\" lang=\"{}\">{second}</span>", self.other.word())
    }
}

/// The page with one button per person. The whole request travels in the form: this server keeps nothing before the choice.
pub(crate) fn people(issuer: &Inner, asked: &Asked, preselected: Factor) -> Response {
    let locale = locale_of(&asked.ui_locales);
    let both = issuer.both(locale);
    let mut main = format!(
        "<h1>{}</h1>\n<p class=\"intro\">{}</p>\n<form method=\"post\" action=\"/authorize\">\n{}{}<h2>{}</h2>\n",
        both.pair(|words| &words.title),
        both.pair(|words| &words.intro),
        hidden(asked),
        factors(&both, preselected),
        both.pair(|words| &words.people),
    );
    let mut groups: Vec<&str> = Vec::new();
    for person in &issuer.settings.people {
        if !groups.contains(&person.group.as_str()) {
            groups.push(&person.group);
        }
    }
    for group in groups {
        main.push_str(&format!("<h3>{}</h3>\n<ul class=\"people\">\n", escape(group)));
        for person in issuer.settings.people.iter().filter(|person| person.group == group) {
            main.push_str(&button(&both, person, person.key == asked.login_hint));
        }
        main.push_str("</ul>\n");
    }
    main.push_str("</form>");
    issuer.page(StatusCode::OK, locale, |words| &words.title, &main)
}

fn hidden(asked: &Asked) -> String {
    let fields = [
        ("response_type", &asked.response_type),
        ("client_id", &asked.client_id),
        ("redirect_uri", &asked.redirect_uri),
        ("scope", &asked.scope),
        ("state", &asked.state),
        ("nonce", &asked.nonce),
        ("code_challenge", &asked.code_challenge),
        ("code_challenge_method", &asked.code_challenge_method),
        ("response_mode", &asked.response_mode),
        ("max_age", &asked.max_age),
        ("ui_locales", &asked.ui_locales),
    ];
    let mut html = String::new();
    for (name, value) in fields {
        html.push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value)));
    }
    html
}

fn factors(both: &Both<'_>, preselected: Factor) -> String {
    let mut html = format!("<fieldset>\n<legend>{}</legend>\n", both.pair(|words| &words.factor));
    for factor in Factor::ALL {
        let label = match factor {
            Factor::Password => both.pair(|words| &words.factor_pwd),
            Factor::OneTimeCode => both.pair(|words| &words.factor_otp),
            Factor::Passkey => both.pair(|words| &words.factor_passkey),
        };
        html.push_str(&format!(
            "<label class=\"choice\"><input type=\"radio\" name=\"factor\" value=\"{}\"{}> <span>{label}</span></label>\n",
            factor.key(),
            if factor == preselected { " checked" } else { "" },
        ));
    }
    html.push_str(&format!("<p>{}</p>\n</fieldset>\n", both.pair(|words| &words.factor_hint)));
    html
}

fn button(both: &Both<'_>, person: &DemoPerson, hinted: bool) -> String {
    let (class, tag) = if hinted {
        (" class=\"hinted\"", format!("<span class=\"tag\">{}</span>", escape(&both.first.suggested)))
    } else {
        ("", String::new())
    };
    format!(
        "<li><button type=\"submit\" name=\"person\" value=\"{}\"{class}>{tag}<b lang=\"ja\">{}</b>\
         <span class=\"second\" lang=\"en\">{}</span><span lang=\"ja\">{}</span><span class=\"second\" lang=\"en\">{}</span></button></li>\n",
        escape(&person.key),
        escape(&person.name),
        escape(&person.name_en),
        escape(&person.line_ja),
        escape(&person.line_en),
    )
}

/// Text as HTML text or as a quoted attribute's value.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}
