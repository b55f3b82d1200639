-- Dated texts per locale, and files: a name (words, ruled like a text) and versions (bytes).

CREATE TABLE content_texts (
  id            uuid PRIMARY KEY,
  -- NULL: the installation's own text, for every federation that has none of its own.
  federation_id int REFERENCES units (id),
  key           text NOT NULL CHECK (key ~ '^[a-z0-9_.-]{1,80}$'),
  version       int NOT NULL CHECK (version > 0),
  body          jsonb NOT NULL CHECK (body ? 'ja'),
  from_on       date NOT NULL,
  until_on      date,
  -- NULL: still to be read by specialists; the page says so.
  reviewed_on   date,
  -- 'release' came with the product and is followed by the next release's wording; 'local' was written here and stays.
  origin        text NOT NULL DEFAULT 'local' CHECK (origin IN ('release', 'local')),
  UNIQUE NULLS NOT DISTINCT (federation_id, key, version),
  CHECK (until_on IS NULL OR until_on >= from_on),
  -- On a day one wording of a key is in force. (0: the installation; no unit has that number.)
  EXCLUDE USING gist (coalesce(federation_id, 0) WITH =, key WITH =, daterange(from_on, until_on) WITH &&)
);
CREATE INDEX content_texts_key ON content_texts (key, federation_id, from_on DESC);
-- Whoever agreed, agreed to these words: they are never changed, only ended or read by specialists.
CREATE FUNCTION content_text_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'until_on' - 'reviewed_on') IS DISTINCT FROM (to_jsonb(OLD) - 'until_on' - 'reviewed_on') THEN
    RAISE EXCEPTION 'a text is never changed: end it (until_on) and add another version' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER content_text_is_kept BEFORE UPDATE OR DELETE ON content_texts FOR EACH ROW EXECUTE FUNCTION content_text_is_kept();
ALTER TABLE case_access ADD FOREIGN KEY (text_id) REFERENCES content_texts (id);

CREATE TABLE files (
  id              uuid PRIMARY KEY,
  federation_id   int NOT NULL,
  uploaded_by     uuid NOT NULL REFERENCES people (id),
  uploaded_from   uuid NOT NULL,
  name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 140),
  -- Where it hangs: on a draft until it is sent, then on a message of a consultation.
  draft_id        uuid,
  consultation_id uuid,
  message_id      uuid,
  created_at      timestamptz NOT NULL,
  removed_at      timestamptz,
  UNIQUE (federation_id, id),
  FOREIGN KEY (federation_id, uploaded_from) REFERENCES seats (federation_id, id),
  FOREIGN KEY (federation_id, draft_id) REFERENCES ask_drafts (federation_id, id),
  FOREIGN KEY (federation_id, consultation_id) REFERENCES consultations (federation_id, id),
  FOREIGN KEY (federation_id, message_id) REFERENCES consultation_messages (federation_id, id),
  CHECK (draft_id IS NOT NULL OR consultation_id IS NOT NULL)
);
CREATE INDEX files_consultation ON files (consultation_id, created_at, id) WHERE consultation_id IS NOT NULL;
CREATE INDEX files_uploader ON files (uploaded_by, created_at);
CREATE INDEX files_draft ON files (draft_id, created_at, id) WHERE draft_id IS NOT NULL;

CREATE TABLE file_versions (
  id            uuid PRIMARY KEY,
  federation_id int NOT NULL,
  file_id       uuid NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('original', 'rendition')),
  -- `incoming/`: where the signed form writes, as often as it is sent. `kept/`: the copy that was looked at, which no form writes.
  object_key    text NOT NULL UNIQUE CHECK (object_key ~ '^(incoming|kept)/[0-9a-f]{32}$'),
  declared_size bigint NOT NULL CHECK (declared_size >= 0),
  -- What the uploader said it would be: a kind with its own size limit and content types (files::Kind).
  declared_kind text NOT NULL CHECK (declared_kind IN ('picture', 'document', 'record')),
  -- Known once the bytes have been looked at.
  size          bigint,
  sha256        bytea CHECK (octet_length(sha256) = 32),
  content_type  text,
  sealed        boolean NOT NULL DEFAULT false,
  key_id        text,
  state         text NOT NULL CHECK (state IN ('expected', 'waiting', 'clean', 'infected', 'unscannable', 'refused', 'abandoned')),
  finding       text,
  attempts      int NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL,
  arrived_at    timestamptz,
  scanned_at    timestamptz,
  FOREIGN KEY (federation_id, file_id) REFERENCES files (federation_id, id),
  CHECK (sealed = (key_id IS NOT NULL)),
  -- A verdict is on bytes that nobody can exchange any more.
  CONSTRAINT verdict_is_on_kept_bytes CHECK ((state IN ('expected', 'waiting', 'abandoned')) = (object_key ~ '^incoming/')),
  CHECK (state <> 'clean' OR (size IS NOT NULL AND sha256 IS NOT NULL AND content_type IS NOT NULL AND scanned_at IS NOT NULL))
);
CREATE INDEX file_versions_file ON file_versions (file_id);
-- What a file is does not change: one original.
CREATE UNIQUE INDEX file_versions_original ON file_versions (file_id) WHERE kind = 'original';
CREATE INDEX file_versions_pending ON file_versions (state, created_at) WHERE state IN ('expected', 'waiting');

