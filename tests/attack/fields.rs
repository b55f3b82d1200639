//! Part 3: everything that can be typed, in every declared field of every form: stored and shown it is text and nothing
//! else, for everybody who may read it; nothing breaks.

use crate::ground::Ground;
use crate::payloads::{self, BROKEN, MARK, Payload};
use crate::report::Report;
use crate::visitor::Visitor;
use crate::ways::Cast;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tests::Page;
use web::app::all_routes;
use web::forms::{FieldSpec, Kind};

/// Longer than any page takes; a payload that sleeps would.
const SLOW: Duration = Duration::from_secs(8);
/// Fields that no form of ours has (F14).
const UNDECLARED: [&str; 5] = ["role", "federation_id", "unit_id", "opened_by", "_method"];

struct Typing<'a> {
    cast: &'a Cast<'a>,
    report: Report,
    reached: BTreeSet<(&'static str, &'static str)>,
    cases: Vec<String>,
}

/// What must hold of any answer, whatever was typed.
fn sound(what: &str, page: &Page, payload: Option<&Payload>, report: &mut Report) {
    report.must(page.status.as_u16() < 500, || format!("{what}: {}", page.status));
    if let Some(tell) = payload.and_then(|p| p.told(&page.body)) {
        report.find(format!("{what}: the page shows {tell:?}"));
    }
    for (name, value) in &page.headers {
        let shown = String::from_utf8_lossy(value.as_bytes());
        // What was typed into an address comes back encoded where we lead; nowhere else.
        let leaks = name.as_str().contains(MARK) || (shown.contains(MARK) && name != "location") || shown.contains("evil.example");
        report.must(!leaks, || format!("{what}: header {name}: {shown}"));
    }
}

