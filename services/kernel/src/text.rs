//! Text from outside, made harmless at the edge (failure classes F8, F18 and F22): one Unicode form, no control or
//! direction-override characters, `\n` line ends, and limits counted in characters as a person counts them.

use unicode_normalization::UnicodeNormalization;

/// Characters that reorder or hide neighbouring text. Their only use in this product's input is to deceive.
fn deceives(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}' | '\u{2060}'..='\u{2064}' | '\u{00AD}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0001}'..='\u{E007F}')
}

/// Several lines: NFC, `\n` line ends, tabs kept, trailing blanks dropped, outer blank lines dropped.
pub fn paragraphs(raw: &str) -> String {
    let unified = raw.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{0085}'], "\n");
    let clean: String = unified.nfc().filter(|c| !deceives(*c) && (!c.is_control() || matches!(c, '\n' | '\t'))).collect();
    clean.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').trim_end().to_owned()
}

/// One line: as [`paragraphs`], and every run of white space becomes one blank (an ideographic blank stays one).
pub fn line(raw: &str) -> String {
    let clean: String =
        raw.nfc().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).filter(|c| !deceives(*c)).collect();
    let mut out = String::with_capacity(clean.len());
    for c in clean.trim().chars() {
        if c.is_whitespace() && out.chars().last().is_some_and(char::is_whitespace) {
            continue;
        }
        out.push(c);
    }
    out
}

/// Letters and digits in their ordinary width, for codes and telephone numbers typed with a Japanese keyboard.
pub fn narrow(raw: &str) -> String {
    line(&raw.nfkc().collect::<String>()).replace(['‐', '‑', '–', '—', '−', 'ー', '－'], "-")
}

/// How long a person would say the text is: characters after normalisation.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// A file's name for display: one line, no path, no leading dots, at most 120 characters with its ending kept.
/// Never used to form a path or to decide a type (F8).
pub fn file_name(raw: &str) -> String {
    let line = line(raw);
    let last = line.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let safe: String = last.chars().filter(|c| !matches!(c, '"' | '<' | '>' | '|' | '?' | '*')).collect();
    let safe = safe.trim().trim_start_matches('.').trim();
    if length(safe) <= 120 {
        return safe.to_owned();
    }
    let ending = safe.rsplit_once('.').map(|(_, e)| e).filter(|e| e.chars().count() <= 10).unwrap_or_default();
    let stem: String = safe.chars().take(110).collect();
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn deceiving_characters_are_dropped() {
        assert_eq!(line("請求書\u{202E}gpj.exe"), "請求書gpj.exe");
        assert_eq!(line("a\0b\r\nc"), "a b c");
        assert_eq!(paragraphs("一行目\r\n二行目  \r\n\r\n"), "一行目\n二行目");
        assert_eq!(paragraphs("か\u{3099}"), "が");
    }

    #[test]
    fn codes_are_read_whatever_the_keyboard() {
        assert_eq!(narrow("０９０ー１２３４−５６７８"), "090-1234-5678");
    }

    #[test]
    fn file_names_lose_paths_and_hidden_parts() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\temp\\画面の写真.jpg"), "画面の写真.jpg");
        assert_eq!(file_name("\u{200B}.htaccess"), "htaccess");
        let long = format!("{}.pdf", "長".repeat(300));
        assert!(length(&file_name(&long)) <= 121 && file_name(&long).ends_with(".pdf"));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(raw in "\\PC{0,60}|[\\x00-\\x20a-z\u{202E}\u{200B}\u{3000}]{0,60}") {
            prop_assert_eq!(paragraphs(&paragraphs(&raw)), paragraphs(&raw));
            prop_assert_eq!(line(&line(&raw)), line(&raw));
            let hostile = line(&raw).contains(['\0', '\n', '\r', '\u{202E}']);
            prop_assert!(!hostile);
            let path = file_name(&raw).contains(['/', '\\', '\0']);
            prop_assert!(!path);
        }
    }
}
