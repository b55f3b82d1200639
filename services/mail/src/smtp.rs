//! Sending by SMTP.

use crate::{MailError, Mailer, Message, Sender};
use async_trait::async_trait;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// For connecting and for every single command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// For one mail from beginning to end.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECTIONS: u32 = 4;
const IDLE: Duration = Duration::from_secs(60);

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (usually port 465).
    Tls,
    /// Plain first, then TLS or nothing is sent (usually port 587).
    StartTls,
    /// No protection: only for a relay on the same machine or in tests.
    None,
}

/// User name and password for the server.
#[derive(Clone)]
pub struct SmtpLogin {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Where mails are handed over.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Host name, as on its certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection of the connection.
    pub security: SmtpSecurity,
    /// Login, if the server wants one.
    pub login: Option<SmtpLogin>,
    /// Who the mails come from.
    pub sender: Sender,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let login = self.login.is_some();
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("login", &login)
            .finish_non_exhaustive()
    }
}

/// Hands mails to an SMTP server over a small pool of connections.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

impl SmtpMailer {
    /// A mailer from explicit settings; nothing is sent yet. Async because the pool's keeper is started in the running runtime.
    ///
    /// # Errors
    /// [`MailError::Invalid`] for a host that no certificate could be for, or a login without protection.
    pub async fn connect(settings: SmtpSettings) -> Result<Self, MailError> {
        if settings.login.is_some() && settings.security == SmtpSecurity::None {
            return Err(MailError::Invalid("a login would travel unprotected"));
        }
        let parameters = || TlsParameters::new(settings.host.clone()).map_err(|_| MailError::Invalid("SMTP host"));
        let tls = match settings.security {
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::StartTls => Tls::Required(parameters()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(COMMAND_TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE));
        if let Some(login) = settings.login {
            builder = builder.credentials(Credentials::new(login.user, login.password));
        }
        Ok(Self { transport: builder.build(), sender: settings.sender })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let composed = self.sender.compose(message)?;
        in_time(self.transport.send(composed)).await.map(drop)
    }

    async fn ping(&self) -> Result<(), MailError> {
        match in_time(self.transport.test_connection()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Temporary("SMTP server does not answer".into())),
            Err(error) => Err(error),
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, MailError> {
    match tokio::time::timeout(SEND_TIMEOUT, work).await {
        Ok(done) => done.map_err(|error| judge(&error)),
        Err(_) => Err(MailError::Temporary("SMTP took too long".into())),
    }
}

/// The server's words may name the address, so only its code is kept.
fn judge(error: &Error) -> MailError {
    let Some(code) = error.status().map(u16::from) else {
        let what = match error {
            error if error.is_timeout() => "SMTP timeout",
            error if error.is_tls() => "SMTP: TLS failed",
            error if error.is_client() => "SMTP: server lacks what the settings ask for",
            error if error.is_response() => "SMTP: answer not understood",
            _ => "SMTP connection failed",
        };
        return MailError::Temporary(what.into());
    };
    // 530, 534, 535 and 538 are about our login and 421, 454 about the moment: the mail itself is not judged.
    if error.is_permanent() && !matches!(code, 530 | 534 | 535 | 538) {
        MailError::Permanent(format!("SMTP {code}"))
    } else {
        MailError::Temporary(format!("SMTP {code}"))
    }
}
