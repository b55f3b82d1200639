-- Who answers for a case. A seat answers from a queue that it holds (`seat_queue_ids`), and of those the seat on duty comes
-- first. No case is ever without one: a seat on duty does not end, a seat that ends hands its open cases over, and what runs out
-- by a date (a seat, a contract, an organisation) is handed over by the system within a minute.

CREATE INDEX seats_desk ON seats (federation_id, role) WHERE ended_at IS NULL AND role IN ('officer', 'agent', 'lead');
CREATE INDEX queues_duty ON queues (duty_seat_id);

-- Who takes what nobody has taken, never `without`. The seat is held until the transaction ends, so that it does not end in
-- between; failing all, the queue is, so that its duty stays.
CREATE FUNCTION queue_answerer(queue int, today date, without uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE candidate uuid;
BEGIN
  FOR candidate IN SELECT a.seat_id FROM queue_seats(queue, today) a WHERE a.seat_id IS DISTINCT FROM without ORDER BY a.turn LOOP
    PERFORM 1 FROM seats WHERE id = candidate AND ended_at IS NULL FOR SHARE;
    IF FOUND THEN RETURN candidate; END IF;
  END LOOP;
  SELECT duty_seat_id INTO candidate FROM queues WHERE id = queue FOR SHARE;
  RETURN candidate;
END $$;

-- A case that arrives (asked, moved, reopened) is answered for by the seat that is named if it answers from there, else by whoever
-- answers for the queue: a clinic is never refused because somebody left. Naming somebody else for a case that stays is refused.
-- The seat is held: one that is just being ended is either refused here, or finds the case and hands it over.
CREATE FUNCTION consultation_is_answered_for() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE arrives boolean := TG_OP = 'INSERT'; today date := tokyo_date(NEW.updated_at);
BEGIN
  IF NEW.state IN ('resolved', 'closed') THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' THEN
    arrives := NEW.queue_id <> OLD.queue_id OR OLD.state IN ('resolved', 'closed');
    IF NOT arrives AND NEW.responsible_seat_id = OLD.responsible_seat_id THEN RETURN NEW; END IF;
  END IF;
  PERFORM 1 FROM seats WHERE id = NEW.responsible_seat_id AND ended_at IS NULL FOR SHARE;
  IF FOUND AND EXISTS (SELECT 1 FROM queue_seats(NEW.queue_id, today) a WHERE a.seat_id = NEW.responsible_seat_id) THEN RETURN NEW; END IF;
  IF NOT arrives THEN
    RAISE EXCEPTION 'seat % does not answer from queue %', NEW.responsible_seat_id, NEW.queue_id USING ERRCODE = '23514', CONSTRAINT = 'consultation_is_answered_for';
  END IF;
  NEW.responsible_seat_id := queue_answerer(NEW.queue_id, today, NULL);
  RETURN NEW;
END $$;
CREATE TRIGGER consultation_is_answered_for BEFORE INSERT OR UPDATE OF queue_id, responsible_seat_id, state ON consultations
  FOR EACH ROW EXECUTE FUNCTION consultation_is_answered_for();

-- A queue's duty is an open seat's, and a seat with a duty or with open cases does not end.
CREATE FUNCTION queue_duty_is_open() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM seats WHERE id = NEW.duty_seat_id AND ended_at IS NULL FOR SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'seat % has ended', NEW.duty_seat_id USING ERRCODE = '23514', CONSTRAINT = 'queue_duty_is_open'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER queue_duty_is_open BEFORE INSERT OR UPDATE OF duty_seat_id ON queues FOR EACH ROW EXECUTE FUNCTION queue_duty_is_open();
CREATE FUNCTION seat_is_let_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM queues WHERE duty_seat_id = NEW.id) THEN
    RAISE EXCEPTION 'seat % is on duty', NEW.id USING ERRCODE = '23514', CONSTRAINT = 'seat_has_no_duty';
  END IF;
  IF EXISTS (SELECT 1 FROM consultations WHERE responsible_seat_id = NEW.id AND state NOT IN ('resolved', 'closed')) THEN
    RAISE EXCEPTION 'seat % answers for open cases', NEW.id USING ERRCODE = '23514', CONSTRAINT = 'seat_has_no_cases';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER seat_is_let_go BEFORE UPDATE OF ended_at ON seats FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION seat_is_let_go();

