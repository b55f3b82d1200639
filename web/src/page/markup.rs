//! Markup that Rust writes: for what a page repeats by the hundred, where interpreting a template costs more than all else.
//! The words are the locale files' here too.

use crate::moment::{Style, Teller, machine};
use crate::words::{Arg, Phrase, Words, WordsError, word_key};
use kernel::Locale;
use std::collections::HashMap;
use tera::Value;
use time::OffsetDateTime;

/// The names of all closed lists' words in one language, by list and stored word.
pub(crate) type Named = HashMap<&'static str, HashMap<&'static str, String>>;

/// Says things in the reader's language, as of the page's instant.
pub struct Said<'a> {
    pub(super) words: &'a Words,
    pub(super) named: &'a Named,
    pub(super) locale: Locale,
    pub(super) now: OffsetDateTime,
}

/// Parts of a page by the names that its template calls them.
pub type Fragments = Vec<(&'static str, Fragment)>;

/// One of them.
pub enum Fragment {
    /// In one piece.
    Whole(String),
    /// In pieces, between which the template puts something: `fragments.<name>[0]`.
    Pieces(Vec<String>),
}

impl From<String> for Fragment {
    fn from(markup: String) -> Self {
        Self::Whole(markup)
    }
}

impl Fragment {
    /// As a template takes it: nothing of it is escaped again.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Whole(markup) => Value::safe_string(markup),
            Self::Pieces(pieces) => Value::from(pieces.iter().map(|markup| Value::safe_string(markup)).collect::<Vec<_>>()),
        }
    }
}

impl Said<'_> {
    /// A sentence; see [`Words::say`].
    ///
    /// # Errors
    /// As there.
    pub fn say(&self, key: &str, args: &[(&str, Arg)]) -> Result<String, WordsError> {
        self.words.say(self.locale, key, args)
    }

    /// A [`Phrase`].
    ///
    /// # Errors
    /// As [`Words::phrase`].
    pub fn phrase(&self, phrase: &Phrase) -> Result<String, WordsError> {
        self.words.phrase(self.locale, phrase)
    }

    /// A word of a closed list.
    ///
    /// # Errors
    /// `Missing`.
    pub fn word(&self, of: &str, is: &str) -> Result<&str, WordsError> {
        let found = self.named.get(of).and_then(|list| list.get(is));
        found.map(String::as_str).ok_or_else(|| WordsError::Missing { locale: self.locale, key: word_key(of, is) })
    }

    /// A moment.
    ///
    /// # Errors
    /// As [`Teller::moment`].
    pub fn when(&self, at: OffsetDateTime, style: Style) -> Result<String, WordsError> {
        Teller::new(self.words, self.locale).moment(at, style, Some(self.now))
    }

    /// How long ago.
    ///
    /// # Errors
    /// As [`Teller::since`].
    pub fn since(&self, at: OffsetDateTime) -> Result<String, WordsError> {
        Teller::new(self.words, self.locale).since(at, self.now)
    }
}

/// Markup under way.
#[derive(Default)]
pub struct Markup(String);

impl Markup {
    /// Room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Markup of ours. What is not written in the code goes through [`Markup::text`].
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A sign, by its name.
    pub fn icon(&mut self, name: &'static str) -> &mut Self {
        // A law renders every page: a sign that does not exist is missing there.
        self.0.push_str(&super::icons::svg(name).unwrap_or_default());
        self
    }

    /// Text, in an element or in an attribute within double quotes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, after) = rest.split_at(at);
            self.0.push_str(before);
            self.0.push_str(match after.as_bytes()[0] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            });
            rest = &after[1..];
        }
        self.0.push_str(rest);
        self
    }

    /// Text in paragraphs, as the filter of templates has it.
    pub fn paragraphs(&mut self, text: &str) -> &mut Self {
        let mut escaped = Self::with_capacity(text.len() + text.len() / 8);
        escaped.text(text);
        self.0.push_str(&super::tools::paragraphs(&escaped.0));
        self
    }

    /// An instant for machines.
    pub fn instant(&mut self, at: OffsetDateTime) -> &mut Self {
        self.0.push_str(&machine(at));
        self
    }

    /// What was written.
    pub fn done(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_people_stays_text() {
        let mut markup = Markup::default();
        markup.raw("<b title=\"").text("\"><script>'&amp;").raw("\">").text("柏木 & <遥>").raw("</b>");
        assert_eq!(markup.done(), "<b title=\"&quot;&gt;&lt;script&gt;&#39;&amp;amp;\">柏木 &amp; &lt;遥&gt;</b>");
    }
}
