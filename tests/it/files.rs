//! Bytes on their way: what was found clean is what is opened, whatever is sent afterwards.

use crate::world::{Seated, answers, at, begin};
use desk::{Asked, Privacy};
use files::{Finding, Kind, ScanError, Scanner, Target};
use futures::StreamExt;
use futures::stream::BoxStream;
use kernel::{Clock, DraftId, FileId, FileVersionId};
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::Stage;

const FIRST: &[u8] = b"what was looked at\n";
const SECOND: &[u8] = b"sent afterwards under the same form\n";

/// A file of somebody's own on a draft, with the form that takes its bytes.
struct Upload {
    draft: DraftId,
    file: FileId,
    version: FileVersionId,
    key: String,
    form: blobs::SignedPost,
}

/// What the store answers to a form with these bytes.
async fn post(form: &blobs::SignedPost, bytes: &[u8]) -> reqwest::Response {
    const LINE: &str = "----boundary7f3a";
    let mut body = Vec::new();
    for (name, value) in &form.fields {
        body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"log.txt\"\r\n\r\n").bytes());
    body.extend_from_slice(bytes);
    body.extend(format!("\r\n--{LINE}--\r\n").bytes());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
    let request = client.post(&form.url).header("content-type", format!("multipart/form-data; boundary={LINE}"));
    request.body(body).send().await.expect("answer")
}

/// What the row says of the bytes.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    state: String,
    key: String,
    size: Option<i64>,
    sha256: Option<Vec<u8>>,
}

async fn announce(stage: &Stage, who: &Seated) -> Upload {
    let tx = begin(stage, who).await;
    let given = answers(70, "INC-MAL", Privacy::Everyone, &[], &who.actor.person_name);
    let draft = desk::commands::start_draft(&tx, &who.actor, &given).await.expect("draft").id;
    let permit = access::authorise::<files::Attach>(&who.actor, &Target::Draft(draft)).expect("may attach");
    let announced = files::announce(&tx, permit, Target::Draft(draft), "log.txt", Kind::Record).await.expect("announced");
    tx.commit().await.expect("commit");
    let key = said(stage, announced.version).await.key;
    // The store's clock is the wall's, whatever the portal's says.
    let form = files::upload_form(&stage.bench.blobs, &key, Kind::Record, None, Clock::wall().now()).expect("form");
    Upload { draft, file: announced.file, version: announced.version, key, form }
}

impl Upload {
    /// Sends bytes as a browser would; the form may be sent as often as one likes.
    async fn send(&self, bytes: &[u8]) {
        assert_eq!(post(&self.form, bytes).await.status(), 201);
    }

    async fn arrived(&self, who: &Seated) {
        who.post(&format!("/uploads/{}/arrived", self.version), None, &[]).await.leads();
    }

    async fn scan(&self, stage: &Stage, scanner: &dyn Scanner) -> Result<(), ScanError> {
        files::scan(&stage.bench.db, &stage.bench.blobs, scanner, self.version).await
    }

    /// The bytes that somebody gets who opens it.
    async fn opened(&self, who: &Seated) -> Vec<u8> {
        let address = who.post(&format!("/files/{}/open", self.file), None, &[]).await.leads();
        reqwest::get(address).await.expect("answer").error_for_status().expect("bytes").bytes().await.expect("bytes").to_vec()
    }
}

async fn said(stage: &Stage, version: FileVersionId) -> Said {
    let row = sqlx::query("SELECT state, object_key, size, sha256 FROM file_versions WHERE id = $1")
        .bind(version.0)
        .fetch_one(&mut stage.god().await)
        .await
        .expect("version");
    Said { state: row.get("state"), key: row.get("object_key"), size: row.get("size"), sha256: row.get("sha256") }
}

fn of(bytes: &[u8]) -> (Option<i64>, Option<Vec<u8>>) {
    (Some(bytes.len() as i64), Some(Sha256::digest(bytes).to_vec()))
}

