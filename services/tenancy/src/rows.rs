//! The statements.

use crate::model::{Area, Contract, Home, Member, Name, Period, Relation, Unit};
use kernel::{FederationId, MemberId, PersonId, QueueId, UnitId};
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

#[derive(FromQueryResult)]
pub(crate) struct UnitRow {
    id: i32,
    federation_id: Option<i32>,
    level: String,
    kind: String,
    parent_id: Option<i32>,
    prefecture_id: Option<i32>,
    municipal_id: Option<i32>,
    code: Option<String>,
    name: String,
    name_kana: Option<String>,
    name_en: Option<String>,
    opened_on: Date,
    closed_on: Option<Date>,
    merged_into: Option<i32>,
}

const UNIT: &str = "u.id, u.federation_id, u.level, u.kind, u.parent_id, u.prefecture_id, u.municipal_id, u.code, u.name, u.name_kana, u.name_en, u.opened_on, u.closed_on, u.merged_into";

/// A stored word that the closed list does not know; a fault of ours.
fn unknown(error: kernel::units::UnknownWord) -> StoreError {
    StoreError::Internal(error.to_string())
}

impl TryFrom<UnitRow> for Unit {
    type Error = StoreError;
    fn try_from(row: UnitRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: UnitId(row.id),
            federation: row.federation_id.map(FederationId),
            level: row.level.parse().map_err(unknown)?,
            kind: row.kind.parse().map_err(unknown)?,
            parent: row.parent_id.map(UnitId),
            prefecture: row.prefecture_id.map(UnitId),
            municipal: row.municipal_id.map(UnitId),
            code: row.code,
            name: Name { ja: row.name, kana: row.name_kana, en: row.name_en },
            opened_on: row.opened_on,
            closed_on: row.closed_on,
            merged_into: row.merged_into.map(UnitId),
        })
    }
}

fn read(rows: Vec<UnitRow>) -> Result<Vec<Unit>, StoreError> {
    rows.into_iter().map(Unit::try_from).collect()
}

pub(crate) async fn units(tx: &Tx, ids: &[UnitId]) -> Result<Vec<Unit>, StoreError> {
    let ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
    read(tx.all(&format!("SELECT {UNIT} FROM units u WHERE u.id = ANY ($1)"), [ids.into()]).await?)
}

/// Holds the unit until the transaction ends, so that two people do not move it at once.
pub(crate) async fn unit_for_update(tx: &Tx, id: UnitId) -> Result<Option<Unit>, StoreError> {
    tx.one::<UnitRow>(&format!("SELECT {UNIT} FROM units u WHERE u.id = $1 FOR UPDATE"), [id.0.into()])
        .await?
        .map(Unit::try_from)
        .transpose()
}

pub(crate) async fn prefectures(tx: &Tx, federation: FederationId, date: Date) -> Result<Vec<Unit>, StoreError> {
    let sql = format!(
        "SELECT {UNIT} FROM units u WHERE u.federation_id = $1 AND u.level = 'prefectural' AND u.opened_on <= $2 AND (u.closed_on IS NULL OR $2 < u.closed_on)
         ORDER BY u.code NULLS LAST, u.sort_name, u.id"
    );
    read(tx.all(&sql, [federation.0.into(), date.into()]).await?)
}

