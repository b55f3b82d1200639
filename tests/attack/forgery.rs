//! Part 4a: forms that no page of ours made for this person, session and seat: on every posting route, whatever else is
//! right about them; and nothing has changed afterwards.

use crate::ground::Ground;
use crate::report::Report;
use crate::visitor::Visitor;
use crate::ways::Cast;
use tests::Page;
use web::app::all_routes;
use web::routes::Access;

type Fields = Vec<(String, String)>;

/// One way of forging a form.
struct Forgery {
    what: &'static str,
    envelope: Fields,
    headers: Vec<(&'static str, String)>,
}

fn forgery(what: &'static str, csrf: Option<&str>, seat: &str) -> Forgery {
    let mut envelope = vec![("_seat".to_owned(), seat.to_owned())];
    envelope.extend(csrf.map(|token| ("_csrf".to_owned(), token.to_owned())));
    Forgery { what, envelope, headers: vec![] }
}

/// All of them, for one person in one browser.
fn forgeries(ground: &Ground, who: &Visitor, other_session: &Visitor, other_person: &Visitor) -> Vec<Forgery> {
    let (own, seat) = (who.csrf.as_str(), who.seat.as_str());
    let halves = |a: &str, b: &str| format!("{}.{}", a.split('.').next().unwrap_or_default(), b.split('.').nth(1).unwrap_or_default());
    let crossed = halves(&other_person.csrf, own);
    let (tail, head) = (own.split('.').nth(1).unwrap_or_default(), own.split('.').next().unwrap_or_default());
    let mut all = vec![
        forgery("no token", None, seat),
        forgery("an empty token", Some(""), seat),
        forgery("a wrong token", Some(&"0".repeat(own.len())), seat),
        forgery("a token that is cut short", Some(&own[..own.len() - 1]), seat),
        forgery("the token's first half", Some(head), seat),
        forgery("the token's second half", Some(&format!(".{tail}")), seat),
        forgery("the token in capitals", Some(&own.to_uppercase()), seat),
        forgery("the token of another session", Some(&other_session.csrf), seat),
        forgery("the token of another person", Some(&other_person.csrf), seat),
        forgery("halves of two people's tokens", Some(&crossed), seat),
        forgery("another person's token and seat", Some(&other_person.csrf), &other_person.seat),
        forgery("another person's seat", Some(own), &other_person.seat),
        forgery("no seat", Some(own), ""),
    ];
    let mut twice = forgery("a wrong token before the right one", Some("x"), seat);
    twice.envelope.push(("_csrf".to_owned(), own.to_owned()));
    all.push(twice);
    for (what, name, value) in [
        ("from another origin", "origin", "https://evil.example".to_owned()),
        ("from a null origin", "origin", "null".to_owned()),
        ("from a neighbouring port", "origin", "http://localhost:1".to_owned()),
        ("from an origin that begins like ours", "origin", format!("{}.evil.example", ground.base)),
        ("from another site", "sec-fetch-site", "cross-site".to_owned()),
        ("from a neighbouring host", "sec-fetch-site", "same-site".to_owned()),
        ("from a site with a word of its own", "sec-fetch-site", "friendly".to_owned()),
        ("as plain text", "content-type", "text/plain".to_owned()),
        ("as JSON", "content-type", "application/json".to_owned()),
        ("as multipart", "content-type", "multipart/form-data; boundary=x".to_owned()),
        ("as xml", "content-type", "text/xml".to_owned()),
    ] {
        let mut from = forgery(what, Some(own), seat);
        from.headers.push((name, value));
        all.push(from);
    }
    all
}

/// Nothing was done and nobody was led on.
fn refused(what: &str, page: &Page, report: &mut Report) {
    report.must(page.status.is_client_error(), || format!("{what}: {} {:?}", page.status, page.location));
    let session = page.headers.get_all("set-cookie").iter().any(|v| v.to_str().is_ok_and(|v| v.starts_with(web::guard::SESSION)));
    report.must(!session, || format!("{what}: a session cookie came"));
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let cast = Cast::new(ground).await;
    let mut report = Report::new("4a Forged forms");
    let stranger = Visitor::signed_in(ground, "hanai").await;
    let mut ways = Vec::new();
    for route in all_routes().into_iter().filter(|r| r.method == "POST" && r.access != Access::Peer) {
        let (who, path) = cast.way(&route).await;
        let mut honest = Fields::new();
        for field in &cast.form(&route).expect("a form").fields {
            let value = if field.required { cast.honest(route.form.unwrap_or_default(), field).await } else { None };
            honest.extend(value.map(|v| (field.name.to_owned(), v)));
        }
        honest.extend(ground.version(&path).await.map(|v| ("version".to_owned(), v.to_string())));
        ways.push((route, who, path, honest));
    }
    let mut others = std::collections::BTreeMap::new();
    for who in cast.everybody() {
        others.insert(who.key.clone(), Visitor::signed_in(ground, &who.key).await);
    }
    let before = ground.deeds().await;
    for (route, who, path, honest) in &ways {
        for forged in forgeries(ground, who, &others[&who.key], &stranger) {
            let headers: Vec<(&str, &str)> = forged.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let page = who.post_raw(path, &[forged.envelope, honest.clone()].concat(), &headers).await;
            refused(&format!("{} POST {} {}", who.key, route.path, forged.what), &page, &mut report);
            report.tried("forged forms");
        }
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs([who.envelope(None), honest.clone()].concat()).finish();
        for (what, page) in [
            ("fields in the address, empty body", who.post_bytes(&format!("{path}?{query}"), String::new(), &[]).await),
            ("token in a header", who.post_raw(path, honest, &[("x-csrf-token", &who.csrf)]).await),
            ("more than two megabytes", who.post_bytes(path, format!("_csrf={}&x={}", who.csrf, "x".repeat(2_200_000)), &[]).await),
        ] {
            refused(&format!("{} POST {} {what}", who.key, route.path), &page, &mut report);
            report.tried("forged forms");
        }
        control(ground, route.path, who, path, honest, &mut report).await;
    }
    let after = ground.deeds().await;
    report.must(before == after, || format!("something was changed: {before} became {after}"));
    report.note(format!("{} posting routes; rows before and after: {after}", ways.len()));
    report.close()
}

/// The same form, honest but for an id that nobody has, gets past the guard: it was the guard that refused the others.
async fn control(ground: &Ground, route: &str, who: &Visitor, path: &str, honest: &Fields, report: &mut Report) {
    let own: Option<&str> = path.split('/').find(|part| part.len() == 36);
    let (Some(id), true) = (own, route.contains('{')) else { return };
    let nobodys = path.replace(id, "0198a7c2-0000-7000-8000-00000000dead");
    let page = who
        .post_raw(&nobodys, &[who.envelope(None), honest.clone()].concat(), &[("origin", &ground.base), ("sec-fetch-site", "same-origin")])
        .await;
    // Of one's own seats and sessions, the list says what is there now.
    let list = page.location.as_deref().is_some_and(|to| to.starts_with("/seats?said=") || to.starts_with("/sessions?said="));
    let passed = page.status == 404 || (list && (route.contains("{seat}") || route.contains("{session}")));
    report.must(passed, || format!("{} POST {route}: an honest form with an absent id answers {}", who.key, page.status));
    report.tried("honest forms with an absent id (control)");
}
