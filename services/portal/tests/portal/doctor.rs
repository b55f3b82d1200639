//! `portal doctor` against every dependency in every way of being broken: it says what is wrong and what mends it, fails, and
//! tells no secret.

use crate::neighbours;
use crate::post_office::PostOffice;
use crate::process::{Place, free_address};
use crate::support::{Scratch, scratch};
use kernel::ids::new_uuid;
use sqlx::Connection;
use time::macros::format_description;

const STORE_SECRET: &str = "object-store-secret-7";
const CLIENT_SECRET: &str = "client-secret-of-the-issuer-8";
const SECRETS: &[&str] = &[STORE_SECRET, CLIENT_SECRET, "wrong-password-9", "smtp-password-10", "5e5e5e5e5e"];

struct Ward {
    s: Scratch,
    place: Place,
}

/// Everything in order: a demo on neighbours that answer.
async fn ward() -> Ward {
    let s = scratch().await;
    let place = Place::new(&s);
    let federation = s.federation("T").await;
    let store = neighbours::object_store(place.folder(), "http://localhost:8780", STORE_SECRET).await;
    let issuer = neighbours::issuer(CLIENT_SECRET);
    s.sql(format!(
        "INSERT INTO issuers (id, federation_id, unit_id, name, issuer_url, client_id, secret_name) VALUES ('{}', {federation}, {federation}, '会員認証', '{issuer}', 'tomoshibi', 'sign_in')",
        new_uuid(&s.clock)
    ))
    .await;
    let mut loader = sqlx::PgConnection::connect(&s.loader_url).await.expect("loader");
    content::seed(&mut loader, &kernel::Clock::wall()).await.expect("texts");
    let (_, smtp) = PostOffice::open().await;
    let place = place
        .with("PUBLIC_URL", "http://localhost:8780")
        .with("S3_ENDPOINT", store)
        .with("S3_ACCESS_KEY", "key")
        .with("S3_SECRET_KEY", STORE_SECRET)
        .with("SCANNER_CLAMD", neighbours::scanner(version(1)).await)
        .with("SECRETS_SIGN_IN", CLIENT_SECRET)
        .with("MAIL_SMTP_URL", smtp);
    Ward { s, place }
}

/// A version line whose signatures are so many hours old.
fn version(hours: i64) -> String {
    let format = format_description!("[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]");
    let at = kernel::Clock::wall().now() - time::Duration::hours(hours);
    format!("ClamAV 1.4.3/27500/{}", at.format(format).expect("date"))
}

/// What the doctor says, whether it is content, and that it says nothing it must not.
fn ask(place: &Place) -> (bool, String) {
    let output = place.run("doctor");
    let said = String::from_utf8(output.stdout).expect("text");
    let log = String::from_utf8(output.stderr).expect("text");
    let all = format!("{said}{log}");
    for secret in SECRETS {
        assert!(!all.contains(secret), "a secret is told: {all}");
    }
    assert!(!all.contains("panicked") && !all.contains("backtrace"), "{all}");
    let faults = said.lines().filter(|line| line.starts_with("FAULT")).count();
    assert_eq!(output.status.code(), Some(i32::from(faults > 0)), "{all}");
    assert_eq!(faults > 0, log.contains(&format!("portal: {faults} fault(s)")), "{all}");
    (faults == 0, said)
}

