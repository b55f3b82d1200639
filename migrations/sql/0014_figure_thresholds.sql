-- Up to which count an area's figures show nothing (desk::disclosure): dated in Tokyo days, the installation's (federation_id NULL) or a
-- federation's own, which comes before it. A row stands until the next one begins, so there is no day without a threshold.
CREATE TABLE figure_thresholds (
  federation_id int REFERENCES units (id),
  from_on       date NOT NULL,
  -- Counts from 1 to one less than this are hidden. Below 3 a hidden cell has one possible value; the ceiling is against a slip.
  least         int NOT NULL CHECK (least BETWEEN 3 AND 100),
  -- Who says so: a paper with its section, a decision with its day.
  source        text NOT NULL CHECK (btrim(source) <> ''),
  UNIQUE NULLS NOT DISTINCT (federation_id, from_on)
);
-- Until an installation says otherwise. In force on every day that anybody looks on.
INSERT INTO figure_thresholds VALUES (NULL, '2000-01-01', 5, 'consultation.md section 8, point 6: "for example under 5"; a proposal of ours');

-- Without the installation's first row there would be days without a threshold, and the page would fail.
CREATE FUNCTION figure_threshold_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.federation_id IS NULL AND OLD.from_on = '2000-01-01' THEN
    RAISE EXCEPTION 'the first threshold is never changed: add another one from its day on' USING ERRCODE = '42501';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER figure_threshold_is_kept BEFORE UPDATE OR DELETE ON figure_thresholds FOR EACH ROW EXECUTE FUNCTION figure_threshold_is_kept();

CALL secure('figure_thresholds', '{select}');
CREATE POLICY see ON figure_thresholds FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN (SELECT scope_int('federation')) IS NULL THEN false
  ELSE federation_id IS NULL OR federation_id = (SELECT scope_int('federation')) END);
GRANT SELECT, INSERT, UPDATE, DELETE ON figure_thresholds TO portal_loader;
REVOKE EXECUTE ON FUNCTION figure_threshold_is_kept() FROM PUBLIC;