-- One person has at most so many files at one place that are not sent: announced, on their way or looked at, until they hang on a
-- message, are taken off or are given up. files::MAX_FILES says the same number. And within an hour one person announces at most so
-- many, wherever and whatever became of them, because a signed form stays good: files::MAX_PER_HOUR.
CREATE FUNCTION files_are_few() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE began timestamptz := scope_text('now')::timestamptz;
BEGIN
  -- Two announcements of a person at the same instant take turns, and the second counts the first.
  PERFORM pg_advisory_xact_lock(hashtextextended(format('files %s', NEW.uploaded_by), 0));
  IF TG_OP = 'INSERT' THEN
    -- An announcement of another day would not be counted.
    IF NEW.created_at NOT BETWEEN began - interval '10 minutes' AND began + interval '10 minutes' THEN
      RAISE EXCEPTION 'a file is announced now' USING ERRCODE = '42501';
    END IF;
    IF (SELECT count(*) FROM files f WHERE f.uploaded_by = NEW.uploaded_by AND f.id <> NEW.id AND f.created_at > NEW.created_at - interval '1 hour') >= 40 THEN
      RAISE EXCEPTION 'too many files within the hour' USING ERRCODE = '23514', CONSTRAINT = 'files_per_hour';
    END IF;
  END IF;
  IF (SELECT count(*) FROM files f LEFT JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original'
      WHERE f.uploaded_by = NEW.uploaded_by AND f.id <> NEW.id AND f.message_id IS NULL AND f.removed_at IS NULL AND v.state IS DISTINCT FROM 'abandoned'
        AND CASE WHEN NEW.draft_id IS NULL THEN f.consultation_id = NEW.consultation_id AND f.draft_id IS NULL ELSE f.draft_id = NEW.draft_id END) >= 10 THEN
    RAISE EXCEPTION 'too many files' USING ERRCODE = '23514', CONSTRAINT = 'files_are_few';
  END IF;
  RETURN NEW;
END $$;
-- When somebody who has announced as many as an hour takes may announce again; NULL for everybody else.
CREATE FUNCTION files_open_again() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT min(l.created_at) + interval '1 hour'
  FROM (SELECT f.created_at FROM files f WHERE f.uploaded_by = scope_uuid('person') ORDER BY f.created_at DESC LIMIT 40) l
  HAVING count(*) = 40 AND min(l.created_at) > scope_text('now')::timestamptz - interval '1 hour'
$$;
-- A load brings what years have gathered, many files of one person at once; its hands would wait for each other.
CREATE TRIGGER files_are_few BEFORE INSERT ON files FOR EACH ROW WHEN (current_user <> 'portal_loader') EXECUTE FUNCTION files_are_few();
CREATE TRIGGER files_stay_few BEFORE UPDATE OF removed_at ON files FOR EACH ROW
  WHEN (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL) EXECUTE FUNCTION files_are_few();

CALL secure('content_texts', '{select}');
CREATE POLICY see ON content_texts FOR SELECT TO portal_app, portal_worker USING (federation_id IS NULL OR federation_id = (SELECT scope_int('federation')));
-- A consent is the writer's, to the one organisation of its kind, with words that the writer could read and that are about its kind.
CREATE POLICY add ON case_access FOR INSERT TO portal_app, portal_worker WITH CHECK (
  granted_by = (SELECT scope_uuid('person')) AND granted_unit_id = (SELECT scope_int('asks_as')) AND own_case(consultation_id, federation_id)
  AND unit_id IS NOT DISTINCT FROM consent_unit(consultation_id, receiver) AND revoked_at IS NULL AND revoked_by IS NULL
  AND EXISTS (SELECT 1 FROM content_texts t WHERE t.id = text_id AND t.key = 'consent.' || case_access.receiver));

