-- The smallest federation that can work: one institution that asks, one desk that answers, an administrator, an issuer.
-- A pattern to copy and fill in, run once, in one transaction, as portal_loader:
--
--   psql "$LOADER_URL" -v ON_ERROR_STOP=1 --single-transaction -f first_federation.sql
--
-- Everything below in capitals is yours to replace. Codes, categories and lines are rows, so they can be changed later.
\set federation_name  '''EXAMPLE FEDERATION'''
\set federation_prefix '''X'''
\set prefecture_name  '''EXAMPLE PREFECTURAL ASSOCIATION'''
\set clinic_name      '''EXAMPLE CLINIC'''
\set clinic_code      '''0000000000'''
\set issuer_url       '''https://sign-in.example.jp'''
\set issuer_client    '''tomoshibi'''
-- The client secret itself is the setting secrets.sign_in (TOMOSHIBI_SECRETS_SIGN_IN).
\set issuer_secret    '''sign_in'''
-- What this issuer says in `acr` or `amr` when a second factor was used.
\set issuer_acrs      '''{}'''
\set issuer_amrs      '''{otp,hwk,swk,mfa}'''

-- The tree. A federation is its own root; a child copies its parent's place.
WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
INSERT INTO units (id, federation_id, level, kind, code, name, path, number_prefix, opened_on)
SELECT id, id, 'federation', 'national_body', 'ROOT', :federation_name, id::text::ltree, :federation_prefix, current_date FROM n
RETURNING id AS federation \gset

WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
INSERT INTO units (id, federation_id, level, kind, code, name, parent_id, path, opened_on)
SELECT n.id, :federation, 'prefectural', 'prefectural_association', '01', :prefecture_name, p.id, p.path || n.id::text, current_date
FROM n, units p WHERE p.id = :federation
RETURNING id AS prefecture \gset

WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
INSERT INTO units (id, federation_id, level, kind, code, name, parent_id, prefecture_id, path, opened_on)
SELECT n.id, :federation, 'institution', 'clinic', :clinic_code, :clinic_name, p.id, p.id, p.path || n.id::text, current_date
FROM n, units p WHERE p.id = :prefecture
RETURNING id AS clinic \gset
INSERT INTO unit_homes SELECT gen_random_uuid(), federation_id, id, prefecture_id, municipal_id, opened_on, NULL FROM units WHERE id = :clinic;

-- Who may sign in: a person, an address, a seat and an invitation. The first sign-in with the verified address binds.
INSERT INTO issuers (id, federation_id, unit_id, name, issuer_url, client_id, secret_name, second_factor_acrs, second_factor_amrs)
VALUES (gen_random_uuid(), :federation, :federation, :federation_name, :issuer_url, :issuer_client, :issuer_secret, :issuer_acrs, :issuer_amrs)
RETURNING id AS issuer \gset

CREATE TEMPORARY TABLE coming (name text, email text, unit int, role text, person uuid DEFAULT gen_random_uuid(), seat uuid DEFAULT gen_random_uuid());
INSERT INTO coming (name, email, unit, role) VALUES
  ('ADMINISTRATOR', 'admin@example.jp', :federation, 'administrator'),
  ('AGENT', 'agent@example.jp', :federation, 'agent'),
  ('OWNER OF THE CLINIC', 'owner@example.jp', :clinic, 'owner');
INSERT INTO people (id, name, created_at) SELECT person, name, now() FROM coming;
-- Letters go to an address when its reader has signed in with it once; nothing is written to it before.
INSERT INTO people_contacts (person_id, email, locale) SELECT person, email, 'ja' FROM coming;
INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) SELECT seat, :federation, person, unit, role, current_date, now() FROM coming;
INSERT INTO invitations (id, federation_id, issuer_id, person_id, email, created_at, expires_at)
SELECT gen_random_uuid(), :federation, :'issuer', person, email, now(), now() + interval '14 days' FROM coming;

-- The desk: a queue for each of the four lines, its seat on duty, the route to it, and what a clinic can ask about.
SELECT seat AS duty FROM coming WHERE role = 'agent' \gset
INSERT INTO queues (federation_id, code, name, name_en, line, unit_id, duty_seat_id) VALUES
  (:federation, 'first', '1次窓口', 'First line', '1', :federation, :'duty'),
  (:federation, 'second', '2次窓口', 'Second line', '2', :federation, :'duty'),
  (:federation, 'guideline', 'ガイドライン窓口', 'Guideline desk', 'G', :federation, :'duty'),
  (:federation, 'grant', '支援金窓口', 'Grant desk', 'A', :federation, :'duty');
INSERT INTO queue_routes (federation_id, line, queue_id) SELECT federation_id, line, id FROM queues WHERE federation_id = :federation;
INSERT INTO seat_queues (federation_id, seat_id, queue_id) SELECT federation_id, :'duty', id FROM queues WHERE federation_id = :federation;
INSERT INTO desk_categories (federation_id, code, name, name_en, symptom, symptom_en, kind, default_line, default_class, sort, from_on) VALUES
  (:federation, 'INC-RAN', 'ランサムウェア・暗号化', 'Ransomware, encryption', '画面に脅迫文が出ている、ファイルが開けない', 'A ransom note is on the screen, files do not open', 'trouble', '2', 'S1', 1, current_date),
  (:federation, 'CON-GEN', '一般の相談', 'General question', 'そのほかの相談', 'Something else', 'question', '1', 'S4', 2, current_date);
