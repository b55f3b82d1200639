//! The adversary at the database: somebody who got hold of the application's connection and one valid session. Row
//! security, column grants and triggers alone stand here; no permit, no handler.

use crate::world::{Seated, Sees, World, everybody, mark};
use sqlx::{Executor, PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};
use tests::{Stage, golden};
use uuid::Uuid;

/// What a statement came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Rows touched.
    Rows(u64),
    /// SQLSTATE of the refusal.
    Refused(String),
}

impl Came {
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Came::Rows(0)) || self.is_denied()
    }
    /// Refused by row security, a grant or a trigger that speaks for them.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Came::Refused(code) if code == "42501")
    }
}

/// A transaction as `portal_app` in somebody's scope, on a connection that can afterwards look past row security.
pub(crate) struct Break {
    god: PgConnection,
}

impl Break {
    pub(crate) async fn into(stage: &Stage, who: &Seated) -> Self {
        let mut god = stage.god().await;
        god.execute("BEGIN").await.expect("begin");
        god.execute("SET LOCAL ROLE portal_app").await.expect("role");
        let live: bool = sqlx::query_scalar("SELECT enter($1, $2, $3, $4, false)")
            .bind(who.actor.session_hash.to_vec())
            .bind(who.actor.seat.0)
            .bind(Uuid::nil())
            .bind(stage.clock.now())
            .fetch_one(&mut god)
            .await
            .expect("enter");
        assert!(live, "{} is not live", who.name());
        Self { god }
    }

    /// Runs one statement as the application and keeps what it did until [`Break::undo`]. A refusal undoes it at once.
    pub(crate) async fn run(&mut self, sql: &str) -> Came {
        self.god.execute("SAVEPOINT attempt").await.expect("savepoint");
        match self.god.execute(sqlx::AssertSqlSafe(sql.to_owned())).await {
            Ok(done) => Came::Rows(done.rows_affected()),
            Err(error) => {
                self.undo().await;
                let code = error.as_database_error().and_then(|e| e.code().map(|c| c.into_owned()));
                Came::Refused(code.unwrap_or_else(|| panic!("{sql}: {error}")))
            }
        }
    }

    async fn undo(&mut self) {
        self.god.execute("ROLLBACK TO SAVEPOINT attempt").await.expect("rollback");
    }

    /// Runs and undoes.
    pub(crate) async fn attempt(&mut self, sql: &str) -> Came {
        let came = self.run(sql).await;
        if matches!(came, Came::Rows(_)) {
            self.undo().await;
        }
        came
    }

    /// One text, as the application sees it.
    async fn text(&mut self, sql: &str) -> String {
        sqlx::query_scalar::<_, Option<String>>(sqlx::AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.god)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
            .unwrap_or_default()
    }

    /// Looks past row security and goes back.
    async fn look(&mut self, sql: &str) -> Vec<String> {
        self.god.execute("SET LOCAL ROLE NONE").await.expect("role");
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.god).await;
        self.god.execute("SET LOCAL ROLE portal_app").await.expect("role");
        rows.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }
}

/// Tables of the product on which the application has a right, with their columns and key.
struct Table {
    name: String,
    key: String,
    columns: Vec<(String, String)>,
}

