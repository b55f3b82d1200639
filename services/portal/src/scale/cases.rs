//! Consultations of every age, with their words, threads, consents and files.

use super::copy::Rows;
use super::dice::{Dice, id, serial};
use super::rows::{self, Category, Hand};
use super::{Pools, Size};
use anyhow::{Context, bail, ensure};
use kernel::FederationId;
use sqlx::{Connection, PgConnection};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What is written here.
pub const TABLES: &[&str] = &[
    "consultations",
    "consultation_texts",
    "consultation_messages",
    "consultation_notes",
    "consultation_events",
    "consultation_people",
    "case_access",
    "files",
    "file_versions",
    "desk_counts",
    "desk_counts_published",
];

/// Over how many years they are spread, more of them lately.
const YEARS: i64 = 6;

const CASE: u16 = 10;
const MESSAGE: u16 = 11;
const NOTE: u16 = 12;
const EVENT: u16 = 13;
const CONSENT: u16 = 14;
const FILE: u16 = 15;
const VERSION: u16 = 16;

/// A place that asks, and its people.
pub struct Asker {
    unit: i32,
    municipal: Option<i32>,
    prefecture: i32,
    member: Option<Uuid>,
    hands: Vec<Hand>,
}

/// A queue and who answers from it.
pub struct Queue {
    id: i32,
    line: String,
    hands: Vec<Hand>,
}

/// What the cases stand on.
pub struct Ground {
    federation: FederationId,
    prefix: String,
    consent_text: Uuid,
    /// Places to ask from; the first ask most.
    pub askers: Vec<Asker>,
    /// Queues.
    pub queues: Vec<Queue>,
    routes: Vec<(String, Option<i32>, i32)>,
    one_queue: bool,
    categories: Vec<Category>,
}

impl Ground {
    /// Reads what the tree, its people and the story have become.
    pub async fn read(c: &mut PgConnection, federation: FederationId, now: OffsetDateTime, one_queue: bool) -> anyhow::Result<Self> {
        Ok(Self {
            one_queue,
            federation,
            prefix: rows::prefix(c, federation).await?,
            consent_text: rows::consent_text(c, federation).await?.context("no text of a consent")?,
            askers: askers(c, federation).await?,
            queues: queues(c, federation).await?,
            routes: rows::routes(c, federation).await?,
            categories: rows::categories(c, federation, now.date()).await?,
        })
    }

    fn queue(&self, line: &str, prefecture: i32) -> anyhow::Result<&Queue> {
        if self.one_queue {
            return self.queues.first().context("nobody answers from any queue");
        }
        let route = |of: Option<i32>| self.routes.iter().find(|(l, p, _)| l == line && *p == of);
        let (_, _, id) = route(Some(prefecture)).or_else(|| route(None)).with_context(|| format!("no queue for line {line}"))?;
        self.queues.iter().find(|q| q.id == *id).with_context(|| format!("nobody answers from queue {id}"))
    }
}

async fn askers(c: &mut PgConnection, federation: FederationId) -> anyhow::Result<Vec<Asker>> {
    let mut askers: Vec<Asker> = Vec::new();
    for row in rows::askers(c, federation).await? {
        match askers.last_mut() {
            Some(last) if last.unit == row.hand.unit => last.hands.push(row.hand),
            _ => askers.push(Asker {
                unit: row.hand.unit,
                municipal: row.municipal,
                prefecture: row.prefecture,
                member: row.member,
                hands: vec![row.hand],
            }),
        }
    }
    ensure!(!askers.is_empty(), "nobody to ask");
    // Who asks most is not who was entered first.
    let mut dice = Dice::of(2);
    for n in (1..askers.len()).rev() {
        askers.swap(n, dice.below(n + 1));
    }
    Ok(askers)
}

async fn queues(c: &mut PgConnection, federation: FederationId) -> anyhow::Result<Vec<Queue>> {
    let mut queues = Vec::new();
    for (id, line) in rows::queues(c, federation).await? {
        let hands = rows::hands(c, id).await?;
        if !hands.is_empty() {
            queues.push(Queue { id, line, hands });
        }
    }
    Ok(queues)
}

/// When each case was asked and what its number is.
pub struct Plan {
    now: OffsetDateTime,
    total: u32,
    chunk: u32,
    /// First case of each fiscal year.
    years: Vec<(i32, u32)>,
}

impl Plan {
    /// For all of them.
    pub fn new(size: Size, now: OffsetDateTime) -> Self {
        let mut plan = Self { now, total: size.consultations, chunk: size.chunk, years: Vec::new() };
        for n in 0..plan.total {
            let year = plan.year(n);
            if plan.years.last().is_none_or(|(last, _)| *last != year) {
                plan.years.push((year, n));
            }
        }
        plan
    }

