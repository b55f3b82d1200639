//! Home and the lists.

use super::super::pages::{Home, Line, List, Queue, Room, ViewLink};
use super::{CASE, NOW, ago, drafts, line, options};
use crate::forms::Opt;
use crate::moment::Moment;
use crate::page::{Sample, Viewer};
use crate::phrase;
use crate::words::{Label, Phrase};
use ::desk::Class;
use ::desk::queries::View;
use time::Duration;
use time::macros::datetime;

const CLINIC: &str = "ひだまり内科クリニック";
const LONG: &str = "医療法人社団さざなみ会 さざなみ記念総合リハビリテーション病院附属 さざなみ駅前内科・循環器内科クリニック";

/// What waits for the clinic's answer.
fn asked_back() -> Line {
    Line {
        state: "waiting_requester",
        turn: "requester",
        mine: true,
        ..line("T-2026-0412", "電子カルテが開かない。英語の画面が出ている", CLINIC, "S1")
    }
}

fn open() -> Vec<Line> {
    vec![
        Line {
            category: Some("業者との契約".into()),
            responsible: Some("三枝 航".into()),
            turn_since: Moment(datetime!(2026-11-16 15:20 +9)),
            ..line("T-2026-0398", "業者が変わったとき、事業者用の用紙はどちらに頼みますか", CLINIC, "S4")
        },
        Line {
            state: "waiting_third_party",
            turn: "third",
            turn_since: Moment(datetime!(2026-11-13 10:00 +9)),
            ..line("T-2026-0371", "VPNルータの更新について", CLINIC, "S3")
        },
        Line {
            state: "new",
            responsible: None,
            turn_since: ago(3),
            ..line(
                "T-2026-0415",
                "受付のプリンタから、頼んでいない英語の紙が何枚も出てきて止まらない。電源を切ってよいか教えてほしい",
                CLINIC,
                "S3",
            )
        },
    ]
}

fn closed() -> Vec<Line> {
    let done = |state, at| move |l: Line| Line { state, turn: "nobody", outcome: Some("advice"), turn_since: Moment(at), ..l };
    vec![
        done("resolved", datetime!(2026-11-10 16:30 +9))(line("T-2026-0333", "あやしいメールを開いた", CLINIC, "S2")),
        done("closed", datetime!(2026-10-02 11:05 +9))(line("T-2026-0218", "立入検査で見られる書類", CLINIC, "S4")),
        Line { title: None, ..done("closed", datetime!(2026-09-18 09:40 +9))(line("T-2026-0190", "", CLINIC, "S3")) },
    ]
}

fn rooms() -> Vec<Room> {
    let room = |label: Phrase, lead: Phrase, href: &str| Room { label, lead, href: href.into() };
    vec![
        room(phrase!("shared-menu-queue"), phrase!("desk-room-queue"), "/queue"),
        room(phrase!("shared-menu-area"), phrase!("desk-room-area"), "/area"),
        room(phrase!("shared-menu-shared"), phrase!("desk-room-shared"), "/shared"),
    ]
}

/// Samples of the home page.
pub fn home() -> Vec<Sample<Home>> {
    let home = |turn, open, drafts, may_ask, rooms| Home { turn, open, drafts, may_ask, answers: false, waiting: vec![], rooms };
    let staff = |waiting, rooms| Home { answers: true, waiting, ..home(vec![], vec![], vec![], false, rooms) };
    let queue = || rooms().into_iter().take(1).collect();
    let waiting = || many(24).into_iter().filter(|l| l.mine).collect::<Vec<_>>();
    vec![
        Sample::new("turn", home(vec![asked_back()], open(), drafts(), true, vec![])),
        Sample::new("calm", home(vec![], open(), vec![], true, vec![])),
        Sample::new("empty", home(vec![], vec![], vec![], true, vec![])),
        Sample::new("officer", home(vec![], open(), vec![], true, rooms())),
        Sample::new("agent", staff(waiting(), queue())).seen_by(Viewer::Desk),
        Sample::new("agent-calm", staff(vec![], queue())).seen_by(Viewer::Desk),
        Sample::new("staff", staff(waiting(), rooms())).seen_by(Viewer::Desk),
        Sample::new("programme", home(vec![], vec![], vec![], false, rooms().split_off(1))).seen_by(Viewer::Desk),
        Sample::new("no-room", home(vec![], vec![], vec![], false, vec![])).seen_by(Viewer::Desk),
    ]
}

/// Samples of the lists.
pub fn list() -> Vec<Sample<List>> {
    let list = |kind, rows, next: Option<&str>, first: Option<&str>, may_ask| List {
        kind,
        rows,
        next: next.map(str::to_owned),
        first: first.map(str::to_owned),
        may_ask,
        within: None,
    };
    let own = || std::iter::once(asked_back()).chain(open()).collect::<Vec<_>>();
    let headers = || many(50).into_iter().map(|l| Line { title: None, mine: false, responsible: None, ..l }).collect::<Vec<_>>();
    let shared = || own().into_iter().map(|l| Line { mine: false, unit: Some(LONG.into()), ..l }).collect::<Vec<_>>();
    vec![
        Sample::new("own", list("own", own(), None, None, true)),
        Sample::new("own-empty", list("own", vec![], None, None, true)),
        Sample::new("closed", list("own_closed", closed(), Some("/consultations?closed=1&after=x"), Some("/consultations?closed=1"), true)),
        Sample::new("closed-empty", list("own_closed", vec![], None, None, true)),
        Sample::new("area", list("area", headers(), Some("/area?after=x"), None, true)),
        Sample::new("area-within", List { within: Some("松里市医師会".into()), ..list("area", headers(), None, None, true) }),
        Sample::new("area-empty", list("area", vec![], None, None, true)),
        Sample::new("shared", list("shared", shared(), None, Some("/shared"), true)),
        Sample::new("shared-empty", list("shared", vec![], None, None, false)),
    ]
}