/// Open units of one level in an area, in the order of their reading, after the unit `after`.
pub(crate) async fn of_area(
    tx: &Tx,
    area: Area,
    level: &'static str,
    date: Date,
    after: Option<UnitId>,
    limit: u64,
) -> Result<Vec<Unit>, StoreError> {
    let (column, id) = match area {
        Area::Prefecture(id) => ("prefecture_id", id),
        Area::Municipality(id) => ("municipal_id", id),
    };
    let mut values: Vec<Value> = vec![id.0.into(), level.into(), date.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let mut sql = format!(
        "SELECT {UNIT} FROM units u WHERE u.{column} = $1 AND u.level = $2 AND u.opened_on <= $3 AND (u.closed_on IS NULL OR $3 < u.closed_on)"
    );
    if let Some(after) = after {
        values.push(after.0.into());
        sql.push_str(" AND (u.sort_name, u.id) > (SELECT a.sort_name, a.id FROM units a WHERE a.id = $5)");
    }
    sql.push_str(" ORDER BY u.sort_name, u.id LIMIT $4");
    read(tx.all(&sql, values).await?)
}

#[derive(FromQueryResult)]
struct HomeRow {
    prefecture_id: Option<i32>,
    municipal_id: Option<i32>,
    from_on: Date,
    until_on: Option<Date>,
}

pub(crate) async fn homes(tx: &Tx, unit: UnitId) -> Result<Vec<Home>, StoreError> {
    // A stretch without a day is a move that was corrected on the same date.
    let sql = "SELECT prefecture_id, municipal_id, from_on, until_on FROM unit_homes WHERE unit_id = $1 AND until_on IS DISTINCT FROM from_on ORDER BY from_on DESC";
    let rows = tx.all::<HomeRow>(sql, [unit.0.into()]).await?;
    let home = |r: HomeRow| Home {
        prefecture: r.prefecture_id.map(UnitId),
        municipal: r.municipal_id.map(UnitId),
        from_on: r.from_on,
        until_on: r.until_on,
    };
    Ok(rows.into_iter().map(home).collect())
}

#[derive(FromQueryResult)]
struct HintRow {
    usual: bool,
    example: String,
}

/// Whether `code` fits the shape in force, and an example of the shape; None without one.
pub(crate) async fn code_shape(tx: &Tx, level: &str, code: &str, date: Date) -> Result<Option<(bool, String)>, StoreError> {
    let sql = "SELECT $2 ~ pattern AS usual, example FROM unit_code_shapes WHERE level = $1 AND from_on <= $3 AND (until_on IS NULL OR $3 < until_on)";
    Ok(tx.one::<HintRow>(sql, [level.into(), code.into(), date.into()]).await?.map(|row| (row.usual, row.example)))
}

#[derive(FromQueryResult)]
struct ContractRow {
    provider_id: i32,
    name: Option<String>,
    name_kana: Option<String>,
    name_en: Option<String>,
    from_on: Date,
    until_on: Option<Date>,
    queues: Vec<i32>,
}

pub(crate) async fn contracts(tx: &Tx, federation: FederationId) -> Result<Vec<Contract>, StoreError> {
    let sql = "SELECT c.provider_id, u.name, u.name_kana, u.name_en, c.from_on, c.until_on,
          ARRAY(SELECT q.queue_id FROM contract_queues q WHERE q.contract_id = c.id ORDER BY q.queue_id) AS queues
        FROM provider_contracts c LEFT JOIN units u ON u.id = c.provider_id WHERE c.federation_id = $1 ORDER BY c.from_on DESC, c.id";
    let rows = tx.all::<ContractRow>(sql, [federation.0.into()]).await?;
    let contract = |r: ContractRow| Contract {
        provider: UnitId(r.provider_id),
        name: r.name.map(|ja| Name { ja, kana: r.name_kana, en: r.name_en }),
        from_on: r.from_on,
        until_on: r.until_on,
        queues: r.queues.into_iter().map(QueueId).collect(),
    };
    Ok(rows.into_iter().map(contract).collect())
}

#[derive(FromQueryResult)]
struct MemberRow {
    id: Uuid,
    person_id: Option<Uuid>,
    number: String,
    registry_number: Option<String>,
    name: String,
    name_kana: Option<String>,
    name_en: Option<String>,
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            id: MemberId(row.id),
            person: row.person_id.map(PersonId),
            number: row.number,
            registry_number: row.registry_number,
            name: Name { ja: row.name, kana: row.name_kana, en: row.name_en },
        }
    }
}

pub(crate) async fn members(tx: &Tx, ids: &[MemberId]) -> Result<Vec<Member>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = "SELECT id, person_id, number, registry_number, name, name_kana, name_en FROM members WHERE id = ANY ($1)";
    Ok(tx.all::<MemberRow>(sql, [ids.into()]).await?.into_iter().map(Member::from).collect())
}

