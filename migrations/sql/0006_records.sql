-- What every room writes in the transaction of its change: the audit entry and the event for other rooms.

CREATE TABLE audit_entries (
  id            uuid PRIMARY KEY,
  federation_id int NOT NULL REFERENCES units (id),
  at            timestamptz NOT NULL,
  person_id     uuid,
  seat_id       uuid,
  system        text,
  verb          text NOT NULL CHECK (verb ~ '^[a-z_]+\.[a-z_]+$'),
  subject       uuid NOT NULL,
  -- Names of fields and salted hashes of what they became; never a person's words or name.
  fields        jsonb NOT NULL DEFAULT '{}',
  request_id    uuid,
  content_hash  bytea NOT NULL CHECK (octet_length(content_hash) = 32),
  CHECK ((person_id IS NULL) = (seat_id IS NULL)),
  CHECK ((person_id IS NULL) = (system IS NOT NULL))
);
CREATE INDEX audit_entries_federation ON audit_entries (federation_id, at, id);
CREATE INDEX audit_entries_subject ON audit_entries (subject, at);
-- The chain lies beside the entries: writers never touch it, one sealer links.
CREATE TABLE audit_seals (
  federation_id int NOT NULL REFERENCES units (id),
  seq           bigint NOT NULL CHECK (seq > 0),
  entry_id      uuid NOT NULL UNIQUE REFERENCES audit_entries (id),
  hash          bytea NOT NULL CHECK (octet_length(hash) = 32),
  sealed_at     timestamptz NOT NULL,
  PRIMARY KEY (federation_id, seq)
);
-- What the sealer has still to link, noted by the insert itself: a round costs what is new and nothing else, and a row that
-- commits late is found however old its instant is. A work list, no record: verifying never looks at it.
CREATE TABLE audit_unsealed (
  entry_id      uuid PRIMARY KEY,
  federation_id int NOT NULL,
  at            timestamptz NOT NULL
);
CREATE INDEX audit_unsealed_federation ON audit_unsealed (federation_id, at, entry_id);
CREATE FUNCTION audit_to_be_sealed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_unsealed VALUES (NEW.id, NEW.federation_id, NEW.at);
  RETURN NULL;
END $$;
CREATE TRIGGER to_be_sealed AFTER INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_to_be_sealed();
-- What an entry's hash must be: store::content_hash once more, a JSON array without spaces, times in microseconds, fields in the order
-- of their bytes. NULL where values are no texts: how a number or a list is written out is not the same here and there.
CREATE FUNCTION audit_content_hash(e audit_entries) RETURNS bytea LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  IF jsonb_typeof(e.fields) IS DISTINCT FROM 'object' OR EXISTS (SELECT 1 FROM jsonb_each(e.fields) f WHERE jsonb_typeof(f.value) <> 'string') THEN RETURN NULL; END IF;
  RETURN sha256(convert_to('[' || concat_ws(',', to_json(e.id), e.federation_id, (extract(epoch FROM e.at) * 1000000)::bigint,
    coalesce(to_json(e.person_id), 'null'), coalesce(to_json(e.seat_id), 'null'), coalesce(to_json(e.system), 'null'), to_json(e.verb), to_json(e.subject),
    '{' || coalesce((SELECT string_agg(to_json(f.key)::text || ':' || to_json(f.value)::text, ',' ORDER BY f.key COLLATE "C") FROM jsonb_each_text(e.fields) f), '') || '}',
    coalesce(to_json(e.request_id), 'null')) || ']', 'UTF8'));
END $$;
-- An entry is of the transaction that writes it: its request and its instant are the scope's, and the hash that it carries is that of
-- its own content. A wrong hash would break the federation's chain as soon as it is sealed, and nothing could be done about it. Asked
-- after row security has decided whose entry it is.
-- System work has no instant and no request of anybody's. The instant comes from the application's clock, so it is compared with the
-- one that the scope was entered at and never with now().
CREATE FUNCTION audit_entry_is_of_here() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE began timestamptz := scope_text('now')::timestamptz; expected bytea := audit_content_hash(NEW);
BEGIN
  IF scope_text('person') IS NOT NULL AND (NEW.request_id IS DISTINCT FROM scope_uuid('request')
     OR NEW.at NOT BETWEEN began - interval '10 minutes' AND began + interval '10 minutes') THEN
    RAISE EXCEPTION 'an entry is of its own request and instant' USING ERRCODE = '42501';
  END IF;
  IF expected IS NULL OR NEW.content_hash IS DISTINCT FROM expected THEN
    RAISE EXCEPTION 'the hash is not that of the entry' USING ERRCODE = '23514', CONSTRAINT = 'audit_entry_has_its_hash';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER is_of_here AFTER INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_entry_is_of_here();
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE outbox (
  id            uuid PRIMARY KEY,
  federation_id int NOT NULL REFERENCES units (id),
  subject       uuid NOT NULL,
  name          text NOT NULL CHECK (name ~ '^[a-z_]+\.[a-z_]+\.v[0-9]+$'),
  payload       jsonb NOT NULL,
  created_at    timestamptz NOT NULL,
  handled_at    timestamptz
);
CREATE INDEX outbox_open ON outbox (created_at, id) WHERE handled_at IS NULL;