-- Gives one open case to whoever answers for its queue and says so in the thread.
CREATE FUNCTION hand_over(c consultations, without uuid, now timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE taker uuid := queue_answerer(c.queue_id, tokyo_date(now), without);
BEGIN
  UPDATE consultations SET responsible_seat_id = taker, updated_at = now, version = c.version + 1 WHERE id = c.id;
  INSERT INTO consultation_events (id, federation_id, consultation_id, verb, from_word, to_word, seat_id, public, created_at)
  VALUES (gen_random_uuid(), c.federation_id, c.id, 'handed_over', c.responsible_seat_id, taker, scope_uuid('seat'), false, now);
  RETURN taker;
END $$;
-- Before an administrator ends a seat: its open cases, which the administrator cannot see. The seat is held, so that no further
-- case comes to it meanwhile. Row security and the trigger above decide whether it then ends.
CREATE FUNCTION desk_hand_over_seat(gone uuid, now timestamptz) RETURNS TABLE (id uuid, version int, seat uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE c consultations;
BEGIN
  PERFORM 1 FROM seats s WHERE s.id = gone AND s.ended_at IS NULL AND s.federation_id = scope_int('federation') AND s.person_id <> scope_uuid('person') FOR NO KEY UPDATE;
  IF NOT FOUND OR scope_text('role') IS DISTINCT FROM 'administrator' THEN RAISE EXCEPTION 'not a seat to end' USING ERRCODE = '42501'; END IF;
  FOR c IN SELECT * FROM consultations o WHERE o.responsible_seat_id = gone AND o.state NOT IN ('resolved', 'closed') ORDER BY o.id FOR NO KEY UPDATE LOOP
    id := c.id; version := c.version + 1; seat := hand_over(c, gone, now);
    RETURN NEXT;
  END LOOP;
END $$;
-- What answers for a case without answering from its queue any more. Cases are many, their seats are few: asked by seat, and the cases of
-- each such seat for themselves. In one statement, a planner that expects some of them reads all cases by their ids until it has a batch.
CREATE FUNCTION desk_hand_over_lapsed(now timestamptz, batch int) RETURNS TABLE (id uuid, federation_id int, version int, old_seat uuid, seat uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  lapsed record;
  c consultations;
  left_over int := batch;
BEGIN
  IF scope_text('system') IS DISTINCT FROM 'hand_over' THEN RETURN; END IF;
  FOR lapsed IN
    WITH held AS MATERIALIZED (SELECT DISTINCT o.responsible_seat_id, o.queue_id FROM consultations o WHERE o.state NOT IN ('resolved', 'closed'))
    SELECT h.responsible_seat_id AS holder, h.queue_id AS queue FROM held h
    WHERE NOT EXISTS (SELECT 1 FROM queue_seats(h.queue_id, tokyo_date(now)) a WHERE a.seat_id = h.responsible_seat_id) ORDER BY 2, 1 LOOP
    FOR c IN
      SELECT o.* FROM consultations o WHERE o.responsible_seat_id = lapsed.holder AND o.queue_id = lapsed.queue AND o.state NOT IN ('resolved', 'closed')
      ORDER BY o.id LIMIT left_over FOR NO KEY UPDATE OF o SKIP LOCKED LOOP
      id := c.id; federation_id := c.federation_id; version := c.version + 1; old_seat := c.responsible_seat_id; seat := hand_over(c, NULL, now);
      left_over := left_over - 1;
      RETURN NEXT;
    END LOOP;
    EXIT WHEN left_over <= 0;
  END LOOP;
END $$;
-- Queues that take cases while their seat on duty does not answer: run out, or without the queue. Somebody must take the duty.
CREATE FUNCTION desk_duties_lapsed(now timestamptz) RETURNS TABLE (code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT q.code FROM queues q JOIN seats s ON s.id = q.duty_seat_id
  WHERE scope_text('system') = 'hand_over' AND q.active AND NOT (seat_is_live(s, tokyo_date(now)) AND q.id = ANY (seat_queue_ids(s, tokyo_date(now)))) ORDER BY q.id
$$;

-- Whom somebody who holds a queue may make responsible, with role and organisation: the very seats that the trigger above accepts.
CREATE FUNCTION desk_seats(queue int, now timestamptz) RETURNS TABLE (seat_id uuid, name text, role text, unit_name text, unit_name_en text, on_duty boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id, p.name, s.role, u.name, u.name_en, a.on_duty
  FROM queue_seats(queue, tokyo_date(now)) a JOIN seats s ON s.id = a.seat_id JOIN people p ON p.id = s.person_id JOIN units u ON u.id = s.unit_id
  WHERE queue = ANY (scope_ints('queues')) ORDER BY a.on_duty DESC, p.name, s.id LIMIT 200
$$;
-- An officer who works a queue of their prefecture is known to whoever works it too.
-- Whether an association runs a queue of the reader's.
CREATE FUNCTION runs_a_queue_here(unit int) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM queues q WHERE q.unit_id = unit AND q.federation_id = scope_int('federation') AND q.id = ANY (scope_ints('queues')));
END $$;
ALTER POLICY see ON seats USING (CASE
  WHEN person_id = (SELECT scope_uuid('person')) THEN true
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN unit_id = (SELECT scope_int('unit')) THEN true
  WHEN (SELECT scope_text('role')) IN ('administrator', 'auditor') THEN true
  WHEN role IN ('agent', 'lead') THEN (SELECT scope_ints('queues')) <> '{}'
  ELSE role = 'officer' AND runs_a_queue_here(unit_id) END);

-- Who has just handed a case over tells so; nothing else of a case that is not theirs to see.
CREATE FUNCTION handed_over_here(consultation uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT scope_text('role') = 'administrator' AND EXISTS (SELECT 1 FROM consultation_events e
    WHERE e.consultation_id = consultation AND e.federation_id = scope_int('federation') AND e.verb = 'handed_over' AND e.seat_id = scope_uuid('seat'))
$$;
CREATE POLICY add_handed_over ON outbox FOR INSERT TO portal_app WITH CHECK (
  federation_id = (SELECT scope_int('federation')) AND handled_at IS NULL AND name = 'desk.consultation_assigned.v1' AND handed_over_here(subject));

REVOKE EXECUTE ON FUNCTION queue_answerer(int, date, uuid), consultation_is_answered_for(), queue_duty_is_open(), seat_is_let_go(),
  hand_over(consultations, uuid, timestamptz), desk_hand_over_seat(uuid, timestamptz), desk_hand_over_lapsed(timestamptz, int),
  desk_duties_lapsed(timestamptz), desk_seats(int, timestamptz), handed_over_here(uuid), runs_a_queue_here(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_seats(int, timestamptz), desk_hand_over_seat(uuid, timestamptz), handed_over_here(uuid) TO portal_app;
GRANT EXECUTE ON FUNCTION runs_a_queue_here(int) TO portal_app, portal_worker;
GRANT EXECUTE ON FUNCTION desk_hand_over_lapsed(timestamptz, int), desk_duties_lapsed(timestamptz) TO portal_worker;
