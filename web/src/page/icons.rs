//! The drawn signs. Each is one stroke path on a 24 by 24 grid and always stands beside its word, so it is hidden from
//! screen readers. They are written into the page: an outside sprite cannot take the page's colours everywhere.

/// The inner SVG of each sign, by name.
const ICONS: &[(&str, &str)] = &[
    ("back", r#"<path d="m15 5-7 7 7 7"/>"#),
    ("check", r#"<path d="m4.5 12.5 5 5 10-11"/>"#),
    ("file", r#"<path d="M6 2.5h8l5 5V21.5H6zM14 2.5v5h5"/>"#),
    ("hand", r#"<path d="M3 9h14M12.5 4.5 17 9l-4.5 4.5M21 16H8"/>"#),
    ("info", r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5v.1"/>"#),
    ("lock", r#"<path d="M5 11h14v9.5H5zM8 11V8a4 4 0 0 1 8 0v3"/>"#),
    ("scan", r#"<path d="M20 12a8 8 0 1 1-2.5-5.8M20.5 3v5h-5"/>"#),
    ("stop", r#"<path d="M8.5 3h7L21 8.5v7L15.5 21h-7L3 15.5v-7zM9 9l6 6M15 9l-6 6"/>"#),
    ("turn", r#"<path d="m9 5 7 7-7 7"/>"#),
    (
        "unknown",
        r#"<circle cx="12" cy="12" r="9" stroke-dasharray="3 2.6"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.7v.1"/>"#,
    ),
    ("wait", r#"<path d="M6 3h12M6 21h12M7.5 3c0 5 3 6.5 4.5 9 1.5-2.5 4.5-4 4.5-9M7.5 21c0-5 3-6.5 4.5-9 1.5 2.5 4.5 4 4.5 9"/>"#),
    ("warn", r#"<path d="M12 3.5 2.5 20.5h19L12 3.5ZM12 10v5M12 17.9v.1"/>"#),
];

/// The lantern: brand and, as `lamp`, the lit sign of "your turn".
const MARK: &str = r#"<path fill="currentColor" d="M11 2h10v3H11zM11 27h10v3H11zM10 6.5h12c3.8 2.6 5.5 6 5.5 9.5s-1.7 6.9-5.5 9.5H10C6.2 22.9 4.5 19.5 4.5 16S6.2 9.1 10 6.5Z"/><path class="mark-flame" d="M16.6 8.6c.3 2.9 4.7 5 4.7 9.4a5.3 5.3 0 0 1-10.6 0c0-2.3 1.2-3.7 2.3-4.9.3 1.3.9 2 1.7 2.4-.3-2.7.3-5 1.9-6.9Z"/>"#;

/// The SVG of a sign; `mark` and `lamp` are the lantern in its two sizes, `spin` the scanning sign that may turn.
pub fn svg(name: &str) -> Option<String> {
    let (class, size, inner) = match name {
        "mark" => ("mark", 32, MARK),
        "lamp" => ("lamp", 32, MARK),
        "spin" => ("ico spin", 24, find("scan")?),
        other => ("ico", 24, find(other)?),
    };
    Some(format!(r#"<svg class="{class}" viewBox="0 0 {size} {size}" aria-hidden="true" focusable="false">{inner}</svg>"#))
}

fn find(name: &str) -> Option<&'static str> {
    ICONS.iter().find(|(n, _)| *n == name).map(|(_, inner)| *inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_is_silent_and_unknown_signs_are_refused() {
        for name in ICONS.iter().map(|(n, _)| *n).chain(["mark", "lamp", "spin"]) {
            assert!(svg(name).unwrap().contains(r#"aria-hidden="true""#), "{name}");
        }
        assert_eq!(svg("nothing"), None);
    }
}
