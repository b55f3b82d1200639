//! A portal as a process of its own: started, stopped by signal, listened to.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Long enough for a loaded machine; what is right comes in a fraction of it.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A portal that runs; killed when its owner ends.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a command; what it logs is added to this file.
    pub fn start(mut command: Command, log: PathBuf) -> Self {
        let file = std::fs::File::options().create(true).append(true).open(&log).expect("log");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn().expect("the portal's binary");
        Self { child, log }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name (`TERM`, `KILL`).
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status().expect("kill");
        assert!(sent.success(), "the portal is gone already: {}", self.log());
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("child")
    }

    /// Waits for its end.
    pub async fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("child") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the portal does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("log")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `holds`, or fails saying what did not come.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "{what} did not come in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// An address of this machine that nobody listens on.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("address").to_string()
}