#[derive(FromQueryResult)]
struct RelationRow {
    member_id: Uuid,
    unit_id: i32,
    relation: String,
}

const RELATION: &str =
    "SELECT member_id, unit_id, relation FROM member_institutions WHERE from_on <= $2 AND (until_on IS NULL OR $2 < until_on)";

fn relations(rows: Vec<RelationRow>) -> Result<Vec<(MemberId, UnitId, Relation)>, StoreError> {
    rows.into_iter().map(|r| Ok((MemberId(r.member_id), UnitId(r.unit_id), r.relation.parse().map_err(unknown)?))).collect()
}

pub(crate) async fn relations_of_unit(tx: &Tx, unit: UnitId, date: Date) -> Result<Vec<(MemberId, UnitId, Relation)>, StoreError> {
    relations(tx.all(&format!("{RELATION} AND unit_id = $1"), [unit.0.into(), date.into()]).await?)
}

pub(crate) async fn relations_of_member(tx: &Tx, member: MemberId, date: Date) -> Result<Vec<(MemberId, UnitId, Relation)>, StoreError> {
    relations(tx.all(&format!("{RELATION} AND member_id = $1"), [member.0.into(), date.into()]).await?)
}

#[derive(FromQueryResult)]
struct PeriodRow {
    member_id: Uuid,
    category: String,
    from_on: Date,
    until_on: Option<Date>,
}

pub(crate) async fn periods(tx: &Tx, ids: &[MemberId]) -> Result<Vec<(MemberId, Period)>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = "SELECT member_id, category, from_on, until_on FROM member_periods WHERE member_id = ANY ($1) ORDER BY from_on";
    let rows = tx.all::<PeriodRow>(sql, [ids.into()]).await?;
    let period = |r: PeriodRow| {
        Ok((MemberId(r.member_id), Period { category: r.category.parse().map_err(unknown)?, from_on: r.from_on, until_on: r.until_on }))
    };
    rows.into_iter().map(period).collect()
}

#[derive(FromQueryResult)]
struct CountRow {
    n: i32,
}

/// What a move asks the database to do.
pub(crate) struct MoveRow {
    pub unit: UnitId,
    pub prefecture: UnitId,
    pub municipal: Option<UnitId>,
    pub on: Date,
    pub history: Uuid,
    pub now: OffsetDateTime,
}

/// Returns how many open consultations moved along.
pub(crate) async fn move_unit(tx: &Tx, m: MoveRow) -> Result<i32, StoreError> {
    let values: [Value; 6] =
        [m.unit.0.into(), m.prefecture.0.into(), m.municipal.map(|u| u.0).into(), m.on.into(), m.history.into(), m.now.into()];
    let row = tx.one::<CountRow>("SELECT tenancy_move_unit($1, $2, $3, $4, $5, $6) AS n", values).await?;
    Ok(row.map_or(0, |row| row.n))
}

/// Returns how many institutions moved along.
pub(crate) async fn merge_units(tx: &Tx, old: UnitId, new: UnitId, on: Date, now: OffsetDateTime) -> Result<i32, StoreError> {
    let row =
        tx.one::<CountRow>("SELECT tenancy_merge_units($1, $2, $3, $4) AS n", [old.0.into(), new.0.into(), on.into(), now.into()]).await?;
    Ok(row.map_or(0, |row| row.n))
}

#[derive(FromQueryResult)]
struct DateRow {
    latest: Option<Date>,
}

/// The latest day on which an institution of the municipal association came to where it stands now.
pub(crate) async fn latest_arrival(tx: &Tx, municipal: UnitId) -> Result<Option<Date>, StoreError> {
    let sql = "SELECT max(h.from_on) AS latest FROM unit_homes h JOIN units u ON u.id = h.unit_id WHERE u.municipal_id = $1 AND u.level = 'institution' AND h.until_on IS NULL";
    Ok(tx.one::<DateRow>(sql, [municipal.0.into()]).await?.and_then(|row| row.latest))
}
