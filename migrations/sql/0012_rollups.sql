-- The view from above: how many consultations began in a month, by area, category and state. Nobody counts live (160–480 ms for a
-- nation) and no writer waits for a row that a whole federation shares: each writes what it changed as signed deltas, one job folds them.
--
-- Counted by origin, which is frozen: a clinic that moves takes its past along in no statistics. A confidential case is counted
-- nowhere: whoever sees an area lists all others, and the count less the list would tell of it.

-- Signed facts that wait to be folded. Written by the trigger, taken by the fold; the application roles never touch it.
CREATE TABLE desk_count_deltas (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  federation_id int NOT NULL,
  prefecture_id int,
  municipal_id  int,
  -- First day of the month of opening, in Tokyo.
  month         date NOT NULL,
  category      text NOT NULL,
  state         text NOT NULL,
  delta         int NOT NULL CHECK (delta <> 0)
);

-- The rollup: margins only. A row of a federation (both areas NULL), a prefecture or a municipality; of one category, of one
-- state, or of all (both NULL). What is not kept crossed cannot be asked for crossed, and a nation's year is a few hundred rows.
CREATE TABLE desk_counts (
  federation_id int NOT NULL REFERENCES units (id),
  prefecture_id int,
  municipal_id  int,
  month         date NOT NULL CHECK (extract(day FROM month) = 1),
  category      text,
  state         text,
  -- No CHECK against negative ones: a wrong count must not stop the fold. The nightly recount mends it.
  count         int NOT NULL,
  UNIQUE NULLS NOT DISTINCT (federation_id, prefecture_id, municipal_id, month, category, state),
  FOREIGN KEY (federation_id, prefecture_id) REFERENCES units (federation_id, id),
  FOREIGN KEY (federation_id, municipal_id) REFERENCES units (federation_id, id),
  CHECK (category IS NULL OR state IS NULL)
);

-- A recount and a publication take a month at a time.
CREATE INDEX desk_counts_month ON desk_counts (federation_id, month);

-- Up to when all is folded.
CREATE TABLE desk_count_rounds (
  federation_id int PRIMARY KEY REFERENCES units (id),
  folded_at     timestamptz
);

-- What is known of each month: when it was last compared with its consultations (NULL: never), and whether it holds anything that is not
-- published. With a stamp for each month a comparing that is stopped goes on where it stopped, and a worker that starts by day finds done
-- what the night has done.
CREATE TABLE desk_count_marks (
  federation_id int NOT NULL REFERENCES units (id),
  month         date NOT NULL,
  compared_at   timestamptz,
  unpublished   boolean NOT NULL,
  PRIMARY KEY (federation_id, month)
);

