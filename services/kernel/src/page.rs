//! Keyset pages: a page starts after the last row of the page before it, never at a row number.

use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// The place in a list ordered by `(instant desc, id desc)` after which a page begins. Travels in the address as
/// `<microseconds>.<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sorting instant of the last row seen.
    pub at: OffsetDateTime,
    /// The id of the last row seen.
    pub id: Uuid,
}

impl Cursor {
    /// The address form.
    pub fn encode(&self) -> String {
        format!("{}.{}", self.at.unix_timestamp_nanos() / 1_000, self.id.simple())
    }

    /// Reads the address form; anything else is None (the caller answers 400).
    pub fn decode(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('.')?;
        let nanos = micros.parse::<i128>().ok()?.checked_mul(1_000)?;
        Some(Self { at: OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?, id: id.parse().ok()? })
    }
}

/// One page of a list and the way on.
#[derive(Clone, Debug, Serialize)]
pub struct Slice<T> {
    /// The rows, in order, at most the page size.
    pub rows: Vec<T>,
    /// Where the next page begins; None on the last page.
    pub next: Option<String>,
}

impl<T> Slice<T> {
    /// Cuts `rows`, fetched with one more than `size`, into a page.
    pub fn cut(mut rows: Vec<T>, size: usize, place: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(|row| place(row).encode()) } else { None };
        Self { rows, next }
    }

    /// The same page with its rows turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Slice<U> {
        Slice { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_cursor_survives_the_address_bar() {
        let place = Cursor { at: datetime!(2026-11-17 01:02:03.456789 UTC), id: Uuid::from_u128(7) };
        assert_eq!(Cursor::decode(&place.encode()), Some(place));
        for bad in ["", ".", "1", "x.y", "99999999999999999999999999999999999999.00000000000000000000000000000007", "1.'--"] {
            assert_eq!(Cursor::decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_last_page_has_no_way_on() {
        let place = |n: &u128| Cursor { at: datetime!(2026-01-01 0:00 UTC), id: Uuid::from_u128(*n) };
        assert!(Slice::cut(vec![1, 2, 3], 3, place).next.is_none());
        let cut = Slice::cut(vec![1, 2, 3, 4], 3, place);
        assert_eq!(cut.rows, [1, 2, 3]);
        assert!(cut.next.is_some());
    }
}
