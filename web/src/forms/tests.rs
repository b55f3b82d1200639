use super::*;
use crate::phrase;
use crate::words::Words;
use kernel::Locale;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-17 09:12 +9);

#[derive(Debug, PartialEq)]
struct Specimen {
    subject: String,
    body: String,
    tel: String,
    since: OffsetDateTime,
    severity: kernel::Level,
    rooms: Vec<String>,
    agree: bool,
    count: i64,
}

impl Form for Specimen {
    const NAME: &'static str = "specimen";
    fn fields() -> Vec<FieldSpec> {
        let levels = || words("shared-level", kernel::Level::ALL.iter().map(|l| l.word()));
        vec![
            FieldSpec::new("subject", "x-subject", Kind::Line { max: 10 }).required(),
            FieldSpec::new("body", "x-body", Kind::Text { max: 20 }),
            FieldSpec::new("tel", "x-tel", Kind::Phone).required().hinted(),
            FieldSpec::new("since", "x-since", Kind::DateTime).required(),
            FieldSpec::new("severity", "x-severity", Kind::Choice(levels())).required(),
            FieldSpec::new("rooms", "x-rooms", Kind::Many(Options::Given)),
            FieldSpec::new("agree", "x-agree", Kind::Check),
            FieldSpec::new("count", "x-count", Kind::Int { min: 0, max: 99 }).required(),
            FieldSpec::id("id"),
        ]
    }
    fn read(filled: &mut Filled) -> Option<Self> {
        if filled.moment("since").is_some_and(|t| t > filled.now()) {
            filled.refuse("since", phrase!("shared-error-when"));
        }
        Some(Self {
            subject: filled.text("subject")?,
            body: filled.text_or_empty("body"),
            tel: filled.phone("tel")?,
            since: filled.moment("since")?,
            severity: filled.choice("severity")?,
            rooms: filled.many("rooms"),
            agree: filled.checked("agree"),
            count: filled.int("count")?,
        })
    }
}

fn good() -> Vec<(String, String)> {
    pairs("subject=a&tel=090-0000-0123&since=11%2F16+6%3A40&severity=municipal&rooms=x&rooms=y&agree=1&count=%EF%BC%91%EF%BC%92".as_bytes())
        .unwrap()
}

fn with(name: &str, value: &str) -> Vec<(String, String)> {
    let mut all: Vec<_> = good().into_iter().filter(|(n, _)| n != name).collect();
    all.push((name.into(), value.into()));
    all
}

fn read(pairs: Vec<(String, String)>) -> Result<Result<Specimen, Box<Filled>>, BadForm> {
    Filled::read(pairs, NOW, &[("rooms", vec!["x".into(), "y".into()])])
}

#[test]
fn a_good_form_becomes_its_value() {
    let made = read(good()).unwrap().unwrap();
    assert_eq!(made.since, datetime!(2026-11-16 06:40 +9));
    assert_eq!((made.rooms.as_slice(), made.agree, made.count), (&["x".to_owned(), "y".to_owned()][..], true, 12));
    assert_eq!(made.severity, kernel::Level::Municipal);
}

#[test]
fn f14_fields_nobody_declared_are_refused() {
    assert_eq!(read(with("owner_unit", "7")).unwrap_err(), BadForm::Unknown("owner_unit".into()));
}

#[test]
fn a_field_comes_once() {
    let mut twice = good();
    twice.push(("subject".into(), "b".into()));
    assert_eq!(read(twice).unwrap_err(), BadForm::Repeated("subject".into()));
    let envelope = |s: &str| Envelope::open(pairs(s.as_bytes()).unwrap());
    assert_eq!(envelope("_csrf=a&_csrf=b").unwrap_err(), BadForm::Repeated("_csrf".into()));
    let (opened, rest) = envelope("_csrf=a&_seat=b&version=3&x=y").unwrap();
    assert_eq!(opened, Envelope { csrf: "a".into(), seat: Some("b".into()), version: Some(3), page: None });
    assert_eq!(rest, [("x".to_owned(), "y".to_owned())]);
}

