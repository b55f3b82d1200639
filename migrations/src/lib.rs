//! The numbered SQL files and the code that applies them. Policies, grants and functions are SQL and read as SQL; see
//! `README.md` for the recipe of a table and for expand/contract.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, Executor, PgConnection, SqlStr};
use std::borrow::Cow;

/// Every migration in order: number, name, text.
pub const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ground", include_str!("../sql/0001_ground.sql")),
    (2, "tenancy", include_str!("../sql/0002_tenancy.sql")),
    (3, "identity", include_str!("../sql/0003_identity.sql")),
    (4, "desk", include_str!("../sql/0004_desk.sql")),
    (5, "content_files", include_str!("../sql/0005_content_files.sql")),
    (6, "records", include_str!("../sql/0006_records.sql")),
    (7, "doors", include_str!("../sql/0007_doors.sql")),
    (8, "desk_answerers", include_str!("../sql/0008_desk_answerers.sql")),
    (9, "unit_short_names", include_str!("../sql/0009_unit_short_names.sql")),
    (10, "live", include_str!("../sql/0010_live.sql")),
    (11, "back_channel_logout", include_str!("../sql/0011_back_channel_logout.sql")),
    (12, "rollups", include_str!("../sql/0012_rollups.sql")),
    (13, "case_writing", include_str!("../sql/0013_case_writing.sql")),
    (14, "figure_thresholds", include_str!("../sql/0014_figure_thresholds.sql")),
    (15, "published_figures", include_str!("../sql/0015_published_figures.sql")),
    (16, "vocabulary", include_str!("../sql/0016_vocabulary.sql")),
];
const ALWAYS: &str = include_str!("../sql/always.sql");
/// How the schema says of itself where it is, for those who may not read the list of migrations: a comment ends in the number.
const STATED: &str = "Tomoshibi, migration ";

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database refused a statement or cannot be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed or does not match what was applied before.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// Applies what is missing. `url` signs in as `portal_migrator`; the job queue's own schema must exist already, so that
/// its tables get their grants. Safe to run from several processes: an advisory lock makes the others wait.
pub async fn apply(url: &str) -> Result<(), MigrationError> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("SET ROLE portal_owner").await?;
    migrator().run(&mut connection).await?;
    connection.execute("RESET ROLE").await?;
    connection.execute(ALWAYS).await?;
    let statement = format!("COMMENT ON SCHEMA public IS '{STATED}{}'", newest());
    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
    connection.close().await?;
    Ok(())
}

/// The last migration of this build.
pub fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(number, ..)| *number)
}

/// The migration that a schema's comment names; None when it was never migrated.
pub fn stated(comment: Option<&str>) -> Option<i64> {
    comment?.strip_prefix(STATED)?.parse().ok()
}

/// The numbers that the database has applied, oldest first; empty when it was never migrated.
pub async fn applied(url: &str) -> Result<Vec<i64>, MigrationError> {
    let mut connection = PgConnection::connect(url).await?;
    let known: bool = sqlx::query_scalar("SELECT to_regclass('public._sqlx_migrations') IS NOT NULL").fetch_one(&mut connection).await?;
    if !known {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version").fetch_all(&mut connection).await?)
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|(number, name, sql)| Migration::new(*number, Cow::Borrowed(*name), MigrationType::Simple, SqlStr::from_static(sql), false))
        .collect();
    Migrator::with_migrations(migrations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_once_and_in_order() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sql"))
            .expect("sql folder")
            .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
            .filter(|name| name != "always.sql")
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, listed);
    }
}
