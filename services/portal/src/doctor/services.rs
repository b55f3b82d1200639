//! Object store, scanner, mail, texts and issuers.

use super::database::Ready;
use super::{Findings, in_time};
use crate::config::Config;
use crate::wire;
use anyhow::{Context, anyhow, bail};
use blobs::BlobError;
use files::Scanner;
use kernel::Clock;
use mail::MailError;
use store::SystemReason;
use time::OffsetDateTime;
use time::macros::format_description;
use url::Url;

pub(super) async fn check(config: &Config, findings: &mut Findings, database: Ready) {
    let store = findings.note("object store", in_time(store(config)).await);
    match (store, wire::public_url(config)) {
        (true, Ok(public)) => {
            findings.note("uploads from pages", in_time(cors(config, &public)).await);
        }
        _ => findings.skip("uploads from pages", "the object store or the public address is at fault"),
    }
    findings.note("virus scanner", in_time(scanner(config)).await);
    findings.note("mail", in_time(mail(config)).await);
    match database.worker {
        true => {
            findings.note("texts", in_time(texts(config)).await);
        }
        false => findings.skip("texts", "the database is at fault"),
    }
    match (database.app, wire::sign_in(config)) {
        (true, Ok(sign_in)) => issuers(config, &sign_in, findings).await,
        (false, Ok(_)) => findings.skip("sign-in", "the database is at fault"),
        (_, Err(error)) => {
            findings.note("sign-in", Err(error));
        }
    }
}

async fn store(config: &Config) -> anyhow::Result<String> {
    let s3 = &config.s3;
    let place = if s3.endpoint.is_empty() { format!("AWS in {}", s3.region) } else { s3.endpoint.clone() };
    match wire::blobs(config)?.ping().await {
        Ok(()) => Ok(format!("bucket {} at {place} answers", s3.bucket)),
        // The library's own words are a page long.
        Err(BlobError::Unreachable(_)) => bail!("no answer from {place}: is the object store running, and is s3.endpoint right?"),
        Err(BlobError::NotFound) => bail!("{place} has no bucket {}: make it, or mend s3.bucket", s3.bucket),
        Err(BlobError::Refused(_)) => {
            bail!(
                "{place} does not let us into bucket {}: check s3.access_key, s3.secret_key, s3.region and the bucket's policy",
                s3.bucket
            )
        }
        Err(_) => bail!("{place} does not answer as an object store: check s3.endpoint"),
    }
}

/// Pages send files straight to the store by script: the browser asks the store whether our origin may.
async fn cors(config: &Config, public: &Url) -> anyhow::Result<String> {
    let origin = public.origin().ascii_serialization();
    let address = wire::blobs(config)?.public_address()?;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let ask = client.request(reqwest::Method::OPTIONS, &address).header("origin", &origin).header("access-control-request-method", "POST");
    let answer = ask
        .send()
        .await
        .map_err(|_| anyhow!("{address} does not answer: browsers must reach it (s3.public_endpoint, else s3.endpoint)"))?;
    let allowed = answer.headers().get("access-control-allow-origin").and_then(|value| value.to_str().ok());
    match allowed {
        Some(allowed) if allowed == origin || allowed == "*" => Ok(format!("{address} takes forms from {origin}")),
        _ => bail!(
            "{address} takes no forms from {origin}: give the bucket a CORS rule with AllowedOrigins {origin} and AllowedMethods POST; until then files go without progress, by plain forms"
        ),
    }
}

async fn scanner(config: &Config) -> anyhow::Result<String> {
    let clamd = wire::scanner(config);
    let away = || {
        format!(
            "no answer from clamd at {}: is it running, and is scanner.clamd right? Uploads wait until it answers",
            config.scanner.clamd
        )
    };
    clamd.ping().await.map_err(|_| anyhow!(away()))?;
    let version = clamd.version().await.map_err(|_| anyhow!(away()))?;
    signatures(&version, Clock::wall().now(), config.scanner.signature_hours, config.is_demo())
}

/// Old signatures find old viruses: in production that is a fault.
fn signatures(version: &str, now: OffsetDateTime, most: u32, demo: bool) -> anyhow::Result<String> {
    if demo {
        return Ok(format!("{version} (signatures are not judged in the demo)"));
    }
    let age = signature_age(version, now)
        .with_context(|| format!("{version}: the date of the signatures cannot be read; has freshclam ever run?"))?;
    let hours = age.whole_hours();
    if hours >= i64::from(most) {
        bail!("{version}: the signatures are {hours} hours old, scanner.signature_hours allows less than {most}: is freshclam running?");
    }
    Ok(format!("{version}: signatures are {hours} hours old"))
}

