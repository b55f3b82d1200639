-- What somebody is writing about a case, kept until it is sent: a reload, another device and what others do meanwhile take none of
-- it. One row per person, case and form; it is the writer's alone, and readable while they may read the case.
CREATE TABLE case_drafts (
  person_id uuid NOT NULL REFERENCES people,
  consultation_id uuid NOT NULL,
  form text NOT NULL CHECK (form IN ('reply', 'answer', 'note', 'resolve', 'reopen')),
  federation_id int NOT NULL REFERENCES units,
  -- Field names with what stands in them; as much as a form takes, not as much as it accepts.
  fields jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'object' AND length(fields::text) <= 400000),
  -- The version of the case that the writer had in front of them.
  seen int NOT NULL CHECK (seen > 0),
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, consultation_id, form),
  FOREIGN KEY (federation_id, consultation_id) REFERENCES consultations (federation_id, id));
CREATE INDEX case_drafts_case ON case_drafts (federation_id, consultation_id);
CREATE INDEX case_drafts_age ON case_drafts (updated_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON case_drafts TO portal_definer, portal_loader;
CALL secure('case_drafts', '{select,insert,update,delete}');
CALL update_only('case_drafts', 'fields, seen, updated_at');
CREATE POLICY see ON case_drafts FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN person_id IS DISTINCT FROM (SELECT scope_uuid('person')) THEN false ELSE case_right(consultation_id) <> '' END);
CREATE POLICY add ON case_drafts FOR INSERT TO portal_app, portal_worker WITH CHECK (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN person_id IS DISTINCT FROM (SELECT scope_uuid('person')) THEN false ELSE case_right(consultation_id) <> '' END);
CREATE POLICY change ON case_drafts FOR UPDATE TO portal_app, portal_worker USING (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN person_id IS DISTINCT FROM (SELECT scope_uuid('person')) THEN false ELSE case_right(consultation_id) <> '' END)
  WITH CHECK (person_id = (SELECT scope_uuid('person')) AND federation_id = (SELECT scope_int('federation')));
CREATE POLICY remove ON case_drafts FOR DELETE TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND person_id = (SELECT scope_uuid('person')));

-- Pages whose text went its way: it was sent, kept or thrown away by a button. What a script of such a page says afterwards is an
-- older word of it, and must not bring the text back. A page is known by the request that it answered.
CREATE TABLE case_drafts_left (
  person_id uuid NOT NULL REFERENCES people,
  page uuid NOT NULL,
  consultation_id uuid NOT NULL,
  federation_id int NOT NULL REFERENCES units,
  left_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, page, consultation_id),
  FOREIGN KEY (federation_id, consultation_id) REFERENCES consultations (federation_id, id));
CREATE INDEX case_drafts_left_case ON case_drafts_left (federation_id, consultation_id);
CREATE INDEX case_drafts_left_age ON case_drafts_left (left_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON case_drafts_left TO portal_definer, portal_loader;
CALL secure('case_drafts_left', '{select,insert}');
CREATE POLICY see ON case_drafts_left FOR SELECT TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND person_id = (SELECT scope_uuid('person')));
CREATE POLICY add ON case_drafts_left FOR INSERT TO portal_app, portal_worker WITH CHECK (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN person_id IS DISTINCT FROM (SELECT scope_uuid('person')) THEN false ELSE case_right(consultation_id) <> '' END);

-- Words that nobody goes on with are not kept for ever.
CREATE FUNCTION sweep_case_drafts(before timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (DELETE FROM case_drafts WHERE updated_at < before AND scope_text('system') = 'sweep_sign_ins' RETURNING 1),
    marks AS (DELETE FROM case_drafts_left WHERE left_at < before AND scope_text('system') = 'sweep_sign_ins' RETURNING 1)
  SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM marks)
$$;
REVOKE EXECUTE ON FUNCTION sweep_case_drafts(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sweep_case_drafts(timestamptz) TO portal_worker;

-- With which version of the case an entry of its thread came: what a reader had not seen when somebody was faster. The database
-- says it; entries of a load have none.
ALTER TABLE consultation_events ADD COLUMN version int;
ALTER TABLE consultation_messages ADD COLUMN version int;
CREATE FUNCTION entry_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  NEW.version := (SELECT c.version FROM consultations c WHERE c.id = NEW.consultation_id);
  RETURN NEW;
END $$;
CREATE TRIGGER entry_version BEFORE INSERT ON consultation_events FOR EACH ROW WHEN (current_user <> 'portal_loader') EXECUTE FUNCTION entry_version();
CREATE TRIGGER entry_version BEFORE INSERT ON consultation_messages FOR EACH ROW WHEN (current_user <> 'portal_loader') EXECUTE FUNCTION entry_version();
REVOKE EXECUTE ON FUNCTION entry_version() FROM PUBLIC;