async fn keys(stage: &Stage) -> Vec<String> {
    stage.bench.blobs.list("", None, 100).await.expect("listed").into_iter().map(|item| item.key).collect()
}

/// The same form sent again, on the draft and after the case is sent: nothing that anybody opens changes, nor what is said of it.
#[tokio::test]
async fn a_form_sent_again_changes_nothing_that_is_opened() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let upload = announce(&stage, &ooki).await;
    upload.send(FIRST).await;
    upload.arrived(&ooki).await;
    stage.work().await;
    let verdict = said(&stage, upload.version).await;
    assert_eq!((verdict.state.as_str(), (verdict.size, verdict.sha256.clone())), ("clean", of(FIRST)));
    assert!(verdict.key.starts_with("kept/"), "{verdict:?}");
    assert_eq!(keys(&stage).await, [verdict.key.as_str()], "the form's object is gone");
    assert_eq!(upload.opened(&ooki).await, FIRST);

    upload.send(SECOND).await;
    upload.arrived(&ooki).await;
    stage.work().await;
    assert_eq!(upload.opened(&ooki).await, FIRST);
    assert_eq!(said(&stage, upload.version).await, verdict);

    let tx = begin(&stage, &ooki).await;
    let asked = desk::commands::submit(&tx, &ooki.actor, upload.draft).await.expect("sent");
    assert!(matches!(asked, Asked::Stored { .. }));
    tx.commit().await.expect("commit");
    upload.send(SECOND).await;
    stage.work().await;
    let kashiwagi = at(&stage, "kashiwagi", "北斗").await;
    assert_eq!(upload.opened(&kashiwagi).await, FIRST);
    assert_eq!(said(&stage, upload.version).await, verdict);

    // What the form left there is nobody's.
    stage.bench.sweep_objects().await.expect("swept");
    assert_eq!(keys(&stage).await, [verdict.key.as_str()]);
    assert_eq!(upload.opened(&kashiwagi).await, FIRST);
}

/// While it looks, the form is sent again and somebody else looks too.
struct Meddled<'a> {
    stage: &'a Stage,
    upload: &'a Upload,
    looks: AtomicUsize,
}

#[async_trait::async_trait]
impl Scanner for Meddled<'_> {
    async fn scan(&self, mut bytes: BoxStream<'static, std::io::Result<axum::body::Bytes>>) -> Result<Finding, ScanError> {
        if self.looks.fetch_add(1, Ordering::SeqCst) == 0 {
            self.upload.send(SECOND).await;
            self.upload.scan(self.stage, self).await?;
            self.upload.send(FIRST).await;
        }
        while let Some(chunk) = bytes.next().await {
            chunk.map_err(|error| ScanError::Scanner(error.to_string()))?;
        }
        Ok(Finding::Clean)
    }

    async fn ping(&self) -> Result<(), ScanError> {
        Ok(())
    }

    async fn version(&self) -> Result<String, ScanError> {
        Ok("meddled".into())
    }
}

/// Of two looks at once one verdict holds, and it is on the very bytes that are opened.
#[tokio::test]
async fn a_verdict_is_on_the_bytes_that_are_opened_also_when_two_look_at_once() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let upload = announce(&stage, &ooki).await;
    upload.send(FIRST).await;
    upload.arrived(&ooki).await;
    let meddled = Meddled { stage: &stage, upload: &upload, looks: AtomicUsize::new(0) };
    upload.scan(&stage, &meddled).await.expect("looked at");
    assert_eq!(meddled.looks.load(Ordering::SeqCst), 2);
    let verdict = said(&stage, upload.version).await;
    let opened = upload.opened(&ooki).await;
    assert_eq!(opened, SECOND, "the look that came to its end first");
    assert_eq!((verdict.size, verdict.sha256.clone()), of(&opened));
    stage.bench.sweep_objects().await.expect("swept");
    assert_eq!(keys(&stage).await, [verdict.key], "the other look's copy is gone");
}

/// A scanner that is not there.
struct Away;

