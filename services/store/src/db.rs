//! Opening transactions.

use crate::pulse::Pulse;
use crate::{StoreError, Tx, doors, tx::Scope};
use access::Actor;
use kernel::{Clock, ConsultationId, FederationId, PersonId, RequestId, SeatId};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement, TransactionTrait};
use sqlx::Connection;
use std::sync::Arc;
use std::time::Duration;

kernel::words! {
    /// Why the system itself acts; the closed list that the database function `enter_system` knows too.
    SystemReason {
        ScanFiles = "scan_files",
        SweepFiles = "sweep_files",
        SealAudit = "seal_audit",
        VerifyAudit = "verify_audit",
        SendMail = "send_mail",
        CloseResolved = "close_resolved",
        HandOver = "hand_over",
        SweepSignIns = "sweep_sign_ins",
        FoldCounts = "fold_counts",
    }
}

/// Sizes and patience of one pool.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// Connections at most.
    pub max: u32,
    /// How long a request waits for a free connection before it is answered "busy".
    pub acquire: Duration,
    /// How long one statement may run.
    pub statement: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self { max: 16, acquire: Duration::from_secs(3), statement: Duration::from_secs(10) }
    }
}

/// A database as one of the two application roles.
#[derive(Clone)]
pub struct Db {
    pool: DatabaseConnection,
    clock: Clock,
    pulse: Arc<Pulse>,
}

