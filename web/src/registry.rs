//! Everything the laws, the gallery and the crawl walk through. A room adds one line to each list; a page, form or list
//! of words that is missing here fails a law as soon as its template or key exists.

use crate::forms::{FieldSpec, FormEntry};
use crate::page::Entry;
use crate::pages;
use crate::words::WordList;

/// Every page of the product.
pub fn all_pages() -> Vec<Entry> {
    let rooms = [pages::entries(), crate::identity::entries(), crate::desk::entries()].into_iter().flatten();
    #[cfg(any(test, feature = "demo"))]
    let rooms = rooms.chain(crate::demo::entries());
    rooms.collect()
}

/// Every form of the product.
pub fn all_forms() -> Vec<FormEntry> {
    [pages::form_entries(), crate::identity::form_entries(), crate::desk::form_entries()].into_iter().flatten().collect()
}

/// Every closed list of words that templates name with `word(of=.., is=..)`. Lists that forms offer count by themselves.
pub fn all_words() -> Vec<WordList> {
    let own = [pages::word_lists(), crate::identity::word_lists(), crate::desk::word_lists()].into_iter().flatten();
    let offered = all_forms().into_iter().flat_map(|f| f.fields).filter_map(|f: FieldSpec| f.words().cloned());
    own.chain(offered).collect()
}