-- One row per letter. An event reaches a person once per channel, however often the job runs; a letter without an event
-- collects what was held back because too much was to be told at once.
CREATE TABLE deliveries (
  id            uuid PRIMARY KEY,
  event_id      uuid REFERENCES outbox (id),
  federation_id int NOT NULL REFERENCES units (id),
  person_id     uuid NOT NULL REFERENCES people (id),
  -- What the event is about: letters about one case have a budget.
  subject       uuid,
  -- Invitations and letters about cases do not use up each other's budget.
  kind          text NOT NULL DEFAULT 'case' CHECK (kind IN ('case', 'invitation')),
  channel       text NOT NULL CHECK (channel IN ('mail')),
  -- intended → sent | refused | held; held → collected (the letter `collected_by` told of it) | refused.
  state         text NOT NULL CHECK (state IN ('intended', 'sent', 'refused', 'held', 'collected')),
  why           text CHECK (why IN ('address', 'unverified', 'no_right', 'address_budget', 'case_budget')),
  -- SHA-256 of the address in small letters, as it was at the last attempt: letters to one address have a budget, whoever
  -- reads them there.
  address_hash  bytea CHECK (octet_length(address_hash) = 32),
  -- Who is handing the letter over at this moment, and until when nobody else may: of two jobs one gets it. A row lock would
  -- need a transaction that stays open while the mail server talks.
  claim         uuid,
  claimed_until timestamptz,
  attempts      int NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL,
  tried_at      timestamptz,
  held_at       timestamptz,
  collected_by  uuid REFERENCES deliveries (id),
  sent_at       timestamptz,
  UNIQUE (event_id, person_id, channel),
  CHECK ((event_id IS NULL) = (subject IS NULL)),
  CHECK ((claim IS NULL) = (claimed_until IS NULL)),
  CHECK (claim IS NULL OR (state = 'intended' AND tried_at IS NOT NULL)),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK (state NOT IN ('refused', 'held') OR why IS NOT NULL),
  CHECK (state NOT IN ('held', 'collected') OR (held_at IS NOT NULL AND event_id IS NOT NULL)),
  CHECK (state <> 'collected' OR collected_by IS NOT NULL)
);
CREATE INDEX deliveries_address ON deliveries (address_hash, tried_at);
CREATE INDEX deliveries_subject ON deliveries (subject, tried_at);
CREATE INDEX deliveries_open ON deliveries (state, created_at) WHERE state IN ('intended', 'held');
CREATE INDEX deliveries_collected ON deliveries (collected_by) WHERE collected_by IS NOT NULL;
-- One collecting letter at a time for a reader.
CREATE UNIQUE INDEX deliveries_collecting ON deliveries (person_id, federation_id) WHERE event_id IS NULL AND state = 'intended';

CALL secure('audit_entries', '{select,insert}');
CREATE POLICY see ON audit_entries FOR SELECT TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) = 'auditor');
-- Whoever acts signs with their own seat; a system entry comes from the worker alone.
CREATE POLICY add ON audit_entries FOR INSERT TO portal_app, portal_worker WITH CHECK (
  person_id = (SELECT scope_uuid('person')) AND seat_id = (SELECT scope_uuid('seat')) AND federation_id = (SELECT scope_int('federation')));
CREATE POLICY system_add ON audit_entries FOR INSERT TO portal_worker WITH CHECK (person_id IS NULL AND system = (SELECT scope_text('system')));
CREATE POLICY system_see ON audit_entries FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) IN ('seal_audit', 'verify_audit'));
CALL secure('audit_seals', '{select}', '{insert}');
CREATE POLICY see ON audit_seals FOR SELECT TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) = 'auditor');
CREATE POLICY system_see ON audit_seals FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) IN ('seal_audit', 'verify_audit'));
CREATE POLICY system_add ON audit_seals FOR INSERT TO portal_worker WITH CHECK ((SELECT scope_text('system')) = 'seal_audit');
CALL secure('audit_unsealed', '{}', '{select,delete}');
CREATE POLICY see ON audit_unsealed FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) = 'seal_audit');
CREATE POLICY remove ON audit_unsealed FOR DELETE TO portal_worker USING ((SELECT scope_text('system')) = 'seal_audit');

CALL secure('outbox', '{insert}', '{select,update}');
-- A fact of the desk makes letters: it is told by whoever has a hand in the case, not by whoever may see its header. So does an
-- invitation, which is an administrator's.
CREATE POLICY add ON outbox FOR INSERT TO portal_app, portal_worker WITH CHECK (
  federation_id = (SELECT scope_int('federation')) AND handled_at IS NULL AND CASE WHEN name LIKE 'desk.%' THEN EXISTS (
    SELECT 1 FROM consultations c WHERE c.id = subject AND (c.queue_id = ANY ((SELECT scope_ints('queues'))::int[]) OR c.offered_queue_id = ANY ((SELECT scope_ints('queues'))::int[])
      OR c.requester_unit_id = (SELECT scope_int('asks_as')) OR c.institution_id = ANY ((SELECT scope_ints('institutions'))::int[])))
    WHEN name LIKE 'identity.%' THEN (SELECT scope_text('role')) = 'administrator' ELSE true END);
CREATE POLICY system_see ON outbox FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) = 'send_mail');
CREATE POLICY system_add ON outbox FOR INSERT TO portal_worker WITH CHECK ((SELECT scope_text('system')) IS NOT NULL);
CREATE POLICY system_change ON outbox FOR UPDATE TO portal_worker USING ((SELECT scope_text('system')) = 'send_mail');
CALL secure('deliveries', '{select}', '{insert,update}');
CREATE POLICY see ON deliveries FOR SELECT TO portal_app USING (person_id = (SELECT scope_uuid('person')));
CREATE POLICY system_see ON deliveries FOR SELECT TO portal_worker USING ((SELECT scope_text('system')) = 'send_mail');
CREATE POLICY system_add ON deliveries FOR INSERT TO portal_worker WITH CHECK ((SELECT scope_text('system')) = 'send_mail');
CREATE POLICY system_change ON deliveries FOR UPDATE TO portal_worker USING ((SELECT scope_text('system')) = 'send_mail');
