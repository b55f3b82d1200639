//! Laws over pages, templates and words. Each names what would go wrong without it.

mod markup;

use super::{LAST_RESORT, Renderer, Shell, Templates};
use crate::registry::{all_forms, all_pages, all_words};
use crate::words::{Words, word_key};
use kernel::Locale;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use time::macros::datetime;

const NOW: time::OffsetDateTime = datetime!(2026-11-17 09:12 +9);

fn templates() -> Vec<(String, String)> {
    let text = |name: &str| String::from_utf8(Templates::get(name).unwrap().data.into_owned()).unwrap();
    Templates::iter().filter(|n| n.ends_with(".html")).map(|n| (n.to_string(), text(&n))).collect()
}

fn sources(below: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(below)];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                found.push(code.to_owned());
            }
        }
    }
    found
}

fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n == "laws.rs" || n == "tests.rs") || path.components().any(|c| c.as_os_str() == "laws")
}

/// What stands in quotes after each `start`, with the text that follows.
fn quoted<'a>(text: &'a str, start: &str) -> Vec<(&'a str, &'a str)> {
    text.match_indices(start).filter_map(|(at, _)| text[at + start.len()..].split_once('"')).collect()
}

/// Names of the arguments up to the bracket that closes the call.
fn arguments(rest: &str) -> BTreeSet<String> {
    let mut depth = 0_i32;
    let mut inside = false;
    let mut names = BTreeSet::new();
    let mut word = String::new();
    for c in rest.chars() {
        match c {
            '"' => inside = !inside,
            _ if inside => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            '=' if depth == 0 && !word.is_empty() => {
                names.insert(word.clone());
            }
            _ => {}
        }
        if c.is_alphanumeric() || c == '_' { word.push(c) } else { word.clear() }
    }
    names
}

/// Every key that is used, with who uses it.
fn used() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, text) in templates() {
        all.extend(quoted(&text, "t(key=\"").into_iter().map(|(key, _)| (key.to_owned(), name.clone())));
    }
    for text in sources("src") {
        for start in ["key!(", "phrase!("] {
            let calls = text.match_indices(start).filter_map(|(at, _)| text[at + start.len()..].trim_start().strip_prefix('"'));
            all.extend(calls.filter_map(|c| c.split_once('"')).map(|(key, _)| (key.to_owned(), "Rust".to_owned())));
        }
    }
    // Letters are chosen by `notifications`, which has no words of its own; the keys stand there as plain text.
    for text in sources("../services/notifications/src") {
        all.extend(quoted(&text, "\"mail-").into_iter().map(|(key, _)| (format!("mail-{key}"), "notifications".to_owned())));
    }
    for list in all_words() {
        all.extend(list.keys().into_iter().map(|key| (key, format!("words of {}", list.prefix))));
    }
    for form in all_forms() {
        all.extend(form.fields.iter().flat_map(|f| f.keys()).map(|key| (key, format!("form {}", form.name))));
    }
    // The macros' own definitions and documentation show calls without a real key.
    all.retain(|key, _| key.contains('-'));
    all
}

#[test]
fn law_every_sample_renders_in_every_language() {
    let renderer = Renderer::load().unwrap();
    let mut shown = 0;
    for entry in all_pages() {
        let samples = entry.samples().unwrap();
        assert!(!samples.is_empty(), "{} has no samples", entry.name);
        let names: BTreeSet<_> = samples.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), samples.len(), "{} has two samples of one name", entry.name);
        for sample in &samples {
            for locale in Locale::ALL {
                let shell = Shell::sample(sample.viewer, *locale, NOW);
                let html = renderer
                    .render_sample(&entry, sample, &shell)
                    .unwrap_or_else(|e| panic!("{} {} {locale}: {e}", entry.name, sample.name));
                let faults = markup::faults(&html);
                assert!(faults.is_empty(), "{} {} {locale}: {faults:#?}", entry.name, sample.name);
                shown += 1;
            }
        }
    }
    assert!(shown > 20, "only {shown} pages were rendered");
}

#[test]
fn law_every_template_belongs_to_a_page() {
    let owned: BTreeSet<_> = all_pages().iter().map(|e| e.template.to_owned()).collect();
    for (name, _) in templates() {
        let frame = name.starts_with("layout/") || name.starts_with("parts/") || name.ends_with("/parts.html") || name == LAST_RESORT;
        assert!(frame || owned.contains(&name), "{name} belongs to no page of the registry");
    }
}

#[test]
fn law_every_component_is_shown_somewhere() {
    let all = templates();
    for (name, text) in &all {
        for (_, rest) in text.match_indices("{% component ").map(|(at, s)| text[at..].split_at(s.len())) {
            let component = rest.split('(').next().unwrap();
            let called = all.iter().any(|(_, t)| [" ", ">", "/"].iter().any(|end| t.contains(&format!("<{component}{end}"))));
            assert!(called, "{component} in {name} is used nowhere");
        }
    }
}

#[test]
fn law_no_key_is_missing() {
    let words = Words::load().unwrap();
    let used = used();
    let lacks = |key: &str| Locale::ALL.iter().any(|l| !words.has(*l, key));
    let missing: Vec<_> = used.iter().filter(|(key, _)| lacks(key)).collect();
    assert!(missing.is_empty(), "keys that a language does not have, and who uses them: {missing:#?}");
}

