//! What an object key may look like.

use crate::BlobError;

/// Some stores keep keys as file names, so a key stays well below 255 bytes even when encoded.
const MAX_LENGTH: usize = 128;

/// Refuses anything but the keys we make ourselves: path-like words of `a-z A-Z 0-9 _ - .`, no empty, `.` or `..` part.
pub(crate) fn check(key: &str) -> Result<(), BlobError> {
    let part_is_fine = |part: &str| {
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        plain && !part.is_empty() && !part.starts_with('.')
    };
    if key.len() <= MAX_LENGTH && key.split('/').all(part_is_fine) {
        Ok(())
    } else {
        Err(BlobError::Other("not an object key of ours".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_keys_pass() {
        for key in ["a", "originals/0f3a/9c.pdf", "x_y-z"] {
            assert!(check(key).is_ok(), "{key}");
        }
        let long = "a".repeat(129);
        for key in ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a b", "名", "a?b", "a\nb", "a%2fb", long.as_str()] {
            assert!(check(key).is_err(), "{key:?}");
        }
    }
}
