//! Configuration and wiring of the one binary `portal`: `serve`, `work`, `migrate`, `seed`, `demo`, `doctor`,
//! `verify-audit`. The only crate that reads the environment.

pub mod config;
mod counting;
#[cfg(feature = "demo")]
pub mod demo;
mod doctor;
pub mod letters;
pub mod logging;
mod migrate;
mod ops;
mod reference;
#[cfg(feature = "demo")]
pub mod scale;
mod sealing;
pub mod serve;
#[cfg(feature = "demo")]
pub mod story;
mod verify;
pub mod wire;
pub mod work;

pub use reference::settings_reference;

use clap::{Parser, Subcommand};
use config::Config;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "portal", version, about = "Tomoshibi: cybersecurity support portal of a medical association")]
struct Arguments {
    /// Settings file (TOML); environment variables override it.
    #[arg(long, global = true, env = "TOMOSHIBI_CONFIG")]
    config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer browsers.
    Serve,
    /// Do the jobs: scans, letters, sealing of the audit record, housekeeping.
    Work,
    /// Bring the database schema up to date.
    Migrate,
    /// Tell the demo story into the database.
    #[cfg(feature = "demo")]
    Seed {
        /// Beside the story, a federation as large as life: so many invented consultations (a million when no number is given)
        /// and a tenth as many institutions, for measuring.
        #[arg(long, num_args = 0..=1, default_missing_value = "1000000", value_name = "CONSULTATIONS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
        scale: Option<u32>,
    },
    /// Everything in one process on embedded defaults: issuer, object store, mail folder, jobs.
    #[cfg(feature = "demo")]
    Demo,
    /// Check every setting and dependency and say what is wrong.
    Doctor,
    /// Recompute the audit chain and name the first broken entry.
    VerifyAudit,
    /// Print the settings reference (Markdown).
    Settings,
}

/// Parses the arguments, runs one command and turns its outcome into an exit code.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = Config::load(arguments.config.as_deref()).map_err(anyhow::Error::from).and_then(|config| {
        logging::start(&config.portal.log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(command(arguments.command, config))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portal: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn command(command: Command, config: Config) -> anyhow::Result<()> {
    // `doctor`, `serve` and the others see the same embedded defaults as `demo` when told that this is one.
    #[cfg(feature = "demo")]
    let config = if config.is_demo() { demo::with_defaults(&config)? } else { config };
    match command {
        Command::Serve => serve::run(&config).await,
        Command::Work => work::run(&config).await,
        Command::Migrate => migrate::migrate(&config).await,
        #[cfg(feature = "demo")]
        Command::Seed { scale } => demo::seed(&config, scale).await,
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(&config).await,
        Command::Doctor => doctor::run(&config).await,
        Command::VerifyAudit => verify::run(&config).await,
        Command::Settings => {
            print!("{}", settings_reference());
            Ok(())
        }
    }
}
