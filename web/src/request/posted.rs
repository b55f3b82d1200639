//! Posted forms. A form is read once, before anybody asks whose it is: whatever stops it then, what was typed is at hand.

use super::{Cx, Problem, Visit};
use crate::forms::{BadForm, Envelope, FieldSpec, Filled, Form, FormView, Kind, Opt, Options, clean, pairs};
use crate::pages::{Again, Carried, Chosen, Kept, Typed};
use crate::phrase;
use crate::words::{Label, Phrase};
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use kernel::SeatId;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Largest form we take, in bytes. A text's own limit is 8,000 characters, 72 KB in urlencoded Japanese; this is so far above it
/// that a pasted log of 200,000 characters still comes back to whoever pasted it, beside the message that names its limit.
const LARGEST_FORM: usize = 2 * 1024 * 1024;
/// Longest form token there ever was, in characters.
const LONGEST_TOKEN: usize = 200;

/// What a post brought. It lives as long as the request and is stored nowhere.
pub struct Brought {
    envelope: Envelope,
    /// The version of the row that its page showed.
    pub version: Option<i32>,
    pairs: Vec<(String, String)>,
    fields: Vec<FieldSpec>,
    view: fn(Vec<(&'static str, String)>) -> FormView,
    /// The lists that something was chosen from, where they were read for its writer.
    offers: OnceLock<Vec<Offer>>,
}

impl Brought {
    /// Reads the body as a form of this type.
    ///
    /// # Errors
    /// `TooLarge`, or `BadRequest` for what no page of ours sends.
    pub async fn read<F: Form>(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        let (envelope, pairs) = Envelope::open(pairs(&bytes(headers, body).await?)?)?;
        let fields = F::fields();
        // Also for forms of one button, whose handlers read nothing: what is not declared is refused (F14).
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !fields.iter().any(|f| f.name == name)) {
            return Err(BadForm::Unknown(name.chars().take(40).collect()).into());
        }
        let version = envelope.version.map(i32::try_from).transpose().map_err(|_| Problem::BadRequest)?;
        Ok(Self { envelope, version, pairs, fields, view: |pairs| FormView::prefilled::<F>(pairs), offers: OnceLock::new() })
    }

    /// A form as it would have been posted, for samples.
    pub(crate) fn sample<F: Form>(version: i32, pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let envelope = Envelope { csrf: "0a.0b".to_owned(), ..Envelope::default() };
        let view = |pairs| FormView::prefilled::<F>(pairs);
        Self { envelope, version: Some(version), pairs, fields: F::fields(), view, offers: OnceLock::new() }
    }

    /// The form's token as it came.
    pub fn token(&self) -> &str {
        &self.envelope.csrf
    }

    /// Whether the form was made for this seat.
    pub fn is_of_seat(&self, seat: SeatId) -> bool {
        self.envelope.seat.as_deref() == Some(seat.to_string().as_str())
    }

    /// What was filled in, with the field it belongs to; hidden words of ours are nobody's work.
    fn filled(&self) -> impl Iterator<Item = (&FieldSpec, &str)> {
        self.pairs.iter().filter_map(|(name, value)| {
            let field = self.fields.iter().find(|f| f.name == name && !f.label.is_empty())?;
            (!value.trim().is_empty()).then_some((field, value.as_str()))
        })
    }

    /// Whether anybody typed or chose anything.
    pub fn is_empty(&self) -> bool {
        self.filled().next().is_none()
    }

    /// What was typed, for pages that must not lose it.
    pub fn kept(&self) -> Vec<Kept> {
        let typed = self.filled().filter(|(field, _)| is_typed(&field.kind));
        typed.map(|(field, value)| Kept { label: Phrase::new(field.label), text: kernel::text::paragraphs(value) }).collect()
    }

    /// The same form, to be sent once more to the same address; None when nobody filled in anything.
    pub fn again(&self, path: &str) -> Option<Again> {
        (!self.is_empty()).then(|| self.once_more(path, self.version, self.offers.get().map_or(&[], Vec::as_slice)))
    }

    /// Keeps the lists that something was chosen from, as its writer may read them: the choices have names then. The first ones stay.
    pub fn know(&self, offers: Vec<Offer>) {
        self.offers.get_or_init(|| offers);
    }

    /// The fields with a list of the handler's (people, queues), from which something was chosen.
    pub fn chosen_from_given(&self) -> Vec<&'static str> {
        let given = |kind: &Kind| matches!(kind, Kind::Choice(Options::Given) | Kind::Many(Options::Given));
        let mut names: Vec<&'static str> = self.filled().filter(|(field, _)| given(&field.kind)).map(|(field, _)| field.name).collect();
        names.dedup();
        names
    }

