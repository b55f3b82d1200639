//! What may be attached: three kinds, each with its size limit and the content types it may turn out to be. The type is
//! read from the bytes, never from the name or the uploader's word (F7).

kernel::words! {
    /// What the uploader says a file is.
    Kind {
        Picture = "picture",
        Document = "document",
        Record = "record",
    }
}

/// Files on one message at most: so many of one's own may wait at one place. The database counts (`files_are_few`).
pub const MAX_FILES: usize = 10;
/// Files that one person announces within an hour at most, taken off or not. The database counts (`files_per_hour`).
pub const MAX_PER_HOUR: usize = 40;
const MIB: u64 = 1024 * 1024;

impl Kind {
    /// Largest size in bytes.
    pub const fn max_bytes(self) -> u64 {
        match self {
            Self::Picture => 20 * MIB,
            Self::Document => 50 * MIB,
            Self::Record => 100 * MIB,
        }
    }

    /// Content types that the bytes may be; the empty list takes any (logs, dumps, archives kept as evidence).
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            Self::Picture => &["image/jpeg", "image/png", "image/gif", "image/webp", "image/heic"],
            Self::Document => &["application/pdf", "text/plain", "application/zip", "application/x-ole-storage"],
            Self::Record => &[],
        }
    }

    /// What a file dialogue offers.
    pub const fn accept(self) -> &'static str {
        match self {
            Self::Picture => "image/*",
            Self::Document => ".pdf,.txt,.csv,.docx,.xlsx,.pptx,.doc,.xls,.ppt",
            Self::Record => "",
        }
    }
}

/// The content type by the first bytes. Text is plain text whatever it would like to be; anything unknown is a stream.
pub fn sniff(head: &[u8]) -> &'static str {
    let heic = head.len() > 12 && &head[4..8] == b"ftyp" && matches!(&head[8..12], b"heic" | b"heix" | b"mif1" | b"hevc");
    match head {
        _ if head.starts_with(b"\xFF\xD8\xFF") => "image/jpeg",
        _ if head.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if head.starts_with(b"GIF8") => "image/gif",
        _ if head.len() > 12 && head.starts_with(b"RIFF") && &head[8..12] == b"WEBP" => "image/webp",
        _ if heic => "image/heic",
        _ if head.starts_with(b"%PDF-") => "application/pdf",
        _ if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") => "application/zip",
        _ if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") => "application/x-ole-storage",
        _ if looks_like_text(head) => "text/plain",
        _ => "application/octet-stream",
    }
}

/// No NUL and hardly any control character: UTF-8, Shift_JIS and plain ASCII all pass.
fn looks_like_text(head: &[u8]) -> bool {
    !head.is_empty() && head.iter().all(|b| *b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_read_from_the_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), "image/png");
        assert_eq!(sniff(b"<html><script>alert(1)</script>"), "text/plain", "markup is served as text, never run");
        assert_eq!(sniff("受付のPC".as_bytes()), "text/plain");
        assert_eq!(sniff(b"MZ\x90\x00\x03"), "application/octet-stream");
        assert_eq!(sniff(b""), "application/octet-stream");
        assert!(!Kind::Picture.types().contains(&sniff(b"%PDF-1.7")));
    }
}
