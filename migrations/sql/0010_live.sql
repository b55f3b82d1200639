-- News for pages that are open: a case has moved. Ids only, to every process of the portal that listens; whoever hears of it reads
-- for themself, in their own scope. A load past the policies (no scope) tells nobody.
CREATE FUNCTION tell_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('portal_live', json_build_object('case', NEW.id, 'federation', NEW.federation_id, 'seat', scope_uuid('seat'),
    'units', array_remove(ARRAY[NEW.requester_unit_id, NEW.institution_id], NULL),
    'queues', array_remove(ARRAY[NEW.queue_id, NEW.offered_queue_id], NULL))::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_live AFTER INSERT OR UPDATE ON consultations FOR EACH ROW
  WHEN (scope_int('federation') IS NOT NULL OR scope_text('system') IS NOT NULL) EXECUTE FUNCTION tell_live();
