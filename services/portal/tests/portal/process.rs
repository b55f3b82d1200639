//! The portal as a process of its own: started with settings by environment, listened to, stopped by signal.

pub use crate::running::{Running, free_address, until};
use crate::support::Scratch;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Settings of a portal on a test's database, and a folder of its own.
pub struct Place {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

impl Place {
    /// A demo on the database of `s`: free ports, letters into a folder.
    pub fn new(s: &Scratch) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let inside = |name: &str| folder.path().join(name).display().to_string();
        let url = |role: &str| s.loader_url.replace("portal_loader", &format!("portal_{role}"));
        let settings = [
            ("ENVIRONMENT", "demo".to_owned()),
            ("LOCAL", inside("local")),
            ("MAIL_FOLDER", inside("mail")),
            ("SECRET_KEY", "5e".repeat(32)),
            ("LISTEN", free_address()),
            ("OPS_LISTEN", free_address()),
            ("DATABASE_APP_URL", url("app")),
            ("DATABASE_WORKER_URL", url("worker")),
            ("DATABASE_MIGRATOR_URL", url("migrator")),
            ("DATABASE_LOADER_URL", url("loader")),
            ("DATABASE_LISTEN_URL", url("worker")),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { folder, settings }
    }

    /// Another value of a setting (`MAIL_SMTP_URL`).
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// Without a setting.
    pub fn without(mut self, name: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self
    }

    /// A setting's value.
    pub fn get(&self, name: &str) -> &str {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("{name}"))
    }

    /// Where this place may be written to.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, command: &str) -> Command {
        let mut portal = Command::new(env!("CARGO_BIN_EXE_portal"));
        portal.arg(command).env_clear().stdin(Stdio::null());
        portal.envs(self.settings.iter().map(|(name, value)| (format!("TOMOSHIBI_{name}"), value)));
        portal
    }

    /// Runs a command to its end.
    pub fn run(&self, command: &str) -> Output {
        self.command(command).output().expect("the portal's binary")
    }

    /// Starts a command that goes on; what it logs is kept.
    pub fn start(&self, command: &str) -> Running {
        let log = self.folder.path().join(format!("{command}.log"));
        Running::start(self.command(command), log)
    }
}
