//! Samples of the form that was not taken: a reply alone, and a form with every kind of field.

use super::unsent::{Again, Carried, Chosen, Typed, Unsent, Why};
use crate::forms::{FieldSpec, Form, FormView, Kind};
use crate::key;
use crate::page::{Sample, Viewer};
use crate::phrase;
use crate::words::Label;

/// A form with every kind of field that people type into.
struct Written;

impl Form for Written {
    const NAME: &'static str = "written";
    fn fields() -> Vec<FieldSpec> {
        vec![
            FieldSpec::new("subject", key!("gallery-specimen-subject"), Kind::Line { max: 40 }).required(),
            FieldSpec::new("since", key!("gallery-specimen-since"), Kind::DateTime).required().hinted(),
            FieldSpec::new("tel", key!("gallery-specimen-tel"), Kind::Phone).required().hinted(),
            FieldSpec::new("count", key!("gallery-specimen-count"), Kind::Int { min: 0, max: 9_999 }),
            FieldSpec::new("body", key!("gallery-specimen-body"), Kind::Text { max: 400 }).required(),
        ]
    }
    fn read(_: &mut crate::forms::Filled) -> Option<Self> {
        Some(Self)
    }
}

fn again(fields: &[&str]) -> Option<Again> {
    let typed = [
        ("subject", "電子カルテが開かない"),
        ("since", "11月16日 6時40分"),
        ("tel", "090-0000-0123"),
        ("count", "3"),
        ("body", "英語の赤い画面です。ファイル名の終わりが「.lk9」になっています。\n\nLANケーブルは抜きました。電源は入れたままです。"),
    ];
    let named = |name: &str| fields.contains(&name);
    let chosen = Chosen { label: phrase!("gallery-specimen-kind"), values: vec![phrase!("gallery-specimen-kind-files").into()] };
    let given = Chosen { label: phrase!("gallery-specimen-queue"), values: vec![phrase!("shared-unsent-as-chosen").into()] };
    let ticked = Chosen { label: phrase!("gallery-specimen-agree"), values: vec![phrase!("shared-unsent-ticked").into()] };
    Some(Again {
        action: "/sample".to_owned(),
        token: "0123.4567".to_owned(),
        seat: Some("0198a7c2-0000-7000-8000-000000000002".to_owned()),
        version: Some(3),
        page: None,
        form: FormView::prefilled::<Written>(typed.into_iter().filter(|(n, _)| named(n)).map(|(n, v)| (n, v.to_owned()))),
        typed: Written::fields().iter().filter(|f| named(f.name)).map(Typed::of).collect(),
        chosen: vec![chosen, given, ticked],
        carried: vec![carried("kind", "files"), carried("queue", "2"), carried("agree", "1")],
    })
}

fn carried(name: &'static str, value: &str) -> Carried {
    Carried { name, value: value.to_owned() }
}

fn plain() -> Option<Again> {
    again(&["body"]).map(|again| Again { chosen: Vec::new(), carried: Vec::new(), ..again })
}

/// Choices alone, with the names that their writer gave them.
fn choices() -> Option<Again> {
    let named = |values: Vec<Label>| Chosen { label: phrase!("gallery-specimen-queue"), values };
    let chosen = vec![named(vec![Label::text("大槻 健一"), Label::text("全国医師連合会 2次窓口"), phrase!("shared-unsent-gone").into()])];
    again(&[]).map(|again| Again { chosen, ..again })
}

pub fn unsent() -> Vec<Sample<Unsent>> {
    let all = &["subject", "since", "tel", "count", "body"];
    let (person, organisation) = ("柏木 遥".to_owned(), "全国医師連合会".to_owned());
    let now = || "みどりの森医院の職員".to_owned();
    let seat = || Why::OtherSeat { before: Some("ひだまり内科クリニックの職員".to_owned()), now: now() };
    let session = || Why::OtherSession { person: person.clone(), organisation: organisation.clone() };
    vec![
        Sample::new("signed-out", Unsent::new(Why::SignedOut("/sign-in".to_owned()), plain())).seen_by(Viewer::Visitor),
        Sample::new("signed-out-every-field", Unsent::new(Why::SignedOut("/sign-in".to_owned()), again(all))).seen_by(Viewer::Visitor),
        Sample::new("other-session", Unsent::new(session(), again(all))).seen_by(Viewer::Desk),
        Sample::new("other-session-choices", Unsent::new(session(), choices())).seen_by(Viewer::Desk),
        Sample::new("other-seat", Unsent::new(seat(), plain())),
        Sample::new("other-seat-nothing-written", Unsent::new(seat(), None)),
        Sample::new("other-seat-ended", Unsent::new(Why::OtherSeat { before: None, now: now() }, plain())),
        Sample::new("other-person", Unsent::new(Why::OtherPerson { person }, plain())),
        Sample::new("too-many", Unsent::new(Why::TooMany { minutes: 2 }, plain())).seen_by(Viewer::Desk),
        Sample::new("away", Unsent::new(Why::Away, plain())).seen_by(Viewer::Visitor),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_field_that_people_type_into_stands_in_a_sample() {
        let kinds: Vec<_> = Written::fields().iter().map(|f| format!("{:?}", Typed::of(f))).collect();
        for kind in ["text", "phone", "moment", "number", "line"] {
            assert!(kinds.iter().any(|k| k.contains(kind)), "{kind}");
        }
    }
}
