//! Where the attack plays: a running portal with the demo story and a scale, and a look into its database past every rule,
//! to know what is hidden and whether anything has changed.

use sqlx::PgPool;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What `./dev attack` hands over; absent, the run fails by name.
#[allow(clippy::disallowed_methods, reason = "the run hands over its services by environment")]
pub fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run ./dev attack (it starts what the attack needs)"))
}

/// The ground.
pub struct Ground {
    /// How browsers reach the portal.
    pub base: String,
    /// Where the object store is.
    pub store: String,
    /// The database past row security; never for what is being attacked.
    pub look: PgPool,
    emails: BTreeMap<String, String>,
}

impl Ground {
    /// The one of this run.
    pub async fn new() -> Self {
        let look = PgPool::connect(&setting("TOMOSHIBI_ATTACK_LOOK")).await.expect("the database answers");
        let people = portal::story::demo_people().expect("people");
        let emails = people.into_iter().map(|p| (p.key, p.email)).collect();
        Self { base: setting("TOMOSHIBI_ATTACK_BASE"), store: setting("TOMOSHIBI_ATTACK_STORE"), look, emails }
    }

    /// Everybody of the story who can sign in without being invited first.
    pub async fn people(&self) -> Vec<String> {
        let with_seat: Vec<String> = self
            .all(
                "SELECT DISTINCT pc.email FROM people_contacts pc JOIN seats s ON s.person_id = pc.person_id WHERE s.ended_at IS NULL",
                &[],
            )
            .await;
        self.emails.iter().filter(|(_, email)| with_seat.contains(email)).map(|(key, _)| key.clone()).collect()
    }

    /// The address that a person of the story signs in with.
    pub fn email(&self, key: &str) -> &str {
        self.emails.get(key).unwrap_or_else(|| panic!("nobody is called {key}"))
    }

    /// The issuer that vouches for a person: of the federation of their first seat.
    pub async fn issuer_of(&self, key: &str) -> Uuid {
        let sql = "SELECT i.id FROM issuers i JOIN seats s ON s.federation_id = i.federation_id JOIN people_contacts pc ON pc.person_id = s.person_id
            WHERE pc.email = $1 AND s.ended_at IS NULL ORDER BY s.granted_at, s.id, i.sort LIMIT 1";
        sqlx::query_scalar(sql).bind(self.email(key)).fetch_one(&self.look).await.unwrap_or_else(|error| panic!("{key}: {error}"))
    }

    /// One column of a statement whose parameters are texts.
    pub async fn all<T>(&self, sql: &'static str, parameters: &[&str]) -> Vec<T>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let query = parameters.iter().fold(sqlx::query_scalar(sql), |query, p| query.bind((*p).to_owned()));
        query.fetch_all(&self.look).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first of them, if there is one.
    pub async fn one<T>(&self, sql: &'static str, parameters: &[&str]) -> Option<T>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        self.all(sql, parameters).await.into_iter().next()
    }

    /// The version of the case or draft whose id stands in a path.
    pub async fn version(&self, path: &str) -> Option<i32> {
        let id = path.split('/').nth(2)?.split(['?', '#']).next()?;
        let id: Uuid = id.parse().ok()?;
        let sql = "SELECT version FROM consultations WHERE id = $1::uuid UNION ALL SELECT version FROM ask_drafts WHERE id = $1::uuid";
        self.one(sql, &[&id.to_string()]).await
    }

    /// What people have done, as one number each: the same before and after means that nothing was changed.
    pub async fn deeds(&self) -> String {
        let sql = "SELECT concat_ws(' ', (SELECT count(*) || '/' || sum(version) FROM consultations), (SELECT count(*) FROM consultation_messages),
            (SELECT count(*) FROM consultation_notes), (SELECT count(*) FROM consultation_events), (SELECT count(*) FROM case_access),
            (SELECT count(*) || '/' || coalesce(sum(version), 0) FROM ask_drafts), (SELECT count(*) || '/' || count(removed_at) FROM files),
            (SELECT count(*) FROM audit_entries), (SELECT count(*) || '/' || count(revoked_at) FROM sessions), (SELECT count(*) FROM people_contacts WHERE locale = 'en'))";
        self.one(sql, &[]).await.unwrap_or_default()
    }
}
