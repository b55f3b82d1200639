//! Who comes through a posting route, with which address: people, cases and drafts for the parts that post.

use crate::ground::Ground;
use crate::visitor::Visitor;
use std::collections::BTreeMap;
use web::forms::{FieldSpec, FormEntry, Kind, Options};
use web::registry::all_forms;
use web::routes::Route;

/// A clerk who asks, an agent of the first line, one of the second, an auditor, an owner with two seats.
const CAST: [&str; 5] = ["ooki", "kashiwagi", "fujishiro", "hayami", "morishita"];

/// The people who play, and cases of their own.
pub struct Cast<'a> {
    /// Where.
    pub ground: &'a Ground,
    who: BTreeMap<&'static str, Visitor>,
    forms: BTreeMap<&'static str, FormEntry>,
    issuer: String,
    second: String,
    reopenable: String,
    draft: String,
}

impl<'a> Cast<'a> {
    /// Everybody signed in, with cases in the states that some routes want.
    pub async fn new(ground: &'a Ground) -> Self {
        let mut who = BTreeMap::new();
        for key in CAST {
            who.insert(key, Visitor::signed_in(ground, key).await);
        }
        let forms = all_forms().into_iter().map(|f| (f.name, f)).collect();
        let issuer = ground.issuer_of("ooki").await.to_string();
        let sql = "SELECT s.id::text FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id JOIN sessions x ON x.person_id = s.person_id AND x.revoked_at IS NULL
            WHERE pc.email = $1 AND s.ended_at IS NULL AND s.id <> x.seat_id LIMIT 1";
        let second = ground.one(sql, &[ground.email("morishita")]).await.expect("a second seat");
        let mut cast = Self { ground, who, forms, issuer, second, reopenable: String::new(), draft: String::new() };
        let offered = cast.ask("zq offered").await;
        cast.act("kashiwagi", &format!("{offered}/offer"), &[("line", "2")]).await;
        let done = cast.ask("zq done").await;
        cast.act("kashiwagi", &format!("{done}/resolve"), &[("outcome", "advice"), ("body", "zq")]).await;
        cast.reopenable = done;
        cast.draft = cast.new_draft().await;
        cast
    }

    /// One of them.
    pub fn who(&self, key: &str) -> &Visitor {
        self.who.get(key).unwrap_or_else(|| panic!("{key} does not play"))
    }

    /// Everybody.
    pub fn everybody(&self) -> impl Iterator<Item = &Visitor> {
        self.who.values()
    }

    /// The form of a route.
    pub fn form(&self, route: &Route) -> Option<&FormEntry> {
        route.form.map(|name| &self.forms[name])
    }

    /// Posts as a page would, with the version that is there.
    pub async fn act(&self, key: &str, path: &str, fields: &[(&str, &str)]) -> tests::Page {
        let page = self.who(key).post(path, self.ground.version(path).await, fields).await;
        assert!(page.status.is_redirection(), "{key} {path}: {} {}", page.status, page.body);
        page
    }

    /// A fresh draft of the clerk: its path.
    pub async fn new_draft(&self) -> String {
        let leads = self.act("ooki", "/ask/new", &[]).await.location.unwrap_or_default();
        leads.split('/').take(3).collect::<Vec<_>>().join("/")
    }

    /// A consultation that the clerk asks with honest words: its path.
    pub async fn ask(&self, title: &str) -> String {
        let draft = self.new_draft().await;
        for (step, fields) in [
            ("symptom", &[("category", "INC-MAL")][..]),
            ("noticed", &[("noticed", "今朝")]),
            ("care", &[("care", "partly")]),
            ("words", &[("title", title), ("body", "ためし")]),
            ("done", &[("done", "")]),
            ("contact", &[("phone", "090-0000-0000"), ("contact", "ためし")]),
            ("privacy", &[("privacy", "everyone")]),
        ] {
            self.act("ooki", &format!("{draft}/{step}"), fields).await;
        }
        self.sent(&draft).await
    }

    /// Sends a draft: the path of what it became.
    pub async fn sent(&self, draft: &str) -> String {
        let leads = self.act("ooki", &format!("{draft}/check"), &[]).await.location.unwrap_or_default();
        leads.split('?').next().unwrap_or_default().to_owned()
    }

    /// Who may post to a route, and its address with ids that fit.
    pub async fn way(&self, route: &Route) -> (&Visitor, String) {
        if let Some(act) = route.path.strip_prefix("/c/{case}/") {
            let (key, case) = self.case(act).await;
            return (self.who(key), format!("{case}/{act}"));
        }
        let (key, path) = match route.path {
            path if path.starts_with("/ask/{draft}") => ("ooki", path.replace("/ask/{draft}", &self.draft)),
            path if path.contains("{version}") => ("ooki", path.replace("{version}", &self.upload(true).await)),
            path if path.contains("{file}") => ("ooki", path.replace("{file}", &self.upload(false).await)),
            path if path.contains("{seat}") => ("morishita", path.replace("{seat}", &self.second)),
            path if path.contains("{session}") => ("morishita", path.replace("{session}", &self.other_session("morishita").await)),
            path if path.contains("{issuer}") => ("ooki", path.replace("{issuer}", &self.issuer)),
            path if path.contains('{') => panic!("nobody said who may post to {path}: say it in `way`"),
            path => ("ooki", path.to_owned()),
        };
        (self.who(key), path)
    }

