//! What can go wrong with a mail, as a retrying job must tell it apart.

/// Why a mail was not handed over. Never contains an address or a word of the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The message cannot be built; the text names the part. Trying again will not help.
    #[error("mail: {0}")]
    Invalid(&'static str),
    /// The other side will never take it.
    #[error("mail refused for good: {0}")]
    Permanent(String),
    /// The other side, the way to it or our login is in trouble; the same mail may pass later.
    #[error("mail not taken for now: {0}")]
    Temporary(String),
}

impl MailError {
    /// Whether the same mail may pass later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary(_))
    }
}