#[test]
fn f12_words_that_were_not_on_offer_are_refused() {
    for (name, value) in [("severity", "' or 1=1"), ("agree", "on"), ("id", "7")] {
        assert_eq!(read(with(name, value)).unwrap_err(), BadForm::NotOffered(name.into()));
    }
    // A list that the handler gives may have changed since the page was made: that is the reader's to put right.
    assert!(read(with("rooms", "z")).unwrap().unwrap_err().view().is_faulty());
}

#[test]
fn broken_bytes_are_refused() {
    assert_eq!(pairs(b"a=%FF"), Err(BadForm::Unreadable));
    assert_eq!(pairs(b"a=\xFF"), Err(BadForm::Unreadable));
}

#[test]
fn everything_typed_is_kept_and_each_error_is_said_in_both_languages() {
    let words = Words::load().unwrap();
    let cases = [
        ("subject", ""),
        ("subject", "とても長い件名が入っています"),
        ("tel", "090-0000-012"),
        ("tel", ""),
        ("since", "先週"),
        ("since", ""),
        ("since", "11/18 6:00"),
        ("severity", ""),
        ("count", "百"),
        ("count", "100"),
        ("body", "二十字を超える長さの文章がここに入っています。"),
        ("rooms", "z"),
    ];
    for (name, value) in cases {
        let shown = serde_json::to_value(read(with(name, value)).unwrap().unwrap_err().view()).unwrap();
        assert_eq!(shown["value"]["tel"].as_str().unwrap().is_empty(), name == "tel" && value.is_empty());
        assert_eq!(shown["value"][name], value, "what was typed is gone");
        assert_eq!(shown["errors"].as_array().unwrap().len(), 1, "{name}={value}: {shown}");
        assert_eq!(shown["errors"][0]["anchor"], format!("specimen-{name}"));
        let message = &shown["error"][name];
        let mut said = Phrase::new(message["key"].as_str().unwrap().to_owned());
        for (arg, value) in message["args"].as_object().unwrap() {
            said.args.insert(arg.clone().into(), value.as_i64().unwrap().into());
        }
        for locale in Locale::ALL {
            assert!(!words.phrase(*locale, &said).unwrap().is_empty());
        }
    }
}

#[test]
fn deceiving_characters_do_not_come_in() {
    let made = read(with("subject", "a\u{202E}b\r\nc")).unwrap().unwrap();
    assert_eq!(made.subject, "ab c");
}

struct Forgetful;
impl Form for Forgetful {
    const NAME: &'static str = "forgetful";
    fn fields() -> Vec<FieldSpec> {
        vec![FieldSpec::new("a", "x-a", Kind::Line { max: 5 })]
    }
    fn read(_: &mut Filled) -> Option<Self> {
        None
    }
}

#[test]
fn a_form_that_makes_nothing_fails_closed() {
    let kept = Filled::read::<Forgetful>(vec![("a".into(), "x".into())], NOW, &[]).unwrap();
    assert!(kept.is_err_and(|f| f.is_faulty()));
}

#[test]
fn a_form_view_knows_limits_hints_and_what_a_draft_holds() {
    let view = FormView::prefilled::<Specimen>([("subject", "draft".to_owned()), ("rooms", "x".to_owned())])
        .offer("rooms", vec![Opt::text("x", "一号室")]);
    assert_eq!(view.typed("subject"), "draft");
    let shown = serde_json::to_value(&view).unwrap();
    assert_eq!(shown["max"]["subject"], 10);
    assert_eq!(shown["hint"]["tel"]["key"], "x-tel-hint");
    assert_eq!(shown["options"]["rooms"][0]["label"]["text"], "一号室");
    assert_eq!(shown["options"]["severity"].as_array().unwrap().len(), kernel::Level::ALL.len());
}