/// `ClamAV 1.4.3/27500/Mon Nov 23 08:26:43 2026`: the last part is the signatures' date, in the daemon's local time.
fn signature_age(version: &str, now: OffsetDateTime) -> Option<time::Duration> {
    let date = version.rsplit('/').next()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let format = format_description!("[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] [year]");
    Some(now - time::PrimitiveDateTime::parse(&date, format).ok()?.assume_utc())
}

async fn mail(config: &Config) -> anyhow::Result<String> {
    let mailer = wire::mailer(config).await?;
    if config.mail.smtp_url.is_empty() {
        let folder = &config.mail.folder;
        mailer.ping().await.with_context(|| format!("mail.folder {folder} cannot be written to"))?;
        return Ok(format!("letters go into {folder}"));
    }
    let place =
        Url::parse(&config.mail.smtp_url).ok().and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port().unwrap_or_default())));
    let place = place.unwrap_or_default();
    match mailer.ping().await {
        Ok(()) => Ok(format!("{place} answers")),
        Err(MailError::Temporary(why) | MailError::Permanent(why)) if why.contains(" 53") => {
            bail!("{place} refuses the login ({why}): check user and password in mail.smtp_url")
        }
        Err(error) => bail!(
            "{place}: {error}. Is the mail server running, and are host, port and smtp/smtps in mail.smtp_url right? Letters wait until it answers"
        ),
    }
}

/// The texts without which nobody can ask or agree.
async fn texts(config: &Config) -> anyhow::Result<String> {
    let db = wire::worker_db(config, Clock::wall()).await?;
    let keys = content::installation_keys()?;
    let asked: Vec<&str> = keys.iter().map(String::as_str).collect();
    let tx = db.begin_system(SystemReason::SendMail).await?;
    let found = content::current_many(&tx, &asked, db.clock().today()).await?;
    tx.commit().await?;
    let missing: Vec<&str> = asked.into_iter().filter(|key| !found.contains_key(*key)).collect();
    if !missing.is_empty() {
        bail!(
            "{} of {} texts are not in force ({}, …): run `portal migrate` with database.loader_url set, or see infra/runbooks/texts.md",
            missing.len(),
            keys.len(),
            missing.first().copied().unwrap_or_default()
        );
    }
    let awaiting = found.values().filter(|text| text.awaiting_review()).count();
    Ok(format!("{} in force, {awaiting} of them not yet read by specialists", found.len()))
}

/// Every issuer of the database answers, and knows us by our secret.
async fn issuers(config: &Config, sign_in: &identity::SignIn, findings: &mut Findings) {
    let db = match wire::app_db(config, Clock::wall()).await {
        Ok(db) => db,
        Err(error) => {
            findings.note("sign-in", Err(error));
            return;
        }
    };
    match sign_in.issuers(&db).await {
        Ok(issuers) if issuers.is_empty() => {
            findings
                .note("sign-in", Err(anyhow!("no issuer in the database: nobody can sign in (infra/runbooks/first-set-up.md, step 6)")));
        }
        Ok(issuers) => {
            for issuer in issuers {
                let probe = in_time(async { Ok(sign_in.probe(&db, issuer.id).await?) }).await;
                findings.note(&format!("sign-in with {}", issuer.name), probe.map(|()| "answers and knows us".into()));
            }
        }
        Err(error) => {
            findings.note("sign-in", Err(error.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const VERSION: &str = "ClamAV 1.4.3/27500/Mon Nov 23 08:26:43 2026";

    #[test]
    fn the_age_of_signatures_is_read_from_the_version_line() {
        let now = datetime!(2026-11-23 10:26:43 UTC);
        assert_eq!(signature_age(VERSION, now).map(|a| a.whole_hours()), Some(2));
        assert_eq!(signature_age("ClamAV 1.4.3/27500/Sun Nov  1 08:26:43 2026", now).map(|a| a.whole_days()), Some(22));
        assert_eq!(signature_age("ClamAV 1.4.3", now), None);
    }

    #[test]
    fn old_signatures_are_a_fault_in_production_and_none_in_the_demo() {
        let (fresh, old) = (datetime!(2026-11-25 08:26:42 UTC), datetime!(2026-11-25 08:26:43 UTC));
        assert!(signatures(VERSION, fresh, 48, false).expect("47 hours").contains("47 hours old"));
        let fault = signatures(VERSION, old, 48, false).expect_err("48 hours").to_string();
        assert!(fault.contains("48 hours old") && fault.contains("scanner.signature_hours") && fault.contains("freshclam"), "{fault}");
        assert!(signatures("ClamAV 1.4.3", fresh, 48, false).is_err(), "no date is no comfort");
        for now in [fresh, old] {
            assert!(signatures(VERSION, now, 48, true).is_ok() && signatures("ClamAV 1.4.3", now, 48, true).is_ok());
        }
    }
}