    /// Who may do an act, and a case in which it can be done.
    async fn case(&self, act: &str) -> (&'static str, String) {
        const HELD: &str = "SELECT '/c/' || c.id FROM consultations c JOIN seat_queues q ON q.queue_id = c.queue_id JOIN seats s ON s.id = q.seat_id
            JOIN people_contacts pc ON pc.person_id = s.person_id WHERE pc.email = $1 AND s.ended_at IS NULL AND c.state = ANY (string_to_array($2, ','))
              AND (c.offered_queue_id IS NOT NULL) = ($3 = 'offered') ORDER BY c.id DESC LIMIT 1";
        const OFFERED: &str = "SELECT '/c/' || c.id FROM consultations c JOIN seat_queues q ON q.queue_id = c.offered_queue_id JOIN seats s ON s.id = q.seat_id
            JOIN people_contacts pc ON pc.person_id = s.person_id WHERE pc.email = $1 AND s.ended_at IS NULL ORDER BY c.id DESC LIMIT 1";
        const OWN: &str = "SELECT '/c/' || c.id FROM consultations c JOIN people_contacts pc ON pc.person_id = c.opened_by
            WHERE pc.email = $1 AND c.state IN ('new', 'triaged', 'in_work') ORDER BY c.id DESC LIMIT 1";
        let open = "new,triaged,in_work";
        // Whoever may do it may keep what they write for it.
        let (key, sql, rest): (_, _, &[&str]) = match act.strip_suffix("/draft").unwrap_or(act) {
            "answer" | "announce" | "privacy" | "consent" => ("ooki", OWN, &[]),
            "reply" | "note" | "triage" | "assign" | "take" | "offer" | "resolve" | "writing" => ("kashiwagi", HELD, &[open, ""]),
            "wait" => ("kashiwagi", HELD, &["triaged,in_work", ""]),
            "resume" => ("kashiwagi", HELD, &["waiting_requester,waiting_third_party", ""]),
            "close" => ("kashiwagi", HELD, &["resolved", ""]),
            "withdraw" => ("kashiwagi", HELD, &[open, "offered"]),
            "accept" | "decline" => ("fujishiro", OFFERED, &[]),
            "reopen" => return ("ooki", self.reopenable.clone()),
            "witness" => (
                "hayami",
                "SELECT '/c/' || id FROM consultations WHERE federation_id = (SELECT min(federation_id) FROM consultations) AND $1 <> '' ORDER BY id DESC LIMIT 1",
                &[],
            ),
            other => panic!("nobody said who may {other}: say it in `case`"),
        };
        let mut parameters = vec![self.ground.email(key)];
        parameters.extend(rest);
        (key, self.ground.one(sql, &parameters).await.unwrap_or_else(|| panic!("no case in which {key} may {act}")))
    }

    /// A file of the clerk's that was announced: its version, or itself.
    async fn upload(&self, version: bool) -> String {
        const FOUND: &str = "SELECT v.id || ' ' || f.id FROM file_versions v JOIN files f ON f.id = v.file_id JOIN people_contacts pc ON pc.person_id = f.uploaded_by
            WHERE pc.email = $1 AND f.removed_at IS NULL AND f.message_id IS NULL AND v.state = 'expected' LIMIT 1";
        let mut found: Option<String> = self.ground.one(FOUND, &[self.ground.email("ooki")]).await;
        if found.is_none() {
            let draft = self.new_draft().await;
            self.act("ooki", &format!("{draft}/announce"), &[("name", "zq.txt"), ("kind", "record")]).await;
            found = self.ground.one(FOUND, &[self.ground.email("ooki")]).await;
        }
        let found = found.expect("an announced file");
        let (of, file) = found.split_once(' ').expect("two ids");
        if version { of.to_owned() } else { file.to_owned() }
    }

    async fn other_session(&self, key: &str) -> String {
        drop(Visitor::signed_in(self.ground, key).await);
        let sql = "SELECT x.id::text FROM sessions x JOIN people_contacts pc ON pc.person_id = x.person_id WHERE pc.email = $1 AND x.revoked_at IS NULL ORDER BY x.id DESC LIMIT 1";
        self.ground.one(sql, &[self.ground.email(key)]).await.expect("a session")
    }

    /// An honest value for a field; None where the list is data and nothing needs to be chosen.
    pub async fn honest(&self, form: &str, field: &FieldSpec) -> Option<String> {
        Some(match &field.kind {
            _ if (form, field.name) == ("offer", "line") => "2".into(),
            _ if field.name == "next" => "sessions".into(),
            Kind::Line { .. } | Kind::Text { .. } => "ためしに書いた文".into(),
            Kind::Phone => "090-0000-0000".into(),
            Kind::DateTime => "2026-11-16T06:40".into(),
            Kind::Choice(Options::Words(list)) => list.words[0].to_string(),
            Kind::Choice(Options::Given) if field.name == "category" => "INC-MAL".into(),
            Kind::Choice(Options::Given) if field.name == "seat" => self.seat_of("eguchi").await,
            Kind::Int { min, .. } => min.to_string(),
            Kind::Hidden if field.required => "1".into(),
            _ => return None,
        })
    }

    async fn seat_of(&self, key: &str) -> String {
        let sql = "SELECT s.id::text FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id WHERE pc.email = $1 AND s.ended_at IS NULL ORDER BY s.id LIMIT 1";
        self.ground.one(sql, &[self.ground.email(key)]).await.expect("a seat")
    }
}
