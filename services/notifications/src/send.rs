//! The job behind `send_mail`.

use crate::letter::{Facts, LetterKind, LetterWords, Unsayable};
use crate::rows::{self, Claim, Recipient};
use kernel::{EventId, FederationId, Locale};
use mail::{Address, Draft, MailError, Mailer, Message};
use std::time::Duration;
use store::{Db, Job, StoreError, SystemReason, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// How long one letter may take, whatever the mailer's own patience is. A claim outlives it (`rows::claims::LEASE`).
const HAND_OVER: Duration = Duration::from_secs(60);

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

/// A promised letter and its reader; None when that person may not be told any more.
struct Letter {
    delivery: Uuid,
    kind: LetterKind,
    to: Option<Recipient>,
}

/// What became of one letter in this run.
enum Outcome {
    Sent,
    Refused,
    /// Open, to be tried again by this job.
    Open(MailError),
    /// Being handed over by another run of this job, or by one that died at it, until then.
    Elsewhere(OffsetDateTime),
    /// Settled by another run.
    Done,
}

impl Post<'_> {
    /// Tells everybody concerned about `event`, each at most once however often this runs. An event that nobody is told
    /// of by mail, that is unknown or was dealt with is no error.
    ///
    /// Two runs at the same time never hand the same letter over: whoever comes second leaves it, and this job comes back
    /// when the first one's lease is over, to see that it was noted. If the process dies between handing a letter over and
    /// noting it, that later run hands the same letter over again, under the same `Message-ID`: nobody can know whether the
    /// mail server took it, a mailbox that has it already keeps one, and a letter too many is better than none.
    ///
    /// # Errors
    /// [`NotifyError::Temporary`] and `Store` for "run me again"; `Words` for a fault of ours.
    pub async fn send(&self, event: EventId) -> Result<Sent, NotifyError> {
        let tx = self.begin().await?;
        let letters = promise(&tx, event).await?;
        tx.commit().await?;
        let mut report = Sent::default();
        let mut open = 0;
        let mut last = None;
        let mut elsewhere: Option<OffsetDateTime> = None;
        for letter in &letters {
            match self.settle(letter).await? {
                Outcome::Sent => report.sent += 1,
                Outcome::Refused => report.refused += 1,
                Outcome::Done => {}
                Outcome::Elsewhere(until) => elsewhere = elsewhere.max(Some(until)),
                Outcome::Open(cause) => {
                    open += 1;
                    last = Some(cause);
                }
            }
        }
        if let Some(cause) = last {
            return Err(NotifyError::Temporary { open, cause });
        }
        let tx = self.begin().await?;
        match elsewhere {
            Some(until) => tx.enqueue_at(&Job::SendMail { event }, until).await?,
            None => rows::finish(&tx, event).await?,
        }
        tx.commit().await?;
        Ok(report)
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        self.db.begin_system(SystemReason::SendMail).await
    }

    /// One letter: claimed, handed over without a transaction, noted.
    async fn settle(&self, letter: &Letter) -> Result<Outcome, NotifyError> {
        let tx = self.begin().await?;
        let claim = rows::claim(&tx, letter.delivery).await?;
        tx.commit().await?;
        let claim = match claim {
            Claim::Ours(claim) => claim,
            Claim::Elsewhere(until) => return Ok(Outcome::Elsewhere(until)),
            Claim::Settled => return Ok(Outcome::Done),
        };
        let handed = match &letter.to {
            Some(to) => self.hand_over(letter, to).await,
            None => Ok(Err(MailError::Permanent("nobody to tell any more".into()))),
        };
        let tx = self.begin().await?;
        let kept = match &handed {
            Ok(Err(cause)) if !cause.is_temporary() => rows::settle(&tx, letter.delivery, claim, false).await?,
            Ok(Ok(())) => rows::settle(&tx, letter.delivery, claim, true).await?,
            // Missing words are mended by another build: the letter waits for it.
            Ok(Err(_)) | Err(_) => rows::release(&tx, letter.delivery, claim).await.map(|()| true)?,
        };
        tx.commit().await?;
        if !kept {
            tracing::warn!(delivery = %letter.delivery, "letter noted too late: another run has taken it, it may go out twice under one Message-ID");
        }
        match handed? {
            Ok(()) => Ok(Outcome::Sent),
            Err(cause) if cause.is_temporary() => Ok(Outcome::Open(cause)),
            Err(cause) => {
                tracing::warn!(delivery = %letter.delivery, %cause, "letter refused for good");
                Ok(Outcome::Refused)
            }
        }
    }

    async fn hand_over(&self, letter: &Letter, to: &Recipient) -> Result<Result<(), MailError>, Unsayable> {
        let message = match self.compose(letter, to)? {
            Ok(message) => message,
            Err(cause) => return Ok(Err(cause)),
        };
        let handed = tokio::time::timeout(HAND_OVER, self.mailer.send(&message)).await;
        Ok(handed.unwrap_or_else(|_| Err(MailError::Temporary("handing over took too long".into()))))
    }

    fn compose(&self, letter: &Letter, to: &Recipient) -> Result<Result<Message, MailError>, Unsayable> {
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
async fn promise(tx: &Tx, event: EventId) -> Result<Vec<Letter>, NotifyError> {
    let Some(row) = rows::event(tx, event).await? else {
        tracing::warn!(%event, "no such event to tell of");
        return Ok(Vec::new());
    };
    let kind = match LetterKind::of(&row.name) {
        Some(kind) if !row.handled => kind,
        _ => return Ok(Vec::new()),
    };
    let recipients = rows::recipients(tx, event).await?;
    let mut promised = rows::deliveries(tx, event).await?;
    if promised.is_empty() {
        for to in &recipients {
            rows::intend(tx, event, FederationId(row.federation_id), to.person).await?;
        }
        promised = rows::deliveries(tx, event).await?;
    }
    let mut readers: std::collections::HashMap<Uuid, Recipient> = recipients.into_iter().map(|to| (to.person.0, to)).collect();
    let open = promised.into_iter().filter(|d| d.state == "intended");
    Ok(open.map(|d| Letter { delivery: d.id, kind, to: readers.remove(&d.person_id) }).collect())
}
