//! Figures with their targets, as text and JSON.

use serde_json::json;

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

#[derive(Default)]
pub struct Report(Vec<Figure>);

impl Report {
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
        self.0.push(figure);
    }

    /// Writes both files; whether every target was met.
    pub fn close(self) -> std::io::Result<bool> {
        let folder = tests::root().join(".local/bench");
        std::fs::create_dir_all(&folder)?;
        let text: String = self.0.iter().map(|f| f.line() + "\n").collect();
        let figures: Vec<_> = self.0.iter().map(|f| json!({"what": f.what, "value": f.value, "unit": f.unit, "target": f.target.map(|(_, t)| t), "met": f.met(), "beside": f.beside})).collect();
        std::fs::write(folder.join("figures.txt"), &text)?;
        std::fs::write(folder.join("figures.json"), json!({ "figures": figures }).to_string())?;
        Ok(self.0.iter().all(Figure::met))
    }
}

impl Figure {
    fn met(&self) -> bool {
        match self.target {
            None => true,
            Some((Bound::AtMost, target)) => self.value <= target,
            Some((Bound::AtLeast, target)) => self.value >= target,
        }
    }

    fn line(&self) -> String {
        let verdict = if self.target.is_none() {
            "    "
        } else if self.met() {
            "ok  "
        } else {
            "MISS"
        };
        let target = match self.target {
            None => String::new(),
            Some((Bound::AtMost, target)) => format!("at most {target}"),
            Some((Bound::AtLeast, target)) => format!("at least {target}"),
        };
        format!("{verdict} {:<58} {:>10.3} {:<9} {:<16} {}", self.what, self.value, self.unit, target, self.beside)
    }
}
