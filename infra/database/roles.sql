-- The roles of the portal and one empty database with its extensions. Run by psql as a superuser, as often as you like:
--
--   psql -v app_password=... -v worker_password=... -v migrator_password=... -v loader_password=... \
--        -v report_password=... [-v database=tomoshibi] -f infra/database/roles.sql
--
-- Who is who:
--   portal_owner     owns database, schema and tables; nobody signs in as it
--   portal_migrator  runs migrations: may become portal_owner and portal_definer, is not held back by row security
--   portal_loader    bulk loads (COPY is refused on tables with row security)
--   portal_app       the web process  } own nothing, are members of nothing, row security always applies
--   portal_worker    the jobs         }
--   portal_definer   owns the few SECURITY DEFINER functions; nobody signs in as it
--   portal_report    reporting; no rights until a migration gives one
\set ON_ERROR_STOP on
-- "Already a member", "already exists": no news.
SET client_min_messages = warning;
\if :{?database}
\else
  \set database tomoshibi
\endif

-- 1. Roles: made if absent, then always brought to the attributes below, so that a drifted one is mended.
SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['portal_owner', 'portal_migrator', 'portal_loader', 'portal_app', 'portal_worker',
                    'portal_definer', 'portal_report']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE portal_owner    NOLOGIN INHERIT   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE portal_definer  NOLOGIN INHERIT   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE portal_migrator LOGIN   INHERIT   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS   PASSWORD :'migrator_password';
ALTER ROLE portal_loader   LOGIN   INHERIT   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS   PASSWORD :'loader_password';
ALTER ROLE portal_app      LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE portal_worker   LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'worker_password';
ALTER ROLE portal_report   LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'report_password';

-- The just-in-time compiler costs 207 ms on a list that takes 0.23 ms without it.
ALTER ROLE portal_app    SET jit = off;
ALTER ROLE portal_worker SET jit = off;

-- 2. Memberships: the migrator's two, and none at all for the rest (a stray one is taken away).
-- Server 16 and later ask for SET and INHERIT by name; before that a membership has always meant both.
SELECT format('GRANT portal_owner, portal_definer TO portal_migrator%s',
              CASE WHEN current_setting('server_version_num')::int >= 160000
                   THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END)
\gexec
SELECT format('REVOKE %I FROM %I', granted.rolname, member.rolname)
  FROM pg_auth_members m
  JOIN pg_roles granted ON granted.oid = m.roleid
  JOIN pg_roles member ON member.oid = m.member
 WHERE member.rolname IN ('portal_owner', 'portal_definer', 'portal_loader', 'portal_app', 'portal_worker', 'portal_report')
\gexec

-- 3. The database. C.UTF-8 comes with the cluster; template0 so that nothing a site put into template1 gets in.
SELECT format('CREATE DATABASE %I OWNER portal_owner TEMPLATE template0 ENCODING ''UTF8''', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
ALTER DATABASE :"database" OWNER TO portal_owner;
-- Only our roles come in, and neither web nor worker may make temporary tables (they could stand before a real one).
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO portal_app, portal_worker, portal_report;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO portal_loader;
-- CREATE: the job queue brings its own schema.
GRANT CONNECT, TEMPORARY, CREATE ON DATABASE :"database" TO portal_migrator;

-- 4. Inside it.
\connect :"database"
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ltree      WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pgcrypto   WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
ALTER SCHEMA public OWNER TO portal_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
-- A function can only be given to a role that may create in its schema.
GRANT USAGE, CREATE ON SCHEMA public TO portal_definer;