#[test]
fn law_no_key_is_unused() {
    let words = Words::load().unwrap();
    let used = used();
    let unused: Vec<_> = words.keys(Locale::Ja).map(|(k, _)| k).filter(|k| !used.contains_key(*k)).collect();
    assert!(unused.is_empty(), "nobody uses {unused:#?}");
}

#[test]
fn law_both_languages_have_the_same_keys_and_arguments() {
    let words = Words::load().unwrap();
    let of = |locale| words.keys(locale).map(|(k, a)| (k.to_owned(), a.clone())).collect::<BTreeMap<_, _>>();
    let (ja, en) = (of(Locale::Ja), of(Locale::En));
    let differ: Vec<_> =
        ja.iter().filter(|(k, a)| en.get(*k) != Some(*a)).chain(en.iter().filter(|(k, a)| ja.get(*k) != Some(*a))).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn law_keys_begin_with_their_room_and_live_in_its_file() {
    for locale in Locale::ALL {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("locales").join(locale.word());
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            let room = path.file_stem().unwrap().to_string_lossy().into_owned();
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let Some((key, _)) = line.split_once(" =") else { continue };
                if key.starts_with(|c: char| c.is_ascii_lowercase()) {
                    assert!(key.starts_with(&format!("{room}-")), "{key} stands in {room}.ftl");
                    assert!(key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{key} is not kebab case");
                }
            }
        }
    }
}

#[test]
fn law_templates_give_each_sentence_its_arguments() {
    let words = Words::load().unwrap();
    let wants: BTreeMap<_, _> = words.keys(Locale::Ja).collect();
    for (name, text) in templates() {
        for (key, rest) in quoted(&text, "t(key=\"") {
            let Some(wanted) = wants.get(key) else { continue };
            assert_eq!(&arguments(rest), *wanted, "{name}: t(key=\"{key}\")");
        }
        let plain = text.matches("t(key=").count();
        assert_eq!(
            plain,
            quoted(&text, "t(key=\"").len(),
            "{name} hides a key from the laws: use a Phrase with `say`, or `word(of=.., is=..)`"
        );
    }
}

#[test]
fn law_word_lists_are_registered() {
    let known: BTreeSet<_> = all_words().iter().map(|l| l.prefix).collect();
    for (name, text) in templates() {
        for (prefix, _) in quoted(&text, "word(of=\"") {
            assert!(known.contains(prefix), "{name} names words of {prefix}, which no room registers");
        }
        assert_eq!(text.matches("word(of=").count(), quoted(&text, "word(of=\"").len(), "{name} hides a list of words from the laws");
    }
    assert_eq!(word_key("shared-role", "safety_officer"), "shared-role-safety-officer");
}

#[test]
fn law_no_words_of_people_stand_in_code_or_templates() {
    let is_japanese = |c: char| matches!(c, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    for (name, text) in templates().into_iter().filter(|(n, _)| !n.starts_with("gallery/")) {
        let mut rest = text.as_str();
        let mut bare = String::new();
        while let Some((before, after)) = rest.split_once("{#") {
            bare.push_str(before);
            rest = after.split_once("#}").map_or("", |(_, r)| r);
        }
        bare.push_str(rest);
        assert!(!bare.chars().any(is_japanese), "{name} holds Japanese words; they belong in locales/");
    }
}

#[test]
fn law_forms_have_one_name_and_fields_once() {
    let forms = all_forms();
    let names: BTreeSet<_> = forms.iter().map(|f| f.name).collect();
    assert_eq!(names.len(), forms.len(), "two forms share a name");
    for form in forms {
        let fields: BTreeSet<_> = form.fields.iter().map(|f| f.name).collect();
        assert_eq!(fields.len(), form.fields.len(), "{} has a field twice", form.name);
        let reserved = ["_csrf", "_seat", "_page", "version"];
        assert!(fields.iter().all(|f| !reserved.contains(f)), "{} declares a field of the envelope", form.name);
    }
}

#[test]
fn law_the_absent_page_holds_nothing_of_the_request() {
    let renderer = Renderer::load().unwrap();
    let mut shell = Shell::sample(super::Viewer::Clinic, Locale::Ja, NOW);
    let one = renderer.render(&shell, &crate::pages::Absent {}).unwrap();
    shell.path = "/cases/0198a7c2-secret".into();
    shell.request_id = "another".into();
    shell.now = NOW + time::Duration::hours(7);
    assert_eq!(one, renderer.render(&shell, &crate::pages::Absent {}).unwrap());
}

#[test]
fn f11_text_of_people_is_data_and_never_a_template() {
    let renderer = Renderer::load().unwrap();
    let mut shell = Shell::sample(super::Viewer::Clinic, Locale::Ja, NOW);
    let evil = "{{ 7 * 7 }}<script>alert(1)</script>\"'";
    if let Some(seat) = shell.seat.as_mut() {
        seat.person = evil.into();
        seat.organisation = evil.into();
    }
    let html = renderer.render(&shell, &crate::pages::Absent {}).unwrap();
    assert!(html.contains("{{ 7 * 7 }}&lt;script&gt;") && !html.contains("<script>alert"));
}

#[test]
fn the_last_resort_needs_nothing() {
    let renderer = Renderer::load().unwrap();
    for locale in Locale::ALL {
        let page = renderer.last_resort(*locale);
        assert!(page.contains("<h1>") && page.ends_with("</html>\n"), "{page}");
        assert!(!page.contains("src=") && !page.contains("href="));
    }
}
