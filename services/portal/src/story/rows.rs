//! The statements of the loader. Each is "insert unless it is there" by a key that stays the same from telling to telling,
//! so that whatever people changed in between is left alone.

use super::data::{CategoryData, Day, Hours, Period};
use kernel::{FederationId, QueueId, UnitId};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An id that the same words always give, so that a row is found again.
pub fn id(kind: &str, key: &str) -> Uuid {
    let hash = Sha256::new().chain_update(b"tomoshibi demo ").chain_update(kind).chain_update([0]).chain_update(key).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Holds the story for this connection until it ends.
pub async fn take_turn(c: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_lock(hashtext('demo story'))").execute(c).await.map(drop)
}

/// A unit as the files name it.
pub struct NewUnit<'a> {
    pub level: &'static str,
    pub kind: &'a str,
    pub code: &'a str,
    pub name: &'a str,
    pub kana: &'a str,
    pub en: &'a str,
    /// Where there is little room, in Japanese and in English.
    pub short: Option<(&'a str, &'a str)>,
}

/// Since when everything on the ground exists: before any story.
pub const SINCE: Date = time::macros::date!(2020 - 04 - 01);

pub async fn federation(c: &mut PgConnection, prefix: &str, u: &NewUnit<'_>, wrote: &mut u64) -> sqlx::Result<FederationId> {
    if let Some(id) =
        sqlx::query_scalar("SELECT id FROM units WHERE level = 'federation' AND code = $1").bind(u.code).fetch_optional(&mut *c).await?
    {
        return Ok(FederationId(id));
    }
    *wrote += 1;
    let sql = "WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
        INSERT INTO units (id, federation_id, level, kind, code, name, name_kana, name_en, path, number_prefix, opened_on)
        SELECT n.id, n.id, $1, $2, $3, $4, $5, $6, n.id::text::ltree, $7, $8 FROM n RETURNING id";
    let id = sqlx::query_scalar(sql)
        .bind(u.level)
        .bind(u.kind)
        .bind(u.code)
        .bind(u.name)
        .bind(u.kana)
        .bind(u.en)
        .bind(prefix)
        .bind(SINCE)
        .fetch_one(c)
        .await?;
    Ok(FederationId(id))
}

pub async fn unit(
    c: &mut PgConnection,
    federation: FederationId,
    parent: UnitId,
    u: &NewUnit<'_>,
    wrote: &mut u64,
) -> sqlx::Result<UnitId> {
    let found = sqlx::query_scalar("SELECT id FROM units WHERE federation_id = $1 AND level = $2 AND code = $3")
        .bind(federation.0)
        .bind(u.level)
        .bind(u.code);
    if let Some(id) = found.fetch_optional(&mut *c).await? {
        return Ok(UnitId(id));
    }
    *wrote += 1;
    let sql = "WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
        INSERT INTO units (id, federation_id, level, kind, code, name, name_kana, name_en, parent_id, prefecture_id, municipal_id, opened_on, path, short_name, short_name_en)
        SELECT n.id, p.federation_id, $1, $2, $3, $4, $5, $6, p.id, CASE p.level WHEN 'prefectural' THEN p.id ELSE p.prefecture_id END,
          CASE p.level WHEN 'municipal' THEN p.id ELSE p.municipal_id END, $7, p.path || n.id::text, $9, $10 FROM units p, n WHERE p.id = $8 RETURNING id";
    let id = sqlx::query_scalar(sql)
        .bind(u.level)
        .bind(u.kind)
        .bind(u.code)
        .bind(u.name)
        .bind(u.kana)
        .bind(u.en)
        .bind(SINCE)
        .bind(parent.0)
        .bind(u.short.map(|(ja, _)| ja))
        .bind(u.short.map(|(_, en)| en))
        .fetch_one(&mut *c)
        .await?;
    if u.level == "institution" {
        let home =
            "INSERT INTO unit_homes SELECT $1, federation_id, id, prefecture_id, municipal_id, opened_on, NULL FROM units WHERE id = $2";
        sqlx::query(home).bind(self::id("home", &format!("{federation} {}", u.code))).bind(id).execute(c).await?;
    }
    Ok(UnitId(id))
}

