//! A migrated database of its own for each test, on the server that `./dev test` names. Rooms below `desk` share this
//! file by path; tests of several rooms together live in the crate `tests`.
#![allow(dead_code, reason = "each test binary uses its part")]

use access::{Actor, Role, SignInStrength};
use kernel::{Clock, FederationId, Level, Locale, PersonId, SeatId, SessionId, UnitId, ids::new_uuid, secret};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgPoolOptions};
use store::{Db, PoolSettings};
use time::{Duration, macros::datetime};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// One test's world: the two application roles, a superuser for preparing and tampering, and a clock that stands still.
pub struct Scratch {
    pub app: Db,
    pub worker: Db,
    pub admin: sqlx::PgPool,
    pub loader_url: String,
    pub clock: Clock,
}

/// A new migrated database.
pub async fn scratch() -> Scratch {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = format!("scratch_{}", secret::new_key());
    let mut admin = PgConnection::connect(&setting("TOMOSHIBI_TEST_ADMIN_URL")).await.expect("admin connection");
    run(&mut admin, format!("CREATE DATABASE {name} OWNER portal_owner TEMPLATE {template}")).await;
    admin.close().await.expect("close");
    let clock = Clock::held(datetime!(2026-11-17 00:12 UTC));
    let settings = PoolSettings { max: 4, ..PoolSettings::default() };
    Scratch {
        app: Db::connect(&url("portal_app", &name), clock.clone(), settings.clone()).await.expect("app"),
        worker: Db::connect(&url("portal_worker", &name), clock.clone(), settings).await.expect("worker"),
        admin: PgPoolOptions::new().max_connections(4).connect(&admin_url(&name)).await.expect("admin"),
        loader_url: url("portal_loader", &name),
        clock,
    }
}

async fn make_template() -> String {
    let name = format!("template_{}", secret::new_key());
    let mut admin = PgConnection::connect(&setting("TOMOSHIBI_TEST_ADMIN_URL")).await.expect("admin connection");
    run(&mut admin, format!("CREATE DATABASE {name} OWNER portal_owner TEMPLATE template0 ENCODING 'UTF8'")).await;
    run(&mut admin, format!("GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {name} TO portal_migrator")).await;
    let mut inside = PgConnection::connect(&admin_url(&name)).await.expect("template");
    for statement in [
        "CREATE EXTENSION ltree",
        "CREATE EXTENSION pgcrypto",
        "CREATE EXTENSION btree_gist",
        "ALTER SCHEMA public OWNER TO portal_owner",
        "GRANT USAGE, CREATE ON SCHEMA public TO portal_definer",
    ] {
        run(&mut inside, statement.into()).await;
    }
    inside.close().await.expect("close");
    let migrator = url("portal_migrator", &name);
    store::prepare_job_queue(&migrator).await.expect("job queue");
    migrations::apply(&migrator).await.expect("migrations");
    name
}

