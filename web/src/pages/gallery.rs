//! The gallery: every sample of every page, and two specimens that show every component in both densities.

use crate::forms::{FieldSpec, Filled, Form, FormView, Kind, Opt, Options, words};
use crate::key;
use crate::moment::{Day, Moment};
use crate::page::{Density, Page, Sample};
use crate::phrase;
use crate::words::{Label, Phrase};
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::{date, datetime};

/// The instant at which all samples are shown.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-17 09:12 +9);

/// One page with its samples, as the index lists it.
#[derive(Serialize)]
pub(crate) struct Group {
    pub name: String,
    pub template: &'static str,
    pub samples: Vec<String>,
}

/// The list of all samples.
#[derive(Serialize)]
pub(crate) struct Index {
    pub groups: Vec<Group>,
}

impl Page for Index {
    const TEMPLATE: &'static str = "gallery/index.html";
    const DENSITY: Density = Density::Dense;
    fn samples() -> Vec<Sample<Self>> {
        let group = Group { name: "shared.trouble".into(), template: "shared/trouble.html", samples: vec!["broken".into()] };
        vec![Sample::new("one", Self { groups: vec![group] }), Sample::new("none", Self { groups: Vec::new() })]
    }
}

/// A form with every kind of field.
pub(crate) struct SpecimenForm;

impl Form for SpecimenForm {
    const NAME: &'static str = "specimen";
    fn fields() -> Vec<FieldSpec> {
        let kinds = || words("gallery-specimen-kind", ["files", "virus", "mail"]);
        let hinted = || crate::forms::hinted_words("gallery-specimen-care", ["open", "part", "closed"]);
        vec![
            FieldSpec::new("care", key!("gallery-specimen-care"), Kind::Choice(hinted())).required().hinted(),
            FieldSpec::new("kind", key!("gallery-specimen-kind"), Kind::Choice(kinds())).required(),
            FieldSpec::new("since", key!("gallery-specimen-since"), Kind::DateTime).required().hinted(),
            FieldSpec::new("tel", key!("gallery-specimen-tel"), Kind::Phone).required().hinted(),
            FieldSpec::new("subject", key!("gallery-specimen-subject"), Kind::Line { max: 40 }).required(),
            FieldSpec::new("body", key!("gallery-specimen-body"), Kind::Text { max: 400 }).required(),
            FieldSpec::new("count", key!("gallery-specimen-count"), Kind::Int { min: 0, max: 9_999 }),
            FieldSpec::new("queue", key!("gallery-specimen-queue"), Kind::Choice(Options::Given)),
            FieldSpec::new("tell", key!("gallery-specimen-tell"), Kind::Many(Options::Given)).hinted(),
            FieldSpec::new("agree", key!("gallery-specimen-agree"), Kind::Check).required(),
            FieldSpec::hidden("step"),
        ]
    }
    fn read(_: &mut Filled) -> Option<Self> {
        Some(Self)
    }
}

fn offered(view: FormView) -> FormView {
    view.offer("queue", vec![Opt::text("1", "1次窓口"), Opt::text("2", "2次窓口")])
        .offer("tell", vec![Opt::text("p", "県の医師会に、起きたことと進み具合を知らせる"), Opt::text("k", "警察に、窓口から連絡する")])
}

fn blank() -> FormView {
    offered(FormView::blank::<SpecimenForm>())
}

fn faulty() -> FormView {
    let typed = [
        ("care", "part"),
        ("kind", "files"),
        ("since", "先週の月曜"),
        ("tel", "090-0000-123"),
        ("subject", "電子カルテが開かない"),
        ("body", "英語の赤い画面。ファイル名の終わりが「.lk9」になっている。"),
        ("tell", "p"),
        ("step", "5"),
    ];
    let pairs = typed.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let given = [("tell", vec!["p".to_owned(), "k".to_owned()])];
    match Filled::take::<SpecimenForm>(pairs, NOW, &given) {
        Ok(filled) => offered(filled.view()),
        Err(_) => blank(),
    }
}

#[derive(Serialize)]
struct Step {
    label: Label,
    sub: Option<Label>,
    state: &'static str,
    mine: bool,
}

