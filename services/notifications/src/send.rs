//! The job behind `send_mail`.

use crate::letter::{Facts, LetterKind, LetterWords, Unsayable};
use crate::rows::{self, Recipient};
use kernel::{EventId, FederationId, Locale};
use mail::{Address, Draft, MailError, Mailer, Message};
use store::{Db, StoreError, SystemReason, Tx};
use uuid::Uuid;

/// Why the job has to run again or a person has to look. Never carries an address.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The database said no or did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Letters are still open because the mail server did not take them; the job tries again.
    #[error("{open} letter(s) not taken for now: {cause}")]
    Temporary {
        /// How many.
        open: usize,
        /// What the last one met.
        cause: MailError,
    },
    /// The words are missing; a fault of the build. The letters stay open.
    #[error(transparent)]
    Words(#[from] Unsayable),
}

/// What one run of the job did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Letters handed over.
    pub sent: usize,
    /// Letters that nobody will ever take.
    pub refused: usize,
}

/// Everything that sending needs.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// The worker's database.
    pub db: &'a Db,
    /// The way out.
    pub mailer: &'a dyn Mailer,
    /// The words.
    pub words: &'a dyn LetterWords,
    /// How browsers reach the portal, for the link.
    pub public_url: &'a str,
}

/// A promised letter and its reader.
struct Letter {
    delivery: Uuid,
    kind: LetterKind,
    to: Recipient,
}

impl Post<'_> {
    /// Tells everybody concerned about `event`, each at most once however often this runs. An event that nobody is told
    /// of by mail, that is unknown or was dealt with is no error.
    ///
    /// If the process dies between handing a letter over and noting it, the next run hands the same letter over again,
    /// under the same `Message-ID`: a mailbox that knows it already keeps one.
    ///
    /// # Errors
    /// [`NotifyError::Temporary`] and `Store` for "run me again"; `Words` for a fault of ours.
    pub async fn send(&self, event: EventId) -> Result<Sent, NotifyError> {
        let tx = self.begin().await?;
        let (letters, mut report) = promise(&tx, event).await?;
        tx.commit().await?;
        let mut open = 0;
        let mut last = None;
        for letter in &letters {
            // No transaction is open while the mail server is asked.
            match self.hand_over(letter).await? {
                Ok(()) => {
                    self.note(letter, true).await?;
                    report.sent += 1;
                }
                Err(cause) if cause.is_temporary() => {
                    let tx = self.begin().await?;
                    rows::attempted(&tx, letter.delivery).await?;
                    tx.commit().await?;
                    open += 1;
                    last = Some(cause);
                }
                Err(cause) => {
                    tracing::warn!(delivery = %letter.delivery, %cause, "letter refused for good");
                    self.note(letter, false).await?;
                    report.refused += 1;
                }
            }
        }
        if let Some(cause) = last {
            return Err(NotifyError::Temporary { open, cause });
        }
        let tx = self.begin().await?;
        rows::finish(&tx, event).await?;
        tx.commit().await?;
        Ok(report)
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        self.db.begin_system(SystemReason::SendMail).await
    }

    async fn note(&self, letter: &Letter, sent: bool) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        rows::settle(&tx, letter.delivery, sent).await?;
        tx.commit().await
    }

    async fn hand_over(&self, letter: &Letter) -> Result<Result<(), MailError>, Unsayable> {
        let message = match self.compose(letter)? {
            Ok(message) => message,
            Err(cause) => return Ok(Err(cause)),
        };
        Ok(self.mailer.send(&message).await)
    }

    fn compose(&self, letter: &Letter) -> Result<Result<Message, MailError>, Unsayable> {
        let to = &letter.to;
        let locale = Locale::negotiate(&to.locale);
        let federation = match (locale, &to.federation_name_en) {
            (Locale::En, Some(name)) => name,
            _ => &to.federation_name,
        };
        let link = format!("{}/c/{}", self.public_url.trim_end_matches('/'), to.consultation);
        let facts = Facts { number: &to.number, link: &link, federation };
        let (subject, body_text) = (self.words.subject(locale, letter.kind, &facts)?, self.words.body(locale, letter.kind, &facts)?);
        Ok(Address::parse(&to.email).and_then(|to| {
            let message_id = format!("letter.{}", letter.delivery);
            Message::new(Draft {
                to,
                subject,
                body_text,
                message_id,
                locale,
                event: letter.kind.event().to_owned(),
                at: self.db.clock().now(),
            })
        }))
    }
}

/// The letters that are still to be handed over. The first run decides whom the event is told to; a later run adds nobody
/// and writes to nobody who meanwhile lost the right to be told.
async fn promise(tx: &Tx, event: EventId) -> Result<(Vec<Letter>, Sent), NotifyError> {
    let mut report = Sent::default();
    let Some(row) = rows::event(tx, event).await? else {
        tracing::warn!(%event, "no such event to tell of");
        return Ok((Vec::new(), report));
    };
    let kind = match LetterKind::of(&row.name) {
        Some(kind) if !row.handled => kind,
        _ => return Ok((Vec::new(), report)),
    };
    let recipients = rows::recipients(tx, event).await?;
    let mut promised = rows::deliveries(tx, event).await?;
    if promised.is_empty() {
        for to in &recipients {
            rows::intend(tx, event, FederationId(row.federation_id), to.person).await?;
        }
        promised = rows::deliveries(tx, event).await?;
    }
    let mut letters = Vec::new();
    let mut readers: std::collections::HashMap<Uuid, Recipient> = recipients.into_iter().map(|to| (to.person.0, to)).collect();
    for delivery in promised.into_iter().filter(|d| d.state == "intended") {
        match readers.remove(&delivery.person_id) {
            Some(to) => letters.push(Letter { delivery: delivery.id, kind, to }),
            None => {
                rows::settle(tx, delivery.id, false).await?;
                report.refused += 1;
            }
        }
    }
    Ok((letters, report))
}
