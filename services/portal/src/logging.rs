//! Structured logs, one JSON object a line on standard error: readable alone, with request id, seat and room, and never
//! personal data (no name, address, text, token or query string is ever a field).

use anyhow::Context;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts logging with a filter such as `info` or `info,store=debug`.
///
/// # Errors
/// When the filter is none, or logging was started before.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let subscriber = subscriber(filter, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).context("logging")
}

/// What makes lines of events. Each line carries the spans it stands in: a request's id, seat and room, a job's id and task.
///
/// # Errors
/// When the filter is none.
pub fn subscriber<W>(filter: &str, writer: W) -> anyhow::Result<impl Subscriber + Send + Sync + use<W>>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).with_context(|| format!("portal.log: {filter:?} is no filter"))?;
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_span_list(true);
    Ok(lines.with_env_filter(filter).with_writer(writer).finish())
}
