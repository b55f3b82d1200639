//! Logout tokens as an issuer, a liar and a thief would make them.

use super::*;
use crate::proof::tests::{ISSUER, NOW, SECRET, compact, key, metadata, said, unsaid};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm as Alg};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use serde_json::json;
use time::Duration;

fn claims() -> Value {
    let now = NOW.unix_timestamp();
    json!({ "iss": ISSUER, "aud": "portal", "sub": "subject-1", "sid": "s-1", "jti": "j-1", "iat": now, "exp": now + 120, "events": { EVENT: {} } })
}

fn with(name: &str, value: Value) -> Value {
    said(claims(), name, value)
}

fn without(name: &str) -> Value {
    unsaid(claims(), name)
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" })
}

fn signed(header: Value, claims: &Value, by: &CoreEdDsaPrivateSigningKey) -> String {
    compact(header, claims, |text| by.sign(&Alg::EdDsa, text).expect("signed"))
}

/// What comes of a token: None when it cannot even be read.
fn prove(text: &str) -> Option<Result<Ending, Flaw>> {
    let metadata = metadata(vec![key(1, "one").as_verification_key(), key(2, "two").as_verification_key()]);
    LogoutToken::parse(text).map(|token| token.prove(&metadata, NOW))
}

fn outcome(claims: &Value) -> Option<Result<Ending, Flaw>> {
    prove(&signed(header(), claims, &key(1, "one")))
}

fn is_refused(outcome: &Option<Result<Ending, Flaw>>) -> bool {
    matches!(outcome, None | Some(Err(Flaw::Other(_))))
}

#[test]
fn an_honest_token_says_what_has_ended() {
    let stale_at = NOW + Duration::minutes(12);
    let expected = Ending { jti: "j-1".into(), sid: Some("s-1".into()), subject: Some("subject-1".into()), stale_at };
    assert_eq!(outcome(&claims()), Some(Ok(expected)));
    assert!(outcome(&without("sid")).expect("read").is_ok_and(|ending| ending.sid.is_none()));
    assert!(outcome(&without("sub")).expect("read").is_ok_and(|ending| ending.subject.is_none()));
    assert!(outcome(&with("aud", json!(["portal"]))).expect("read").is_ok());
    assert!(outcome(&with("trace", json!("what we do not know is passed over"))).expect("read").is_ok());
}

#[test]
fn each_wrong_claim_alone_is_refused() {
    let now = NOW.unix_timestamp();
    let lies = [
        ("iss", json!("https://other.example")),
        ("iss", json!(format!("{ISSUER}/"))),
        ("iat", json!(now - 661)),
        ("iat", json!(now + 61)),
        ("iat", json!("soon")),
        ("exp", json!(now - 60)),
        ("events", json!({})),
        ("events", json!([EVENT])),
        ("events", json!({ EVENT: true })),
        ("events", json!({ "http://schemas.openid.net/event/another": {} })),
        ("nonce", json!("any")),
        ("nonce", Value::Null),
        ("sid", json!("")),
        ("sid", json!("a\u{0}b")),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("jti", json!("")),
        ("jti", json!(7)),
    ];
    for (name, lie) in lies {
        assert!(is_refused(&outcome(&with(name, lie.clone()))), "{name} {lie}");
    }
    for name in ["iss", "aud", "iat", "exp", "jti", "events"] {
        assert!(is_refused(&outcome(&without(name))), "without {name}");
    }
    let mut neither = without("sid");
    neither.as_object_mut().expect("object").remove("sub");
    assert!(is_refused(&outcome(&neither)), "neither sid nor sub");
}

