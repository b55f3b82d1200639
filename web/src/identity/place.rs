//! Addresses of the closed list of places that a sign-in may lead to, and which of them an address belongs to (F19).

use ::identity::Next;

/// The place's address.
pub fn address(next: Next) -> String {
    match next {
        Next::Home => "/".into(),
        Next::Ask => "/ask".into(),
        Next::Queue => "/queue".into(),
        Next::Case(id) => format!("/c/{id}"),
        Next::Seats => "/seats".into(),
        Next::Sessions => "/sessions".into(),
    }
}

/// The place that a path of ours (with or without query) belongs to; home when it belongs to none.
pub fn of(path: &str) -> Next {
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("ask", _) => Next::Ask,
        ("queue", _) => Next::Queue,
        ("seats", _) => Next::Seats,
        ("sessions", _) => Next::Sessions,
        ("c", Some(id)) => id.parse().map_or(Next::Home, Next::Case),
        _ => Next::Home,
    }
}

/// The page that shows where `path`, perhaps one that only takes posts, belongs.
pub fn place_address(path: &str) -> String {
    address(of(path))
}

/// The sign-in page that leads back to where `path` belongs.
pub fn sign_in_address(path: &str) -> String {
    match of(path) {
        Next::Home => "/sign-in".into(),
        next => format!("/sign-in?next={}", next.word()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ConsultationId;

    #[test]
    fn every_place_has_an_address_that_leads_back_to_it() {
        let case: ConsultationId = "0198a7c2-0000-7000-8000-000000000001".parse().unwrap();
        for next in [Next::Home, Next::Ask, Next::Queue, Next::Case(case), Next::Seats, Next::Sessions] {
            assert_eq!(of(&address(next)), next);
        }
        assert_eq!(of(&format!("/c/{case}/reply?x=1")), Next::Case(case));
        assert_eq!(of("/sessions/revoke-others"), Next::Sessions);
    }

    #[test]
    fn anything_else_is_home() {
        for path in ["", "/", "//evil.example", "/c/", "/c/7", "/area", "https://evil.example/queue", "/queueing", "?x"] {
            assert_eq!(of(path), Next::Home, "{path}");
        }
        assert_eq!(sign_in_address("/area"), "/sign-in");
        assert_eq!(sign_in_address("/queue?view=all"), "/sign-in?next=queue");
    }
}
