//! Part 4b: signing in as somebody else wishes: login CSRF, answers used twice or crossed, sessions fixed before sign-in,
//! tokens that outlive a change, and the flags of every cookie.

use crate::ground::Ground;
use crate::report::Report;
use crate::visitor::Visitor;
use tests::Page;
use web::guard::{LANGUAGE, SESSION};

struct Door<'a> {
    ground: &'a Ground,
    report: Report,
    cookies: Vec<String>,
}

impl Door<'_> {
    fn keep(&mut self, who: &Visitor) {
        self.cookies.append(&mut who.given.lock().expect("given"));
    }

    fn nobody_came_in(&mut self, what: &str, page: &Page, who: &Visitor) {
        self.report.tried("sign-ins that must fail");
        self.report.must(page.status.is_client_error(), || format!("{what}: {} {:?}", page.status, page.location));
        self.report.must(who.cookie(SESSION).is_none(), || format!("{what}: a session came of it"));
        self.keep(who);
    }

    /// Whom a token opens the portal to.
    async fn is_live(&self, token: &str) -> bool {
        let somebody = Visitor::nobody(self.ground);
        somebody.plant(SESSION, token);
        somebody.get("/sessions").await.status == 200
    }

    /// An answer counts in the browser that asked, once, with its own code.
    async fn login_csrf(&mut self) {
        let attacker = Visitor::nobody(self.ground);
        let answer = attacker.answer_of(self.ground, "hanai").await;
        let empty = Visitor::nobody(self.ground);
        let page = empty.get(&answer).await;
        self.nobody_came_in("another browser's answer, without cookies", &page, &empty);
        let began = Visitor::nobody(self.ground);
        let own = began.answer_of(self.ground, "aizawa").await;
        let page = began.get(&answer).await;
        self.nobody_came_in("another browser's answer, with a sign-in of one's own", &page, &began);
        let crossed = [(&answer, &own), (&own, &answer)].map(|(code, state)| cross(code, state));
        for path in crossed {
            let page = began.get(&path).await;
            self.nobody_came_in("somebody else's code or state", &page, &began);
        }
        let again = Visitor::nobody(self.ground);
        let once = again.answer_of(self.ground, "aizawa").await;
        let first = again.get(&once).await;
        self.report.must(first.status == 303 && again.cookie(SESSION).is_some(), || format!("an honest sign-in fails: {}", first.status));
        let token = again.cookie(SESSION);
        let second = again.get(&once).await;
        self.report.must(second.status.is_client_error() || again.cookie(SESSION) == token, || "an answer counted twice".into());
        let elsewhere = Visitor::nobody(self.ground);
        let page = elsewhere.get(&once).await;
        self.nobody_came_in("an answer that was used", &page, &elsewhere);
        self.keep(&again);
        for junk in [
            "?state=x&code=y",
            "?error=access_denied&state=x",
            "?code=y",
            "?state=%00&code=%ED%A0%80",
            "?iss=https://evil.example&state=x&code=y",
            "",
        ] {
            let page = elsewhere.get(&format!("/sign-in/return{junk}")).await;
            self.nobody_came_in(&format!("/sign-in/return{junk}"), &page, &elsewhere);
        }
    }

    /// What somebody put into the browser before never becomes the session.
    async fn fixation(&mut self) {
        let attacker = Visitor::signed_in(self.ground, "hanai").await;
        let live = attacker.cookie(SESSION).unwrap_or_default();
        for planted in ["fixed-by-somebody", &"0".repeat(43), &live] {
            let mut victim = Visitor::nobody(self.ground);
            // A live session leads away from the sign-in page; it is planted while the victim is at the issuer.
            let back = if planted == live { victim.answer_of(self.ground, "aizawa").await } else { String::new() };
            victim.plant(SESSION, planted);
            if planted == live {
                let page = victim.get(&back).await;
                self.report.must(page.status == 303, || format!("an honest sign-in fails beside a planted session: {}", page.status));
            } else {
                victim.sign_in(self.ground, "aizawa").await;
            }
            let token = victim.cookie(SESSION).unwrap_or_default();
            self.report.tried("sessions fixed before sign-in");
            self.report.must(token != planted && token.len() >= 32, || format!("the session is what was planted: {planted}"));
            self.report.must(!self.is_live(planted).await, || format!("what was planted opens a session: {planted}"));
            self.keep(&victim);
        }
    }

    /// The token changes with the sign-in, with the seat and dies with the sign-out.
    async fn renewal(&mut self) {
        let mut who = Visitor::signed_in(self.ground, "morishita").await;
        let first = who.cookie(SESSION).unwrap_or_default();
        let sql = "SELECT s.id::text FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id WHERE pc.email = $1 AND s.ended_at IS NULL ORDER BY s.id";
        let seats: Vec<String> = self.ground.all(sql, &[self.ground.email("morishita")]).await;
        let other = seats.iter().find(|seat| **seat != who.seat).expect("a second seat").clone();
        let page = who.post(&format!("/seats/{other}"), None, &[]).await;
        let second = who.cookie(SESSION).unwrap_or_default();
        self.report.tried("changes of token");
        self.report.must(page.status == 303 && second != first, || format!("the seat changed, the token did not ({})", page.status));
        self.report.must(!self.is_live(&first).await, || "the token of before the change of seat still opens".into());
        who.settle().await;
        who.post("/sign-out", None, &[]).await;
        self.report.tried("changes of token");
        self.report.must(who.cookie(SESSION).is_none() && !self.is_live(&second).await, || "the token outlives the sign-out".into());
        self.keep(&who);
    }

    /// Every cookie that came during all this.
    fn flags(&mut self) {
        for cookie in std::mem::take(&mut self.cookies) {
            let parts: Vec<String> = cookie.split(';').map(|part| part.trim().to_lowercase()).collect();
            let has = |flag: &str| parts.iter().any(|part| part == flag);
            let name = cookie.split('=').next().unwrap_or_default().to_owned();
            let good = has("httponly") && has("secure") && has("path=/") && (has("samesite=lax") || has("samesite=strict"));
            self.report
                .must(good && !cookie.to_lowercase().contains("domain="), || format!("cookie flags: {name}: {}", parts[1..].join("; ")));
            self.report.must(name.starts_with("__Host-") || name == LANGUAGE, || format!("a cookie without __Host-: {name}"));
            self.report.tried(&format!("cookies looked at: {name}"));
        }
    }
}

/// The code of one answer with the state of another.
fn cross(code: &str, state: &str) -> String {
    let of = |path: &str, name: &str| {
        let query = path.split_once('?').map_or("", |(_, q)| q);
        url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &of(code, "code"))
        .append_pair("state", &of(state, "state"))
        .append_pair("iss", &of(state, "iss"))
        .finish();
    format!("/sign-in/return?{query}")
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let mut door = Door { ground, report: Report::new("4b The door"), cookies: vec![] };
    door.login_csrf().await;
    door.fixation().await;
    door.renewal().await;
    let reader = Visitor::nobody(ground);
    reader.get("/language/en").await;
    door.keep(&reader);
    door.flags();
    door.report.close()
}
