//! The words of the interface: one Fluent bundle per locale from `locales/{ja,en}/*.ftl`, and no tolerance. A key that
//! does not exist, an argument that is missing and an argument nobody asked for are errors, so a page never shows a
//! placeholder instead of a sentence.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use kernel::Locale;
use plain::Plain;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uses::{Uses, gather};

mod plain;
mod uses;

#[derive(rust_embed::Embed)]
#[folder = "locales/"]
struct Files;

/// Marks a locale key written in Rust, so that the laws find it. Expands to the key itself.
#[macro_export]
macro_rules! key {
    ($key:literal) => {
        $key
    };
}

/// A sentence to be said in the reader's language: `phrase!("shared-error-long", max = 40, over = 2)`.
#[macro_export]
macro_rules! phrase {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::words::Phrase::new($crate::key!($key))$(.with(stringify!($name), $value))*
    };
}

/// Why a sentence could not be said. Never shown to a person: the page becomes a 500.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// A file that is not UTF-8 or not Fluent.
    #[error("{file}: {reason}")]
    Unreadable {
        /// Path below `locales/`.
        file: String,
        /// What the parser said.
        reason: String,
    },
    /// No such key.
    #[error("no words for {key:?} in {locale}")]
    Missing {
        /// The language asked for.
        locale: Locale,
        /// The key asked for.
        key: String,
    },
    /// The arguments given are not the arguments the sentence takes.
    #[error("{key:?} in {locale} takes {wants:?} but was given {given:?}")]
    Arguments {
        /// The language asked for.
        locale: Locale,
        /// The key asked for.
        key: String,
        /// Names in the sentence.
        wants: Vec<String>,
        /// Names given.
        given: Vec<String>,
    },
    /// Fluent itself failed on the sentence.
    #[error("{key:?} in {locale}: {reason}")]
    Unsayable {
        /// The language asked for.
        locale: Locale,
        /// The key asked for.
        key: String,
        /// What Fluent said.
        reason: String,
    },
}

/// One argument of a sentence. Numbers choose plural forms and print without grouping.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A whole number.
    Number(i64),
    /// Text, said as it is.
    Text(String),
}

macro_rules! arg_from {
    ($($from:ty => $make:expr),+ $(,)?) => {$(
        impl From<$from> for Arg { fn from(value: $from) -> Self { let make: fn($from) -> Arg = $make; make(value) } }
    )+};
}
arg_from! {
    i64 => Arg::Number,
    i32 => |n| Arg::Number(n.into()),
    u32 => |n| Arg::Number(n.into()),
    u8 => |n| Arg::Number(n.into()),
    usize => |n| Arg::Number(i64::try_from(n).unwrap_or(i64::MAX)),
    u64 => |n| Arg::Number(i64::try_from(n).unwrap_or(i64::MAX)),
    String => Arg::Text,
    &str => |s| Arg::Text(s.to_owned()),
}

/// A key with its arguments: a sentence that has not been said yet. Templates say it with `{{ phrase | say }}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phrase {
    /// The locale key.
    pub key: Cow<'static, str>,
    /// Its arguments by name.
    pub args: BTreeMap<Cow<'static, str>, Arg>,
}

impl Phrase {
    /// A sentence without arguments. Prefer [`crate::phrase!`], which the laws can see.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self { key: key.into(), args: BTreeMap::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.insert(name.into(), value.into());
        self
    }

    /// The name of a word of a closed list: `word("shared-role", role.word())` is the key `shared-role-safety-officer`.
    pub fn word(prefix: &str, word: &str) -> Self {
        Self::new(word_key(prefix, word))
    }
}

/// Something to show: a sentence of ours, or text that somebody else wrote (a person's or an organisation's name).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Label {
    /// A sentence from the locale files.
    Phrase(Phrase),
    /// Data.
    Text {
        /// The text itself.
        text: String,
    },
}

impl From<Phrase> for Label {
    fn from(phrase: Phrase) -> Self {
        Self::Phrase(phrase)
    }
}

impl Label {
    /// A label that is data.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }
}

/// The key of one word of a closed list. Underscores of stored words become hyphens, capitals (`S1`) small letters.
pub fn word_key(prefix: &str, word: &str) -> String {
    format!("{prefix}-{}", word.replace('_', "-").to_ascii_lowercase())
}

/// A closed list of words with names in the locale files, for `word(of="<prefix>", is=..)` in templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordList {
    /// What the keys begin with.
    pub prefix: &'static str,
    /// The stored words.
    pub words: Vec<&'static str>,
    /// Whether each word also has `<prefix>-<word>-hint`.
    pub hinted: bool,
}

