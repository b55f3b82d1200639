//! What a list can be asked for: closed words and places, never text.

use crate::model::Class;
use kernel::{Cursor, QueueId};

kernel::words! {
    /// A saved view of the staff list.
    View { Open = "open", Mine = "mine", New = "new", Waiting = "waiting", Offered = "offered", Closed = "closed" }
}

/// Filters of the staff list; every one is a closed word or an id (F12).
#[derive(Clone, Debug, Default)]
pub struct StaffFilter {
    /// Only this queue; all of the seat's queues otherwise.
    pub queue: Option<QueueId>,
    /// Only this class.
    pub class: Option<Class>,
    /// Only this category.
    pub category: Option<String>,
    /// Only institutions of this prefecture.
    pub prefecture: Option<i32>,
}

/// Where a page of the staff list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffCursor {
    /// Class of the last row seen.
    pub class: Class,
    /// Its instant and id.
    pub at: Cursor,
}

impl StaffCursor {
    /// The address form.
    pub(crate) fn encode(self) -> String {
        format!("{}.{}", self.class, self.at.encode())
    }

    /// Reads the address form; anything else is None (the caller answers 400).
    pub fn decode(text: &str) -> Option<Self> {
        let (class, rest) = text.split_once('.')?;
        Some(Self { class: class.parse().ok()?, at: Cursor::decode(rest)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;
    use uuid::Uuid;

    #[test]
    fn a_place_in_the_staff_list_survives_the_address_bar() {
        let place = StaffCursor { class: Class::S2, at: Cursor { at: OffsetDateTime::UNIX_EPOCH, id: Uuid::from_u128(7) } };
        assert_eq!(StaffCursor::decode(&place.encode()), Some(place));
        for bad in ["", ".", "S2", "S9.0.00000000000000000000000000000007", "S2.x.y"] {
            assert_eq!(StaffCursor::decode(bad), None, "{bad}");
        }
    }
}
