//! `./dev bench`: what a page costs and how long people wait, over HTTP against real processes on a database as large as life;
//! figures as text and JSON, a missed target fails the run. Times never stand in ordinary tests: a busy machine is not a defect.
//!
//! `./dev bench [part ..] [consultations] [fewer]`: all parts, and one million beside ten thousand, when nothing is said. A part that
//! misses a target, or breaks, takes no other part's figures away.

mod ask;
mod audit;
mod cpu;
mod load;
mod pages;
mod report;
mod site;
mod soak;
mod wire;
mod yardstick;

use clap::Parser;
use futures::FutureExt;
use portal::scale::Size;
use report::{Bound, Report};
use site::Site;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Starts that are measured; the slowest counts.
const STARTS: usize = 5;

/// What is measured, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// From the start of `serve` to its first answer.
    Start,
    /// CPU per request.
    Pages,
    /// Waits in the large database beside the small one.
    Growth,
    /// Requests per second.
    Throughput,
    /// Memory after the load.
    Memory,
    /// Asking, and the news of it.
    Ask,
    /// Bytes of a first visit.
    Wire,
    /// Writers beside the sealer.
    Audit,
    /// Ten minutes of reading.
    Soak,
}

const PARTS: &[(&str, Part)] = &[
    ("start", Part::Start),
    ("pages", Part::Pages),
    ("growth", Part::Growth),
    ("throughput", Part::Throughput),
    ("memory", Part::Memory),
    ("ask", Part::Ask),
    ("wire", Part::Wire),
    ("audit", Part::Audit),
    ("soak", Part::Soak),
];

/// A part's name, or a number of consultations.
#[derive(Clone, Copy, Debug)]
enum Word {
    Part(Part),
    Number(u32),
}

fn word(text: &str) -> Result<Word, String> {
    let names = || PARTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    match PARTS.iter().find(|(name, _)| *name == text) {
        Some((_, part)) => Ok(Word::Part(*part)),
        None => text.parse().map(Word::Number).map_err(|_| format!("neither a number of consultations nor a part ({})", names())),
    }
}

#[derive(Parser)]
struct Arguments {
    /// Parts (start, pages, growth, throughput, memory, ask, wire, audit, soak; all when none is named), then the consultations of the
    /// large database (1000000) and of the small one (10000).
    #[arg(value_parser = word)]
    words: Vec<Word>,
    /// Seconds of reading in the part `soak`.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(30..))]
    soak: u64,
}

impl Arguments {
    fn parts(&self) -> Vec<(&'static str, Part)> {
        let named = |part| self.words.iter().any(|word| matches!(word, Word::Part(p) if *p == part));
        let all = !PARTS.iter().any(|(_, part)| named(*part));
        PARTS.iter().filter(|(_, part)| all || named(*part)).copied().collect()
    }

    /// Consultations in the large database, and in the small one that it is compared with.
    fn sizes(&self) -> (u32, u32) {
        let mut numbers = self.words.iter().filter_map(|word| if let Word::Number(number) = word { Some(*number) } else { None });
        (numbers.next().unwrap_or(1_000_000), numbers.next().unwrap_or(10_000))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (large, small) = arguments.sizes();
    let mut report = Report::kept_in(::tests::root().join(".local/bench"));
    let site = Site::open(Size::of(large)).await;
    report.note(format!("{large} consultations; {}; no cache of pages or rows in the portal; {}", site.promises().await, machine()));
    let readers = OnceCell::new();
    for (name, part) in arguments.parts() {
        let measured = AssertUnwindSafe(measure(part, &mut report, &site, &readers, small, Duration::from_secs(arguments.soak)));
        if let Err(why) = measured.catch_unwind().await {
            let said = why.downcast_ref::<String>().map(String::as_str).or_else(|| why.downcast_ref::<&str>().copied());
            report.broken(name, said.unwrap_or("it panicked"));
        }
    }
    if report.met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn measure(part: Part, report: &mut Report, site: &Site, readers: &OnceCell<Vec<pages::Readers>>, small: u32, soak: Duration) {
    let readers = || readers.get_or_init(|| pages::readers(site));
    match part {
        Part::Start => start(report, site).await,
        Part::Pages => pages::cost(report, site, readers().await).await,
        Part::Growth => {
            let small = Site::open(Size { one_queue: true, ..Size::of(small) }).await;
            pages::growth(report, site, &small).await;
        }
        Part::Throughput => pages::throughput(report, site, readers().await).await,
        Part::Memory => memory(report, site),
        Part::Ask => ask::measure(report, site).await,
        Part::Wire => wire::measure(report, site).await,
        Part::Audit => audit::measure(report, site).await,
        Part::Soak => soak::measure(report, site, readers().await.iter().map(|(_, readers)| readers.clone()).collect(), soak).await,
    }
}

async fn start(report: &mut Report, site: &Site) {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(site.starts_in().await.as_secs_f64());
    }
    starts.sort_by(f64::total_cmp);
    let beside = format!("migrated database; slowest of {STARTS}, the fastest {:.3} s", starts[0]);
    report.add("start to first answer", starts[STARTS - 1], "s", Some((Bound::AtMost, 1.0)), beside);
}

fn memory(report: &mut Report, site: &Site) {
    let resident = cpu::resident(site.process()) as f64 / 1_048_576.0;
    report.add("memory of `serve` after the load", resident, "MB", Some((Bound::AtMost, 150.0)), "resident");
}

/// What it was measured on.
fn machine() -> String {
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        model.lines().find_map(|line| line.strip_prefix("model name")).map(|name| name.trim_start_matches([' ', '\t', ':']).to_owned());
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{processors} processors ({})", model.unwrap_or_else(|| "unknown".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> (Vec<&'static str>, (u32, u32), u64) {
        let arguments = Arguments::parse_from(std::iter::once("bench").chain(line.split_whitespace()));
        (arguments.parts().into_iter().map(|(name, _)| name).collect(), arguments.sizes(), arguments.soak)
    }

    #[test]
    fn parts_and_sizes_are_words_in_any_order() {
        let all: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(parsed(""), (all.clone(), (1_000_000, 10_000), 600));
        assert_eq!(parsed("20000 2000"), (all, (20_000, 2_000), 600));
        assert_eq!(parsed("soak audit 20000 --soak 60"), (vec!["audit", "soak"], (20_000, 10_000), 60));
        assert!(word("adit").is_err());
    }
}
