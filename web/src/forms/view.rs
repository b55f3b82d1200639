//! A form as its template sees it: names, hints, limits, choices, what was typed and what has to be put right.

use super::{FieldSpec, Form, Kind, Options};
use crate::words::{Label, Phrase, word_key};
use serde::Serialize;
use std::collections::BTreeMap;

/// One choice on offer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opt {
    /// The posted value.
    pub value: String,
    /// What the person reads.
    pub label: Label,
    /// A line beneath it.
    pub hint: Option<Label>,
}

impl Opt {
    /// A choice whose name is data (a person, a queue).
    pub fn text(value: impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: Label::text(label), hint: None }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Summary {
    anchor: String,
    label: Option<Phrase>,
    message: Phrase,
}

/// A form for a template. Every map has an entry for every field, so that a misspelt name fails in every sample.
#[derive(Clone, Debug, Serialize)]
pub struct FormView {
    id: &'static str,
    value: BTreeMap<&'static str, String>,
    values: BTreeMap<&'static str, Vec<String>>,
    error: BTreeMap<&'static str, Option<Phrase>>,
    label: BTreeMap<&'static str, Option<Phrase>>,
    hint: BTreeMap<&'static str, Option<Phrase>>,
    max: BTreeMap<&'static str, Option<usize>>,
    required: BTreeMap<&'static str, bool>,
    options: BTreeMap<&'static str, Vec<Opt>>,
    errors: Vec<Summary>,
}

impl FormView {
    /// An empty form.
    pub fn blank<F: Form>() -> Self {
        Self::filled(F::NAME, &F::fields(), &BTreeMap::new(), &BTreeMap::new())
    }

    /// A form that already holds values (a draft, a row to change). Fields that are not named stay empty; a name that the
    /// form does not have is an error of ours and is left out in release builds.
    pub fn prefilled<F: Form>(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let mut map: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (name, value) in values {
            map.entry(name).or_default().push(value);
        }
        debug_assert!(map.keys().all(|n| F::fields().iter().any(|f| f.name == *n)), "unknown field in {}", F::NAME);
        Self::filled(F::NAME, &F::fields(), &map, &BTreeMap::new())
    }

    /// Sets the choices of a field with [`Options::Given`].
    #[must_use]
    pub fn offer(mut self, field: &'static str, options: Vec<Opt>) -> Self {
        self.options.insert(field, options);
        self
    }

    /// Whether something has to be put right (the answer is then 422).
    pub fn is_faulty(&self) -> bool {
        !self.errors.is_empty()
    }

    /// What was typed into a field, for the 409 page that keeps it.
    pub fn typed(&self, field: &str) -> &str {
        self.value.get(field).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn filled(
        id: &'static str,
        specs: &[FieldSpec],
        values: &BTreeMap<&'static str, Vec<String>>,
        errors: &BTreeMap<&'static str, Phrase>,
    ) -> Self {
        let of = |name: &str| values.get(name).cloned().unwrap_or_default();
        let named = |s: &FieldSpec| (!s.label.is_empty()).then(|| Phrase::new(s.label));
        let hint = |s: &FieldSpec| s.hinted.then(|| Phrase::new(format!("{}-hint", s.label)));
        let summary = |s: &FieldSpec| {
            let message = errors.get(s.name)?.clone();
            Some(Summary { anchor: format!("{id}-{}", s.name), label: named(s), message })
        };
        Self {
            id,
            value: specs.iter().map(|s| (s.name, of(s.name).into_iter().next().unwrap_or_default())).collect(),
            values: specs.iter().map(|s| (s.name, of(s.name))).collect(),
            error: specs.iter().map(|s| (s.name, errors.get(s.name).cloned())).collect(),
            label: specs.iter().map(|s| (s.name, named(s))).collect(),
            hint: specs.iter().map(|s| (s.name, hint(s))).collect(),
            max: specs.iter().map(|s| (s.name, limit(&s.kind))).collect(),
            required: specs.iter().map(|s| (s.name, s.required)).collect(),
            options: specs.iter().map(|s| (s.name, options(s))).collect(),
            errors: specs.iter().filter_map(summary).collect(),
        }
    }
}

fn limit(kind: &Kind) -> Option<usize> {
    match kind {
        Kind::Line { max } | Kind::Text { max } => Some(*max),
        _ => None,
    }
}

fn options(spec: &FieldSpec) -> Vec<Opt> {
    let (Kind::Choice(Options::Words(list)) | Kind::Many(Options::Words(list))) = &spec.kind else {
        return Vec::new();
    };
    let option = |word: &&'static str| {
        let key = word_key(list.prefix, word);
        let hint = list.hinted.then(|| Phrase::new(format!("{key}-hint")).into());
        Opt { value: (*word).to_owned(), label: Phrase::new(key).into(), hint }
    };
    list.words.iter().map(option).collect()
}
