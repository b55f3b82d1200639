//! The one rule of the chain. It never changes: a released chain must stay provable.

use kernel::FederationId;
use sha2::{Digest, Sha256};

/// What the first link of a federation stands on; no two federations' chains can be exchanged.
pub(crate) fn ground(federation: FederationId) -> [u8; 32] {
    Sha256::new().chain_update(b"tomoshibi audit chain ").chain_update(federation.0.to_be_bytes()).finalize().into()
}

/// A link: SHA-256 of the link before, the entry's own hash and the place in the chain.
pub(crate) fn link(before: &[u8; 32], content: &[u8], seq: i64) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(content).chain_update(seq.to_be_bytes()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_depends_on_everything_before_it() {
        let start = ground(FederationId(1));
        let one = link(&start, &[1; 32], 1);
        assert_ne!(start, ground(FederationId(2)));
        assert_ne!(one, link(&start, &[2; 32], 1));
        assert_ne!(one, link(&start, &[1; 32], 2));
        assert_ne!(link(&one, &[1; 32], 2), link(&start, &[1; 32], 2));
    }

    #[test]
    fn the_rule_is_the_released_one() {
        // A change here breaks every chain that was ever sealed.
        assert_eq!(hex::encode(link(&ground(FederationId(7)), &[9; 32], 3)), RELEASED);
    }
    const RELEASED: &str = "e475f76fc52330e710b2a4cbc043a1f615ac935261ccdc1ef244e29eefad2249";
}
