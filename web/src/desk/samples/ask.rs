//! Asking, question by question.

use super::super::forms::*;
use super::super::pages::{Advice, AnswerLine, AskCheck, AskFiles, AskOvertaken, AskStart, AskStep, Upload, UploadField};
use super::{consent_texts, drafts, faulty, options, own_files};
use crate::forms::{FormView, Opt};
use crate::moment::Moment;
use crate::page::Sample;
use crate::phrase;
use crate::request::Brought;
use crate::words::{Label, Phrase};
use time::macros::datetime;

const DRAFT: &str = "/ask/0198a7c2-0000-7000-8000-0000000000d1";

/// Samples of the beginning.
pub fn ask_start() -> Vec<Sample<AskStart>> {
    vec![Sample::new("first", AskStart { drafts: vec![] }), Sample::new("drafts", AskStart { drafts: drafts() })]
}

fn symptoms() -> Vec<Opt> {
    options(&[
        ("INC-RAN", "ファイルが開かない・お金を払えという画面が出た", Some("カルテや画像が開かない、ファイル名の終わりが変わった")),
        ("INC-MAL", "ウイルスの警告が出た", Some("対策ソフトの名前と警告の文を控えておいてください")),
        (
            "INC-EMO",
            "あやしいメールを開いた・自分の名前でメールが出ている",
            Some("添付ファイルを開いた、知人から「変なメールが来た」と言われた"),
        ),
        ("INC-ACC", "知らない人が入った跡がある", Some("パスワードが変わった、覚えのない設定や利用者がある")),
        ("INC-LOST", "パソコン・スマホ・USBをなくした、盗まれた", None),
        ("INC-SCAM", "「サポートに電話を」と出て、電話した", Some("電話を切り、遠隔操作のソフトは触らないでください")),
        ("INC-ODD", "いつもと動きが違う", Some("文字がおかしい、印刷が止まらない、つながらない")),
        ("CHK", "チェックリスト・立入検査・ガイドライン", Some("どの項目か、番号がわかれば書いてください")),
        ("GRA", "支援金の手続き", Some("対象になるか、必要な書類、いま誰の番か")),
        ("OTH", "ほか・わからない", Some("そのままで大丈夫です。窓口が一緒に整理します")),
    ])
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|c| (*c).to_owned()).collect()
}

pub(super) fn advice() -> Advice {
    let lines = [
        "LANケーブルを抜き、Wi-Fiを切ってください。ほかのパソコンも同じです。",
        "電源は切らず、再起動もしないでください。記録が消えることがあります。",
        "画面と、お金を払えという文を、スマートフォンで撮ってください。",
        "バックアップの機器も、線を外してください。",
        "お金は払わないでください。相手に連絡もしないでください。",
    ];
    Advice { about: Some("ファイルが開かない・お金を払えという画面が出た".into()), lines: codes(&lines) }
}

fn step(step: &'static str, at: usize, form: FormView) -> AskStep {
    AskStep {
        step,
        at,
        of: 9,
        form,
        action: format!("{DRAFT}/{step}"),
        keep: ["noticed", "words", "done", "contact"].contains(&step).then(|| format!("{DRAFT}/{step}/draft")),
        kept_at: None,
        version: 4,
        back: "/ask".into(),
        trouble: codes(&["INC-RAN", "INC-MAL", "INC-EMO", "INC-ACC", "INC-LOST", "INC-SCAM", "INC-ODD"]),
        question: codes(&["CHK", "GRA", "OTH"]),
        lapsed: false,
        advice: (step != "symptom").then(advice),
    }
}

fn members() -> Vec<Opt> {
    options(&[("m1", "森下 芳子", None), ("m2", "森下 源一郎", None)])
}

fn colleagues() -> Vec<Opt> {
    options(&[("p1", "相沢 美緒", None), ("p2", "森下 芳子", None), ("p3", "小田切 さくら", None)])
}

