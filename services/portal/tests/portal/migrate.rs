//! `portal migrate` before each release, as often as somebody likes.

use crate::process::Place;
use crate::support::{Scratch, scratch};

fn migrate(place: &Place) -> String {
    let done = place.run("migrate");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

async fn rows(s: &Scratch) -> i64 {
    s.count("SELECT count(*) FROM content_texts").await
}

#[tokio::test]
async fn texts_are_installed_once_and_what_was_changed_here_is_left_and_named() {
    let s = scratch().await;
    let place = Place::new(&s).with("ENVIRONMENT", "production");
    let first = migrate(&place);
    let all = rows(&s).await;
    assert!(all > 20 && first.contains(&format!("installation texts: {all} new or another version, 0 as they were")), "{first}");
    let second = migrate(&place);
    assert!(second.contains(&format!("installation texts: 0 new or another version, {all} as they were")), "{second}");
    assert_eq!(rows(&s).await, all);

    s.sql("UPDATE content_texts SET until_on = from_on WHERE key = 'consent.police';
           INSERT INTO content_texts (id, key, version, body, from_on) SELECT gen_random_uuid(), key, 2, '{\"ja\": \"わたしたちの文\"}', from_on FROM content_texts WHERE key = 'consent.police'").await;
    let third = migrate(&place);
    assert!(third.contains("installation text consent.police: left as it is here"), "{third}");
    assert_eq!(rows(&s).await, all + 1);
    let without = migrate(&place.without("DATABASE_LOADER_URL"));
    assert!(without.contains("not looked at, database.loader_url (TOMOSHIBI_DATABASE_LOADER_URL) is not set"), "{without}");
}

/// The demo's texts come with its story and must be in force on its first day.
#[tokio::test]
async fn the_demo_does_not_install_texts_of_today() {
    let s = scratch().await;
    migrate(&Place::new(&s));
    assert_eq!(rows(&s).await, 0);
}
