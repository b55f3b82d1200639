-- The few functions that run with more rights than their caller. Each reads who is asking from the session or from the
-- scope, never from an argument that names a tenant; each pins search_path; EXECUTE is granted by name.

-- These helpers run with the rights of the functions below, which call them; nobody else may.
-- Whether a provider serves a federation on a Tokyo date.
CREATE FUNCTION provider_serves(provider int, federation int, today date) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM provider_contracts c
    WHERE c.provider_id = provider AND c.federation_id = federation AND c.from_on <= today AND (c.until_on IS NULL OR today < c.until_on));
END $$;
-- A seat that may act on a Tokyo date: not ended, within its validity, its organisation open and, for a provider, under a contract with
-- the seat's federation. One expression, so that it becomes part of the statement that asks; a provider's people alone come to the last question.
CREATE FUNCTION seat_is_live(s seats, u units, today date) RETURNS boolean LANGUAGE sql STABLE
  RETURN s.ended_at IS NULL AND s.from_on <= today AND (s.until_on IS NULL OR today < s.until_on) AND (u.closed_on IS NULL OR today < u.closed_on)
    AND CASE u.level WHEN 'provider' THEN provider_serves(u.id, s.federation_id, today) ELSE true END;
CREATE FUNCTION seat_is_live(s seats, today date) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF s.ended_at IS NOT NULL OR today < s.from_on OR today >= s.until_on THEN RETURN false; END IF;
  RETURN EXISTS (SELECT 1 FROM units u WHERE u.id = s.unit_id AND seat_is_live(s, u, today));
END $$;
CREATE FUNCTION tokyo_date(at timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (at AT TIME ZONE 'Asia/Tokyo')::date;

-- The queues a live seat answers from: an officer's are those that the own association runs, a lead's are all of the federation,
-- an agent's those given to the seat; a prefecture's agents only there, a provider's people only where a contract says so.
CREATE FUNCTION seat_queue_ids(seat uuid, role text, federation int, unit int, level text, today date) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
DECLARE given int[];
BEGIN
  CASE role
    WHEN 'officer' THEN
      IF level <> 'prefectural' THEN RETURN '{}'; END IF;
      given := (SELECT array_agg(q.id ORDER BY q.id) FROM queues q WHERE q.federation_id = federation AND q.unit_id = unit);
    WHEN 'lead' THEN
      given := (SELECT array_agg(q.id ORDER BY q.id) FROM queues q WHERE q.federation_id = federation);
    WHEN 'agent' THEN
      given := (SELECT array_agg(q.id ORDER BY q.id) FROM seat_queues sq JOIN queues q ON q.id = sq.queue_id
        WHERE sq.seat_id = seat AND q.federation_id = federation AND (level <> 'prefectural' OR q.unit_id = unit));
    ELSE RETURN '{}';
  END CASE;
  IF level = 'provider' THEN
    given := (SELECT array_agg(DISTINCT cq.queue_id ORDER BY cq.queue_id) FROM provider_contracts c JOIN contract_queues cq ON cq.contract_id = c.id
      WHERE c.provider_id = unit AND c.federation_id = federation AND cq.queue_id = ANY (given) AND c.from_on <= today AND (c.until_on IS NULL OR today < c.until_on));
  END IF;
  RETURN coalesce(given, '{}');
END $$;
CREATE FUNCTION seat_queue_ids(s seats, today date) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT seat_queue_ids(s.id, s.role, s.federation_id, u.id, u.level, today) FROM units u WHERE u.id = s.unit_id);
END $$;