CALL secure('files', '{select,insert,update}');
CALL secure('file_versions', '{select,insert,update}');
CALL update_only('files', 'consultation_id, message_id, removed_at');
CALL update_only('file_versions', 'state, declared_size, arrived_at', 'portal_app');
CALL update_only('file_versions', 'object_key, state, size, sha256, content_type, finding, attempts, scanned_at', 'portal_worker');
CREATE POLICY read ON files FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN uploaded_by = (SELECT scope_uuid('person')) AND uploaded_from = (SELECT scope_uuid('seat')) AND message_id IS NULL THEN true
  WHEN consultation_id IS NULL OR message_id IS NULL THEN false
  WHEN consultation_id = (SELECT scope_uuid('case')) THEN true
  ELSE case_right(consultation_id) <> '' END);
CREATE POLICY add ON files FOR INSERT TO portal_app, portal_worker WITH CHECK (
  federation_id = (SELECT scope_int('federation')) AND uploaded_by = (SELECT scope_uuid('person')) AND uploaded_from = (SELECT scope_uuid('seat'))
  AND message_id IS NULL
  -- Where one may write, not merely read: a receiver of a consent and a witness attach nothing.
  AND CASE WHEN draft_id IS NOT NULL THEN consultation_id IS NULL AND EXISTS (SELECT 1 FROM ask_drafts d WHERE d.id = draft_id)
           ELSE EXISTS (SELECT 1 FROM consultations c WHERE c.id = files.consultation_id AND (c.queue_id = ANY ((SELECT scope_ints('queues'))::int[])
             OR c.requester_unit_id = (SELECT scope_int('asks_as')) OR c.institution_id = ANY ((SELECT scope_ints('institutions'))::int[]))) END);
CREATE POLICY change ON files FOR UPDATE TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND uploaded_by = (SELECT scope_uuid('person')) AND uploaded_from = (SELECT scope_uuid('seat')) AND message_id IS NULL)
  -- It hangs on a message of one's own in a case that one reads, or still on nothing.
  WITH CHECK (federation_id = (SELECT scope_int('federation')) AND uploaded_by = (SELECT scope_uuid('person'))
    AND (consultation_id IS NULL OR EXISTS (SELECT 1 FROM consultation_texts t WHERE t.consultation_id = files.consultation_id))
    AND (message_id IS NULL OR EXISTS (SELECT 1 FROM consultation_messages m WHERE m.id = message_id AND m.consultation_id = files.consultation_id
      AND m.author_id = (SELECT scope_uuid('person')))));
CREATE POLICY read ON file_versions FOR SELECT TO portal_app, portal_worker USING (EXISTS (SELECT 1 FROM files f WHERE f.id = file_id));
CREATE POLICY add ON file_versions FOR INSERT TO portal_app, portal_worker WITH CHECK (
  state = 'expected' AND EXISTS (SELECT 1 FROM files f WHERE f.id = file_id AND f.uploaded_by = (SELECT scope_uuid('person')) AND f.message_id IS NULL));
-- The uploader may only say "the bytes are there"; what they are is the scanner's to say (the worker's policy below).
CREATE POLICY change ON file_versions FOR UPDATE TO portal_app USING (state IN ('expected', 'waiting') AND EXISTS (
  SELECT 1 FROM files f WHERE f.id = file_id AND f.uploaded_by = (SELECT scope_uuid('person')))) WITH CHECK (state = 'waiting' AND EXISTS (
  SELECT 1 FROM files f WHERE f.id = file_id AND f.uploaded_by = (SELECT scope_uuid('person'))));
CREATE POLICY system_see ON files FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) IN ('scan_files', 'sweep_files'));
CREATE POLICY system_see ON file_versions FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) IN ('scan_files', 'sweep_files'));
CREATE POLICY system_change ON file_versions FOR UPDATE TO portal_worker USING ((SELECT scope_text('system')) IN ('scan_files', 'sweep_files'));
