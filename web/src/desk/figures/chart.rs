//! The bars of a year, laid out on the server. Units are those of the picture (480 by 220), not pixels.

use super::cell;
use crate::desk::pages::Cell;
use crate::phrase;
use crate::words::Phrase;
use ::desk::disclosure::Shown;
use serde::Serialize;
use time::Date;

const LEFT: u32 = 36;
const SLOT: u32 = 37;
const BAR: u32 = 24;
const BOTTOM: u32 = 192;
const HEIGHT: u32 = 168;
/// Height of a bar that is not shown: the same for all of them.
const HIDDEN: u32 = 18;
const LINES: u32 = 4;

/// One month.
#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Middle, for the words.
    pub middle: u32,
    /// Where its number stands.
    pub above: u32,
    /// Its month, in short.
    pub month: Phrase,
    /// Its month, as narrow as it can be said.
    pub tight: Phrase,
    /// Its number.
    pub cell: Cell,
}

/// A line of the scale.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Height.
    pub y: u32,
    /// Number.
    pub n: u32,
}

/// A year of bars.
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    /// Lines of the scale, from nothing upwards.
    pub lines: Vec<Line>,
    /// Months.
    pub bars: Vec<Bar>,
    /// A month's number is not shown.
    pub hides: bool,
}

/// The next round number: 1, 2 or 5 with zeros.
pub(super) fn even(n: u32) -> u32 {
    let mut ten = 1;
    loop {
        if let Some(round) = [1, 2, 5].into_iter().map(|k| k * ten).find(|round| *round >= n) {
            return round;
        }
        ten *= 10;
    }
}

impl Chart {
    /// From what may be shown; the scale ends above the largest of it.
    pub fn of(months: &[Date], shown: &[Shown]) -> Self {
        let most = shown.iter().filter_map(|s| s.count()).max().unwrap_or(0);
        let step = even(most.div_ceil(LINES).max(1));
        let lines = most.div_ceil(step).max(1);
        let height = |n: u32| (u64::from(n) * u64::from(HEIGHT) / u64::from(step * lines)) as u32;
        let bar = |(n, (month, shown)): (usize, (&Date, &Shown))| {
            let x = LEFT + n as u32 * SLOT;
            let height = shown.count().map_or(HIDDEN, height);
            let y = BOTTOM - height;
            let number = u8::from(month.month());
            let (month, tight) = (phrase!("desk-figures-month-short", month = number), phrase!("desk-figures-month-tight", month = number));
            Bar { x: x + (SLOT - BAR) / 2, y, width: BAR, height, middle: x + SLOT / 2, above: y - 4, month, tight, cell: cell(*shown) }
        };
        Self {
            lines: (0..=lines).map(|n| Line { y: BOTTOM - height(n * step), n: n * step }).collect(),
            hides: shown.iter().any(|s| s.count().is_none()),
            bars: months.iter().zip(shown).enumerate().map(bar).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn hidden_bars_are_all_alike_and_the_scale_holds_the_largest() {
        let months = [date!(2026 - 04 - 01), date!(2026 - 05 - 01), date!(2026 - 06 - 01), date!(2026 - 07 - 01)];
        let chart = Chart::of(&months, &[Shown::Count(38), Shown::Small, Shown::Withheld, Shown::Count(0)]);
        assert_eq!(chart.lines.iter().map(|l| l.n).collect::<Vec<_>>(), [0, 10, 20, 30, 40]);
        assert_eq!(chart.bars[1].height, chart.bars[2].height);
        assert_eq!(chart.bars[3].height, 0);
        assert!(chart.bars[0].y >= BOTTOM - HEIGHT && chart.bars[0].height > 150);
    }

    #[test]
    fn round_numbers_are_round() {
        assert_eq!([0, 1, 3, 5, 6, 11, 250, 251].map(even), [1, 1, 5, 5, 10, 20, 500, 500]);
    }
}
