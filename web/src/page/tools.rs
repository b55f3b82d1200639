//! What templates can call: words, dates, files' sizes, signs, addresses of assets, and text of other people.

use super::icons;
use super::markup::Named;
use crate::assets::Assets;
use crate::moment::{self, Style, Teller};
use crate::registry::all_words;
use crate::words::{Arg, Words, word_key};
use kernel::Locale;
use std::sync::Arc;
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};
use time::OffsetDateTime;

/// Gives one Tera its functions and filters for one language.
pub(super) fn register(tera: &mut Tera, (words, named): (&Arc<Words>, &Arc<Named>), assets: &Arc<Assets>, locale: Locale) {
    register_words(tera, words, named, locale);
    register_moments(tera, words, locale);
    let held = Arc::clone(assets);
    tera.register_function("asset", move |args: Kwargs, _: &State| -> TeraResult<String> {
        let path = args.must_get::<&str>("path")?;
        held.address(path).ok_or_else(|| Error::message(format!("no asset {path:?}")))
    });
    tera.register_function("icon", |args: Kwargs, _: &State| -> TeraResult<Value> {
        let name = args.must_get::<&str>("name")?;
        icons::svg(name).map(|svg| Value::safe_string(&svg)).ok_or_else(|| Error::message(format!("no icon {name:?}")))
    });
    tera.register_filter("paragraphs", |text: &str, _: Kwargs, state: &State| -> TeraResult<Value> {
        Ok(Value::safe_string(&paragraphs(&state.escape(text)?)))
    });
    tera.register_filter("isolate", |text: &str, _: Kwargs, state: &State| -> TeraResult<Value> {
        Ok(Value::safe_string(&format!("<bdi>{}</bdi>", state.escape(text)?)))
    });
    let held = Arc::clone(words);
    tera.register_filter("size", move |bytes: u64, _: Kwargs, _: &State| -> TeraResult<String> { size(&held, locale, bytes) });
}

fn register_words(tera: &mut Tera, words: &Arc<Words>, named: &Arc<Named>, locale: Locale) {
    let held = Arc::clone(words);
    tera.register_function("t", move |args: Kwargs, _: &State| -> TeraResult<String> {
        let key = args.must_get::<&str>("key")?;
        let mut given = Vec::new();
        for (name, value) in args.iter() {
            match name.as_str() {
                Some("key") | None => {}
                Some(name) => given.push((name, arg(name, value)?)),
            }
        }
        held.say(locale, key, &given).map_err(told)
    });
    let held = Arc::clone(named);
    tera.register_function("word", move |args: Kwargs, _: &State| -> TeraResult<String> {
        let (of, is) = (args.must_get::<&str>("of")?, args.must_get::<&str>("is")?);
        let found = held.get(of).and_then(|list| list.get(is)).cloned();
        found.ok_or_else(|| Error::message(format!("no words for {:?} in {locale}", word_key(of, is))))
    });
    let held = Arc::clone(words);
    tera.register_filter("say", move |value: &Value, _: Kwargs, _: &State| say(&held, locale, value));
}

/// The names of all closed lists' words, by list and stored word: said once, because a table asks for them in each of its rows.
pub(super) fn named(words: &Words, locale: Locale) -> Named {
    let mut named = Named::new();
    for list in all_words() {
        // A word that a language lacks is a law's to report, and an error where a page needs it.
        let said = list.words.iter().filter_map(|word| Some((*word, words.say(locale, &word_key(list.prefix, word), &[]).ok()?)));
        named.entry(list.prefix).or_default().extend(said);
    }
    named
}

/// Says a serialised `Phrase` or `Label`.
fn say(words: &Words, locale: Locale, value: &Value) -> TeraResult<String> {
    let wrong = || Error::message(format!("`say` wants a phrase or a label but found {value}"));
    if let Some(text) = value.get_from_path("text").and_then(Value::as_str) {
        return Ok(text.to_owned());
    }
    let key = value.get_from_path("key").and_then(Value::as_str).ok_or_else(wrong)?;
    let args = value.get_from_path("args").and_then(Value::as_map).ok_or_else(wrong)?;
    let mut given = Vec::with_capacity(args.len());
    for (name, value) in args.iter() {
        let name = name.as_str().ok_or_else(wrong)?;
        given.push((name, arg(name, value)?));
    }
    words.say(locale, key, &given).map_err(told)
}

