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
    said: Vec<(String, bool)>,
    taken: Option<Instant>,
    counts: Counts,
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

    /// Somebody is about to say this.
    pub fn will_say(&self, text: &str) {
        self.book().said.push((text.to_owned(), false));
    }

    /// This was acknowledged.
    pub fn said(&self, text: &str) {
        if let Some(said) = self.book().said.iter_mut().find(|(t, _)| t == text) {
            said.1 = true;
        }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.book().counts
    }

    /// Consultations and messages that were acknowledged so far.
    pub fn acknowledged(&self) -> (usize, usize) {
        let book = self.book();
        (book.asked.iter().filter(|(_, case)| case.is_some()).count(), book.said.iter().filter(|(_, done)| *done).count())
    }

    /// Compares the book with the rows.
    pub async fn check(&self, world: &World, report: &mut Report) -> anyhow::Result<()> {
        let (asked, said) = {
            let book = self.book();
            (book.asked.clone(), book.said.clone())
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
        for (text, acknowledged) in &said {
            let found: i64 =
                sqlx::query_scalar("SELECT count(*) FROM consultation_messages WHERE body = $1").bind(text).fetch_one(&mut god).await?;
            if *acknowledged && found == 0 {
                missing.push(text.clone());
            }
            if found > 1 {
                twice.push(text.clone());
            }
        }
        let (cases, messages) = self.acknowledged();
        report
            .holds(missing.is_empty(), format!("each of {cases} consultations and {messages} messages acknowledged is there {missing:?}"));
        report
            .holds(twice.is_empty() && self.counts().twice == 0, format!("nothing is there twice, also what was pressed again {twice:?}"));
        Ok(())
    }
}