async fn tables(stage: &Stage, right: &str) -> Vec<Table> {
    let mut god = stage.god().await;
    let rows = sqlx::query(
        "SELECT c.relname::text AS name,
           (SELECT string_agg(format('%I::text', a.attname), ' || ''/'' || ' ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
           (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND ($1 <> 'UPDATE' OR has_column_privilege('portal_app', c.oid, a.attnum, 'UPDATE'))) AS columns,
           (SELECT array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND ($1 <> 'UPDATE' OR has_column_privilege('portal_app', c.oid, a.attnum, 'UPDATE'))) AS types
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND (has_table_privilege('portal_app', c.oid, $1) OR ($1 <> 'DELETE' AND has_any_column_privilege('portal_app', c.oid, CASE WHEN $1 = 'DELETE' THEN 'SELECT' ELSE $1 END)))
         ORDER BY 1",
    )
    .bind(right)
    .fetch_all(&mut god)
    .await
    .expect("catalogue");
    rows.into_iter()
        .map(|r| Table {
            name: r.get("name"),
            key: r.get::<Option<String>, _>("key").unwrap_or_else(|| "ctid::text".into()),
            columns: r.get::<Vec<String>, _>("columns").into_iter().zip(r.get::<Vec<String>, _>("types")).collect(),
        })
        .collect()
}

/// The rows of a table that a person may change or remove at all, as a condition read past row security. A table that is
/// missing here fails the run.
fn own_rows(table: &str, who: &Seated, world: &World) -> String {
    let (person, seat, federation) = (who.actor.person.0, who.actor.seat.0, who.actor.federation.0);
    let administrator = who.actor.role == access::Role::Administrator;
    let by_administrator = |condition: String| if administrator { condition } else { "false".into() };
    match table {
        "consultations" => {
            let ids: Vec<String> = world
                .cases
                .iter()
                .filter(|c| {
                    let sees = c.seen_by(&who.actor);
                    sees == Sees::Notes || (sees == Sees::Text && c.requester == who.actor.unit.0)
                })
                .map(|c| format!("'{}'", c.id))
                .collect();
            if ids.is_empty() { "false".into() } else { format!("id IN ({})", ids.join(",")) }
        }
        "case_access" => format!("granted_by = '{person}'"),
        "ask_drafts" => format!("person_id = '{person}' AND seat_id = '{seat}'"),
        "files" => format!("uploaded_by = '{person}' AND uploaded_from = '{seat}' AND message_id IS NULL"),
        "file_versions" => {
            format!("file_id IN (SELECT id FROM files WHERE uploaded_by = '{person}' AND uploaded_from = '{seat}' AND message_id IS NULL)")
        }
        "people_contacts" | "sessions" => format!("person_id = '{person}'"),
        "case_drafts" => format!("person_id = '{person}' AND federation_id = {federation}"),
        "consultation_people" => {
            format!(
                "consultation_id IN (SELECT id FROM consultations WHERE opened_by = '{person}' AND requester_unit_id = {})",
                who.actor.unit
            )
        }
        "seats" => by_administrator(format!("federation_id = {federation} AND person_id <> '{person}'")),
        "invitations" | "units" | "unit_homes" => by_administrator(format!("federation_id = {federation}")),
        "outbox" | "deliveries" | "audit_unsealed" => "false".into(),
        other => panic!("{other}: nobody said whose rows may be changed; say it in own_rows"),
    }
}

const ATTACKERS: &[&str] =
    &["morishita", "tabata", "ooki", "nemoto", "miyasaka", "kashiwagi", "fujishiro", "iwase", "hayami", "wakabayashi"];

/// All of it on one world: every attempt is undone.
#[tokio::test]
async fn the_database_alone_holds_against_somebody_with_a_live_session() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    overwrites(&stage, &world).await;
    deletes(&stage, &world).await;
    inserts(&stage, &world).await;
    reads(&stage, &world).await;
    crate::attempts::named_attempts(&stage, &world).await;
    crate::attempts::definer_functions(&stage, &world).await;
    crate::attempts::absent_and_hidden_are_alike(&stage, &world).await;
}

/// Every column of every table that can be updated, overwritten without reading anything (so that no SELECT policy
/// helps): only own rows change, and which columns can is a reviewed list.
async fn overwrites(stage: &Stage, world: &World) {
    let mut holes = BTreeSet::new();
    let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let updatable = tables(stage, "UPDATE").await;
    for key in ATTACKERS {
        let who = world.who(key);
        let mut attack = Break::into(stage, who).await;
        for table in &updatable {
            let (name, pk, own) = (&table.name, &table.key, own_rows(&table.name, who, world));
            let mine: BTreeSet<String> = attack.look(&format!("SELECT {pk} FROM {name} WHERE {own}")).await.into_iter().collect();
            for (column, kind) in &table.columns {
                // A value that stands in another row: ids that exist, words that are allowed, and nothing at all.
                let mut values = attack
                    .look(&format!(
                        "SELECT DISTINCT quote_literal({column}::text) FROM {name} WHERE {column} IS NOT NULL AND NOT ({own}) LIMIT 4"
                    ))
                    .await;
                values.push("NULL".into());
                for value in values {
                    let came = attack.run(&format!("UPDATE {name} SET {column} = {value}::{kind}")).await;
                    let Came::Rows(rows) = came else { continue };
                    let changed = attack
                        .look(&format!("SELECT {pk} FROM {name} WHERE xmin::text::bigint >= pg_current_xact_id()::text::bigint"))
                        .await;
                    attack.undo().await;
                    if rows > 0 {
                        open.entry(format!("{name}.{column}")).or_default().insert(who.actor.role.to_string());
                    }
                    if let Some(foreign) = changed.iter().find(|k| !mine.contains(*k)) {
                        holes.insert(format!("{}: UPDATE {name} SET {column} = {value} reached {foreign}", who.name()));
                    }
                }
            }
        }
    }
    assert!(holes.is_empty(), "{} foreign rows were overwritten:\n{}", holes.len(), holes.into_iter().collect::<Vec<_>>().join("\n"));
    let lines: String =
        open.iter().map(|(c, roles)| format!("{c:<40} {}\n", roles.iter().cloned().collect::<Vec<_>>().join(" "))).collect();
    golden("writable_columns.txt", &lines);
}

async fn deletes(stage: &Stage, world: &World) {
    let removable = tables(stage, "DELETE").await;
    assert!(!removable.is_empty());
    for key in ATTACKERS {
        let who = world.who(key);
        let mut attack = Break::into(stage, who).await;
        for table in &removable {
            let (name, pk, own) = (&table.name, &table.key, own_rows(&table.name, who, world));
            let before = attack.look(&format!("SELECT {pk} FROM {name} WHERE NOT ({own}) ORDER BY 1")).await;
            attack.run(&format!("DELETE FROM {name}")).await;
            let after = attack.look(&format!("SELECT {pk} FROM {name} WHERE NOT ({own}) ORDER BY 1")).await;
            assert_eq!(before, after, "{} deleted from {name}", who.name());
        }
    }
}

/// Copies of rows of others, as they are and with the copier's own name in every column that says who: nothing lands.
async fn inserts(stage: &Stage, world: &World) {
    // With one's own name in it the copy is simply one's own: a draft, a record of one's own act, one's own address.
    const OWN_BY_NATURE: &[&str] = &["ask_drafts", "audit_entries", "people_contacts", "consultations"];
    let insertable = tables(stage, "INSERT").await;
    let mut holes = BTreeSet::new();
    for key in ATTACKERS {
        let who = world.who(key);
        let mut attack = Break::into(stage, who).await;
        for table in &insertable {
            let name = &table.name;
            let foreign = attack
                .look(&format!("SELECT to_jsonb(t)::text FROM {name} t {} ORDER BY random() LIMIT 12", elsewhere(table, who, world)))
                .await;
            for row in foreign {
                let mut row: serde_json::Value = serde_json::from_str(&row).expect("row");
                if row.get("id").is_some() && table.columns.iter().any(|(c, k)| c == "id" && k == "uuid") {
                    row["id"] = kernel::ids::new_uuid(&stage.clock).to_string().into();
                }
                let plain = insert(&mut attack, name, &row).await;
                if matches!(plain, Came::Rows(1)) && !may_insert_plain(name, who, &row) {
                    holes.insert(format!("{} inserted a copy into {name}: {row}", who.name()));
                }
                let forged = insert(&mut attack, name, &as_own(&row, who)).await;
                if matches!(forged, Came::Rows(1)) && !OWN_BY_NATURE.contains(&name.as_str()) && !may_insert_plain(name, who, &row) {
                    holes.insert(format!("{} inserted a forged copy into {name}: {}", who.name(), as_own(&row, who)));
                }
            }
        }
    }
    assert!(holes.is_empty(), "{} rows landed:\n{}", holes.len(), holes.into_iter().collect::<Vec<_>>().join("\n"));
}

/// An administrator brings people in and keeps the tree; their own federation is theirs to write in these tables.
fn may_insert_plain(table: &str, who: &Seated, row: &serde_json::Value) -> bool {
    let home = row.get("federation_id").is_none_or(|f| f.as_i64() == Some(i64::from(who.actor.federation.0)));
    who.actor.role == access::Role::Administrator
        && home
        && ["people", "seats", "invitations", "unit_homes", "people_contacts"].contains(&table)
}

/// Rows that hang on a case the attacker has no hand in (by case), else rows of other people.
fn elsewhere(table: &Table, who: &Seated, world: &World) -> String {
    let has = |column: &str| table.columns.iter().any(|(c, _)| c == column);
    // Who reads it is the writer's alone to say; the rest is for everybody with a hand in the case.
    let writers_own = ["case_access", "consultation_people"].contains(&table.name.as_str());
    let has_a_hand = |c: &crate::world::Case| {
        let sees = c.seen_by(&who.actor);
        if writers_own {
            c.opener == who.actor.person.0
        } else {
            sees == Sees::Notes || (sees == Sees::Text && c.requester == who.actor.unit.0)
        }
    };
    let hands_off: Vec<String> = world.cases.iter().filter(|c| !has_a_hand(c)).map(|c| format!("'{}'", c.id)).collect();
    let ids = hands_off.join(",");
    match table.name.as_str() {
        "consultations" => format!("WHERE id IN ({ids})"),
        "outbox" => format!("WHERE subject IN ({ids})"),
        "file_versions" => {
            format!("WHERE file_id IN (SELECT id FROM files WHERE consultation_id IN ({ids}) OR uploaded_by <> '{}')", who.actor.person)
        }
        _ if has("consultation_id") => format!("WHERE consultation_id IN ({ids})"),
        _ if has("person_id") => format!("WHERE person_id <> '{}'", who.actor.person),
        _ => String::new(),
    }
}

fn as_own(row: &serde_json::Value, who: &Seated) -> serde_json::Value {
    let mut row = row.clone();
    let actor = &who.actor;
    for (column, value) in row.as_object_mut().expect("row") {
        match column.as_str() {
            "author_id" | "opened_by" | "uploaded_by" | "granted_by" | "person_id" => *value = actor.person.to_string().into(),
            "author_seat_id" | "opened_from" | "uploaded_from" | "seat_id" | "offered_by" if !value.is_null() => {
                *value = actor.seat.to_string().into()
            }
            "granted_unit_id" | "requester_unit_id" => *value = actor.unit.0.into(),
            "side" => *value = if actor.queues.is_empty() { "requester".into() } else { "desk".into() },
            "state" if value == "clean" || value == "waiting" => *value = "expected".into(),
            "object_key" => *value = format!("incoming/{}", kernel::secret::new_key()).into(),
            "message_id" => *value = serde_json::Value::Null,
            "number" => *value = format!("X-{}", kernel::secret::new_key()).into(),
            _ => {}
        }
    }
    row
}

async fn insert(attack: &mut Break, table: &str, row: &serde_json::Value) -> Came {
    let json = row.to_string().replace('\'', "''");
    let columns: Vec<&String> = row.as_object().expect("row").keys().collect();
    let list = columns.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", ");
    attack.attempt(&format!("INSERT INTO {table} ({list}) SELECT {list} FROM jsonb_populate_record(NULL::{table}, '{json}'::jsonb)")).await
}

