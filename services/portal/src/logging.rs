//! Structured logs, one JSON object a line on standard error: readable alone, with request id, seat and room, and never
//! personal data (no name, address, text, token or query string is ever a field).

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Starts logging with a filter such as `info` or `info,store=debug`.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("portal.log: {filter:?} is no filter"))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| anyhow::anyhow!("logging: {error}"))
}
