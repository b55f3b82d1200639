//! Mail out: one plain-text message to one address, by SMTP, into a folder, or into memory.
//!
//! A [`Message`] cannot be built with a line break in any header, so no text can add headers or recipients. Every message says
//! that a machine wrote it (RFC 3834), so well-behaved responders stay silent. Errors say one thing that matters to the caller:
//! whether to try again. They never carry an address.

mod error;
mod folder;
mod mailer;
mod memory;
mod message;
mod smtp;

pub use error::MailError;
pub use folder::{FolderMailer, StoredMail};
pub use mailer::{Mailer, Sender};
pub use memory::MemoryMailer;
pub use message::{Address, Draft, Message};
pub use smtp::{SmtpLogin, SmtpMailer, SmtpSecurity, SmtpSettings};
