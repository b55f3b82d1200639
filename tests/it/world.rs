//! A world for the adversary: people in every seat of the story, consultations in several states whose every text carries
//! a mark of its own, files, drafts; and, written a second time from the design, who may read what.

use access::{Actor, Role, authorise};
use desk::commands::{self, Triaged};
use desk::{Answers, Asked, Class, Line, Outcome, Privacy, Receiver};
use kernel::{ConsultationId, FileId, Level, PersonId, RequestId, secret};
use sqlx::{PgConnection, Row};
use std::collections::BTreeMap;
use store::Door;
use tests::{Person, Stage};
use uuid::Uuid;

/// A person of the story in one of their seats, at a browser.
pub struct Seated {
    pub key: String,
    pub browser: Person,
    pub actor: Actor,
    pub csrf: String,
}

impl Seated {
    /// Posts fields with the envelope a page would add.
    pub async fn post(&self, path: &str, version: Option<i32>, fields: &[(String, String)]) -> tests::Page {
        let (seat, version) = (self.actor.seat.to_string(), version.map(|v| v.to_string()));
        let mut all = vec![("_csrf", self.csrf.as_str()), ("_seat", seat.as_str())];
        all.extend(version.as_deref().map(|v| ("version", v)));
        all.extend(fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        self.browser.post_raw(path, &all).await
    }

    /// `key@role` for messages.
    pub fn name(&self) -> String {
        format!("{}@{}", self.key, self.actor.role)
    }
}

/// Begins a transaction in somebody's scope.
pub async fn begin(stage: &Stage, who: &Seated) -> store::Tx {
    stage.db().begin(&who.actor, RequestId::new(&stage.clock)).await.unwrap_or_else(|e| panic!("{}: {e}", who.name()))
}

/// One verb on one case by somebody who may; the version seen is the present one.
macro_rules! deed {
    ($stage:expr, $who:expr, $case:expr, $action:ty, |$tx:ident, $actor:ident, $facts:ident, $permit:ident, $seen:ident| $act:expr) => {{
        let ($tx, $actor) = ($crate::world::begin($stage, $who).await, &$who.actor);
        let found = desk::find_for_update::<$action>(&$tx, $actor, $case).await;
        let ($facts, $permit) = found.unwrap_or_else(|e| panic!("{} {}: {e}", $who.name(), stringify!($action)));
        let $seen = $facts.case.version;
        let _ = $seen;
        let out = $act.await.unwrap_or_else(|e| panic!("{} {}: {e}", $who.name(), stringify!($action)));
        $tx.commit().await.expect("commit");
        out
    }};
}
pub(crate) use deed;

/// Opens a session in one seat.
pub async fn sit(stage: &Stage, key: &str, person: Uuid, seat: Uuid, federation: i32) -> Seated {
    let mut god = stage.god().await;
    let issuer: Uuid = sqlx::query_scalar("SELECT id FROM issuers WHERE federation_id = $1 ORDER BY sort LIMIT 1")
        .bind(federation)
        .fetch_one(&mut god)
        .await
        .expect("issuer");
    let (token, hash) = secret::new_secret();
    let now = stage.clock.now();
    let values = [
        kernel::ids::new_uuid(&stage.clock).into(),
        hash.to_vec().into(),
        person.into(),
        issuer.into(),
        None::<Vec<u8>>.into(),
        None::<String>.into(),
        Some("urn:tomoshibi:acr:2".to_owned()).into(),
        vec!["pwd".to_owned(), "otp".to_owned()].into(),
        true.into(),
        now.into(),
        "test".into(),
        36_000.into(),
        now.into(),
        (now + time::Duration::hours(12)).into(),
        Some(seat).into(),
    ];
    let rows = stage.db().door(Door::SessionOpen, values).await.expect("session opens");
    let got: Option<Uuid> = rows[0].try_get("", "seat").expect("seat");
    assert_eq!(got, Some(seat), "{key} sits elsewhere");
    let mut browser = Person::nobody(stage);
    (browser.token, browser.seat, browser.person) = (Some(token.clone()), Some(seat), Some(person));
    let actor = identity::read_session(stage.db(), &token).await.expect("database").expect("live");
    let csrf = browser.csrf().await;
    Seated { key: key.to_owned(), browser, actor, csrf }
}

/// The seat of a person of the story whose organisation's name begins like this.
pub async fn at(stage: &Stage, key: &str, unit: &str) -> Seated {
    let mut god = stage.god().await;
    let row = sqlx::query("SELECT s.id, s.person_id, s.federation_id FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id JOIN units u ON u.id = s.unit_id WHERE pc.email = $1 AND u.name LIKE $2 || '%' ORDER BY s.role DESC LIMIT 1")
        .bind(email(key))
        .bind(unit)
        .fetch_one(&mut god)
        .await
        .unwrap_or_else(|e| panic!("{key} at {unit}: {e}"));
    sit(stage, key, row.get("person_id"), row.get("id"), row.get("federation_id")).await
}

fn email(key: &str) -> String {
    let people = portal::story::demo_people().expect("people");
    people.into_iter().find(|p| p.key == key).unwrap_or_else(|| panic!("nobody is called {key}")).email
}

/// Everybody of the story in every seat they hold.
pub async fn everybody(stage: &Stage) -> Vec<Seated> {
    let keys: BTreeMap<String, String> = portal::story::demo_people().expect("people").into_iter().map(|p| (p.email, p.key)).collect();
    let mut god = stage.god().await;
    let rows = sqlx::query("SELECT s.id, s.person_id, s.federation_id, pc.email FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id WHERE s.ended_at IS NULL ORDER BY pc.email, s.id")
        .fetch_all(&mut god)
        .await
        .expect("seats");
    let mut all = Vec::new();
    for row in rows {
        let key = &keys[&row.get::<String, _>("email")];
        all.push(sit(stage, key, row.get("person_id"), row.get("id"), row.get("federation_id")).await);
    }
    for role in Role::ALL {
        assert!(all.iter().any(|s| s.actor.role == *role), "the story has no {role}");
    }
    all
}

/// The mark in one text of case `n`. Nothing else in the product contains it.
pub fn mark(n: usize, field: &str) -> String {
    format!("QZ{n:02}{field}ZQ")
}

/// What a person may see of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sees {
    Nothing,
    Header,
    Text,
    Notes,
}

