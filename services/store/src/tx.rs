//! One transaction in one scope. Dropped without a commit it rolls back.

use crate::pulse::Pulse;
use crate::{StoreError, SystemReason};
use kernel::{Clock, FederationId, PersonId, RequestId, SeatId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, FromQueryResult, QueryResult, Statement, Value};
use std::sync::Arc;

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
    inner: DatabaseTransaction,
    scope: Scope,
    clock: Clock,
    request: RequestId,
    pulse: Arc<Pulse>,
}

impl Tx {
    pub(crate) fn new(inner: DatabaseTransaction, scope: Scope, clock: Clock, request: RequestId, pulse: Arc<Pulse>) -> Self {
        pulse.count();
        Self { inner, scope, clock, request, pulse }
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
        Ok(self.pulse.heed(self.inner.commit().await)?)
    }

    /// Runs a statement and returns how many rows it touched. Check it: a hidden row makes UPDATE and DELETE touch none.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, StoreError> {
        Ok(self.execute_raw(statement(sql, values)).await?.rows_affected())
    }

    /// Runs a query and reads every row.
    ///
    /// # Errors
    /// As the database reports, or when a column does not fit the type.
    pub async fn all<T: FromQueryResult>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<T>, StoreError> {
        let rows = self.query_all_raw(statement(sql, values)).await?;
        rows.iter().map(|row| T::from_query_result(row, "").map_err(StoreError::from)).collect()
    }

    /// Runs a query and reads its first row.
    ///
    /// # Errors
    /// As the database reports, or when a column does not fit the type.
    pub async fn one<T: FromQueryResult>(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<T>, StoreError> {
        let row = self.query_one_raw(statement(sql, values)).await?;
        row.map(|row| T::from_query_result(&row, "").map_err(StoreError::from)).transpose()
    }

    /// Runs a query and returns its first row as it is.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn one_raw(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<QueryResult>, StoreError> {
        Ok(self.query_one_raw(statement(sql, values)).await?)
    }
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pulse.count();
        self.pulse.heed(self.inner.execute_raw(statement).await)
    }

    /// Refused: several statements in one string could change the scope behind the policies' back.
    async fn execute_unprepared(&self, _sql: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("unprepared statements are refused".into()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.pulse.count();
        self.pulse.heed(self.inner.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.pulse.count();
        self.pulse.heed(self.inner.query_all_raw(statement).await)
    }
}