-- The live seats that answer from a queue, in the order in which they take what nobody has taken: the seat on duty, leads, the
-- others by how long they are there. While there is none, the seat on duty stands for the queue although it has run out.
CREATE FUNCTION queue_seats(queue int, today date) RETURNS TABLE (seat_id uuid, on_duty boolean, turn bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- Who could: the desk's own seats, and officers of the association that runs the queue. Materialized, for each of the two questions that
  -- decide is several statements, and a planner that sees through puts the first to every officer of the federation.
  WITH near AS MATERIALIZED (
    SELECT s, q.duty_seat_id FROM queues q JOIN seats s ON s.federation_id = q.federation_id
    WHERE q.id = queue AND s.ended_at IS NULL AND s.role IN ('agent', 'lead')
    UNION ALL
    SELECT s, q.duty_seat_id FROM queues q JOIN seats s ON s.federation_id = q.federation_id AND s.unit_id = q.unit_id
    WHERE q.id = queue AND s.ended_at IS NULL AND s.role = 'officer'),
  live AS (
    SELECT (n.s).id, (n.s).id = n.duty_seat_id AS on_duty,
      row_number() OVER (ORDER BY (n.s).id <> n.duty_seat_id, (n.s).role <> 'lead', (n.s).granted_at, (n.s).id) AS turn
    FROM near n WHERE seat_is_live(n.s, today) AND queue = ANY (seat_queue_ids(n.s, today)))
  SELECT id, on_duty, turn FROM live
  UNION ALL
  SELECT q.duty_seat_id, true, 1 FROM queues q WHERE q.id = queue AND NOT EXISTS (SELECT 1 FROM live)
$$;

-- Sets every scope setting of the transaction from a seat that the two functions below have found live.
CREATE FUNCTION set_scope(person uuid, seat uuid, role text, federation int, unit int, level text, queues int[], request uuid, now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE own text := '{' || unit || '}';
BEGIN
  PERFORM
    set_config('app.federation', federation::text, true),
    set_config('app.unit', unit::text, true),
    set_config('app.person', person::text, true),
    set_config('app.seat', seat::text, true),
    set_config('app.role', role, true),
    set_config('app.request', request::text, true),
    set_config('app.now', now::text, true),
    set_config('app.queues', queues::text, true),
    set_config('app.institutions', CASE WHEN level = 'institution' THEN own ELSE '{}' END, true),
    set_config('app.municipals', CASE WHEN level = 'municipal' AND role = 'officer' THEN own ELSE '{}' END, true),
    set_config('app.prefectures', CASE WHEN level = 'prefectural' AND role = 'officer' THEN own ELSE '{}' END, true),
    set_config('app.national', CASE WHEN role IN ('programme_owner', 'auditor') THEN '{' || federation || '}' ELSE '{}' END, true),
    set_config('app.asks_as', CASE WHEN role IN ('owner', 'staff', 'safety_officer', 'officer') THEN unit::text ELSE '' END, true),
    set_config('app.receives_as', CASE WHEN role IN ('officer', 'programme_owner') THEN unit::text ELSE '' END, true),
    set_config('app.office', CASE WHEN role IN ('administrator', 'programme_owner', 'auditor', 'lead') AND level = 'federation' THEN 'yes' ELSE '' END, true),
    set_config('app.witnessed', '', true), set_config('app.system', '', true), set_config('app.case', '', true), set_config('app.case_desk', '', true), set_config('app.member', '', true);
END $$;
-- Enters the scope of the live seat behind a session; false when there is none.
-- `reading` makes it a read-only transaction in the same round trip.
CREATE FUNCTION enter(token bytea, seat uuid, request uuid, now timestamptz, reading boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE s seats; u units; today date := tokyo_date(now);
BEGIN
  SELECT t.* INTO s FROM sessions x JOIN seats t ON t.id = x.seat_id AND t.person_id = x.person_id
  WHERE x.token_hash = token AND x.seat_id = seat AND x.revoked_at IS NULL AND now < x.expires_at
    AND now < x.last_seen_at + make_interval(secs => x.idle_seconds);
  IF NOT FOUND THEN RETURN false; END IF;
  SELECT * INTO STRICT u FROM units WHERE id = s.unit_id;
  IF NOT seat_is_live(s, u, today) THEN RETURN false; END IF;
  PERFORM set_scope(s.person_id, s.id, s.role, s.federation_id, u.id, u.level, seat_queue_ids(s.id, s.role, s.federation_id, u.id, u.level, today), request, now);
  IF reading THEN PERFORM set_config('transaction_read_only', 'on', true); END IF;
  RETURN true;
END $$;

-- Who stands behind a session token: everything the header of a page needs, in one statement. With a request it also enters the
-- scope, for reading: a page then needs no second question. `idle` says that the session's clock wants to be moved on
-- (sessions_seen): once a minute is enough, and keeps reading from writing. Times are microseconds since 1970: the answer travels as text
-- when it comes with BEGIN, and the driver reads no times from text.
CREATE FUNCTION session_actor(token bytea, now timestamptz, request uuid)
RETURNS TABLE (session_id uuid, person_id uuid, person_name text, seat_id uuid, role text, federation_id int, unit_id int, unit_name text, unit_name_en text,
  level text, queues int[], locale text, seat_count bigint, acr text, amr text[], auth_micros bigint, second_factor boolean, idle boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE others boolean; today date := tokyo_date(now);
BEGIN
  SELECT x.id, x.acr, x.amr, (extract(epoch FROM x.auth_time) * 1000000)::bigint, x.second_factor, x.last_seen_at < now - interval '1 minute',
    s.person_id, s.person_name, s.id, s.role, s.federation_id, u.id, u.name, u.name_en, u.level, coalesce(c.locale, 'ja'),
    EXISTS (SELECT 1 FROM seats o WHERE o.person_id = s.person_id AND o.id <> s.id)
  INTO session_id, acr, amr, auth_micros, second_factor, idle, person_id, person_name, seat_id, role, federation_id, unit_id, unit_name, unit_name_en, level, locale, others
  FROM sessions x JOIN seats s ON s.id = x.seat_id AND s.person_id = x.person_id JOIN units u ON u.id = s.unit_id
    LEFT JOIN people_contacts c ON c.person_id = s.person_id
  WHERE x.token_hash = token AND x.revoked_at IS NULL AND now < x.expires_at AND now < x.last_seen_at + make_interval(secs => x.idle_seconds)
    AND seat_is_live(s, u, today);
  IF NOT FOUND THEN RETURN; END IF;
  queues := seat_queue_ids(seat_id, role, federation_id, unit_id, level, today);
  seat_count := 1;
  -- Not one expression: what counts would be set up for those with one seat, too.
  IF others THEN
    SELECT count(*) INTO seat_count FROM seats o JOIN units ou ON ou.id = o.unit_id
    WHERE o.person_id = session_actor.person_id AND o.federation_id = session_actor.federation_id AND seat_is_live(o, ou, today);
  END IF;
  RETURN NEXT;
  IF request IS NOT NULL THEN
    PERFORM set_scope(person_id, seat_id, role, federation_id, unit_id, level, queues, request, now), set_config('transaction_read_only', 'on', true);
  END IF;
END $$;
-- Moves the idle clocks of many sessions on, each to when it was seen. A session that somebody else is just changing is passed over: whoever
-- moved its clock said the same, and the next page sees that nobody did.
CREATE FUNCTION sessions_seen(tokens bytea[], seen timestamptz[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH held AS (SELECT x.id, s.at FROM unnest(tokens, seen) AS s (token, at) JOIN sessions x ON x.token_hash = s.token
    WHERE x.revoked_at IS NULL AND x.last_seen_at < s.at FOR NO KEY UPDATE OF x SKIP LOCKED)
  UPDATE sessions x SET last_seen_at = held.at FROM held WHERE x.id = held.id
$$;

-- The live seats of the person behind a session, in the federation whose issuer vouched for them: another federation's issuer
-- says nothing about who sits in this one.
CREATE FUNCTION session_seats(token bytea, now timestamptz)
RETURNS TABLE (seat_id uuid, role text, unit_name text, unit_name_en text, federation_name text, federation_name_en text, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id, s.role, u.name, u.name_en, f.name, f.name_en, s.id = x.seat_id
  FROM sessions x JOIN issuers i ON i.id = x.issuer_id JOIN seats s ON s.person_id = x.person_id AND s.federation_id = i.federation_id
    JOIN units u ON u.id = s.unit_id JOIN units f ON f.id = s.federation_id
  WHERE x.token_hash = token AND x.revoked_at IS NULL AND now < x.expires_at AND now < x.last_seen_at + make_interval(secs => x.idle_seconds)
    AND seat_is_live(s, tokyo_date(now))
  ORDER BY f.id, u.level, u.name, s.role
$$;

-- Another seat, and with it another token: a copied cookie dies with the old seat.
CREATE FUNCTION session_switch(token bytea, new_token bytea, seat uuid, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE done int;
BEGIN
  UPDATE sessions x SET seat_id = s.id, token_hash = new_token, last_seen_at = now
  FROM seats s, issuers i WHERE i.id = x.issuer_id AND s.federation_id = i.federation_id AND x.token_hash = token AND x.revoked_at IS NULL AND now < x.expires_at AND now < x.last_seen_at + make_interval(secs => x.idle_seconds)
    AND s.id = seat AND s.person_id = x.person_id AND seat_is_live(s, tokyo_date(now));
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done = 1;
END $$;

CREATE FUNCTION session_end(token bytea, now timestamptz) RETURNS TABLE (issuer_id uuid, id_token text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE sessions SET revoked_at = now WHERE token_hash = token AND revoked_at IS NULL RETURNING issuer_id, id_token
$$;

CREATE FUNCTION sign_in_issuers() RETURNS TABLE (id uuid, federation_name text, federation_name_en text, name text, name_en text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.id, f.name, f.name_en, i.name, i.name_en FROM issuers i JOIN units f ON f.id = i.federation_id WHERE i.active ORDER BY i.sort, i.id
$$;
CREATE FUNCTION sign_in_issuer(issuer uuid) RETURNS TABLE (issuer_url text, client_id text, secret_name text, second_factor_acrs text[], second_factor_amrs text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.issuer_url, i.client_id, i.secret_name, i.second_factor_acrs, i.second_factor_amrs FROM issuers i WHERE i.id = issuer AND i.active
$$;
-- When the desk's telephone is answered: the installation's words and each federation's own, in force or still to come. Who
-- may ring may know, so every page says it, also to those who are not signed in; the web process asks once a minute.
CREATE FUNCTION desk_hours(today date) RETURNS TABLE (federation_id int, body jsonb, from_on date, until_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.federation_id, t.body, t.from_on, t.until_on FROM content_texts t WHERE t.key = 'desk.hours' AND (t.until_on IS NULL OR t.until_on > today)
$$;
CREATE FUNCTION sign_in_begin(state bytea, issuer uuid, browser bytea, nonce text, verifier text, next text, invitation bytea, step_up uuid, now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO sign_ins (state_hash, issuer_id, browser_hash, nonce, verifier, next, invitation, step_up_of, created_at, expires_at)
  VALUES (state, issuer, browser, nonce, verifier, next, invitation, step_up, now, now + interval '10 minutes')
$$;
-- Takes the sign-in exactly once, and only for the browser that began it (login CSRF).
CREATE FUNCTION sign_in_take(state bytea, browser bytea, at timestamptz)
RETURNS TABLE (issuer_id uuid, nonce text, verifier text, next text, invitation bytea, step_up_of uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sign_ins WHERE state_hash = state AND browser_hash = browser AND at < expires_at
  RETURNING issuer_id, nonce, verifier, next, invitation, step_up_of
$$;
-- The issuer has verified that this person reads at the address we would write to. Until then no letter goes there (F6).
CREATE FUNCTION contact_is_verified(person uuid, verified_email text, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE people_contacts SET verified_at = at WHERE person_id = person AND lower(email) = lower(verified_email) AND verified_at IS NULL
$$;
-- The person behind an issuer's subject. An unknown subject binds to an open invitation (its link, or the verified
-- address it names) exactly once; anybody else gets NULL, whatever the reason. Whoever has come in at the federation already
-- is not taken over: a second account for them is refused, also by an invitation that was open before, also at the same instant.
CREATE FUNCTION sign_in_person(issuer uuid, sub text, verified_email text, token bytea, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found_person uuid; invited invitations;
BEGIN
  SELECT person_id INTO found_person FROM identities WHERE issuer_id = issuer AND subject = sub;
  IF FOUND THEN PERFORM contact_is_verified(found_person, verified_email, at); RETURN found_person; END IF;
  -- Two first sign-ins of one subject at the same instant: the second waits, and finds what the first bound.
  PERFORM pg_advisory_xact_lock(hashtextextended(issuer::text || ' ' || sub, 0));
  SELECT person_id INTO found_person FROM identities WHERE issuer_id = issuer AND subject = sub;
  IF FOUND THEN RETURN found_person; END IF;
  SELECT c.* INTO invited FROM invitations c WHERE c.issuer_id = issuer AND c.used_at IS NULL AND c.withdrawn_at IS NULL AND at < c.expires_at
    AND ((token IS NOT NULL AND c.token_hash = token) OR (verified_email IS NOT NULL AND c.email = lower(verified_email)))
  ORDER BY (c.token_hash IS NOT DISTINCT FROM token) DESC LIMIT 1;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('invited ' || invited.person_id, 0));
  IF EXISTS (SELECT 1 FROM identities d JOIN issuers s ON s.id = d.issuer_id WHERE d.person_id = invited.person_id AND s.federation_id = invited.federation_id) THEN
    RETURN NULL;
  END IF;
  UPDATE invitations SET used_at = at WHERE id = invited.id AND used_at IS NULL AND withdrawn_at IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE invitations SET withdrawn_at = at WHERE person_id = invited.person_id AND federation_id = invited.federation_id AND used_at IS NULL AND withdrawn_at IS NULL;
  INSERT INTO identities (issuer_id, subject, person_id, bound_at) VALUES (issuer, sub, invited.person_id, at);
  PERFORM contact_is_verified(invited.person_id, verified_email, at);
  RETURN invited.person_id;
END $$;
-- Opens a session in the person's last used live seat of the issuer's federation, else the first one; NULL when no seat is live.
CREATE FUNCTION session_open(session uuid, token bytea, person uuid, issuer uuid, sid bytea, raw_id_token text, acr_value text, amr_values text[], factor boolean,
  authenticated timestamptz, device_name text, idle int, now timestamptz, until timestamptz, wanted uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE chosen uuid;
BEGIN
  SELECT s.id INTO chosen FROM seats s JOIN issuers i ON i.id = issuer AND i.federation_id = s.federation_id
  WHERE s.person_id = person AND seat_is_live(s, tokyo_date(now))
  ORDER BY (s.id = wanted) DESC NULLS LAST, (SELECT max(x.last_seen_at) FROM sessions x WHERE x.seat_id = s.id AND x.person_id = person) DESC NULLS LAST, s.granted_at, s.id LIMIT 1;
  IF chosen IS NULL THEN RETURN NULL; END IF;
  -- The issuer may have ended its session while the person was on the way back, or does so at this very instant.
  IF sid IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(issuer::text || encode(sid, 'hex'), 0));
    IF EXISTS (SELECT 1 FROM issuer_logouts l WHERE l.issuer_id = issuer AND l.sid_hash = sid) THEN
      RAISE EXCEPTION 'ended at the issuer' USING ERRCODE = '23514', CONSTRAINT = 'session_ended_at_issuer';
    END IF;
  END IF;
  INSERT INTO sessions (id, token_hash, person_id, seat_id, issuer_id, issuer_sid, id_token, acr, amr, second_factor, auth_time, device, created_at, last_seen_at, idle_seconds, expires_at)
  VALUES (session, token, person, chosen, issuer, sid, raw_id_token, acr_value, amr_values, factor, authenticated, device_name, now, now, idle, until);
  RETURN chosen;
END $$;

-- An auditor reads a text with a reason; the reading is on record before the text can be seen.
CREATE TABLE witnessed_readings (
  id              uuid PRIMARY KEY,
  federation_id   int NOT NULL REFERENCES units (id),
  consultation_id uuid NOT NULL,
  person_id       uuid NOT NULL REFERENCES people (id),
  seat_id         uuid NOT NULL,
  reason          text NOT NULL CHECK (char_length(reason) BETWEEN 5 AND 400),
  at              timestamptz NOT NULL,
  FOREIGN KEY (federation_id, consultation_id) REFERENCES consultations (federation_id, id)
);
CALL secure('witnessed_readings', '{select}');
CREATE POLICY see ON witnessed_readings FOR SELECT TO portal_app, portal_worker USING (
  federation_id = (SELECT scope_int('federation')) AND (SELECT scope_text('role')) = 'auditor');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON witnessed_readings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION witness(reading uuid, consultation uuid, why text, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF scope_text('role') IS DISTINCT FROM 'auditor' OR NOT EXISTS (SELECT 1 FROM consultations WHERE id = consultation AND federation_id = scope_int('federation')) THEN
    RETURN false;
  END IF;
  INSERT INTO witnessed_readings VALUES (reading, scope_int('federation'), consultation, scope_uuid('person'), scope_uuid('seat'), why, now);
  PERFORM set_config('app.witnessed', consultation::text, true), set_config('app.case', '', true), set_config('app.case_desk', '', true), set_config('app.member', '', true);
  RETURN true;
END $$;

-- System work, by a reason from a closed list (store::SystemReason says the same; a test compares them). Worker only.
CREATE FUNCTION enter_system(reason text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF reason NOT IN ('scan_files', 'sweep_files', 'seal_audit', 'verify_audit', 'send_mail', 'close_resolved', 'hand_over', 'sweep_sign_ins', 'fold_counts') THEN
    RAISE EXCEPTION 'unknown system reason %', reason USING ERRCODE = '22023';
  END IF;
  PERFORM set_config('app.system', reason, true), set_config('app.request', '', true), set_config('app.now', '', true), set_config('app.federation', '', true), set_config('app.person', '', true), set_config('app.seat', '', true),
    set_config('app.unit', '', true), set_config('app.role', '', true), set_config('app.queues', '{}', true), set_config('app.institutions', '{}', true),
    set_config('app.municipals', '{}', true), set_config('app.prefectures', '{}', true), set_config('app.national', '{}', true),
    set_config('app.asks_as', '', true), set_config('app.receives_as', '', true), set_config('app.office', '', true), set_config('app.witnessed', '', true), set_config('app.case', '', true), set_config('app.case_desk', '', true), set_config('app.member', '', true);
END $$;

-- Enqueues a job in the caller's transaction; the application role reaches the queue in no other way.
CREATE FUNCTION enqueue(task text, payload json, job_key text, run_at timestamptz, priority int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF task NOT IN ('scan_file', 'send_mail') THEN RAISE EXCEPTION 'unknown task %', task USING ERRCODE = '22023'; END IF;
  -- A person makes jobs of what they have just written; a key of somebody else's job would replace that job.
  IF scope_text('system') IS NULL AND (CASE task
    WHEN 'send_mail' THEN job_key = 'send_mail:' || (enqueue.payload ->> 'event') AND EXISTS (
      SELECT 1 FROM outbox o WHERE o.id = (enqueue.payload ->> 'event')::uuid AND o.federation_id = scope_int('federation') AND o.payload ->> 'by' = scope_text('person'))
    ELSE job_key = 'scan_file:' || (enqueue.payload ->> 'version') AND EXISTS (
      SELECT 1 FROM file_versions v JOIN files f ON f.id = v.file_id WHERE v.id = (enqueue.payload ->> 'version')::uuid AND f.uploaded_by = scope_uuid('person')) END) IS NOT TRUE THEN
    RAISE EXCEPTION 'not this scope''s job' USING ERRCODE = '42501';
  END IF;
  PERFORM graphile_worker.add_job(identifier => task, payload => enqueue.payload, run_at => run_at, job_key => job_key, priority => priority::smallint);
END $$;

-- Whom an event is told to by mail, and nothing of its content: the number, the address, whether somebody was proved to read
-- there, and the language.
CREATE FUNCTION mail_recipients(event uuid, now timestamptz) RETURNS TABLE (person_id uuid, email text, locale text, number text, consultation_id uuid, federation_name text, federation_name_en text, verified boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH e AS (SELECT * FROM outbox WHERE id = event AND scope_text('system') = 'send_mail'),
  c AS (SELECT c.* FROM consultations c JOIN e ON e.subject = c.id),
  who AS (
    SELECT c.opened_by AS person_id, c.opened_from AS seat_id FROM c, e WHERE e.name IN ('desk.consultation_opened.v1', 'desk.desk_replied.v1', 'desk.consultation_resolved.v1', 'desk.consultation_closed.v1')
    UNION
    SELECT s.person_id, s.id FROM c JOIN seats s ON s.id = c.responsible_seat_id, e WHERE e.name IN ('desk.consultation_opened.v1', 'desk.requester_replied.v1', 'desk.consultation_reopened.v1', 'desk.consultation_assigned.v1')
    UNION
    -- Until the case of a seat that has run out is handed over: who will take it.
    SELECT s.person_id, s.id FROM e, c, queue_seats(c.queue_id, tokyo_date(now)) a JOIN seats s ON s.id = a.seat_id
    WHERE e.name IN ('desk.consultation_opened.v1', 'desk.requester_replied.v1', 'desk.consultation_reopened.v1', 'desk.consultation_assigned.v1')
      AND a.turn = 1 AND NOT EXISTS (SELECT 1 FROM queue_seats(c.queue_id, tokyo_date(now)) r WHERE r.seat_id = c.responsible_seat_id)
    UNION
    SELECT s.person_id, s.id FROM e, c, queue_seats(c.offered_queue_id, tokyo_date(now)) a JOIN seats s ON s.id = a.seat_id
    WHERE e.name = 'desk.consultation_offered.v1' AND a.turn = 1)
  SELECT DISTINCT who.person_id, pc.email, pc.locale, c.number, c.id, f.name, f.name_en, pc.verified_at IS NOT NULL
  FROM who JOIN seats s ON s.id = who.seat_id AND seat_is_live(s, tokyo_date(now)) JOIN people_contacts pc ON pc.person_id = who.person_id, c JOIN units f ON f.id = c.federation_id
  WHERE pc.email IS NOT NULL AND who.person_id IS DISTINCT FROM (SELECT (payload ->> 'by')::uuid FROM e)
$$;

-- The letter of an invitation that is still open: where it goes, who invites, where to sign in, and half of the link's secret.
CREATE FUNCTION invitation_letter(event uuid, now timestamptz) RETURNS TABLE (id uuid, person_id uuid, email text, locale text, link_nonce bytea, expires_at timestamptz,
  issuer_name text, issuer_name_en text, federation_name text, federation_name_en text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.id, i.person_id, i.email, coalesce(pc.locale, 'ja'), i.link_nonce, i.expires_at, s.name, s.name_en, f.name, f.name_en
  FROM outbox e JOIN invitations i ON i.id = e.subject AND i.federation_id = e.federation_id JOIN issuers s ON s.id = i.issuer_id AND s.active
    JOIN units f ON f.id = i.federation_id LEFT JOIN people_contacts pc ON pc.person_id = i.person_id
  WHERE e.id = event AND e.name = 'identity.person_invited.v1' AND scope_text('system') = 'send_mail'
    AND i.used_at IS NULL AND i.withdrawn_at IS NULL AND now < i.expires_at AND i.link_nonce IS NOT NULL
$$;

-- A unit moves to another home: its row, its history and its open consultations in one transaction. Origin stays, consent
-- does not move (case_access is untouched and its receivers are units), the old office keeps what a duty gives it.
CREATE FUNCTION tenancy_move_unit(unit int, new_prefecture int, new_municipal int, on_date date, history uuid, now timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE u units; moved int;
BEGIN
  SELECT * INTO u FROM units WHERE id = unit FOR UPDATE;
  IF scope_text('role') IS DISTINCT FROM 'administrator' OR u.federation_id IS DISTINCT FROM scope_int('federation') OR u.level <> 'institution' THEN
    RAISE EXCEPTION 'not an institution of this federation' USING ERRCODE = '42501';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM units WHERE id = new_prefecture AND level = 'prefectural' AND federation_id = u.federation_id)
     OR (new_municipal IS NOT NULL AND NOT EXISTS (SELECT 1 FROM units WHERE id = new_municipal AND level = 'municipal' AND prefecture_id = new_prefecture AND federation_id = u.federation_id)) THEN
    RAISE EXCEPTION 'no such home' USING ERRCODE = '23503', CONSTRAINT = 'unit_home';
  END IF;
  UPDATE unit_homes SET until_on = on_date WHERE unit_id = unit AND until_on IS NULL;
  INSERT INTO unit_homes VALUES (history, u.federation_id, unit, new_prefecture, new_municipal, on_date, NULL);
  UPDATE units SET prefecture_id = new_prefecture, municipal_id = new_municipal, parent_id = coalesce(new_municipal, new_prefecture),
    path = (SELECT p.path FROM units p WHERE p.id = coalesce(new_municipal, new_prefecture)) || unit::text WHERE id = unit;
  UPDATE consultations SET prefecture_id = new_prefecture, municipal_id = new_municipal, updated_at = now, version = version + 1
  WHERE institution_id = unit AND state <> 'closed';
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $$;
-- A municipal association merges into another: it closes, its institutions move, its history keeps its name.
CREATE FUNCTION tenancy_merge_units(old_unit int, new_unit int, on_date date, now timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE o units; n units; i int; count int := 0;
BEGIN
  SELECT * INTO o FROM units WHERE id = old_unit FOR UPDATE;
  SELECT * INTO n FROM units WHERE id = new_unit FOR UPDATE;
  IF scope_text('role') IS DISTINCT FROM 'administrator' OR o.federation_id IS DISTINCT FROM scope_int('federation') OR n.federation_id IS DISTINCT FROM o.federation_id
     OR o.level <> 'municipal' OR n.level <> 'municipal' OR o.id = n.id OR n.merged_into IS NOT NULL OR o.merged_into IS NOT NULL THEN
    RAISE EXCEPTION 'not two municipal associations of this federation' USING ERRCODE = '42501';
  END IF;
  FOR i IN SELECT id FROM units WHERE municipal_id = old_unit AND level = 'institution' ORDER BY id LOOP
    PERFORM tenancy_move_unit(i, n.prefecture_id, new_unit, on_date, gen_random_uuid(), now);
    count := count + 1;
  END LOOP;
  -- What the closed office asked for itself: the header goes to its successor, the text stays where the asking side was.
  UPDATE consultations SET prefecture_id = n.prefecture_id, municipal_id = new_unit, updated_at = now, version = version + 1
  WHERE requester_unit_id = old_unit AND institution_id IS NULL AND state <> 'closed';
  UPDATE units SET closed_on = on_date, merged_into = new_unit WHERE id = old_unit;
  RETURN count;
END $$;

-- Gives an offer back: afterwards the caller no longer sees the row, which a plain UPDATE may not bring about.
CREATE FUNCTION desk_decline_offer(consultation uuid, seen int, now timestamptz) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE consultations c SET offered_queue_id = NULL, offered_by = NULL, offered_at = NULL, updated_at = now, version = c.version + 1
  WHERE c.id = consultation AND c.version = seen AND c.federation_id = scope_int('federation') AND c.offered_queue_id = ANY (scope_ints('queues'))
  RETURNING c.version
$$;

-- Resolved for long enough: closed by the system, with the same record a person leaves.
CREATE FUNCTION desk_close_resolved(before timestamptz, now timestamptz, batch int) RETURNS TABLE (id uuid, federation_id int, version int)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH closed AS (
    UPDATE consultations c SET state = 'closed', closed_at = now, updated_at = now, version = c.version + 1
    WHERE scope_text('system') = 'close_resolved' AND c.id IN (SELECT r.id FROM consultations r WHERE r.state = 'resolved' AND r.resolved_at <= before ORDER BY r.resolved_at LIMIT batch FOR UPDATE SKIP LOCKED)
    RETURNING c.id, c.federation_id, c.version),
  noted AS (
    INSERT INTO consultation_events (id, federation_id, consultation_id, verb, public, created_at)
    SELECT gen_random_uuid(), closed.federation_id, closed.id, 'closed', true, now FROM closed)
  SELECT closed.id, closed.federation_id, closed.version FROM closed
$$;
CREATE INDEX consultations_resolved ON consultations (resolved_at) WHERE state = 'resolved';
CREATE FUNCTION sweep_sign_ins(now timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (DELETE FROM sign_ins WHERE expires_at < now AND scope_text('system') = 'sweep_sign_ins' RETURNING 1) SELECT count(*) FROM gone
$$;

-- Rights. Who owns the definer functions is settled by always.sql after every migration.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_definer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_loader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_loader;
REVOKE UPDATE, DELETE ON audit_entries, audit_seals, witnessed_readings FROM portal_definer, portal_loader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_loader;
-- Our functions only: those of the extensions in this schema are the superuser's and open to all.
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole LOOP
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', f);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION scope_text(text), scope_int(text), scope_uuid(text), scope_ints(text), tokyo_date(timestamptz) TO PUBLIC;
-- What the doors above ask.
GRANT EXECUTE ON FUNCTION provider_serves(int, int, date), seat_is_live(seats, units, date), seat_is_live(seats, date), seat_queue_ids(uuid, text, int, int, text, date),
  seat_queue_ids(seats, date), set_scope(uuid, uuid, text, int, int, text, int[], uuid, timestamptz) TO portal_definer;
-- Asked by the trigger on every entry, as whoever writes it.
GRANT EXECUTE ON FUNCTION audit_content_hash(audit_entries) TO portal_app, portal_worker, portal_definer, portal_loader;
GRANT EXECUTE ON FUNCTION files_open_again(), may_be_invited(uuid), may_be_seated(uuid), own_case(uuid, int), reads_case(uuid), named_here(uuid), shared_here(uuid), consents_here(int), case_right(uuid), member_works_here(uuid), member_is_seen(uuid), unit_is_seen(int), consent_unit(uuid, text), enter(bytea, uuid, uuid, timestamptz, boolean), session_actor(bytea, timestamptz, uuid), sessions_seen(bytea[], timestamptz[]), session_seats(bytea, timestamptz),
  session_switch(bytea, bytea, uuid, timestamptz), session_end(bytea, timestamptz), sign_in_issuers(), sign_in_issuer(uuid), desk_hours(date),
  sign_in_begin(bytea, uuid, bytea, text, text, text, bytea, uuid, timestamptz), sign_in_take(bytea, bytea, timestamptz),
  sign_in_person(uuid, text, text, bytea, timestamptz),
  session_open(uuid, bytea, uuid, uuid, bytea, text, text, text[], boolean, timestamptz, text, int, timestamptz, timestamptz, uuid),
  witness(uuid, uuid, text, timestamptz), desk_decline_offer(uuid, int, timestamptz), enqueue(text, json, text, timestamptz, int),
  tenancy_move_unit(int, int, int, date, uuid, timestamptz), tenancy_merge_units(int, int, date, timestamptz) TO portal_app, portal_worker;
GRANT EXECUTE ON FUNCTION enter_system(text), mail_recipients(uuid, timestamptz), invitation_letter(uuid, timestamptz), desk_close_resolved(timestamptz, timestamptz, int), sweep_sign_ins(timestamptz) TO portal_worker;
