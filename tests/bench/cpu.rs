//! What the server's processes have worked, as the kernel counts it.

use std::collections::BTreeMap;
use std::time::Duration;

/// Work done so far by the portal, by each process of the database that serves it, and by each that serves the database itself (writer,
/// checkpointer, log, autovacuum). The bench's own connections are in neither.
pub struct Work {
    portal: Duration,
    serving: BTreeMap<u32, Duration>,
    background: BTreeMap<u32, Duration>,
}

/// Work between two looks.
#[derive(Clone, Copy, Default)]
pub struct Spent {
    pub portal: Duration,
    /// Processes that serve the portal.
    pub serving: Duration,
    /// The database's own.
    pub background: Duration,
    /// A process ended or an autovacuum worker came meanwhile: what it did is not known, or was not the page's doing.
    pub disturbed: bool,
}

impl Spent {
    /// All of it: nothing that the server did while pages were asked for is left out.
    pub fn whole(&self) -> Duration {
        self.portal + self.serving + self.background
    }
}

impl Work {
    /// Now.
    pub fn look(portal: u32, postmaster: u32) -> Self {
        let mut work = Self { portal: of(portal), serving: BTreeMap::new(), background: BTreeMap::new() };
        for pid in children(postmaster) {
            let title = title(pid);
            if title.starts_with("postgres: portal_app ") {
                work.serving.insert(pid, of(pid));
            } else if !title.contains('(') {
                work.background.insert(pid, of(pid));
            }
        }
        work
    }

    /// What was done since `before`.
    pub fn since(&self, before: &Self) -> Spent {
        let grown = |now: &BTreeMap<u32, Duration>, then: &BTreeMap<u32, Duration>| {
            now.iter().map(|(pid, now)| now.saturating_sub(then.get(pid).copied().unwrap_or_default())).sum()
        };
        let gone = |now: &BTreeMap<u32, Duration>, then: &BTreeMap<u32, Duration>| then.keys().any(|pid| !now.contains_key(pid));
        let came = self.background.keys().any(|pid| !before.background.contains_key(pid));
        Spent {
            portal: self.portal.saturating_sub(before.portal),
            serving: grown(&self.serving, &before.serving),
            background: grown(&self.background, &before.background),
            disturbed: came || gone(&self.serving, &before.serving) || gone(&self.background, &before.background),
        }
    }
}

/// Nanoseconds on a processor, of all threads.
pub fn of(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let spent = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(tasks.filter_map(spent).sum())
}

/// What a process of PostgreSQL calls itself: `postgres: checkpointer`, `postgres: role database 127.0.0.1(34974)`.
fn title(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default().replace('\0', " ")
}

fn children(pid: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Memory that is the process's in RAM, in bytes.
pub fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the portal runs");
    status.lines().find_map(|line| kilobytes(line, "VmRSS:")).expect("VmRSS") * 1_024
}

/// Memory that the process maps in huge pages (2 MB or more), in bytes, touched or not.
pub fn huge_pages(pid: u32) -> u64 {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/smaps")).expect("the server runs on this machine");
    let (mut size, mut huge) = (0, 0);
    for line in maps.lines() {
        size = kilobytes(line, "Size:").unwrap_or(size);
        if kilobytes(line, "KernelPageSize:").is_some_and(|page| page >= 2_048) {
            huge += size * 1_024;
        }
    }
    huge
}

fn kilobytes(line: &str, field: &str) -> Option<u64> {
    line.strip_prefix(field)?.split_whitespace().next()?.parse().ok()
}
