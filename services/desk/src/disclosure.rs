//! What may be said of small numbers. An area's officers see counts, and a count of one to four can point at a clinic: with a threshold
//! of 5 such a cell is shown as "under 5", and others are withheld so that no total gives it away (`consultation.md` section 8, point 6).
//!
//! Guarantee: somebody who knows the total, all tables of one page and these rules finds at least two values for each hidden number;
//! not more than two, and not equally likely ones. It is tried, not proved: all tables of up to 10 cells and all of up to 11 hidden ones
//! that `tests` bounds, and larger ones by adding up. Tables of a page share their total and nothing else, so each is safe by itself;
//! every reader has one area, and the tables below it are on its own page. What a reader knows already (the cases of an own clinic),
//! the pages of other days and those of other areas are not in it.

/// Up to which count nothing is shown: a dated row of `figure_thresholds` says it, and this is what that row says on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(u32);

/// A number as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// As it is; zero too.
    Count(u32),
    /// From 1 to one less than the [`Threshold`].
    Small,
    /// Large enough, but it would tell of a small one.
    Withheld,
}

impl Shown {
    /// The number, where it is shown.
    pub fn count(self) -> Option<u32> {
        match self {
            Self::Count(n) => Some(n),
            Self::Small | Self::Withheld => None,
        }
    }
}

impl Threshold {
    /// Below this a hidden cell would have a single possible value, and hiding would say it. The table has the same floor.
    pub const FLOOR: u32 = 3;
    /// What a threshold may be at most; beyond it the figures would say nothing. The table has the same ceiling.
    pub const CEILING: u32 = 100;
    /// How far within its bounds a hidden sum must lie. One is too little: the rule withholds no more than it must, so whoever tries it on
    /// what the sum allows excludes the tables that it would have hidden otherwise (`8, 4, 6, 6, 6, 6`: the small one was always 4).
    const MARGIN: u32 = 2;

    /// Counts from 1 to one less than `least` are not shown. None beyond [`Self::FLOOR`] and [`Self::CEILING`].
    pub const fn new(least: u32) -> Option<Self> {
        if least < Self::FLOOR || least > Self::CEILING { None } else { Some(Self(least)) }
    }

    /// The least count above zero that is shown.
    pub fn least(self) -> u32 {
        self.0
    }

    /// A total as it may be shown.
    pub fn total(self, whole: u32) -> Shown {
        if self.is_small(whole) { Shown::Small } else { Shown::Count(whole) }
    }

    /// The parts of a total as they may be shown; None where no part may. Parts that do not add up to the total are not shown either.
    pub fn parts(self, whole: u32, cells: &[u32]) -> Option<Vec<Shown>> {
        if cells.iter().sum::<u32>() != whole || self.is_small(whole) {
            return None;
        }
        if !cells.iter().any(|&n| self.is_small(n)) {
            return Some(cells.iter().map(|&n| Shown::Count(n)).collect());
        }
        let sparse = !cells.contains(&0) && whole <= (self.0 - 1) * cells.len() as u32;
        if whole < self.least_to_break_down() || sparse {
            return None;
        }
        let limit = self.withheld_up_to(cells)?;
        let shown = |&n: &u32| match n {
            n if self.is_small(n) => Shown::Small,
            n if n >= self.0 && n <= limit => Shown::Withheld,
            n => Shown::Count(n),
        };
        Some(cells.iter().map(shown).collect())
    }

    fn is_small(self, n: u32) -> bool {
        (1..self.0).contains(&n)
    }

    /// Below so many in all a table with a small cell would say little that is not hidden, and what it hid could be guessed.
    fn least_to_break_down(self) -> u32 {
        3 * self.0
    }

