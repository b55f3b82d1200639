//! Opening transactions.

use crate::ahead::{Asking, instant};
use crate::line::{self, Entry, Held, Lines};
use crate::pulse::Pulse;
use crate::tx::{Inner, Scope, Told};
use crate::{StoreError, Tx, doors};
use access::Actor;
use deadpool::managed::Pool;
use kernel::{Clock, ConsultationId, FederationId, PersonId, RequestId, SeatId};
use sea_orm::QueryResult;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgRow};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

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
    pool: Pool<Lines>,
    clock: Clock,
    pulse: Arc<Pulse>,
    /// Places for what is asked and answered in one message, and how long to wait for one.
    places: Arc<Semaphore>,
    patience: Duration,
}

/// Messages that are answered whole at once, for each processor here. More of them only cool each other's server processes down, and what
/// waits long (a lock, the disk) keeps the other connections for itself.
const WHOLE_PER_PROCESSOR: usize = 3;

impl Db {
    /// Connects as the role named in `url` (`portal_app` or `portal_worker`).
    ///
    /// # Errors
    /// `Unreachable` or `Busy` when no connection can be had.
    pub async fn connect(url: &str, clock: Clock, settings: PoolSettings) -> Result<Self, StoreError> {
        let statement = format!("{}ms", settings.statement.as_millis());
        let options = url.parse::<PgConnectOptions>()?.disable_statement_logging().options([
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
        ]);
        let pulse = Arc::new(Pulse::default());
        let places = Arc::new(Semaphore::new(WHOLE_PER_PROCESSOR * std::thread::available_parallelism().map_or(1, usize::from)));
        let db = Self {
            pool: line::pool(options, pulse.clone(), settings.max, settings.acquire)?,
            clock,
            pulse,
            places,
            patience: settings.acquire,
        };
        drop(db.pool.get().await?);
        Ok(db)
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
        let mut line = self.pool.get().await?;
        Ok(self.pulse.heed(line.ping().await)?)
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
    /// What the page is known to read may travel `ahead`, with the end of the transaction: then the connection is free again when this returns,
    /// and the transaction has its answers. Whatever else is asked of it begins it anew.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn arrive(&self, token: [u8; 32], request: RequestId, ahead: Vec<Asking>) -> Result<Option<(QueryResult, Tx)>, StoreError> {
        let entry = Entry::arrive(token, self.clock.now(), request);
        let (rows, inner) = if ahead.is_empty() {
            let (held, rows) = open(&self.pool, &self.pulse, &entry).await?;
            (rows, Inner::Under(Box::new(held)))
        } else {
            self.whole(entry, ahead).await?
        };
        let Some(row) = rows.into_iter().next().map(QueryResult::from) else { return Ok(None) };
        let scope = Scope::Seat {
            person: PersonId(row.try_get("", "person_id")?),
            seat: SeatId(row.try_get("", "seat_id")?),
            federation: FederationId(row.try_get("", "federation_id")?),
        };
        Ok(Some((row, self.tx(inner, scope, request))))
    }

    /// A transaction and all that is asked in it, in one message where that can be done.
    async fn whole(&self, entry: Entry, ahead: Vec<Asking>) -> Result<(Vec<PgRow>, Inner), StoreError> {
        let place = tokio::time::timeout(self.patience, self.places.acquire()).await;
        let _place = place.map_err(|_| StoreError::Busy("no free place".into()))?;
        let mut held = Held::new(self.pool.get().await?);
        let asked = 2 + ahead.len();
        match self.pulse.heed(held.line()?.whole(&entry, &ahead).await)? {
            Some(answers) => {
                held.ended();
                (0..asked).for_each(|_| self.pulse.count());
                let mut answers = answers.into_iter();
                let rows = answers.next().unwrap_or_default();
                Ok((
                    rows,
                    Inner::Told(Box::new(Told {
                        answers: ahead.into_iter().zip(answers).collect(),
                        pool: self.pool.clone(),
                        entry,
                        anew: None,
                    })),
                ))
            }
            None => {
                let rows = begin(&mut held, &self.pulse, &entry).await?;
                Ok((rows, Inner::Under(Box::new(held))))
            }
        }
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
        let (held, _) = open(&self.pool, &self.pulse, &Entry::system(reason)).await?;
        Ok(self.tx(Inner::Under(Box::new(held)), Scope::System(reason), RequestId::new(&self.clock)))
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
        let mut line = self.pool.get().await?;
        let rows = line.rows(door.sql(), values.into_iter().collect()).await;
        Ok(self.pulse.heed(rows)?.into_iter().map(QueryResult::from).collect())
    }

    async fn enter(&self, actor: &Actor, request: RequestId, reading: bool) -> Result<Tx, StoreError> {
        let scope = Scope::Seat { person: actor.person, seat: actor.seat, federation: actor.federation };
        let (held, rows) = open(&self.pool, &self.pulse, &Entry::enter(actor, request, self.clock.now(), reading)).await?;
        let live = rows.into_iter().next().map(QueryResult::from).ok_or(StoreError::Gone)?.try_get::<bool>("", "live")?;
        if live { Ok(self.tx(Inner::Under(Box::new(held)), scope, request)) } else { Err(StoreError::Gone) }
    }

    fn tx(&self, inner: Inner, scope: Scope, request: RequestId) -> Tx {
        Tx::new(inner, scope, self.clock.clone(), request, self.pulse.clone())
    }
}

/// A connection on which a transaction has begun, and what its entry answered.
pub(crate) async fn open(pool: &Pool<Lines>, pulse: &Pulse, entry: &Entry) -> Result<(Held, Vec<PgRow>), StoreError> {
    let mut held = Held::new(pool.get().await?);
    let rows = begin(&mut held, pulse, entry).await?;
    Ok((held, rows))
}

/// BEGIN and what enters the scope: two statements in one message.
async fn begin(held: &mut Held, pulse: &Pulse, entry: &Entry) -> Result<Vec<PgRow>, StoreError> {
    pulse.count();
    pulse.count();
    Ok(pulse.heed(held.line()?.begin(entry).await)?)
}

/// What transactions begin with. Their values are bytes, ids, times and words of closed lists.
impl Entry {
    fn arrive(token: [u8; 32], now: OffsetDateTime, request: RequestId) -> Self {
        let values = format!(r"'\x{}','{}','{}'", hex::encode(token), instant(now), request.0);
        Self { name: "arrive", prepare: "PREPARE arrive (bytea, timestamptz, uuid) AS SELECT * FROM session_actor($1, $2, $3)", values }
    }

    fn enter(actor: &Actor, request: RequestId, now: OffsetDateTime, reading: bool) -> Self {
        let session = hex::encode(actor.session_hash);
        let values = format!(r"'\x{session}','{}','{}','{}',{reading}", actor.seat.0, request.0, instant(now));
        let prepare = "PREPARE enter (bytea, uuid, uuid, timestamptz, boolean) AS SELECT enter($1, $2, $3, $4, $5) AS live";
        Self { name: "enter", prepare, values }
    }

    fn system(reason: SystemReason) -> Self {
        let prepare = "PREPARE enter_system (text) AS SELECT enter_system($1)";
        Self { name: "enter_system", prepare, values: format!("'{}'", reason.word()) }
    }
}