/// Exactly these faults: each line begins and goes on with these words.
#[track_caller]
fn faults(place: &Place, expected: &[(&str, &str)]) {
    let (_, said) = ask(place);
    let found: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("FAULT  ")).collect();
    assert_eq!(found.len(), expected.len(), "{said}");
    for ((what, words), line) in expected.iter().zip(found) {
        assert!(line.starts_with(&format!("{what}: ")) && line.contains(words), "{what} … {words}\n{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well() {
    let ward = ward().await;
    let (well, said) = ask(&ward.place);
    assert!(well, "{said}");
    for line in [
        "ok     database as portal_app",
        "ok     schema: at migration",
        "ok     listening for live events",
        "ok     listening for jobs",
        "ok     uploads from pages",
        "ok     texts: ",
        "ok     sign-in with 会員認証: answers and knows us",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used() {
    let Ward { s, place } = ward().await;
    let app = place.get("DATABASE_APP_URL").to_owned();
    let password = app.split(':').nth(2).and_then(|rest| rest.split('@').next()).expect("password").to_owned();
    let wrong = app.replace(&format!(":{password}@"), ":wrong-password-9@");
    let place = place.with("DATABASE_APP_URL", wrong);
    faults(
        &place,
        &[("database as portal_app", "refuses the password of portal_app: database.app_url and the role must have the same one")],
    );

    let away = url::Url::parse(&app).map(|mut url| {
        let port = free_address().rsplit(':').next().and_then(|port| port.parse().ok());
        url.set_port(port).expect("port");
        url.to_string()
    });
    let place = place.with("DATABASE_APP_URL", away.expect("url"));
    faults(&place, &[("database as portal_app", "is PostgreSQL running there, and is database.app_url right?")]);
    let (_, said) = ask(&place);
    assert!(said.contains("--     sign-in: not checked, the database is at fault"), "one fault is told once: {said}");

    let place = place.with("DATABASE_APP_URL", app.rsplit_once('/').expect("url").0.to_owned() + "/no_such_database");
    faults(&place, &[("database as portal_app", "has no database no_such_database: make it with infra/database/roles.sql")]);
    let place = place.with("DATABASE_APP_URL", "postgresql://portal_app:wrong-password-9@:notaport/x");
    faults(&place, &[("database as portal_app", "(TOMOSHIBI_DATABASE_APP_URL) is no address")]);
    faults(&place.without("DATABASE_APP_URL"), &[("database as portal_app", "database.app_url (TOMOSHIBI_DATABASE_APP_URL) is not set")]);

    // Roles that row security does not hold, and one that it does but is another.
    let role = |name: &str| s.loader_url.replace("portal_loader", name);
    let place = Place::new(&s).with("DATABASE_APP_URL", role("portal_loader")).with("DATABASE_WORKER_URL", role("portal_app"));
    let (_, said) = ask(&place);
    assert!(said.contains("FAULT  database as portal_app: database.app_url signs in as portal_loader, which row security does not hold (superuser or BYPASSRLS)"), "{said}");
    assert!(
        said.contains("FAULT  database as portal_worker: database.worker_url signs in as portal_app: it must be portal_worker"),
        "{said}"
    );
    let (_, said) = ask(&place.with("DATABASE_APP_URL", role("portal_migrator")));
    assert!(said.contains("signs in as portal_migrator, which row security does not hold"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_not_there_or_old() {
    let Ward { s, place } = ward().await;
    s.sql("COMMENT ON SCHEMA public IS 'Tomoshibi, migration 1'").await;
    faults(&place, &[("schema", "at migration 1, this build needs")]);
    s.sql("COMMENT ON SCHEMA public IS 'Tomoshibi, migration 999'").await;
    assert!(ask(&place).1.contains("ok     schema: at migration 999"), "a release may run beside the next one");
    s.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC").await;
    faults(&place, &[("schema", "never migrated: run `portal migrate`")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_are_not_in_force() {
    let Ward { s, place } = ward().await;
    s.sql("UPDATE content_texts SET until_on = from_on WHERE key = 'notice.sharing'").await;
    faults(&place, &[("texts", "(notice.sharing, …): run `portal migrate` with database.loader_url set")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn listening_through_a_pooler() {
    let Ward { place, .. } = ward().await;
    let through = async |name: &str| {
        let url = place.get(name);
        let host =
            url::Url::parse(url).map(|url| format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(5432))).expect("url");
        let bare = url.split('?').next().expect("url");
        format!("{}?sslmode=disable", bare.replace(&host, &neighbours::pooler(host.clone()).await.to_string()))
    };
    let (listen, worker) = (through("DATABASE_LISTEN_URL").await, through("DATABASE_WORKER_URL").await);
    let place = place.with("DATABASE_LISTEN_URL", listen).with("DATABASE_WORKER_URL", worker);
    faults(
        &place,
        &[
            ("listening for live events", "database.listen_url does not hear what is notified: it leads through a pooler"),
            ("listening for jobs", "database.worker_url does not hear what is notified: it leads through a pooler"),
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_store_that_is_away_strange_or_strict() {
    let Ward { place, .. } = ward().await;
    let store = place.get("S3_ENDPOINT").to_owned();
    let place = place.with("S3_ENDPOINT", format!("http://{}", free_address()));
    faults(&place, &[("object store", "is the object store running, and is s3.endpoint right?")]);
    let place = place.with("S3_ENDPOINT", store).with("S3_BUCKET", "no-such-bucket");
    faults(&place, &[("object store", "has no bucket no-such-bucket: make it, or mend s3.bucket")]);
    let place = place.with("S3_BUCKET", "tomoshibi").with("S3_SECRET_KEY", "wrong-password-9");
    faults(&place, &[("object store", "does not let us into bucket tomoshibi: check s3.access_key, s3.secret_key")]);
    let place = place.with("S3_SECRET_KEY", STORE_SECRET).with("PUBLIC_URL", "http://elsewhere.example.jp");
    faults(&place, &[("uploads from pages", "takes no forms from http://elsewhere.example.jp: give the bucket a CORS rule")]);
    let place = place.with("PUBLIC_URL", "http://localhost:8780").with("S3_PUBLIC_ENDPOINT", format!("http://{}", free_address()));
    faults(&place, &[("uploads from pages", "does not answer: browsers must reach it (s3.public_endpoint")]);
    faults(&place.without("S3_PUBLIC_ENDPOINT").with("S3_ENDPOINT", "nowhere"), &[("object store", "s3")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_and_a_folder_that_takes_nothing() {
    let Ward { place, .. } = ward().await;
    let place = place.with("MAIL_SMTP_URL", format!("smtp://desk:smtp-password-10@{}", free_address()));
    faults(&place, &[("mail", "a login would travel unprotected")]);
    let place = place.with("MAIL_SMTP_URL", format!("smtps://desk:smtp-password-10@{}", free_address()));
    faults(&place, &[("mail", "SMTP connection failed. Is the mail server running")]);
    let place = place.with("MAIL_SMTP_URL", "ftp://mail.example.jp");
    faults(&place, &[("mail", "mail.smtp_url: ftp is neither smtp nor smtps")]);
    // A folder below a file: nobody, not even the superuser, can write there.
    let file = place.folder().join("file");
    std::fs::write(&file, "").expect("file");
    let place = place.without("MAIL_SMTP_URL").with("MAIL_FOLDER", file.join("mail").display().to_string());
    faults(&place, &[("mail", "mail.folder")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_away_or_does_not_know_us() {
    let Ward { s, place } = ward().await;
    let place = place.with("SECRETS_SIGN_IN", "wrong-password-9");
    faults(
        &place,
        &[(
            "sign-in with 会員認証",
            "refuses our client id or client secret (invalid_client): compare issuers.client_id and secrets.sign_in",
        )],
    );
    let place = place.without("SECRETS_SIGN_IN");
    faults(&place, &[("sign-in with 会員認証", "the client secret is not set: secrets.sign_in (TOMOSHIBI_SECRETS_SIGN_IN)")]);
    let place = place.with("SECRETS_SIGN_IN", CLIENT_SECRET);
    s.sql("UPDATE issuers SET issuer_url = issuer_url || '/'").await;
    faults(&place, &[("sign-in with 会員認証", "is issuers.issuer_url exactly what it calls itself?")]);
    s.sql(format!("UPDATE issuers SET issuer_url = 'http://{}'", free_address())).await;
    faults(&place, &[("sign-in with 会員認証", "does not answer as an OpenID Connect issuer: is it up")]);
    s.sql("UPDATE issuers SET active = false").await;
    faults(&place, &[("sign-in", "no issuer in the database: nobody can sign in")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_is_away_or_old_and_what_production_asks_for() {
    let Ward { place, .. } = ward().await;
    let away = free_address();
    let place = place.with("SCANNER_CLAMD", &away);
    faults(&place, &[("virus scanner", &format!("no answer from clamd at {away}"))]);

    // The demo judges neither the age of signatures nor plain http; production does both.
    let place = place.with("SCANNER_CLAMD", neighbours::scanner(version(49)).await);
    assert!(ask(&place).0, "in the demo");
    let place = place.with("ENVIRONMENT", "production").with("NOT_FOUND_MS", "0");
    faults(
        &place,
        &[
            ("public address", "portal.public_url (TOMOSHIBI_PUBLIC_URL) must begin with https:// in production"),
            ("clients", "portal.trusted_proxies (TOMOSHIBI_TRUSTED_PROXIES) is empty"),
            ("hidden and absent", "portal.not_found_ms (TOMOSHIBI_NOT_FOUND_MS) is 0: it must be from 1 to 1000"),
            ("sender of letters", "mail.from (TOMOSHIBI_MAIL_FROM) is tomoshibi@localhost"),
            ("desk's telephone", "portal.desk_phone (TOMOSHIBI_DESK_PHONE) is empty"),
            ("virus scanner", "the signatures are 49 hours old, scanner.signature_hours allows less than 48: is freshclam running?"),
            ("sign-in", "portal.public_url"),
        ],
    );
    let place = place.with("SCANNER_SIGNATURE_HOURS", "50").with("NOT_FOUND_MS", "50");
    assert!(ask(&place).1.contains("ok     virus scanner: "), "as the setting says");
    let place = place.with("SCANNER_CLAMD", neighbours::scanner("ClamAV 1.4.3".into()).await).without("MAIL_SMTP_URL");
    let (_, said) = ask(&place);
    assert!(
        said.contains("FAULT  virus scanner: ClamAV 1.4.3: the date of the signatures cannot be read; has freshclam ever run?"),
        "{said}"
    );
    assert!(said.contains("FAULT  mail: mail.smtp_url (TOMOSHIBI_MAIL_SMTP_URL) is not set"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be() {
    let Ward { place, .. } = ward().await;
    let place = place.with("SECRET_KEY", "5e5e5e5e5e").with("OPS_LISTEN", "here").with("TRUSTED_PROXIES", "the-proxy");
    faults(
        &place,
        &[
            ("addresses", "portal.ops_listen is \"here\": it must be an address and a port"),
            ("form tokens", "portal.secret_key (TOMOSHIBI_SECRET_KEY) must be at least 64 hexadecimal characters"),
            ("clients", "\"the-proxy\" is neither an IP address nor a network"),
        ],
    );
    // Digits alone are a fine password, and stay one.
    let place = place.with("SECRET_KEY", "1234567890".repeat(7));
    assert!(ask(&place).1.contains("ok     form tokens"));
    // A setting that is no number stops every command, by name.
    let output = place.with("REQUESTS_PER_PERSON", "many").run("doctor");
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).expect("text");
    assert!(log.contains("settings: portal.requests_per_person (TOMOSHIBI_REQUESTS_PER_PERSON): \"many\" is no whole number"), "{log}");
}