/// A consultation and the facts that decide who reads it.
#[derive(Clone, Debug)]
pub struct Case {
    pub n: usize,
    pub name: String,
    pub id: Uuid,
    pub federation: i32,
    pub requester: i32,
    pub prefecture: Option<i32>,
    pub municipal: Option<i32>,
    pub queue: i32,
    pub offered: Option<i32>,
    pub privacy: Privacy,
    pub opener: Uuid,
    pub named: Vec<Uuid>,
    pub consents: Vec<i32>,
}

impl Case {
    /// The address.
    pub fn path(&self) -> String {
        format!("/c/{}", self.id)
    }

    /// The rule, told again from the design (`rls.md`, `product.md`) without the product's code.
    pub fn seen_by(&self, who: &Actor) -> Sees {
        let holds = |queue: i32| who.queues.iter().any(|q| q.0 == queue);
        let asks = matches!(who.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer);
        if who.federation.0 != self.federation {
            return Sees::Nothing;
        }
        if holds(self.queue) || self.offered.is_some_and(holds) {
            return Sees::Notes;
        }
        if asks && who.unit.0 == self.requester {
            let named = self.named.contains(&who.person.0);
            let may = who.person.0 == self.opener
                || match self.privacy {
                    Privacy::Everyone => true,
                    Privacy::Own => who.role == Role::Owner,
                    Privacy::Named => who.role == Role::Owner || named,
                    Privacy::Confidential => named,
                };
            return if may { Sees::Text } else { Sees::Nothing };
        }
        if matches!(who.role, Role::Officer | Role::ProgrammeOwner) && self.consents.contains(&who.unit.0) {
            return Sees::Text;
        }
        let open = self.privacy != Privacy::Confidential;
        let area = match (who.role, who.level) {
            (Role::Officer, Level::Prefectural) => self.prefecture == Some(who.unit.0) && open,
            (Role::Officer, Level::Municipal) => self.municipal == Some(who.unit.0) && open,
            (Role::ProgrammeOwner, _) => open,
            (Role::Auditor, _) => true,
            _ => false,
        };
        if area { Sees::Header } else { Sees::Nothing }
    }
}

