//! The gallery's pages for `/_gallery`: an index of all samples and each sample in each language. Only in builds with the
//! feature `demo`; the accessibility scan walks it.

use crate::page::{Entry, RenderError, Renderer, SampleValue, Shell};
use crate::pages::gallery::{Group, Index, NOW};
use crate::registry::all_pages;
use kernel::Locale;

/// The index. Each sample is linked as `/_gallery/<page>/<sample>?lang=<locale>`.
pub fn index(renderer: &Renderer, locale: Locale) -> Result<String, RenderError> {
    let mut groups = Vec::new();
    for entry in all_pages() {
        let samples = entry.samples()?.into_iter().map(|s| s.name.to_owned()).collect();
        groups.push(Group { name: entry.name, template: entry.template, samples });
    }
    renderer.render(&Shell::visitor(locale, NOW), &Index { groups })
}

/// One sample, or None when there is no such page or sample. `page` is the template with dots: `shared.trouble`.
pub fn sample(renderer: &Renderer, page: &str, name: &str, locale: Locale) -> Option<Result<String, RenderError>> {
    let entry = all_pages().into_iter().find(|e| e.name == page)?;
    let samples = match entry.samples() {
        Ok(samples) => samples,
        Err(error) => return Some(Err(error)),
    };
    let sample = samples.into_iter().find(|s| s.name == name)?;
    Some(show(renderer, &entry, &sample, locale))
}

fn show(renderer: &Renderer, entry: &Entry, sample: &SampleValue, locale: Locale) -> Result<String, RenderError> {
    renderer.render_sample(entry, sample, &Shell::sample(sample.viewer, locale, NOW))
}

/// Every address of the gallery below its root, for the scan: `<page>/<sample>?lang=<locale>`.
pub fn addresses() -> Result<Vec<String>, RenderError> {
    let mut all = Vec::new();
    for entry in all_pages() {
        for sample in entry.samples()? {
            all.extend(Locale::ALL.iter().map(|l| format!("{}/{}?lang={l}", entry.name, sample.name)));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_lists_what_can_be_shown() {
        let renderer = Renderer::load().unwrap();
        let index = index(&renderer, Locale::Ja).unwrap();
        for address in addresses().unwrap() {
            let (path, lang) = address.split_once("?lang=").unwrap();
            let (page, name) = path.split_once('/').unwrap();
            assert!(index.contains(&format!("/_gallery/{path}?lang={lang}")), "{path} is not in the index");
            sample(&renderer, page, name, lang.parse().unwrap()).unwrap().unwrap();
        }
        assert!(sample(&renderer, "shared.trouble", "nothing", Locale::Ja).is_none());
        assert!(sample(&renderer, "nothing", "broken", Locale::Ja).is_none());
    }
}