impl Typing<'_> {
    /// Posts a form with `text` where somebody can type; what is refused is put right with honest words.
    async fn type_into(&mut self, key: &str, path: &str, form: &'static str, text: &Payload) -> Page {
        let cast = self.cast;
        let fields = web::registry::all_forms().into_iter().find(|f| f.name == form).expect("a form").fields;
        let mut honest = vec![];
        for field in fields.iter().filter(|f| f.required || typed(f)) {
            honest.extend(cast.honest(form, field).await.map(|value| (field.name, value)));
        }
        let typed_fields: Vec<&FieldSpec> = fields.iter().filter(|f| typed(f)).collect();
        let with = |name: &str, value: &str| {
            if typed_fields.iter().any(|f| f.name == name && f.name != "phone") { text.text.clone() } else { value.to_owned() }
        };
        let pairs: Vec<(&str, String)> = honest.iter().map(|(n, v)| (*n, with(n, v))).collect();
        self.reached.extend(typed_fields.iter().filter(|f| f.name != "phone").map(|f| (form, f.name)));
        let page = self.post(key, path, &pairs, text).await;
        if page.status.is_redirection() || page.status == 200 {
            return page;
        }
        let shorter: Vec<(&str, String)> = pairs.iter().map(|(n, v)| (*n, v.chars().take(50).collect())).collect();
        let page = self.post(key, path, &shorter, text).await;
        if page.status.is_redirection() || page.status == 200 { page } else { self.post(key, path, &honest, text).await }
    }

    async fn post(&mut self, key: &str, path: &str, pairs: &[(&str, String)], payload: &Payload) -> Page {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let began = Instant::now();
        let page = self.cast.who(key).post(path, self.cast.ground.version(path).await, &pairs).await;
        let what = format!("{key} POST {path} with {}", payload.name);
        self.report.must(began.elapsed() < SLOW, || format!("{what}: took {} s", began.elapsed().as_secs()));
        sound(&what, &page, Some(payload), &mut self.report);
        self.report.tried(if page.status.as_u16() < 400 { "texts taken" } else { "texts refused (4xx)" });
        page
    }

    /// The way of one consultation through everybody's hands, with the payload in every text.
    async fn journey(&mut self, payload: &Payload) {
        let draft = self.cast.new_draft().await;
        for (step, form) in [("noticed", "noticed"), ("words", "words"), ("done", "done"), ("announce", "announce"), ("contact", "contact")]
        {
            self.type_into("ooki", &format!("{draft}/{step}"), form, payload).await;
        }
        for (step, fields) in [("symptom", ("category", "INC-MAL")), ("care", ("care", "partly")), ("privacy", ("privacy", "everyone"))] {
            self.cast.act("ooki", &format!("{draft}/{step}"), &[fields]).await;
        }
        let case = self.cast.sent(&draft).await;
        for (key, act) in [
            ("kashiwagi", "note"),
            ("kashiwagi", "reply"),
            ("ooki", "answer"),
            ("kashiwagi", "resolve"),
            ("ooki", "reopen"),
            ("hayami", "witness"),
        ] {
            let page = self.type_into(key, &format!("{case}/{act}"), act, payload).await;
            self.report.must(page.status.is_redirection() || (act == "witness" && page.status == 200), || {
                format!("{key} {case}/{act} with {}: even honest words: {}", payload.name, page.status)
            });
        }
        self.cases.push(case);
    }

    /// Every field that is no text, one after the other; and fields that are nowhere declared.
    async fn closed_fields(&mut self, all: &[Payload]) {
        let cast = self.cast;
        for route in all_routes().iter().filter(|r| r.form.is_some()) {
            let form = cast.form(route).expect("a form");
            let (who, path) = cast.way(route).await;
            let mut honest: Vec<(String, String)> = vec![];
            for field in &form.fields {
                let value = if field.required { cast.honest(form.name, field).await } else { None };
                honest.extend(value.map(|v| (field.name.to_owned(), v)));
            }
            for field in form.fields.iter().filter(|f| !self.reached.contains(&(form.name, f.name)) || f.name == "phone") {
                for payload in all {
                    let pairs =
                        honest.iter().filter(|(n, _)| n != field.name).cloned().chain([(field.name.to_owned(), payload.text.clone())]);
                    let page = who.post_raw(&path, &[who.envelope(cast.ground.version(&path).await), pairs.collect()].concat(), &[]).await;
                    let what = format!("{} POST {path} {} = {}", who.key, field.name, payload.name);
                    sound(&what, &page, Some(payload), &mut self.report);
                    self.report.tried("closed fields");
                }
            }
            self.reached.extend(form.fields.iter().map(|f| (form.name, f.name)));
            for name in UNDECLARED {
                let pairs = honest.iter().cloned().chain([(name.to_owned(), "administrator".to_owned())]);
                let page = who.post_raw(&path, &[who.envelope(cast.ground.version(&path).await), pairs.collect()].concat(), &[]).await;
                self.report.must(page.status == 400, || format!("{} POST {path} with the undeclared {name}: {}", who.key, page.status));
                self.report.tried("undeclared fields (400)");
            }
            for (name, broken) in BROKEN {
                let field = form.fields.first().map_or("_seat", |f| f.name);
                let body = format!("_csrf={}&{field}={broken}", who.csrf);
                let page = who.post_bytes(&path, body, &[]).await;
                let what = format!("{} POST {path} with {name}", who.key);
                sound(&what, &page, None, &mut self.report);
                self.report.must(page.status.is_client_error(), || format!("{what}: {}", page.status));
                self.report.tried("bodies that are no text (4xx)");
            }
        }
    }

    /// Names of queries, known and unknown (F12): an answer, never a 500, and nothing interpreted.
    async fn queries(&mut self, all: &[Payload]) {
        const NAMES: [&str; 19] = [
            "view",
            "queue",
            "class",
            "category",
            "prefecture",
            "municipal",
            "after",
            "since",
            "closed",
            "done",
            "year",
            "next",
            "minutes",
            "factor",
            "said",
            "kept",
            "back",
            "page",
            "sort",
        ];
        let pages: Vec<_> = all_routes().into_iter().filter(|r| r.method == "GET" && !r.path.contains('{')).collect();
        for route in pages {
            for name in NAMES {
                for payload in all.iter().filter(|p| p.text.len() < 4_000).step_by(3) {
                    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &payload.text).finish();
                    let who = self.cast.who(if route.path.contains("queue") { "kashiwagi" } else { "ooki" });
                    let page = who.get(&format!("{}?{query}", route.path)).await;
                    sound(&format!("{} GET {}?{name}= {}", who.key, route.path, payload.name), &page, Some(payload), &mut self.report);
                    self.report.tried("queries");
                }
            }
        }
    }

    /// What everybody of the story sees afterwards: their lists, the cases, the letters.
    async fn read(&mut self, all: &[Payload]) {
        let mut shown = BTreeSet::new();
        for key in self.cast.ground.people().await {
            let who = Visitor::signed_in(self.cast.ground, &key).await;
            let lists =
                ["/", "/consultations", "/consultations?closed=1", "/queue", "/area", "/shared", "/sessions", "/ask"].map(str::to_owned);
            for path in lists.iter().chain(&self.cases) {
                let page = who.get(path).await;
                let what = format!("{key} reads {path}");
                sound(&what, &page, None, &mut self.report);
                for (payload, tell) in all.iter().filter_map(|p| Some((p, p.told(&page.body)?))).take(1) {
                    self.report.find(format!("{what}: the page shows {tell:?} ({})", payload.name));
                }
                if page.body.contains(MARK) {
                    shown.insert(key.clone());
                }
                self.report.tried("pages read afterwards");
            }
        }
        self.report.must(shown.len() >= 3, || format!("only {shown:?} saw what was typed: this proves nothing"));
        self.report.note(format!("typed words were shown to {}", shown.into_iter().collect::<Vec<_>>().join(", ")));
    }

    /// Letters carry a number and a link, and nothing that anybody typed.
    async fn letters(&mut self) {
        let who = Visitor::nobody(self.cast.ground);
        let mut names = BTreeSet::new();
        for n in 1..=5 {
            let index = who.get(&format!("/_mail?page={n}")).await;
            names.extend(index.body.split("\"/_mail/").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
        for name in &names {
            let page = who.get(&format!("/_mail/{name}")).await;
            self.report.must(!page.body.contains(MARK), || format!("the letter {name} holds what somebody typed"));
            self.report.tried("letters read afterwards");
        }
    }
}

fn typed(field: &FieldSpec) -> bool {
    matches!(field.kind, Kind::Line { .. } | Kind::Text { .. } | Kind::Phone | Kind::DateTime)
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let cast = Cast::new(ground).await;
    let mut typing = Typing { cast: &cast, report: Report::new("3 Payloads in every field"), reached: BTreeSet::new(), cases: vec![] };
    let all = payloads::all();
    for payload in &all {
        typing.journey(payload).await;
    }
    typing.read(&all).await;
    typing.letters().await;
    typing.queries(&all).await;
    typing.closed_fields(&all).await;
    typing.report.note(format!("{} payloads, {} form fields", all.len(), typing.reached.len()));
    for form in web::registry::all_forms().iter().filter(|f| all_routes().iter().any(|r| r.form == Some(f.name))) {
        for field in form.fields.iter().filter(|f| !typing.reached.contains(&(form.name, f.name))) {
            typing.report.find(format!("{}.{} was not reached", form.name, field.name));
        }
    }
    typing.report.close()
}