pub async fn provider(c: &mut PgConnection, u: &NewUnit<'_>, wrote: &mut u64) -> sqlx::Result<UnitId> {
    if let Some(id) =
        sqlx::query_scalar("SELECT id FROM units WHERE level = 'provider' AND code = $1").bind(u.code).fetch_optional(&mut *c).await?
    {
        return Ok(UnitId(id));
    }
    *wrote += 1;
    let sql = "INSERT INTO units (level, kind, code, name, name_kana, name_en, opened_on) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    sqlx::query_scalar(sql)
        .bind(u.level)
        .bind(u.kind)
        .bind(u.code)
        .bind(u.name)
        .bind(u.kana)
        .bind(u.en)
        .bind(SINCE)
        .fetch_one(c)
        .await
        .map(UnitId)
}

pub async fn code_shape(c: &mut PgConnection, federation: FederationId, pattern: &str, example: &str) -> sqlx::Result<u64> {
    let sql = "INSERT INTO unit_code_shapes (federation_id, level, pattern, example, from_on) VALUES ($1, 'institution', $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(sqlx::query(sql).bind(federation.0).bind(pattern).bind(example).bind(SINCE).execute(c).await?.rows_affected())
}

/// When the desk's telephone is answered; None: the installation's words.
pub async fn hours(c: &mut PgConnection, federation: Option<FederationId>, hours: &Hours) -> sqlx::Result<u64> {
    let sql = "INSERT INTO content_texts (id, federation_id, key, version, body, from_on)
        SELECT $1, $2, $3, 1, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM content_texts WHERE key = $3 AND federation_id IS NOT DISTINCT FROM $2)";
    let key = federation.map_or_else(|| "installation".to_owned(), |federation| federation.to_string());
    let body = serde_json::json!({ "ja": hours.ja, "en": hours.en });
    let query = sqlx::query(sql).bind(id("hours", &key)).bind(federation.map(|f| f.0)).bind(content::keys::DESK_HOURS).bind(body);
    Ok(query.bind(SINCE).execute(c).await?.rows_affected())
}

/// A member as the files name them.
pub struct NewMember<'a> {
    pub id: Uuid,
    pub person: Option<Uuid>,
    pub number: &'a str,
    pub registry: &'a str,
    pub name: &'a str,
    pub kana: &'a str,
    pub en: &'a str,
}

pub async fn member(c: &mut PgConnection, federation: FederationId, m: &NewMember<'_>, periods: &[Period]) -> sqlx::Result<u64> {
    let sql = "INSERT INTO members (id, federation_id, person_id, number, registry_number, name, name_kana, name_en) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let done =
        sqlx::query(sql).bind(m.id).bind(federation.0).bind(m.person).bind(m.number).bind(m.registry).bind(m.name).bind(m.kana).bind(m.en);
    if done.execute(&mut *c).await?.rows_affected() == 0 {
        return Ok(0);
    }
    for period in periods {
        sqlx::query(
            "INSERT INTO member_periods (id, federation_id, member_id, category, from_on, until_on) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id("period", &format!("{} {}", m.id, period.from.0)))
        .bind(federation.0)
        .bind(m.id)
        .bind(&period.category)
        .bind(period.from.0)
        .bind(period.until.map(|Day(day)| day))
        .execute(&mut *c)
        .await?;
    }
    Ok(1 + periods.len() as u64)
}

pub async fn runs(c: &mut PgConnection, federation: FederationId, member: Uuid, unit: UnitId) -> sqlx::Result<u64> {
    let sql = "INSERT INTO member_institutions (id, federation_id, member_id, unit_id, relation, from_on) VALUES ($1, $2, $3, $4, 'opener', $5) ON CONFLICT DO NOTHING";
    let key = id("runs", &format!("{member} {unit}"));
    Ok(sqlx::query(sql).bind(key).bind(federation.0).bind(member).bind(unit.0).bind(SINCE).execute(c).await?.rows_affected())
}

/// A person as the files name them.
pub struct NewPerson<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub kana: &'a str,
    pub en: &'a str,
    pub email: &'a str,
    pub locale: &'a str,
}