/// Reads every consultation's facts, as they are now.
pub async fn cases(god: &mut PgConnection) -> Vec<Case> {
    let rows = sqlx::query(
        "SELECT c.*, coalesce(t.title, '') AS title, coalesce((SELECT array_agg(p.person_id) FROM consultation_people p WHERE p.consultation_id = c.id), '{}') AS named,
           coalesce((SELECT array_agg(a.unit_id) FROM case_access a WHERE a.consultation_id = c.id AND a.revoked_at IS NULL AND a.unit_id IS NOT NULL), '{}') AS consents
         FROM consultations c LEFT JOIN consultation_texts t ON t.consultation_id = c.id ORDER BY c.created_at, c.id",
    )
    .fetch_all(god)
    .await
    .expect("cases");
    let case = |row: sqlx::postgres::PgRow| Case {
        n: row.get::<String, _>("title").strip_prefix("QZ").and_then(|t| t.get(..2)?.parse().ok()).unwrap_or_default(),
        name: row.get("title"),
        id: row.get("id"),
        federation: row.get("federation_id"),
        requester: row.get("requester_unit_id"),
        prefecture: row.get("prefecture_id"),
        municipal: row.get("municipal_id"),
        queue: row.get("queue_id"),
        offered: row.get("offered_queue_id"),
        privacy: row.get::<String, _>("privacy").parse().expect("privacy"),
        opener: row.get("opened_by"),
        named: row.get("named"),
        consents: row.get("consents"),
    };
    rows.into_iter().map(case).collect()
}

/// What somebody asks, with the marks of `n` in every text.
pub fn answers(n: usize, category: &str, privacy: Privacy, named: &[PersonId], who: &str) -> Answers {
    let trouble = category.starts_with("INC");
    let mut answers = Answers {
        category: Some(category.into()),
        trouble,
        noticed: format!("朝6時40分ごろ {}", mark(n, "NOTICED")),
        care: trouble.then_some(desk::Care::Partly),
        title: mark(n, "TITLE"),
        body: format!("画面が赤くなりました。{}", mark(n, "BODY")),
        done: mark(n, "DONE"),
        phone: format!("090-0077-{n:04}"),
        contact: format!("{who} {}", mark(n, "CONTACT")),
        member: None,
        privacy: Some(privacy),
        named: named.to_vec(),
        visited: vec![],
        traces: vec![],
    };
    answers.visited = answers.steps();
    answers
}

/// Asks; `files` are announced on the draft and found clean before sending.
pub async fn ask(
    stage: &Stage,
    who: &Seated,
    n: usize,
    category: &str,
    privacy: Privacy,
    named: &[PersonId],
    file: bool,
) -> ConsultationId {
    let tx = begin(stage, who).await;
    let given = answers(n, category, privacy, named, &who.actor.person_name);
    let draft = commands::start_draft(&tx, &who.actor, &given).await.expect("draft");
    tx.commit().await.expect("commit");
    if file {
        upload(stage, who, files::Target::Draft(draft.id), &format!("{}.txt", mark(n, "FILE")), "clean").await;
    }
    let tx = begin(stage, who).await;
    let asked = commands::submit(&tx, &who.actor, draft.id).await.expect("sent");
    tx.commit().await.expect("commit");
    match asked {
        Asked::Stored { id, .. } => id,
        Asked::Missing(missing) => panic!("missing {missing:?}"),
    }
}

