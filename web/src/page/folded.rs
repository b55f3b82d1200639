//! What a template says in any case is written into it when it is loaded, language by language: sentences without arguments, signs,
//! addresses of assets. A page says some fifty of them, and a call costs a hundred times what text does.

use super::icons;
use crate::assets::Assets;
use crate::words::Words;
use kernel::Locale;

/// A template with its constant calls in place. What is not understood stays as it is, for the template engine to judge.
pub(super) fn folded(template: &str, words: &Words, assets: &Assets, locale: Locale) -> String {
    // A sign is markup: it stands for itself only where nothing else is done to it.
    let text = each(template, "{{ icon(name=\"", "\") }}", |name| icons::svg(name).filter(|svg| !svg.contains('{')));
    let text = each(&text, "asset(path=\"", "\")", |path| assets.address(path).and_then(|address| literal(&address)));
    each(&text, "t(key=\"", "\")", |key| literal(&words.say(locale, key, &[]).ok()?))
}

/// Replaces every `open` … `close` around a plain name by what `make` gives for it.
fn each(text: &str, open: &str, close: &str, make: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(open) {
        let (before, after) = (&rest[..at], &rest[at + open.len()..]);
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let made = after.find('"').filter(|end| after[*end..].starts_with(close)).and_then(|end| Some((end, make(&after[..end])?)));
        out.push_str(before);
        match made {
            // `part(key="…")` is not `t(key="…")`.
            Some((end, made)) if open.starts_with('{') || !before.ends_with(is_word) => {
                out.push_str(&made);
                rest = &after[end + close.len()..];
            }
            _ => {
                out.push_str(open);
                rest = after;
            }
        }
    }
    out + rest
}

/// As a string of the template language; None for what cannot stand in one as it is.
fn literal(text: &str) -> Option<String> {
    let quote = ['"', '`'].into_iter().find(|quote| !text.contains(*quote))?;
    (!text.contains('\\')).then(|| format!("{quote}{text}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(template: &str) -> String {
        folded(template, &Words::load().unwrap(), &Assets::load(), Locale::En)
    }

    #[test]
    fn constant_calls_are_in_place() {
        assert_eq!(fold("<p>{{ t(key=\"shared-back\") }}</p>"), "<p>{{ \"Back\" }}</p>");
        assert_eq!(fold("{{ <x label={t(key=\"shared-back\")} /> }}"), "{{ <x label={\"Back\"} /> }}");
        assert!(fold("{{ icon(name=\"lock\") }}").starts_with("<svg"));
        assert!(fold("{{ asset(path=\"css/portal.css\") }}").contains("/assets/"));
    }

    #[test]
    fn everything_else_stays() {
        for kept in [
            "{{ t(key=\"shared-pager-next\", n=n) }}",
            "{{ t(key=\"no-such-key\") }}",
            "{{ t(key=\"shared-pager-next\") }}",
            "{{ part(key=\"shared-back\") }}",
            "{% set x = icon(name=\"lock\") %}",
            "{{ icon(name=page.icon) }}",
            "t(key=\"",
        ] {
            assert_eq!(fold(kept), kept);
        }
    }
}