/// Samples of every question, with and without something to put right.
pub fn ask_step() -> Vec<Sample<AskStep>> {
    let one = |v: &str| vec![v.to_owned()];
    let contact = |form: FormView| form.offer("member", members());
    let filled_contact = || {
        contact(FormView::prefilled::<ContactForm>([
            ("phone", "090-0000-0123".into()),
            ("contact", "相沢 美緒".into()),
            ("member", "m1".into()),
        ]))
    };
    let bad_contact = || contact(faulty::<ContactForm>(&[("phone", "090-0000-123"), ("contact", "")], &[("member", one("m1"))], &[]));
    let bad_privacy = || faulty::<PrivacyForm>(&[("privacy", "named")], &[("named", one("p1"))], &[]).offer("named", colleagues());
    let words = FormView::prefilled::<WordsForm>([
        ("title", "電子カルテが開かない".into()),
        ("body", "英語の赤い画面。\n受付の2台と診察室の1台。".into()),
    ]);
    let begun = words.clone();
    let no_body = faulty::<WordsForm>(&[("title", "電子カルテが開かない"), ("body", "")], &[], &[]);
    let symptom = |form: FormView| form.offer("category", symptoms());
    vec![
        Sample::new("symptom", step("symptom", 1, symptom(FormView::prefilled::<SymptomForm>([("category", "INC-RAN".into())])))),
        Sample::new("symptom-faulty", step("symptom", 1, symptom(faulty::<SymptomForm>(&[], &[("category", one("CHK"))], &[])))),
        Sample::new("symptom-questions", AskStep { trouble: vec![], ..step("symptom", 1, symptom(FormView::blank::<SymptomForm>())) }),
        Sample::new("noticed", step("noticed", 2, FormView::prefilled::<NoticedForm>([("noticed", "11月16日 6時40分".into())]))),
        Sample::new("noticed-future", step("noticed", 2, faulty::<NoticedForm>(&[("noticed", "2026-11-26 6:40")], &[], &[]))),
        Sample::new("care", step("care", 3, FormView::prefilled::<CareForm>([("care", "partly".into())]))),
        Sample::new("words", step("words", 4, words)),
        Sample::new("words-begun", AskStep { kept_at: Some(Moment(datetime!(2026-11-17 09:05 +9))), ..step("words", 4, begun) }),
        Sample::new("words-faulty", step("words", 4, no_body)),
        Sample::new("done", step("done", 5, FormView::blank::<DoneForm>())),
        Sample::new("contact", step("contact", 7, filled_contact())),
        Sample::new("contact-lapsed", AskStep { lapsed: true, ..step("contact", 7, filled_contact()) }),
        Sample::new("contact-faulty", step("contact", 7, bad_contact())),
        Sample::new("contact-office", AskStep { advice: None, of: 6, ..step("contact", 4, FormView::blank::<ContactForm>()) }),
        Sample::new(
            "privacy",
            step("privacy", 8, FormView::prefilled::<PrivacyForm>([("privacy", "everyone".into())]).offer("named", colleagues())),
        ),
        Sample::new("privacy-faulty", step("privacy", 8, bad_privacy())),
        Sample::new("privacy-alone", AskStep { advice: None, ..step("privacy", 8, FormView::blank::<PrivacyForm>()) }),
    ]
}

/// Samples of a step that was answered elsewhere meanwhile.
pub fn ask_overtaken() -> Vec<Sample<AskOvertaken>> {
    let page = |step: &'static str, again| {
        let open = format!("{DRAFT}/{step}");
        AskOvertaken { step, there: answers(&[]).into_iter().filter(|line| line.href == open).collect(), again, open }
    };
    let words =
        Brought::sample::<WordsForm>(4, &[("title", "電子カルテが開かない"), ("body", "英語の赤い画面。\n受付の2台と診察室の1台。")]);
    let contact = Brought::sample::<ContactForm>(4, &[("phone", "03-0000-0123"), ("contact", "相沢 美緒"), ("member", "m2")]);
    let readers = Brought::sample::<PrivacyForm>(4, &[("privacy", "named"), ("named", "p1"), ("named", "p3")]);
    let again =
        |form: &Brought, step| form.once_more(&format!("{DRAFT}/{step}"), Some(6), &[("member", members()), ("named", colleagues())]);
    vec![
        Sample::new("words", page("words", again(&words, "words"))),
        Sample::new("contact", page("contact", again(&contact, "contact"))),
        Sample::new("privacy", page("privacy", again(&readers, "privacy"))),
    ]
}