async fn run(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

pub fn setting(name: &str) -> String {
    #[allow(clippy::disallowed_methods, reason = "./dev test tells by environment where its server is")]
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run ./dev test it"))
}

fn admin_url(database: &str) -> String {
    let url = setting("TOMOSHIBI_TEST_ADMIN_URL");
    let (head, rest) = url.rsplit_once('/').expect("a URL with a database");
    let query = rest.split_once('?').map(|(_, q)| format!("?{q}")).unwrap_or_default();
    format!("{head}/{database}{query}")
}

fn url(role: &str, database: &str) -> String {
    let admin = admin_url(database);
    let (_, place) = admin.split_once('@').expect("a URL with a user");
    format!("postgresql://{role}:{}@{place}", setting("TOMOSHIBI_TEST_ROLE_PASSWORD"))
}

impl Scratch {
    /// Runs a statement as the superuser.
    pub async fn sql(&self, sql: impl Into<String>) {
        let sql = sql.into();
        self.admin.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Asks for one number as the superuser.
    pub async fn count(&self, sql: impl Into<String>) -> i64 {
        let sql = sql.into();
        sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(&self.admin).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// A federation with number prefix `prefix`.
    pub async fn federation(&self, prefix: &str) -> FederationId {
        let id: i32 = sqlx::query_scalar(
            "WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
             INSERT INTO units (id, federation_id, level, kind, code, name, path, number_prefix, opened_on)
             SELECT id, id, 'federation', 'national_body', $1, 'Federation ' || $1, id::text::ltree, $1, '2000-01-01' FROM n RETURNING id",
        )
        .bind(prefix)
        .fetch_one(&self.admin)
        .await
        .expect("federation");
        FederationId(id)
    }

    /// A unit below `parent`; its home columns follow from the parent.
    pub async fn unit(&self, federation: FederationId, level: Level, kind: &str, name: &str, kana: Option<&str>, parent: UnitId) -> UnitId {
        let id: i32 = sqlx::query_scalar(
            "WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
             INSERT INTO units (id, federation_id, level, kind, name, name_kana, parent_id, prefecture_id, municipal_id, opened_on, path)
             SELECT n.id, $1, $2, $3, $4, $5, p.id,
               CASE p.level WHEN 'prefectural' THEN p.id ELSE p.prefecture_id END, CASE p.level WHEN 'municipal' THEN p.id ELSE p.municipal_id END,
               '2000-01-01', p.path || n.id::text
             FROM units p, n WHERE p.id = $6 RETURNING id",
        )
        .bind(federation.0)
        .bind(level.word())
        .bind(kind)
        .bind(name)
        .bind(kana)
        .bind(parent.0)
        .fetch_one(&self.admin)
        .await
        .expect("unit");
        sqlx::query(
            "INSERT INTO unit_homes SELECT $1, federation_id, id, prefecture_id, municipal_id, opened_on, NULL FROM units WHERE id = $2",
        )
        .bind(new_uuid(&self.clock))
        .bind(id)
        .execute(&self.admin)
        .await
        .expect("home");
        UnitId(id)
    }

    /// A person in one seat, signed in.
    pub async fn actor(&self, federation: FederationId, unit: UnitId, role: Role) -> Actor {
        let (person, seat, session, issuer) =
            (PersonId::new(&self.clock), SeatId::new(&self.clock), SessionId::new(&self.clock), new_uuid(&self.clock));
        let (_, hash) = secret::new_secret();
        let now = self.clock.now();
        let level: String =
            sqlx::query_scalar("SELECT level FROM units WHERE id = $1").bind(unit.0).fetch_one(&self.admin).await.expect("unit");
        sqlx::query("INSERT INTO people (id, name, created_at) VALUES ($1, $2, $3)")
            .bind(person.0)
            .bind(format!("person {seat}"))
            .bind(now)
            .execute(&self.admin)
            .await
            .expect("person");
        sqlx::query("INSERT INTO people_contacts (person_id, email, verified_at) VALUES ($1, $2, $3)")
            .bind(person.0)
            .bind(format!("{person}@example.jp"))
            .bind(now)
            .execute(&self.admin)
            .await
            .expect("contact");
        sqlx::query("INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) VALUES ($1, $2, $3, $4, $5, '2020-04-01', $6)")
            .bind(seat.0).bind(federation.0).bind(person.0).bind(unit.0).bind(role.word()).bind(now).execute(&self.admin).await.expect("seat");
        sqlx::query("INSERT INTO issuers (id, federation_id, unit_id, name, issuer_url, client_id, secret_name) VALUES ($1, $2, $2, 'issuer', $3, 'c', 'demo_issuer')")
            .bind(issuer).bind(federation.0).bind(issuer.to_string()).execute(&self.admin).await.expect("issuer");
        sqlx::query(
            "INSERT INTO sessions (id, token_hash, person_id, seat_id, issuer_id, second_factor, auth_time, device, created_at, last_seen_at, idle_seconds, expires_at)
             VALUES ($1, $2, $3, $4, $5, true, $6, 'test', $6, $6, 360000, $7)",
        )
        .bind(session.0).bind(hash.as_slice()).bind(person.0).bind(seat.0).bind(issuer).bind(now).bind(now + Duration::days(2))
        .execute(&self.admin).await.expect("session");
        Actor {
            session,
            session_hash: hash,
            person,
            person_name: format!("person {seat}"),
            seat,
            role,
            federation,
            unit,
            unit_name: String::new(),
            unit_name_en: None,
            level: level.parse().expect("level"),
            queues: Vec::new(),
            locale: Locale::Ja,
            seat_count: 1,
            sign_in: SignInStrength { acr: None, amr: Vec::new(), auth_time: now, second_factor: true },
        }
    }

    /// A consultation asked by `asker`, with one queue run by the federation's office. Written past the policies: rooms
    /// below `desk` need the row, not the way it came about.
    pub async fn consultation(&self, asker: &Actor, agent: &Actor) -> Uuid {
        let id = new_uuid(&self.clock);
        let f = asker.federation.0;
        self.sql(format!(
            "INSERT INTO desk_categories (federation_id, code, name, name_en, kind, default_line, default_class, sort, from_on) VALUES ({f}, 'OTH', 'その他', 'Other', 'question', '1', 'S4', 1, '2020-04-01') ON CONFLICT DO NOTHING;
             INSERT INTO queues (federation_id, code, name, name_en, line, unit_id, duty_seat_id) VALUES ({f}, 'one', '1次窓口', 'First line', '1', {}, '{}') ON CONFLICT DO NOTHING;
             INSERT INTO consultations (id, federation_id, number, requester_unit_id, opened_by, opened_from, queue_id, responsible_seat_id, category, class, line, care, state, privacy, created_at, updated_at, turn_since)
             SELECT '{id}', {f}, '{id}', {}, '{}', '{}', q.id, '{}', 'OTH', 'S4', '1', 'normal', 'in_work', 'everyone', '{now}', '{now}', '{now}' FROM queues q WHERE q.federation_id = {f}",
            agent.unit, agent.seat, asker.unit, asker.person, asker.seat, agent.seat, now = self.clock.now(),
        ))
        .await;
        id
    }
}