/// A file of somebody's own at a place, in a state; clean ones are as the scanner would leave them.
pub async fn upload(stage: &Stage, who: &Seated, target: files::Target, name: &str, state: &str) -> files::Announced {
    let tx = begin(stage, who).await;
    let permit = authorise::<files::Attach>(&who.actor, &target).expect("may attach");
    let announced = files::announce(&tx, permit, target, name, files::Kind::ALL[0]).await.expect("announced");
    tx.commit().await.expect("commit");
    let mut god = stage.god().await;
    sqlx::query("UPDATE file_versions SET state = $2, object_key = CASE WHEN $2 IN ('expected', 'waiting', 'abandoned') THEN object_key ELSE replace(object_key, 'incoming', 'kept') END, size = 3, declared_size = 3, sha256 = decode(repeat('00', 32), 'hex'), content_type = 'text/plain', arrived_at = $3, scanned_at = $3 WHERE id = $1")
        .bind(announced.version.0)
        .bind(state)
        .bind(stage.clock.now())
        .execute(&mut god)
        .await
        .expect("state");
    announced
}

/// The desk answers.
pub async fn reply(stage: &Stage, who: &Seated, case: ConsultationId, n: usize, files: &[FileId]) {
    let body = format!("お返事です。{}", mark(n, "REPLY"));
    deed!(stage, who, case, desk::Reply, |tx, actor, facts, permit, seen| commands::reply(&tx, actor, &facts, permit, seen, &body, files));
}

/// The desk notes something for itself.
pub async fn note(stage: &Stage, who: &Seated, case: ConsultationId, n: usize) {
    let body = format!("内部のメモ。{}", mark(n, "NOTE"));
    deed!(stage, who, case, desk::WriteNote, |tx, actor, facts, permit, seen| commands::note(&tx, actor, &facts, permit, &body));
}

/// The second line is offered the case.
pub async fn offer(stage: &Stage, who: &Seated, case: ConsultationId, line: Line) {
    deed!(stage, who, case, desk::OfferLine, |tx, actor, facts, permit, seen| commands::offer_line(&tx, actor, &facts, permit, seen, line));
}

/// A consent by the writer.
pub async fn allow(stage: &Stage, who: &Seated, case: ConsultationId, receiver: Receiver) {
    deed!(stage, who, case, desk::Consent, |tx, actor, facts, permit, seen| async {
        let key = content::keys::consent(receiver.word()).expect("key");
        let text = content::current(&tx, &key, tx.clock().today()).await.expect("database").expect("a text in force");
        commands::allow(&tx, actor, &facts, &permit, receiver, text.id).await
    });
}

/// The consent taken back.
pub async fn revoke(stage: &Stage, who: &Seated, case: ConsultationId, receiver: Receiver) {
    deed!(stage, who, case, desk::Consent, |tx, actor, facts, permit, seen| commands::revoke(&tx, actor, &facts, &permit, receiver));
}

/// The work ends.
pub async fn resolve(stage: &Stage, who: &Seated, case: ConsultationId, n: usize) {
    let body = format!("終わりました。{}", mark(n, "LAST"));
    deed!(stage, who, case, desk::Resolve, |tx, actor, facts, permit, seen| commands::resolve(
        &tx,
        actor,
        &facts,
        permit,
        seen,
        Outcome::Advice,
        &body
    ));
}

/// The asking side closes.
pub async fn close(stage: &Stage, who: &Seated, case: ConsultationId) {
    deed!(stage, who, case, desk::Close, |tx, actor, facts, permit, seen| commands::close(&tx, actor, &facts, permit, seen));
}

/// Triage into a class.
pub async fn triage(stage: &Stage, who: &Seated, case: ConsultationId) {
    let input = Triaged { category: "INC-MAL".into(), class: Class::S2, line: Line::First };
    deed!(stage, who, case, desk::Triage, |tx, actor, facts, permit, seen| commands::triage(&tx, actor, &facts, permit, seen, &input));
}

/// A draft that is still being written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub n: usize,
    pub id: Uuid,
    pub seat: Uuid,
}

/// A file: whose, on which case, sent or not.
#[derive(Clone, Debug)]
pub struct FileFact {
    pub id: Uuid,
    pub version: Uuid,
    pub seat: Uuid,
    pub case: Option<Uuid>,
    pub sent: bool,
}

