//! Figures with their targets, as text and JSON. Both files are written after each figure: a run that is cut off leaves what it has found.

use serde_json::{Value, json};

/// One figure.
pub struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    /// None: told, not judged.
    target: Option<(Bound, f64)>,
    beside: String,
}

#[derive(Clone, Copy)]
pub enum Bound {
    AtMost,
    AtLeast,
}

/// What was found, in the order in which it was.
#[derive(Default)]
pub struct Report {
    figures: Vec<Figure>,
    /// How it was measured.
    notes: Vec<String>,
    /// Where both files go; None: nowhere.
    folder: Option<std::path::PathBuf>,
}

impl Report {
    /// A report that is kept in this folder.
    pub fn kept_in(folder: std::path::PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("a folder for the figures");
        Self { folder: Some(folder), ..Self::default() }
    }

    /// Says how something is measured.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        println!("     {text}");
        self.notes.push(text);
        self.write();
    }

    /// Adds a figure and prints it at once.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        target: Option<(Bound, f64)>,
        beside: impl Into<String>,
    ) {
        let figure = Figure { what: what.into(), value, unit, target, beside: beside.into() };
        println!("{}", figure.line());
        self.figures.push(figure);
        self.write();
    }

    /// A part that ended before its figures were there: as bad as a missed target.
    pub fn broken(&mut self, part: &str, why: &str) {
        self.add(format!("{part}: did not come to its end"), f64::NAN, "", Some((Bound::AtMost, 0.0)), why.replace('\n', " "));
    }

    /// Whether every target was met, of one at least.
    pub fn met(&self) -> bool {
        self.figures.iter().any(|figure| figure.target.is_some()) && self.figures.iter().all(Figure::met)
    }

    fn write(&self) {
        let Some(folder) = &self.folder else { return };
        let text: String =
            self.notes.iter().map(|note| format!("     {note}\n")).chain(self.figures.iter().map(|f| f.line() + "\n")).collect();
        let json = json!({ "met": self.met(), "notes": self.notes, "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>() });
        std::fs::write(folder.join("figures.txt"), text).expect("figures.txt");
        std::fs::write(folder.join("figures.json"), json.to_string()).expect("figures.json");
    }
}

impl Figure {
    /// What is no number meets nothing.
    fn met(&self) -> bool {
        match self.target {
            None => true,
            Some((Bound::AtMost, target)) => self.value <= target,
            Some((Bound::AtLeast, target)) => self.value >= target,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.target, self.met()) {
            (None, _) => "",
            (_, true) => "ok",
            (_, false) => "MISS",
        }
    }

    fn line(&self) -> String {
        let target = match self.target {
            None => String::new(),
            Some((Bound::AtMost, target)) => format!("at most {target}"),
            Some((Bound::AtLeast, target)) => format!("at least {target}"),
        };
        format!("{:<4} {:<62} {:>10.3} {:<9} {:<16} {}", self.verdict(), self.what, self.value, self.unit, target, self.beside)
    }

    fn json(&self) -> Value {
        let target = self.target.map(|(bound, target)| match bound {
            Bound::AtMost => json!({ "at_most": target }),
            Bound::AtLeast => json!({ "at_least": target }),
        });
        json!({ "what": self.what, "value": self.value, "unit": self.unit, "target": target, "verdict": self.verdict(), "beside": self.beside })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_is_named_and_what_comes_after_it_is_there_too() {
        let mut report = Report::default();
        report.add("fast", 0.5, "s", Some((Bound::AtMost, 1.0)), "");
        assert!(report.met());
        report.add("slow", 1.5, "s", Some((Bound::AtMost, 1.0)), "");
        report.broken("memory", "index out of bounds");
        report.add("enough", 7.0, "/s", Some((Bound::AtLeast, 5.0)), "");
        report.add("told", 7.0, "", None, "");
        assert!(!report.met());
        let verdicts: Vec<_> = report.figures.iter().map(|figure| figure.json()["verdict"].clone()).collect();
        assert_eq!(verdicts, ["ok", "MISS", "MISS", "ok", ""]);
        assert!(report.figures[1].line().starts_with("MISS slow"));
        assert_eq!(report.figures[1].json()["target"], json!({ "at_most": 1.0 }));
    }

    #[test]
    fn nothing_measured_is_nothing_met() {
        let mut report = Report::default();
        report.add("told", 7.0, "", None, "");
        assert!(!report.met());
    }
}
