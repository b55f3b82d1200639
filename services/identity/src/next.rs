//! Where a person goes after signing in: a closed list, never an address from outside (failure class F19).

use kernel::ConsultationId;
use std::fmt;
use std::str::FromStr;

/// A place inside the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Next {
    /// The start page of the seat.
    #[default]
    Home,
    /// Asking the desk.
    Ask,
    /// The desk's list.
    Queue,
    /// One consultation. Whether it may be seen is decided there.
    Case(ConsultationId),
    /// Choosing a seat.
    Seats,
    /// My sessions.
    Sessions,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => f.write_str("home"),
            Self::Ask => f.write_str("ask"),
            Self::Queue => f.write_str("queue"),
            Self::Case(id) => write!(f, "case.{}", id.0.simple()),
            Self::Seats => f.write_str("seats"),
            Self::Sessions => f.write_str("sessions"),
        }
    }
}

impl Next {
    /// The form that travels in links and is stored with the sign-in.
    pub fn word(&self) -> String {
        self.to_string()
    }
}

/// A place that is not in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place to go to")]
pub struct NotAPlace;

impl FromStr for Next {
    type Err = NotAPlace;

    fn from_str(word: &str) -> Result<Self, NotAPlace> {
        match word {
            "home" => Ok(Self::Home),
            "ask" => Ok(Self::Ask),
            "queue" => Ok(Self::Queue),
            "seats" => Ok(Self::Seats),
            "sessions" => Ok(Self::Sessions),
            other => other.strip_prefix("case.").and_then(|id| id.parse().ok()).map(Self::Case).ok_or(NotAPlace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_place_survives_the_address_bar() {
        let places = [Next::Home, Next::Ask, Next::Queue, Next::Case(ConsultationId(Uuid::from_u128(7))), Next::Seats, Next::Sessions];
        for place in places {
            assert_eq!(place.word().parse(), Ok(place));
        }
    }

    #[test]
    fn an_address_is_not_a_place() {
        for bad in ["", "https://evil.example", "//evil.example", "/home", "Home", "case.", "case.7", "home?x=1", "case.//evil"] {
            assert_eq!(bad.parse::<Next>(), Err(NotAPlace), "{bad}");
        }
    }
}
