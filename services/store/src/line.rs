//! One connection to PostgreSQL, and the pool that connections rest in.
//!
//! sea-orm's own connections are sqlx's pool, which gives out the connection that has rested longest and asks each whether it lives when
//! it comes back. Here the one used last goes out first, its caches still warm; `BEGIN` travels with the question that enters a scope;
//! and a transaction that only read is ended after its page has gone (infra/decisions/lines.md).

use crate::ahead::Asking;
use crate::pulse::Pulse;
use deadpool::managed::{Manager, Metrics, Object, Pool, QueueMode, RecycleError, RecycleResult, Timeouts};
use futures::TryStreamExt;
use sea_orm::{Value, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::{PgConnectOptions, PgQueryResult, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, Either, PgConnection, Postgres};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// A connection older than this is replaced: what the server keeps for it does not grow for ever.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// After so long a rest a connection is asked whether it still lives.
const REST: Duration = Duration::from_secs(1);
/// How long giving up a transaction may take before its connection is given up instead.
const ROLLBACK: Duration = Duration::from_secs(5);

/// The question that a transaction begins with. It is prepared on its connection once and then only named.
pub(crate) struct Entry {
    /// Its name on the connection.
    pub name: &'static str,
    /// `PREPARE name (…) AS …`.
    pub prepare: &'static str,
    /// Its values as literals; nothing in them was typed by anybody.
    pub values: String,
}

impl Entry {
    fn sql(&self, known: bool) -> String {
        let Self { name, prepare, values } = self;
        let prepare = if known { "" } else { prepare };
        format!("{prepare};BEGIN;EXECUTE {name}({values})")
    }
}

/// One connection.
pub(crate) struct Line {
    connection: PgConnection,
    /// Entries that were prepared on it.
    known: HashSet<&'static str>,
    /// Statements that travelled ahead and were prepared on it; None when it has shown that what is prepared on it does not stay.
    ahead: Option<HashSet<String>>,
}

impl Line {
    /// Begins a transaction and asks what it begins with, in one message.
    pub async fn begin(&mut self, entry: &Entry) -> Result<Vec<PgRow>, sqlx::Error> {
        let known = !self.known.insert(entry.name);
        match self.simple(entry.sql(known)).await {
            Err(error) if mistaken(&error) => {
                // Behind a pooler that changes connections, what this one knows is guesswork: the other guess, once.
                self.simple("ROLLBACK".into()).await?;
                self.simple(entry.sql(!known)).await
            }
            other => other,
        }
    }

    /// Asks what a transaction begins with, what is asked in it and its end, in one message: the answers in their order, that to the entry first.
    /// None when this cannot be asked so on this connection; the transaction has not begun then.
    pub async fn whole(&mut self, entry: &Entry, askings: &[Asking]) -> Result<Option<Vec<Vec<PgRow>>>, sqlx::Error> {
        let prepare = if self.known.contains(entry.name) { "" } else { entry.prepare };
        let begin = format!("BEGIN;EXECUTE {}({});", entry.name, entry.values);
        let silent = if prepare.is_empty() { 1 } else { 2 };
        let answers = self.until_its_end(format!("{prepare};"), silent, begin, askings).await?;
        if answers.is_some() {
            self.known.insert(entry.name);
        }
        Ok(answers)
    }

    /// Asks the last thing of a transaction and ends it, in one message. None when this cannot be asked so; the transaction goes on then.
    pub async fn last(&mut self, asking: &Asking) -> Result<Option<Vec<PgRow>>, sqlx::Error> {
        let answers = self.until_its_end(String::new(), 0, String::new(), std::slice::from_ref(asking)).await?;
        Ok(answers.map(|answers| answers.into_iter().next().unwrap_or_default()))
    }

    /// One message: what is prepared, what begins, what is asked, the end. Of what is answered the first `silent` statements are left out.
    async fn until_its_end(
        &mut self,
        mut sql: String,
        mut silent: usize,
        mut begin: String,
        askings: &[Asking],
    ) -> Result<Option<Vec<Vec<PgRow>>>, sqlx::Error> {
        let Some(prepared) = &mut self.ahead else { return Ok(None) };
        let first = begin.is_empty();
        let mut fresh = Vec::new();
        for asking in askings {
            let (name, Some(literals)) = (asking.name(), asking.literals()) else { return Ok(None) };
            begin += &format!("EXECUTE {name}{literals};");
            if !prepared.contains(&name) {
                sql += &format!("PREPARE {name} AS {};", asking.sql);
                silent += 1;
                fresh.push(name);
            }
        }
        prepared.extend(fresh);
        match self.answers(sql + &begin + "ROLLBACK").await {
            Ok(mut answers) => {
                answers.drain(..silent.min(answers.len()));
                // The end answers nothing.
                answers.truncate(askings.len() + usize::from(!first));
                Ok(Some(answers))
            }
            Err(error) if mistaken(&error) => {
                // A pooler that changes connections: nothing is prepared ahead on this one any more.
                self.ahead = None;
                self.simple("ROLLBACK".into()).await?;
                if first { Err(error) } else { Ok(None) }
            }
            Err(error) => Err(error),
        }
    }

    /// The rows of each statement of a message.
    async fn answers(&mut self, sql: String) -> Result<Vec<Vec<PgRow>>, sqlx::Error> {
        let mut answers = vec![Vec::new()];
        let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
        while let Some(next) = stream.try_next().await? {
            match next {
                Either::Right(row) => {
                    if let Some(rows) = answers.last_mut() {
                        rows.push(row);
                    }
                }
                Either::Left(_) => answers.push(Vec::new()),
            }
        }
        Ok(answers)
    }

    async fn simple(&mut self, sql: String) -> Result<Vec<PgRow>, sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await
    }

    /// Ends the transaction.
    pub async fn end(&mut self, how: &'static str) -> Result<(), sqlx::Error> {
        self.simple(how.into()).await.map(drop)
    }

    /// Reads every row.
    pub async fn rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<PgRow>, sqlx::Error> {
        prepared(sql, values).fetch_all(&mut self.connection).await
    }

    /// Reads the first row.
    pub async fn row(&mut self, sql: &str, values: Vec<Value>) -> Result<Option<PgRow>, sqlx::Error> {
        prepared(sql, values).fetch_optional(&mut self.connection).await
    }

    /// Runs a statement.
    pub async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<PgQueryResult, sqlx::Error> {
        prepared(sql, values).execute(&mut self.connection).await
    }

    /// Asks whether it lives.
    pub async fn ping(&mut self) -> Result<(), sqlx::Error> {
        self.connection.ping().await
    }
}

