//! Forms: fields are declared once, and everything follows from that: what is accepted (anything undeclared is refused),
//! the limits and hints on the page, the text kept when something has to be put right, and the list of field names that
//! the laws compare with what was posted.

mod filled;
mod instant;
mod phone;
mod view;

pub(crate) use filled::clean;
pub use filled::{BadForm, Envelope, Filled, pairs};
pub use view::{FormView, Opt};

use crate::key;
use crate::words::{Phrase, WordList};

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line of at most `max` characters.
    Line {
        /// Characters.
        max: usize,
    },
    /// Several lines of at most `max` characters in all.
    Text {
        /// Characters.
        max: usize,
    },
    /// A telephone number, Japanese or with a country code.
    Phone,
    /// A date with or without a time of day, as people write it, in Tokyo time.
    DateTime,
    /// One of a list.
    Choice(Options),
    /// Any number of a list; the only kind that may be posted more than once.
    Many(Options),
    /// Ticked (`1`) or absent.
    Check,
    /// An identifier put into the page by us.
    Uuid,
    /// A whole number.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A short word put into the page by us; no name, no hint, no message.
    Hidden,
}

/// Where a choice's list comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Options {
    /// A closed list with names in the locale files. Any other word is a 400.
    Words(WordList),
    /// A list that the handler gives (people, queues). A word that is gone meanwhile is a message at the field.
    Given,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name in the posted form.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be filled in.
    pub required: bool,
    /// The key of its name; the same key with `-hint` is its hint when `hinted`.
    pub label: &'static str,
    /// Whether it has a hint.
    pub hinted: bool,
}

impl FieldSpec {
    /// A field. `label` is a locale key, written as `key!("...")`. Optional until [`FieldSpec::required`].
    pub const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false, label, hinted: false }
    }

    /// A hidden word, which has no name.
    pub const fn hidden(name: &'static str) -> Self {
        Self::new(name, "", Kind::Hidden)
    }

    /// An identifier of ours, which has no name.
    pub const fn id(name: &'static str) -> Self {
        Self::new(name, "", Kind::Uuid)
    }

    /// Must be filled in.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Has a hint under `<label>-hint`.
    #[must_use]
    pub const fn hinted(mut self) -> Self {
        self.hinted = true;
        self
    }

    /// The closed list that the field offers, if it does.
    pub fn words(&self) -> Option<&WordList> {
        match &self.kind {
            Kind::Choice(Options::Words(list)) | Kind::Many(Options::Words(list)) => Some(list),
            _ => None,
        }
    }

    /// Every locale key the field needs.
    pub fn keys(&self) -> Vec<String> {
        let named = (!self.label.is_empty()).then(|| self.label.to_owned());
        let hint = self.hinted.then(|| format!("{}-hint", self.label));
        named.into_iter().chain(hint).chain(self.words().map(WordList::keys).unwrap_or_default()).collect()
    }
}

/// Shorthand for a closed list: `choice("desk-symptom", Symptom::ALL.iter().map(|s| s.word()))`.
pub fn words(prefix: &'static str, words: impl IntoIterator<Item = &'static str>) -> Options {
    Options::Words(WordList::new(prefix, words))
}

/// The same where each word has a hint of its own (`<prefix>-<word>-hint`).
pub fn hinted_words(prefix: &'static str, words: impl IntoIterator<Item = &'static str>) -> Options {
    Options::Words(WordList { hinted: true, ..WordList::new(prefix, words) })
}

/// A form: its fields and what they make.
///
/// ```
/// use web::forms::{FieldSpec, Filled, Form, Kind};
/// use web::key;
///
/// struct Reply { body: String }
/// impl Form for Reply {
///     const NAME: &'static str = "reply";
///     fn fields() -> Vec<FieldSpec> {
///         vec![FieldSpec::new("body", key!("gallery-specimen-body"), Kind::Text { max: 4_000 }).required()]
///     }
///     fn read(filled: &mut Filled) -> Option<Self> {
///         Some(Self { body: filled.text("body")? })
///     }
/// }
/// ```
pub trait Form: Sized {
    /// The form's name; ids in the page begin with it.
    const NAME: &'static str;

    /// Its fields, in the order they stand on the page.
    fn fields() -> Vec<FieldSpec>;

    /// Makes the value from what was filled in. Rules that go beyond one field's kind call [`Filled::refuse`]. None
    /// without any refusal is an error of ours and fails closed.
    fn read(filled: &mut Filled) -> Option<Self>;
}

/// A form in the registry.
pub struct FormEntry {
    /// [`Form::NAME`].
    pub name: &'static str,
    /// [`Form::fields`].
    pub fields: Vec<FieldSpec>,
}

impl FormEntry {
    /// The registry's entry for a form; the [`crate::forms!`] macro writes this.
    pub fn of<F: Form>() -> Self {
        Self { name: F::NAME, fields: F::fields() }
    }
}

/// Lists form types for the registry: `forms![Reply, Assign]`.
#[macro_export]
macro_rules! forms {
    ($($form:ty),* $(,)?) => { vec![$($crate::forms::FormEntry::of::<$form>()),*] };
}

/// What to say when a field that must be filled in is empty: the verb fits what the field is.
fn empty_message(kind: &Kind) -> Phrase {
    Phrase::new(match kind {
        Kind::Choice(_) => key!("shared-error-choose"),
        Kind::Many(_) => key!("shared-error-choose-some"),
        Kind::Check => key!("shared-error-tick"),
        Kind::DateTime => key!("shared-error-when-empty"),
        Kind::Phone => key!("shared-error-phone-empty"),
        _ => key!("shared-error-empty"),
    })
}

#[cfg(test)]
mod tests;
