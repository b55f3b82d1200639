-- The ground everything stands on: how a policy reads the scope, and how a table is put under it.
-- Roles and extensions come from infra/database/roles.sql (they need a superuser); this file runs as portal_owner.

-- The scope of one transaction. `enter` sets it; after the transaction every setting is '' (not NULL), hence nullif.
-- In a policy always as a sub-select, so that it is read once per query: (SELECT scope_int('federation')).
CREATE FUNCTION scope_text(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.' || name, true), '');
CREATE FUNCTION scope_int(name text) RETURNS int LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.' || name, true), '')::int;
CREATE FUNCTION scope_uuid(name text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.' || name, true), '')::uuid;
CREATE FUNCTION scope_ints(name text) RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(nullif(current_setting('app.' || name, true), ''), '{}')::int[];

-- Puts a table under row-level security, forced, and grants exactly the named commands to the two application roles, those
-- of `worker_only` to the worker alone: whoever may UPDATE or DELETE may also lock the whole table.
-- Every command that is not granted gets an explicit policy that refuses, so that a table without an answer for a
-- command cannot exist. The policies for granted commands follow as plain SQL.
CREATE PROCEDURE secure(tab regclass, commands text[], worker_only text[] DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE command text; refused text;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
  FOREACH command IN ARRAY ARRAY['select', 'insert', 'update', 'delete'] LOOP
    IF command = ANY (commands) THEN
      EXECUTE format('GRANT %s ON %s TO portal_app, portal_worker', command, tab);
      CONTINUE;
    END IF;
    refused := 'portal_app, portal_worker';
    IF command = ANY (worker_only) THEN
      EXECUTE format('GRANT %s ON %s TO portal_worker', command, tab);
      refused := 'portal_app';
    END IF;
    EXECUTE format('CREATE POLICY no_%s ON %s FOR %s TO %s %s (false)', command, tab, command, refused,
      CASE command WHEN 'insert' THEN 'WITH CHECK' ELSE 'USING' END);
  END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE secure(regclass, text[], text[]) FROM PUBLIC;

-- Of a table whose rows may be changed, the columns that the application ever writes. A policy says which rows; without
-- this a row of one's own could be hung somewhere else by its other columns.
CREATE PROCEDURE update_only(tab regclass, columns text, roles text DEFAULT 'portal_app, portal_worker') LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('REVOKE UPDATE ON %s FROM %s', tab, roles);
  EXECUTE format('GRANT UPDATE (%s) ON %s TO %s', columns, tab, roles);
END $$;
REVOKE EXECUTE ON PROCEDURE update_only(regclass, text, text) FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO portal_app, portal_worker, portal_definer, portal_loader, portal_report;

-- Ids, times and words follow the house: instants timestamptz in UTC, validity [from_on, until_on) as Tokyo dates.
