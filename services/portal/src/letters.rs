//! The words of letters, from the same locale files as the pages.

use kernel::Locale;
use notifications::{
    COLLECTED_BODY_KEY, COLLECTED_CASE_KEY, COLLECTED_LEAD_KEY, COLLECTED_MORE_KEY, COLLECTED_SUBJECT_KEY, Collected, Facts,
    INVITATION_BODY_KEY, INVITATION_SUBJECT_KEY, Invitation, LetterKind, LetterWords, Unsayable,
};
use std::sync::Arc;
use web::moment::{Style, Teller};
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

    fn collected_subject(&self, locale: Locale, facts: &Collected<'_>) -> Result<String, Unsayable> {
        self.say(locale, COLLECTED_SUBJECT_KEY, &[("n", &facts.letters.to_string())])
    }

    fn collected_body(&self, locale: Locale, facts: &Collected<'_>) -> Result<String, Unsayable> {
        let lead = self.say(locale, COLLECTED_LEAD_KEY, &[("n", &facts.letters.to_string())])?;
        let mut lines = Vec::with_capacity(facts.cases.len() + 1);
        for case in facts.cases {
            lines.push(self.say(locale, COLLECTED_CASE_KEY, &[("number", &case.number), ("link", &case.link)])?);
        }
        if facts.more > 0 {
            lines.push(self.say(locale, COLLECTED_MORE_KEY, &[("n", &facts.more.to_string()), ("link", facts.home)])?);
        }
        self.say(locale, COLLECTED_BODY_KEY, &[("lead", &lead), ("cases", &lines.join("\n")), ("federation", facts.federation)])
    }

    fn invitation_subject(&self, locale: Locale, facts: &Invitation<'_>) -> Result<String, Unsayable> {
        self.say(locale, INVITATION_SUBJECT_KEY, &[("federation", facts.federation)])
    }

    fn invitation_body(&self, locale: Locale, facts: &Invitation<'_>) -> Result<String, Unsayable> {
        let until = Teller::new(&self.0, locale).moment(facts.until, Style::Full, None).map_err(|error| Unsayable(error.to_string()))?;
        let args = [("federation", facts.federation), ("issuer", facts.issuer), ("link", facts.link), ("until", until.as_str())];
        self.say(locale, INVITATION_BODY_KEY, &args)
    }
}

impl Letters {
    fn say(&self, locale: Locale, key: &str, args: &[(&str, &str)]) -> Result<String, Unsayable> {
        let args: Vec<(&str, web::words::Arg)> = args.iter().map(|(name, value)| (*name, (*value).into())).collect();
        self.0.say(locale, key, &args).map_err(|error| Unsayable(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notifications::Case;

    #[test]
    fn an_invitation_says_who_where_and_until_when() {
        let letters = Letters(Words::load().expect("words"));
        let until = time::macros::datetime!(2026-12-01 00:12 UTC);
        let facts =
            Invitation { federation: "連合会", issuer: "県のログイン", link: "https://portal.example.jp/invite/5e", until };
        for (locale, day) in [(Locale::Ja, "12月1日"), (Locale::En, "1 December 2026")] {
            let body = letters.invitation_body(locale, &facts).expect("body");
            // Alone on its line, so that no mail program cuts it off or takes a full stop along.
            assert!(body.lines().any(|line| line.trim() == facts.link), "{body}");
            assert!(body.contains(facts.issuer) && body.contains(facts.federation) && body.contains(day), "{body}");
            assert!(letters.invitation_subject(locale, &facts).expect("subject").contains(facts.federation));
        }
    }

    #[test]
    fn a_collecting_letter_names_each_case_and_how_many_more() {
        let letters = Letters(Words::load().expect("words"));
        let cases = ["T-2026-0001", "T-2026-0002"]
            .map(|number| Case { number: number.into(), link: format!("https://portal.example.jp/c/{number}") });
        for locale in [Locale::Ja, Locale::En] {
            let all = Collected { letters: 9, cases: &cases, more: 0, home: "https://portal.example.jp", federation: "F" };
            let body = letters.collected_body(locale, &all).expect("body");
            assert!(cases.iter().all(|case| body.contains(&case.number) && body.contains(&case.link)), "{body}");
            assert!(body.ends_with('\u{53e3}') || body.ends_with("institutions"), "the whole letter: {body}");
            assert!(letters.collected_subject(locale, &all).expect("subject").contains('9'));
            let more = letters.collected_body(locale, &Collected { more: 7, ..all }).expect("body");
            assert_eq!(more.lines().count(), body.lines().count() + 1, "{more}");
        }
    }
}
