//! The book of what people wrote: what was acknowledged must be there once, what was not at most once.

use crate::report::Report;
use crate::world::World;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// Shared by all who write.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    asked: Vec<(String, Option<Uuid>)>,
    done: Vec<Done>,
    taken: Option<Instant>,
    counts: Counts,
}

/// What somebody does beside asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A reply or an answer, by its text.
    Said,
    /// A note, by its text.
    Noted,
    /// A text that is not sent yet and kept (204), by the text.
    Kept,
    /// Sorted, by the case.
    Triaged,
    /// Given to somebody, by the case.
    Assigned,
    /// A consent, by the case.
    Consented,
}

impl Deed {
    /// How many rows of it there are.
    fn rows(self) -> &'static str {
        match self {
            Self::Said => "SELECT count(*) FROM consultation_messages WHERE body = $1",
            Self::Noted => "SELECT count(*) FROM consultation_notes WHERE body = $1",
            Self::Kept => "SELECT count(*) FROM case_drafts WHERE fields->>'body' = $1",
            Self::Triaged => "SELECT count(*) FROM audit_entries WHERE verb = 'desk.consultation_triaged' AND subject::text = $1",
            Self::Assigned => "SELECT count(*) FROM audit_entries WHERE verb = 'desk.consultation_assigned' AND subject::text = $1",
            Self::Consented => "SELECT count(*) FROM case_access WHERE revoked_at IS NULL AND consultation_id::text = $1",
        }
    }
}

/// A deed, what it is known by, and whether it was acknowledged.
#[derive(Clone)]
struct Done {
    deed: Deed,
    by: String,
    acknowledged: bool,
}

/// What happened to those who wrote.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// Answers that were cut off or never came.
    pub cut: usize,
    /// Pages that say "in a moment" (503).
    pub away: usize,
    /// Of these, pages that did not give back what was typed.
    pub lost: usize,
    /// Second presses of "send" that led somewhere else.
    pub twice: usize,
}

impl Ledger {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer that did not come.
    pub fn cut(&self) {
        self.book().counts.cut += 1;
    }

    /// A page that says "in a moment", and whether everything typed stood in it.
    pub fn away(&self, kept: bool) {
        let counts = &mut self.book().counts;
        counts.away += 1;
        counts.lost += usize::from(!kept);
    }

    /// A write was acknowledged.
    pub fn taken(&self) {
        self.book().taken = Some(Instant::now());
    }

    /// When a write was last acknowledged.
    pub fn last_taken(&self) -> Option<Instant> {
        self.book().taken
    }

    /// Somebody is about to ask under this title.
    pub fn will_ask(&self, title: &str) {
        self.book().asked.push((title.to_owned(), None));
    }

    /// Under this title a consultation was acknowledged; a second time, it must be the same.
    pub fn asked(&self, title: &str, case: Uuid) {
        let mut book = self.book();
        let known = book.asked.iter_mut().find(|(t, _)| t == title).and_then(|(_, known)| known.replace(case));
        book.counts.twice += usize::from(known.is_some_and(|known| known != case));
    }

    /// Somebody is about to do this.
    pub fn will_do(&self, deed: Deed, by: &str) {
        self.book().done.push(Done { deed, by: by.to_owned(), acknowledged: false });
    }

    /// This was acknowledged.
    pub fn did(&self, deed: Deed, by: &str) {
        if let Some(done) = self.book().done.iter_mut().find(|done| done.deed == deed && done.by == by) {
            done.acknowledged = true;
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.book().counts
    }

    /// Consultations and other deeds that were acknowledged so far.
    pub fn acknowledged(&self) -> (usize, usize) {
        let book = self.book();
        (book.asked.iter().filter(|(_, case)| case.is_some()).count(), book.done.iter().filter(|done| done.acknowledged).count())
    }

    /// Compares the book with the rows.
    pub async fn check(&self, world: &World, report: &mut Report) -> anyhow::Result<()> {
        let (asked, done) = {
            let book = self.book();
            (book.asked.clone(), book.done.clone())
        };
        let mut god = world.god().await?;
        let (mut missing, mut twice) = (Vec::new(), Vec::new());
        for (title, case) in &asked {
            let found: Vec<Uuid> = sqlx::query_scalar(
                "SELECT consultation_id FROM consultation_texts JOIN consultations c ON c.id = consultation_id WHERE title = $1",
            )
            .bind(title)
            .fetch_all(&mut god)
            .await?;
            if case.is_some_and(|case| !found.contains(&case)) {
                missing.push(title.clone());
            }
            if found.len() > 1 {
                twice.push(title.clone());
            }
        }
        for Done { deed, by, acknowledged } in &done {
            let found: i64 = sqlx::query_scalar(deed.rows()).bind(by).fetch_one(&mut god).await?;
            if *acknowledged && found == 0 {
                missing.push(format!("{deed:?} {by}"));
            }
            if found > 1 {
                twice.push(format!("{deed:?} {by}"));
            }
        }
        let (cases, deeds) = self.acknowledged();
        report
            .holds(missing.is_empty(), format!("each of {cases} consultations and {deeds} messages, notes, kept texts, sortings, handings and consents acknowledged is there {missing:?}"));
        report
            .holds(twice.is_empty() && self.counts().twice == 0, format!("nothing is there twice, also what was pressed again {twice:?}"));
        Ok(())
    }
}
