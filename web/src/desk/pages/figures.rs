//! An area in numbers, as data.

use crate::moment::{Day, Moment};
use crate::page::{Density, Page, Sample};
use crate::words::{Label, Phrase};
use serde::Serialize;

/// A number as it may be shown.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// `count`, `small` or `withheld`.
    pub mark: &'static str,
    /// The number, when it is shown.
    pub n: u32,
}

/// A line of a table of figures.
#[derive(Clone, Debug, Serialize)]
pub struct FigureLine {
    /// Of what.
    pub label: Label,
    /// Where its consultations are listed.
    pub href: Option<String>,
    /// How many.
    pub cell: Cell,
    /// Length of its bar, of a hundred.
    pub part: u32,
}

/// An area on the map.
#[derive(Clone, Debug, Serialize)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// How many.
    pub cell: Cell,
    /// Step of the hue, from 1; 0 when the number is not shown.
    pub step: usize,
    /// Classes of its place; empty where areas stand in a row.
    pub place: String,
}

/// A step of the hue.
#[derive(Clone, Debug, Serialize)]
pub struct LegendStep {
    /// Which, from 1.
    pub step: usize,
    /// Least.
    pub from: u32,
    /// Most; None for the last step.
    pub until: Option<u32>,
}

/// The areas below.
#[derive(Clone, Debug, Serialize)]
pub struct AreaTable {
    /// None where no part may be shown.
    pub rows: Option<Vec<FigureLine>>,
    /// The same as a map, without what came from no area below.
    pub tiles: Vec<Tile>,
    /// The steps of its hue.
    pub legend: Vec<LegendStep>,
}

/// A fiscal year to look at.
#[derive(Clone, Debug, Serialize)]
pub struct YearLink {
    /// Its name.
    pub label: Phrase,
    /// Address.
    pub href: String,
    /// Shown now.
    pub current: bool,
}

/// How many consultations an area had in a fiscal year. Tables are None where the total is too small to be broken down.
#[derive(Serialize)]
pub struct Figures {
    /// Level word of the area.
    pub level: &'static str,
    /// The year.
    pub year: Phrase,
    /// Years to choose from.
    pub years: Vec<YearLink>,
    /// First day.
    pub from: Day,
    /// Last day: today, in a year that is under way.
    pub until: Day,
    /// Up to when it is counted.
    pub counted_at: Option<Moment>,
    /// All of them.
    pub total: Cell,
    /// The least number that is shown beside zero.
    pub least: u32,
    /// There was nothing.
    pub none: bool,
    /// Something in the tables is not shown.
    pub any_hidden: bool,
    /// The month with most.
    pub top_month: Option<FigureLine>,
    /// The category with most.
    pub top_category: Option<FigureLine>,
    /// The months as bars.
    pub chart: Option<crate::desk::figures::Chart>,
    /// By month.
    pub months: Option<Vec<FigureLine>>,
    /// By category.
    pub categories: Option<Vec<FigureLine>>,
    /// By state.
    pub states: Option<Vec<FigureLine>>,
    /// By area; None for a municipality.
    pub areas: Option<AreaTable>,
}

impl Page for Figures {
    const TEMPLATE: &'static str = "desk/figures.html";
    const DENSITY: Density = Density::Dense;
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::figures()
    }
}
