-- News for pages that are open: a case has moved. Ids only, to every process of the portal that listens; whoever hears of it reads
-- for themself, in their own scope. Where it was is told with where it is: a list that it left has changed as well. A load past the
-- policies (no scope) tells nobody.
CREATE FUNCTION tell_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('portal_live', json_build_object('case', NEW.id, 'federation', NEW.federation_id, 'seat', scope_uuid('seat'),
    'units', array_remove(ARRAY[NEW.requester_unit_id, NEW.institution_id], NULL),
    'queues', array_remove(ARRAY[NEW.queue_id, NEW.offered_queue_id, OLD.queue_id, OLD.offered_queue_id], NULL),
    'areas', array_remove(ARRAY[NEW.municipal_id, NEW.prefecture_id, OLD.municipal_id, OLD.prefecture_id], NULL))::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_live AFTER INSERT OR UPDATE ON consultations FOR EACH ROW
  WHEN (scope_int('federation') IS NOT NULL OR scope_text('system') IS NOT NULL) EXECUTE FUNCTION tell_live();

-- A consent opens a case to an organisation, or ends that.
CREATE FUNCTION tell_live_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('portal_live', json_build_object('case', NEW.consultation_id, 'federation', NEW.federation_id, 'seat', scope_uuid('seat'),
    'units', array_remove(ARRAY[NEW.unit_id], NULL))::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_live AFTER INSERT OR UPDATE ON case_access FOR EACH ROW
  WHEN (scope_int('federation') IS NOT NULL OR scope_text('system') IS NOT NULL) EXECUTE FUNCTION tell_live_consent();
