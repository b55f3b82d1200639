//! What is asked of a database that is looked at from outside.

use sqlx::PgConnection;

/// Who a connection signs in as, and what that role could do beyond its rights.
#[derive(Debug)]
pub(super) struct Role {
    pub name: String,
    /// Not held back by row security: superuser or BYPASSRLS.
    pub unbound: bool,
    /// Owns tables or functions, or belongs to another role.
    pub owns: bool,
}

pub(super) async fn role(connection: &mut PgConnection) -> sqlx::Result<Role> {
    let sql = "SELECT r.rolname::text, r.rolsuper OR r.rolbypassrls, EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)
        OR EXISTS (SELECT 1 FROM pg_proc p WHERE p.proowner = r.oid) OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid)
        FROM pg_roles r WHERE r.rolname = current_user";
    let (name, unbound, owns) = sqlx::query_as(sql).fetch_one(connection).await?;
    Ok(Role { name, unbound, owns })
}

/// What the schema says of itself.
pub(super) async fn schema_comment(connection: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT obj_description(to_regnamespace('public'), 'pg_namespace')").fetch_one(connection).await
}

pub(super) async fn notify(connection: &mut PgConnection, channel: &str) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_notify($1, '')").bind(channel).execute(connection).await.map(drop)
}
