//! Bringing people in: a person, and the one invitation their first sign-in binds to.

use crate::error::InviteError;
use crate::links::{InvitationLinks, NONCE};
use crate::policy::{AddPerson, Invite, SeatFacts};
use crate::proof::address;
use crate::rows;
use access::{Actor, Denied, Permit, authorise};
use kernel::{InvitationId, IssuerId, Locale, PersonId, secret, text};
use store::{AuditEntry, Event, Tx};
use time::{Duration, OffsetDateTime};

/// An invitation may not be open longer than this.
pub const MAX_INVITATION: Duration = Duration::days(30);
const MAX_NAME: usize = 120;

/// A person who is not here yet.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Name as written in Japanese, at most 120 characters.
    pub name: String,
    /// Its reading.
    pub name_kana: Option<String>,
    /// In Latin letters.
    pub name_en: Option<String>,
    /// Where mail goes.
    pub email: Option<String>,
    /// Telephone number, for the desk to call back.
    pub phone: Option<String>,
    /// The language they read.
    pub locale: Locale,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Where the person will sign in.
    pub issuer: IssuerId,
    /// The address the issuer will name; a sign-in with it (verified there) binds without the link too.
    pub email: String,
    /// How long it is open: one hour to [`MAX_INVITATION`].
    pub valid_for: Duration,
}

/// An invitation that was made.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The invitation.
    pub id: InvitationId,
    /// For the link, which the letter holds as well; the database keeps a hash.
    pub token: String,
    /// Until when it is open.
    pub expires_at: OffsetDateTime,
}

/// Whether the actor may add a person; the permit names the id that the person will have.
///
/// # Errors
/// `Forbidden` for anybody but an administrator of the federation.
pub fn permit_add_person(actor: &Actor, clock: &kernel::Clock) -> Result<Permit<AddPerson>, Denied> {
    authorise::<AddPerson>(actor, &SeatFacts::about(actor, PersonId::new(clock)))
}

/// Adds a person with their contact. Until they hold a seat, nobody but the system sees them.
///
/// # Errors
/// `Name`, `Email` or the database.
pub async fn add_person(tx: &Tx, permit: Permit<AddPerson>, person: NewPerson) -> Result<PersonId, InviteError> {
    let id = PersonId(permit.subject());
    let short = |raw: &str| Some(text::line(raw)).filter(|name| (1..=MAX_NAME).contains(&text::length(name)));
    let name = short(&person.name).ok_or(InviteError::Name)?;
    let optional =
        |raw: Option<String>| raw.filter(|raw| !raw.trim().is_empty()).map(|raw| short(&raw).ok_or(InviteError::Name)).transpose();
    let (name_kana, name_en) = (optional(person.name_kana)?, optional(person.name_en)?);
    let email = person.email.filter(|raw| !raw.trim().is_empty()).map(|raw| address(&raw).ok_or(InviteError::Email)).transpose()?;
    let phone = person.phone.map(|raw| text::narrow(&raw)).filter(|phone| !phone.is_empty());
    rows::insert_person(tx, id, name, name_kana, name_en).await?;
    rows::insert_contact(tx, id, email, phone, person.locale).await?;
    tx.audit(AuditEntry::new("identity.person_added", id.0)).await?;
    Ok(id)
}

/// Whether the actor may invite `person`.
///
/// # Errors
/// `Forbidden` for anybody but an administrator of the federation, and for themself.
pub fn permit_invite(actor: &Actor, person: PersonId) -> Result<Permit<Invite>, Denied> {
    authorise::<Invite>(actor, &SeatFacts::about(actor, person))
}

/// Invites the person of the permit, by a letter to the address; what was open for them, or for the address at that issuer, is withdrawn. A person who
/// signs in already cannot be invited: an invitation would hand their account to whoever holds the link.
///
/// # Errors
/// `NotInvitable`, `NoSuchIssuer`, `Email`, `Validity` or the database.
pub async fn invite(tx: &Tx, permit: Permit<Invite>, invitation: NewInvitation, links: &InvitationLinks) -> Result<Invited, InviteError> {
    let email = address(&invitation.email).ok_or(InviteError::Email)?;
    if !(Duration::hours(1)..=MAX_INVITATION).contains(&invitation.valid_for) {
        return Err(InviteError::Validity);
    }
    let (person, federation) = (PersonId(permit.subject()), permit.federation());
    if !rows::may_be_invited(tx, person).await? {
        return Err(InviteError::NotInvitable);
    }
    let withdrawn = rows::withdraw_invitations(tx, federation, person, invitation.issuer, &email).await?;
    let nonce = secret::random::<NONCE>();
    let token = links.token(&nonce);
    let id = InvitationId::new(tx.clock());
    let expires_at = tx.clock().now() + invitation.valid_for;
    let row = rows::NewInvitationRow {
        id,
        federation,
        issuer: invitation.issuer,
        person,
        email: &email,
        nonce,
        token: secret::hash(&token),
        expires_at,
    };
    rows::insert_invitation(tx, row).await?;
    let entry = AuditEntry::new("identity.person_invited", id.0)
        .word("person", person)
        .word("issuer", invitation.issuer)
        .word("withdrawn", withdrawn);
    tx.audit(entry.hashed("email", &email)).await?;
    tx.tell(federation, Event { name: "identity.person_invited.v1", subject: id.0, ids: vec![("person", person.0)], mail: true }).await?;
    Ok(Invited { id, token, expires_at })
}
