//! Who may attach: whoever may write there. The caller has found the case or draft with its own permit; row security
//! checks the same again when the row is written.

use access::{Action, Actor, Denied, Policy, Role};
use kernel::{ConsultationId, DraftId};
use uuid::Uuid;

/// Where a file will hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// On a consultation that is still being written.
    Draft(DraftId),
    /// On the next message of a consultation.
    Consultation(ConsultationId),
}

/// Permit to attach.
#[derive(Debug)]
pub struct Attach;
/// The rule of [`Attach`].
pub struct AttachPolicy;

impl Policy for AttachPolicy {
    type Verb = ();
    type Facts = Target;
    fn decide(actor: &Actor, (): (), target: &Target) -> Result<(), Denied> {
        let asks = matches!(actor.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer);
        match target {
            Target::Draft(_) if asks => Ok(()),
            Target::Consultation(_) if asks || actor.role.is_desk() => Ok(()),
            _ => Err(Denied::Forbidden),
        }
    }
    fn subject(target: &Target) -> (Uuid, i32) {
        match target {
            Target::Draft(id) => (id.0, 0),
            Target::Consultation(id) => (id.0, 0),
        }
    }
}
impl Action for Attach {
    type Policy = AttachPolicy;
    const VERB: () = ();
}
