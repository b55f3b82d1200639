//! What the scale asks of the database before it loads; as portal_loader, past row security.

use kernel::FederationId;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// The first federation of the story.
pub async fn federation(c: &mut PgConnection) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar("SELECT min(id) FROM units WHERE level = 'federation'").fetch_one(c).await
}

/// Holds the tree until the transaction ends, and counts the institutions of the scale that are there.
pub async fn institutions_there(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<i64> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('scale tree'))").execute(&mut *c).await?;
    let sql = "SELECT count(*) FROM units WHERE federation_id = $1 AND level = 'institution' AND substr(code, 3, 1) = '9'";
    sqlx::query_scalar(sql).bind(federation.0).fetch_one(c).await
}

/// So many new unit ids.
pub async fn unit_ids(c: &mut PgConnection, many: i32) -> sqlx::Result<Vec<i32>> {
    let sql = "SELECT nextval(pg_get_serial_sequence('units', 'id'))::int FROM generate_series(1, $1)";
    sqlx::query_scalar(sql).bind(many).fetch_all(c).await
}

/// Prefectural associations with their codes, by code.
pub async fn prefectures(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Vec<(i32, String)>> {
    let sql =
        "SELECT id, code FROM units WHERE federation_id = $1 AND level = 'prefectural' AND kind = 'prefectural_association' ORDER BY code";
    sqlx::query_as(sql).bind(federation.0).fetch_all(c).await
}

/// Units of the scale that nobody sits at yet, with their level; and prefectural associations that the story has left empty.
pub async fn empty_units(c: &mut PgConnection, federation: FederationId, many: i64) -> sqlx::Result<Vec<(i32, String)>> {
    let sql = "SELECT u.id, u.level FROM units u WHERE u.federation_id = $1
        AND ((u.level = 'municipal' AND u.code LIKE 'S%') OR (u.level = 'institution' AND substr(u.code, 3, 1) = '9')
          OR u.kind = 'prefectural_association')
        AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.unit_id = u.id AND s.ended_at IS NULL) ORDER BY u.id LIMIT $2";
    sqlx::query_as(sql).bind(federation.0).bind(many).fetch_all(c).await
}