pub async fn person(c: &mut PgConnection, p: &NewPerson<'_>, now: OffsetDateTime) -> sqlx::Result<u64> {
    let sql = "INSERT INTO people (id, name, name_kana, name_en, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql).bind(p.id).bind(p.name).bind(p.kana).bind(p.en).bind(now).execute(&mut *c).await?.rows_affected();
    // Everybody of the story has signed in before, so letters reach them.
    let sql = "INSERT INTO people_contacts (person_id, email, locale, verified_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(done + sqlx::query(sql).bind(p.id).bind(p.email).bind(p.locale).bind(now).execute(c).await?.rows_affected())
}

pub async fn seat(
    c: &mut PgConnection,
    key: Uuid,
    federation: FederationId,
    person: Uuid,
    unit: UnitId,
    role: &str,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    Ok(sqlx::query(sql)
        .bind(key)
        .bind(federation.0)
        .bind(person)
        .bind(unit.0)
        .bind(role)
        .bind(SINCE)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
}

/// A sign-in provider as the files name it.
pub struct NewIssuer<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub en: &'a str,
    pub url: &'a str,
    pub client: &'a str,
    pub sort: i32,
}

pub async fn issuer(c: &mut PgConnection, federation: FederationId, i: &NewIssuer<'_>) -> sqlx::Result<u64> {
    // The demo issuer's address is a setting: another port at the next start must not lock everybody out.
    let sql = "INSERT INTO issuers (id, federation_id, unit_id, name, name_en, issuer_url, client_id, secret_name, second_factor_acrs, second_factor_amrs, sort)
        VALUES ($1, $2, $2, $3, $4, $5, $6, 'demo_issuer', '{urn:tomoshibi:acr:2}', '{otp,hwk}', $7)
        ON CONFLICT (id) DO UPDATE SET issuer_url = EXCLUDED.issuer_url WHERE issuers.issuer_url <> EXCLUDED.issuer_url";
    Ok(sqlx::query(sql)
        .bind(i.id)
        .bind(federation.0)
        .bind(i.name)
        .bind(i.en)
        .bind(i.url)
        .bind(i.client)
        .bind(i.sort)
        .execute(c)
        .await?
        .rows_affected())
}

/// Whether somebody has come in already or can still do so.
pub async fn is_invited(c: &mut PgConnection, person: Uuid, now: OffsetDateTime) -> sqlx::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM identities WHERE person_id = $1)
        OR EXISTS (SELECT 1 FROM invitations WHERE person_id = $1 AND used_at IS NULL AND withdrawn_at IS NULL AND $2 < expires_at)";
    sqlx::query_scalar(sql).bind(person).bind(now).fetch_one(c).await
}

