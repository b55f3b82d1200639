//! A browser at an issuer: it keeps cookies, follows redirects, sends forms that send themselves, and stops where it would come back.

use kernel::Clock;
use reqwest::{RequestBuilder, Response, header};
use std::collections::BTreeMap;
use std::sync::Mutex;
use url::Url;

/// The browser away from the portal.
pub struct Abroad {
    http: reqwest::Client,
    clock: Clock,
    /// Where the portal lives, as issuers know it.
    home: String,
    /// By host with port, then by name.
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

impl Abroad {
    /// A browser that was nowhere yet; `home` is the portal's address, ending in a slash.
    pub fn new(home: &str, clock: Clock) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("client");
        Self { http, clock, home: home.to_owned(), cookies: Mutex::default() }
    }

    /// Goes there and on and on, and says where at the portal it comes back.
    pub async fn go(&self, to: Url) -> Url {
        let mut answer = self.get(&to).await;
        let mut at = to;
        for _ in 0..12 {
            let next = match onward(&answer, &at) {
                Some(next) if next.as_str().starts_with(&self.home) => return next,
                Some(next) => Step::Get(next),
                None => Step::form(answer.text().await.expect("page"), &at),
            };
            (answer, at) = match next {
                Step::Get(next) => (self.get(&next).await, next),
                Step::Post(next, fields) => (self.post(&next, &fields).await, next),
            };
        }
        panic!("nowhere in sight: {at}");
    }

    /// Fetches one page and goes no further.
    pub async fn get(&self, to: &Url) -> Response {
        self.send(to, self.http.get(to.clone())).await
    }

    /// Sends one form and goes no further.
    pub async fn post(&self, to: &Url, fields: &[(String, String)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(to, self.http.post(to.clone()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)).await
    }

    async fn send(&self, to: &Url, request: RequestBuilder) -> Response {
        let host = to.authority().to_owned();
        let cookies: Vec<String> = {
            let kept = self.cookies.lock().expect("cookies");
            kept.iter().filter(|((at, _), _)| *at == host).map(|((_, name), value)| format!("{name}={value}")).collect()
        };
        // An independent issuer lives by the test's clock.
        let now = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        let mut request = request.header("x-test-now", now.to_string());
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let answer = request.send().await.expect("the issuer answers");
        let mut kept = self.cookies.lock().expect("cookies");
        for cookie in answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            let at = (host.clone(), name.to_owned());
            if value.is_empty() { drop(kept.remove(&at)) } else { drop(kept.insert(at, value.to_owned())) }
        }
        answer
    }
}

enum Step {
    Get(Url),
    Post(Url, Vec<(String, String)>),
}

impl Step {
    /// The one form of a page, as pressing its button (or its script) sends it.
    fn form(page: String, at: &Url) -> Self {
        let (action, fields) = self::form(&page).unwrap_or_else(|| panic!("{at} leads nowhere: {page}"));
        Self::Post(at.join(&action).expect("address"), fields)
    }
}

/// The first form of a page: where it goes and what it holds.
pub fn form(page: &str) -> Option<(String, Vec<(String, String)>)> {
    let form = page.split("<form").nth(1)?.split("</form>").next()?;
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=\"")).nth(1)?;
        rest.split('"').next().map(|value| value.replace("&amp;", "&"))
    };
    let fields =
        form.split("<input").skip(1).filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())));
    Some((attribute(form, "action")?, fields.collect()))
}

fn onward(answer: &Response, at: &Url) -> Option<Url> {
    let to = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    answer.status().is_redirection().then(|| at.join(to).expect("address"))
}
