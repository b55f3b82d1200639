//! Settings: one table says every name, its meaning and its default; the reference page is generated from it.

use serde::Deserialize;
use std::path::Path;

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $section:ident . $name:ident : $kind:ident = $default:expr ;)+) => {
        /// Every setting: section, name, meaning, default as text. The settings reference and `doctor` read this list.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            section: stringify!($section), name: stringify!($name), meaning: concat!($($doc),+), default: $default, kind: settings!(@kind $kind),
        }),+];
    };
    (@kind word) => { Kind::Word };
    (@kind secret) => { Kind::Secret };
    (@kind number) => { Kind::Number };
}

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Word,
    /// Text that is never printed.
    Secret,
    /// A whole number from 0 to 4,294,967,295.
    Number,
}

/// One setting as documented.
pub struct Setting {
    /// Table of the TOML file.
    pub section: &'static str,
    /// Key within it.
    pub name: &'static str,
    /// What it is for, with its unit.
    pub meaning: &'static str,
    /// Default as text; None when it must be given (or is off).
    pub default: Option<&'static str>,
    /// What its value is.
    pub kind: Kind,
}

impl Setting {
    /// The environment variable that overrides it.
    pub fn variable(&self) -> String {
        let section = if self.section == "portal" { String::new() } else { format!("{}_", self.section.to_uppercase()) };
        format!("TOMOSHIBI_{section}{}", self.name.to_uppercase())
    }

    /// A value in the type that the setting has, however it was written; a fault names the setting and never a secret.
    fn typed(&self, value: &toml::Value) -> Result<toml::Value, ConfigError> {
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            _ => return Err(self.wrong("it must be a text or a whole number")),
        };
        match self.kind {
            Kind::Word | Kind::Secret => Ok(toml::Value::String(text)),
            Kind::Number => {
                let number: u32 = text.parse().map_err(|_| self.wrong(&format!("{text:?} is no whole number from 0 to {}", u32::MAX)))?;
                Ok(toml::Value::Integer(number.into()))
            }
        }
    }

    fn wrong(&self, why: &str) -> ConfigError {
        ConfigError::Form(format!("{}.{} ({}): {why}", self.section, self.name, self.variable()))
    }
}

settings! {
    /// Environment: `production` or `demo`. Production refuses embedded defaults.
    portal.environment: word = Some("production");
    /// Address the portal listens on.
    portal.listen: word = Some("127.0.0.1:8780");
    /// Address of metrics and health; never reachable from outside.
    portal.ops_listen: word = Some("127.0.0.1:8781");
    /// How browsers reach the portal; cookies and sign-in addresses are made from it.
    portal.public_url: word = Some("http://localhost:8780");
    /// Secret for form tokens and the links of invitations, at least 64 hexadecimal characters.
    portal.secret_key: secret = None;
    /// Folder of the embedded defaults (demo only).
    portal.local: word = Some(".local");
    /// Log filter, for example `info` or `info,store=debug`.
    portal.log: word = Some("info");
    /// Minutes without a request after which a session ends.
    portal.session_idle_minutes: number = Some("60");
    /// Hours after sign-in at which a session ends in any case.
    portal.session_hours: number = Some("12");
    /// The desk's telephone as shown at the foot of every page; empty shows none. Numbers change: it is a setting.
    portal.desk_phone: word = Some("");
    /// Proxies in front of the portal (IP addresses or networks such as `10.0.0.0/8`, comma separated). What they say of the client's address is believed, nobody else's word is; every proxy of the chain must stand here. Production needs it.
    portal.trusted_proxies: word = Some("");
    /// Where those proxies write the client's address: `x-forwarded-for` or `forwarded`. The other one is never read.
    portal.forwarded_header: word = Some("x-forwarded-for");
    /// Requests a minute from one address (IPv6: one /64) without a session, per process; more are answered 429.
    portal.requests_per_address: number = Some("300");
    /// Requests a minute of one signed-in person, per process; more are answered 429.
    portal.requests_per_person: number = Some("600");
    /// Milliseconds, from 1 to 1000, after which a signed-in person is told that something is not there, whether it is hidden or absent: both at one moment, and at its next doubling when finding out took longer. Above what pages take in 99 of 100 cases.
    portal.not_found_ms: number = Some("50");
    /// Connection of the web process, role portal_app.
    database.app_url: secret = None;
    /// Connection of the jobs, role portal_worker.
    database.worker_url: secret = None;
    /// Connection of migrations, role portal_migrator.
    database.migrator_url: secret = None;
    /// Connection of bulk loads and seeds, role portal_loader.
    database.loader_url: secret = None;
    /// Direct connection for LISTEN, role portal_app: on it the web process hears what moves, and a transaction pooler would swallow it. The one of the web process when empty.
    database.listen_url: secret = None;
    /// Connections of the web process at most.
    database.max_connections: number = Some("16");
    /// Object storage address; empty for AWS itself.
    s3.endpoint: word = Some("http://127.0.0.1:8782");
    /// Object storage address as browsers reach it; the same when empty.
    s3.public_endpoint: word = Some("");
    /// Object storage region.
    s3.region: word = Some("ap-northeast-1");
    /// Bucket of attachments.
    s3.bucket: word = Some("tomoshibi");
    /// Access key.
    s3.access_key: secret = None;
    /// Secret key.
    s3.secret_key: secret = None;
    /// Address of clamd (host:port).
    scanner.clamd: word = Some("127.0.0.1:8785");
    /// Age in hours at which virus signatures count as old; production then fails `doctor`.
    scanner.signature_hours: number = Some("48");
    /// SMTP server (`smtps://user:password@host:465` or `smtp://host:587`); empty writes to a folder (demo only).
    mail.smtp_url: secret = Some("");
    /// Sender address.
    mail.from: word = Some("tomoshibi@localhost");
    /// Folder for letters when no SMTP server is set.
    mail.folder: word = Some(".local/mail");
    /// Letters to one address within an hour at most; what goes beyond is collected into one letter.
    mail.letters_per_address: number = Some("20");
    /// Letters about one consultation within an hour at most, to all readers together; what goes beyond is collected.
    mail.letters_per_case: number = Some("12");
    /// Minutes that collected letters wait for others before one letter tells of all of them.
    mail.collect_minutes: number = Some("15");
    /// Address of the embedded OpenID issuer (demo only).
    demo.issuer_url: word = Some("http://127.0.0.1:8783");
}