    /// The same form for a version of the row, also when it is a button alone. `offers` are the lists of the handler's as they are now:
    /// nobody sends on what they cannot read.
    pub fn once_more(&self, path: &str, version: Option<i32>, offers: &[Offer]) -> Again {
        let field = |name: &str| self.fields.iter().find(|f| f.name == name);
        let clean = |(name, value): &(String, String)| field(name).map(|f| (f.name, clean(&f.kind, value)));
        let carried = |(name, value): &(&'static str, String)| Carried { name, value: value.clone() };
        let pairs: Vec<(&'static str, String)> = self.pairs.iter().filter_map(clean).collect();
        let typed = |field: &&FieldSpec| is_typed(&field.kind) && !field.label.is_empty();
        Again {
            action: path.split('?').next().unwrap_or_default().to_owned(),
            // Nothing of a stranger's making stands in our page under the name of a token or seat.
            token: Some(self.token()).filter(|token| is_token(token)).unwrap_or_default().to_owned(),
            seat: self.envelope.seat.as_ref().and_then(|seat| seat.parse::<SeatId>().ok()).map(|seat| seat.to_string()),
            version,
            typed: self.fields.iter().filter(typed).map(Typed::of).collect(),
            chosen: self.chosen(offers),
            page: self.envelope.page.map(|page| page.to_string()),
            carried: pairs.iter().filter(|(n, _)| field(n).is_some_and(|f| !typed(&f))).map(carried).collect(),
            form: (self.view)(pairs),
        }
    }

    /// What was chosen from lists, in words.
    fn chosen(&self, offers: &[Offer]) -> Vec<Chosen> {
        let mut all: Vec<Chosen> = Vec::new();
        for (field, value) in self.filled().filter(|(field, _)| !is_typed(&field.kind)) {
            let said: Label = match (field.words(), &field.kind) {
                (Some(list), _) if list.words.contains(&value) => Phrase::word(list.prefix, value).into(),
                (_, Kind::Check) => phrase!("shared-unsent-ticked").into(),
                (_, Kind::Choice(Options::Given) | Kind::Many(Options::Given)) => given_name(offers, field.name, value),
                _ => Label::text(kernel::text::line(value)),
            };
            let label = Phrase::new(field.label);
            match all.iter_mut().find(|c| c.label == label) {
                Some(chosen) if chosen.values.contains(&said) => {}
                Some(chosen) => chosen.values.push(said),
                None => all.push(Chosen { label, values: vec![said] }),
            }
        }
        if all.is_empty() && !self.fields.iter().any(|field| is_typed(&field.kind)) {
            // A list of boxes that was sent with none ticked says something too.
            let none = |field: &FieldSpec| Chosen { label: Phrase::new(field.label), values: vec![phrase!("shared-unsent-none").into()] };
            all = self.fields.iter().filter(|field| matches!(field.kind, Kind::Many(_))).map(none).collect();
        }
        all
    }
}

/// A field whose list is the handler's, with what is on offer there.
pub type Offer = (&'static str, Vec<Opt>);

/// What a choice is called in the list it was made from, as far as the list is at hand.
fn given_name(offers: &[Offer], field: &str, value: &str) -> Label {
    let Some((_, options)) = offers.iter().find(|(name, _)| *name == field) else { return phrase!("shared-unsent-as-chosen").into() };
    options.iter().find(|option| option.value == value).map_or_else(|| phrase!("shared-unsent-gone").into(), |option| option.label.clone())
}

fn is_typed(kind: &Kind) -> bool {
    matches!(kind, Kind::Text { .. } | Kind::Line { .. } | Kind::DateTime | Kind::Phone | Kind::Int { .. })
}

fn is_token(text: &str) -> bool {
    text.len() <= LONGEST_TOKEN && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'.')
}

async fn bytes(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let form =
        headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("application/x-www-form-urlencoded"));
    if !form && headers.get(header::CONTENT_LENGTH).is_some_and(|v| v != "0") {
        return Err(Problem::BadRequest);
    }
    axum::body::to_bytes(body, LARGEST_FORM).await.map_err(|_| Problem::TooLarge)
}

/// A posted form whose token and seat were checked by the route's guard (`guard::signed_form`, `guard::open_form`).
pub struct Posted<F> {
    /// Version of the row that the page showed.
    pub version: Option<i32>,
    visit: Arc<Visit>,
    form: std::marker::PhantomData<fn() -> F>,
}

impl<S: Send + Sync, F: Form> FromRequestParts<S> for Posted<F> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Arc<Visit>>().cloned().ok_or(Problem::SignIn)?;
        let version = visit.form.get().ok_or_else(|| Problem::Broken("a form that no guard has read".into()))?.version;
        Ok(Self { version, visit, form: std::marker::PhantomData })
    }
}

impl<F: Form> Posted<F> {
    /// The form's value, or the form to show again. `given` holds what is on offer now for lists that are data.
    pub fn read(&self, cx: &Cx, given: &[(&'static str, Vec<String>)]) -> Result<Result<F, Box<Filled>>, Problem> {
        self.read_at(cx.app.clock.now(), given)
    }

    /// The same on an open page, where nobody may be signed in.
    pub fn read_at(&self, now: time::OffsetDateTime, given: &[(&'static str, Vec<String>)]) -> Result<Result<F, Box<Filled>>, Problem> {
        Ok(Filled::read::<F>(self.pairs(), now, given)?)
    }

    /// The version of the row the page showed; a form without one is none of ours.
    pub fn seen(&self) -> Result<i32, Problem> {
        self.version.ok_or(Problem::BadRequest)
    }

    /// Which page it was made on, where its text is kept while it is written.
    pub fn page(&self) -> Option<Uuid> {
        self.visit.form.get().and_then(|form| form.envelope.page)
    }

    /// Whether a field came with anything in it.
    pub fn has(&self, field: &str) -> bool {
        self.pairs().iter().any(|(name, value)| name == field && !value.is_empty())
    }

    /// The posted pairs, for showing the form again with a refusal that only the command knew.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.visit.form.get().map(|form| form.pairs.clone()).unwrap_or_default()
    }

    /// What was typed, for pages that must not lose it.
    pub fn kept(&self) -> Vec<Kept> {
        self.visit.kept()
    }
}

/// A form without fields of its own: one button.
pub struct Press;

impl Form for Press {
    const NAME: &'static str = "press";
    fn fields() -> Vec<FieldSpec> {
        vec![]
    }
    fn read(_: &mut Filled) -> Option<Self> {
        Some(Self)
    }
}
