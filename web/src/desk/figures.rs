//! `GET /area/figures`: how many consultations an area had, by month, category, state and the areas below it. What is small is not
//! shown, nor what would tell of it; nothing drawn here knows more than what is shown.

mod chart;

use super::lists::{name_of, sees_area};
use super::pages::{AreaTable, Cell, FigureLine, Figures, LegendStep, Tile, YearLink};
use crate::moment::{Day, Moment};
use crate::phrase;
use crate::request::{Answer, Cx, Problem, word};
use crate::words::{Label, Phrase};
use ::desk::disclosure::Shown;
use ::desk::queries::{self, Category};
use ::desk::{AreaFigures, AreaRow, Figures as Counted, State};
use kernel::clock::reiwa_year;
use kernel::{FiscalYear, Level, Locale};
use std::collections::BTreeMap;
use time::{Date, Month};

pub(super) use chart::Chart;

/// Fiscal years that the page offers.
const YEARS: i32 = 8;
/// Steps of the map's one hue.
const STEPS: usize = 5;

/// Column and row of each prefecture on the map of tiles, by code from 01 to 47.
const PLACES: [(u8, u8); 47] = [
    (13, 1),
    (13, 2),
    (13, 3),
    (13, 4),
    (12, 3),
    (12, 4),
    (12, 5),
    (13, 6),
    (12, 6),
    (11, 6),
    (11, 7),
    (13, 7),
    (12, 7),
    (11, 8),
    (11, 5),
    (10, 5),
    (9, 5),
    (8, 6),
    (10, 7),
    (10, 6),
    (9, 6),
    (10, 8),
    (9, 7),
    (9, 8),
    (8, 7),
    (7, 7),
    (7, 8),
    (6, 7),
    (8, 8),
    (8, 9),
    (5, 7),
    (4, 7),
    (5, 8),
    (4, 8),
    (3, 8),
    (6, 10),
    (6, 9),
    (5, 9),
    (5, 10),
    (2, 9),
    (1, 9),
    (1, 10),
    (2, 10),
    (3, 9),
    (3, 10),
    (2, 11),
    (1, 11),
];

/// `GET /area/figures`
pub async fn show(cx: Cx) -> Answer {
    let query = cx.query(&["year"])?;
    let actor = cx.actor();
    if !sees_area(actor) {
        return Err(Problem::Forbidden(phrase!("desk-rule-area")));
    }
    let today = cx.app.clock.today();
    let this = FiscalYear::of(today);
    let year = word::<i32>(&query, "year")?.map_or(this, FiscalYear);
    if !(this.0 - YEARS..=this.0).contains(&year.0) {
        return Err(Problem::NotFound);
    }
    let tx = cx.read().await?;
    let categories = queries::categories(&tx, actor).await?;
    let codes: Vec<String> = categories.iter().map(|c| c.code.clone()).collect();
    let counted = queries::figures(&tx, actor, year, &codes).await?;
    drop(tx);
    let level = match actor.level {
        Level::Municipal | Level::Prefectural => actor.level,
        _ => Level::Federation,
    };
    cx.page(&page(&counted, level, year, this, today, &names(&categories, cx.locale), cx.locale))
}

fn names(categories: &[Category], locale: Locale) -> BTreeMap<String, String> {
    categories.iter().map(|c| (c.code.clone(), name_of(c, locale))).collect()
}

/// The page from what may be shown.
pub(super) fn page(
    counted: &Counted,
    level: Level,
    year: FiscalYear,
    this: FiscalYear,
    today: Date,
    names: &BTreeMap<String, String>,
    locale: Locale,
) -> Figures {
    let months =
        lines(&counted.by_month, counted.months.iter().map(|m| Label::from(phrase!("desk-figures-month", month = u8::from(m.month())))));
    let name = |code: &String| Label::text(names.get(code).unwrap_or(code));
    let categories = lines(&counted.by_category, counted.categories.iter().map(name));
    let states = lines(&counted.by_state, State::ALL.iter().map(|s| Phrase::word("desk-state", s.word()).into()));
    let areas = counted.areas.as_ref().map(|areas| area_table(areas, level, locale));
    let hides = |lines: &Option<Vec<FigureLine>>| lines.iter().flatten().any(|line| line.cell.mark != "count");
    let any_hidden = [&months, &categories, &states].into_iter().any(hides) || areas.as_ref().is_some_and(|a| hides(&a.rows));
    Figures {
        level: level.word(),
        year: year_label(year),
        years: years(counted, year, this),
        from: Day(april(year)),
        until: Day(april(FiscalYear(year.0 + 1)).previous_day().unwrap_or(today).min(today)),
        counted_at: counted.counted_at.map(Moment),
        total: cell(counted.total),
        least: counted.threshold.least(),
        none: counted.total == Shown::Count(0),
        any_hidden,
        top_month: top(&months),
        top_category: top(&categories),
        chart: counted.by_month.as_deref().map(|shown| Chart::of(&counted.months, shown)),
        months,
        categories,
        states,
        areas,
    }
}

fn april(year: FiscalYear) -> Date {
    Date::from_calendar_date(year.0, Month::April, 1).unwrap_or(Date::MIN)
}

fn year_label(year: FiscalYear) -> Phrase {
    match reiwa_year(april(year).replace_day(30).unwrap_or(Date::MIN)) {
        Some(era) => phrase!("desk-figures-year", era = era, year = year.0),
        None => phrase!("desk-figures-year-western", year = year.0),
    }
}