/// The world.
pub struct World {
    /// The people who acted, by key.
    pub people: BTreeMap<&'static str, Seated>,
    pub cases: Vec<Case>,
    pub drafts: Vec<Draft>,
    pub files: Vec<FileFact>,
}

impl World {
    /// Tells it.
    pub async fn build(stage: &Stage) -> Self {
        let mut people = BTreeMap::new();
        for (key, unit) in PLAYERS {
            people.insert(*key, at(stage, key, unit).await);
        }
        let drafts = tell(stage, &people).await;
        let mut god = stage.god().await;
        let rows = sqlx::query("SELECT f.id, v.id AS version, f.uploaded_from, f.consultation_id, f.message_id IS NOT NULL AS sent FROM files f JOIN file_versions v ON v.file_id = f.id ORDER BY f.id")
            .fetch_all(&mut god)
            .await
            .expect("files");
        let file = |r: sqlx::postgres::PgRow| FileFact {
            id: r.get("id"),
            version: r.get("version"),
            seat: r.get("uploaded_from"),
            case: r.get("consultation_id"),
            sent: r.get("sent"),
        };
        let world = Self { people, cases: cases(&mut god).await, drafts, files: rows.into_iter().map(file).collect() };
        for (key, form) in [("ooki", "answer"), ("kashiwagi", "reply")] {
            let (who, case) = (world.who(key), ConsultationId(world.case(5).id));
            let tx = begin(stage, who).await;
            let fields = BTreeMap::from([("body".to_owned(), format!("書きかけ {key}"))]);
            commands::keep_writing(&tx, &who.actor, case, form, &fields, 1).await.expect("kept");
            tx.commit().await.expect("commit");
        }
        world
    }

    /// The person.
    pub fn who(&self, key: &str) -> &Seated {
        self.people.get(key).unwrap_or_else(|| panic!("{key} does not play"))
    }

    /// The case with this number.
    pub fn case(&self, n: usize) -> &Case {
        self.cases.iter().find(|c| c.n == n).unwrap_or_else(|| panic!("no case {n}"))
    }
}

/// Who plays, and at which organisation.
pub const PLAYERS: &[(&str, &str)] = &[
    ("aizawa", "ひだまり"),
    ("morishita", "ひだまり"),
    ("tabata", "ひだまり"),
    ("hanai", "花園"),
    ("ooki", "みどりの森"),
    ("morinaga", "みどりの森"),
    ("izumi", "いずみ町"),
    ("miyake", "いずみ町"),
    ("nemoto", "千葉県"),
    ("ishige", "汐見"),
    ("nanba", "岡山県"),
    ("miyasaka", "長野県"),
    ("momose", "長野県"),
    ("kashiwagi", "北斗"),
    ("eguchi", "北斗"),
    ("nonomura", "北斗"),
    ("fujishiro", "北斗"),
    ("otsuki", "北斗"),
    ("saegusa", "全国"),
    ("iwase", "全国"),
    ("hayami", "全国"),
    ("wakabayashi", "全国"),
    ("saeki", "大森"),
    ("shiraishi", "ゆきしろ"),
    ("sasaki", "北都"),
    ("narita", "北都"),
];

