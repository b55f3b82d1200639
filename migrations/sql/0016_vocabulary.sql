-- The words of a federation's lists in one row: its categories, its queues, its prefectural associations. A list that names them row by
-- row, or offers them in its filters, reads this row instead of sixty (infra/decisions/rows.md).
-- One line each, in the order in which they are offered, seven parts between tabs: of (category, queue, prefecture, other_prefecture), value,
-- name, English name, and for a category the days from and until which it is in force; the last says whether a queue is active.
CREATE TABLE desk_vocabularies (
  federation_id int PRIMARY KEY REFERENCES units (id),
  words         text NOT NULL
) WITH (toast_tuple_target = 8160);
-- Uncompressed in the row itself up to a page: it is read far more often than written.
ALTER TABLE desk_vocabularies ALTER words SET STORAGE EXTERNAL;

-- A name's tabs and line breaks become spaces: they part the words here.
CREATE FUNCTION desk_word(parts text[]) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN (SELECT string_agg(regexp_replace(coalesce(p, ''), '[\t\r\n]', ' ', 'g'), E'\t' ORDER BY n) FROM unnest(parts) WITH ORDINALITY x (p, n));
CREATE FUNCTION desk_words(federation int) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp
  RETURN (SELECT coalesce(string_agg(word, E'\n' ORDER BY part, place, value), '') FROM (
    SELECT 1 AS part, lpad((sort + 1000000)::text, 8, '0') AS place, code AS value, desk_word(ARRAY['category', code, name, name_en, from_on::text, until_on::text, '']) AS word
    FROM desk_categories WHERE federation_id = federation
    UNION ALL SELECT 2, lpad(id::text, 10, '0'), '', desk_word(ARRAY['queue', id::text, name, name_en, '', '', CASE WHEN active THEN 'active' END])
    FROM queues WHERE federation_id = federation
    UNION ALL SELECT 3, coalesce(code, '~'), lpad(id::text, 10, '0'), desk_word(ARRAY[CASE kind WHEN 'prefectural_association' THEN 'prefecture' ELSE 'other_prefecture' END,
      id::text, coalesce(short_name, name), coalesce(short_name_en, name_en), '', '', ''])
    FROM units WHERE federation_id = federation AND level = 'prefectural') w);

-- Written anew when one of its words changes. The row is held first: of two changes at once, the second reads what the first has written.
CREATE FUNCTION desk_vocabulary_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE federation int := CASE TG_OP WHEN 'DELETE' THEN OLD.federation_id ELSE NEW.federation_id END;
BEGIN
  INSERT INTO desk_vocabularies (federation_id, words) VALUES (federation, '') ON CONFLICT (federation_id) DO NOTHING;
  PERFORM 1 FROM desk_vocabularies v WHERE v.federation_id = federation FOR UPDATE;
  UPDATE desk_vocabularies v SET words = desk_words(federation) WHERE v.federation_id = federation;
  RETURN NULL;
END $$;
CREATE TRIGGER desk_vocabulary_changes AFTER INSERT OR UPDATE OR DELETE ON desk_categories FOR EACH ROW EXECUTE FUNCTION desk_vocabulary_changes();
CREATE TRIGGER desk_vocabulary_changes AFTER INSERT OR UPDATE OR DELETE ON queues FOR EACH ROW EXECUTE FUNCTION desk_vocabulary_changes();
CREATE TRIGGER desk_vocabulary_changes AFTER INSERT OR UPDATE ON units FOR EACH ROW WHEN (NEW.level = 'prefectural') EXECUTE FUNCTION desk_vocabulary_changes();
CREATE TRIGGER desk_vocabulary_shrinks AFTER DELETE ON units FOR EACH ROW WHEN (OLD.level = 'prefectural') EXECUTE FUNCTION desk_vocabulary_changes();

CALL secure('desk_vocabularies', '{select}');
-- As each of its words: everybody in the federation.
CREATE POLICY see ON desk_vocabularies FOR SELECT TO portal_app, portal_worker USING (federation_id = (SELECT scope_int('federation')));
GRANT SELECT, INSERT, UPDATE ON desk_vocabularies TO portal_definer;
REVOKE EXECUTE ON FUNCTION desk_word(text[]), desk_words(int), desk_vocabulary_changes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_word(text[]), desk_words(int) TO portal_definer;
