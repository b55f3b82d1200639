//! Believable examples of every state of the desk's pages: for the gallery, the laws and the accessibility scan. All names
//! and numbers are invented.

mod ask;
mod case;
mod figures;
mod lists;

pub(super) use ask::{ask_check, ask_files, ask_start, ask_step, upload};
pub(super) use case::{act, case, header, overtaken};
pub(super) use figures::figures;
pub(super) use lists::{home, list, queue};

use super::pages::{ConsentText, DraftLine, FileView, Line};
use crate::forms::{Filled, Form, FormView, Opt};
use crate::moment::Moment;
use crate::words::Label;
use time::OffsetDateTime;
use time::macros::datetime;

/// The instant at which the gallery shows everything.
const NOW: OffsetDateTime = datetime!(2026-11-17 09:12 +9);
const CASE: &str = "/c/0198a7c2-0000-7000-8000-000000000412";

/// Minutes before the gallery's instant.
fn ago(minutes: i64) -> Moment {
    Moment(NOW - time::Duration::minutes(minutes))
}

/// A consultation in work at the desk.
fn line(number: &str, title: &str, unit: &str, class: &'static str) -> Line {
    Line {
        href: CASE.into(),
        number: number.into(),
        title: Some(title.into()),
        unit: Some(unit.into()),
        prefecture: Some("長野".into()),
        category: Some("ランサムウェア・暗号化".into()),
        class,
        badge: super::lists::badge(class.parse().unwrap_or(desk::Class::S4)),
        state: "in_work",
        turn: "desk",
        mine: false,
        responsible: Some("柏木 遥".into()),
        offered: false,
        outcome: None,
        turn_since: ago(28),
        updated_at: ago(11),
        created_at: Moment(datetime!(2026-11-16 06:52 +9)),
    }
}

/// A form as it comes back with what has to be put right.
fn faulty<F: Form>(
    typed: &[(&str, &str)],
    given: &[(&'static str, Vec<String>)],
    refusals: &[(&'static str, crate::words::Phrase)],
) -> FormView {
    let pairs = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    match Filled::take::<F>(pairs, NOW, given) {
        Ok(mut filled) => {
            // Reading applies the form's own rules, as a request does; its value is not needed here.
            drop(F::read(&mut filled));
            refusals.iter().for_each(|(field, phrase)| filled.refuse(field, phrase.clone()));
            filled.view()
        }
        Err(_) => FormView::blank::<F>(),
    }
}

fn options(pairs: &[(&str, &str, Option<&str>)]) -> Vec<Opt> {
    pairs.iter().map(|(value, label, hint)| Opt { hint: hint.map(Label::text), ..Opt::text(value, *label) }).collect()
}

fn drafts() -> Vec<DraftLine> {
    let draft = |id: u8, title: Option<&str>, at| DraftLine {
        href: format!("/ask/0198a7c2-0000-7000-8000-0000000000d{id}"),
        discard: format!("/ask/0198a7c2-0000-7000-8000-0000000000d{id}/discard"),
        title: title.map(str::to_owned),
        updated_at: at,
    };
    vec![
        draft(1, Some("業者が2社のとき、事業者用の用紙はどちらに頼みますか"), Moment(datetime!(2026-11-16 18:05 +9))),
        draft(2, None, Moment(datetime!(2026-11-13 12:40 +9))),
    ]
}

fn file(id: u8, name: &str, size: i64, state: &str) -> FileView {
    FileView {
        name: name.into(),
        size,
        state: state.into(),
        why: None,
        open: None,
        remove: None,
        send: None,
        id: format!("0198a7c2-0000-7000-8000-0000000000f{id}"),
    }
}

/// Every state a file can have for its readers.
fn sent_files() -> Vec<FileView> {
    vec![
        FileView {
            open: Some("/files/0198a7c2-0000-7000-8000-0000000000f1/open".into()), ..file(1, "画面の写真.jpg", 1_887_437, "clean")
        },
        file(2, "readme_decrypt.zip", 43_008, "infected"),
        file(3, "router-log-1116.txt", 13_002_342, "waiting"),
        file(4, "見積書（鍵付き）.pdf", 220_160, "unscannable"),
        FileView { why: Some("type".into()), ..file(5, "受付の画面.jpg", 61_440, "refused") },
    ]
}

/// The same files while their writer can still take them off.
fn own_files() -> Vec<FileView> {
    let own = |f: FileView| FileView { open: None, remove: Some(format!("/files/{}/remove", f.id)), ..f };
    let mut files: Vec<FileView> = sent_files().into_iter().map(own).collect();
    files.push(FileView {
        remove: Some("/files/7/remove".into()),
        send: Some("/uploads/0198a7c2-0000-7000-8000-0000000000e7".into()),
        ..file(7, "業者のメール.pdf", 0, "expected")
    });
    files.push(FileView {
        why: Some("size".into()),
        remove: Some("/files/6/remove".into()),
        ..file(6, "監視カメラ_受付_2026年11月16日_午前6時から午前9時まで_抜粋していない元のファイル.mp4", 1_288_490_188, "refused")
    });
    files
}

fn consent_texts() -> Vec<ConsentText> {
    let text = |receiver, version, text: &str| ConsentText { receiver, text: text.into(), version };
    vec![
        text(
            "programme_office",
            1,
            "この相談の内容（件名、書いた文、やりとり、添付ファイル）を、事業を運営する医師会の事務局が読むことに同意します。\n同意しなくても、相談はできます。いつでもやめられます。やめると、それより後は読めなくなります。",
        ),
        text(
            "prefecture",
            2,
            "この相談の内容（件名、書いた文、やりとり、添付ファイル）を、都道府県の医師会の担当者が読むことに同意します。\n担当者は、地域での支援や、行政・ほかの医療機関との連絡のために使います。\n同意しなくても、相談はできます。いつでもやめられます。",
        ),
        text(
            "municipality",
            1,
            "この相談の内容を、郡市区の医師会の担当者が読むことに同意します。\n同意しなくても、相談はできます。いつでもやめられます。",
        ),
        text(
            "police",
            1,
            "この相談について、窓口が警察のサイバー犯罪の担当に連絡し、必要な範囲で内容を伝えることに同意します。\n警察がこの画面を見ることはありません。",
        ),
    ]
}