#[async_trait::async_trait]
impl Scanner for Away {
    async fn scan(&self, _: BoxStream<'static, std::io::Result<axum::body::Bytes>>) -> Result<Finding, ScanError> {
        Err(ScanError::Scanner("away".into()))
    }

    async fn ping(&self) -> Result<(), ScanError> {
        Err(ScanError::Scanner("away".into()))
    }

    async fn version(&self) -> Result<String, ScanError> {
        Err(ScanError::Scanner("away".into()))
    }
}

/// A look that is cut off leaves the upload as it was; the next one comes to a verdict, and what the first one left is swept.
#[tokio::test]
async fn a_look_that_is_cut_off_is_made_again() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let upload = announce(&stage, &ooki).await;
    upload.send(FIRST).await;
    upload.arrived(&ooki).await;
    upload.scan(&stage, &Away).await.expect_err("no scanner");
    assert_eq!((said(&stage, upload.version).await.state, keys(&stage).await), ("waiting".to_owned(), vec![upload.key.clone()]));
    // The process ended between copy and verdict.
    let copy = format!("kept/{}", kernel::ids::new_uuid(&stage.clock).simple());
    stage.bench.blobs.copy(&upload.key, &copy).await.expect("copied");
    stage.bench.sweep_objects().await.expect("swept");
    assert!(keys(&stage).await.contains(&copy), "it may still be looked at");
    stage.work().await;
    let verdict = said(&stage, upload.version).await;
    assert_eq!((verdict.state.as_str(), (verdict.size, verdict.sha256)), ("clean", of(FIRST)));
    stage.clock.advance(time::Duration::minutes(90));
    stage.bench.sweep_objects().await.expect("swept");
    assert_eq!(keys(&stage).await, [verdict.key]);
    assert_eq!(upload.opened(&ooki).await, FIRST);
}

/// Where a form can write, nothing is clean: the database does not take it, and were it there, nobody opened it.
#[tokio::test]
async fn what_lies_where_a_form_writes_is_not_opened() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let upload = announce(&stage, &ooki).await;
    upload.send(FIRST).await;
    upload.arrived(&ooki).await;
    stage.work().await;
    let mut god = stage.god().await;
    let back = "UPDATE file_versions SET object_key = $2 WHERE id = $1";
    let refused = sqlx::query(back).bind(upload.version.0).bind(&upload.key).execute(&mut god).await.expect_err("refused");
    assert!(refused.to_string().contains("verdict_is_on_kept_bytes"), "{refused}");
    sqlx::query("ALTER TABLE file_versions DROP CONSTRAINT verdict_is_on_kept_bytes").execute(&mut god).await.expect("dropped");
    sqlx::query(back).bind(upload.version.0).bind(&upload.key).execute(&mut god).await.expect("moved");
    ooki.post(&format!("/files/{}/open", upload.file), None, &[]).await.expect(403);
}

/// Removed, given up, sent again after the verdict: the store keeps only what a file needs.
#[tokio::test]
async fn what_no_file_needs_leaves_the_store() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let (removed, given_up, to_come, waiting) =
        (announce(&stage, &ooki).await, announce(&stage, &ooki).await, announce(&stage, &ooki).await, announce(&stage, &ooki).await);
    for upload in [&removed, &given_up, &to_come, &waiting] {
        upload.send(FIRST).await;
    }
    removed.arrived(&ooki).await;
    waiting.arrived(&ooki).await;
    ooki.post(&format!("/files/{}/remove", removed.file), None, &[]).await.leads();
    sqlx::query("UPDATE file_versions SET state = 'abandoned' WHERE id = $1")
        .bind(given_up.version.0)
        .execute(&mut stage.god().await)
        .await
        .expect("given up");
    stage.bench.sweep_objects().await.expect("swept");
    let mut left = vec![to_come.key.clone(), waiting.key.clone()];
    left.sort();
    assert_eq!(keys(&stage).await, left);
    // The forms are still good; what they bring goes with the next round. Nobody looks at what was taken off.
    removed.send(SECOND).await;
    given_up.send(SECOND).await;
    stage.work().await;
    assert_eq!(said(&stage, removed.version).await.state, "waiting");
    stage.bench.sweep_objects().await.expect("swept");
    let mut left = vec![to_come.key.clone(), said(&stage, waiting.version).await.key];
    left.sort();
    assert_eq!(keys(&stage).await, left);
    // A day later nobody waits for it any more.
    stage.clock.advance(time::Duration::hours(25));
    stage.bench.sweep().await.expect("swept");
    stage.bench.sweep_objects().await.expect("swept");
    assert_eq!(keys(&stage).await, [said(&stage, waiting.version).await.key]);
}

