-- People, seats, sign-in and sessions. A person is one row on the installation; what they may do is a seat.
-- Contacts are apart from names: colleagues may read a name, never an address.

CREATE TABLE people (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (name <> ''),
  name_kana  text,
  name_en    text,
  created_at timestamptz NOT NULL
);
CREATE TABLE people_contacts (
  person_id   uuid PRIMARY KEY REFERENCES people (id),
  email       text,
  phone       text,
  locale      text NOT NULL DEFAULT 'ja' CHECK (locale ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  -- When an issuer said that this person reads at `email`. Whoever typed an address has proved nothing: until somebody signed
  -- in with it, no letter goes there (F6).
  verified_at timestamptz CHECK (verified_at IS NULL OR email IS NOT NULL)
);
CREATE FUNCTION another_address_is_unverified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.email IS DISTINCT FROM OLD.email AND NEW.verified_at IS NOT DISTINCT FROM OLD.verified_at THEN NEW.verified_at := NULL; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER another_address_is_unverified BEFORE UPDATE OF email ON people_contacts FOR EACH ROW EXECUTE FUNCTION another_address_is_unverified();
ALTER TABLE members ADD FOREIGN KEY (person_id) REFERENCES people (id);

CREATE TABLE seats (
  id            uuid PRIMARY KEY,
  federation_id int NOT NULL REFERENCES units (id),
  person_id     uuid NOT NULL REFERENCES people (id),
  -- The person's name once more: whoever may see a seat may know who sits there, and lists name seats row by row.
  person_name   text NOT NULL,
  unit_id       int NOT NULL REFERENCES units (id),
  role          text NOT NULL CHECK (role IN ('owner', 'staff', 'safety_officer', 'officer', 'agent', 'lead', 'reviewer',
                  'approver', 'batch_maker', 'releaser', 'librarian', 'auditor', 'programme_owner', 'administrator')),
  from_on       date NOT NULL,
  until_on      date,
  ended_at      timestamptz,
  granted_at    timestamptz NOT NULL,
  version       int NOT NULL DEFAULT 1,
  UNIQUE (federation_id, id),
  CHECK (until_on IS NULL OR until_on > from_on)
);
CREATE UNIQUE INDEX seats_once ON seats (federation_id, person_id, unit_id, role) WHERE ended_at IS NULL;
CREATE INDEX seats_person ON seats (person_id);
CREATE INDEX seats_unit ON seats (unit_id) WHERE ended_at IS NULL;

-- A role exists only at its levels (access::Role::levels says the same; a test compares them).
CREATE FUNCTION seat_fits_its_unit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE u units;
BEGIN
  SELECT * INTO u FROM units WHERE id = NEW.unit_id;
  IF u.federation_id IS NOT NULL AND u.federation_id <> NEW.federation_id THEN
    RAISE EXCEPTION 'seat of federation % at a unit of federation %', NEW.federation_id, u.federation_id USING ERRCODE = '23514', CONSTRAINT = 'seat_in_its_federation';
  END IF;
  IF NOT (CASE
    WHEN NEW.role IN ('owner', 'staff', 'safety_officer') THEN u.level = 'institution'
    WHEN NEW.role = 'officer' THEN u.level IN ('municipal', 'prefectural')
    WHEN NEW.role = 'agent' THEN u.level IN ('federation', 'provider', 'prefectural')
    WHEN NEW.role = 'lead' THEN u.level IN ('federation', 'provider')
    WHEN NEW.role = 'librarian' THEN u.level IN ('federation', 'prefectural', 'municipal')
    ELSE u.level = 'federation' END)
  THEN
    RAISE EXCEPTION 'role % at level %', NEW.role, u.level USING ERRCODE = '23514', CONSTRAINT = 'seat_fits_its_unit';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER seat_fits_its_unit BEFORE INSERT OR UPDATE OF unit_id, role, federation_id ON seats FOR EACH ROW EXECUTE FUNCTION seat_fits_its_unit();
-- The copy is the person's name, whatever the writer says. A person who is not there is the foreign key's to refuse.
CREATE FUNCTION seat_is_named() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  NEW.person_name := coalesce((SELECT p.name FROM people p WHERE p.id = NEW.person_id), '');
  RETURN NEW;
END $$;
CREATE TRIGGER seat_is_named BEFORE INSERT OR UPDATE OF person_id, person_name ON seats FOR EACH ROW EXECUTE FUNCTION seat_is_named();
CREATE FUNCTION person_is_renamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE seats SET person_name = NEW.name WHERE person_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER person_is_renamed AFTER UPDATE OF name ON people FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION person_is_renamed();

CREATE TABLE issuers (
  id                  uuid PRIMARY KEY,
  federation_id       int NOT NULL REFERENCES units (id),
  unit_id             int NOT NULL REFERENCES units (id),
  name                text NOT NULL,
  name_en             text,
  issuer_url          text NOT NULL,
  client_id           text NOT NULL,
  -- Names the setting that holds the client secret; the secret itself never stands in a table.
  secret_name         text NOT NULL CHECK (secret_name ~ '^[a-z0-9_]{1,40}$'),
  -- What this issuer says when a second factor was used.
  second_factor_acrs  text[] NOT NULL DEFAULT '{}',
  second_factor_amrs  text[] NOT NULL DEFAULT '{}',
  active              boolean NOT NULL DEFAULT true,
  sort                int NOT NULL DEFAULT 0,
  UNIQUE (issuer_url, client_id),
  UNIQUE (federation_id, id)
);

CREATE TABLE identities (
  issuer_id     uuid NOT NULL REFERENCES issuers (id),
  subject       text NOT NULL CHECK (subject <> ''),
  person_id     uuid NOT NULL REFERENCES people (id),
  bound_at      timestamptz NOT NULL,
  PRIMARY KEY (issuer_id, subject)
);
CREATE INDEX identities_person ON identities (person_id);

-- A first sign-in binds to an invited person only: by the verified address the invitation names, or by its link.
CREATE TABLE invitations (
  id            uuid PRIMARY KEY,
  federation_id int NOT NULL REFERENCES units (id),
  issuer_id     uuid NOT NULL,
  person_id     uuid NOT NULL REFERENCES people (id),
  email         text NOT NULL CHECK (email = lower(email)),
  -- Half of the link's secret; the other half is the installation's key. Without a link the address alone binds.
  link_nonce    bytea CHECK (octet_length(link_nonce) = 16),
  token_hash    bytea CHECK (octet_length(token_hash) = 32),
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  used_at       timestamptz,
  -- A new invitation takes the place of the one before it (lost, mistyped or run out).
  withdrawn_at  timestamptz,
  FOREIGN KEY (federation_id, issuer_id) REFERENCES issuers (federation_id, id)
);
CREATE UNIQUE INDEX invitations_open ON invitations (issuer_id, email) WHERE used_at IS NULL AND withdrawn_at IS NULL;
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);

