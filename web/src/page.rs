//! Pages: a struct that serialises, the template that shows it, and honest samples of it. The renderer puts the page into
//! the shell and answers with HTML or with an error, never with half a page.

mod folded;
mod frame;
mod icons;
#[cfg(test)]
mod laws;
mod markup;
mod shell;
mod tools;

pub use markup::{Fragment, Fragments, Markup, Said};
pub use shell::{Contact, Density, MenuItem, Notice, SeatLine, Shell, Tone};

use crate::assets::Assets;
use crate::words::{Words, WordsError};
use kernel::Locale;
use markup::{Named, Splice};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use tera::{Context, Tera, Value};

#[derive(rust_embed::Embed)]
#[folder = "templates/"]
struct Templates;

/// The plain page that is prepared at start and stands in when rendering itself fails.
pub(crate) const LAST_RESORT: &str = "shared/last_resort.html";

/// A page. Its fields are `page.<field>` in the template.
pub trait Page: Serialize {
    /// Path below `web/templates`.
    const TEMPLATE: &'static str;
    /// How closely it is set, unless the shell says otherwise.
    const DENSITY: Density = Density::Roomy;
    /// True for pages that must be byte-identical whatever was asked for: no path, no request id in them.
    const TRACELESS: bool = false;
    /// Parts of it that are written in Rust: `{{ fragments.<name> }}` in the template.
    ///
    /// # Errors
    /// When its words cannot be said.
    fn fragments(&self, _: &Said) -> Result<Fragments, WordsError> {
        Ok(Vec::new())
    }
    /// Examples of every state the page has, for the gallery, the laws and the accessibility scan.
    fn samples() -> Vec<Sample<Self>>
    where
        Self: Sized;
}

/// Who looks at a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody is signed in.
    Visitor,
    /// A clerk of a clinic.
    Clinic,
    /// A desk agent.
    Desk,
}

/// One example of a page.
pub struct Sample<P> {
    /// Its name, kebab case.
    pub name: &'static str,
    /// Who looks.
    pub viewer: Viewer,
    /// The page.
    pub page: P,
}

impl<P: Page> Sample<P> {
    /// An example seen by the one the page is made for: a clinic when roomy, the desk when dense.
    pub fn new(name: &'static str, page: P) -> Self {
        let viewer = if P::DENSITY == Density::Dense { Viewer::Desk } else { Viewer::Clinic };
        Self { name, viewer, page }
    }

    /// The same seen by somebody else.
    #[must_use]
    pub fn seen_by(mut self, viewer: Viewer) -> Self {
        self.viewer = viewer;
        self
    }
}

/// How a page whose type is forgotten writes its fragments.
type Written = dyn Fn(&Said) -> Result<Fragments, WordsError> + Send + Sync;

/// A sample whose type is forgotten.
pub struct SampleValue {
    /// The sample's name.
    pub name: &'static str,
    /// Who looks.
    pub viewer: Viewer,
    value: Value,
    fragments: Box<Written>,
}

/// A page type in the registry.
pub struct Entry {
    /// The page's name: its template without ending, with dots (`desk.queue`).
    pub name: String,
    /// Path below `web/templates`.
    pub template: &'static str,
    density: Density,
    traceless: bool,
    samples: fn() -> Result<Vec<SampleValue>, tera::Error>,
}

impl Entry {
    /// The registry's entry for a page type; the [`crate::pages!`] macro writes this.
    pub fn of<P: Page + Send + Sync + 'static>() -> Self {
        Self {
            name: P::TEMPLATE.trim_end_matches(".html").replace('/', "."),
            template: P::TEMPLATE,
            density: P::DENSITY,
            traceless: P::TRACELESS,
            samples: || {
                let plain = |s: Sample<P>| {
                    let value = Value::try_from_serializable(&s.page)?;
                    Ok(SampleValue { name: s.name, viewer: s.viewer, value, fragments: Box::new(move |said| s.page.fragments(said)) })
                };
                P::samples().into_iter().map(plain).collect()
            },
        }
    }

    /// The page's samples.
    pub fn samples(&self) -> Result<Vec<SampleValue>, RenderError> {
        Ok((self.samples)()?)
    }
}

/// Lists page types for the registry: `pages![Queue, Case]`.
#[macro_export]
macro_rules! pages {
    ($($page:ty),* $(,)?) => { vec![$($crate::page::Entry::of::<$page>()),*] };
}