/// What the federation's numbers begin with.
pub async fn prefix(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<String> {
    sqlx::query_scalar("SELECT number_prefix FROM units WHERE id = $1").bind(federation.0).fetch_one(c).await
}

/// Some text of a consent.
pub async fn consent_text(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Option<Uuid>> {
    let sql = "SELECT id FROM content_texts WHERE key LIKE 'consent.%' AND (federation_id IS NULL OR federation_id = $1) ORDER BY key, version LIMIT 1";
    sqlx::query_scalar(sql).bind(federation.0).fetch_optional(c).await
}

/// Line, prefecture and queue of every route.
pub async fn routes(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Vec<(String, Option<i32>, i32)>> {
    sqlx::query_as("SELECT line, prefecture_id, queue_id FROM queue_routes WHERE federation_id = $1").bind(federation.0).fetch_all(c).await
}

/// A category with its defaults.
#[derive(sqlx::FromRow)]
pub struct Category {
    pub code: String,
    pub line: String,
    pub class: String,
    pub trouble: bool,
}

/// The categories in force.
pub async fn categories(c: &mut PgConnection, federation: FederationId, today: time::Date) -> sqlx::Result<Vec<Category>> {
    let sql = "SELECT code, default_line AS line, default_class AS class, kind = 'trouble' AS trouble FROM desk_categories
        WHERE federation_id = $1 AND from_on <= $2 ORDER BY sort";
    sqlx::query_as(sql).bind(federation.0).bind(today).fetch_all(c).await
}

/// Somebody in a seat.
#[derive(Clone, sqlx::FromRow)]
pub struct Hand {
    pub seat: Uuid,
    pub person: Uuid,
    pub name: String,
    pub unit: i32,
    pub unit_name: String,
}

/// Somebody at a place that asks, and where that place is.
#[derive(sqlx::FromRow)]
pub struct AskerRow {
    #[sqlx(flatten)]
    pub hand: Hand,
    pub municipal: Option<i32>,
    pub prefecture: i32,
    pub member: Option<Uuid>,
}

/// Everybody who asks, place by place.
pub async fn askers(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Vec<AskerRow>> {
    let sql = "SELECT s.id AS seat, p.id AS person, p.name, u.id AS unit, u.name AS unit_name, u.municipal_id AS municipal, u.prefecture_id AS prefecture,
          (SELECT mi.member_id FROM member_institutions mi WHERE mi.unit_id = u.id LIMIT 1) AS member
        FROM units u JOIN seats s ON s.unit_id = u.id AND s.ended_at IS NULL JOIN people p ON p.id = s.person_id
        WHERE u.federation_id = $1 AND ((u.level = 'institution' AND substr(u.code, 3, 1) = '9') OR (u.level = 'municipal' AND u.code LIKE 'S%'))
        ORDER BY u.id, s.id";
    sqlx::query_as(sql).bind(federation.0).fetch_all(c).await
}

/// Active queues with their lines.
pub async fn queues(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Vec<(i32, String)>> {
    sqlx::query_as("SELECT id, line FROM queues WHERE federation_id = $1 AND active ORDER BY id").bind(federation.0).fetch_all(c).await
}

/// Who answers from a queue.
pub async fn hands(c: &mut PgConnection, queue: i32) -> sqlx::Result<Vec<Hand>> {
    let sql = "SELECT s.id AS seat, p.id AS person, p.name, u.id AS unit, u.name AS unit_name FROM seat_queues sq JOIN seats s ON s.id = sq.seat_id AND s.ended_at IS NULL
        JOIN people p ON p.id = s.person_id JOIN units u ON u.id = s.unit_id WHERE sq.queue_id = $1 ORDER BY s.id";
    sqlx::query_as(sql).bind(queue).fetch_all(c).await
}

/// Cases of the scale with the instants they were asked at. Their numbers have seven digits, which a year's own count never has.
pub async fn cases_there(c: &mut PgConnection, federation: FederationId) -> sqlx::Result<Vec<(Uuid, time::OffsetDateTime)>> {
    let sql = "SELECT id, created_at FROM consultations WHERE federation_id = $1 AND number ~ '-[0-9]{7}$'";
    sqlx::query_as(sql).bind(federation.0).fetch_all(c).await
}

/// How many cases of these numbers are there.
pub async fn numbers_there(c: &mut PgConnection, federation: FederationId, numbers: &[String]) -> sqlx::Result<i64> {
    let sql = "SELECT count(*) FROM consultations WHERE federation_id = $1 AND number = ANY ($2)";
    sqlx::query_scalar(sql).bind(federation.0).bind(numbers).fetch_one(c).await
}

/// The rollup of a federation from its headers, in place of what was there, and its published copy. What waits to be folded is in the
/// headers too and goes in the same statement; the lock keeps the fold away.
pub async fn count_anew(c: &mut PgConnection, federation: FederationId, now: time::OffsetDateTime) -> sqlx::Result<()> {
    let mut tx = c.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('desk_counts', 0))").execute(&mut *tx).await?;
    sqlx::query("DELETE FROM desk_counts WHERE federation_id = $1").bind(federation.0).execute(&mut *tx).await?;
    let sql = "WITH waiting AS (DELETE FROM desk_count_deltas WHERE federation_id = $1)
        INSERT INTO desk_counts (federation_id, prefecture_id, municipal_id, month, category, state, count)
        SELECT federation_id, prefecture_id, municipal_id, month, category, state, count FROM desk_counts_recounted WHERE federation_id = $1";
    sqlx::query(sql).bind(federation.0).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM desk_counts_published WHERE federation_id = $1").bind(federation.0).execute(&mut *tx).await?;
    let sql = "INSERT INTO desk_counts_published (federation_id, prefecture_id, municipal_id, month, category, state, count)
        SELECT federation_id, prefecture_id, municipal_id, month, category, state, count FROM desk_counts WHERE federation_id = $1";
    sqlx::query(sql).bind(federation.0).execute(&mut *tx).await?;
    // Published, and not compared yet: a load is trusted no more than a fold.
    sqlx::query("DELETE FROM desk_count_marks WHERE federation_id = $1").bind(federation.0).execute(&mut *tx).await?;
    let sql = "INSERT INTO desk_count_marks (federation_id, month, unpublished) SELECT DISTINCT federation_id, month, false FROM desk_counts WHERE federation_id = $1";
    sqlx::query(sql).bind(federation.0).execute(&mut *tx).await?;
    let sql = "INSERT INTO desk_count_rounds AS r (federation_id, folded_at, published_at) VALUES ($1, $2, $2)
        ON CONFLICT (federation_id) DO UPDATE SET folded_at = excluded.folded_at, published_at = excluded.published_at";
    sqlx::query(sql).bind(federation.0).bind(now).execute(&mut *tx).await?;
    tx.commit().await
}