/// The years there is anything of, this one first; and the one that is looked at.
fn years(counted: &Counted, year: FiscalYear, this: FiscalYear) -> Vec<YearLink> {
    let first = counted.first_year.unwrap_or(this).min(year).0.max(this.0 - YEARS);
    let link = |n| YearLink { label: year_label(FiscalYear(n)), href: format!("/area/figures?year={n}"), current: n == year.0 };
    (first..=this.0).rev().map(link).collect()
}

fn cell(shown: Shown) -> Cell {
    match shown {
        Shown::Count(n) => Cell { mark: "count", n },
        Shown::Small => Cell { mark: "small", n: 0 },
        Shown::Withheld => Cell { mark: "withheld", n: 0 },
    }
}

/// One line for each part; None where no part may be shown.
fn lines(shown: &Option<Vec<Shown>>, labels: impl Iterator<Item = Label>) -> Option<Vec<FigureLine>> {
    let shown = shown.as_ref()?;
    let most = most(shown);
    Some(shown.iter().zip(labels).map(|(s, label)| FigureLine { label, href: None, cell: cell(*s), part: part(*s, most) }).collect())
}

fn most(shown: &[Shown]) -> u32 {
    shown.iter().filter_map(|s| s.count()).max().unwrap_or(0)
}

/// Of a hundred: how long the bar is beside the longest.
fn part(shown: Shown, most: u32) -> u32 {
    shown.count().map_or(0, |n| (u64::from(n) * 100).div_ceil(u64::from(most.max(1))) as u32)
}

/// The largest number that is shown, where it is shown.
fn top(lines: &Option<Vec<FigureLine>>) -> Option<FigureLine> {
    lines.iter().flatten().filter(|line| line.cell.n > 0).max_by_key(|line| line.cell.n).cloned()
}

fn area_table(areas: &AreaFigures, level: Level, locale: Locale) -> AreaTable {
    let Some(counts) = &areas.counts else { return AreaTable { rows: None, tiles: vec![], legend: vec![] } };
    let most = most(&counts[..areas.rows.len()]);
    let steps = steps(&counts[..areas.rows.len()]);
    let filter = if level == Level::Prefectural { "municipal" } else { "prefecture" };
    let name = |area: &AreaRow| area.name_en.clone().filter(|_| locale == Locale::En).unwrap_or_else(|| area.name.clone());
    let line = |(area, shown): (&AreaRow, &Shown)| FigureLine {
        label: Label::text(name(area)),
        // Counted by origin, listed by home: an association that was merged has no list any more.
        href: area.open.then(|| format!("/area?{filter}={}", area.unit)),
        cell: cell(*shown),
        part: part(*shown, most),
    };
    let mut rows: Vec<FigureLine> = areas.rows.iter().zip(counts).map(line).collect();
    let tiles = areas.rows.iter().zip(counts).map(|(area, shown)| tile(area, *shown, level, &steps, name(area))).collect();
    // What came from no area below: said only where there is any.
    if let Some(rest) = counts.last().filter(|rest| **rest != Shown::Count(0)) {
        rows.push(FigureLine { label: phrase!("desk-figures-rest").into(), href: None, cell: cell(*rest), part: part(*rest, most) });
    }
    let until = |n: usize| steps.get(n + 1).map(|next| next - 1);
    let legend = steps.iter().enumerate().map(|(n, from)| LegendStep { step: n + 1, from: *from, until: until(n) }).collect();
    AreaTable { rows: Some(rows), tiles, legend }
}

/// Where the steps of the hue begin, from 0: about as many areas in each, at round numbers; fewer steps where areas are alike. Made of
/// what is shown alone.
fn steps(shown: &[Shown]) -> Vec<u32> {
    let mut counts: Vec<u32> = shown.iter().filter_map(|s| s.count()).collect();
    counts.sort_unstable();
    let mut steps = vec![0];
    for n in 1..STEPS {
        let Some(at) = counts.get(n * counts.len() / STEPS) else { break };
        let round = if *at < 100 { 5 } else { chart::even(at / 20) };
        let begin = at.div_ceil(round) * round;
        if steps.last().is_none_or(|last| begin > *last) && counts.last().is_some_and(|most| begin <= *most) {
            steps.push(begin);
        }
    }
    steps
}

fn tile(area: &AreaRow, shown: Shown, level: Level, steps: &[u32], name: String) -> Tile {
    let place = if level == Level::Federation { area.key.parse::<usize>().ok() } else { None };
    let place = place.and_then(|code| PLACES.get(code.checked_sub(1)?)).map(|(c, r)| format!("c{c} r{r}"));
    Tile {
        name,
        cell: cell(shown),
        step: shown.count().map_or(0, |n| steps.iter().filter(|from| **from <= n).count()),
        place: place.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefecture_has_a_place_of_its_own() {
        let places: std::collections::BTreeSet<_> = PLACES.iter().collect();
        assert_eq!(places.len(), 47);
        assert!(PLACES.iter().all(|(c, r)| (1..=13).contains(c) && (1..=11).contains(r)));
    }

    #[test]
    fn steps_part_the_areas_at_round_numbers() {
        let counts: Vec<Shown> = (0..47).map(|n| if n == 12 { Shown::Count(262) } else { Shown::Count(5 + n * 37 % 61) }).collect();
        assert_eq!(steps(&counts), [0, 20, 30, 45, 55]);
        assert_eq!(steps(&[Shown::Small, Shown::Withheld]), [0]);
        assert_eq!(steps(&[Shown::Count(7); 9]), [0]);
        assert_eq!(steps(&[]), [0]);
    }
}
