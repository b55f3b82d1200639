//! Figures of a prefecture, a nation and a municipality, and of those with little or nothing to count. Through the same rules as real ones.

use super::NOW;
use crate::desk::figures::page;
use crate::desk::pages::Figures;
use crate::page::Sample;
use ::desk::disclosure::{Shown, Threshold};
use ::desk::{AreaFigures, AreaRow, Figures as Counted};
use kernel::{FiscalYear, Level, Locale};
use std::collections::BTreeMap;
use time::macros::date;

const CATEGORIES: [(&str, &str); 10] = [
    ("INC-RAN", "ランサムウェア・暗号化"),
    ("INC-MAL", "ウイルス・マルウェア感染"),
    ("INC-EMO", "不審メール開封・なりすまし送信"),
    ("INC-ACC", "不正アクセス・乗っ取り"),
    ("INC-LOST", "PC・スマホ・USB の紛失・盗難"),
    ("INC-SCAM", "サポート詐欺・偽警告"),
    ("VUL-VPN", "VPN・ルータの脆弱性"),
    ("CHK", "チェックリスト項目"),
    ("GDL", "ガイドライン"),
    ("OTH", "その他"),
];

const MUNICIPALS: [(&str, u32); 16] = [
    ("北嶺市医師会", 33),
    ("千曲南医師会", 21),
    ("安雲野医師会", 17),
    ("諏湖医師会", 14),
    ("上伊沢医師会", 12),
    ("飯峰医師会", 3),
    ("木曽谷医師会", 2),
    ("佐久原医師会", 28),
    ("小諸台医師会", 9),
    ("東信医師会", 24),
    ("更科医師会", 11),
    ("大町北医師会", 6),
    ("塩の道医師会", 0),
    ("松里市医師会", 31),
    ("高瀬郡医師会", 1),
    ("下伊沢医師会", 6),
];

const PREFECTURES: &str = "北海道 青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 東京 神奈川 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知 三重 滋賀 京都 大阪 兵庫 奈良 和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄";

fn counted(months: &[u32], categories: &[u32], states: &[u32], areas: Option<Vec<(AreaRow, u32)>>) -> Counted {
    let whole = months.iter().sum();
    let threshold = Threshold::new(5).expect("within floor and ceiling");
    let parts = |whole, cells: &[u32]| threshold.parts(whole, cells);
    let days = [
        date!(2026 - 04 - 01),
        date!(2026 - 05 - 01),
        date!(2026 - 06 - 01),
        date!(2026 - 07 - 01),
        date!(2026 - 08 - 01),
        date!(2026 - 09 - 01),
        date!(2026 - 10 - 01),
        date!(2026 - 11 - 01),
    ];
    let areas = areas.map(|areas| {
        let counts: Vec<u32> = areas.iter().map(|(_, n)| *n).collect();
        let rest = whole - counts.iter().sum::<u32>();
        AreaFigures { rows: areas.into_iter().map(|(row, _)| row).collect(), counts: parts(whole, &[counts, vec![rest]].concat()) }
    });
    Counted {
        threshold,
        total: threshold.total(whole),
        months: days.to_vec(),
        by_month: parts(whole, months),
        categories: CATEGORIES.iter().map(|(code, _)| (*code).to_owned()).collect(),
        by_category: parts(whole, categories),
        by_state: parts(whole, states),
        areas,
        counted_at: Some(NOW.replace_time(time::macros::time!(6:00))),
        first_year: Some(FiscalYear(2024)),
    }
}

fn shown(counted: &Counted, level: Level) -> Figures {
    let names: BTreeMap<_, _> = CATEGORIES.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
    page(counted, level, FiscalYear(2026), FiscalYear(2026), NOW.date(), &names, Locale::Ja)
}

fn row(n: usize, key: String, name: &str) -> AreaRow {
    AreaRow { unit: 100 + n as i32, key, name: name.to_owned(), name_en: None, open: n != 11 }
}

pub fn figures() -> Vec<Sample<Figures>> {
    let municipals =
        || MUNICIPALS.iter().enumerate().map(|(n, (name, count))| (row(n, format!("{n:02}"), name), *count)).collect::<Vec<_>>();
    let code = |n: usize| format!("{:02}", n + 1);
    let weight = |n: usize| if n == 30 { 2 } else { 5 + ((n as u32 * 37) % 61) + if n == 12 { 240 } else { 0 } };
    let prefectures: Vec<_> = PREFECTURES.split(' ').enumerate().map(|(n, name)| (row(n, code(n), name), weight(n))).collect();
    let all: u32 = prefectures.iter().map(|(_, n)| n).sum();
    let prefecture =
        counted(&[19, 28, 38, 23, 21, 27, 34, 28], &[6, 4, 21, 5, 9, 3, 12, 88, 52, 18], &[11, 4, 26, 17, 3, 34, 123], Some(municipals()));
    let split = |parts: u32| {
        let mut counts = vec![all / parts; parts as usize];
        counts[0] += all % parts;
        counts
    };
    let nation = counted(&split(8), &split(10), &split(7), Some(prefectures));
    let municipal = counted(&[2, 0, 9, 6, 0, 1, 8, 5], &[0, 0, 6, 0, 2, 0, 0, 14, 9, 0], &[0, 1, 2, 0, 0, 6, 22], None);
    let few = counted(
        &[0, 2, 0, 1, 0, 0, 5, 1],
        &[0, 0, 0, 0, 0, 1, 0, 8, 0, 0],
        &[1, 0, 0, 0, 0, 0, 8],
        Some(vec![(row(0, "a".into(), "松里市医師会"), 9)]),
    );
    let hardly = counted(&[0, 2, 0, 0, 0, 0, 0, 1], &[0, 0, 0, 0, 0, 1, 0, 2, 0, 0], &[1, 0, 0, 0, 0, 0, 2], None);
    let none = Counted { counted_at: None, first_year: None, ..counted(&[0; 8], &[0; 10], &[0; 7], None) };
    debug_assert!(matches!(hardly.total, Shown::Small));
    vec![
        Sample::new("prefecture", shown(&prefecture, Level::Prefectural)),
        Sample::new("nation", shown(&nation, Level::Federation)),
        Sample::new("municipality", shown(&municipal, Level::Municipal)),
        Sample::new("few", shown(&few, Level::Prefectural)),
        Sample::new("hardly", shown(&hardly, Level::Municipal)),
        Sample::new("none", shown(&none, Level::Municipal)),
    ]
}
