//! People of the story in their seats.

use access::{Actor, Role};
use kernel::RequestId;
use sqlx::Row;
use std::collections::BTreeMap;
use tests::{Person, Stage};
use uuid::Uuid;

/// A person of the story in one of their seats, at a browser.
pub struct Seated {
    pub key: String,
    pub browser: Person,
    pub actor: Actor,
    pub csrf: String,
}

impl Seated {
    /// Posts fields with the envelope a page would add.
    pub async fn post(&self, path: &str, version: Option<i32>, fields: &[(String, String)]) -> tests::Page {
        let (seat, version) = (self.actor.seat.to_string(), version.map(|v| v.to_string()));
        let mut all = vec![("_csrf", self.csrf.as_str()), ("_seat", seat.as_str())];
        all.extend(version.as_deref().map(|v| ("version", v)));
        all.extend(fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        self.browser.post_raw(path, &all).await
    }

    /// `key@role` for messages.
    pub fn name(&self) -> String {
        format!("{}@{}", self.key, self.actor.role)
    }
}

/// Begins a transaction in somebody's scope.
pub async fn begin(stage: &Stage, who: &Seated) -> store::Tx {
    stage.db().begin(&who.actor, RequestId::new(&stage.clock)).await.unwrap_or_else(|e| panic!("{}: {e}", who.name()))
}

/// Opens a session in one seat.
pub async fn sit(stage: &Stage, key: &str, person: Uuid, seat: Uuid, federation: i32) -> Seated {
    let mut god = stage.god().await;
    let issuer: Uuid = sqlx::query_scalar("SELECT id FROM issuers WHERE federation_id = $1 ORDER BY sort LIMIT 1")
        .bind(federation)
        .fetch_one(&mut god)
        .await
        .expect("issuer");
    let (token, got) = tests::open_session(stage.db(), &stage.clock, person, issuer, Some(seat)).await;
    assert_eq!(got, Some(seat), "{key} sits elsewhere");
    let mut browser = Person::nobody(stage);
    (browser.token, browser.seat, browser.person) = (Some(token.clone()), Some(seat), Some(person));
    let actor = identity::read_session(stage.db(), &token).await.expect("database").expect("live");
    let csrf = browser.csrf().await;
    Seated { key: key.to_owned(), browser, actor, csrf }
}

/// The seat of a person of the story whose organisation's name begins like this.
pub async fn at(stage: &Stage, key: &str, unit: &str) -> Seated {
    let mut god = stage.god().await;
    let row = sqlx::query("SELECT s.id, s.person_id, s.federation_id FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id JOIN units u ON u.id = s.unit_id WHERE pc.email = $1 AND u.name LIKE $2 || '%' ORDER BY s.role DESC LIMIT 1")
        .bind(email(key))
        .bind(unit)
        .fetch_one(&mut god)
        .await
        .unwrap_or_else(|e| panic!("{key} at {unit}: {e}"));
    sit(stage, key, row.get("person_id"), row.get("id"), row.get("federation_id")).await
}

fn email(key: &str) -> String {
    let people = portal::story::demo_people().expect("people");
    people.into_iter().find(|p| p.key == key).unwrap_or_else(|| panic!("nobody is called {key}")).email
}

/// Everybody of the story in every seat they hold.
pub async fn everybody(stage: &Stage) -> Vec<Seated> {
    let keys: BTreeMap<String, String> = portal::story::demo_people().expect("people").into_iter().map(|p| (p.email, p.key)).collect();
    let mut god = stage.god().await;
    let rows = sqlx::query("SELECT s.id, s.person_id, s.federation_id, pc.email FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id WHERE s.ended_at IS NULL ORDER BY pc.email, s.id")
        .fetch_all(&mut god)
        .await
        .expect("seats");
    let mut all = Vec::new();
    for row in rows {
        let key = &keys[&row.get::<String, _>("email")];
        all.push(sit(stage, key, row.get("person_id"), row.get("id"), row.get("federation_id")).await);
    }
    for role in Role::ALL {
        assert!(all.iter().any(|s| s.actor.role == *role), "the story has no {role}");
    }
    all
}