impl Db {
    /// Connects as the role named in `url` (`portal_app` or `portal_worker`).
    ///
    /// # Errors
    /// `Unreachable` or `Busy` when no connection can be had.
    #[allow(clippy::disallowed_methods, reason = "the one place that opens a pool")]
    pub async fn connect(url: &str, clock: Clock, settings: PoolSettings) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(url.to_owned());
        let pulse = Arc::new(Pulse::default());
        let doubting = pulse.clone();
        let statement = format!("{}ms", settings.statement.as_millis());
        options
            .max_connections(settings.max)
            .min_connections(0)
            .acquire_timeout(settings.acquire)
            .connect_timeout(settings.acquire)
            .sqlx_logging(false)
            // A connection is asked whether it still lives when it is given back; asking again before each use would cost more
            // than most statements. When one is found broken, all that are older than that are asked before they are used.
            .test_before_acquire_if_idle_for(Duration::from_secs(1))
            .map_sqlx_postgres_before_acquire(move |connection, known| {
                let doubted = doubting.doubts(known.age);
                Box::pin(async move { if doubted { connection.ping().await.map(|()| true) } else { Ok(true) } })
            })
            .map_sqlx_postgres_opts(move |o| {
                o.options([
                    ("statement_timeout", statement.as_str()),
                    ("lock_timeout", "5s"),
                    ("idle_in_transaction_session_timeout", "60s"),
                    ("timezone", "UTC"),
                    ("jit", "off"),
                    // Planning under row security costs several times the reading, and a plan by chance of its values is a plan
                    // nobody tested: one plan per statement and connection (infra/decisions).
                    ("plan_cache_mode", "force_generic_plan"),
                    // Solid-state disks and cached pages: a page found by an index's order costs hardly more than the next one.
                    ("random_page_cost", "1.1"),
                ])
            });
        Ok(Self { pool: Database::connect(options).await?, clock, pulse })
    }

    /// The clock that this database's transactions use.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Statements sent since start, BEGIN and COMMIT included; tests assert on differences.
    pub fn statements(&self) -> u64 {
        self.pulse.statements()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// As the connection reports.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.ping().await.map_err(Into::into)
    }

    /// A read-write transaction in the actor's scope.
    ///
    /// # Errors
    /// `Gone` when the session or its seat is no longer live.
    pub async fn begin(&self, actor: &Actor, request: RequestId) -> Result<Tx, StoreError> {
        self.enter(actor, request, false).await
    }

    /// A read-only transaction in the actor's scope; what every GET uses.
    ///
    /// # Errors
    /// `Gone` when the session or its seat is no longer live.
    pub async fn read(&self, actor: &Actor, request: RequestId) -> Result<Tx, StoreError> {
        self.enter(actor, request, true).await
    }

    /// Who stands behind a session's token, with a read-only transaction in their scope: what a GET begins with, in one statement
    /// instead of two. The row is `session_actor`'s. None when no live session with a live seat stands behind it.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn arrive(&self, token: [u8; 32], request: RequestId) -> Result<Option<(QueryResult, Tx)>, StoreError> {
        let inner = self.pulse.heed(self.pool.begin().await)?;
        let statement = doors::Door::SessionArrive.sql();
        let values = [token.to_vec().into(), self.clock.now().into(), request.0.into()];
        // BEGIN and this one.
        self.pulse.count();
        let row = self.pulse.heed(inner.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, statement, values)).await)?;
        let Some(row) = row else { return Ok(None) };
        let scope = Scope::Seat {
            person: PersonId(row.try_get("", "person_id")?),
            seat: SeatId(row.try_get("", "seat_id")?),
            federation: FederationId(row.try_get("", "federation_id")?),
        };
        let tx = Tx::new(inner, scope, self.clock.clone(), request, self.pulse.clone());
        Ok(Some((row, tx)))
    }

    /// A transaction that may read one case's text as a witness, after the reading and its reason are on record.
    ///
    /// # Errors
    /// `Denied` unless the actor is an auditor of the case's federation.
    pub async fn begin_witnessed(&self, actor: &Actor, request: RequestId, case: ConsultationId, reason: &str) -> Result<Tx, StoreError> {
        let tx = self.enter(actor, request, false).await?;
        let reading = kernel::ids::new_uuid(&self.clock);
        let row = tx
            .one_raw(
                "SELECT witness($1, $2, $3, $4) AS ok",
                [reading.into(), case.0.into(), reason.to_owned().into(), self.clock.now().into()],
            )
            .await?
            .ok_or(StoreError::Denied)?;
        if !row.try_get::<bool>("", "ok")? {
            return Err(StoreError::Denied);
        }
        tx.audit(crate::AuditEntry::new("desk.text_witnessed", case.0).hashed("reason", reason)).await?;
        Ok(tx)
    }

    /// A transaction for work that nobody in particular asked for. Worker role only.
    ///
    /// # Errors
    /// `Denied` for any other role.
    pub async fn begin_system(&self, reason: SystemReason) -> Result<Tx, StoreError> {
        let inner = self.pulse.heed(self.pool.begin().await)?;
        let tx = Tx::new(inner, Scope::System(reason), self.clock.clone(), RequestId::new(&self.clock), self.pulse.clone());
        tx.run("SELECT enter_system($1)", [reason.word().into()]).await?;
        Ok(tx)
    }

    /// Asks one of the few functions that answer before an actor is known (reading a session, signing in).
    ///
    /// # Errors
    /// As the database reports.
    pub async fn door(
        &self,
        door: doors::Door,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
        self.pulse.count();
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, door.sql(), values);
        Ok(self.pulse.heed(self.pool.query_all_raw(statement).await)?)
    }

    async fn enter(&self, actor: &Actor, request: RequestId, reading: bool) -> Result<Tx, StoreError> {
        let inner = self.pulse.heed(self.pool.begin().await)?;
        let scope = Scope::Seat { person: actor.person, seat: actor.seat, federation: actor.federation };
        let tx = Tx::new(inner, scope, self.clock.clone(), request, self.pulse.clone());
        let values = [actor.session_hash.to_vec().into(), actor.seat.0.into(), request.0.into(), self.clock.now().into(), reading.into()];
        let row = tx.one_raw("SELECT enter($1, $2, $3, $4, $5) AS live", values).await?.ok_or(StoreError::Gone)?;
        if row.try_get::<bool>("", "live")? { Ok(tx) } else { Err(StoreError::Gone) }
    }
}