async fn tell(stage: &Stage, p: &BTreeMap<&'static str, Seated>) -> Vec<Draft> {
    let who = |key: &str| &p[key];
    let tabata = [who("tabata").actor.person];
    let minute = || stage.clock.advance(time::Duration::minutes(1));
    // A clinic in Nagano, whose first line Nagano runs itself: one of each privacy.
    ask(stage, who("aizawa"), 1, "INC-MAL", Privacy::Own, &[], false).await;
    let two = ask(stage, who("aizawa"), 2, "INC-MAL", Privacy::Everyone, &[], true).await;
    ask(stage, who("aizawa"), 3, "INC-MAL", Privacy::Named, &tabata, false).await;
    let four = ask(stage, who("aizawa"), 4, "INC-MAL", Privacy::Confidential, &tabata, false).await;
    for (n, case) in [(2, two), (4, four)] {
        minute();
        reply(stage, who("momose"), case, n, &[]).await;
        note(stage, who("momose"), case, n).await;
    }
    // A clinic in Chiba, whose first line an outside provider runs.
    let (ooki, kashiwagi) = (who("ooki"), who("kashiwagi"));
    let five = ask(stage, ooki, 5, "INC-MAL", Privacy::Everyone, &[], true).await;
    triage(stage, kashiwagi, five).await;
    let sent = upload(stage, kashiwagi, files::Target::Consultation(five), &format!("{}.txt", mark(5, "DESKFILE")), "clean").await;
    reply(stage, kashiwagi, five, 5, &[sent.file]).await;
    note(stage, kashiwagi, five, 5).await;
    upload(stage, ooki, files::Target::Consultation(five), &format!("{}.txt", mark(5, "PENDING")), "waiting").await;
    ask(stage, ooki, 6, "INC-MAL", Privacy::Own, &[], true).await;
    let seven = ask(stage, ooki, 7, "INC-MAL", Privacy::Everyone, &[], false).await;
    note(stage, kashiwagi, seven, 7).await;
    offer(stage, kashiwagi, seven, Line::Second).await;
    let eight = ask(stage, ooki, 8, "INC-MAL", Privacy::Everyone, &[], true).await;
    note(stage, kashiwagi, eight, 8).await;
    reply(stage, kashiwagi, eight, 8, &[]).await;
    for receiver in Receiver::ALL {
        allow(stage, ooki, eight, *receiver).await;
    }
    let nine = ask(stage, ooki, 9, "INC-MAL", Privacy::Confidential, &[], false).await;
    allow(stage, ooki, nine, Receiver::Prefecture).await;
    note(stage, kashiwagi, nine, 9).await;
    let ten = ask(stage, ooki, 10, "INC-MAL", Privacy::Everyone, &[], false).await;
    resolve(stage, kashiwagi, ten, 10).await;
    let eleven = ask(stage, ooki, 11, "INC-MAL", Privacy::Everyone, &[], false).await;
    resolve(stage, kashiwagi, eleven, 11).await;
    close(stage, ooki, eleven).await;
    let twelve = ask(stage, ooki, 12, "INC-MAL", Privacy::Confidential, &[], false).await;
    triage(stage, kashiwagi, twelve).await;
    deed!(stage, kashiwagi, twelve, desk::WaitThird, |tx, actor, facts, permit, seen| commands::wait_third(
        &tx, actor, &facts, permit, seen
    ));
    // Offices ask too.
    let office = ask(stage, who("nemoto"), 13, "CHK", Privacy::Everyone, &[], false).await;
    note(stage, who("saegusa"), office, 13).await;
    ask(stage, who("ishige"), 14, "INC-MAL", Privacy::Own, &[], false).await;
    // Another federation on the same installation.
    let far = ask(stage, who("saeki"), 15, "INC-MAL", Privacy::Everyone, &[], true).await;
    note(stage, who("sasaki"), far, 15).await;
    allow(stage, who("saeki"), far, Receiver::Prefecture).await;
    ask(stage, who("shiraishi"), 16, "INC-MAL", Privacy::Confidential, &[], false).await;
    let taken_back = ask(stage, ooki, 17, "INC-MAL", Privacy::Everyone, &[], false).await;
    allow(stage, ooki, taken_back, Receiver::Prefecture).await;
    revoke(stage, ooki, taken_back, Receiver::Prefecture).await;
    ask(stage, who("miyake"), 18, "CHK", Privacy::Everyone, &[], false).await;
    let mut drafts = Vec::new();
    for (n, key) in [(31, "ooki"), (32, "saeki"), (33, "aizawa")] {
        let tx = begin(stage, who(key)).await;
        let given = answers(n, "INC-MAL", Privacy::Everyone, &[], "x");
        let draft = commands::start_draft(&tx, &who(key).actor, &given).await.expect("draft");
        tx.commit().await.expect("commit");
        upload(stage, who(key), files::Target::Draft(draft.id), &format!("{}.txt", mark(n, "FILE")), "clean").await;
        drafts.push(Draft { n, id: draft.id.0, seat: who(key).actor.seat.0 });
    }
    drafts
}