    /// The instant of case `n`: evenly mixed within the day, more cases a day in later years.
    fn at(&self, n: u32) -> OffsetDateTime {
        let part = (f64::from(n) / f64::from(self.total)).powf(0.8);
        let span = Duration::days(365 * YEARS);
        self.now - Duration::minutes(20) - span + Duration::seconds_f64(span.as_seconds_f64() * part)
    }

    fn year(&self, n: u32) -> i32 {
        kernel::FiscalYear::of(self.at(n).to_offset(time::UtcOffset::from_hms(9, 0, 0).expect("Tokyo")).date()).0
    }

    /// Numbers of the scale begin where a year's own count never comes.
    fn number(&self, prefix: &str, n: u32) -> String {
        let year = self.year(n);
        let first = self.years.iter().find(|(y, _)| *y == year).map_or(0, |(_, first)| *first);
        format!("{prefix}-{year}-{}", 1_000_001 + n - first)
    }
}

struct Copies {
    headers: Rows,
    texts: Rows,
    messages: Rows,
    notes: Rows,
    events: Rows,
    readers: Rows,
    consents: Rows,
    files: Rows,
    versions: Rows,
}

/// The instant that all cases are laid out from: now, or what a load that was cut off took for it. From another one ids and numbers
/// would be others, and what is there could not be told from what is missing.
///
/// # Errors
/// Cases that no load of this size laid out.
pub async fn beginning(c: &mut PgConnection, federation: FederationId, size: Size, now: OffsetDateTime) -> anyhow::Result<OffsetDateTime> {
    let whole = |at: OffsetDateTime| at.replace_nanosecond(0);
    let there = rows::cases_there(c, federation).await?;
    let Some((id, at)) = there.first() else { return Ok(whole(now)?) };
    let from = Plan { now, total: size.consultations, chunk: size.chunk, years: Vec::new() };
    let lies = |id: &Uuid, at: OffsetDateTime| at - from.at(serial(*id) as u32);
    // The database keeps microseconds: half a second finds the whole one.
    let began = whole(now + lies(id, *at) + Duration::milliseconds(500))?;
    let fits = |(id, at): &(Uuid, OffsetDateTime)| {
        serial(*id) < u64::from(size.consultations) && (now + lies(id, *at) - began).abs() < Duration::milliseconds(1)
    };
    ensure!(there.iter().all(fits), "a scale of another size is there: load it into a database of its own");
    Ok(began)
}