impl WordList {
    /// A list without hints.
    pub fn new(prefix: &'static str, words: impl IntoIterator<Item = &'static str>) -> Self {
        Self { prefix, words: words.into_iter().collect(), hinted: false }
    }

    /// Every key the list needs.
    pub fn keys(&self) -> Vec<String> {
        let names = self.words.iter().map(|w| word_key(self.prefix, w));
        let hints = self.words.iter().filter(|_| self.hinted).map(|w| format!("{}-hint", word_key(self.prefix, w)));
        names.chain(hints).collect()
    }
}

struct Tongue {
    bundle: FluentBundle<FluentResource>,
    wants: BTreeMap<String, BTreeSet<String>>,
    plain: HashMap<String, Plain>,
}

/// All sentences in all languages.
pub struct Words(HashMap<Locale, Tongue>);

impl Words {
    /// Reads every locale file. Fails on a file that does not parse, a key written twice and a reference to nothing.
    pub fn load() -> Result<Arc<Self>, WordsError> {
        let mut files = Vec::new();
        for name in Files::iter() {
            let Some(file) = Files::get(&name) else { continue };
            let text = String::from_utf8(file.data.into_owned())
                .map_err(|e| WordsError::Unreadable { file: name.to_string(), reason: e.to_string() })?;
            files.push((name.into_owned(), text));
        }
        files.sort();
        Self::from_files(files)
    }

    fn from_files(files: Vec<(String, String)>) -> Result<Arc<Self>, WordsError> {
        let mut tongues = HashMap::new();
        for locale in Locale::ALL {
            let mine = files.iter().filter(|(name, _)| name.starts_with(&format!("{locale}/")) && name.ends_with(".ftl"));
            tongues.insert(*locale, Tongue::read(*locale, mine)?);
        }
        Ok(Arc::new(Self(tongues)))
    }

    /// Says a sentence. Every argument the sentence takes must be given, and no other.
    pub fn say(&self, locale: Locale, key: &str, args: &[(&str, Arg)]) -> Result<String, WordsError> {
        let missing = || WordsError::Missing { locale, key: key.to_owned() };
        let tongue = self.0.get(&locale).ok_or_else(missing)?;
        if let Some(said) = tongue.plain.get(key).and_then(|plain| plain.say(args)) {
            return Ok(said);
        }
        let wants = tongue.wants.get(key).ok_or_else(missing)?;
        if args.len() != wants.len() || args.iter().any(|(name, _)| !wants.contains(*name)) {
            let given = args.iter().map(|(name, _)| (*name).to_owned()).collect();
            return Err(WordsError::Arguments { locale, key: key.to_owned(), wants: wants.iter().cloned().collect(), given });
        }
        tongue.fluent(locale, key, args)
    }

    /// Says a [`Phrase`].
    pub fn phrase(&self, locale: Locale, phrase: &Phrase) -> Result<String, WordsError> {
        let args: Vec<(&str, Arg)> = phrase.args.iter().map(|(k, v)| (k.as_ref(), v.clone())).collect();
        self.say(locale, &phrase.key, &args)
    }

    /// Every key of a language with the names of its arguments, for the laws.
    pub fn keys(&self, locale: Locale) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.get(&locale).into_iter().flat_map(|t| t.wants.iter().map(|(k, v)| (k.as_str(), v)))
    }

    /// Whether the language has the key.
    pub fn has(&self, locale: Locale, key: &str) -> bool {
        self.0.get(&locale).is_some_and(|t| t.wants.contains_key(key))
    }
}

