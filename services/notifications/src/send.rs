//! The job behind `send_mail`.

use crate::invitation::INVITED;
use crate::letter::{Facts, LetterKind, LetterWords, Unsayable};
use crate::rows::{self, About, Claim, End, Invited, Matter, Recipient};
use kernel::{EventId, FederationId, Locale, secret};
use mail::{Address, Draft, MailError, Mailer, Message};
use std::time::{Duration, Instant};
use store::{Db, Job, StoreError, SystemReason, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// How long one letter may take, whatever the mailer's own patience is. A claim outlives it (`rows::claims::LEASE`).
const HAND_OVER: Duration = Duration::from_secs(60);

/// How long noting what came of a letter is tried while the database is away or full. Together with the longest hand-over it stays
/// within the claim.
const NOTING: Duration = Duration::from_secs(25);
/// How long until it is tried again.
const NOTED_AGAIN: Duration = Duration::from_millis(500);

kernel::words! {
    /// Why a letter did not go, or not yet.
    Why {
        /// The address cannot be written to, or its mail server refused for good.
        Address = "address",
        /// Nobody has proved to read there.
        Unverified = "unverified",
        /// The reader may not be told of it any more.
        NoRight = "no_right",
        /// Over the budget of the address.
        AddressBudget = "address_budget",
        /// Over the budget of the case.
        CaseBudget = "case_budget",
    }
}

/// How many letters go out one by one. What goes beyond is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// To one address within an hour.
    pub per_address: u32,
    /// About one case within an hour, to all readers together.
    pub per_case: u32,
    /// How long what was held back waits for others before one letter tells of all.
    pub collect_after: time::Duration,
}

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

/// What one run of a job did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Letters handed over.
    pub sent: usize,
    /// Letters that nobody will ever take, or that may not be written.
    pub refused: usize,
    /// Letters over a budget, to be collected.
    pub held: usize,
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
    /// How much may go out one by one.
    pub budget: Budget,
    /// Makes the links of invitations.
    pub links: &'a identity::InvitationLinks,
}

/// A promised letter and its reader; None when that person may not be told any more.
struct Letter {
    delivery: Uuid,
    to: Option<Told>,
}

/// Whom a letter tells of what.
enum Told {
    /// Something happened to a case.
    Case(LetterKind, Recipient),
    /// They are invited.
    Invitation(Invited),
}

impl Told {
    fn about(&self) -> About {
        match self {
            Self::Case(kind, to) => {
                let matter = if *kind == LetterKind::Opened { Matter::NewCase } else { Matter::Case };
                About { address: address_hash(&to.email), subject: to.consultation.0, matter }
            }
            Self::Invitation(to) => to.about(),
        }
    }
}