/// Everybody of the story reads every table to the end: no mark of a text they may not read, no row of another
/// federation but their own seats, nobody else's address, session, sign-in or invitation.
async fn reads(stage: &Stage, world: &World) {
    let readable = tables(stage, "SELECT").await;
    for who in everybody(stage).await {
        let mut attack = Break::into(stage, &who).await;
        let forbidden = forbidden_marks(world, &who);
        for table in &readable {
            let name = &table.name;
            let has = |column: &str| table.columns.iter().any(|(c, _)| c == column);
            let all = attack.text(&format!("SELECT string_agg(to_jsonb(t)::text, E'\\n') FROM {name} t")).await;
            let leaked: Vec<&String> = forbidden.iter().filter(|mark| all.contains(mark.as_str())).collect();
            assert!(leaked.is_empty(), "{} reads {leaked:?} in {name}", who.name());
            if has("federation_id") && name != "seats" {
                let far = attack.text(&format!("SELECT count(*)::text FROM {name} WHERE federation_id <> {}", who.actor.federation)).await;
                assert_eq!(far, "0", "{} reads {name} of another federation", who.name());
            }
            let others = match name.as_str() {
                "people_contacts" if who.actor.role == access::Role::Administrator => continue,
                "people_contacts" | "sessions" | "identities" | "ask_drafts" | "deliveries" => {
                    format!("person_id <> '{}'", who.actor.person)
                }
                "invitations" if who.actor.role != access::Role::Administrator => "true".into(),
                "audit_entries" | "audit_seals" | "witnessed_readings" if who.actor.role != access::Role::Auditor => "true".into(),
                "outbox" | "sign_ins" | "audit_unsealed" => "true".into(),
                "consultation_people" => readable_people(world, &who),
                "case_access" => readable_consents(world, &who),
                _ => continue,
            };
            let seen = attack.text(&format!("SELECT count(*)::text FROM {name} WHERE {others}")).await;
            assert_eq!(seen, "0", "{} reads {name} of others", who.name());
        }
    }
}