/// Samples of the files step.
pub fn ask_files() -> Vec<Sample<AskFiles>> {
    let page = |form, files| AskFiles {
        at: 6,
        of: 9,
        form,
        announce: format!("{DRAFT}/announce"),
        action: format!("{DRAFT}/files"),
        back: format!("{DRAFT}/done"),
        files,
        advice: Some(advice()),
    };
    vec![
        Sample::new("none", page(FormView::blank::<AnnounceForm>(), vec![])),
        Sample::new("some", page(FormView::blank::<AnnounceForm>(), own_files())),
        Sample::new("faulty", page(faulty::<AnnounceForm>(&[("name", &"長い名前".repeat(31)), ("kind", "")], &[], &[]), vec![])),
    ]
}

/// Samples of one file on its way.
pub fn upload() -> Vec<Sample<Upload>> {
    let field = |name: &str, value: &str| UploadField { name: name.into(), value: value.into() };
    let page = |sent| Upload {
        name: "受付の画面の写真".into(),
        store: "/store".into(),
        fields: vec![field("key", "original/5f1c"), field("policy", "e30="), field("x-amz-signature", "0a1b")],
        script_fields: vec![field("key", "original/5f1c"), field("policy", "e30="), field("success_action_status", "201")],
        accept: "image/*".into(),
        max_bytes: 20 * 1_024 * 1_024,
        arrived: "/uploads/0198a7c2-0000-7000-8000-0000000000e1/arrived".into(),
        back: format!("{DRAFT}/files"),
        sent,
    };
    vec![Sample::new("choose", page(false)), Sample::new("sent", page(true))]
}

fn answers(missing: &[&str]) -> Vec<AnswerLine> {
    let line = |label: Phrase, value: Option<Label>, step: &str| {
        let lacks = missing.contains(&label.key.as_ref());
        AnswerLine { label, value: value.filter(|_| !lacks), href: format!("{DRAFT}/{step}"), missing: lacks, begun: step == "done" }
    };
    let text = |t: &str| Some(Label::text(t));
    vec![
        line(phrase!("desk-ask-category"), text("ファイルが開かない・お金を払えという画面が出た"), "symptom"),
        line(phrase!("desk-ask-noticed"), text("11月16日 6時40分"), "noticed"),
        line(phrase!("desk-ask-care"), Some(Phrase::word("desk-care", "partly").into()), "care"),
        line(phrase!("desk-ask-title"), text("電子カルテが開かない。英語の画面が出ている"), "words"),
        line(
            phrase!("desk-ask-body"),
            text("英語の赤い画面。ファイル名の終わりが「.lk9」になっている。\n受付の2台と診察室の1台。"),
            "words",
        ),
        line(phrase!("desk-ask-done"), None, "done"),
        line(phrase!("desk-ask-phone"), text("090-0000-0123"), "contact"),
        line(phrase!("desk-ask-contact"), text("相沢 美緒"), "contact"),
        line(phrase!("desk-ask-member"), text("森下 芳子"), "contact"),
        line(phrase!("desk-ask-privacy"), Some(Phrase::word("desk-privacy", "named").into()), "privacy"),
        line(phrase!("desk-ask-named"), text("相沢 美緒、小田切 さくら"), "privacy"),
    ]
}

/// Samples of the check.
pub fn ask_check() -> Vec<Sample<AskCheck>> {
    let sharing = "いただいた相談は、窓口の担当が読んで答えます。窓口は、医師会が契約した外部の事業者が受け持つことがあります。\n相談の本文を窓口のほかの人が読むのは、あなたが同意したときか、監査人が理由を記録して確かめるときだけです。";
    let page = |answers: Vec<AnswerLine>, files, consents| AskCheck {
        at: 9,
        of: 9,
        form: FormView::prefilled::<SendForm>([("consent", "prefecture".to_owned())]),
        action: format!("{DRAFT}/check"),
        back: format!("{DRAFT}/privacy"),
        missing: answers.iter().filter(|a| a.missing).count(),
        answers,
        files,
        files_href: format!("{DRAFT}/files"),
        sharing: Some(sharing.into()),
        consents,
    };
    let question = || vec![answers(&[]).remove(0), answers(&[]).remove(3)];
    vec![
        Sample::new("complete", page(answers(&[]), own_files(), consent_texts())),
        Sample::new("missing", page(answers(&["desk-ask-noticed", "desk-ask-phone"]), vec![], consent_texts())),
        Sample::new("no-texts", AskCheck { sharing: None, ..page(question(), vec![], vec![]) }),
    ]
}