    /// Up to which size cells are withheld beside the small ones: the smallest size that leaves every hidden cell more than one possible
    /// value; None when none does. Some are withheld wherever there are any, needed or not: whether they were needed would tell how the
    /// small ones lie.
    fn withheld_up_to(self, cells: &[u32]) -> Option<u32> {
        let small: Vec<u32> = cells.iter().copied().filter(|&n| self.is_small(n)).collect();
        let mut sizes: Vec<u32> = cells.iter().copied().filter(|&n| n >= self.0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.is_empty() {
            return self.is_open(&small, &[], None).then_some(0);
        }
        (0..sizes.len()).map(|n| (sizes[n], sizes.get(n + 1))).find_map(|(limit, next)| {
            let withheld: Vec<u32> = cells.iter().copied().filter(|n| (self.0..=limit).contains(n)).collect();
            // All of a size are withheld together: whoever knows the rule knows that a withheld cell is below the least that is shown.
            self.is_open(&small, &withheld, next.map(|next| next - 1)).then_some(limit)
        })
    }

    /// Whether the sum of what is hidden, which everybody can work out, lies [`Self::MARGIN`] or more within the least and the most that
    /// it could be. Then each cell can be more or less, at another's cost. `most` is the most that a withheld cell can be.
    fn is_open(self, small: &[u32], withheld: &[u32], most: Option<u32>) -> bool {
        let (n, k) = (small.len() as u32, withheld.len() as u32);
        let sum: u32 = small.iter().chain(withheld).sum();
        let above = sum >= n + self.0 * k + Self::MARGIN;
        let up_to = |most: u32| sum + Self::MARGIN <= (self.0 - 1) * n + most * k;
        match most {
            _ if k == 0 => n > 1 && above && up_to(0),
            None => above,
            Some(most) => most > self.0 && above && up_to(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shown::{Count, Small, Withheld};
    use super::*;
    use std::collections::HashMap;

    /// Numbers below 128, a bit each: millions of tables are looked at.
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    struct Numbers(u128);

    impl Numbers {
        fn add(&mut self, n: u32) {
            assert!(n < 128, "{n} has no bit here");
            self.0 |= 1 << n;
        }
        fn len(self) -> u32 {
            self.0.count_ones()
        }
        fn has(self, n: u32) -> bool {
            self.0 & 1 << n != 0
        }
    }

    impl std::fmt::Debug for Numbers {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_set().entries((0..128).filter(|n| self.has(*n))).finish()
        }
    }

    /// Shows every table of so many cells with a total.
    fn each_table(cells: usize, whole: u32, begun: &mut Vec<u32>, show: &mut impl FnMut(&[u32])) {
        let firsts = if cells == 1 { whole..=whole } else { 0..=whole };
        for first in firsts {
            begun.push(first);
            if cells == 1 {
                show(begun)
            } else {
                each_table(cells - 1, whole - first, begun, show)
            }
            begun.pop();
        }
    }

    type Published = Option<Vec<Shown>>;

    fn five() -> Threshold {
        Threshold::new(5).expect("threshold")
    }

    /// The attacker knows the rules: of all tables that would be published exactly like this one, what can a hidden cell be?
    fn what_hidden_cells_can_be(threshold: Threshold, cells: usize, whole: u32) -> HashMap<Published, Vec<Numbers>> {
        let mut alike: HashMap<Published, Vec<Numbers>> = HashMap::new();
        each_table(cells, whole, &mut Vec::new(), &mut |table| {
            let values = alike.entry(threshold.parts(whole, table)).or_insert_with(|| vec![Numbers::default(); cells]);
            values.iter_mut().zip(table).for_each(|(values, n)| values.add(*n));
        });
        alike
    }

    /// What is shown has one value; what is hidden must have more.
    fn is_hidden(shown: &Published, n: usize) -> bool {
        shown.as_ref().is_none_or(|shown| shown[n].count().is_none())
    }

    #[test]
    fn whoever_knows_the_rules_and_the_total_cannot_work_a_hidden_cell_out() {
        for threshold in (Threshold::FLOOR..=8).filter_map(Threshold::new) {
            for (cells, most) in [(2, 8), (3, 6), (4, 5), (5, 4)] {
                for whole in threshold.least()..=most * threshold.least() {
                    for (shown, values) in what_hidden_cells_can_be(threshold, cells, whole) {
                        let open = (0..cells).all(|n| !is_hidden(&shown, n) || values[n].len() > 1);
                        assert!(open, "{threshold:?} {whole} in {shown:?}: {values:?}");
                    }
                }
            }
        }
    }

    /// Shows every table of so many cells with a total, smallest cell first: the rules do not look at the order.
    fn each_sorted_table(cells: usize, least: u32, whole: u32, begun: &mut Vec<u32>, show: &mut impl FnMut(&[u32])) {
        let firsts = if cells == 1 { whole..=whole } else { least..=whole / cells as u32 };
        for first in firsts {
            begun.push(first);
            if cells == 1 {
                show(begun)
            } else {
                each_sorted_table(cells - 1, first, whole - first, begun, show)
            }
            begun.pop();
        }
    }

    /// What the hidden cells of tables that are published alike can be: in tables that are not shown at all, small ones, withheld ones.
    type Marks = [Numbers; 3];

    /// What each kind of hidden cell can be, in all tables that are published alike.
    fn what_marks_can_be(threshold: Threshold, cells: usize, whole: u32) -> HashMap<Published, Marks> {
        let mut alike: HashMap<Published, Marks> = HashMap::new();
        each_sorted_table(cells, 0, whole, &mut Vec::new(), &mut |table| {
            let shown = threshold.parts(whole, table);
            let kinds: Vec<Option<usize>> = match &shown {
                None => vec![Some(0); cells],
                Some(shown) => shown.iter().map(|mark| [Small, Withheld].iter().position(|kind| kind == mark).map(|n| n + 1)).collect(),
            };
            let marks = alike.entry(shown).or_default();
            kinds.into_iter().zip(table).for_each(|(kind, cell)| kind.into_iter().for_each(|kind| marks[kind].add(*cell)));
        });
        alike
    }

    #[test]
    fn nor_in_tables_of_up_to_ten_cells() {
        for (least, most) in [(3, 28), (4, 36), (5, 44), (6, 40)] {
            let threshold = Threshold::new(least).expect("threshold");
            for (cells, whole) in (6..=10).flat_map(|cells| (least..=most).map(move |whole| (cells, whole))) {
                for (shown, marks) in what_marks_can_be(threshold, cells, whole) {
                    assert!(marks.iter().all(|values| values.len() != 1), "{least}: {whole} in {shown:?}: {marks:?}");
                }
            }
        }
        // One table of 35,960 was left for this one, when the hidden sum lay only just within its bounds.
        let marks = what_marks_can_be(five(), 8, 36);
        let shown = five().parts(36, &[0, 0, 4, 6, 6, 6, 6, 8]);
        assert!(shown.is_none() || marks[&shown][1].len() > 1, "{shown:?}: {:?}", marks[&shown]);
    }

    /// What small and withheld cells can be, by the sum of all of them.
    type Sums = HashMap<u32, [Numbers; 2]>;

    /// Adds what the cells can be to what is known of their sum, if the rule withholds exactly those that are `withheld`.
    fn note(threshold: Threshold, small: &[u32], withheld: &[u32], next: Option<u32>, sums: &mut Sums) {
        let cells = [small, withheld, next.as_slice()].concat();
        if threshold.withheld_up_to(&cells) == Some(withheld.last().copied().unwrap_or(0)) {
            let [smalls, others] = sums.entry(small.iter().chain(withheld).sum()).or_default();
            small.iter().for_each(|n| smalls.add(*n));
            withheld.iter().for_each(|n| others.add(*n));
        }
    }

    #[test]
    fn nor_among_up_to_eleven_hidden_cells_whatever_is_shown_beside_them() {
        // Of what is shown the rule looks at the least one alone. Without one a withheld cell has no bound: up to `FAR` are tried.
        const FAR: u32 = 5;
        for threshold in (Threshold::FLOOR..=8).filter_map(Threshold::new) {
            let least = threshold.least();
            for (n, k) in (1..=10).flat_map(|n| (0..=11 - n).map(move |k| (n, k))) {
                let smalls: Vec<Vec<u32>> = (n..=n * (least - 1)).map(|sum| evenly(n, sum)).collect();
                let nexts = std::iter::once(None).chain((least + 1..=least + FAR).map(Some).filter(|_| k > 0));
                for next in nexts {
                    let mut sums = Sums::new();
                    let hidden = multisets(k, least, next.map_or(least + FAR, |next| next - 1));
                    for (small, withheld) in smalls.iter().flat_map(|s| hidden.iter().map(move |w| (s, w))) {
                        note(threshold, small, withheld, next, &mut sums);
                    }
                    sums.retain(|sum, _| next.is_some() || k == 0 || *sum <= n + least * k + FAR);
                    for (sum, [small, withheld]) in sums {
                        // What is spread evenly over two and more could lie otherwise as well, unless it is the least or the most.
                        let spread = n > 1 && small.len() == 1 && !small.has(1) && !small.has(least - 1);
                        let open = (small.len() > 1 || spread) && (k == 0 || withheld.len() > 1);
                        assert!(open, "{threshold:?}: {n} and {k} below {next:?}, together {sum}: {small:?} {withheld:?}");
                    }
                }
            }
        }
    }

    /// So many cells with a sum, as like as they can be: the rule looks at no more of small cells than that.
    fn evenly(cells: u32, sum: u32) -> Vec<u32> {
        (0..cells).map(|n| (sum + n) / cells).collect()
    }

    /// Every choice of so many cells between two sizes, smallest first.
    fn multisets(cells: u32, least: u32, most: u32) -> Vec<Vec<u32>> {
        if cells == 0 {
            return vec![vec![]];
        }
        let with = |first: u32| multisets(cells - 1, first, most).into_iter().map(move |rest| [vec![first], rest].concat());
        (least..=most).flat_map(with).collect()
    }

    /// Least and most that each hidden cell can be by the marks, the total and what is shown; by adding up, not by the rules.
    fn bounds(threshold: Threshold, whole: u32, shown: &[Shown]) -> Vec<(u32, u32)> {
        let left = whole - shown.iter().filter_map(|s| s.count()).sum::<u32>();
        let range = |s: &Shown| match s {
            Count(_) => (0, 0),
            Small => (1, threshold.least() - 1),
            Withheld => (threshold.least(), left),
        };
        let (least, most) = shown.iter().map(range).fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        let cell = |s: &Shown| {
            let (low, high) = range(s);
            (low.max((left + high).saturating_sub(most)), high.min(left + low - least))
        };
        shown.iter().filter(|s| s.count().is_none()).map(cell).collect()
    }

    #[test]
    fn large_tables_leave_every_hidden_cell_a_range() {
        let mut seed = 7_u64;
        let mut dice = |below: u32| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 33) as u32) % below
        };
        let mut hid = 0;
        for _ in 0..20_000 {
            let threshold = Threshold::new(Threshold::FLOOR + dice(10)).expect("threshold");
            let (cells, size) = (2 + dice(46) as usize, 1 + dice(30));
            let table: Vec<u32> = (0..cells).map(|_| if dice(4) == 0 { 0 } else { dice(size + 1) }).collect();
            let whole = table.iter().sum();
            let Some(shown) = threshold.parts(whole, &table) else { continue };
            assert!(table.iter().zip(&shown).all(|(n, s)| s.count().is_none_or(|c| c == *n && !threshold.is_small(c))));
            assert!(table.iter().zip(&shown).all(|(n, s)| *n != 0 || *s == Count(0)), "zero stays zero");
            for (low, high) in bounds(threshold, whole, &shown) {
                assert!(low < high, "{table:?} {shown:?}");
                hid += 1;
            }
        }
        assert!(hid > 50_000, "hardly anything was hidden: {hid}");
    }