/// What became of one letter in this run.
pub(crate) enum Outcome {
    Sent,
    Refused,
    Held,
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
        let (letters, mut report) = promise(&tx, event).await?;
        tx.commit().await?;
        let mut open = 0;
        let mut last = None;
        let mut elsewhere: Option<OffsetDateTime> = None;
        for letter in &letters {
            match self.attempt(letter).await? {
                Outcome::Sent => report.sent += 1,
                Outcome::Refused => report.refused += 1,
                Outcome::Held => report.held += 1,
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

    /// What waits, for the alarms.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn waiting(&self) -> Result<rows::Waiting, StoreError> {
        let tx = self.begin().await?;
        let waiting = rows::waiting(&tx).await?;
        tx.commit().await?;
        Ok(waiting)
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.db.begin_system(SystemReason::SendMail).await
    }

    /// One letter: claimed, handed over without a transaction, noted.
    async fn attempt(&self, letter: &Letter) -> Result<Outcome, NotifyError> {
        let about = letter.to.as_ref().map(Told::about);
        let tx = self.begin().await?;
        let claim = rows::claim(&tx, letter.delivery, about.as_ref(), &self.budget).await?;
        tx.commit().await?;
        let claim = match claim {
            Claim::Ours(claim) => claim,
            Claim::Elsewhere(until) => return Ok(Outcome::Elsewhere(until)),
            Claim::Settled => return Ok(Outcome::Done),
            Claim::Held(why) => {
                tracing::warn!(delivery = %letter.delivery, why = why.word(), "letter held back, to be collected");
                return Ok(Outcome::Held);
            }
        };
        let composed = match &letter.to {
            Some(Told::Case(_, to)) if !to.verified => return self.note(letter.delivery, claim, Err(Unsent::Never(Why::Unverified))).await,
            None => return self.note(letter.delivery, claim, Err(Unsent::Never(Why::NoRight))).await,
            Some(Told::Case(kind, to)) => self.compose(letter.delivery, *kind, to),
            Some(Told::Invitation(to)) => self.invitation(letter.delivery, to),
        };
        let handed = match composed {
            Ok(message) => self.hand_over(message).await.map_err(Unsent::Mail),
            Err(unsayable) => Err(Unsent::Words(unsayable)),
        };
        self.note(letter.delivery, claim, handed).await
    }

    /// Hands a letter over. No transaction is open here.
    pub(crate) async fn hand_over(&self, message: Result<Message, MailError>) -> Result<(), MailError> {
        let message = message?;
        let handed = tokio::time::timeout(HAND_OVER, self.mailer.send(&message)).await;
        handed.unwrap_or_else(|_| Err(MailError::Temporary("handing over took too long".into())))
    }

    /// Notes what came of a letter, if its claim is still ours, and of the letters that it collects.
    pub(crate) async fn note(&self, delivery: Uuid, claim: Uuid, handed: Result<(), Unsent>) -> Result<Outcome, NotifyError> {
        let end = match &handed {
            Ok(()) => Some(End::Sent),
            Err(Unsent::Never(why)) => Some(End::Refused(*why)),
            Err(Unsent::Mail(cause)) if !cause.is_temporary() => Some(End::Refused(Why::Address)),
            // Missing words are mended by another build: the letter waits for it.
            Err(Unsent::Mail(_) | Unsent::Words(_)) => None,
        };
        let began = Instant::now();
        // Forgetting it would hand the letter over once more, and only when the claim is over.
        while let Err(away) = self.write_end(delivery, claim, end).await {
            if !matches!(away, StoreError::Busy(_) | StoreError::Unreachable(_)) || began.elapsed() > NOTING {
                return Err(away.into());
            }
            tokio::time::sleep(NOTED_AGAIN).await;
        }
        match handed {
            Ok(()) => Ok(Outcome::Sent),
            Err(Unsent::Words(unsayable)) => Err(unsayable.into()),
            Err(Unsent::Mail(cause)) if cause.is_temporary() => Ok(Outcome::Open(cause)),
            Err(why) => {
                tracing::warn!(%delivery, %why, "letter refused for good");
                Ok(Outcome::Refused)
            }
        }
    }

    /// Settles a letter or gives it back, in a transaction of its own. Done twice it changes nothing.
    async fn write_end(&self, delivery: Uuid, claim: Uuid, end: Option<End>) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        match end {
            Some(end) if rows::settle(&tx, delivery, claim, end).await? => rows::ended(&tx, delivery, end).await?,
            Some(_) => {
                tracing::warn!(%delivery, "noted already, or too late: then another run has taken the letter, and it may go out twice under one Message-ID")
            }
            None => rows::release(&tx, delivery, claim).await?,
        }
        tx.commit().await
    }

    fn compose(&self, delivery: Uuid, kind: LetterKind, to: &Recipient) -> Result<Result<Message, MailError>, Unsayable> {
        let locale = Locale::negotiate(&to.locale);
        let link = self.link(to);
        let facts = Facts { number: &to.number, link: &link, federation: federation(to, locale) };
        let subject = self.words.subject(locale, kind, &facts)?;
        let body = self.words.body(locale, kind, &facts)?;
        Ok(self.message(delivery, &to.email, locale, kind.event(), subject, body))
    }

