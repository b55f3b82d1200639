//! What a person filled in: checked against the declared fields, cleaned, and kept word for word for showing again.

use super::{FieldSpec, Form, FormView, Kind, Options, empty_message, instant, phone};
use crate::phrase;
use crate::words::Phrase;
use kernel::text;
use std::collections::BTreeMap;
use std::str::FromStr;
use time::OffsetDateTime;
use uuid::Uuid;

/// A post that no page of ours makes: refused with 400 and nothing kept (F12, F14).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadForm {
    /// Not `application/x-www-form-urlencoded` in UTF-8.
    #[error("the form is not readable")]
    Unreadable,
    /// A field that the form does not declare. Its name is not said: whoever made it may have put anything there, and this is logged.
    #[error("a field that the form does not declare")]
    Unknown(String),
    /// A field posted twice that may come once.
    #[error("field {0:?} came more than once")]
    Repeated(String),
    /// A word that was not on offer, or an identifier that is none.
    #[error("field {0:?} holds a value that was not offered")]
    NotOffered(String),
}

/// Reads an urlencoded body into pairs, in order.
pub fn pairs(body: &[u8]) -> Result<Vec<(String, String)>, BadForm> {
    // serde_urlencoded replaces broken UTF-8 silently; a browser never sends any, so it is refused here.
    let text = std::str::from_utf8(body).map_err(|_| BadForm::Unreadable)?;
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().is_ok();
    if !decoded {
        return Err(BadForm::Unreadable);
    }
    serde_urlencoded::from_str(text).map_err(|_| BadForm::Unreadable)
}

/// What every form of ours carries beside its own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `_csrf`
    pub csrf: String,
    /// `_seat`: the seat the page was made for.
    pub seat: Option<String>,
    /// `version`: the version of the row the page showed.
    pub version: Option<i64>,
    /// `_page`: which page it was, by the request that it answered; in forms whose text is kept while it is written.
    pub page: Option<Uuid>,
}

impl Envelope {
    /// Takes `_csrf`, `_seat`, `version` and `_page` out of the posted pairs.
    pub fn open(pairs: Vec<(String, String)>) -> Result<(Self, Vec<(String, String)>), BadForm> {
        let mut envelope = Self::default();
        let mut seen = Vec::new();
        let mut rest = Vec::new();
        for (name, value) in pairs {
            if !matches!(name.as_str(), "_csrf" | "_seat" | "version" | "_page") {
                rest.push((name, value));
                continue;
            }
            if seen.contains(&name) {
                return Err(BadForm::Repeated(name));
            }
            match name.as_str() {
                "_csrf" => envelope.csrf = value,
                "_seat" => envelope.seat = Some(value),
                "_page" => envelope.page = Some(value.parse().map_err(|_| BadForm::NotOffered(name.clone()))?),
                _ => envelope.version = Some(value.parse().map_err(|_| BadForm::NotOffered(name.clone()))?),
            }
            seen.push(name);
        }
        Ok((envelope, rest))
    }
}

/// A form as it was filled in, with what has to be put right.
#[derive(Clone, Debug)]
pub struct Filled {
    name: &'static str,
    specs: Vec<FieldSpec>,
    values: BTreeMap<&'static str, Vec<String>>,
    given: BTreeMap<&'static str, Vec<String>>,
    errors: BTreeMap<&'static str, Phrase>,
    now: OffsetDateTime,
}

