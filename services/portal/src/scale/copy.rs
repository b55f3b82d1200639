//! Rows in PostgreSQL's COPY text format.

use sqlx::PgConnection;
use std::fmt::Write;

/// Rows waiting to be copied into one table.
pub struct Rows {
    into: &'static str,
    text: String,
}

impl Rows {
    /// For `table (columns)`.
    pub fn of(into: &'static str) -> Self {
        Self { into, text: String::new() }
    }

    /// Begins a row with its first field.
    pub fn row(&mut self, first: impl std::fmt::Display) -> Row<'_> {
        put(&mut self.text, first);
        Row(self)
    }

    /// Sends them; returns how many arrived.
    pub async fn send(self, c: &mut PgConnection) -> sqlx::Result<u64> {
        if self.text.is_empty() {
            return Ok(0);
        }
        let mut copy = c.copy_in_raw(&format!("COPY {} FROM STDIN", self.into)).await?;
        copy.send(self.text.as_bytes()).await?;
        copy.finish().await
    }
}

/// A row under way; dropping it ends the line.
pub struct Row<'a>(&'a mut Rows);

impl Row<'_> {
    /// The next field.
    pub fn and(self, value: impl std::fmt::Display) -> Self {
        self.0.text.push('\t');
        put(&mut self.0.text, value);
        self
    }

    /// The next field, which may be NULL.
    pub fn or_null(self, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.and(value),
            None => {
                self.0.text.push_str("\t\\N");
                self
            }
        }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.0.text.push('\n');
    }
}

fn put(text: &mut String, value: impl std::fmt::Display) {
    let from = text.len();
    write!(text, "{value}").expect("writing to a string cannot fail");
    if text[from..].contains(['\\', '\t', '\n', '\r']) {
        let clean = text[from..].replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
        text.truncate(from);
        text.push_str(&clean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_escaped_and_null_is_null() {
        let mut rows = Rows::of("t (a, b, c)");
        rows.row("a\tb").and("c\\d\n").or_null(None::<i32>);
        assert_eq!(rows.text, "a\\tb\tc\\\\d\\n\t\\N\n");
    }
}