    /// Where the reader reads on.
    pub(crate) fn link(&self, to: &Recipient) -> String {
        format!("{}/c/{}", self.home(), to.consultation)
    }

    /// Where the portal is.
    pub(crate) fn home(&self) -> &str {
        self.public_url.trim_end_matches('/')
    }

    pub(crate) fn message(
        &self,
        delivery: Uuid,
        to: &str,
        locale: Locale,
        event: &str,
        subject: String,
        body_text: String,
    ) -> Result<Message, MailError> {
        let (to, message_id, at) = (Address::parse(to)?, format!("letter.{delivery}"), self.db.clock().now());
        Message::new(Draft { to, subject, body_text, message_id, locale, event: event.to_owned(), at })
    }
}

/// Why a letter did not go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsent {
    #[error(transparent)]
    Mail(MailError),
    #[error(transparent)]
    Words(Unsayable),
    #[error("{0}")]
    Never(Why),
}

/// The federation's name in the reader's language.
pub(crate) fn federation(to: &Recipient, locale: Locale) -> &str {
    match (locale, &to.federation_name_en) {
        (Locale::En, Some(name)) => name,
        _ => &to.federation_name,
    }
}

/// Capital letters in an address lead to the same mailbox nearly everywhere.
pub(crate) fn address_hash(email: &str) -> secret::SecretHash {
    secret::hash(&email.to_lowercase())
}

/// The letters that are still to be handed over. The first run decides whom the event is told to; a later run adds nobody
/// and writes to nobody who meanwhile lost the right to be told.
async fn promise(tx: &Tx, event: EventId) -> Result<(Vec<Letter>, Sent), NotifyError> {
    let mut report = Sent::default();
    let Some(row) = rows::event(tx, event).await? else {
        tracing::warn!(%event, "no such event to tell of");
        return Ok((Vec::new(), report));
    };
    if row.name == INVITED && !row.handled {
        return Ok((promise_invitation(tx, event, FederationId(row.federation_id)).await?, report));
    }
    let kind = match LetterKind::of(&row.name) {
        Some(kind) if !row.handled => kind,
        _ => return Ok((Vec::new(), report)),
    };
    let recipients = rows::recipients(tx, event).await?;
    let mut promised = rows::deliveries(tx, event).await?;
    if promised.is_empty() {
        for to in &recipients {
            rows::intend(tx, event, FederationId(row.federation_id), to).await?;
            if !to.verified {
                tracing::warn!(%event, person = %to.person, "nobody has proved to read at this address: no letter");
                report.refused += 1;
            }
        }
        promised = rows::deliveries(tx, event).await?;
    }
    let mut readers: std::collections::HashMap<Uuid, Recipient> = recipients.into_iter().map(|to| (to.person.0, to)).collect();
    let open = promised.into_iter().filter(|d| d.state == "intended");
    Ok((open.map(|d| Letter { delivery: d.id, to: readers.remove(&d.person_id).map(|to| Told::Case(kind, to)) }).collect(), report))
}

/// The letter of an invitation. One that is no longer open is told to nobody, also when its letter was promised.
async fn promise_invitation(tx: &Tx, event: EventId, federation: FederationId) -> Result<Vec<Letter>, NotifyError> {
    let mut to = rows::invited(tx, event).await?;
    let mut promised = rows::deliveries(tx, event).await?;
    if let (true, Some(to)) = (promised.is_empty(), &to) {
        rows::intend_invitation(tx, event, federation, to).await?;
        promised = rows::deliveries(tx, event).await?;
    }
    let open = promised.into_iter().filter(|d| d.state == "intended");
    Ok(open.map(|d| Letter { delivery: d.id, to: to.take().map(Told::Invitation) }).collect())
}
