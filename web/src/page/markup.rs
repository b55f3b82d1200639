//! Markup that Rust writes: for what a page repeats by the hundred, where interpreting a template costs more than all else.
//! The words are the locale files' here too.

use super::RenderError;
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

/// Fragments on their way around the template engine, which would copy each one five times and look through it three times: a template
/// gets a mark in place of each, and the fragment is put there when the page is done. The mark is a secret of the process: nobody can type it.
pub(super) struct Splice<'m> {
    mark: &'m str,
    pieces: Vec<String>,
}

/// Digits of a piece's number, after the mark.
const DIGITS: usize = 5;

impl<'m> Splice<'m> {
    pub fn new(mark: &'m str) -> Self {
        Self { mark, pieces: Vec::new() }
    }

    /// What the template takes for a fragment.
    pub fn place(&mut self, fragment: Fragment) -> Value {
        match fragment {
            Fragment::Whole(markup) => self.piece(markup),
            Fragment::Pieces(pieces) => Value::from(pieces.into_iter().map(|markup| self.piece(markup)).collect::<Vec<_>>()),
        }
    }

    fn piece(&mut self, markup: String) -> Value {
        self.pieces.push(markup);
        Value::safe_string(&format!("{}{:0DIGITS$}", self.mark, self.pieces.len() - 1))
    }

    /// The page with its fragments.
    pub fn put_in(&self, page: &str) -> Result<String, RenderError> {
        let mut whole = String::with_capacity(page.len() + self.pieces.iter().map(String::len).sum::<usize>());
        let mut parts = page.split(self.mark);
        whole += parts.next().unwrap_or_default();
        for part in parts {
            let (number, rest) = part.split_at_checked(DIGITS).ok_or(RenderError::Splice)?;
            let piece = number.parse::<usize>().ok().and_then(|number| self.pieces.get(number));
            whole += piece.ok_or(RenderError::Splice)?;
            whole += rest;
        }
        Ok(whole)
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
    fn fragments_stand_where_their_marks_stood() {
        let mut splice = Splice::new("MARK");
        splice.place(Fragment::Whole("<li>灯</li>".into()));
        let pieces = splice.place(Fragment::Pieces(vec!["a".into(), String::new()]));
        assert_eq!(pieces.as_array().expect("pieces").len(), 2);
        assert_eq!(splice.put_in("<ul>MARK00000</ul>MARK00001-MARK00002-MARK00001").expect("page"), "<ul><li>灯</li></ul>a--a");
        assert_eq!(splice.put_in("nothing").expect("page"), "nothing");
        for odd in ["MARK", "MARK0000", "MARK00003", "MARK灯灯灯"] {
            assert!(splice.put_in(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn text_of_people_stays_text() {
        let mut markup = Markup::default();
        markup.raw("<b title=\"").text("\"><script>'&amp;").raw("\">").text("柏木 & <遥>").raw("</b>");
        assert_eq!(markup.done(), "<b title=\"&quot;&gt;&lt;script&gt;&#39;&amp;amp;\">柏木 &amp; &lt;遥&gt;</b>");
    }
}