#[derive(Serialize)]
struct File {
    name: &'static str,
    size: u64,
    state: &'static str,
    why: Option<&'static str>,
    open: Option<&'static str>,
    remove: Option<&'static str>,
    send: Option<&'static str>,
}

#[derive(Serialize)]
struct View {
    label: Label,
    href: &'static str,
    current: bool,
    count: u32,
    lit: bool,
}

#[derive(Serialize)]
struct Crumb {
    label: Phrase,
    href: &'static str,
}

#[derive(Serialize)]
struct Hidden {
    name: &'static str,
    value: &'static str,
}

fn steps() -> Vec<Step> {
    let step = |label: &str, sub: Option<&str>, state, mine| Step { label: Label::text(label), sub: sub.map(Label::text), state, mine };
    vec![
        step("提出", Some("11月10日"), "past", false),
        step("郡市区医師会の確認", Some("11月12日 済み"), "past", false),
        step("書類の確認", Some("通帳の写しを待っています"), "now", true),
        step("審査と決定", Some("書類がそろって5日ほど"), "ahead", false),
    ]
}

/// Every component a clinic meets.
#[derive(Serialize)]
pub(crate) struct Specimen {
    form: FormView,
    steps: Vec<Step>,
    waiting: Vec<Step>,
    day: Day,
    at: Moment,
    text: &'static str,
    upload: Vec<Hidden>,
}

impl Specimen {
    fn with(form: FormView) -> Self {
        let waiting = steps().into_iter().map(|s| Step { mine: false, ..s }).collect();
        let text = "受付のパソコンに英語の赤い画面が出ました。<b>電源</b>は入れたままです。\n\nLANケーブルは抜きました。\n業者に電話しました。\n\nمرحبا بالعالم";
        Self {
            form,
            steps: steps(),
            waiting,
            day: Day(date!(2026 - 11 - 27)),
            at: Moment(NOW),
            text,
            upload: vec![Hidden { name: "key", value: "5f1c" }, Hidden { name: "policy", value: "e30=" }],
        }
    }
}

impl Page for Specimen {
    const TEMPLATE: &'static str = "gallery/specimen.html";
    fn samples() -> Vec<Sample<Self>> {
        vec![Sample::new("blank", Self::with(blank())), Sample::new("faulty", Self::with(faulty()))]
    }
}

/// Every component the desk meets.
#[derive(Serialize)]
pub(crate) struct DenseSpecimen {
    form: FormView,
    views: Vec<View>,
    crumbs: Vec<Crumb>,
    files: Vec<File>,
    at: Moment,
    soon: Moment,
    late: Moment,
    severities: Vec<Opt>,
}

impl Page for DenseSpecimen {
    const TEMPLATE: &'static str = "gallery/dense.html";
    const DENSITY: Density = Density::Dense;
    fn samples() -> Vec<Sample<Self>> {
        let view = |label: &str, count, lit, current| View { label: Label::text(label), href: "/queue", current, count, lit };
        let file = |name, size, state, open| File {
            name,
            size,
            state,
            why: (state == "refused").then_some("type"),
            open,
            remove: (state == "refused").then_some("/files/6/remove"),
            send: None,
        };
        let page = Self {
            form: blank(),
            views: vec![view("すべて", 50, false, true), view("あなたの番", 7, true, false), view("担当なし", 0, true, false)],
            crumbs: vec![Crumb { label: phrase!("gallery-specimen-kind"), href: "/queue" }],
            files: vec![
                file("画面の写真.jpg", 1_887_437, "clean", Some("/files/1")),
                file("readme_decrypt.zip", 43_008, "infected", None),
                file("router-log-1116.txt", 13_002_342, "waiting", None),
                file("見積書（鍵付き）.pdf", 220_000, "unscannable", None),
                file("監視カメラ.mp4", 1_288_490_188, "too_large", None),
                file("画面.jpg", 61_440, "refused", None),
            ],
            at: Moment(datetime!(2026-11-17 08:40 +9)),
            soon: Moment(datetime!(2026-11-17 09:35 +9)),
            late: Moment(datetime!(2026-11-17 09:00 +9)),
            severities: vec![Opt::text("s1", "緊急"), Opt::text("s2", "重大")],
        };
        vec![Sample::new("all", page)]
    }
}