-- The margins that one consultation counts in: up to three areas, each in all, by category and by state.
CREATE FUNCTION desk_margins(prefecture int, municipal int, category text, state text)
RETURNS TABLE (prefecture_id int, municipal_id int, in_category text, in_state text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT a.prefecture, a.municipal, m.category, m.state
  FROM (VALUES (1, NULL::int, NULL::int), (2, prefecture, NULL), (3, prefecture, municipal)) a (level, prefecture, municipal)
    CROSS JOIN (VALUES (NULL::text, NULL::text), (category, NULL), (NULL, state)) m (category, state)
  WHERE a.level = 1 OR a.level = 2 AND a.prefecture IS NOT NULL OR a.level = 3 AND a.municipal IS NOT NULL
$$;

-- What the headers say themselves, uncrossed: for the recount and for a bulk load. Reads with the caller's rights.
CREATE VIEW desk_counts_recounted WITH (security_invoker = true) AS
  SELECT f.federation_id, m.prefecture_id, m.municipal_id, f.month, m.in_category AS category, m.in_state AS state, sum(f.n)::int AS count
  FROM (SELECT c.federation_id, c.origin_prefecture_id, c.origin_municipal_id, date_trunc('month', c.created_at AT TIME ZONE 'Asia/Tokyo')::date AS month,
          c.category, c.state, count(*) AS n FROM consultations c WHERE c.privacy <> 'confidential' GROUP BY 1, 2, 3, 4, 5, 6) f
    CROSS JOIN LATERAL desk_margins(f.origin_prefecture_id, f.origin_municipal_id, f.category, f.state) m
  GROUP BY 1, 2, 3, 4, 5, 6;

-- In the transaction that opens or changes a consultation. What reading does not change (turn, queue, home) leaves no delta.
CREATE FUNCTION desk_count_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.privacy <> 'confidential' THEN
    INSERT INTO desk_count_deltas (federation_id, prefecture_id, municipal_id, month, category, state, delta)
    VALUES (OLD.federation_id, OLD.origin_prefecture_id, OLD.origin_municipal_id, date_trunc('month', OLD.created_at AT TIME ZONE 'Asia/Tokyo'), OLD.category, OLD.state, -1);
  END IF;
  IF NEW.privacy <> 'confidential' THEN
    INSERT INTO desk_count_deltas (federation_id, prefecture_id, municipal_id, month, category, state, delta)
    VALUES (NEW.federation_id, NEW.origin_prefecture_id, NEW.origin_municipal_id, date_trunc('month', NEW.created_at AT TIME ZONE 'Asia/Tokyo'), NEW.category, NEW.state, 1);
  END IF;
  RETURN NULL;
END $$;
-- A bulk load brings its counts along itself, in one statement for all (services/portal/src/scale).
CREATE TRIGGER desk_count_added AFTER INSERT ON consultations FOR EACH ROW WHEN (current_user <> 'portal_loader') EXECUTE FUNCTION desk_count_change();
CREATE TRIGGER desk_count_changed AFTER UPDATE OF category, state, privacy ON consultations FOR EACH ROW
  WHEN ((OLD.category, OLD.state, OLD.privacy = 'confidential') IS DISTINCT FROM (NEW.category, NEW.state, NEW.privacy = 'confidential')) EXECUTE FUNCTION desk_count_change();

-- Folds at most `batch` deltas: taking and adding are one statement, so whoever is killed has done all of it or nothing. Of two at
-- once the second finds the lock taken and leaves the work to the first.
CREATE FUNCTION desk_fold_counts(now timestamptz, batch int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE folded int;
BEGIN
  IF scope_text('system') IS DISTINCT FROM 'fold_counts' OR NOT pg_try_advisory_xact_lock(hashtextextended('desk_counts', 0)) THEN RETURN 0; END IF;
  WITH taken AS (
    DELETE FROM desk_count_deltas d WHERE d.id IN (SELECT w.id FROM desk_count_deltas w ORDER BY w.id LIMIT batch) RETURNING d.*),
  added AS (
    INSERT INTO desk_counts AS c (federation_id, prefecture_id, municipal_id, month, category, state, count)
    SELECT t.federation_id, m.prefecture_id, m.municipal_id, t.month, m.in_category, m.in_state, sum(t.delta)
    FROM taken t CROSS JOIN LATERAL desk_margins(t.prefecture_id, t.municipal_id, t.category, t.state) m
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(t.delta) <> 0
    ON CONFLICT (federation_id, prefecture_id, municipal_id, month, category, state) DO UPDATE SET count = c.count + excluded.count
    RETURNING c.federation_id, c.month),
  marked AS (
    INSERT INTO desk_count_marks AS k (federation_id, month, unpublished) SELECT DISTINCT a.federation_id, a.month, true FROM added a
    ON CONFLICT (federation_id, month) DO UPDATE SET unpublished = true WHERE NOT k.unpublished)
  SELECT count(*) INTO folded FROM taken;
  IF folded < batch THEN
    INSERT INTO desk_count_rounds AS r (federation_id, folded_at) SELECT u.id, now FROM units u WHERE u.level = 'federation'
    ON CONFLICT (federation_id) DO UPDATE SET folded_at = excluded.folded_at;
  END IF;
  RETURN folded;
END $$;

-- The months that were not compared since `due`, oldest first. Asked after each of them: from month to month over the indexes, not over
-- every count.
CREATE FUNCTION desk_count_months(due timestamptz) RETURNS TABLE (federation_id int, month date) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE ours AS (
    SELECT u.id FROM units u WHERE scope_text('system') = 'fold_counts' AND u.level = 'federation'),
  counted AS (
    SELECT o.id, (SELECT min(c.month) FROM desk_counts c WHERE c.federation_id = o.id) AS month FROM ours o
    UNION ALL
    SELECT n.id, (SELECT min(c.month) FROM desk_counts c WHERE c.federation_id = n.id AND c.month > n.month) FROM counted n WHERE n.month IS NOT NULL),
  there AS (
    SELECT o.id, s.month::date FROM ours o
      CROSS JOIN LATERAL (SELECT min(c.created_at) AS first, max(c.created_at) AS last FROM consultations c WHERE c.federation_id = o.id) b
      CROSS JOIN LATERAL generate_series(date_trunc('month', b.first AT TIME ZONE 'Asia/Tokyo'), date_trunc('month', b.last AT TIME ZONE 'Asia/Tokyo'), interval '1 month') s (month)
    UNION SELECT n.id, n.month FROM counted n WHERE n.month IS NOT NULL)
  SELECT t.id, t.month FROM there t
  WHERE NOT EXISTS (SELECT 1 FROM desk_count_marks k WHERE k.federation_id = t.id AND k.month = t.month AND k.compared_at >= due)
  ORDER BY 1, 2
$$;
-- Compares one month with its consultations, puts right what is off and says what it was. Headers, counts and waiting deltas are seen
-- at one instant, and the lock keeps the fold away, so what is under way elsewhere is on both sides or on neither. In the same transaction
-- the month is stamped, and marked where its published copy (0015) is not what it should be.
CREATE FUNCTION desk_reconcile_counts(federation int, of_month date, now timestamptz)
RETURNS TABLE (prefecture_id int, municipal_id int, category text, state text, was int, is_now int) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE differs boolean;
BEGIN
  IF scope_text('system') IS DISTINCT FROM 'fold_counts' THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('desk_counts', 0));
  RETURN QUERY WITH facts AS (
    SELECT c.origin_prefecture_id AS prefecture, c.origin_municipal_id AS municipal, c.category, c.state, count(*)::int AS n FROM consultations c
    WHERE c.federation_id = federation AND c.privacy <> 'confidential'
      AND c.created_at >= of_month::timestamp AT TIME ZONE 'Asia/Tokyo' AND c.created_at < (of_month + interval '1 month') AT TIME ZONE 'Asia/Tokyo'
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT d.prefecture_id, d.municipal_id, d.category, d.state, -d.delta FROM desk_count_deltas d WHERE d.federation_id = federation AND d.month = of_month),
  wanted AS (
    SELECT m.prefecture_id, m.municipal_id, m.in_category, m.in_state, sum(f.n)::int AS n
    FROM facts f CROSS JOIN LATERAL desk_margins(f.prefecture, f.municipal, f.category, f.state) m GROUP BY 1, 2, 3, 4),
  off AS (
    SELECT coalesce(w.prefecture_id, c.prefecture_id) AS prefecture_id, coalesce(w.municipal_id, c.municipal_id) AS municipal_id,
      coalesce(w.in_category, c.category) AS category, coalesce(w.in_state, c.state) AS state, coalesce(c.count, 0) AS was, coalesce(w.n, 0) AS n
    FROM wanted w FULL JOIN (SELECT * FROM desk_counts x WHERE x.federation_id = federation AND x.month = of_month) c
      ON coalesce(c.prefecture_id, 0) = coalesce(w.prefecture_id, 0) AND coalesce(c.municipal_id, 0) = coalesce(w.municipal_id, 0)
      AND coalesce(c.category, '') = coalesce(w.in_category, '') AND coalesce(c.state, '') = coalesce(w.in_state, '')
    WHERE coalesce(c.count, 0) <> coalesce(w.n, 0)),
  mended AS (
    INSERT INTO desk_counts AS c (federation_id, prefecture_id, municipal_id, month, category, state, count)
    SELECT federation, o.prefecture_id, o.municipal_id, of_month, o.category, o.state, o.n FROM off o
    ON CONFLICT (federation_id, prefecture_id, municipal_id, month, category, state) DO UPDATE SET count = excluded.count)
  SELECT o.prefecture_id, o.municipal_id, o.category, o.state, o.was, o.n FROM off o ORDER BY 1 NULLS FIRST, 2 NULLS FIRST, 3 NULLS FIRST, 4 NULLS FIRST;
  differs := FOUND OR EXISTS (
    SELECT c.prefecture_id, c.municipal_id, c.category, c.state, c.count FROM desk_counts c WHERE c.federation_id = federation AND c.month = of_month
    EXCEPT SELECT p.prefecture_id, p.municipal_id, p.category, p.state, p.count FROM desk_counts_published p WHERE p.federation_id = federation AND p.month = of_month);
  INSERT INTO desk_count_marks AS k (federation_id, month, compared_at, unpublished) VALUES (federation, of_month, now, differs)
  ON CONFLICT (federation_id, month) DO UPDATE SET compared_at = excluded.compared_at, unpublished = k.unpublished OR excluded.unpublished;
END $$;

CALL secure('desk_count_deltas', '{}');
CALL secure('desk_counts', '{}');
CALL secure('desk_count_marks', '{}');
CALL secure('desk_count_rounds', '{select}');
-- Nobody reads counts that change with each case: officers read the day's copy (0015), and know how old it is.
CREATE POLICY see ON desk_count_rounds FOR SELECT TO portal_app, portal_worker USING (CASE
  WHEN federation_id IS DISTINCT FROM (SELECT scope_int('federation')) THEN false
  ELSE (SELECT scope_ints('national')) <> '{}' OR (SELECT scope_ints('prefectures')) <> '{}' OR (SELECT scope_ints('municipals')) <> '{}' END);

GRANT SELECT, INSERT, UPDATE, DELETE ON desk_count_deltas, desk_counts, desk_count_rounds, desk_count_marks TO portal_definer;
GRANT SELECT, INSERT, DELETE ON desk_counts, desk_count_marks TO portal_loader;
GRANT SELECT, DELETE ON desk_count_deltas TO portal_loader;
GRANT SELECT ON desk_counts_recounted TO portal_loader, portal_definer;
REVOKE EXECUTE ON FUNCTION desk_margins(int, int, text, text), desk_count_change(), desk_fold_counts(timestamptz, int), desk_count_months(timestamptz),
  desk_reconcile_counts(int, date, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_margins(int, int, text, text) TO portal_definer, portal_loader;
GRANT EXECUTE ON FUNCTION desk_fold_counts(timestamptz, int), desk_count_months(timestamptz), desk_reconcile_counts(int, date, timestamptz) TO portal_worker;
