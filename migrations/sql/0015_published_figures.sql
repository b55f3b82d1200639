-- What officers read is a copy of the rollup, made once a day. The rollup itself follows each change within half a minute, and whoever
-- read a page before and after one change could tell a hidden number from the difference ("5", then "under 5": 4).
CREATE TABLE desk_counts_published (
  federation_id int NOT NULL REFERENCES units (id),
  prefecture_id int,
  municipal_id  int,
  month         date NOT NULL,
  category      text,
  state         text,
  count         int NOT NULL,
  UNIQUE NULLS NOT DISTINCT (federation_id, prefecture_id, municipal_id, month, category, state),
  FOREIGN KEY (federation_id, prefecture_id) REFERENCES units (federation_id, id),
  FOREIGN KEY (federation_id, municipal_id) REFERENCES units (federation_id, id)
);
-- One area's own margins; the totals of the areas below one.
CREATE INDEX desk_counts_federation ON desk_counts_published (federation_id, month) WHERE prefecture_id IS NULL AND municipal_id IS NULL;
CREATE INDEX desk_counts_prefecture ON desk_counts_published (prefecture_id, month) WHERE municipal_id IS NULL;
CREATE INDEX desk_counts_municipal ON desk_counts_published (municipal_id, month) WHERE municipal_id IS NOT NULL;
CREATE INDEX desk_counts_prefectures ON desk_counts_published (federation_id, prefecture_id, month) WHERE municipal_id IS NULL AND category IS NULL AND state IS NULL;
CREATE INDEX desk_counts_municipals ON desk_counts_published (prefecture_id, municipal_id, month) WHERE municipal_id IS NOT NULL AND category IS NULL AND state IS NULL;

CREATE INDEX desk_counts_published_month ON desk_counts_published (federation_id, month);

-- Up to when the published copy is counted; NULL before the first one.
ALTER TABLE desk_count_rounds ADD published_at timestamptz;

-- Publishes the counts of every federation that was folded at or after `due` and not published since; how many federations. All of it is
-- one transaction: killed, it has done nothing, and told again it does it once. Rows of the rollup never vanish (they come to zero), so
-- what differs is all there is to write, and it differs in months that are marked; a bulk load brings its own copy along. The lock keeps
-- folds away: copy and instant belong together.
CREATE FUNCTION desk_publish_counts(due timestamptz) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE late int[];
BEGIN
  IF scope_text('system') IS DISTINCT FROM 'fold_counts' OR NOT pg_try_advisory_xact_lock(hashtextextended('desk_counts', 0)) THEN RETURN 0; END IF;
  late := ARRAY(SELECT r.federation_id FROM desk_count_rounds r WHERE r.folded_at >= due AND (r.published_at IS NULL OR r.published_at < due));
  IF late = '{}' THEN RETURN 0; END IF;
  INSERT INTO desk_counts_published (federation_id, prefecture_id, municipal_id, month, category, state, count)
    (SELECT c.federation_id, c.prefecture_id, c.municipal_id, c.month, c.category, c.state, c.count
     FROM desk_count_marks k JOIN desk_counts c ON c.federation_id = k.federation_id AND c.month = k.month WHERE k.federation_id = ANY (late) AND k.unpublished
     EXCEPT SELECT p.federation_id, p.prefecture_id, p.municipal_id, p.month, p.category, p.state, p.count
     FROM desk_count_marks k JOIN desk_counts_published p ON p.federation_id = k.federation_id AND p.month = k.month WHERE k.federation_id = ANY (late) AND k.unpublished)
  ON CONFLICT (federation_id, prefecture_id, municipal_id, month, category, state) DO UPDATE SET count = excluded.count;
  UPDATE desk_count_marks k SET unpublished = false WHERE k.federation_id = ANY (late) AND k.unpublished;
  UPDATE desk_count_rounds r SET published_at = r.folded_at WHERE r.federation_id = ANY (late);
  RETURN cardinality(late);
END $$;

CALL secure('desk_counts_published', '{select}');
-- An area's officer sees the area's rows, whoever sees the whole federation all of them; the desk and those who ask see none.
CREATE POLICY see ON desk_counts_published FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  WHEN federation_id = ANY ((SELECT scope_ints('national'))::int[]) THEN true
  WHEN municipal_id = ANY ((SELECT scope_ints('municipals'))::int[]) THEN true
  ELSE coalesce(prefecture_id = ANY ((SELECT scope_ints('prefectures'))::int[]), false) END);

GRANT SELECT, INSERT, UPDATE ON desk_counts_published TO portal_definer;
GRANT SELECT, INSERT, DELETE ON desk_counts_published TO portal_loader;
GRANT SELECT, INSERT, UPDATE ON desk_count_rounds TO portal_loader;
REVOKE EXECUTE ON FUNCTION desk_publish_counts(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_publish_counts(timestamptz) TO portal_worker;
