//! One consultation: as its desk, its asking side and others see it.

use super::super::forms::*;
use super::super::pages::{Act, ActForm, Begun, Case, ConsentLine, FileView, Header, Line, Overtaken, ThreadEntry, blank_announce};
use super::{CASE, NOW, ago, consent_texts, faulty, file, line, options, own_files, sent_files};
use crate::forms::{Form, FormView, Opt};
use crate::moment::Moment;
use crate::page::{Sample, Viewer};
use crate::pages::Again;
use crate::phrase;
use crate::request::{Brought, Press};
use crate::words::{Label, Phrase};
use time::macros::datetime;

const TITLE: &str = "電子カルテが開かない。英語の画面が出ている";

fn head() -> Line {
    Line { mine: true, ..line("T-2026-0412", TITLE, "ひだまり内科クリニック", "S1") }
}

fn blank(kind: &'static str, id: &str, at: Moment) -> ThreadEntry {
    ThreadEntry {
        kind,
        id: id.into(),
        desk: false,
        author: String::new(),
        unit: String::new(),
        body: String::new(),
        verb: String::new(),
        from: None,
        to: None,
        at,
        files: vec![],
    }
}

fn event(verb: &str, from: Option<Label>, to: Option<Label>, who: &str, at: Moment) -> ThreadEntry {
    ThreadEntry { verb: verb.into(), from, to, author: who.into(), ..blank("event", "", at) }
}

fn message(id: &str, desk: bool, author: &str, unit: &str, body: &str, at: Moment) -> ThreadEntry {
    ThreadEntry { desk, author: author.into(), unit: unit.into(), body: body.into(), ..blank("message", id, at) }
}

/// The thread as the desk reads it; without notes it is what the clinic reads.
fn thread(notes: bool) -> Vec<ThreadEntry> {
    let clinic = "ひだまり内科クリニック";
    let desk = "北斗サイバー救援";
    let class = |word: &str| Some(Label::from(Phrase::word("desk-class", word)));
    let mut all = vec![
        event("asked", None, class("S2"), "相沢 美緒", Moment(datetime!(2026-11-16 06:52 +9))),
        ThreadEntry {
            files: sent_files(),
            ..message(
                "1",
                false,
                "相沢 美緒",
                clinic,
                "受付のパソコンに英語の赤い画面が出て、電子カルテが開きません。\n\nLANケーブルは抜きました。電源は入れたままです。",
                Moment(datetime!(2026-11-16 06:52 +9)),
            )
        },
        event("triaged", None, None, "柏木 遥", Moment(datetime!(2026-11-16 06:58 +9))),
        message(
            "2",
            true,
            "柏木 遥",
            desk,
            "ご連絡ありがとうございます。LANを抜き、電源を残されたのは、とてもよい判断です。\n\n① バックアップ用の機器も線を外してください。\n② 業者が来るまで、画面には触らないでください。",
            Moment(datetime!(2026-11-16 07:04 +9)),
        ),
        ThreadEntry {
            author: "柏木 遥".into(),
            body: "拡張子 .lk9、脅迫文の書きぶりは9月の2件と同じ型。VPN装置は3年更新なし（業者談）。公開の返信には型名を書かないこと。"
                .into(),
            ..blank("note", "3", Moment(datetime!(2026-11-16 07:20 +9)))
        },
        event("class", class("S2"), class("S1"), "柏木 遥", Moment(datetime!(2026-11-17 08:10 +9))),
        event("waiting_third_party", None, None, "柏木 遥", Moment(datetime!(2026-11-17 08:12 +9))),
        event(
            "consented",
            None,
            Some(Phrase::word("desk-receiver", "prefecture").into()),
            "相沢 美緒",
            Moment(datetime!(2026-11-17 08:20 +9)),
        ),
        message(
            "4",
            true,
            "柏木 遥",
            desk,
            "開けなくなったパソコンの台数を教えてください。お返事のあと、復旧の順番をお伝えします。",
            Moment(datetime!(2026-11-17 08:40 +9)),
        ),
    ];
    if notes {
        let to = |word: &str| Some(Label::from(Phrase::word("desk-line", word)));
        let name = |name: &str| Some(Label::text(name));
        all.push(event("assigned", name("柏木 遥"), name("江口 大輔"), "大槻 健一", Moment(datetime!(2026-11-17 08:55 +9))));
        all.push(event("handed_over", name("江口 大輔"), name("柏木 遥"), "", Moment(datetime!(2026-11-17 09:00 +9))));
        all.push(event("offered", to("1"), to("2"), "柏木 遥", Moment(datetime!(2026-11-17 09:05 +9))));
    } else {
        all.retain(|e| e.kind != "note");
    }
    all
}

