//! How strongly a session was signed in, and asking for more.

use access::{Actor, SignInStrength};
use kernel::PersonId;
use time::{Duration, OffsetDateTime};

/// What an action asks of the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// A second factor was used.
    pub second_factor: bool,
    /// The person proved who they are at most this long ago.
    pub max_age: Duration,
}

/// Who is sent to step up, and for what. Made from the present actor; the same person must come back.
#[derive(Clone, Copy, Debug)]
pub struct StepUpOf {
    /// Who must come back.
    pub person: PersonId,
    /// What is asked.
    pub wish: StepUp,
}

impl StepUpOf {
    /// A step-up of the present actor.
    pub fn of(actor: &Actor, wish: StepUp) -> Self {
        Self { person: actor.person, wish }
    }
}

/// Whether the session falls short of what is asked at `now`. An authentication time in the future falls short too.
pub fn needs_step_up(actor: &Actor, asked: &StepUp, now: OffsetDateTime) -> bool {
    let age = now - actor.sign_in.auth_time;
    (asked.second_factor && !actor.sign_in.second_factor) || age > asked.max_age || age < -crate::proof::SKEW
}

/// Reads the issuer's class and methods under the issuer's own settings: either list may say "second factor".
pub(crate) fn strength(
    acr: Option<String>,
    amr: Vec<String>,
    auth_time: OffsetDateTime,
    second_factor_acrs: &[String],
    second_factor_amrs: &[String],
) -> SignInStrength {
    let second_factor =
        acr.as_ref().is_some_and(|acr| second_factor_acrs.contains(acr)) || amr.iter().any(|method| second_factor_amrs.contains(method));
    SignInStrength { acr, amr, auth_time, second_factor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::Role;
    use kernel::{FederationId, Level, Locale, SeatId, SessionId, UnitId};
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-11-17 01:00 UTC);

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn signed_in(second_factor: bool, auth_time: OffsetDateTime) -> Actor {
        Actor {
            session: SessionId(Uuid::nil()),
            session_hash: [0; 32],
            person: PersonId(Uuid::nil()),
            person_name: "灯 あかり".into(),
            seat: SeatId(Uuid::nil()),
            role: Role::Owner,
            federation: FederationId(1),
            unit: UnitId(2),
            unit_name: "灯医院".into(),
            unit_name_en: None,
            level: Level::Institution,
            queues: Vec::new(),
            locale: Locale::Ja,
            seat_count: 1,
            sign_in: SignInStrength { acr: None, amr: Vec::new(), auth_time, second_factor },
        }
    }

    #[test]
    fn only_what_the_issuers_row_names_counts_as_a_second_factor() {
        let says = |acr: Option<&str>, amr: &[&str]| {
            strength(acr.map(str::to_owned), texts(amr), NOW, &texts(&["gold"]), &texts(&["otp", "hwk"])).second_factor
        };
        assert!(says(Some("gold"), &[]));
        assert!(says(None, &["pwd", "otp"]));
        assert!(says(Some("silver"), &["hwk"]));
        assert!(!says(Some("silver"), &["pwd"]));
        assert!(!says(Some("otp"), &["gold"]), "a class is not a method");
        assert!(!says(None, &[]));
        assert!(!strength(Some("gold".into()), texts(&["otp"]), NOW, &[], &[]).second_factor, "empty settings mean never");
    }

    #[test]
    fn too_old_or_too_weak_asks_again() {
        let asked = StepUp { second_factor: true, max_age: Duration::minutes(5) };
        assert!(!needs_step_up(&signed_in(true, NOW - Duration::minutes(5)), &asked, NOW));
        assert!(needs_step_up(&signed_in(true, NOW - Duration::minutes(5) - Duration::SECOND), &asked, NOW));
        assert!(needs_step_up(&signed_in(false, NOW), &asked, NOW));
        assert!(!needs_step_up(&signed_in(false, NOW), &StepUp { second_factor: false, ..asked }, NOW));
        assert!(needs_step_up(&signed_in(true, NOW + Duration::hours(1)), &asked, NOW), "a time to come proves nothing");
        assert!(needs_step_up(&signed_in(true, OffsetDateTime::UNIX_EPOCH), &asked, NOW), "the issuer did not say when");
    }
}
