//! What the server's processes have worked, as the kernel counts it.

use std::collections::BTreeMap;
use std::time::Duration;

/// Work done so far by the portal, and by each process of the database.
pub struct Work {
    portal: Duration,
    database: BTreeMap<u32, Duration>,
}

impl Work {
    /// Now.
    pub fn look(portal: u32, postmaster: u32) -> Self {
        let children = children(postmaster);
        Self { portal: of(portal), database: children.into_iter().map(|pid| (pid, of(pid))).collect() }
    }

    /// What was done since `before`: by the portal, by the database. A process that ended between is not counted.
    pub fn since(&self, before: &Self) -> (Duration, Duration) {
        let database = self.database.iter().map(|(pid, now)| now.saturating_sub(before.database.get(pid).copied().unwrap_or_default()));
        (self.portal.saturating_sub(before.portal), database.sum())
    }
}

/// Nanoseconds on a processor, of all threads.
fn of(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let spent = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(tasks.filter_map(spent).sum())
}

fn children(pid: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Memory that is the process's in RAM, in bytes.
pub fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the portal runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).expect("kilobytes") * 1_024
}
