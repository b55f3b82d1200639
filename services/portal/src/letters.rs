//! The words of letters, from the same locale files as the pages.

use kernel::Locale;
use notifications::{Facts, LetterKind, LetterWords, Unsayable};
use std::sync::Arc;
use web::words::Words;

/// Letters in the words of `web/locales`.
pub struct Letters(pub Arc<Words>);

impl LetterWords for Letters {
    fn subject(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable> {
        self.say(locale, kind.subject_key(), &[("number", facts.number)])
    }

    fn body(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable> {
        let lead = self.say(locale, kind.lead_key(), &[("number", facts.number)])?;
        self.say(locale, LetterKind::BODY_KEY, &[("lead", &lead), ("link", facts.link), ("federation", facts.federation)])
    }
}

impl Letters {
    fn say(&self, locale: Locale, key: &str, args: &[(&str, &str)]) -> Result<String, Unsayable> {
        let args: Vec<(&str, web::words::Arg)> = args.iter().map(|(name, value)| (*name, (*value).into())).collect();
        self.0.say(locale, key, &args).map_err(|error| Unsayable(error.to_string()))
    }
}
