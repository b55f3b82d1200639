//! `portal doctor`: checks every setting and dependency, one line each, and says what is wrong and what mends it. Nothing it
//! prints holds a secret: what is given as an address with a password is named by its setting, host and port.

mod database;
mod rows;
mod services;
mod settings;

use crate::config::{Config, SETTINGS};
use anyhow::bail;
use std::time::Duration;

/// How long one check may take; what is away often does not even refuse.
const PATIENCE: Duration = Duration::from_secs(8);

/// What was found so far.
#[derive(Default)]
struct Findings {
    faults: usize,
}

impl Findings {
    /// One line: fine, or a fault. Returns whether it was fine.
    fn note(&mut self, what: &str, outcome: anyhow::Result<String>) -> bool {
        match outcome {
            Ok(found) => {
                println!("ok     {what}: {found}");
                true
            }
            Err(error) => {
                self.faults += 1;
                println!("FAULT  {what}: {error:#}");
                false
            }
        }
    }

    /// One line for what cannot be said before something else is mended.
    fn skip(&self, what: &str, why: &str) {
        println!("--     {what}: not checked, {why}");
    }
}

/// Prints a line per check; an error when any found a fault.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    println!("environment: {}; {} settings known", config.portal.environment, SETTINGS.len());
    settings::check(config, &mut findings);
    let database = database::check(config, &mut findings).await;
    services::check(config, &mut findings, database).await;
    if config.is_demo() {
        println!("note   embedded defaults are allowed because portal.environment is demo");
    }
    match findings.faults {
        0 => Ok(()),
        n => bail!("{n} fault(s)"),
    }
}

/// A check with an end.
async fn in_time<T>(check: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(done) => done,
        Err(_) => bail!("no answer in {} seconds", PATIENCE.as_secs()),
    }
}
