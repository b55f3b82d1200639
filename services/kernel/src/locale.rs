//! The languages of the interface. Data may be in any language; Japanese is always there.

crate::words! {
    /// A language the interface speaks.
    #[derive(Default)]
    Locale { #[default] Ja = "ja", En = "en" }
}

impl Locale {
    /// The one that a reader may switch to.
    pub const fn other(self) -> Self {
        match self {
            Self::Ja => Self::En,
            Self::En => Self::Ja,
        }
    }

    /// Picks the best supported language from an `Accept-Language` header, Japanese when none fits.
    pub fn negotiate(header: &str) -> Self {
        let mut best = (0.0_f32, Self::Ja);
        for part in header.split(',').take(16) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            let found = match tag.split('-').next().unwrap_or_default() {
                "ja" => Self::Ja,
                "en" => Self::En,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, found);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_wish_is_followed_and_japanese_is_the_ground() {
        assert_eq!(Locale::negotiate("en-GB,en;q=0.9,ja;q=0.5"), Locale::En);
        assert_eq!(Locale::negotiate("ja,en;q=0.9"), Locale::Ja);
        assert_eq!(Locale::negotiate("fr,de"), Locale::Ja);
        assert_eq!(Locale::negotiate(""), Locale::Ja);
    }
}
