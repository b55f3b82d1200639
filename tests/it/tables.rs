//! Lock 3 as a fact of the migrated schema: row security enabled and forced on every table, a policy for every command,
//! and the roles own nothing.

use sqlx::Row;
use tests::Stage;

/// Tables without row security, each with its reason.
const WITHOUT: &[(&str, &str)] = &[
    ("public._sqlx_migrations", "which migrations ran; no grant to the application"),
    ("graphile_worker.*", "the job queue: ids only, reached by the worker alone and by one definer function"),
];

async fn tables(stage: &Stage) -> Vec<(String, bool, bool, String)> {
    let mut god = stage.god().await;
    sqlx::query(
        "SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity, c.relforcerowsecurity, r.rolname
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
         WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%' ORDER BY 1",
    )
    .fetch_all(&mut god)
    .await
    .expect("catalogue")
    .into_iter()
    .map(|row| (row.get("name"), row.get("relrowsecurity"), row.get("relforcerowsecurity"), row.get("rolname")))
    .collect()
}

fn excused(name: &str) -> bool {
    WITHOUT.iter().any(|(table, _)| *table == name || table.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix)))
}

#[tokio::test]
async fn every_table_has_forced_row_security_or_stands_in_the_list() {
    let stage = Stage::new().await;
    let tables = tables(&stage).await;
    assert!(tables.len() > 30, "only {} tables: is this the migrated schema?", tables.len());
    let bare: Vec<_> = tables.iter().filter(|(name, on, forced, _)| !(excused(name) || *on && *forced)).collect();
    assert!(bare.is_empty(), "without forced row security: {bare:?}");
    let owned: Vec<_> = tables.iter().filter(|(name, _, _, owner)| name.starts_with("public.") && owner != "portal_owner").collect();
    assert!(owned.is_empty(), "not owned by portal_owner: {owned:?}");
}

#[tokio::test]
async fn every_table_has_a_policy_for_every_command_and_both_roles() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let mut silent = Vec::new();
    for (name, ..) in tables(&stage).await.into_iter().filter(|(name, ..)| !excused(name)) {
        for command in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
            for role in ["portal_app", "portal_worker"] {
                let found: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_policies WHERE schemaname || '.' || tablename = $1 AND cmd IN ($2, 'ALL') AND $3 = ANY (roles::text[]))")
                    .bind(&name)
                    .bind(command)
                    .bind(role)
                    .fetch_one(&mut god)
                    .await
                    .expect("catalogue");
                if !found {
                    silent.push(format!("{name} {command} {role}"));
                }
            }
        }
    }
    assert!(silent.is_empty(), "no policy: {silent:#?}");
}

/// Grants and policies, line by line, as reviewed.
#[tokio::test]
async fn grants_and_policies_are_as_reviewed() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let rows = sqlx::query(
        "SELECT tablename || ' ' || policyname || ' ' || cmd || ' ' || array_to_string(roles, ',') AS line FROM pg_policies WHERE schemaname = 'public'
         UNION ALL SELECT table_name || ' grant ' || string_agg(privilege_type, ',' ORDER BY privilege_type) || ' ' || grantee FROM information_schema.role_table_grants
           WHERE table_schema = 'public' AND grantee IN ('portal_app', 'portal_worker') GROUP BY table_name, grantee
         UNION ALL SELECT c.table_name || ' grant ' || c.privilege_type || ' (' || string_agg(c.column_name, ', ' ORDER BY c.column_name) || ') ' || c.grantee FROM information_schema.column_privileges c
           WHERE c.table_schema = 'public' AND c.grantee IN ('portal_app', 'portal_worker') AND NOT has_table_privilege(c.grantee, c.table_name, c.privilege_type) GROUP BY c.table_name, c.privilege_type, c.grantee
         ORDER BY 1",
    )
    .fetch_all(&mut god)
    .await
    .expect("catalogue");
    let lines: Vec<String> = rows.iter().map(|row| row.get("line")).collect();
    tests::golden("tables.txt", &(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn the_application_roles_own_nothing_and_belong_to_nothing() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let strong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_roles r WHERE r.rolname IN ('portal_app', 'portal_worker') AND (r.rolbypassrls OR r.rolsuper OR r.rolinherit OR r.rolcreatedb OR r.rolcreaterole
           OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid) OR EXISTS (SELECT 1 FROM pg_proc p WHERE p.proowner = r.oid))",
    )
    .fetch_one(&mut god)
    .await
    .expect("catalogue");
    assert_eq!(strong, 0);
    let definers: Vec<String> = sqlx::query_scalar(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
           AND (r.rolname <> 'portal_definer' OR NOT coalesce(array_to_string(p.proconfig, ',') LIKE 'search_path=public, pg_temp%', false))",
    )
    .fetch_all(&mut god)
    .await
    .expect("catalogue");
    assert!(definers.is_empty(), "definer functions not owned by portal_definer or without a pinned search_path: {definers:?}");
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND has_function_privilege('portal_report', p.oid, 'EXECUTE')",
    )
    .fetch_all(&mut god)
    .await
    .expect("catalogue");
    assert!(open.is_empty(), "definer functions that anybody may call: {open:?}");
}

#[tokio::test]
async fn without_a_scope_nothing_is_seen() {
    let stage = Stage::new().await;
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(stage.config.database.app_url.as_deref().expect("url"))
        .await
        .expect("portal_app");
    let mut seen = Vec::new();
    for (name, ..) in tables(&stage).await.into_iter().filter(|(n, ..)| n.starts_with("public.") && !excused(n)) {
        let granted: bool = sqlx::query_scalar("SELECT has_table_privilege('portal_app', $1, 'SELECT')")
            .bind(&name)
            .fetch_one(&mut connection)
            .await
            .expect("catalogue");
        if granted {
            let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {name}")))
                .fetch_one(&mut connection)
                .await
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            // The installation's own texts belong to no federation and are for everybody.
            if count > 0 && name != "public.content_texts" {
                seen.push(format!("{name}: {count}"));
            }
        }
    }
    assert!(seen.is_empty(), "seen without a scope: {seen:?}");
}