    #[test]
    fn what_is_large_or_nothing_is_shown() {
        assert_eq!(five().parts(0, &[0, 0]), Some(vec![Count(0), Count(0)]));
        assert_eq!(five().parts(12, &[5, 0, 7]), Some(vec![Count(5), Count(0), Count(7)]));
        assert_eq!(five().parts(20, &[3, 0, 7, 10]), Some(vec![Small, Count(0), Withheld, Count(10)]));
        assert_eq!([0, 1, 4, 5].map(|n| five().total(n)), [Count(0), Small, Small, Count(5)]);
    }

    #[test]
    fn a_threshold_has_a_floor_and_a_ceiling() {
        assert_eq!([0, 2, 3, 100, 101, u32::MAX].map(|n| Threshold::new(n).is_some()), [false, false, true, true, false, false]);
        let ten = Threshold::new(10).expect("threshold");
        assert_eq!((ten.total(9), ten.total(10)), (Small, Count(10)));
    }

    #[test]
    fn small_totals_and_what_does_not_add_up_are_not_broken_down() {
        assert_eq!(five().parts(3, &[3, 0]), None);
        assert_eq!(five().parts(14, &[4, 10]), None);
        assert_eq!(five().parts(16, &[1, 4, 4, 7]), None, "on average below five, and no zero to tell it from others");
        assert_eq!(five().parts(20, &[10, 9]), None);
    }
}
