//! The `Content-Disposition` header: a name that people typed, made safe to travel in a header and to land on a disk.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest name told to a browser, in characters; the end (with its extension) is kept.
const MAX_NAME: usize = 120;
/// What a name becomes when nothing of it is left.
const NO_NAME: &str = "file";

/// RFC 5987 `attr-char`: everything else is percent-encoded.
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Whether a browser shows the object or saves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Shown in the browser. Only for types that cannot act in a page.
    Inline,
    /// Saved as a file.
    Attachment,
}

/// The header's value (RFC 6266): a quoted ASCII name for old readers and the real one in UTF-8. Always one line of ASCII.
pub fn content_disposition(disposition: Disposition, name: &str) -> String {
    let kind = match disposition {
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let name = tidy(name);
    let encoded = utf8_percent_encode(&name, ATTR_CHAR);
    format!("{kind}; filename=\"{}\"; filename*=UTF-8''{encoded}", ascii(&name))
}

/// Drops what cannot be seen or would leave the folder, and shortens.
fn tidy(name: &str) -> String {
    let clean: String = name
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .map(|c| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let clean = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let surplus = clean.chars().count().saturating_sub(MAX_NAME);
    let clean: String = clean.chars().skip(surplus).collect();
    if clean.is_empty() { NO_NAME.into() } else { clean }
}

/// Marks that turn the direction of text or hide in it: a name must read as it is.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// The ASCII stand-in: safe inside quotes, and without `%`, which some readers decode.
fn ascii(name: &str) -> String {
    let stand_in: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " !#$&'()+,-.;=@[]^_`{}~".contains(c) { c } else { '_' }).collect();
    let stem = stand_in.rsplit_once('.').map_or(stand_in.as_str(), |(stem, _)| stem);
    if stem.chars().any(|c| c.is_ascii_alphanumeric()) {
        return stand_in;
    }
    match stand_in.rsplit_once('.') {
        Some((_, extension)) if extension.chars().any(|c| c.is_ascii_alphanumeric()) => format!("{NO_NAME}.{extension}"),
        _ => NO_NAME.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(name: &str) -> String {
        content_disposition(Disposition::Attachment, name)
    }

    #[test]
    fn a_japanese_name_travels_whole() {
        assert_eq!(attachment("画面 1.png"), "attachment; filename=\"__ 1.png\"; filename*=UTF-8''%E7%94%BB%E9%9D%A2%201.png");
        assert_eq!(attachment("画面.png"), "attachment; filename=\"file.png\"; filename*=UTF-8''%E7%94%BB%E9%9D%A2.png");
        assert_eq!(content_disposition(Disposition::Inline, "a.pdf"), "inline; filename=\"a.pdf\"; filename*=UTF-8''a.pdf");
    }

    #[test]
    fn nothing_leaves_the_header_or_the_folder() {
        let nasty = [
            "a\r\nSet-Cookie: x=1.txt",
            "\"; filename=\"evil.exe",
            "..\\..\\a.txt",
            "../../etc/passwd",
            "a\0b\u{7f}\u{85}.txt",
            "%0d%0aX.txt",
            "a;b=c'd''e.txt",
            "\u{1F600}.txt",
            "....",
            "",
            " ",
            "CON\u{2028}.txt",
        ];
        for name in nasty {
            let value = attachment(name);
            assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{value:?}");
            assert_eq!(value.matches('"').count(), 2, "{value:?}");
            let (quoted, encoded) = value.split_once("\"; filename*=UTF-8''").expect("both forms");
            let quoted = quoted.strip_prefix("attachment; filename=\"").expect("quoted form");
            assert!(!quoted.is_empty() && !quoted.contains(['/', '\\', '%']) && !quoted.starts_with('.'), "{value:?}");
            assert!(!encoded.is_empty() && !encoded.contains([';', '\'', ' ', ',']), "{value:?}");
            let plain = percent_encoding::percent_decode_str(encoded).decode_utf8().expect("UTF-8");
            assert!(!plain.contains(['/', '\\', '"', '\r', '\n', '\0']) && !plain.starts_with('.'), "{plain:?}");
        }
        assert_eq!(attachment("...."), "attachment; filename=\"file\"; filename*=UTF-8''file");
    }

    #[test]
    fn a_name_cannot_pretend_to_another_extension() {
        assert_eq!(attachment("invoice\u{202E}gpj.exe"), "attachment; filename=\"invoicegpj.exe\"; filename*=UTF-8''invoicegpj.exe");
        assert_eq!(attachment("a.pdf\u{200B}"), "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf");
        let long = format!("{}.pdf", "長".repeat(500));
        assert!(attachment(&long).ends_with(".pdf") && attachment(&long).len() < 1400);
    }
}