/// Names of readers: to the named person and to the writer who named them.
fn readable_people(world: &World, who: &Seated) -> String {
    let own: Vec<String> = world.cases.iter().filter(|c| c.opener == who.actor.person.0).map(|c| format!("'{}'", c.id)).collect();
    let own = if own.is_empty() { "'00000000-0000-0000-0000-000000000000'".to_owned() } else { own.join(",") };
    format!("person_id <> '{}' AND consultation_id NOT IN ({own})", who.actor.person)
}

/// Consents of cases that are hidden: that one exists is hidden too.
fn readable_consents(world: &World, who: &Seated) -> String {
    let hidden: Vec<String> =
        world.cases.iter().filter(|c| c.seen_by(&who.actor) == Sees::Nothing).map(|c| format!("'{}'", c.id)).collect();
    if hidden.is_empty() { "false".into() } else { format!("consultation_id IN ({})", hidden.join(",")) }
}

/// Every mark that a person must never meet.
pub fn forbidden_marks(world: &World, who: &Seated) -> Vec<String> {
    let mut marks = Vec::new();
    for case in &world.cases {
        let sees = case.seen_by(&who.actor);
        if sees < Sees::Text {
            marks.push(format!("QZ{:02}", case.n));
            marks.push(format!("090-0077-{:04}", case.n));
        } else if sees < Sees::Notes {
            marks.push(mark(case.n, "NOTE"));
        }
        // A file that was not sent yet is its uploader's alone.
        if !world.files.iter().any(|f| f.case == Some(case.id) && !f.sent && f.seat == who.actor.seat.0) {
            marks.push(mark(case.n, "PENDING"));
        }
    }
    marks.extend(world.drafts.iter().filter(|d| d.seat != who.actor.seat.0).map(|d| format!("QZ{:02}", d.n)));
    marks
}
