//! What every way of sending has in common.

use crate::message::breaks_a_line;
use crate::{Address, MailError, Message};
use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use std::time::SystemTime;

/// Hands mails over. Handing over is not arriving.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail over. Sending the same message again may deliver it twice, under the same `Message-ID`.
    ///
    /// # Errors
    /// [`MailError::Temporary`] when trying again makes sense, else [`MailError::Permanent`] or [`MailError::Invalid`].
    async fn send(&self, message: &Message) -> Result<(), MailError>;

    /// Whether mails could be handed over now; sends none.
    ///
    /// # Errors
    /// As [`Mailer::send`].
    async fn ping(&self) -> Result<(), MailError>;
}

/// Who the mails come from.
#[derive(Clone, Debug)]
pub struct Sender {
    name: String,
    address: Address,
}

impl Sender {
    /// A sender with a display name, which may be empty.
    ///
    /// # Errors
    /// [`MailError::Invalid`] for a name with control characters.
    pub fn new(name: &str, address: Address) -> Result<Self, MailError> {
        if name.chars().any(breaks_a_line) {
            return Err(MailError::Invalid("sender name"));
        }
        Ok(Self { name: name.to_owned(), address })
    }

    /// The address mails come from.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The message as it travels.
    pub(crate) fn compose(&self, message: &Message) -> Result<lettre::Message, MailError> {
        let name = (!self.name.is_empty()).then(|| self.name.clone());
        let id = format!("<{}@{}>", message.message_id(), self.address.domain());
        let builder = MessageBuilder::new()
            .from(Mailbox::new(name, self.address.inner()))
            .to(Mailbox::new(None, message.to().inner()))
            .subject(message.subject())
            .date(SystemTime::from(message.at()))
            .message_id(Some(id))
            .raw_header(header("Content-Language", message.locale().word()))
            // RFC 3834, 5: answers of machines to this mail would be loops.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            // The same for Exchange, which looks for its own word.
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("X-Tomoshibi-Event", message.event()));
        let builder = builder.header(ContentType::TEXT_PLAIN);
        builder.body(message.body_text().to_owned()).map_err(|_| MailError::Invalid("message"))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
