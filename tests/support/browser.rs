//! A browser without script that goes between the portal and issuers: it keeps cookies and does what pages say.

use crate::person::answer;
use crate::{Abroad, Form, Known, Page, Stage};
use axum::body::Body;
use axum::http::{Method, Request, header};
use std::collections::BTreeMap;
use std::sync::Mutex;
use url::Url;

/// The browser.
pub struct Browser {
    router: axum::Router,
    cookies: Mutex<BTreeMap<String, String>>,
    /// The same browser at issuers.
    pub abroad: Abroad,
}

impl Browser {
    /// A new one without cookies.
    pub fn new(stage: &Stage) -> Self {
        Self {
            router: web::app::router(stage.portal.clone()),
            cookies: Mutex::default(),
            abroad: Abroad::new("http://localhost:8780/", stage.clock.clone()),
        }
    }

    /// Fetches a page of the portal.
    pub async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None).await
    }

    /// Sends a form as it stands.
    pub async fn send_form(&self, form: &Form) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        self.send(Method::POST, &form.action, Some(body)).await
    }

    /// One of its cookies.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    /// Presses the button of an issuer on a page that offers it: where the page of the portal moves on to.
    pub async fn leave_for(&self, page: &Page, issuer: &impl Known) -> Url {
        self.onward(&page.form(&format!("/sign-in/{}", issuer.id()))).await
    }

    /// Sends a form that leads to an issuer: where the page in between moves on to, which is the same as its link.
    pub async fn onward(&self, form: &Form) -> Url {
        let page = self.send_form(form).await.expect(200);
        let refresh = page.headers.get("refresh").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("0; url="));
        let to = refresh.unwrap_or_else(|| panic!("the page does not move on: {}", page.body)).to_owned();
        assert!(page.body.contains(&format!("href=\"{}\"", to.replace('&', "&amp;"))), "the link beside it: {}", page.body);
        Url::parse(&to).expect("an address")
    }

    /// Is signed in at the issuer as this person, and comes back to the portal with the answer.
    pub async fn come_back(&self, to: Url, as_person: &str) -> Page {
        self.get(&self.answer_of(to, as_person).await).await
    }

    /// The path of the portal that the issuer sends this person back to.
    pub async fn answer_of(&self, mut to: Url, as_person: &str) -> String {
        let factor_is_said = to.query_pairs().any(|(name, _)| name == "factor");
        to.query_pairs_mut().append_pair("login_hint", as_person).append_pair("auto", "1");
        if !factor_is_said {
            to.query_pairs_mut().append_pair("factor", "otp");
        }
        let back = self.abroad.go(to).await;
        format!("{}?{}", back.path(), back.query().unwrap_or_default())
    }

    /// Signs in from the sign-in page.
    pub async fn sign_in(&self, issuer: &impl Known, person: &str) -> Page {
        let to = self.leave_for(&self.get("/sign-in").await.expect(200), issuer).await;
        self.come_back(to, person).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Page {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "ja");
        let cookies: Vec<String> = self.cookies.lock().expect("cookies").iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let page = answer(&self.router, request.body(Body::from(body.unwrap_or_default())).expect("request")).await;
        let mut kept = self.cookies.lock().expect("cookies");
        for cookie in page.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if cookie.contains("Max-Age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }
}
