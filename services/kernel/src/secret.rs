//! Secrets: 256 random bits that travel as text once and are kept as a hash only. The only place that draws randomness.

use rand::RngCore;
use sha2::{Digest, Sha256};

/// SHA-256 of a secret, as stored.
pub type SecretHash = [u8; 32];

/// `N` random bytes from the operating system.
#[allow(clippy::disallowed_methods, reason = "the one place that may draw randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    rand::rngs::OsRng.fill_bytes(&mut bytes);
    bytes
}

/// A new secret as 64 hexadecimal characters, with the hash to store.
pub fn new_secret() -> (String, SecretHash) {
    let text = hex::encode(random::<32>());
    let hash = hash(&text);
    (text, hash)
}

/// The stored form of a presented secret. Always a hash, so an empty or missing secret never equals a stored NULL.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// A 128-bit random object key or file address.
pub fn new_key() -> String {
    hex::encode(random::<16>())
}

/// Compares two secrets in time that depends on their length alone.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0_u8, |acc, (x, y)| acc | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_stored_as_hashes() {
        let (a, ha) = new_secret();
        let (b, hb) = new_secret();
        assert_ne!(a, b);
        assert_ne!(ha, hb);
        assert_eq!(hash(&a), ha);
        assert_eq!(a.len(), 64);
        assert!(same(&ha, &ha) && !same(&ha, &hb) && !same(b"", b"x"));
    }
}