fn acts(verbs: &[(&'static str, bool)]) -> Vec<Act> {
    verbs.iter().map(|(verb, post)| Act { verb, href: format!("{CASE}/{}", verb.replace('_', "-")), post: *post }).collect()
}

const HOLDER: &[(&str, bool)] = &[
    ("take", true),
    ("triage", false),
    ("assign", false),
    ("write_note", false),
    ("wait_third", true),
    ("resume", true),
    ("offer_line", false),
    ("resolve", false),
];

fn page() -> Case {
    Case {
        line: head(),
        who: "holder",
        staff: true,
        version: 7,
        phone: "090-0000-0123".into(),
        contact: "相沢 美緒".into(),
        noticed: "11月16日 6時40分".into(),
        done: "LANケーブルを抜いた。電源は切っていない。\n業者に電話した（7時05分）。".into(),
        care: "stopped",
        privacy: "everyone",
        desk_line: "1",
        queue: "1次窓口".into(),
        offered_to: None,
        unit_kind: "clinic".into(),
        member: Some("森下 芳子".into()),
        member_number: Some("20-0001234".into()),
        member_category: Some("A1".into()),
        opener: Some("相沢 美緒".into()),
        first_answer_at: Some(Moment(datetime!(2026-11-16 07:04 +9))),
        reopen_until: None,
        consents: vec![ConsentLine { receiver: "prefecture".into(), at: Moment(datetime!(2026-11-17 08:20 +9)), version: 2 }],
        thread: thread(true),
        form: Some(reply(&[])),
        action: format!("{CASE}/reply"),
        begun: Some(Begun { keep: format!("{CASE}/reply/draft"), kept_at: None }),
        pending: vec![],
        acts: acts(HOLDER),
        advice: None,
        back: "/queue".into(),
    }
}

fn offers(form: FormView, files: &[FileView]) -> FormView {
    form.offer("files", files.iter().map(|f| Opt::text(&f.id, f.name.clone())).collect())
}

fn reply(files: &[FileView]) -> FormView {
    let ticked = files.iter().map(|f| ("files", f.id.clone()));
    offers(FormView::prefilled::<ReplyForm>(ticked.chain([("then", "desk".to_owned())])), files)
}

fn answer(files: &[FileView]) -> FormView {
    offers(FormView::prefilled::<AnswerForm>(files.iter().map(|f| ("files", f.id.clone()))), files)
}

/// The same as its writer reads it while the desk works.
fn requester() -> Case {
    Case {
        line: Line { mine: false, ..head() },
        who: "opener",
        staff: false,
        thread: thread(false),
        form: Some(answer(&[])),
        action: format!("{CASE}/answer"),
        acts: acts(&[("set_privacy", false), ("consent", false)]),
        back: "/consultations".into(),
        ..page()
    }
}

fn over(state: &'static str, case: Case) -> Case {
    Case {
        line: Line { state, turn: "nobody", mine: false, outcome: Some("vendor_took_over"), turn_since: ago(60), ..case.line },
        reopen_until: Some(Moment(datetime!(2026-12-17 08:12 +9))),
        form: None,
        begun: None,
        ..case
    }
}

fn staff_samples() -> Vec<Sample<Case>> {
    let waiting = || vec![file(8, "復旧の手順.pdf", 340_000, "clean"), file(9, "調査の記録.log", 8_300_000, "waiting")];
    let own = || waiting().into_iter().map(|f| FileView { remove: Some(format!("/files/{}/remove", f.id)), ..f }).collect::<Vec<_>>();
    let long = "医療法人社団さざなみ会 さざなみ記念総合リハビリテーション病院附属 さざなみ駅前内科・循環器内科クリニック";
    let no_body = || offers(faulty::<ReplyForm>(&[("body", ""), ("then", "requester")], &[], &[]), &[]);
    let fresh = || Case {
        line: Line { state: "new", responsible: None, mine: false, unit: Some(long.into()), ..head() },
        member_category: None,
        first_answer_at: None,
        consents: vec![],
        thread: thread(false).into_iter().take(2).collect(),
        acts: acts(&[
            ("take", true),
            ("triage", false),
            ("assign", false),
            ("write_note", false),
            ("offer_line", false),
            ("resolve", false),
        ]),
        ..page()
    };
    let offered = || Case {
        line: Line { offered: true, ..head() },
        who: "offered",
        offered_to: Some("2次窓口".into()),
        form: None,
        begun: None,
        acts: acts(&[("accept_offer", true), ("decline_offer", true)]),
        ..page()
    };
    let away = || Case {
        offered_to: Some("2次窓口".into()),
        acts: acts(&[("triage", false), ("write_note", false), ("withdraw_offer", true), ("resolve", false)]),
        ..page()
    };
    let both = || Case {
        line: Line { offered: true, ..head() },
        who: "both",
        acts: acts(&[("triage", false), ("write_note", false), ("withdraw_offer", true), ("accept_offer", true), ("decline_offer", true)]),
        ..away()
    };
    let desk = |name, case| Sample::new(name, case).seen_by(Viewer::Desk);
    vec![
        desk("staff", page()),
        desk("staff-new", fresh()),
        desk("staff-files", Case { pending: own(), form: Some(reply(&own())), ..page() }),
        desk("staff-faulty", Case { form: Some(no_body()), ..page() }),
        desk(
            "staff-begun",
            Case {
                begun: Some(Begun { keep: format!("{CASE}/reply/draft"), kept_at: Some(Moment(datetime!(2026-11-17 09:05 +9))) }),
                form: Some(FormView::prefilled::<ReplyForm>([
                    ("then", "desk".to_owned()),
                    ("body", "電源は切らずに、LANケーブルだけを抜いてください。".to_owned()),
                ])),
                ..page()
            },
        ),
        desk("staff-offered", offered()),
        desk("staff-offering", away()),
        desk("staff-both", both()),
        desk("staff-waiting", Case { line: Line { state: "waiting_requester", turn: "requester", mine: false, ..head() }, ..page() }),
        desk(
            "staff-resolved",
            over("resolved", Case { acts: acts(&[("write_note", false), ("close", true), ("reopen", false)]), ..page() }),
        ),
        desk("witness", Case { who: "witness", form: None, begun: None, acts: vec![], ..page() }),
    ]
}

fn requester_samples() -> Vec<Sample<Case>> {
    let turn = || Line { state: "waiting_requester", turn: "requester", mine: true, ..head() };
    let ended = acts(&[("reopen", false), ("close", true), ("set_privacy", false), ("consent", false)]);
    let reader = || Case { who: "requester", privacy: "confidential", form: None, begun: None, acts: vec![], ..requester() };
    let receiver = || Case { who: "receiver", form: None, begun: None, acts: vec![], back: "/shared".into(), ..requester() };
    let fresh = || Case {
        line: Line { state: "new", responsible: None, ..requester().line },
        first_answer_at: None,
        thread: thread(false).into_iter().take(2).collect(),
        consents: vec![],
        ..requester()
    };
    let question = || Case {
        noticed: String::new(),
        done: String::new(),
        care: "not_applicable",
        member: None,
        member_number: None,
        member_category: None,
        consents: vec![],
        ..fresh()
    };
    vec![
        Sample::new("mine", Case { line: turn(), ..requester() }),
        Sample::new("new", fresh()),
        Sample::new("question", question()),
        Sample::new("triaged", Case { line: Line { state: "triaged", ..requester().line }, member_category: None, ..requester() }),
        Sample::new("working", Case { advice: Some(super::super::pages::Advice { about: None, ..super::ask::advice() }), ..requester() }),
        Sample::new("third", Case { line: Line { state: "waiting_third_party", turn: "third", ..requester().line }, ..requester() }),
        Sample::new("files", Case { pending: own_files(), form: Some(answer(&own_files())), line: turn(), ..requester() }),
        Sample::new(
            "faulty",
            Case { form: Some(offers(faulty::<AnswerForm>(&[("body", "")], &[], &[]), &[])), line: turn(), ..requester() },
        ),
        Sample::new("resolved", over("resolved", Case { acts: ended, ..requester() })),
        Sample::new("closed", over("closed", Case { acts: acts(&[("reopen", false)]), ..requester() })),
        Sample::new("confidential-reader", reader()),
        Sample::new("receiver", receiver()),
    ]
}

/// Samples of the consultation's page.
pub fn case() -> Vec<Sample<Case>> {
    staff_samples().into_iter().chain(requester_samples()).collect()
}

/// Samples of the header alone.
pub fn header() -> Vec<Sample<Header>> {
    let page = || Header {
        line: Line { title: None, mine: false, ..head() },
        care: "stopped",
        queue: "1次窓口".into(),
        first_answer_at: Some(Moment(NOW)),
        witness: None,
        back: "/area".into(),
    };
    let done = || Line { state: "closed", turn: "nobody", outcome: Some("information"), ..page().line };
    vec![
        Sample::new("officer", page()),
        Sample::new("officer-closed", Header { line: done(), first_answer_at: None, ..page() }),
        Sample::new("auditor", Header { witness: Some(format!("{CASE}/witness")), ..page() }).seen_by(Viewer::Desk),
    ]
}

fn form(act: &'static str, form: FormView) -> ActForm {
    let consents = if act == "consent" { consent_texts() } else { vec![] };
    ActForm {
        act,
        number: "T-2026-0412".into(),
        title: Some(TITLE.into()),
        form,
        action: format!("{CASE}/{act}"),
        version: 7,
        back: CASE.into(),
        consents,
        begun: ["note", "resolve", "reopen"].contains(&act).then(|| Begun { keep: format!("{CASE}/{act}/draft"), kept_at: None }),
    }
}

/// Samples of every act's page.
pub fn act() -> Vec<Sample<ActForm>> {
    let categories =
        || options(&[("INC-RAN", "ランサムウェア・暗号化", None), ("INC-MAL", "ウイルス・マルウェア感染", None), ("OTH", "その他", None)]);
    let people = || {
        let unit = "北斗サイバー救援（見本）";
        vec![
            Opt {
                value: "s1".into(),
                label: phrase!("desk-assign-on-duty", name = "柏木 遥").into(),
                hint: Some(phrase!("desk-assign-agent", unit = unit).into()),
            },
            Opt { value: "s2".into(), label: Label::text("大槻 健一"), hint: Some(phrase!("desk-assign-lead", unit = unit).into()) },
            Opt {
                value: "s3".into(),
                label: Label::text("宮坂 周一"),
                hint: Some(phrase!("desk-assign-officer", unit = "長野県医師会（見本）").into()),
            },
        ]
    };
    let named = || options(&[("p1", "相沢 美緒", None), ("p2", "小田切 さくら", None)]);
    let triage = FormView::prefilled::<TriageForm>([("category", "INC-RAN".into()), ("class", "S2".into()), ("line", "1".into())])
        .offer("category", categories());
    let taken = faulty::<TriageForm>(
        &[("category", "INC-RAN"), ("class", "S1"), ("line", "2")],
        &[("category", vec!["INC-RAN".into()])],
        &[("line", phrase!("desk-error-offer-open"))],
    )
    .offer("category", categories());
    let desk = |name, page| Sample::new(name, page).seen_by(Viewer::Desk);
    vec![
        desk("note", form("note", FormView::blank::<NoteForm>())),
        desk("note-faulty", form("note", faulty::<NoteForm>(&[("body", "")], &[], &[]))),
        desk("triage", form("triage", triage)),
        desk("triage-faulty", form("triage", taken)),
        desk("assign", form("assign", FormView::prefilled::<AssignForm>([("seat", "s1".into())]).offer("seat", people()))),
        desk(
            "assign-faulty",
            form("assign", faulty::<AssignForm>(&[("seat", "s9")], &[("seat", vec!["s1".into()])], &[]).offer("seat", people())),
        ),
        desk("offer", form("offer", FormView::blank::<OfferForm>())),
        desk("offer-faulty", form("offer", faulty::<OfferForm>(&[("line", "1")], &[], &[("line", phrase!("desk-error-same-queue"))]))),
        desk("resolve", form("resolve", FormView::blank::<ResolveForm>())),
        desk("resolve-faulty", form("resolve", faulty::<ResolveForm>(&[("body", "")], &[], &[]))),
        Sample::new("reopen", form("reopen", FormView::blank::<ReopenForm>())),
        Sample::new(
            "privacy",
            form(
                "privacy",
                FormView::prefilled::<PrivacyForm>([("privacy", "named".into()), ("named", "p1".into())]).offer("named", named()),
            ),
        ),
        Sample::new("privacy-alone", form("privacy", FormView::prefilled::<PrivacyForm>([("privacy", "own".into())]))),
        Sample::new("consent", form("consent", FormView::prefilled::<ConsentForm>([("consent", "prefecture".into())]))),
        desk("attach", form("attach", blank_announce())),
        desk("attach-faulty", form("attach", faulty::<AnnounceForm>(&[("name", "")], &[], &[]))),
        desk("witness", ActForm { title: None, ..form("witness", FormView::blank::<WitnessForm>()) }),
        desk("witness-faulty", ActForm { title: None, ..form("witness", faulty::<WitnessForm>(&[("reason", "監査")], &[], &[])) }),
    ]
}

fn again<F: Form>(act: &str, pairs: &[(&str, &str)]) -> Again {
    Brought::sample::<F>(7, pairs).once_more(&format!("{CASE}/{act}"), Some(9))
}

/// Samples of a submit that came too late.
pub fn overtaken() -> Vec<Sample<Overtaken>> {
    let at = Moment(datetime!(2026-11-17 09:06 +9));
    let page = |again, possible| Overtaken {
        number: "T-2026-0412".into(),
        title: Some(TITLE.into()),
        class: "S1",
        state: "in_work",
        responsible: Some("藤代 岳".into()),
        entries: vec![
            event("class", Some(Phrase::word("desk-class", "S2").into()), Some(Phrase::word("desk-class", "S1").into()), "柏木 遥", at),
            message("m9", true, "藤代 岳", "北斗サイバー救援（見本）", "LANケーブルは、もう抜いてありますか。", at),
        ],
        again,
        possible,
        open: CASE.into(),
    };
    let written = || again::<ReplyForm>("reply", &[("then", "desk"), ("body", "電源は切らないでください。")]);
    vec![
        Sample::new("text", page(written(), true)).seen_by(Viewer::Desk),
        Sample::new("button", page(again::<Press>("take", &[]), true)).seen_by(Viewer::Desk),
        Sample::new("no-longer", page(written(), false)).seen_by(Viewer::Desk),
    ]
}