impl Tongue {
    /// Lets Fluent say it: plural forms, references.
    fn fluent(&self, locale: Locale, key: &str, args: &[(&str, Arg)]) -> Result<String, WordsError> {
        let missing = || WordsError::Missing { locale, key: key.to_owned() };
        let pattern = self.bundle.get_message(key).and_then(|m| m.value()).ok_or_else(missing)?;
        let mut fluent = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            let value = match value {
                Arg::Number(n) => FluentValue::from(*n),
                Arg::Text(text) => FluentValue::from(text.as_str()),
            };
            fluent.set((*name).to_owned(), value);
        }
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(&fluent), &mut errors).into_owned();
        match errors.first() {
            None => Ok(said),
            Some(e) => Err(WordsError::Unsayable { locale, key: key.to_owned(), reason: e.to_string() }),
        }
    }

    fn read<'a>(locale: Locale, files: impl Iterator<Item = &'a (String, String)>) -> Result<Self, WordsError> {
        let tag = locale.word().parse().map_err(|e| WordsError::Unreadable { file: locale.to_string(), reason: format!("{e}") })?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The page sets direction with <bdi>; Fluent's invisible isolation characters would land in HTML, mail and tests.
        bundle.set_use_isolating(false);
        let mut bodies: BTreeMap<String, Uses> = BTreeMap::new();
        let mut plain = HashMap::new();
        for (file, text) in files {
            let refuse = |reason: String| WordsError::Unreadable { file: file.clone(), reason };
            let resource = FluentResource::try_new(text.clone()).map_err(|(_, e)| refuse(format!("{e:?}")))?;
            for entry in resource.entries() {
                let (name, value) = match entry {
                    Entry::Message(m) if m.attributes.is_empty() => (m.id.name.to_owned(), m.value.as_ref()),
                    Entry::Message(m) => return Err(refuse(format!("{} has attributes, which nothing reads", m.id.name))),
                    Entry::Term(t) => (format!("-{}", t.id.name), Some(&t.value)),
                    _ => continue,
                };
                let mut uses = Uses::default();
                uses.pattern(value.ok_or_else(|| refuse(format!("{name} is empty")))?);
                if let Some(sentence) = value.and_then(Plain::of) {
                    plain.insert(name.clone(), sentence);
                }
                bodies.insert(name, uses);
            }
            bundle.add_resource(resource).map_err(|e| refuse(format!("{e:?}")))?;
        }
        let mut wants = BTreeMap::new();
        for name in bodies.keys().filter(|n| !n.starts_with('-')) {
            let mut names = BTreeSet::new();
            gather(name, &bodies, &mut names, 0).map_err(|reason| WordsError::Unreadable { file: format!("{locale}: {name}"), reason })?;
            wants.insert(name.clone(), names);
        }
        Ok(Self { bundle, wants, plain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ja: &str, en: &str) -> Result<Arc<Words>, WordsError> {
        Words::from_files(vec![("ja/a.ftl".into(), ja.into()), ("en/a.ftl".into(), en.into())])
    }

    #[test]
    fn a_sentence_is_said_plainly() {
        let words = words("a-n = { $n }件のうち{ $who }", "a-n = { $n ->\n    [one] one\n   *[other] { $n }\n } of { $who }").unwrap();
        assert_eq!(words.say(Locale::Ja, "a-n", &[("n", 12_345.into()), ("who", "柏木".into())]).unwrap(), "12345件のうち柏木");
        assert_eq!(words.say(Locale::En, "a-n", &[("n", 1.into()), ("who", "<b>".into())]).unwrap(), "one of <b>");
    }

    #[test]
    fn plain_sentences_are_said_as_fluent_says_them() {
        let words = Words::load().unwrap();
        let mut plain = 0;
        for (locale, tongue) in &words.0 {
            for (key, wants) in &tongue.wants {
                let Some(sentence) = tongue.plain.get(key) else { continue };
                let numbers = [-12_345_678, 0, 13, 2_026].into_iter().chain(1..=12).map(Arg::Number);
                for value in numbers.chain([Arg::Text("柏木 <b>{ $n }".into())]) {
                    let args: Vec<(&str, Arg)> = wants.iter().map(|name| (name.as_str(), value.clone())).collect();
                    assert_eq!(sentence.say(&args).unwrap(), tongue.fluent(*locale, key, &args).unwrap(), "{locale} {key}");
                }
                plain += 1;
            }
        }
        assert!(plain > 500, "only {plain} sentences are plain");
    }

    #[test]
    fn nothing_is_said_half() {
        let words = words("a-n = { $n }件", "a-n = { $n }").unwrap();
        let wrong = |args: &[(&str, Arg)]| matches!(words.say(Locale::Ja, "a-n", args), Err(WordsError::Arguments { .. }));
        assert!(wrong(&[]));
        assert!(wrong(&[("n", 1.into()), ("m", 2.into())]));
        assert!(wrong(&[("m", 2.into())]));
        assert!(matches!(words.say(Locale::En, "a-x", &[]), Err(WordsError::Missing { .. })));
    }

    #[test]
    fn broken_files_are_refused() {
        for bad in ["a-x = { $n", "a-x = 1\na-x = 2", "a-x = { a-y }", "a-x = a\n    .title = b", "a-x = { a-x }"] {
            assert!(words(bad, "").is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn arguments_of_referred_sentences_count() {
        let words = words("a-x = { a-y }\na-y = { $n }", "").unwrap();
        assert_eq!(words.say(Locale::Ja, "a-x", &[("n", 3.into())]).unwrap(), "3");
        assert_eq!(words.keys(Locale::Ja).count(), 2);
    }
}
