//! One transaction in one scope. Dropped without a commit it rolls back.

use crate::line::Held;
use crate::pulse::Pulse;
use crate::{StoreError, SystemReason};
use kernel::{Clock, FederationId, PersonId, RequestId, SeatId};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, FromQueryResult, QueryResult, RuntimeErr, Statement, Value};
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};
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

/// A transaction whose scope is already set. The inner transaction is private: nothing can be opened around the scope.
pub struct Tx {
    inner: Mutex<Held>,
    scope: Scope,
    clock: Clock,
    request: RequestId,
    pulse: Arc<Pulse>,
}

impl Tx {
    pub(crate) fn new(held: Held, scope: Scope, clock: Clock, request: RequestId, pulse: Arc<Pulse>) -> Self {
        Self { inner: Mutex::new(held), scope, clock, request, pulse }
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
        self.pulse.count();
        Ok(self.pulse.heed(self.inner.into_inner().commit().await)?)
    }

    /// Runs a statement and returns how many rows it touched. Check it: a hidden row makes UPDATE and DELETE touch none.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, StoreError> {
        self.pulse.count();
        let mut held = self.inner.lock().await;
        let done = held.line()?.run(sql, values.into_iter().collect()).await;
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
        Ok(self.row(sql, values.into_iter().collect()).await?)
    }

    async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, sqlx::Error> {
        self.pulse.count();
        let rows = self.inner.lock().await.line()?.rows(sql, values).await;
        Ok(self.pulse.heed(rows)?.into_iter().map(QueryResult::from).collect())
    }

    async fn row(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, sqlx::Error> {
        self.pulse.count();
        let row = self.inner.lock().await.line()?.row(sql, values).await;
        Ok(self.pulse.heed(row)?.map(QueryResult::from))
    }
}

/// The columns of a row, one after the other: for rows that come by the hundred, where to look each column up by its name and to check
/// its type against what is asked for takes as long as the query. The types are the statement's own to get right; a test of every
/// statement that is read so sees a wrong one.
pub struct InTurn<'r> {
    row: &'r PgRow,
    place: usize,
}

impl<'r> InTurn<'r> {
    /// From the first column on.
    ///
    /// # Errors
    /// When the row is not PostgreSQL's.
    pub fn of(row: &'r QueryResult) -> Result<Self, DbErr> {
        let row = row.try_as_pg_row().ok_or_else(|| DbErr::Type("a row of PostgreSQL is read here".into()))?;
        Ok(Self { row, place: 0 })
    }

    /// The next one. Not an iterator's: each is of its own type, and that there is one is the statement's to say.
    ///
    /// # Errors
    /// When there is none, or it does not fit the type.
    #[allow(clippy::should_implement_trait, reason = "each column is of its own type")]
    pub fn next<T: Decode<'r, Postgres> + Type<Postgres>>(&mut self) -> Result<T, DbErr> {
        let place = self.place;
        self.place += 1;
        self.row.try_get_unchecked(place).map_err(refused)
    }
}

fn values(statement: Statement) -> (String, Vec<Value>) {
    (statement.sql, statement.values.map_or_else(Vec::new, |values| values.0))
}

fn refused(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
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
        let mut held = self.inner.lock().await;
        let done = held.line().map_err(refused)?.run(&sql, values).await;
        self.pulse.heed(done).map(ExecResult::from).map_err(refused)
    }

    /// Refused: several statements in one string could change the scope behind the policies' back.
    async fn execute_unprepared(&self, _sql: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("unprepared statements are refused".into()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = values(statement);
        self.row(&sql, values).await.map_err(refused)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = values(statement);
        self.rows(&sql, values).await.map_err(refused)
    }
}
