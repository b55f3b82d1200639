//! Tokens as an issuer, a liar and a thief would make them.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreResponseType, CoreSubjectIdentifierType};
use openidconnect::{AuthUrl, IssuerUrl, JsonWebKeyId, JsonWebKeySet, JsonWebKeySetUrl, PrivateSigningKey, ResponseTypes};
use serde_json::{Value, json};
use time::macros::datetime;

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-17 01:00 UTC);
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const SECRET: &str = "the client's secret";

pub(crate) fn key(seed: u8, kid: &str) -> CoreEdDsaPrivateSigningKey {
    // RFC 8410: the fixed start of an Ed25519 key, then the seed.
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([seed; 32]);
    let word = "PRIVATE KEY";
    let pem = format!("-----BEGIN {word}-----\n{}\n-----END {word}-----\n", STANDARD.encode(der));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(kid.into()))).expect("a key")
}

pub(crate) fn metadata(keys: Vec<CoreJsonWebKey>) -> Metadata {
    let url = |path: &str| format!("{ISSUER}{path}");
    Metadata::new(
        IssuerUrl::new(ISSUER.into()).expect("issuer"),
        AuthUrl::new(url("/authorize")).expect("address"),
        JsonWebKeySetUrl::new(url("/jwks")).expect("address"),
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![Alg::EdDsa],
        crate::client::More::default(),
    )
    .set_jwks(JsonWebKeySet::new(keys))
}

fn claims() -> Value {
    let now = NOW.unix_timestamp();
    json!({
        "iss": ISSUER, "aud": "portal", "sub": "subject-1", "nonce": "right", "iat": now, "exp": now + 300, "auth_time": now - 7,
        "acr": "gold", "amr": ["pwd", "otp"], "sid": "s-1", "email": "Hanako@Example.JP", "email_verified": true,
    })
}

/// Claims with one of them said otherwise.
pub(crate) fn said(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

/// Claims with one of them left out.
pub(crate) fn unsaid(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().expect("object").remove(name);
    claims
}

fn with(name: &str, value: Value) -> Value {
    said(claims(), name, value)
}

fn without(name: &str) -> Value {
    unsaid(claims(), name)
}

pub(crate) fn compact(header: Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn signed(header: Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> IdToken {
    compact(header, claims, sign).parse().expect("a token")
}

fn token(claims: &Value) -> IdToken {
    let key = key(1, "one");
    signed(json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" }), claims, |text| key.sign(&Alg::EdDsa, text).expect("signed"))
}

fn read_token(token: &IdToken) -> Result<Proof, Flaw> {
    let metadata = metadata(vec![key(1, "one").as_verification_key()]);
    read(&metadata, token, &AccessToken::new("access".into()), "portal", "right", NOW)
}

fn outcome(claims: &Value) -> Result<Proof, Flaw> {
    read_token(&token(claims))
}

#[test]
fn an_honest_token_proves_what_it_says() {
    let expected = Proof {
        subject: "subject-1".into(),
        verified_email: Some("hanako@example.jp".into()),
        says_email: true,
        acr: Some("gold".into()),
        amr: vec!["pwd".into(), "otp".into()],
        auth_time: NOW - Duration::seconds(7),
        sid: Some("s-1".into()),
    };
    assert_eq!(outcome(&claims()), Ok(expected));
}

#[test]
fn each_wrong_claim_alone_is_refused() {
    let now = NOW.unix_timestamp();
    let lies = [
        ("nonce", json!("wrong")),
        ("iss", json!("https://other.example")),
        ("iss", json!(format!("{ISSUER}/"))),
        ("aud", json!("another-client")),
        ("aud", json!(["portal", "another-client"])),
        ("aud", json!([])),
        ("azp", json!("another-client")),
        ("exp", json!(now - 61)),
        ("iat", json!(now + 61)),
        ("iat", json!(now - 700)),
        ("auth_time", json!(now + 61)),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("sub", json!("")),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("x".repeat(256))),
    ];
    for (name, lie) in lies {
        assert!(matches!(outcome(&with(name, lie.clone())), Err(Flaw::Other(_))), "{name} {lie}");
    }
    for name in ["nonce", "aud"] {
        assert!(matches!(outcome(&without(name)), Err(Flaw::Other(_))), "without {name}");
    }
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let now = NOW.unix_timestamp();
    for (name, at) in [("exp", now - 59), ("iat", now + 60), ("iat", now - 660), ("auth_time", now + 60)] {
        assert!(outcome(&with(name, json!(at))).is_ok(), "{name}");
    }
}

#[test]
fn our_own_name_as_party_is_fine() {
    assert!(outcome(&with("azp", json!("portal"))).is_ok());
}

#[test]
fn a_fitting_access_token_hash_is_accepted() {
    let hash =
        AccessTokenHash::from_token(&AccessToken::new("access".into()), &Alg::EdDsa, &key(1, "one").as_verification_key()).expect("hash");
    assert!(outcome(&with("at_hash", json!(hash))).is_ok());
}

#[test]
fn an_unverified_address_is_no_address() {
    for claims in [with("email_verified", json!(false)), without("email_verified"), with("email", json!("no address")), without("email")] {
        assert_eq!(outcome(&claims).expect("a proof").verified_email, None, "{claims}");
    }
}

#[test]
fn an_issuer_that_does_not_say_when_satisfies_no_age() {
    assert_eq!(outcome(&without("auth_time")).expect("a proof").auth_time, OffsetDateTime::UNIX_EPOCH);
}

#[test]
fn a_key_that_is_not_known_asks_for_fetching_again() {
    let other = key(2, "two");
    let token = signed(json!({ "alg": "EdDSA", "kid": "two" }), &claims(), |text| other.sign(&Alg::EdDsa, text).expect("signed"));
    assert_eq!(read_token(&token), Err(Flaw::UnknownKey));
}

#[test]
fn another_key_under_a_known_name_is_refused() {
    let thief = key(2, "one");
    let token = signed(json!({ "alg": "EdDSA", "kid": "one" }), &claims(), |text| thief.sign(&Alg::EdDsa, text).expect("signed"));
    assert!(matches!(read_token(&token), Err(Flaw::Other(_))));
}

#[test]
fn a_shared_secret_or_no_signature_proves_nothing() {
    let mac = CoreHmacKey::new(SECRET);
    let token = signed(json!({ "alg": "HS256" }), &claims(), |text| mac.sign(&Alg::HmacSha256, text).expect("signed"));
    assert!(matches!(read_token(&token), Err(Flaw::Other(_))));
    let token = signed(json!({ "alg": "none" }), &claims(), |_| Vec::new());
    assert!(matches!(read_token(&token), Err(Flaw::Other(_))));
}

#[test]
fn addresses_are_compared_in_one_form() {
    assert_eq!(address(" Hanako.Kango@Example.JP "), Some("hanako.kango@example.jp".into()));
    let long = format!("{}@example.jp", "a".repeat(65));
    for bad in [
        "",
        "@",
        "a@",
        "@b.jp",
        "a@b",
        "a b@c.jp",
        "a@b@c.jp",
        "a@b..jp",
        "a@-b.jp",
        "ａ@b.jp",
        "a@b.jp\r\nBcc: c@d.jp",
        "<a@b.jp>",
        "a,b@c.jp",
        &long,
    ] {
        assert_eq!(address(bad), None, "{bad}");
    }
}
