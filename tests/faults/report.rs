//! What was tried, what was seen, and whether that is what was promised.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;

/// One trial.
pub struct Report {
    title: &'static str,
    lines: Vec<String>,
    faults: Vec<String>,
    took: Duration,
}

impl Report {
    fn new(title: &'static str) -> Self {
        Self { title, lines: Vec::new(), faults: Vec::new(), took: Duration::ZERO }
    }

    /// What was done.
    pub fn did(&mut self, what: impl AsRef<str>) {
        self.lines.push(format!("did   {}", what.as_ref()));
    }

    /// What was seen.
    pub fn saw(&mut self, what: impl AsRef<str>) {
        self.lines.push(format!("saw   {}", what.as_ref()));
    }

    /// A promise, and whether it was kept.
    pub fn holds(&mut self, kept: bool, promise: impl AsRef<str>) {
        let promise = promise.as_ref();
        self.lines.push(format!("{} {promise}", if kept { "holds" } else { "FAILS" }));
        if !kept {
            self.faults.push(promise.to_owned());
        }
    }

    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn print(&self) {
        let verdict = if self.is_good() { "ok" } else { "FAILED" };
        println!("── {}: {verdict} in {:.1} s", self.title, self.took.as_secs_f64());
        for line in &self.lines {
            println!("   {line}");
        }
        println!();
    }
}

/// Makes one trial and prints it. One that cannot be made to its end has failed, and so has one that takes too long.
pub async fn trial<F>(title: &'static str, patience: Duration, trial: impl FnOnce(Report) -> F) -> Report
where
    F: Future<Output = (Report, anyhow::Result<()>)>,
{
    let began = Instant::now();
    let outcome = tokio::time::timeout(patience, AssertUnwindSafe(trial(Report::new(title))).catch_unwind()).await;
    let mut report = match outcome {
        Ok(Ok((report, Ok(())))) => report,
        Ok(Ok((mut report, Err(error)))) => {
            report.holds(false, format!("made to its end: {error:#}"));
            report
        }
        Ok(Err(_)) => broken(title, "made to its end: a panic, its words stand above"),
        Err(_) => broken(title, &format!("made to its end within {} s", patience.as_secs())),
    };
    report.took = began.elapsed();
    report.print();
    report
}

fn broken(title: &'static str, why: &str) -> Report {
    let mut report = Report::new(title);
    report.holds(false, why);
    report
}

/// The table at the end; whether all is well.
pub fn summary(reports: &[Report]) -> bool {
    println!("Summary");
    for report in reports {
        let verdict = if report.is_good() { "ok    " } else { "FAILED" };
        println!("  {verdict} {:>6.1} s  {}", report.took.as_secs_f64(), report.title);
        for fault in &report.faults {
            println!("                   ✗ {fault}");
        }
    }
    let good = reports.iter().filter(|report| report.is_good()).count();
    println!("  {good} of {} trials as promised", reports.len());
    good == reports.len()
}
