//! Rows that are read column after column.

use crate::ahead::{read_bytes, read_instant};
use sea_orm::{DbErr, QueryResult, RuntimeErr};
use sqlx::postgres::{PgRow, PgValueFormat, PgValueRef};
use sqlx::{Decode, Postgres, Row, ValueRef};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

type Odd = Box<dyn std::error::Error + Send + Sync>;

/// What a column is read as. Answers come in bytes, or as text when they travelled with other statements.
pub trait Column<'r>: Sized {
    /// The value.
    ///
    /// # Errors
    /// When it does not fit the type.
    fn column(value: PgValueRef<'r>) -> Result<Self, Odd>;
}

macro_rules! columns {
    ($($type:ty),+) => { $(impl<'r> Column<'r> for $type {
        fn column(value: PgValueRef<'r>) -> Result<Self, Odd> { <$type as Decode<'r, Postgres>>::decode(value) }
    })+ };
}
columns!(String, Uuid, i32, i64, bool);

impl<'r> Column<'r> for OffsetDateTime {
    fn column(value: PgValueRef<'r>) -> Result<Self, Odd> {
        match value.format() {
            PgValueFormat::Binary => Decode::<Postgres>::decode(value),
            // The driver reads no time from text that has no fraction, and none that came as its bytes (`timestamptz_send`).
            PgValueFormat::Text => {
                let text = value.as_str()?;
                text.strip_prefix("\\x").map_or_else(|| read_instant(text), read_bytes).ok_or_else(|| "no time in UTC".into())
            }
        }
    }
}

impl<'r, T: Column<'r>> Column<'r> for Option<T> {
    fn column(value: PgValueRef<'r>) -> Result<Self, Odd> {
        if value.is_null() { Ok(None) } else { T::column(value).map(Some) }
    }
}

/// The columns of a row, one after the other: for rows that come by the hundred, where to look each column up by its name and to check
/// its type against what is asked for takes as long as the query, and for answers that come as text. The types are the statement's own to
/// get right; a test of every statement that is read so sees a wrong one.
pub struct InTurn<'r> {
    row: &'r PgRow,
    place: usize,
}

impl<'r> InTurn<'r> {
    /// From the first column on.
    ///
    /// # Errors
    /// When the row is not PostgreSQL's.
    pub fn of(row: &'r QueryResult) -> Result<Self, DbErr> {
        let row = row.try_as_pg_row().ok_or_else(|| DbErr::Type("a row of PostgreSQL is read here".into()))?;
        Ok(Self { row, place: 0 })
    }

    /// The next one. Not an iterator's: each is of its own type, and that there is one is the statement's to say.
    ///
    /// # Errors
    /// When there is none, or it does not fit the type.
    #[allow(clippy::should_implement_trait, reason = "each column is of its own type")]
    pub fn next<T: Column<'r>>(&mut self) -> Result<T, DbErr> {
        let place = self.place;
        self.place += 1;
        let value = self.row.try_get_raw(place).map_err(refused)?;
        T::column(value).map_err(|source| refused(sqlx::Error::ColumnDecode { index: place.to_string(), source }))
    }
}

fn refused(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