/// A full page of rows: every class, state and turn comes up.
fn many(n: i64) -> Vec<Line> {
    const TITLES: [&str; 8] = [
        "電子カルテが開かない。英語の画面が出ている",
        "VPNに深夜の接続記録がある",
        "覚えのない管理者が増えている",
        "紹介状を別の医院に送信した",
        "USBメモリが見当たらない",
        "請求書の添付を開いてしまった",
        "予約画面の文字がおかしい",
        "連絡先図のひな形がほしい",
    ];
    const UNITS: [(&str, &str, &str); 8] = [
        ("ひだまり内科クリニック", "長野", "ランサムウェア・暗号化"),
        ("みどりの森医院", "千葉", "不正アクセス・乗っ取り"),
        ("いずみ町整形外科", "岡山", "不正アクセス・乗っ取り"),
        ("さくら坂眼科", "愛媛", "個人情報の漏えい・誤送信"),
        ("わかば皮フ科", "富山", "PC・スマホ・USB の紛失・盗難"),
        ("かもめ診療所", "福岡", "不審メール開封・なりすまし送信"),
        ("三日月眼科", "北海道", "いつもと違う動作(画面文字・印刷が止まらない)"),
        ("あおいこどもクリニック", "宮城", "BCP・連絡体制・訓練"),
    ];
    const STATES: [(&str, &str); 6] = [
        ("new", "desk"),
        ("triaged", "desk"),
        ("in_work", "desk"),
        ("in_work", "desk"),
        ("waiting_requester", "requester"),
        ("waiting_third_party", "third"),
    ];
    const PEOPLE: [&str; 4] = ["柏木 遥", "藤代 岳", "野々村 由紀", "三枝 航"];
    let row = |i: i64| {
        let at = |len: usize| usize::try_from(i).unwrap_or_default() % len;
        let (unit, prefecture, category) = UNITS[at(8)];
        let unit = if i == 6 { LONG } else { unit };
        let (state, turn) = STATES[at(6)];
        let class = Class::ALL[usize::try_from(i * 4 / n).unwrap_or_default().min(3)].word();
        let mine = turn == "desk" && i % 4 == 1;
        Line {
            prefecture: Some(prefecture.into()),
            category: Some(category.into()),
            state,
            turn,
            mine,
            offered: i == 1,
            responsible: (i != 6).then(|| PEOPLE[at(4)].into()),
            turn_since: ago(7 + i * 13),
            updated_at: ago(1 + i * 11),
            created_at: Moment(NOW - Duration::hours(2 + i * 5)),
            ..line(&format!("T-2026-{:04}", 412 - i * 3), TITLES[at(8)], unit, class)
        }
    };
    (0..n).map(row).collect()
}

fn view(view: &'static str, rows: Vec<Line>, filtered: bool) -> Queue {
    let kept = |value: &str| if filtered { value.to_owned() } else { String::new() };
    Queue {
        view,
        views: View::ALL
            .iter()
            .map(|v| ViewLink { word: v.word(), href: format!("/queue?view={}", v.word()), current: v.word() == view })
            .collect(),
        rows,
        queue: String::new(),
        queues: options(&[("q1", "1次窓口", None), ("q2", "2次窓口", None)]),
        class: kept("S1"),
        classes: Class::ALL
            .iter()
            .map(|c| Opt { value: c.word().into(), label: Label::from(Phrase::word("desk-class", c.word())), hint: None })
            .collect(),
        category: kept("INC-RAN"),
        categories: options(&[
            ("INC-RAN", "ランサムウェア・暗号化", None),
            ("INC-ODD", "いつもと違う動作(画面文字・印刷が止まらない)", None),
        ]),
        prefecture: String::new(),
        prefectures: options(&[("p20", "長野", None), ("p12", "千葉", None)]),
        filtered,
        next: None,
        first: None,
    }
}

/// Samples of the staff list.
pub fn queue() -> Vec<Sample<Queue>> {
    let full =
        || Queue { next: Some("/queue?view=open&after=x".into()), first: Some("/queue?view=open".into()), ..view("open", many(50), false) };
    let offered = || {
        vec![Line {
            offered: true, mine: true, ..line("T-2026-0409", "VPNに深夜の接続記録がある", "みどりの森医院", "S1")
        }]
    };
    let finished = || closed().into_iter().map(|l| Line { href: CASE.into(), ..l }).collect();
    let mut samples = vec![
        Sample::new("full", full()),
        Sample::new("offered", view("offered", offered(), false)),
        Sample::new("finished", view("closed", finished(), false)),
        Sample::new("filtered", view("open", many(4), true)),
        Sample::new("filtered-empty", view("mine", vec![], true)),
    ];
    let empty = ["empty-open", "empty-mine", "empty-new", "empty-waiting", "empty-offered", "empty-closed"];
    samples.extend(View::ALL.iter().zip(empty).map(|(v, name)| Sample::new(name, view(v.word(), vec![], false))));
    samples
}
