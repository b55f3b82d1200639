//! The functions that may be asked before anybody is known to be anybody.

macro_rules! doors {
    ($($(#[$doc:meta])* $name:ident = $sql:literal),+ $(,)?) => {
        /// A closed list of pre-actor questions; each is a `SECURITY DEFINER` function of migration 7 or 11.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Door { $($(#[$doc])* $name),+ }
        impl Door {
            /// All doors.
            pub const ALL: &'static [Door] = &[$(Door::$name),+];
            /// The statement.
            pub const fn sql(self) -> &'static str { match self { $(Door::$name => $sql),+ } }
        }
    };
}

doors! {
    /// Who stands behind a session token: `(token hash, now)`.
    SessionActor = "SELECT * FROM session_actor($1, $2, NULL)",
    /// Moves the idle clocks of sessions on: `(token hashes, when each was seen)`.
    SessionsSeen = "SELECT sessions_seen($1, $2)",
    /// The live seats of that person: `(token hash, now)`.
    SessionSeats = "SELECT * FROM session_seats($1, $2)",
    /// Takes another seat and another token: `(old hash, new hash, seat, now)`.
    SessionSwitch = "SELECT session_switch($1, $2, $3, $4) AS done",
    /// Ends a session: `(token hash, now)`.
    SessionEnd = "SELECT * FROM session_end($1, $2)",
    /// The issuers one may sign in with.
    SignInIssuers = "SELECT * FROM sign_in_issuers()",
    /// One issuer's settings: `(issuer)`.
    SignInIssuer = "SELECT * FROM sign_in_issuer($1)",
    /// When the desk's telephone is answered, for all federations: `(today)`.
    DeskHours = "SELECT * FROM desk_hours($1)",
    /// Notes a sign-in under way: `(state, issuer, browser, nonce, verifier, next, invitation, step_up, now)`.
    SignInBegin = "SELECT sign_in_begin($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    /// Takes it, once: `(state, browser, now)`.
    SignInTake = "SELECT * FROM sign_in_take($1, $2, $3)",
    /// The person behind a subject, binding an invitation: `(issuer, subject, verified email, invitation, now)`.
    SignInPerson = "SELECT sign_in_person($1, $2, $3, $4, $5) AS person",
    /// Opens a session; its fifteen values in the order of the function.
    SessionOpen = "SELECT session_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) AS seat",
    /// The issuer that a logout token comes from: `(issuer's address, our client id there)`.
    LogoutIssuer = "SELECT logout_issuer($1, $2) AS issuer",
    /// Uses up a logout token and ends what it names: `(issuer, jti hash, sid hash, subject, kept until, request, now)`.
    SessionLogout = "SELECT session_logout($1, $2, $3, $4, $5, $6, $7) AS ended",
}
