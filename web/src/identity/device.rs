//! What a device is called in the list of sessions: system and browser in coarse words. The browser's own long name is
//! never kept: it would single out one person's machine and help nobody to recognise it.

use serde::Serialize;

kernel::words! {
    /// The system a browser runs on.
    Os {
        Windows = "windows",
        Mac = "mac",
        Iphone = "iphone",
        Ipad = "ipad",
        Android = "android",
        Chromebook = "chromebook",
        Linux = "linux",
        Other = "other",
    }
}

kernel::words! {
    /// A browser people know by name.
    Browser {
        Edge = "edge",
        Chrome = "chrome",
        Firefox = "firefox",
        Safari = "safari",
        Other = "other",
    }
}

/// A device as the list of sessions shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// System word.
    pub os: &'static str,
    /// Browser word.
    pub browser: &'static str,
}

impl Device {
    /// Reads a `User-Agent` header; anything unknown is `other`.
    pub fn of(agent: &str) -> Self {
        Self { os: os(agent).word(), browser: browser(agent).word() }
    }

    /// The two words as they are stored with the session.
    pub fn stored(&self) -> String {
        format!("{} {}", self.os, self.browser)
    }

    /// Reads the stored words back. What was stored by something else is an unknown device.
    pub fn read(stored: &str) -> Self {
        let (os, browser) = stored.split_once(' ').unwrap_or_default();
        Self { os: os.parse().unwrap_or(Os::Other).word(), browser: browser.parse().unwrap_or(Browser::Other).word() }
    }
}

fn os(agent: &str) -> Os {
    let signs = [
        ("iPhone", Os::Iphone),
        ("iPad", Os::Ipad),
        ("Android", Os::Android),
        ("Windows", Os::Windows),
        ("CrOS", Os::Chromebook),
        ("Macintosh", Os::Mac),
        ("Linux", Os::Linux),
    ];
    signs.iter().find(|(sign, _)| agent.contains(sign)).map_or(Os::Other, |(_, os)| *os)
}

/// Browsers name the ones they descend from as well, so the youngest is looked for first.
fn browser(agent: &str) -> Browser {
    let signs = [
        ("Edg/", Browser::Edge),
        ("EdgA/", Browser::Edge),
        ("EdgiOS/", Browser::Edge),
        ("OPR/", Browser::Other),
        ("SamsungBrowser/", Browser::Other),
        ("Firefox/", Browser::Firefox),
        ("FxiOS/", Browser::Firefox),
        ("Chrome/", Browser::Chrome),
        ("CriOS/", Browser::Chrome),
        ("Safari/", Browser::Safari),
    ];
    signs.iter().find(|(sign, _)| agent.contains(sign)).map_or(Browser::Other, |(_, browser)| *browser)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_in_coarse_words() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
                "windows chrome",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "windows edge",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                "mac safari",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1",
                "iphone chrome",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "linux firefox"),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "android other",
            ),
            ("curl/8.0", "other other"),
            ("", "other other"),
        ];
        for (agent, words) in cases {
            let device = Device::of(agent);
            assert_eq!(device.stored(), words, "{agent}");
            assert_eq!(Device::read(words), device);
        }
    }

    #[test]
    fn whatever_was_stored_becomes_words_of_ours() {
        for stored in ["", "windows", "<b> chrome", "windows chrome extra", "Windows の Chrome"] {
            let device = Device::read(stored);
            assert!(Os::ALL.iter().any(|o| o.word() == device.os) && Browser::ALL.iter().any(|b| b.word() == device.browser), "{stored}");
        }
        assert_eq!(Device::read("windows chrome extra").browser, "other");
    }
}
