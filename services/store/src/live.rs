//! News of what moves, for pages that are open: heard over a connection of its own that listens, ids only. Nothing may
//! depend on them: a process that was not connected has not heard them, and says so ([`Heard::Gap`]).

use crate::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use uuid::Uuid;

/// The channel; the trigger `tell_live` knows the same name.
const CHANNEL: &str = "portal_live";

kernel::words! {
    /// What somebody does on an open page.
    Doing { Views = "views", Writes = "writes", Left = "left" }
}

/// Something moved, or somebody is there. Whom it may concern is a hint that spares reading; what may be seen is decided by
/// reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The case.
    pub case: Uuid,
    /// Its federation.
    pub federation: i32,
    /// From which seat; None for the system.
    pub seat: Option<Uuid>,
    /// Who asked, and which institution it is about; of a consent, who receives it.
    #[serde(default)]
    pub units: Vec<i32>,
    /// The queue that holds it and the one it is offered to, before and after: what left a list has moved there too.
    #[serde(default)]
    pub queues: Vec<i32>,
    /// Its municipal and prefectural associations, before and after.
    #[serde(default)]
    pub areas: Vec<i32>,
    /// Somebody is there; None when the case moved.
    #[serde(default)]
    pub doing: Option<Doing>,
    /// At which of their open pages; one is closed while another stays.
    #[serde(default)]
    pub page: Option<Uuid>,
}

/// What listening brings.
#[derive(Debug)]
pub enum Heard {
    /// News.
    News(News),
    /// The connection was lost and is back: what was told meanwhile was not heard.
    Gap,
}

/// A connection that listens.
pub struct Listener {
    inner: PgListener,
}

impl Listener {
    /// Connects past any pooler and listens.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let mut inner = PgListener::connect(url).await?;
        inner.listen(CHANNEL).await?;
        Ok(Self { inner })
    }

    /// Waits for the next news.
    ///
    /// # Errors
    /// When the connection is lost and cannot be had again.
    pub async fn hear(&mut self) -> Result<Heard, StoreError> {
        loop {
            let Some(told) = self.inner.try_recv().await? else { return Ok(Heard::Gap) };
            match serde_json::from_str(told.payload()) {
                Ok(news) => return Ok(Heard::News(news)),
                Err(error) => tracing::warn!(%error, "news that cannot be read"),
            }
        }
    }
}

impl Tx {
    /// Tells everybody who listens, once this transaction commits.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn tell_live(&self, news: &News) -> Result<(), StoreError> {
        let text = serde_json::to_string(news).map_err(|error| StoreError::Internal(error.to_string()))?;
        self.run("SELECT pg_notify($1, $2)", [CHANNEL.into(), text.into()]).await.map(drop)
    }
}