-- One sign-in under way; taken exactly once.
CREATE TABLE sign_ins (
  state_hash   bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
  issuer_id    uuid NOT NULL REFERENCES issuers (id),
  browser_hash bytea NOT NULL CHECK (octet_length(browser_hash) = 32),
  nonce        text NOT NULL,
  verifier     text NOT NULL,
  next         text NOT NULL,
  invitation   bytea CHECK (octet_length(invitation) = 32),
  step_up_of   uuid,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL
);

CREATE TABLE sessions (
  id            uuid PRIMARY KEY,
  token_hash    bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  person_id     uuid NOT NULL REFERENCES people (id),
  seat_id       uuid NOT NULL REFERENCES seats (id),
  issuer_id     uuid NOT NULL REFERENCES issuers (id),
  -- SHA-256 of the session's name at the issuer (`sid`): what a back-channel logout is compared with.
  issuer_sid    bytea CHECK (octet_length(issuer_sid) = 32),
  -- Kept for RP-initiated logout only (id_token_hint).
  id_token      text,
  acr           text,
  amr           text[] NOT NULL DEFAULT '{}',
  second_factor boolean NOT NULL,
  auth_time     timestamptz NOT NULL,
  device        text NOT NULL,
  created_at    timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  idle_seconds  int NOT NULL CHECK (idle_seconds > 0),
  expires_at    timestamptz NOT NULL,
  revoked_at    timestamptz
);
CREATE INDEX sessions_person ON sessions (person_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_seat ON sessions (seat_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_issuer_sid ON sessions (issuer_id, issuer_sid) WHERE revoked_at IS NULL;

-- A changed seat or credential ends the sessions that stood on it.
CREATE FUNCTION seat_change_ends_sessions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE sessions SET revoked_at = coalesce(NEW.ended_at, last_seen_at) WHERE seat_id = NEW.id AND revoked_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER seat_change_ends_sessions AFTER UPDATE OF role, unit_id, ended_at, until_on ON seats FOR EACH ROW
  WHEN (OLD.role IS DISTINCT FROM NEW.role OR OLD.unit_id IS DISTINCT FROM NEW.unit_id OR OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.until_on IS DISTINCT FROM NEW.until_on)
  EXECUTE FUNCTION seat_change_ends_sessions();
CREATE FUNCTION credential_change_ends_sessions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE sessions SET revoked_at = last_seen_at WHERE person_id = OLD.person_id AND issuer_id = OLD.issuer_id AND revoked_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER credential_change_ends_sessions AFTER UPDATE OR DELETE ON identities FOR EACH ROW EXECUTE FUNCTION credential_change_ends_sessions();

-- Nobody's account is taken over by an invitation: it may name only a person who was never bound to a sign-in, holds no
-- seat in another federation and is not the administrator. Row security hides two of these facts, hence a definer.
CREATE FUNCTION may_be_invited(person uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN scope_text('role') IS NOT DISTINCT FROM 'administrator' AND person IS DISTINCT FROM scope_uuid('person')
    AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.person_id = person)
    AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.person_id = person AND s.federation_id IS DISTINCT FROM scope_int('federation') AND s.ended_at IS NULL);
END $$;
-- Nobody is seated by a federation that does not know them: their name and address would become its administrator's to read. It
-- knows whoever has had a seat here, and whoever is nobody's yet.
CREATE FUNCTION may_be_seated(person uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN scope_text('role') IS NOT DISTINCT FROM 'administrator' AND person IS DISTINCT FROM scope_uuid('person')
    AND (EXISTS (SELECT 1 FROM seats s WHERE s.person_id = person AND s.federation_id = scope_int('federation'))
      OR NOT EXISTS (SELECT 1 FROM seats s WHERE s.person_id = person) AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.person_id = person));
END $$;

CALL secure('people', '{select,insert}');
CALL secure('people_contacts', '{select,insert,update}');
CALL secure('seats', '{select,insert,update}');
CALL secure('issuers', '{select}');
CALL secure('identities', '{select}');
CALL secure('invitations', '{select,insert,update}');
CALL secure('sign_ins', '{}');
CALL secure('sessions', '{select,update}');
-- A session is ended here and changed by doors alone: its seat, its strength and its end are not for the asking.
CALL update_only('people_contacts', 'locale');
CALL update_only('seats', 'ended_at, version');
CALL update_only('invitations', 'withdrawn_at');
CALL update_only('sessions', 'revoked_at');

CREATE POLICY see ON seats FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN person_id = (SELECT scope_uuid('person')) THEN true
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN unit_id = (SELECT scope_int('unit')) THEN true
  WHEN (SELECT scope_text('role')) IN ('administrator', 'auditor') THEN true
  ELSE role IN ('agent', 'lead') AND (SELECT scope_ints('queues')) <> '{}' END);
