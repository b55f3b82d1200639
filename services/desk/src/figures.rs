//! An area's figures as they may be shown: raw counts never leave this room.

use crate::disclosure::{Shown, Threshold};
use crate::model::State;
use crate::rows::figures::FigureRow;
use kernel::{FiscalYear, Level};
use std::collections::BTreeMap;
use store::StoreError;
use time::{Date, Month, OffsetDateTime};

/// The figures of one area in a fiscal year, counted by the month in which a consultation began and by the area that it came from.
/// Parts are None where the total is too small to be broken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// By which they may be shown, on the day of the view.
    pub threshold: Threshold,
    /// All of them.
    pub total: Shown,
    /// First days of the months, April first, none that has not begun.
    pub months: Vec<Date>,
    /// Beside `months`.
    pub by_month: Option<Vec<Shown>>,
    /// Codes of the categories that were asked for or counted.
    pub categories: Vec<String>,
    /// Beside `categories`.
    pub by_category: Option<Vec<Shown>>,
    /// Beside `State::ALL`.
    pub by_state: Option<Vec<Shown>>,
    /// The areas below; None for a municipality.
    pub areas: Option<AreaFigures>,
    /// Up to when the published numbers are counted; None before the first ones.
    pub counted_at: Option<OffsetDateTime>,
    /// The first fiscal year that there is anything of.
    pub first_year: Option<FiscalYear>,
}

/// The areas below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaFigures {
    /// Areas in the order of their code (prefectures) or reading (municipalities).
    pub rows: Vec<AreaRow>,
    /// Beside `rows`, and one more for what came from no area below (the association's own office, a clinic of no municipality).
    pub counts: Option<Vec<Shown>>,
}

/// An area below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaRow {
    /// Its association.
    pub unit: i32,
    /// Code of a prefecture (`01` to `47`), reading of a municipality.
    pub key: String,
    /// Name, in short where it has a short one.
    pub name: String,
    /// The same in English.
    pub name_en: Option<String>,
    /// Whether the association is there today; one that was merged keeps its past.
    pub open: bool,
}

/// The months of a fiscal year as `[first, one after the last)`.
pub(crate) fn span(year: FiscalYear) -> Result<[Date; 2], StoreError> {
    let april = |year| Date::from_calendar_date(year, Month::April, 1).map_err(|error| StoreError::Internal(error.to_string()));
    Ok([april(year.0)?, april(year.0 + 1)?])
}

/// The first days of a fiscal year's months, up to the one of `today`.
fn months(year: FiscalYear, today: Date) -> Vec<Date> {
    let month = |n: u8| Date::from_calendar_date(year.0 + i32::from(n > 12), Month::try_from((n - 1) % 12 + 1).ok()?, 1).ok();
    (4..=15).filter_map(month).filter(|first| *first <= today).collect()
}

/// The threshold among the rollup's answer.
fn threshold(rows: &[FigureRow]) -> Result<Threshold, StoreError> {
    let least = rows.iter().find(|row| row.kind == "least").and_then(|row| u32::try_from(row.count).ok());
    least.and_then(Threshold::new).ok_or_else(|| StoreError::Internal("no row of figure_thresholds is in force".into()))
}

impl Figures {
    /// From the rollup's answer. `known` are the categories that are listed even where nothing was counted. Without a threshold nothing
    /// may be shown: an error.
    pub(crate) fn of(rows: Vec<FigureRow>, level: Level, year: FiscalYear, today: Date, known: &[String]) -> Result<Self, StoreError> {
        let threshold = threshold(&rows)?;
        let months = months(year, today);
        let (mut by_month, mut by_category, mut by_state) = (vec![0; months.len()], BTreeMap::new(), BTreeMap::new());
        let (mut areas, mut counted_at, mut first_year) = (Vec::new(), None, None);
        for row in rows {
            // A count below nothing is one that the next recount mends.
            let count = u32::try_from(row.count).unwrap_or(0);
            match (row.kind.as_str(), row.key, row.month) {
                ("month", _, Some(month)) => {
                    if let Some(n) = months.iter().position(|m| *m == month) {
                        by_month[n] = count;
                    }
                }
                ("category", Some(code), _) => drop(by_category.insert(code, count)),
                ("state", Some(word), _) => drop(by_state.insert(word, count)),
                ("published", ..) => counted_at = row.at,
                ("first", _, month) => first_year = month.map(FiscalYear::of),
                ("area", key, _) => {
                    let key = key.unwrap_or_default();
                    let area = AreaRow {
                        unit: row.unit.unwrap_or_default(),
                        key,
                        name: row.name.unwrap_or_default(),
                        name_en: row.name_en,
                        open: row.open,
                    };
                    areas.push((area, count));
                }
                _ => {}
            }
        }
        let total = by_month.iter().sum();
        // In the order in which staff know them; one that is in force no more comes last, where it was counted.
        let mut categories = known.to_vec();
        categories.extend(by_category.iter().filter(|(code, n)| **n > 0 && !known.contains(code)).map(|(code, _)| code.clone()));
        let counts: Vec<u32> = categories.iter().map(|code| by_category.get(code).copied().unwrap_or(0)).collect();
        let states: Vec<u32> = State::ALL.iter().map(|state| by_state.get(state.word()).copied().unwrap_or(0)).collect();
        Ok(Self {
            threshold,
            total: threshold.total(total),
            by_month: threshold.parts(total, &by_month),
            months,
            by_category: threshold.parts(total, &counts),
            categories,
            by_state: threshold.parts(total, &states),
            areas: (level != Level::Municipal).then(|| AreaFigures::of(areas, total, threshold)),
            counted_at,
            first_year,
        })
    }
}

impl AreaFigures {
    fn of(mut areas: Vec<(AreaRow, u32)>, total: u32, threshold: Threshold) -> Self {
        areas.retain(|(area, count)| area.open || *count > 0);
        areas.sort_by(|(a, _), (b, _)| (&a.key, a.unit).cmp(&(&b.key, b.unit)));
        let mut counts: Vec<u32> = areas.iter().map(|(_, count)| *count).collect();
        counts.push(total.saturating_sub(counts.iter().sum()));
        Self { rows: areas.into_iter().map(|(area, _)| area).collect(), counts: threshold.parts(total, &counts) }
    }
}
