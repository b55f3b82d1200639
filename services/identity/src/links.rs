//! The secret of an invitation's link. Half of it is random and stands in the invitation's row, half is the installation's
//! key: neither a copy of the database nor the settings alone make a link, and the job that writes the letter needs no
//! secret handed through the queue.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Random bytes of an invitation.
pub(crate) const NONCE: usize = 16;

/// Makes the secrets of links.
#[derive(Clone)]
pub struct InvitationLinks(Hmac<Sha256>);

impl InvitationLinks {
    /// With the installation's key, of any length.
    pub fn new(key: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        Self(mac.chain_update(b"invitation-link"))
    }

    /// The secret that belongs to the random bytes of an invitation.
    pub fn token(&self, nonce: &[u8]) -> String {
        hex::encode(self.0.clone().chain_update(nonce).finalize().into_bytes())
    }
}

impl std::fmt::Debug for InvitationLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InvitationLinks")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_make_the_secret() {
        let (links, nonce) = (InvitationLinks::new(&[7; 32]), [1; NONCE]);
        assert_eq!(links.token(&nonce), InvitationLinks::new(&[7; 32]).token(&nonce));
        assert_ne!(links.token(&nonce), links.token(&[2; NONCE]));
        assert_ne!(links.token(&nonce), InvitationLinks::new(&[8; 32]).token(&nonce));
        assert_eq!(links.token(&nonce).len(), 64);
        assert_eq!(format!("{links:?}"), "InvitationLinks");
    }
}