/// All settings, read and checked for form.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// What runs where.
    pub portal: Portal,
    /// Database connections.
    pub database: Database,
    /// Object storage.
    pub s3: S3,
    /// Virus scanner.
    pub scanner: Scanner,
    /// Outgoing mail.
    pub mail: Mail,
    /// Embedded issuer.
    pub demo: Demo,
    /// Secrets that rows refer to by name (`secrets.<name>`), such as the client secrets of sign-in issuers.
    #[serde(default)]
    pub secrets: std::collections::BTreeMap<String, String>,
}

macro_rules! sections {
    ($($section:ident { $($name:ident: $type:ty),+ $(,)? })+) => {$(
        /// One table of the settings; see [`SETTINGS`] for the meanings.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "SETTINGS documents each name")]
        pub struct $section { $(pub $name: $type),+ }
    )+};
}

sections! {
    Portal { environment: String, listen: String, ops_listen: String, public_url: String, secret_key: Option<String>, local: String, log: String, session_idle_minutes: u32, session_hours: u32, desk_phone: String, trusted_proxies: String, forwarded_header: String, requests_per_address: u32, requests_per_person: u32, not_found_ms: u32 }
    Database { app_url: Option<String>, worker_url: Option<String>, migrator_url: Option<String>, loader_url: Option<String>, listen_url: Option<String>, max_connections: u32 }
    S3 { endpoint: String, public_endpoint: String, region: String, bucket: String, access_key: Option<String>, secret_key: Option<String> }
    Scanner { clamd: String, signature_hours: u32 }
    Mail { smtp_url: String, from: String, folder: String, letters_per_address: u32, letters_per_case: u32, collect_minutes: u32 }
    Demo { issuer_url: String }
}

/// A setting that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing or not readable.
    #[error("settings file {path}: {cause}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not TOML, names an unknown setting, or a value has the wrong form.
    #[error("settings: {0}")]
    Form(String),
}

impl Config {
    /// Reads defaults, then the file, then the environment; the last word wins.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut table = match file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|cause| ConfigError::File { path: path.display().to_string(), cause })?
                .parse::<toml::Table>()
                .map_err(|error| ConfigError::Form(error.to_string()))?,
            None => toml::Table::new(),
        };
        for setting in SETTINGS {
            let section = table.entry(setting.section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            let section = section.as_table_mut().ok_or_else(|| ConfigError::Form(format!("[{}] must be a table", setting.section)))?;
            #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
            let given = std::env::var(setting.variable()).ok().map(toml::Value::String);
            let value =
                given.or_else(|| section.get(setting.name).cloned()).or_else(|| setting.default.map(|d| toml::Value::String(d.into())));
            if let Some(value) = value {
                section.insert(setting.name.into(), setting.typed(&value)?);
            }
        }
        collect_secrets(&mut table);
        table.try_into().map_err(|error: toml::de::Error| ConfigError::Form(error.message().to_owned()))
    }

    /// Whether the embedded defaults are allowed.
    pub fn is_demo(&self) -> bool {
        self.portal.environment == "demo"
    }
}

/// `TOMOSHIBI_SECRETS_<NAME>` becomes `secrets.<name>`.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn collect_secrets(table: &mut toml::Table) {
    let secrets = table.entry("secrets").or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let Some(secrets) = secrets.as_table_mut() {
        for (name, value) in std::env::vars() {
            if let Some(name) = name.strip_prefix("TOMOSHIBI_SECRETS_") {
                secrets.insert(name.to_lowercase(), toml::Value::String(value));
            }
        }
    }
}
