//! The letter of an invitation: the one letter to an address at which nobody has proved to read, because proving it is what
//! it asks for. It is an administrator's own act, about one person, once, within the budget of the address; it says who
//! invites, where to sign in and until when, and nothing of anybody else.

use crate::letter::{Invitation, Unsayable};
use crate::rows::{About, Invited, Matter};
use crate::send::{Post, address_hash};
use kernel::Locale;
use mail::{MailError, Message};
use uuid::Uuid;

/// Event name of an invitation.
pub(crate) const INVITED: &str = "identity.person_invited.v1";

impl Invited {
    /// For the budget of its address.
    pub(crate) fn about(&self) -> About {
        About { address: address_hash(&self.email), subject: self.id, matter: Matter::Invitation }
    }
}

impl Post<'_> {
    /// The letter.
    ///
    /// # Errors
    /// When the locale has no such words.
    pub(crate) fn invitation(&self, delivery: Uuid, to: &Invited) -> Result<Result<Message, MailError>, Unsayable> {
        let locale = Locale::negotiate(&to.locale);
        let spoken = |name: &str, english: &Option<String>| match (locale, english) {
            (Locale::En, Some(english)) => english.clone(),
            _ => name.to_owned(),
        };
        let facts = Invitation {
            federation: &spoken(&to.federation_name, &to.federation_name_en),
            issuer: &spoken(&to.issuer_name, &to.issuer_name_en),
            link: &format!("{}/invite/{}", self.home(), self.links.token(&to.link_nonce)),
            until: to.expires_at,
        };
        let subject = self.words.invitation_subject(locale, &facts)?;
        let body = self.words.invitation_body(locale, &facts)?;
        Ok(self.message(delivery, &to.email, locale, INVITED, subject, body))
    }
}
