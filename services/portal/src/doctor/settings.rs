//! What can be said of the settings themselves.

use super::Findings;
use crate::config::Config;
use crate::wire;
use anyhow::{Context, bail};
use std::net::SocketAddr;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    findings.note("environment", environment(config));
    findings.note("addresses", addresses(config));
    findings.note("public address", wire::public_url(config).map(|url| url.to_string()));
    findings.note("form tokens", wire::secret_key(config).map(|_| "portal.secret_key is long enough".into()));
    findings.note("clients", clients(config));
    findings.note("hidden and absent", wire::not_found(config).map(|at| format!("both are answered after {} ms", at.as_millis())));
    findings.note("sender of letters", sender(config));
    findings.note("desk's telephone", telephone(config));
    let pages = web::page::Renderer::load().context("templates or words of this build");
    findings.note("pages", pages.map(|_| "templates and words load".into()));
}

fn environment(config: &Config) -> anyhow::Result<String> {
    match config.portal.environment.as_str() {
        word @ ("production" | "demo") => Ok(word.into()),
        other => bail!("portal.environment (TOMOSHIBI_ENVIRONMENT) is {other:?}: it must be production or demo"),
    }
}

fn addresses(config: &Config) -> anyhow::Result<String> {
    let read = |setting: &str, text: &str| {
        text.parse::<SocketAddr>()
            .with_context(|| format!("{setting} is {text:?}: it must be an address and a port, such as 127.0.0.1:8780"))
    };
    let (pages, ops) = (read("portal.listen", &config.portal.listen)?, read("portal.ops_listen", &config.portal.ops_listen)?);
    if pages == ops {
        bail!("portal.listen and portal.ops_listen are the same ({pages}): metrics and health need a port of their own");
    }
    Ok(format!("pages at {pages}, metrics and health at {ops}"))
}

/// The portal speaks plain http, so in production a proxy stands in front. Without its address everybody looks like one client.
fn clients(config: &Config) -> anyhow::Result<String> {
    wire::limits(config)?;
    let trusted = config.portal.trusted_proxies.trim();
    match (config.is_demo(), trusted) {
        (false, "") => bail!(
            "portal.trusted_proxies (TOMOSHIBI_TRUSTED_PROXIES) is empty: behind a proxy everybody would share one limit of requests; name the proxy's address"
        ),
        (true, "") => Ok("addresses as the connections show them".into()),
        (_, trusted) => Ok(format!("{} of {trusted} is believed", config.portal.forwarded_header)),
    }
}

/// A clinic whose mail is gone looks for the number first.
fn telephone(config: &Config) -> anyhow::Result<String> {
    match (config.is_demo(), config.portal.desk_phone.as_str()) {
        (false, "") => bail!("portal.desk_phone (TOMOSHIBI_DESK_PHONE) is empty: no page says where to call; give the desk's number"),
        (true, "") => Ok("none is shown".into()),
        (_, phone) => Ok(phone.to_owned()),
    }
}

fn sender(config: &Config) -> anyhow::Result<String> {
    wire::sender(config)?;
    if !config.is_demo() && config.mail.from.ends_with("@localhost") {
        bail!("mail.from (TOMOSHIBI_MAIL_FROM) is {}: mail servers refuse it; give an address of yours", config.mail.from);
    }
    Ok(config.mail.from.clone())
}