/// Loads one chunk unless it is there.
pub async fn load(c: &mut PgConnection, pools: &Pools, ground: &Ground, plan: &Plan, chunk: u32) -> anyhow::Result<()> {
    let (from, until) = (chunk * plan.chunk, ((chunk + 1) * plan.chunk).min(plan.total));
    let numbers: Vec<String> = (from..until).map(|n| plan.number(&ground.prefix, n)).collect();
    // A chunk is one transaction: all of it is there, or nothing.
    match rows::numbers_there(c, ground.federation, &numbers).await? {
        0 => {}
        there if there == i64::from(until - from) => return Ok(()),
        there => bail!("{there} of {} consultations are there", until - from),
    }
    let mut copies = Copies::new();
    let mut dice = Dice::of(2_000_000 + u64::from(chunk));
    for n in from..until {
        one(&mut copies, pools, ground, plan, n, &mut dice)?;
    }
    let mut tx = c.begin().await?;
    copies.send(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

impl Copies {
    fn new() -> Self {
        Self {
            headers: Rows::of(
                "consultations (id, federation_id, number, requester_unit_id, opened_by, opened_from, member_id, queue_id, responsible_seat_id, category, class, line, care, state, outcome, privacy, created_at, updated_at, turn_since, first_answer_at, resolved_at, closed_at, offered_queue_id, offered_by, offered_at)",
            ),
            texts: Rows::of("consultation_texts (consultation_id, federation_id, title, done, noticed, phone, contact)"),
            messages: Rows::of(
                "consultation_messages (id, federation_id, consultation_id, side, author_id, author_seat_id, author_name, author_unit, body, created_at)",
            ),
            notes: Rows::of(
                "consultation_notes (id, federation_id, consultation_id, author_id, author_seat_id, author_name, body, created_at)",
            ),
            events: Rows::of(
                "consultation_events (id, federation_id, consultation_id, verb, from_word, to_word, seat_id, public, created_at)",
            ),
            readers: Rows::of("consultation_people (federation_id, consultation_id, person_id)"),
            consents: Rows::of(
                "case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at, revoked_at, revoked_by)",
            ),
            files: Rows::of("files (id, federation_id, uploaded_by, uploaded_from, name, consultation_id, message_id, created_at)"),
            versions: Rows::of(
                "file_versions (id, federation_id, file_id, kind, object_key, declared_size, declared_kind, size, sha256, content_type, state, created_at, arrived_at, scanned_at)",
            ),
        }
    }

    async fn send(self, c: &mut PgConnection) -> sqlx::Result<()> {
        for rows in
            [self.headers, self.texts, self.messages, self.notes, self.events, self.readers, self.consents, self.files, self.versions]
        {
            rows.send(c).await?;
        }
        Ok(())
    }
}

/// How far a case of its age has come.
struct Course {
    state: &'static str,
    outcome: Option<&'static str>,
    answered: Option<OffsetDateTime>,
    resolved: Option<OffsetDateTime>,
    closed: Option<OffsetDateTime>,
    last: OffsetDateTime,
}

impl Course {
    fn of(at: OffsetDateTime, now: OffsetDateTime, dice: &mut Dice) -> Self {
        let age = now - at;
        let answered = (at + Duration::minutes(10 + dice.below(600) as i64)).min(now);
        let resolved = at + Duration::hours(20 + dice.below(240) as i64);
        let closed = resolved + Duration::days(14);
        let open = |state, last| Self { state, outcome: None, answered: Some(answered), resolved: None, closed: None, last };
        if age < Duration::hours(6) {
            return Self { answered: None, ..open("new", at) };
        }
        // A few never end; most are resolved within days and closed two weeks later.
        if resolved > now || (age < Duration::days(200) && dice.chance(20)) {
            let state = ["triaged", "in_work", "in_work", "waiting_requester", "waiting_requester", "waiting_third_party"][dice.below(6)];
            return open(state, answered);
        }
        let outcome = Some(
            ["advice", "advice", "advice", "information", "vendor_took_over", "remote_support", "no_incident", "referred", "no_answer"]
                [dice.below(9)],
        );
        if closed > now {
            return Self { state: "resolved", outcome, answered: Some(answered), resolved: Some(resolved), closed: None, last: resolved };
        }
        Self { state: "closed", outcome, answered: Some(answered), resolved: Some(resolved), closed: Some(closed), last: closed }
    }
}

fn one(to: &mut Copies, pools: &Pools, ground: &Ground, plan: &Plan, n: u32, dice: &mut Dice) -> anyhow::Result<()> {
    let (f, serial, at) = (ground.federation.0, u64::from(n), plan.at(n));
    let case = id(CASE, at, serial);
    let asker = &ground.askers[dice.skewed(ground.askers.len())];
    let opener = dice.pick(&asker.hands);
    // Questions come twice as often as trouble.
    let category = loop {
        let category = dice.pick(&ground.categories);
        if !category.trouble || dice.chance(400) {
            break category;
        }
    };
    let queue = ground.queue(&category.line, asker.prefecture)?;
    let responsible = dice.pick(&queue.hands);
    let course = Course::of(at, plan.now, dice);
    let privacy = ["everyone", "everyone", "everyone", "everyone", "everyone", "everyone", "everyone", "own", "named", "confidential"]
        [dice.below(10)];
    let offered = (course.resolved.is_none() && dice.chance(15)).then(|| ground.queues.iter().find(|q| q.line != queue.line)).flatten();
    let care = if category.trouble { ["normal", "normal", "partly", "stopped"][dice.below(4)] } else { "not_applicable" };
    let class = if care == "stopped" && dice.chance(300) { "S1" } else { &category.class };
    to.headers
        .row(case)
        .and(f)
        .and(plan.number(&ground.prefix, n))
        .and(asker.unit)
        .and(opener.person)
        .and(opener.seat)
        .or_null(asker.member)
        .and(queue.id)
        .and(responsible.seat)
        .and(&category.code)
        .and(class)
        .and(&queue.line)
        .and(care)
        .and(course.state)
        .or_null(course.outcome)
        .and(privacy)
        .and(at)
        .and(course.last)
        .and(course.answered.unwrap_or(at))
        .or_null(course.answered)
        .or_null(course.resolved)
        .or_null(course.closed)
        .or_null(offered.map(|q| q.id))
        .or_null(offered.map(|_| responsible.seat))
        .or_null(offered.map(|_| course.last));
    to.texts
        .row(case)
        .and(f)
        .and(dice.pick(&pools.titles))
        .and(dice.pick(&pools.asks))
        .and("")
        .and(format!("090-0000-{:04}", n % 10_000))
        .and(&opener.name);
    for (step, (verb, word, public)) in [
        ("asked", None, true),
        ("triaged", None, false),
        ("assigned", None, false),
        ("resolved", course.outcome, true),
        ("closed", None, true),
    ]
    .into_iter()
    .enumerate()
    {
        let when = match step {
            0 => Some(at),
            1 | 2 => course.answered,
            3 => course.resolved,
            _ => course.closed,
        };
        let Some(when) = when else { continue };
        let seat = if step == 0 { opener.seat } else { responsible.seat };
        to.events
            .row(id(EVENT, when, serial * 8 + step as u64))
            .and(f)
            .and(case)
            .and(verb)
            .or_null(None::<&str>)
            .or_null(word)
            .and(seat)
            .and(if public { "t" } else { "f" })
            .and(when);
    }
    thread(to, pools, ground, dice, n, case, asker, opener, responsible, &course, at);
    if matches!(privacy, "named" | "confidential")
        && let Some(colleague) = asker.hands.iter().find(|h| h.person != opener.person)
    {
        to.readers.row(f).and(case).and(colleague.person);
    }
    for (k, (receiver, unit, per_mille)) in
        [("programme_office", Some(f), 60), ("prefecture", Some(asker.prefecture), 100), ("municipality", asker.municipal, 40)]
            .into_iter()
            .enumerate()
    {
        let Some(unit) = unit else { continue };
        if unit == asker.unit || !dice.chance(per_mille) {
            continue;
        }
        let revoked = dice.chance(80).then_some(course.last);
        to.consents
            .row(id(CONSENT, at, serial * 4 + k as u64))
            .and(f)
            .and(case)
            .and(receiver)
            .and(unit)
            .and(ground.consent_text)
            .and(opener.person)
            .and(asker.unit)
            .and(at)
            .or_null(revoked)
            .or_null(revoked.map(|_| opener.person));
    }
    Ok(())
}

/// Messages between the sides, five on average and now and then many, with notes and files.
#[allow(clippy::too_many_arguments, reason = "one row of life has many facts")]
fn thread(
    to: &mut Copies,
    pools: &Pools,
    ground: &Ground,
    dice: &mut Dice,
    n: u32,
    case: Uuid,
    asker: &Asker,
    opener: &Hand,
    desk: &Hand,
    course: &Course,
    at: OffsetDateTime,
) {
    let f = ground.federation.0;
    let end = course.resolved.unwrap_or(course.last).max(at + Duration::minutes(1));
    let many = if course.answered.is_none() {
        1
    } else if dice.chance(8) {
        20 + dice.below(60)
    } else {
        2 + dice.below(6)
    };
    for k in 0..many {
        let serial = u64::from(n) * 128 + k as u64;
        let when = at + (end - at) * (k as f64 / many as f64);
        let asks = k % 2 == 0;
        let (who, side, words) = if asks {
            (if k == 0 { opener } else { dice.pick(&asker.hands) }, "requester", &pools.asks)
        } else {
            (desk, "desk", &pools.answers)
        };
        let body = (0..=dice.below(3)).map(|_| dice.pick(words).as_str()).collect::<Vec<_>>().join("\n");
        let message = id(MESSAGE, when, serial);
        to.messages
            .row(message)
            .and(f)
            .and(case)
            .and(side)
            .and(who.person)
            .and(who.seat)
            .and(&who.name)
            .and(&who.unit_name)
            .and(body)
            .and(when);
        if asks && dice.chance(40) {
            let file = id(FILE, when, serial);
            to.files
                .row(file)
                .and(f)
                .and(who.person)
                .and(who.seat)
                .and(format!("{}{}.jpg", pools.picture, k + 1))
                .and(case)
                .and(message)
                .and(when);
            to.versions
                .row(id(VERSION, when, serial))
                .and(f)
                .and(file)
                .and("original")
                .and(format!("kept/{:032x}", file.as_u128()))
                .and(240_000)
                .and("picture")
                .and(240_000)
                .and(format!("\\x{:064x}", serial))
                .and("image/jpeg")
                .and("clean")
                .and(when)
                .and(when)
                .and(when);
        }
        if !asks && dice.chance(250) {
            to.notes
                .row(id(NOTE, when, serial))
                .and(f)
                .and(case)
                .and(desk.person)
                .and(desk.seat)
                .and(&desk.name)
                .and(dice.pick(&pools.notes))
                .and(when);
        }
    }
}
