//! A world for the adversary: people in every seat of the story, consultations in several states whose every text carries
//! a mark of its own, files, drafts; and, written a second time from the design, who may read what.

mod deeds;
mod people;
mod sees;

pub(crate) use deeds::deed;
pub use deeds::{allow, answers, ask, close, mark, note, offer, reply, resolve, revoke, triage, upload};
pub use people::{Seated, at, begin, everybody, sit};
pub use sees::{Case, Sees, cases};

use desk::commands;
use desk::{Line, Privacy, Receiver};
use kernel::ConsultationId;
use sqlx::Row;
use std::collections::BTreeMap;
use tests::Stage;
use uuid::Uuid;

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
    Box::pin(ask(stage, who("aizawa"), 1, "INC-MAL", Privacy::Own, &[], false)).await;
    let two = Box::pin(ask(stage, who("aizawa"), 2, "INC-MAL", Privacy::Everyone, &[], true)).await;
    Box::pin(ask(stage, who("aizawa"), 3, "INC-MAL", Privacy::Named, &tabata, false)).await;
    let four = Box::pin(ask(stage, who("aizawa"), 4, "INC-MAL", Privacy::Confidential, &tabata, false)).await;
    for (n, case) in [(2, two), (4, four)] {
        minute();
        reply(stage, who("momose"), case, n, &[]).await;
        note(stage, who("momose"), case, n).await;
    }
    // A clinic in Chiba, whose first line an outside provider runs.
    let (ooki, kashiwagi) = (who("ooki"), who("kashiwagi"));
    let five = Box::pin(ask(stage, ooki, 5, "INC-MAL", Privacy::Everyone, &[], true)).await;
    triage(stage, kashiwagi, five).await;
    let sent = upload(stage, kashiwagi, files::Target::Consultation(five), &format!("{}.txt", mark(5, "DESKFILE")), "clean").await;
    reply(stage, kashiwagi, five, 5, &[sent.file]).await;
    note(stage, kashiwagi, five, 5).await;
    upload(stage, ooki, files::Target::Consultation(five), &format!("{}.txt", mark(5, "PENDING")), "waiting").await;
    Box::pin(ask(stage, ooki, 6, "INC-MAL", Privacy::Own, &[], true)).await;
    let seven = Box::pin(ask(stage, ooki, 7, "INC-MAL", Privacy::Everyone, &[], false)).await;
    note(stage, kashiwagi, seven, 7).await;
    offer(stage, kashiwagi, seven, Line::Second).await;
    let eight = Box::pin(ask(stage, ooki, 8, "INC-MAL", Privacy::Everyone, &[], true)).await;
    note(stage, kashiwagi, eight, 8).await;
    reply(stage, kashiwagi, eight, 8, &[]).await;
    for receiver in Receiver::ALL {
        allow(stage, ooki, eight, *receiver).await;
    }
    let nine = Box::pin(ask(stage, ooki, 9, "INC-MAL", Privacy::Confidential, &[], false)).await;
    allow(stage, ooki, nine, Receiver::Prefecture).await;
    note(stage, kashiwagi, nine, 9).await;
    let ten = Box::pin(ask(stage, ooki, 10, "INC-MAL", Privacy::Everyone, &[], false)).await;
    resolve(stage, kashiwagi, ten, 10).await;
    let eleven = Box::pin(ask(stage, ooki, 11, "INC-MAL", Privacy::Everyone, &[], false)).await;
    resolve(stage, kashiwagi, eleven, 11).await;
    close(stage, ooki, eleven).await;
    let twelve = Box::pin(ask(stage, ooki, 12, "INC-MAL", Privacy::Confidential, &[], false)).await;
    triage(stage, kashiwagi, twelve).await;
    deed!(stage, kashiwagi, twelve, desk::WaitThird, |tx, actor, facts, permit, seen| commands::wait_third(
        &tx, actor, &facts, permit, seen
    ));
    // Offices ask too.
    let office = Box::pin(ask(stage, who("nemoto"), 13, "CHK", Privacy::Everyone, &[], false)).await;
    note(stage, who("saegusa"), office, 13).await;
    Box::pin(ask(stage, who("ishige"), 14, "INC-MAL", Privacy::Own, &[], false)).await;
    // Another federation on the same installation.
    let far = Box::pin(ask(stage, who("saeki"), 15, "INC-MAL", Privacy::Everyone, &[], true)).await;
    note(stage, who("sasaki"), far, 15).await;
    allow(stage, who("saeki"), far, Receiver::Prefecture).await;
    Box::pin(ask(stage, who("shiraishi"), 16, "INC-MAL", Privacy::Confidential, &[], false)).await;
    let taken_back = Box::pin(ask(stage, ooki, 17, "INC-MAL", Privacy::Everyone, &[], false)).await;
    allow(stage, ooki, taken_back, Receiver::Prefecture).await;
    revoke(stage, ooki, taken_back, Receiver::Prefecture).await;
    Box::pin(ask(stage, who("miyake"), 18, "CHK", Privacy::Everyone, &[], false)).await;
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