/// Forty within an hour, taken off or not, also of two at the same instant; the page says how many, and when there is room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_an_hour_so_many_files_are_announced_and_no_more() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let tx = begin(&stage, &ooki).await;
    let draft = desk::commands::start_draft(&tx, &ooki.actor, &desk::Answers::default()).await.expect("draft").id;
    tx.commit().await.expect("commit");
    let announce_and_take_off = async |count: usize| {
        for _ in 0..count {
            let tx = begin(&stage, &ooki).await;
            let permit = access::authorise::<files::Attach>(&ooki.actor, &Target::Draft(draft)).expect("may attach");
            let announced = files::announce(&tx, permit, Target::Draft(draft), "x.jpg", Kind::Picture).await.expect("announced");
            files::remove(&tx, announced.file).await.expect("taken off");
            tx.commit().await.expect("commit");
        }
    };
    let announce = async |name: &str| {
        let fields = [("name".to_owned(), name.to_owned()), ("kind".to_owned(), "picture".to_owned())];
        ooki.post(&format!("/ask/{draft}/announce"), None, &fields).await
    };
    announce_and_take_off(20).await;
    stage.clock.advance(time::Duration::minutes(25));
    announce_and_take_off(files::MAX_PER_HOUR - 21).await;
    let (a, b) = tokio::join!(announce("夕方.jpg"), announce("夕方.jpg"));
    let (taken, refused) = if a.status == 303 { (a, b) } else { (b, a) };
    taken.leads();
    let page = refused.expect(422);
    assert!(page.body.contains("40個まで") && page.body.contains("36分ほど"), "{}", page.body);
    assert!(page.body.contains("value=\"夕方.jpg\""), "what was typed is kept");
    // Somebody else is not concerned.
    let morinaga = at(&stage, "morinaga", "みどりの森").await;
    self::announce(&stage, &morinaga).await;
    stage.clock.advance(time::Duration::minutes(36));
    announce("夜.jpg").await.leads();
}

/// Without script the store sends the browser back, with words of its own beside ours or in their place: the page goes on either way.
#[tokio::test]
async fn a_form_without_script_comes_back_to_a_page_that_goes_on() {
    let stage = crate::stage().await;
    let ooki = at(&stage, "ooki", "みどりの森").await;
    let upload = announce(&stage, &ooki).await;
    let page = format!("/uploads/{}", upload.version);
    assert!(ooki.browser.get(&page).await.expect(200).body.contains("name=\"file\""));
    let back = format!("http://localhost:8780{page}?sent=1");
    // The page's own form once more by the wall's clock, which is the store's.
    let form = files::upload_form(&stage.bench.blobs, &upload.key, Kind::Record, Some(back), Clock::wall().now()).expect("form");
    let came = post(&form, FIRST).await;
    assert_eq!(came.status(), 303);
    let to = came.headers()["location"].to_str().expect("address").strip_prefix("http://localhost:8780").expect("ours").to_owned();
    let page = ooki.browser.get(&to).await.expect(200);
    assert!(!page.body.contains("name=\"file\"") && page.body.contains("/arrived\""), "{to}: {}", page.body);
    upload.arrived(&ooki).await;
    stage.work().await;
    assert_eq!(said(&stage, upload.version).await.state, "clean");
}
