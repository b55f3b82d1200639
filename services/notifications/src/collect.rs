//! One letter for everything that was held back: the round behind the worker's clock.

use crate::letter::{COLLECTED, Case, Collected, Unsayable};
use crate::rows::{self, Claim, Recipient};
use crate::send::{NotifyError, Outcome, Post, Sent, Unsent, Why, federation};
use kernel::Locale;
use mail::{MailError, Message};
use uuid::Uuid;

/// Cases that a collecting letter names; the rest is a number and a link.
const NAMED: usize = 30;

impl Post<'_> {
    /// Writes to everybody whose letters were held back long enough: one letter for all of them. It is no part of the
    /// budgets, else it might never go; a reader gets at most one in each waiting time.
    ///
    /// # Errors
    /// As [`Post::send`]. A mail server that takes nothing ends the round; the next one goes on.
    pub async fn collect(&self) -> Result<Sent, NotifyError> {
        let tx = self.begin().await?;
        rows::gather(&tx, tx.clock().now() - self.budget.collect_after).await?;
        let letters = rows::collecting(&tx).await?;
        tx.commit().await?;
        let mut report = Sent::default();
        for letter in letters {
            match self.collected(letter).await? {
                Outcome::Sent => report.sent += 1,
                Outcome::Refused => report.refused += 1,
                Outcome::Held | Outcome::Done | Outcome::Elsewhere(_) => {}
                Outcome::Open(cause) => return Err(NotifyError::Temporary { open: 1, cause }),
            }
        }
        Ok(report)
    }

    async fn collected(&self, letter: Uuid) -> Result<Outcome, NotifyError> {
        let tx = self.begin().await?;
        let claim = match rows::claim(&tx, letter, None, &self.budget).await? {
            Claim::Ours(claim) => claim,
            Claim::Elsewhere(_) | Claim::Held(_) | Claim::Settled => return Ok(Outcome::Done),
        };
        let held = rows::attach(&tx, letter).await?;
        tx.commit().await?;
        let handed = match held.first().map(|to| self.compose_collected(letter, to, &held)) {
            Some(Ok(message)) => self.hand_over(message).await.map_err(Unsent::Mail),
            Some(Err(unsayable)) => Err(Unsent::Words(unsayable)),
            None => Err(Unsent::Never(Why::NoRight)),
        };
        self.note(letter, claim, handed).await
    }

    fn compose_collected(&self, letter: Uuid, to: &Recipient, held: &[Recipient]) -> Result<Result<Message, MailError>, Unsayable> {
        let locale = Locale::negotiate(&to.locale);
        let mut cases: Vec<Case> = Vec::new();
        for one in held {
            if !cases.iter().any(|case| case.number == one.number) {
                cases.push(Case { number: one.number.clone(), link: self.link(one) });
            }
        }
        let more = cases.len().saturating_sub(NAMED);
        cases.truncate(NAMED);
        let facts = Collected { letters: held.len(), cases: &cases, more, home: self.home(), federation: federation(to, locale) };
        let subject = self.words.collected_subject(locale, &facts)?;
        let body = self.words.collected_body(locale, &facts)?;
        Ok(self.message(letter, &to.email, locale, COLLECTED, subject, body))
    }
}