fn register_moments(tera: &mut Tera, words: &Arc<Words>, locale: Locale) {
    let held = Arc::clone(words);
    tera.register_function("when", move |args: Kwargs, _: &State| -> TeraResult<String> {
        let at = args.must_get::<&str>("at")?;
        let style = style(&args)?;
        let teller = Teller::new(&held, locale);
        if let Some(day) = Some(at).filter(|at| at.len() == "2026-11-17".len()).and_then(moment::read_day) {
            if !style.fits_date() {
                return Err(Error::message(format!("{at:?} has no time of day")));
            }
            return teller.date(day, style).map_err(told);
        }
        teller.moment(instant(at)?, style, optional(&args, "now")?).map_err(told)
    });
    let held = Arc::clone(words);
    tera.register_function("left", move |args: Kwargs, _: &State| -> TeraResult<String> {
        Teller::new(&held, locale).left(needed(&args, "until")?, needed(&args, "now")?).map_err(told)
    });
    let held = Arc::clone(words);
    tera.register_function("since", move |args: Kwargs, _: &State| -> TeraResult<String> {
        Teller::new(&held, locale).since(needed(&args, "at")?, needed(&args, "now")?).map_err(told)
    });
    tera.register_function("is_past", |args: Kwargs, _: &State| -> TeraResult<bool> { Ok(needed(&args, "at")? < needed(&args, "now")?) });
}

fn style(args: &Kwargs) -> TeraResult<Style> {
    let word = args.must_get::<&str>("style")?;
    Style::parse(word).ok_or_else(|| Error::message(format!("no style {word:?} of saying a moment")))
}

fn instant(text: &str) -> TeraResult<OffsetDateTime> {
    moment::read(text).ok_or_else(|| Error::message(format!("{text:?} is not an instant")))
}

fn needed(args: &Kwargs, name: &str) -> TeraResult<OffsetDateTime> {
    instant(args.must_get::<&str>(name)?)
}

fn optional(args: &Kwargs, name: &str) -> TeraResult<Option<OffsetDateTime>> {
    args.get::<&str>(name)?.map(instant).transpose()
}

fn arg(name: &str, value: &Value) -> TeraResult<Arg> {
    match (value.as_str(), value.as_i64()) {
        (Some(text), _) => Ok(Arg::Text(text.to_owned())),
        (None, Some(number)) => Ok(Arg::Number(number)),
        _ => Err(Error::message(format!("argument {name:?} must be text or a whole number"))),
    }
}

fn told(error: impl std::fmt::Display) -> Error {
    Error::message(error.to_string())
}

/// Escaped text as paragraphs: blank lines part them, single line ends stay line ends. `dir=auto` keeps foreign text from
/// turning what stands beside it.
pub(super) fn paragraphs(escaped: &str) -> String {
    let mut out = String::with_capacity(escaped.len() + 32);
    for block in escaped.split("\n\n").map(|b| b.trim_matches('\n')).filter(|b| !b.is_empty()) {
        out.push_str("<p dir=\"auto\">");
        out.push_str(&block.replace('\n', "<br>"));
        out.push_str("</p>");
    }
    out
}

/// Bytes in words, in steps of 1,024 as file managers count.
fn size(words: &Words, locale: Locale, bytes: u64) -> TeraResult<String> {
    let tenths = |unit: u64| (bytes * 10 + unit / 2) / unit;
    let shown = |tenths: u64| {
        if tenths >= 100 || tenths.is_multiple_of(10) { format!("{}", tenths / 10) } else { format!("{}.{}", tenths / 10, tenths % 10) }
    };
    let (key, n) = match bytes {
        b if b < 1_024 => (crate::key!("shared-size-bytes"), b.to_string()),
        b if b < 1_024 * 1_024 => (crate::key!("shared-size-kb"), shown(tenths(1_024))),
        b if b < 1_024 * 1_024 * 1_024 => (crate::key!("shared-size-mb"), shown(tenths(1_024 * 1_024))),
        _ => (crate::key!("shared-size-gb"), shown(tenths(1_024 * 1_024 * 1_024))),
    };
    words.say(locale, key, &[("n", n.into())]).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_keep_lines_and_drop_empty_ones() {
        assert_eq!(paragraphs("a\nb\n\n\nc"), "<p dir=\"auto\">a<br>b</p><p dir=\"auto\">c</p>");
        assert_eq!(paragraphs(""), "");
    }

    #[test]
    fn sizes_are_short() {
        let words = Words::load().unwrap();
        let said = |b| size(&words, Locale::Ja, b).unwrap();
        assert_eq!(said(0), "0 B");
        assert_eq!(said(42 * 1_024), "42 KB");
        assert_eq!(said(1_887_437), "1.8 MB");
        assert_eq!(said(13_002_342), "12 MB");
    }
}
