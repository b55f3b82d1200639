-- Run after every migration, as often as you like: what must be true of functions and of the job queue's schema.
-- Runs as portal_migrator (a member of portal_owner and portal_definer).
DO $$
DECLARE f regprocedure; t regclass;
BEGIN
  -- A definer function belongs to the role that may look past row security and cannot sign in; never to a table's owner.
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
           WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND r.rolname = 'portal_owner' LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO portal_definer', f);
  END LOOP;
  -- The queue library enables row security without policies: open its tables to the worker (and to the enqueue door).
  IF to_regnamespace('graphile_worker') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA graphile_worker TO portal_worker, portal_definer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO portal_worker, portal_definer;
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA graphile_worker TO portal_worker, portal_definer;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO portal_worker, portal_definer;
    FOR t IN SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
             AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'worker') LOOP
      EXECUTE format('CREATE POLICY worker ON %s TO portal_worker USING (true) WITH CHECK (true)', t);
    END LOOP;
  END IF;
END $$;
