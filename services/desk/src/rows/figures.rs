//! The figures of one area and fiscal year, from the published copy of the rollup: a few hundred small rows, whatever stands behind them.

use kernel::{FederationId, Level, UnitId};
use sea_orm::FromQueryResult;
use store::{StoreError, Tx};
use time::{Date, OffsetDateTime};

/// One number of the statement's answer; `kind` says of what.
#[derive(Debug, FromQueryResult)]
pub(crate) struct FigureRow {
    /// `month`, `category`, `state`, `area`, `published`, `first` or `least`.
    pub kind: String,
    /// Code of a category or of an area, word of a state.
    pub key: Option<String>,
    /// First day of a month.
    pub month: Option<Date>,
    pub unit: Option<i32>,
    pub name: Option<String>,
    pub name_en: Option<String>,
    /// The area is an organisation of today.
    pub open: bool,
    pub count: i64,
    pub at: Option<OffsetDateTime>,
}

/// Everything of a page in one statement: margins of the area, totals of the areas below it, the instant up to which is counted, the
/// first month that there is, the threshold of today (the federation's own before the installation's, the later before the earlier). `from` and `until` are months, the latter excluded.
pub(crate) async fn of(
    tx: &Tx,
    federation: FederationId,
    level: Level,
    unit: UnitId,
    [from, until]: [Date; 2],
) -> Result<Vec<FigureRow>, StoreError> {
    // For what is no association `$2` is the federation itself: each arm names its area by the column that has the index.
    let (own, below) = match level {
        Level::Municipal => ("c.municipal_id = $2", None),
        Level::Prefectural => (
            "c.prefecture_id = $2 AND c.municipal_id IS NULL",
            Some((
                "u.prefecture_id = $2 AND u.level = 'municipal'",
                "c.prefecture_id = $2 AND c.municipal_id = u.id AND c.municipal_id IS NOT NULL",
            )),
        ),
        _ => (
            "c.federation_id = $2 AND c.prefecture_id IS NULL AND c.municipal_id IS NULL",
            Some((
                "u.federation_id = $2 AND u.level = 'prefectural'",
                "c.federation_id = $2 AND c.prefecture_id = u.id AND c.municipal_id IS NULL",
            )),
        ),
    };
    let areas = below.map_or_else(String::new, |(units, counts)| {
        format!(
            " UNION ALL SELECT 'area', u.code, NULL, u.id, coalesce(u.short_name, u.name), coalesce(u.short_name_en, u.name_en), u.closed_on IS NULL OR u.closed_on > $5,
                coalesce((SELECT sum(c.count) FROM desk_counts_published c WHERE {counts} AND c.month >= $3 AND c.month < $4 AND c.category IS NULL AND c.state IS NULL), 0), NULL
              FROM units u WHERE {units}"
        )
    });
    let sql = format!(
        "SELECT CASE WHEN c.category IS NOT NULL THEN 'category' WHEN c.state IS NOT NULL THEN 'state' ELSE 'month' END AS kind, coalesce(c.category, c.state) AS key,
            CASE WHEN c.category IS NULL AND c.state IS NULL THEN c.month END AS month, NULL::int AS unit, NULL::text AS name, NULL::text AS name_en, true AS open,
            sum(c.count)::bigint AS count, NULL::timestamptz AS at
          FROM desk_counts_published c WHERE c.federation_id = $1 AND {own} AND c.month >= $3 AND c.month < $4 GROUP BY 1, 2, 3
         UNION ALL SELECT 'published', NULL, NULL, NULL, NULL, NULL, true, 0, (SELECT r.published_at FROM desk_count_rounds r WHERE r.federation_id = $1)
         UNION ALL SELECT 'first', NULL, (SELECT min(c.month) FROM desk_counts_published c WHERE c.federation_id = $1 AND {own} AND c.category IS NULL AND c.state IS NULL AND c.count > 0),
            NULL, NULL, NULL, true, 0, NULL
         UNION ALL SELECT 'least', NULL, NULL, NULL, NULL, NULL, true, t.least, NULL FROM (SELECT h.least FROM figure_thresholds h
            WHERE (h.federation_id IS NULL OR h.federation_id = $1) AND h.from_on <= $5 ORDER BY h.federation_id NULLS LAST, h.from_on DESC LIMIT 1) t{areas}"
    );
    let of = if matches!(level, Level::Municipal | Level::Prefectural) { unit.0 } else { federation.0 };
    tx.all(&sql, [federation.0.into(), of.into(), from.into(), until.into(), tx.clock().today().into()]).await
}
