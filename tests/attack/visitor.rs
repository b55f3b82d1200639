//! Somebody at a browser of their own over HTTP: keeps cookies, follows nothing by itself, and can send what no browser would.

use crate::ground::Ground;
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, RequestBuilder};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tests::{Form, Page};
use url::Url;

/// The browser.
pub struct Visitor {
    http: reqwest::Client,
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
    /// Every `Set-Cookie` that came.
    pub given: Mutex<Vec<String>>,
    /// Who is signed in; empty for nobody.
    pub key: String,
    /// The form token of the session.
    pub csrf: String,
    /// The active seat.
    pub seat: String,
}

impl Visitor {
    /// Nobody, without cookies.
    pub fn nobody(ground: &Ground) -> Self {
        let at = Url::parse(&ground.base).expect("address");
        let port = at.port_or_known_default().expect("port");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve("localhost", ([127, 0, 0, 1], port).into())
            .build()
            .expect("client");
        let (cookies, given) = Default::default();
        Self { http, base: ground.base.clone(), cookies, given, key: String::new(), csrf: String::new(), seat: String::new() }
    }

    /// A person of the story, signed in with a second factor at the issuer of their first seat's federation.
    pub async fn signed_in(ground: &Ground, key: &str) -> Self {
        let mut visitor = Self::nobody(ground);
        visitor.sign_in(ground, key).await;
        visitor
    }

    /// Signs in from the sign-in page, in this browser.
    pub async fn sign_in(&mut self, ground: &Ground, key: &str) {
        let back = self.answer_of(ground, key).await;
        let page = self.get(&back).await;
        assert!(page.status == 303, "{key} is not signed in: {} {}", page.status, page.body);
        self.key = key.to_owned();
        self.settle().await;
    }

    /// Reads form token and seat from a page.
    pub async fn settle(&mut self) {
        let page = self.get("/sessions").await;
        self.csrf = page.input("_csrf").unwrap_or_else(|| panic!("{}: no token: {}", self.key, page.body));
        self.seat = page.input("_seat").unwrap_or_default();
    }

    /// Goes to the issuer as this person: the path of the portal that the issuer sends the browser back to, not yet opened.
    pub async fn answer_of(&self, ground: &Ground, key: &str) -> String {
        let page = self.get("/sign-in").await;
        let form = page.form(&format!("/sign-in/{}", ground.issuer_of(key).await));
        let away = self.send_form(&form, &[]).await;
        let refresh = away.headers.get("refresh").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("0; url="));
        let mut to = Url::parse(refresh.unwrap_or_else(|| panic!("no way to the issuer: {} {}", away.status, away.body))).expect("address");
        to.query_pairs_mut().append_pair("login_hint", key).append_pair("auto", "1").append_pair("factor", "otp");
        for _ in 0..6 {
            let answer = self.http.get(to.clone()).send().await.expect("the issuer answers");
            let next = answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok());
            let next = to.join(next.unwrap_or_else(|| panic!("the issuer keeps {key}: {}", answer.status()))).expect("address");
            if next.as_str().starts_with(&self.base) {
                return next[url::Position::BeforePath..].to_owned();
            }
            to = next;
        }
        panic!("nowhere in sight: {to}");
    }

    /// One of its cookies.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    /// Puts a cookie there, as an attacker with a neighbouring host might.
    pub fn plant(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }

    /// Fetches a page.
    pub async fn get(&self, path: &str) -> Page {
        self.get_with(path, &[]).await
    }

    /// The same with headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        self.send(self.request(Method::GET, path), headers).await
    }

    /// A request to the portal with this browser's cookies.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self.cookies.lock().expect("cookies").iter().map(|(n, v)| format!("{n}={v}")).collect();
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header(header::ACCEPT_LANGUAGE, "ja");
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    /// Sends it and keeps what cookies come.
    pub async fn send(&self, request: RequestBuilder, headers: &[(&str, &str)]) -> Page {
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let page = page(request).await;
        for cookie in page.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            self.given.lock().expect("given").push(cookie.to_owned());
            let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            let mut kept = self.cookies.lock().expect("cookies");
            if cookie.contains("Max-Age=0") { drop(kept.remove(name)) } else { drop(kept.insert(name.to_owned(), value.to_owned())) }
        }
        page
    }

    /// Posts exactly these fields.
    pub async fn post_raw(&self, path: &str, fields: &[(String, String)], headers: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_bytes(path, body, headers).await
    }

    /// Posts a body as a form, whatever it is.
    pub async fn post_bytes(&self, path: &str, body: String, headers: &[(&str, &str)]) -> Page {
        let named = headers.iter().any(|(name, _)| *name == "content-type");
        let request = self.request(Method::POST, path).body(body);
        let request = if named { request } else { request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded") };
        self.send(request, headers).await
    }

    /// What a page of ours puts around a form's fields.
    pub fn envelope(&self, version: Option<i32>) -> Vec<(String, String)> {
        let mut all = vec![("_csrf".to_owned(), self.csrf.clone()), ("_seat".to_owned(), self.seat.clone())];
        all.extend(version.map(|v| ("version".to_owned(), v.to_string())));
        all
    }

    /// Posts fields as a page of ours would.
    pub async fn post(&self, path: &str, version: Option<i32>, fields: &[(&str, &str)]) -> Page {
        let mut all = self.envelope(version);
        all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        self.post_raw(path, &all, &[]).await
    }

    /// Sends a form as it stands on a page.
    pub async fn send_form(&self, form: &Form, headers: &[(&str, &str)]) -> Page {
        self.post_raw(&form.action, &form.fields, headers).await
    }
}

/// Sends a request and reads the answer; of a stream, its head alone.
pub async fn page(request: RequestBuilder) -> Page {
    let answer = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
    let (status, headers) = (answer.status(), answer.headers().clone());
    let location = headers.get(header::LOCATION).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    let body = if is_stream(&headers) {
        String::new()
    } else {
        answer.bytes().await.map(|b| String::from_utf8_lossy(&b).into_owned()).expect("body")
    };
    Page { status, location, headers, body }
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream")
}
