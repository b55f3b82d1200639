//! Part 2: files that lie, announced and sent through the signed form as a browser would: none is opened unless it was
//! found clean, and what opens is saved, never shown, and never from our origin.

use crate::corpus::{self, Lie};
use crate::ground::Ground;
use crate::report::Report;
use crate::visitor::{Visitor, page};
use std::time::Duration;
use tests::{Form, Page};
use url::Url;

/// Who announces; the limit of an hour is per person.
const WHO: [&str; 2] = ["aizawa", "mikami"];
/// How long a verdict may take.
const PATIENCE: Duration = Duration::from_secs(60);
const LINE: &str = "----boundary7f3a";

/// Types that a browser would run or show with rights of the origin.
const RUNS: [&str; 5] = ["html", "svg", "xml", "javascript", "multipart"];

/// A file on its way.
struct Sent {
    file: String,
    version: String,
}

struct Uploads<'a> {
    ground: &'a Ground,
    http: reqwest::Client,
    report: Report,
}

impl Uploads<'_> {
    async fn draft(&self, who: &Visitor) -> String {
        let to = who.post("/ask/new", None, &[]).await.leads();
        to.split('/').take(3).collect::<Vec<_>>().join("/")
    }

    /// Announces a file: the page that holds its signed form, and its ids.
    async fn announce(&self, who: &Visitor, draft: &str, name: &str, kind: &str) -> Result<(Page, Sent), Page> {
        let page = who.post(&format!("{draft}/announce"), self.ground.version(draft).await, &[("name", name), ("kind", kind)]).await;
        let Some(to) = page.location.clone().filter(|to| to.starts_with("/uploads/")) else { return Err(page) };
        let version = to.trim_start_matches("/uploads/").to_owned();
        let file = self.ground.one("SELECT file_id::text FROM file_versions WHERE id = $1::uuid", &[&version]).await.expect("a file");
        Ok((who.get(&to).await, Sent { file, version }))
    }

    /// What the store answers to a signed form with these bytes.
    async fn send(&self, form: &Form, bytes: &[u8], name: &str) -> u16 {
        let mut body = Vec::new();
        for (name, value) in &form.fields {
            body.extend(format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let name = name.replace(['"', '\r', '\n', '\0'], "_");
        body.extend(
            format!("--{LINE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n")
                .bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend(format!("\r\n--{LINE}--\r\n").bytes());
        let request = self.http.post(&form.action).header("content-type", format!("multipart/form-data; boundary={LINE}"));
        // A store that refuses may hang up before it has read everything.
        request.body(body).send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// The form of an upload page that goes to the object store.
    fn signed_form(&self, page: &Page) -> Form {
        let action = page.body.split(" action=\"").filter_map(|rest| rest.split('"').next()).find(|to| to.starts_with(&self.ground.store));
        let mut form = page.form(action.unwrap_or_else(|| panic!("no form for the object store: {} {}", page.status, page.body)));
        form.fields.retain(|(name, _)| name != "file");
        form
    }

    async fn state(&self, version: &str) -> String {
        self.ground.one("SELECT state FROM file_versions WHERE id = $1::uuid", &[version]).await.unwrap_or_default()
    }

    async fn verdict(&self, version: &str) -> String {
        let began = std::time::Instant::now();
        loop {
            let state = self.state(version).await;
            if state != "waiting" || began.elapsed() > PATIENCE {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Presses "open": refused unless the row says clean at that moment.
    async fn open(&mut self, who: &Visitor, sent: &Sent, what: &str) -> Option<String> {
        let page = who.post(&format!("/files/{}/open", sent.file), None, &[]).await;
        let state = self.state(&sent.version).await;
        self.report.tried("openings");
        if !page.status.is_redirection() {
            self.report.must(page.status.is_client_error(), || format!("{what}: opening answers {}", page.status));
            return None;
        }
        self.report.must(state == "clean", || format!("{what}: opened while it was {state}"));
        page.location
    }

    async fn one(&mut self, who: &Visitor, draft: &str, lie: &Lie) {
        let (page, sent) = match self.announce(who, draft, &lie.name, lie.kind).await {
            Ok(announced) => announced,
            Err(page) => return self.report.find(format!("{}: not announced: {}", lie.what, page.status)),
        };
        self.open(who, &sent, &format!("{} (announced)", lie.what)).await;
        let form = self.signed_form(&page);
        let stored = self.send(&form, &lie.bytes, &lie.name).await;
        let arrived = who.post(&format!("/uploads/{}/arrived", sent.version), None, &[]).await;
        self.report.must(arrived.status.as_u16() < 500, || format!("{}: arrival answers {}", lie.what, arrived.status));
        self.open(who, &sent, &format!("{} (unseen)", lie.what)).await;
        let state = self.verdict(&sent.version).await;
        self.report.tried("files that lie");
        self.report.note(format!("{:<38} store {stored}, then {state}", lie.what));
        self.report.must(lie.ends.contains(&state.as_str()), || format!("{}: {state}, expected one of {:?}", lie.what, lie.ends));
        self.name_is_harmless(&sent, lie).await;
        if let Some(address) = self.open(who, &sent, lie.what).await {
            self.bytes_are_harmless(&address, lie).await;
        }
    }

    async fn name_is_harmless(&mut self, sent: &Sent, lie: &Lie) {
        let name: String = self.ground.one("SELECT name FROM files WHERE id = $1::uuid", &[&sent.file]).await.unwrap_or_default();
        let bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | '"' | '<' | '>' | '\u{202e}' | '\u{200b}');
        self.report.must(!name.is_empty() && !name.contains(bad) && !name.starts_with('.'), || format!("{}: kept as {name:?}", lie.what));
        let key: String =
            self.ground.one("SELECT object_key FROM file_versions WHERE id = $1::uuid", &[&sent.version]).await.unwrap_or_default();
        let random = key.split_once('/').is_some_and(|(_, random)| random.len() == 32 && random.chars().all(|c| c.is_ascii_hexdigit()));
        self.report.must(random, || format!("{}: the key {key:?} is not random", lie.what));
    }

    /// What a browser is told about the bytes.
    async fn bytes_are_harmless(&mut self, address: &str, lie: &Lie) {
        let at = Url::parse(address).expect("an address");
        let ours = Url::parse(&self.ground.base).expect("address");
        self.report.must(at.origin() != ours.origin() && address.starts_with(&self.ground.store), || {
            format!("{}: opened at {}", lie.what, at.origin().ascii_serialization())
        });
        let answer = self.http.get(at.clone()).send().await.expect("the store answers");
        let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let (kind, how, sniff) = (header("content-type"), header("content-disposition"), header("x-content-type-options"));
        self.report.must(how.starts_with("attachment;") && !how.contains(['\r', '\n']), || format!("{}: disposition {how:?}", lie.what));
        // Saved, never shown: the type may be told, but not one that a window would run without the disposition.
        let runs = RUNS.iter().find(|word| kind.contains(**word));
        self.report.must(runs.is_none() && !kind.is_empty(), || format!("{}: content type {kind:?}", lie.what));
        if sniff != "nosniff" {
            self.report.note(format!("{}: the demo's object store says no nosniff; the disposition alone saves it", lie.what));
        }
        let same = answer.bytes().await.is_ok_and(|bytes| bytes == lie.bytes);
        self.report.must(same, || format!("{}: other bytes came back", lie.what));
        self.forged_addresses(&at, lie.what).await;
    }

    /// A signed address for one key opens no other, nor another disposition, nor a list (F9).
    async fn forged_addresses(&mut self, at: &Url, what: &str) {
        let with = |name: &str, value: &str| {
            let pairs: Vec<(String, String)> =
                at.query_pairs().map(|(n, v)| (n.to_string(), if n == name { value.to_owned() } else { v.to_string() })).collect();
            let mut url = at.clone();
            url.query_pairs_mut().clear().extend_pairs(pairs);
            url
        };
        let mut other = at.clone();
        let flipped = if at.path().ends_with('0') { "1" } else { "0" };
        other.set_path(&format!("{}{flipped}", &at.path()[..at.path().len() - 1]));
        let mut bare = at.clone();
        bare.set_query(None);
        let bucket = at.path_segments().and_then(|mut s| s.next().map(str::to_owned)).unwrap_or_default();
        let mut list = bare.clone();
        list.set_path(&bucket);
        let forged = [
            ("another key", other),
            ("no signature", bare),
            ("the bucket's list", list),
            ("shown instead of saved", with("response-content-disposition", "inline")),
            ("a longer life", with("X-Amz-Expires", "604800")),
        ];
        for (how, url) in forged {
            let status = self.http.get(url).send().await.expect("the store answers").status();
            self.report.must(status.is_client_error(), || format!("{what}: {how}: {status}"));
            self.report.tried("forged addresses (4xx)");
        }
        let life: u32 = at.query_pairs().find(|(n, _)| n == "X-Amz-Expires").and_then(|(_, v)| v.parse().ok()).unwrap_or(u32::MAX);
        self.report.must(life <= 60, || format!("{what}: the address lives {life} s"));
    }

    /// A form that was changed, or bytes beyond its limit, are refused by the store itself.
    async fn forged_forms(&mut self, who: &Visitor, draft: &str) {
        let (page, sent) =
            self.announce(who, draft, "limit.png", "picture").await.unwrap_or_else(|page| panic!("not announced: {}", page.status));
        let form = self.signed_form(&page);
        let key = form.get("key").unwrap_or_default().to_owned();
        let mut forged = vec![("bytes over the limit", form.clone(), vec![b'x'; 20 * 1024 * 1024 + 1])];
        for (name, value) in [
            ("key", "kept/00000000000000000000000000000000".to_owned()),
            ("key", format!("{key}/../x")),
            ("policy", "e30=".into()),
            ("Policy", "e30=".into()),
        ] {
            if form.get(name).is_some() {
                forged.push(("a changed field", form.clone().with(name, &value), b"x".to_vec()));
            }
        }
        forged.push(("a field that is not signed", form.clone().with("acl", "public-read"), b"x".to_vec()));
        for (what, form, bytes) in forged {
            let status = self.send(&form, &bytes, "x.png").await;
            self.report.must(status == 0 || (400..500).contains(&status), || format!("{what}: the store answers {status}"));
            self.report.tried("forged forms (refused by the store)");
        }
        self.open(who, &sent, "after forged forms").await;
        let page = self.announce(who, draft, &corpus::endless_name(), "record").await.err();
        self.report.must(page.is_some_and(|p| p.status == 422), || "a name of 300 characters was taken".into());
        self.report.tried("endless names (422)");
    }

    /// Somebody else's file is opened, taken off or said to have arrived by nobody.
    async fn strangers(&mut self) {
        let file: Option<String> = self.ground.one("SELECT f.id || ' ' || v.id FROM files f JOIN file_versions v ON v.file_id = f.id JOIN people_contacts pc ON pc.person_id = f.uploaded_by WHERE pc.email = $1 AND v.state = 'clean' ORDER BY f.id DESC LIMIT 1", &[self.ground.email(WHO[0])]).await;
        let file = file.expect("a clean file");
        let (file, version) = file.split_once(' ').expect("two ids");
        for key in ["hanai", "saeki", "kashiwagi", "wakabayashi"] {
            let who = Visitor::signed_in(self.ground, key).await;
            for path in [format!("/files/{file}/open"), format!("/files/{file}/remove"), format!("/uploads/{version}/arrived")] {
                let page = who.post(&path, None, &[]).await;
                self.report.must(page.status == 404, || format!("{key} {path}: {}", page.status));
                self.report.tried("other people's files (404)");
            }
        }
    }
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("client");
    let mut uploads = Uploads { ground, http, report: Report::new("2 Files that lie") };
    let lies = corpus::all();
    for (n, chunk) in lies.chunks(8).enumerate() {
        let who = Visitor::signed_in(ground, WHO[n % WHO.len()]).await;
        let draft = uploads.draft(&who).await;
        for lie in chunk {
            uploads.one(&who, &draft, lie).await;
        }
    }
    let who = Visitor::signed_in(ground, WHO[1]).await;
    let draft = uploads.draft(&who).await;
    uploads.forged_forms(&who, &draft).await;
    uploads.strangers().await;
    // After the bomb, too.
    let alive = page(who.request(reqwest::Method::GET, "/sessions")).await;
    uploads.report.must(alive.status == 200, || format!("afterwards the portal answers {}", alive.status));
    uploads.report.close()
}