CREATE POLICY add ON seats FOR INSERT TO portal_app, portal_worker WITH CHECK (
  federation_id = (SELECT scope_int('federation')) AND may_be_seated(person_id));
-- An ended seat stays ended.
CREATE POLICY change ON seats FOR UPDATE TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) = 'administrator'
  AND person_id <> (SELECT scope_uuid('person')) AND ended_at IS NULL)
  WITH CHECK (federation_id = (SELECT scope_int('federation')) AND ended_at IS NOT NULL);

CREATE POLICY see ON people FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN id = (SELECT scope_uuid('person')) THEN true
  ELSE EXISTS (SELECT 1 FROM seats s WHERE s.person_id = people.id) END);
CREATE POLICY add ON people FOR INSERT TO portal_app, portal_worker WITH CHECK ((SELECT scope_text('role')) = 'administrator');
CREATE POLICY add ON people_contacts FOR INSERT TO portal_app, portal_worker WITH CHECK (CASE
  WHEN verified_at IS NOT NULL THEN false
  WHEN person_id = (SELECT scope_uuid('person')) THEN true
  ELSE may_be_invited(person_id) END);
CREATE POLICY see ON people_contacts FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN person_id = (SELECT scope_uuid('person')) THEN true
  WHEN (SELECT scope_text('role')) IS DISTINCT FROM 'administrator' THEN false
  ELSE EXISTS (SELECT 1 FROM seats s WHERE s.person_id = people_contacts.person_id AND s.federation_id = (SELECT scope_int('federation')) AND s.ended_at IS NULL) END);
CREATE POLICY change ON people_contacts FOR UPDATE TO portal_app, portal_worker USING (person_id = (SELECT scope_uuid('person')));

CREATE POLICY see ON issuers FOR SELECT TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) IN ('administrator', 'auditor'));
CREATE POLICY see ON identities FOR SELECT TO portal_app, portal_worker USING (person_id = (SELECT scope_uuid('person')));
CREATE POLICY see ON invitations FOR SELECT TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) = 'administrator');
CREATE POLICY add ON invitations FOR INSERT TO portal_app, portal_worker WITH CHECK (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  ELSE may_be_invited(person_id) END);
CREATE POLICY change ON invitations FOR UPDATE TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) = 'administrator')
  WITH CHECK (federation_id = (SELECT scope_int('federation')) AND used_at IS NULL AND withdrawn_at IS NOT NULL);
CREATE POLICY see ON sessions FOR SELECT TO portal_app, portal_worker USING (person_id = (SELECT scope_uuid('person')));
CREATE POLICY change ON sessions FOR UPDATE TO portal_app, portal_worker USING (person_id = (SELECT scope_uuid('person')) AND revoked_at IS NULL)
  WITH CHECK (person_id = (SELECT scope_uuid('person')) AND revoked_at IS NOT NULL);