/// Why a page could not be shown. The reader gets a 500 with the request id; the log gets this.
#[derive(thiserror::Error)]
pub enum RenderError {
    /// A template that does not load or does not fit its page.
    #[error("{}", chain(.0))]
    Template(#[from] tera::Error),
    /// Words that do not load.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// A mark for a fragment that there is not.
    #[error("a page has a place for a fragment that there is not")]
    Splice,
    /// A template file that is not UTF-8.
    #[error("template {0} is not UTF-8")]
    Bytes(String),
}

/// The same as the message: the template engine's own debug form repeats the whole template.
impl std::fmt::Debug for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

fn chain(error: &tera::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

struct Loaded {
    words: Arc<Words>,
    teras: HashMap<Locale, (Tera, Arc<Named>)>,
    last_resort: HashMap<Locale, String>,
    stamp: u64,
    /// Stands where a fragment goes, see [`Splice`].
    mark: String,
}

/// Turns pages into HTML. One per process; cheap to share. A debug build notices changed files and reads them again.
pub struct Renderer(RwLock<Arc<Loaded>>);

impl Renderer {
    /// Reads and checks all templates, words and assets.
    pub fn load() -> Result<Self, RenderError> {
        Ok(Self(RwLock::new(Arc::new(Loaded::read()?))))
    }

    /// The page as HTML in the reader's language.
    pub fn render<P: Page>(&self, shell: &Shell, page: &P) -> Result<String, RenderError> {
        let (loaded, value) = (self.current()?, Value::try_from_serializable(page)?);
        let fragments = page.fragments(&loaded.said(shell)?)?;
        loaded.html(P::TEMPLATE, shell, (P::DENSITY, P::TRACELESS), value, fragments)
    }

    /// A registered page's sample as HTML.
    pub fn render_sample(&self, entry: &Entry, sample: &SampleValue, shell: &Shell) -> Result<String, RenderError> {
        let loaded = self.current()?;
        let fragments = (sample.fragments)(&loaded.said(shell)?)?;
        loaded.html(entry.template, shell, (entry.density, entry.traceless), sample.value.clone(), fragments)
    }

    /// A whole page prepared at start, for when rendering fails. It needs nothing and cannot fail.
    pub fn last_resort(&self, locale: Locale) -> String {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.last_resort.get(&locale).cloned().unwrap_or_default()
    }

    /// The words, for mail subjects and the like.
    pub fn words(&self) -> Arc<Words> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).words)
    }

    /// What is loaded now; in a debug build read again when a file below `web/` has changed.
    fn current(&self) -> Result<Arc<Loaded>, RenderError> {
        let held = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if !cfg!(debug_assertions) || held.stamp == stamp() {
            return Ok(held);
        }
        let fresh = Arc::new(Loaded::read()?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }
}

impl Loaded {
    fn read() -> Result<Self, RenderError> {
        let stamp = stamp();
        let (mark, _) = kernel::secret::new_secret();
        let words = Words::load()?;
        let assets = Arc::new(Assets::load());
        let mut files = Vec::new();
        for name in Templates::iter().filter(|n| n.ends_with(".html")) {
            let Some(file) = Templates::get(&name) else { continue };
            let text = String::from_utf8(file.data.into_owned()).map_err(|_| RenderError::Bytes(name.to_string()))?;
            files.push((name.into_owned(), text));
        }
        let mut teras = HashMap::new();
        let mut last_resort = HashMap::new();
        for locale in Locale::ALL {
            let mut tera = Tera::default();
            let named = Arc::new(tools::named(&words, *locale));
            tools::register(&mut tera, (&words, &named), &assets, *locale);
            tera.add_raw_templates(files.iter().map(|(name, text)| (name.as_str(), folded::folded(text, &words, &assets, *locale))))?;
            let mut context = Context::new();
            context.insert("lang", locale);
            last_resort.insert(*locale, tera.render(LAST_RESORT, &context)?);
            teras.insert(*locale, (tera, named));
        }
        Ok(Self { words, teras, last_resort, stamp, mark })
    }

    fn of(&self, locale: Locale) -> Result<&(Tera, Arc<Named>), RenderError> {
        self.teras.get(&locale).ok_or_else(|| tera::Error::message("no templates for this locale").into())
    }

    fn said(&self, shell: &Shell) -> Result<Said<'_>, RenderError> {
        Ok(Said { words: &self.words, named: &self.of(shell.locale)?.1, locale: shell.locale, now: shell.now })
    }

    fn html(&self, template: &str, shell: &Shell, set: (Density, bool), page: Value, fragments: Fragments) -> Result<String, RenderError> {
        let mut context = Context::new();
        context.insert_value("shell", Value::try_from_serializable(&shell.view(set.0, set.1))?);
        context.insert_value("page", page);
        let (said, path) = (self.said(shell)?, if set.1 { "/" } else { &shell.path });
        let frame = [("top", frame::top(shell, path, &said)?.into()), ("foot", frame::foot(shell, &said)?.into())];
        let mut splice = Splice::new(&self.mark);
        let fragments = fragments.into_iter().chain(frame).map(|(name, fragment)| (name.into(), splice.place(fragment)));
        context.insert_value("fragments", Value::from(fragments.collect::<tera::Map>()));
        let page = self.of(shell.locale)?.0.render(template, &context)?;
        splice.put_in(&page)
    }
}

/// A number that changes when a file that pages are made of changes. Zero in a release build, where none can.
fn stamp() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    if !cfg!(debug_assertions) {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    let mut folders = ["templates", "locales", "assets"].map(|f| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(f)).to_vec();
    while let Some(folder) = folders.pop() {
        // A folder that cannot be read is the same as an empty one here: loading it will say why.
        for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match item.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(item.path()),
                Ok(meta) => (item.path(), meta.len(), meta.modified().ok()).hash(&mut hasher),
                Err(_) => item.path().hash(&mut hasher),
            }
        }
    }
    hasher.finish()
}