fn prepared(sql: &str, values: Vec<Value>) -> Query<'_, Postgres, SqlxValues> {
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(Values(values)))
}

/// A prepared statement that is there already, or that is not.
fn mistaken(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|cause| cause.code()).is_some_and(|code| code == "42P05" || code == "26000")
}

/// Makes connections for a pool and looks at them before they go out again.
pub(crate) struct Lines {
    options: PgConnectOptions,
    pulse: Arc<Pulse>,
}

impl Manager for Lines {
    type Type = Line;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Line, sqlx::Error> {
        let connection = PgConnection::connect_with(&self.options).await;
        Ok(Line { connection: self.pulse.heed(connection)?, known: HashSet::new(), ahead: Some(HashSet::new()) })
    }

    /// A connection that did its work a moment ago is not asked again: that would cost more than most statements. When one is found
    /// broken, all that are older than that are asked before they are used.
    async fn recycle(&self, line: &mut Line, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > LIFETIME {
            return Err(RecycleError::message("old"));
        }
        if metrics.last_used() > REST || self.pulse.doubts(metrics.age()) {
            line.ping().await?;
        }
        Ok(())
    }
}

/// The pool of one role.
pub(crate) fn pool(options: PgConnectOptions, pulse: Arc<Pulse>, max: u32, patience: Duration) -> Result<Pool<Lines>, sqlx::Error> {
    let timeouts = Timeouts { wait: Some(patience), create: Some(patience), recycle: Some(patience) };
    Pool::builder(Lines { options, pulse })
        .max_size(usize::try_from(max).unwrap_or(usize::MAX))
        .timeouts(timeouts)
        .queue_mode(QueueMode::Lifo)
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .map_err(|error| sqlx::Error::Configuration(error.into()))
}

/// A connection with a transaction under way. Dropped, it gives the transaction up by itself, and its connection with it when that
/// cannot be done.
pub(crate) struct Held(Option<Object<Lines>>);

impl Held {
    /// From the pool. Nothing has begun yet; a rollback of nothing harms nothing.
    pub fn new(line: Object<Lines>) -> Self {
        Self(Some(line))
    }

    /// The connection.
    pub fn line(&mut self) -> Result<&mut Line, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::WorkerCrashed)
    }

    /// The transaction has ended already: the connection goes back as it is.
    pub fn ended(&mut self) {
        drop(self.0.take());
    }

    /// Makes everything lasting and gives the connection back.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.line()?.end("COMMIT").await?;
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut line) = self.0.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // Nobody is left to wait for the answer: the server gives up what a lost connection had begun.
            drop(Object::take(line));
            return;
        };
        runtime.spawn(async move {
            match tokio::time::timeout(ROLLBACK, line.end("ROLLBACK")).await {
                Ok(Ok(())) => drop(line),
                other => {
                    tracing::warn!(?other, "a connection is given up with its transaction");
                    drop(Object::take(line));
                }
            }
        });
    }
}
