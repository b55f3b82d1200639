//! One transaction in one scope. Dropped without a commit it rolls back.

use crate::ahead::Asking;
use crate::line::{Entry, Held, Line, Lines};
use crate::pulse::Pulse;
use crate::{StoreError, SystemReason, db};
use deadpool::managed::Pool;
use kernel::{Clock, FederationId, PersonId, RequestId, SeatId};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, FromQueryResult, QueryResult, RuntimeErr, Statement, Value};
use sqlx::postgres::PgRow;
use std::sync::Arc;
use tokio::sync::Mutex;

/// For whom a transaction was opened.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// A person in a seat.
    Seat {
        /// Who.
        person: PersonId,
        /// From which seat.
        seat: SeatId,
        /// In which federation.
        federation: FederationId,
    },
    /// The system, for a reason.
    System(SystemReason),
}

/// Where a transaction is. On the heap: handlers hold transactions across many waits, and each wait has room for them.
pub(crate) enum Inner {
    /// On a connection.
    Under(Box<Held>),
    /// Over, with answers to what was asked ahead.
    Told(Box<Told>),
}

/// What was answered before it was asked, and how to go on when something else is asked.
pub(crate) struct Told {
    pub answers: Vec<(Asking, Vec<PgRow>)>,
    pub pool: Pool<Lines>,
    pub entry: Entry,
    /// The transaction that was begun anew for it.
    pub anew: Option<Held>,
}

impl Inner {
    /// The answer to a statement that travelled ahead; each is taken once.
    fn told(&mut self, sql: &str, values: &[Value]) -> Option<Vec<PgRow>> {
        let Self::Told(told) = self else { return None };
        let place = told.answers.iter().position(|(asking, _)| asking.sql == sql && asking.values == values)?;
        Some(told.answers.swap_remove(place).1)
    }

    /// The connection. What was over begins anew, in the scope of the seat that is still live.
    async fn line(&mut self, pulse: &Pulse) -> Result<&mut Line, StoreError> {
        let held = match self {
            Self::Under(held) => held.as_mut(),
            Self::Told(told) => {
                let Told { anew, pool, entry, .. } = told.as_mut();
                if anew.is_none() {
                    let (held, rows) = db::open(pool, pulse, entry).await?;
                    if rows.is_empty() {
                        return Err(StoreError::Gone);
                    }
                    *anew = Some(held);
                }
                anew.as_mut().ok_or_else(|| StoreError::Internal("a transaction that did not begin anew".into()))?
            }
        };
        Ok(held.line()?)
    }
}

/// A transaction whose scope is already set. The inner transaction is private: nothing can be opened around the scope.
pub struct Tx {
    inner: Mutex<Inner>,
    scope: Scope,
    clock: Clock,
    request: RequestId,
    pulse: Arc<Pulse>,
}

impl Tx {
    pub(crate) fn new(inner: Inner, scope: Scope, clock: Clock, request: RequestId, pulse: Arc<Pulse>) -> Self {
        Self { inner: Mutex::new(inner), scope, clock, request, pulse }
    }

    /// For whom it was opened.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The request it belongs to.
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// Makes everything lasting. The one explicit commit is the handler's.
    ///
    /// # Errors
    /// A deferred constraint or a lost connection; then nothing was kept.
    pub async fn commit(self) -> Result<(), StoreError> {
        let held = match self.inner.into_inner() {
            Inner::Under(held) => Some(*held),
            Inner::Told(told) => told.anew,
        };
        let Some(held) = held else { return Ok(()) };
        self.pulse.count();
        Ok(self.pulse.heed(held.commit().await)?)
    }

    /// Runs a statement and returns how many rows it touched. Check it: a hidden row makes UPDATE and DELETE touch none.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, StoreError> {
        self.pulse.count();
        let mut inner = self.inner.lock().await;
        let done = inner.line(&self.pulse).await?.run(sql, values.into_iter().collect()).await;
        Ok(self.pulse.heed(done)?.rows_affected())
    }

    /// Runs a query and reads every row.
    ///
    /// # Errors
    /// As the database reports, or when a column does not fit the type.
    pub async fn all<T: FromQueryResult>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(sql, values.into_iter().collect()).await?;
        rows.into_iter().map(|row| T::from_query_result(&row, "").map_err(StoreError::from)).collect()
    }

    /// Runs a query that may have travelled ahead and reads every row.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn answer<T: FromQueryResult>(&self, asking: Asking) -> Result<Vec<T>, StoreError> {
        self.all(&asking.sql, asking.values).await
    }

    /// As [`Tx::answer`], for the last thing that is asked: the end of a transaction that only read travels with it.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn last<T: FromQueryResult>(self, asking: Asking) -> Result<Vec<T>, StoreError> {
        if let Inner::Under(held) = &mut *self.inner.lock().await {
            let rows = held.line()?.last(&asking).await;
            if let Some(rows) = self.pulse.heed(rows)? {
                self.pulse.count();
                held.ended();
                return rows.into_iter().map(QueryResult::from).map(|row| Ok(T::from_query_result(&row, "")?)).collect();
            }
        }
        self.answer(asking).await
    }

    /// Runs a query and reads its first row.
    ///
    /// # Errors
    /// As the database reports, or when a column does not fit the type.
    pub async fn one<T: FromQueryResult>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<T>, StoreError> {
        let row = self.one_raw(sql, values).await?;
        row.map(|row| T::from_query_result(&row, "").map_err(StoreError::from)).transpose()
    }

    /// Runs a query and returns its first row as it is.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn one_raw(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<QueryResult>, StoreError> {
        self.row(sql, values.into_iter().collect()).await
    }

    async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, StoreError> {
        let mut inner = self.inner.lock().await;
        let rows = match inner.told(sql, &values) {
            Some(rows) => rows,
            None => {
                self.pulse.count();
                let rows = inner.line(&self.pulse).await?.rows(sql, values).await;
                self.pulse.heed(rows)?
            }
        };
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    async fn row(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, StoreError> {
        let mut inner = self.inner.lock().await;
        let row = match inner.told(sql, &values) {
            Some(rows) => rows.into_iter().next(),
            None => {
                self.pulse.count();
                let row = inner.line(&self.pulse).await?.row(sql, values).await;
                self.pulse.heed(row)?
            }
        };
        Ok(row.map(QueryResult::from))
    }
}

fn values(statement: Statement) -> (String, Vec<Value>) {
    (statement.sql, statement.values.map_or_else(Vec::new, |values| values.0))
}

/// As sea-orm carries it; on its way back it is the same again.
fn carried(error: StoreError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(sqlx::Error::AnyDriverError(Box::new(error)))))
}

/// What sea-orm's own statements are run on.
#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pulse.count();
        let (sql, values) = values(statement);
        let mut inner = self.inner.lock().await;
        let done = inner.line(&self.pulse).await.map_err(carried)?.run(&sql, values).await;
        self.pulse.heed(done).map(ExecResult::from).map_err(|error| carried(error.into()))
    }

    /// Refused: several statements in one string could change the scope behind the policies' back.
    async fn execute_unprepared(&self, _sql: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("unprepared statements are refused".into()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = values(statement);
        self.row(&sql, values).await.map_err(carried)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = values(statement);
        self.rows(&sql, values).await.map_err(carried)
    }
}