impl Filled {
    /// Checks the posted pairs (without the envelope) against the form's fields. `now` decides the year of a date that is
    /// written without one. For fields with [`Options::Given`], `given` holds the values on offer now.
    pub fn take<F: Form>(
        pairs: Vec<(String, String)>,
        now: OffsetDateTime,
        given: &[(&'static str, Vec<String>)],
    ) -> Result<Self, BadForm> {
        let specs = F::fields();
        let mut values: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            let spec = specs.iter().find(|s| s.name == name).ok_or_else(|| BadForm::Unknown(name.chars().take(40).collect()))?;
            let slot = values.entry(spec.name).or_default();
            if !slot.is_empty() && !matches!(spec.kind, Kind::Many(_)) {
                return Err(BadForm::Repeated(name));
            }
            slot.push(clean(&spec.kind, &value));
        }
        let given = given.iter().cloned().collect();
        let mut filled = Self { name: F::NAME, specs, values, given, errors: BTreeMap::new(), now };
        filled.check()?;
        Ok(filled)
    }

    /// Takes and reads in one step: the value, or the form to show again with its errors.
    pub fn read<F: Form>(
        pairs: Vec<(String, String)>,
        now: OffsetDateTime,
        given: &[(&'static str, Vec<String>)],
    ) -> Result<Result<F, Box<Self>>, BadForm> {
        let mut filled = Self::take::<F>(pairs, now, given)?;
        let read = F::read(&mut filled);
        match read {
            Some(value) if filled.errors.is_empty() => Ok(Ok(value)),
            _ => {
                if filled.errors.is_empty() {
                    let first = filled.specs.first().map(|s| s.name).unwrap_or("form");
                    filled.errors.insert(first, phrase!("shared-error-again"));
                }
                Ok(Err(Box::new(filled)))
            }
        }
    }

    fn check(&mut self) -> Result<(), BadForm> {
        for spec in self.specs.clone() {
            let values = self.values.get(spec.name).cloned().unwrap_or_default();
            if values.iter().all(String::is_empty) {
                if spec.required {
                    self.errors.insert(spec.name, empty_message(&spec.kind));
                }
                continue;
            }
            for value in values.iter().filter(|v| !v.is_empty()) {
                if let Some(phrase) = self.fault(&spec, value)? {
                    self.errors.entry(spec.name).or_insert(phrase);
                }
            }
        }
        Ok(())
    }

    /// What is wrong with one value of a field; an Err when no page of ours can have sent it.
    fn fault(&self, spec: &FieldSpec, value: &str) -> Result<Option<Phrase>, BadForm> {
        let not_offered = || Err(BadForm::NotOffered(spec.name.to_owned()));
        match &spec.kind {
            Kind::Line { max } | Kind::Text { max } => Ok(too_long(value, *max)),
            Kind::Phone => Ok(phone::read(value).err()),
            Kind::DateTime => Ok(instant::read(value, self.now).err()),
            Kind::Int { min, max } => Ok(int(value, *min, *max).err()),
            Kind::Choice(Options::Words(list)) | Kind::Many(Options::Words(list)) => {
                if list.words.contains(&value) {
                    Ok(None)
                } else {
                    not_offered()
                }
            }
            Kind::Choice(Options::Given) | Kind::Many(Options::Given) => {
                let offered = self.given.get(spec.name).is_some_and(|g| g.iter().any(|o| o == value));
                Ok((!offered).then(|| phrase!("shared-error-gone")))
            }
            Kind::Check => {
                if value == "1" {
                    Ok(None)
                } else {
                    not_offered()
                }
            }
            Kind::Uuid => {
                if value.parse::<Uuid>().is_ok() {
                    Ok(None)
                } else {
                    not_offered()
                }
            }
            Kind::Hidden => {
                if text::length(value) <= 200 {
                    Ok(None)
                } else {
                    not_offered()
                }
            }
        }
    }

    /// Refuses a field for a reason that only the form knows. The first reason given for a field stays.
    pub fn refuse(&mut self, field: &'static str, why: Phrase) {
        debug_assert!(self.specs.iter().any(|s| s.name == field), "no field {field}");
        self.errors.entry(field).or_insert(why);
    }

    /// Whether anything has to be put right.
    pub fn is_faulty(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether all there is to put right is what was left empty; such a form can be kept for later as it is.
    pub fn only_gaps(&self) -> bool {
        self.errors.keys().all(|field| self.values.get(field).is_none_or(|values| values.iter().all(String::is_empty)))
    }

    /// The present instant, for rules such as "not in the future".
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The form to show again.
    pub fn view(&self) -> FormView {
        FormView::filled(self.name, &self.specs, &self.values, &self.errors)
    }

    /// A filled-in, faultless value.
    fn sound(&self, field: &str) -> Option<&str> {
        debug_assert!(self.specs.iter().any(|s| s.name == field), "no field {field}");
        let value = self.values.get(field)?.first()?;
        (!value.is_empty() && !self.errors.contains_key(field)).then_some(value.as_str())
    }

    /// The text of a required line or text field.
    pub fn text(&self, field: &str) -> Option<String> {
        self.sound(field).map(str::to_owned)
    }

    /// The text of an optional line or text field; empty when nothing was written.
    pub fn text_or_empty(&self, field: &str) -> String {
        self.text(field).unwrap_or_default()
    }

    /// A telephone number as people write it, in narrow characters.
    pub fn phone(&self, field: &str) -> Option<String> {
        phone::read(self.sound(field)?).ok()
    }

    /// An instant. A date without a time of day is the beginning of that day in Tokyo, from which deadlines are counted.
    pub fn moment(&self, field: &str) -> Option<OffsetDateTime> {
        instant::read(self.sound(field)?, self.now).ok()
    }

    /// One word of a closed list.
    pub fn choice<T: FromStr>(&self, field: &str) -> Option<T> {
        self.sound(field)?.parse().ok()
    }

    /// Words of a closed list, in the order posted, each once.
    pub fn many<T: FromStr + PartialEq>(&self, field: &str) -> Vec<T> {
        let mut found = Vec::new();
        if self.errors.contains_key(field) {
            return found;
        }
        for value in self.values.get(field).into_iter().flatten() {
            if let Ok(word) = value.parse::<T>()
                && !found.contains(&word)
            {
                found.push(word);
            }
        }
        found
    }

    /// Whether a box was ticked.
    pub fn checked(&self, field: &str) -> bool {
        self.sound(field).is_some()
    }

    /// An identifier.
    pub fn id<T: From<Uuid>>(&self, field: &str) -> Option<T> {
        self.sound(field)?.parse::<Uuid>().ok().map(T::from)
    }

    /// A whole number within the field's range.
    pub fn int(&self, field: &str) -> Option<i64> {
        int(self.sound(field)?, i64::MIN, i64::MAX).ok()
    }
}

/// Text from outside as a field of this kind keeps it.
pub(crate) fn clean(kind: &Kind, raw: &str) -> String {
    match kind {
        Kind::Text { .. } => text::paragraphs(raw),
        Kind::Phone | Kind::Int { .. } => text::narrow(raw),
        Kind::Line { .. } | Kind::DateTime => text::line(raw),
        Kind::Choice(_) | Kind::Many(_) | Kind::Check | Kind::Uuid | Kind::Hidden => text::line(raw),
    }
}

fn too_long(value: &str, max: usize) -> Option<Phrase> {
    let over = text::length(value).saturating_sub(max);
    (over > 0).then(|| phrase!("shared-error-long", max = max, over = over))
}

fn int(value: &str, min: i64, max: i64) -> Result<i64, Phrase> {
    let plain = text::narrow(value).replace(',', "");
    match plain.parse::<i64>() {
        Ok(n) if (min..=max).contains(&n) => Ok(n),
        Ok(_) => Err(phrase!("shared-error-range", min = min, max = max)),
        Err(_) => Err(phrase!("shared-error-number")),
    }
}