/// The federation's issuer of the story.
pub async fn issuer_of(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Uuid> {
    sqlx::query_scalar("SELECT id FROM issuers WHERE federation_id = $1 ORDER BY sort LIMIT 1").bind(federation.0).fetch_one(c).await
}

pub async fn invitation(
    c: &mut PgConnection,
    federation: FederationId,
    issuer: Uuid,
    person: Uuid,
    email: &str,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO invitations (id, federation_id, issuer_id, person_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let key = id("invitation", &format!("{issuer} {person}"));
    let until = now + time::Duration::days(3_650);
    Ok(sqlx::query(sql)
        .bind(key)
        .bind(federation.0)
        .bind(issuer)
        .bind(person)
        .bind(email)
        .bind(now)
        .bind(until)
        .execute(c)
        .await?
        .rows_affected())
}

/// A queue as the files name it.
pub struct NewQueue<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub en: &'a str,
    pub line: &'a str,
    pub unit: UnitId,
    pub duty: Uuid,
    pub only: Option<UnitId>,
}

pub async fn queue(c: &mut PgConnection, federation: FederationId, q: &NewQueue<'_>, wrote: &mut u64) -> sqlx::Result<QueueId> {
    let found = sqlx::query_scalar("SELECT id FROM queues WHERE federation_id = $1 AND code = $2").bind(federation.0).bind(q.code);
    if let Some(id) = found.fetch_optional(&mut *c).await? {
        return Ok(QueueId(id));
    }
    *wrote += 2;
    let sql = "INSERT INTO queues (federation_id, code, name, name_en, line, unit_id, duty_seat_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let id = sqlx::query_scalar(sql)
        .bind(federation.0)
        .bind(q.code)
        .bind(q.name)
        .bind(q.en)
        .bind(q.line)
        .bind(q.unit.0)
        .bind(q.duty)
        .fetch_one(&mut *c)
        .await?;
    let route = "INSERT INTO queue_routes (federation_id, line, prefecture_id, queue_id) VALUES ($1, $2, $3, $4)";
    sqlx::query(route).bind(federation.0).bind(q.line).bind(q.only.map(|unit| unit.0)).bind(id).execute(c).await?;
    Ok(QueueId(id))
}

pub async fn seat_queue(c: &mut PgConnection, federation: FederationId, seat: Uuid, queue: QueueId) -> sqlx::Result<u64> {
    let sql = "INSERT INTO seat_queues (federation_id, seat_id, queue_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(sqlx::query(sql).bind(federation.0).bind(seat).bind(queue.0).execute(c).await?.rows_affected())
}

pub async fn contract(
    c: &mut PgConnection,
    federation: FederationId,
    provider: UnitId,
    from: Date,
    queues: &[QueueId],
) -> sqlx::Result<u64> {
    let key = id("contract", &format!("{federation} {provider}"));
    let sql = "INSERT INTO provider_contracts (id, federation_id, provider_id, from_on) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    if sqlx::query(sql).bind(key).bind(federation.0).bind(provider.0).bind(from).execute(&mut *c).await?.rows_affected() == 0 {
        return Ok(0);
    }
    for queue in queues {
        let sql = "INSERT INTO contract_queues (federation_id, contract_id, queue_id) VALUES ($1, $2, $3)";
        sqlx::query(sql).bind(federation.0).bind(key).bind(queue.0).execute(&mut *c).await?;
    }
    Ok(1 + queues.len() as u64)
}

pub async fn category(c: &mut PgConnection, federation: FederationId, d: &CategoryData, sort: i32) -> sqlx::Result<u64> {
    let sql = "INSERT INTO desk_categories (federation_id, code, name, name_en, symptom, symptom_en, hint, hint_en, kind, default_line, default_class, sort, from_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql)
        .bind(federation.0)
        .bind(&d.code)
        .bind(&d.name)
        .bind(&d.en)
        .bind(&d.symptom)
        .bind(&d.symptom_en)
        .bind(&d.hint)
        .bind(&d.hint_en);
    Ok(query.bind(&d.kind).bind(&d.line).bind(&d.class).bind(sort).bind(SINCE).execute(c).await?.rows_affected())
}

/// Whether the person has already asked this.
pub async fn asked(c: &mut PgConnection, person: Uuid, title: &str) -> sqlx::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM consultations c JOIN consultation_texts t ON t.consultation_id = c.id WHERE c.opened_by = $1 AND t.title = $2)";
    sqlx::query_scalar(sql).bind(person).bind(title).fetch_one(c).await
}

/// What a session of the story calls its device, so that it can be taken away again.
const DEVICE: &str = "demo story";

/// A session for an act of the story.
pub async fn open_session(c: &mut PgConnection, token: [u8; 32], person: Uuid, seat: Uuid, begin: OffsetDateTime) -> sqlx::Result<u64> {
    let sql = "INSERT INTO sessions (id, token_hash, person_id, seat_id, issuer_id, second_factor, auth_time, device, created_at, last_seen_at, idle_seconds, expires_at)
        SELECT $1, $2, $3, s.id, i.id, true, $5, $6, $5, $5, 100000000, $7 FROM seats s JOIN issuers i ON i.federation_id = s.federation_id WHERE s.id = $4 AND s.person_id = $3 ORDER BY i.sort LIMIT 1";
    let until = begin + time::Duration::days(1_000);
    let key = Uuid::from_bytes(token[..16].try_into().unwrap_or_default());
    Ok(sqlx::query(sql)
        .bind(key)
        .bind(token.as_slice())
        .bind(person)
        .bind(seat)
        .bind(begin)
        .bind(DEVICE)
        .bind(until)
        .execute(c)
        .await?
        .rows_affected())
}

/// Takes the story's sessions away.
pub async fn close_sessions(c: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM sessions WHERE device = $1").bind(DEVICE).execute(c).await.map(drop)
}
