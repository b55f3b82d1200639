//! `./dev attack`: what somebody who means harm would try over HTTP, against a running portal with the demo story and a
//! scale. Each part prints what it tried and saw; a finding fails the run. README.md says why each band and exception is there.

mod corpus;
mod door;
mod fields;
mod forgery;
mod ground;
mod hidden;
mod payloads;
mod report;
mod scanner;
mod stats;
mod surface;
mod uploads;
mod visitor;
mod ways;
mod weak;

use ground::Ground;
use std::process::ExitCode;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let ground = Ground::new().await;
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| chosen.is_empty() || chosen.iter().any(|c| c == part);
    let mut good = true;
    macro_rules! part {
        ($($name:literal => $part:ident),+ $(,)?) => {
            $(if wanted($name) { good &= $part::run(&ground).await; })+
        };
    }
    part! { "hidden" => hidden, "uploads" => uploads, "fields" => fields, "forgery" => forgery, "door" => door, "surface" => surface, "wapiti" => scanner }
    println!("\n{}", if good { "The attack found nothing." } else { "The attack FOUND something: see FOUND above." });
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
