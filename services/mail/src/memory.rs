//! Keeping mails in memory, for tests.

use crate::{MailError, Mailer, Message};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps what was sent; cloning shares it.
#[derive(Clone, Default)]
pub struct MemoryMailer(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    sent: Vec<Message>,
    fault: Option<MailError>,
}

impl MemoryMailer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// All mails sent and not yet taken, oldest first.
    pub fn sent(&self) -> Vec<Message> {
        self.memory().sent.clone()
    }

    /// As [`MemoryMailer::sent`], and forgets them: a test that ends with mails left over should fail.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.memory().sent)
    }

    /// Refuses everything with `fault` until told `None`.
    pub fn fail_with(&self, fault: Option<MailError>) {
        self.memory().fault = fault;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mut memory = self.memory();
        match &memory.fault {
            Some(fault) => Err(fault.clone()),
            None => {
                memory.sent.push(message.clone());
                Ok(())
            }
        }
    }

    async fn ping(&self) -> Result<(), MailError> {
        self.memory().fault.clone().map_or(Ok(()), Err)
    }
}