#[test]
fn it_is_addressed_to_one_client_of_ours_or_to_nobody() {
    let addressed = |aud: Value| {
        let token = LogoutToken::parse(&signed(header(), &with("aud", aud), &key(1, "one")));
        token.and_then(|token| token.addressed().map(|(iss, aud)| (iss.to_owned(), aud.to_owned())))
    };
    assert_eq!(addressed(json!("portal")), Some((ISSUER.into(), "portal".into())));
    assert_eq!(addressed(json!(["portal"])), Some((ISSUER.into(), "portal".into())));
    for aud in [json!([]), json!(["portal", "another"]), json!({ "a": 1 }), Value::Null] {
        assert_eq!(addressed(aud.clone()), None, "{aud}");
    }
}

#[test]
fn only_the_issuers_own_signature_counts() {
    let (own, stranger) = (key(1, "one"), key(9, "one"));
    assert!(is_refused(&prove(&signed(header(), &claims(), &stranger))), "a stranger's key under a known name");
    let unknown = json!({ "alg": "EdDSA", "kid": "nine", "typ": "logout+jwt" });
    assert_eq!(prove(&signed(unknown, &claims(), &stranger)), Some(Err(Flaw::UnknownKey)));
    let nameless = json!({ "alg": "EdDSA" });
    assert!(is_refused(&prove(&signed(nameless, &claims(), &own))), "two keys may have signed it");

    let none = compact(json!({ "alg": "none", "kid": "one" }), &claims(), |_| Vec::new());
    assert!(is_refused(&prove(&none)), "alg none");
    let symmetric = CoreHmacKey::new(SECRET);
    let shared =
        compact(json!({ "alg": "HS256", "kid": "one" }), &claims(), |text| symmetric.sign(&Alg::HmacSha256, text).expect("signed"));
    assert!(is_refused(&prove(&shared)), "the client's secret is no issuer's key");
    assert!(
        !matches!(prove(&signed(json!({ "alg": "RS256", "kid": "one" }), &claims(), &own)), Some(Ok(_))),
        "another algorithm than the key's"
    );

    let token = signed(header(), &claims(), &own);
    let changed = token.replacen(&part_of(&claims()), &part_of(&with("sid", json!("s-2"))), 1);
    assert_ne!(changed, token);
    assert!(is_refused(&prove(&changed)), "changed afterwards");
    for broken in ["", ".", "..", "a.b", "a.b.c.d", token.rsplit_once('.').expect("signature").0] {
        assert_eq!(prove(broken), None, "{broken}");
    }
}

fn part_of(claims: &Value) -> String {
    URL_SAFE_NO_PAD.encode(claims.to_string())
}

#[test]
fn a_token_made_for_something_else_is_none() {
    let own = key(1, "one");
    for (typ, fine) in [("logout+jwt", true), ("application/Logout+JWT", true), ("JWT", true), ("at+jwt", false), ("secevent+jwt", false)] {
        let header = json!({ "alg": "EdDSA", "kid": "one", "typ": typ });
        assert_eq!(prove(&signed(header, &claims(), &own)).expect("read").is_ok(), fine, "{typ}");
    }
    let critical = json!({ "alg": "EdDSA", "kid": "one", "crit": ["exp"] });
    assert!(is_refused(&prove(&signed(critical, &claims(), &own))));
    let id_token = json!({ "iss": ISSUER, "aud": "portal", "sub": "subject-1", "sid": "s-1", "nonce": "n", "iat": NOW.unix_timestamp(), "exp": NOW.unix_timestamp() + 300 });
    assert!(is_refused(&outcome(&id_token)), "an ID token ends nothing");
    // A key that the issuer keeps for encryption signs nothing.
    let mut encrypting = serde_json::to_value(own.as_verification_key()).expect("a key");
    encrypting["use"] = "enc".into();
    let encrypting: CoreJsonWebKey = serde_json::from_value(encrypting).expect("a key");
    assert_eq!(encrypting.key_id(), Some(&JsonWebKeyId::new("one".into())));
    let token = LogoutToken::parse(&signed(header(), &claims(), &own)).expect("a token");
    assert_eq!(token.prove(&metadata(vec![encrypting]), NOW), Err(Flaw::UnknownKey));
}
