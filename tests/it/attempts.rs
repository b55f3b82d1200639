//! The adversary's own ideas: holes that were once open or would be tried first, and every function of the database that
//! runs with more rights than its caller. Run by `tenancy` on its world.

use crate::tenancy::{Break, Came};
use crate::world::World;
use tests::Stage;
use uuid::Uuid;

/// What an attempt must come to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Must {
    /// 42501: a policy, a grant or a trigger says no.
    Denied,
    /// No row is touched, or it is denied: a hidden row is passed over.
    Nothing,
}

/// Holes that were once open or would be the first to be tried, each by its own statement.
pub(crate) async fn named_attempts(stage: &Stage, world: &World) {
    use Must::{Denied, Nothing};
    let id = |n: usize| world.case(n).id;
    let (far, far_file) = (id(15), world.files.iter().find(|f| f.case == Some(id(15))).expect("a file there"));
    let (five, eight) = (id(5), id(8));
    let mut god = stage.god().await;
    let queue = |code: &'static str| format!("(SELECT id FROM queues WHERE code = '{code}' AND federation_id = scope_int('federation'))");
    let message: Uuid = sqlx::query_scalar("SELECT id FROM consultation_messages WHERE consultation_id = $1 LIMIT 1")
        .bind(id(2))
        .fetch_one(&mut god)
        .await
        .expect("message");
    let text: Uuid = sqlx::query_scalar("SELECT id FROM content_texts WHERE key = 'consent.prefecture' LIMIT 1")
        .fetch_one(&mut god)
        .await
        .expect("text");
    let seat = |key: &str| world.who(key).actor.seat;
    let attempts: Vec<(&str, &str, String, Must)> = vec![
        ("clerk widens everybody's privacy at the clinic without looking", "tabata", "UPDATE consultations SET privacy = 'everyone', version = 2".into(), Denied),
        ("clerk widens a colleague's case", "tabata", format!("UPDATE consultations SET privacy = 'own', version = version + 1 WHERE id = '{}'", id(2)), Denied),
        ("clerk widens a colleague's hidden case", "tabata", format!("UPDATE consultations SET privacy = 'everyone', version = version + 1 WHERE id = '{}'", id(1)), Nothing),
        ("clerk moves the own case to another queue", "aizawa", format!("UPDATE consultations SET queue_id = {}, version = version + 1 WHERE id = '{}'", queue("guideline"), id(2)), Denied),
        ("clerk raises the own case's class", "aizawa", format!("UPDATE consultations SET class = 'S1', version = version + 1 WHERE id = '{}'", id(2)), Denied),
        ("clerk resolves the own case", "aizawa", format!("UPDATE consultations SET state = 'resolved', outcome = 'advice', resolved_at = updated_at, version = version + 1 WHERE id = '{}'", id(2)), Denied),
        ("clerk moves the own case to another area", "aizawa", format!("UPDATE consultations SET prefecture_id = NULL, version = version + 1 WHERE id = '{}'", id(2)), Denied),
        ("clerk writes without raising the version", "aizawa", format!("UPDATE consultations SET privacy = 'own' WHERE id = '{}'", id(2)), Denied),
        ("desk changes who reads at the clinic", "kashiwagi", format!("UPDATE consultations SET privacy = 'own', version = version + 1 WHERE id = '{five}'"), Denied),
        ("desk drops the case into a queue it does not hold", "kashiwagi", format!("UPDATE consultations SET queue_id = {}, offered_queue_id = {}, offered_by = responsible_seat_id, offered_at = updated_at, version = version + 1 WHERE id = '{five}'", queue("guideline"), queue("first")), Denied),
        ("the offered line works without accepting", "fujishiro", format!("UPDATE consultations SET class = 'S1', version = version + 1 WHERE id = '{}'", id(7)), Denied),
        ("the offered line makes somebody else responsible", "fujishiro", format!("UPDATE consultations SET queue_id = offered_queue_id, offered_queue_id = NULL, offered_by = NULL, offered_at = NULL, version = version + 1 WHERE id = '{}'", id(7)), Denied),
        ("the offered line answers without accepting", "fujishiro", format!("INSERT INTO consultation_messages SELECT gen_random_uuid(), federation_id, id, 'desk', scope_uuid('person'), scope_uuid('seat'), '藤代 岳', '北斗サイバー救援（見本）', 'x', created_at FROM consultations WHERE id = '{}'", id(7)), Denied),
        ("officer points the office's consent at another case", "nemoto", format!("UPDATE case_access SET consultation_id = '{five}'"), Denied),
        ("officer consents for another's case", "nemoto", format!("INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at) SELECT gen_random_uuid(), 1, '{five}', 'prefecture', scope_int('unit'), '{text}', scope_uuid('person'), scope_int('unit'), created_at FROM consultations LIMIT 1"), Denied),
        ("writer's consent names another office than the case's", "ooki", format!("INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at) SELECT gen_random_uuid(), federation_id, id, 'prefecture', (SELECT id FROM units WHERE name LIKE '岡山県%'), '{text}', scope_uuid('person'), scope_int('unit'), created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("writer's consent to the police in the words for another", "ooki", format!("INSERT INTO case_access (id, federation_id, consultation_id, receiver, text_id, granted_by, granted_unit_id, granted_at) SELECT gen_random_uuid(), federation_id, id, 'police', '{text}', scope_uuid('person'), scope_int('unit'), created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("colleague consents for the writer", "morinaga", format!("INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at) SELECT gen_random_uuid(), federation_id, id, 'prefecture', prefecture_id, '{text}', scope_uuid('person'), scope_int('unit'), created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("colleague ends the writer's consent", "morinaga", format!("UPDATE case_access SET revoked_at = granted_at, revoked_by = scope_uuid('person') WHERE consultation_id = '{eight}'"), Nothing),
        ("writer brings an ended consent back", "ooki", format!("UPDATE case_access SET revoked_at = NULL, revoked_by = NULL WHERE consultation_id = '{}'", id(17)), Nothing),
        ("owner names readers of a clerk's case", "morishita", format!("INSERT INTO consultation_people VALUES (1, '{}', scope_uuid('person'))", id(4)), Denied),
        ("writer names somebody from elsewhere", "aizawa", format!("INSERT INTO consultation_people VALUES (1, '{}', '{}')", id(3), world.who("ooki").actor.person), Denied),
        ("a file hung onto another case without looking", "ooki", format!("UPDATE files SET consultation_id = '{}', message_id = '{message}'", id(2)), Denied),
        ("a file left lying on another case without looking", "ooki", format!("UPDATE files SET consultation_id = '{}'", id(2)), Denied),
        ("a file announced on another day", "ooki", "INSERT INTO files (id, federation_id, uploaded_by, uploaded_from, name, draft_id, created_at) SELECT gen_random_uuid(), federation_id, person_id, seat_id, 'x', id, created_at - interval '1 day' FROM ask_drafts WHERE consultation_id IS NULL LIMIT 1".into(), Denied),
        ("bytes hung onto another's file", "ooki", format!("UPDATE file_versions SET state = 'waiting', file_id = '{}'", far_file.id), Denied),
        ("bytes swapped for another's object", "ooki", "UPDATE file_versions SET state = 'waiting', object_key = 'incoming/00000000000000000000000000000000'".into(), Denied),
        ("uploader says clean", "ooki", "UPDATE file_versions SET state = 'clean'".into(), Denied),
        ("receiver attaches", "nemoto", format!("INSERT INTO files (id, federation_id, uploaded_by, uploaded_from, name, consultation_id, created_at) SELECT gen_random_uuid(), federation_id, scope_uuid('person'), scope_uuid('seat'), 'x', id, created_at FROM consultations WHERE id = '{eight}'"), Denied),
        ("receiver answers", "nemoto", format!("INSERT INTO consultation_messages SELECT gen_random_uuid(), federation_id, id, 'requester', scope_uuid('person'), scope_uuid('seat'), (SELECT name FROM people WHERE id = scope_uuid('person')), (SELECT name FROM units WHERE id = scope_int('unit')), 'x', created_at FROM consultations WHERE id = '{eight}'"), Denied),
        ("requester writes a note", "ooki", format!("INSERT INTO consultation_notes SELECT gen_random_uuid(), federation_id, id, scope_uuid('person'), scope_uuid('seat'), (SELECT name FROM people WHERE id = scope_uuid('person')), 'x', created_at FROM consultations WHERE id = '{eight}'"), Denied),
        ("requester speaks as the desk", "ooki", format!("INSERT INTO consultation_messages SELECT gen_random_uuid(), federation_id, id, 'desk', scope_uuid('person'), scope_uuid('seat'), (SELECT name FROM people WHERE id = scope_uuid('person')), (SELECT name FROM units WHERE id = scope_int('unit')), 'x', created_at FROM consultations WHERE id = '{eight}'"), Denied),
        ("requester writes under another name", "ooki", format!("INSERT INTO consultation_messages SELECT gen_random_uuid(), federation_id, id, 'requester', scope_uuid('person'), scope_uuid('seat'), '柏木 遥', (SELECT name FROM units WHERE id = scope_int('unit')), 'x', created_at FROM consultations WHERE id = '{eight}'"), Denied),
        ("requester tells a hand-over", "ooki", format!("INSERT INTO consultation_events (id, federation_id, consultation_id, verb, seat_id, public, created_at) SELECT gen_random_uuid(), federation_id, id, 'accepted', scope_uuid('seat'), true, created_at FROM consultations WHERE id = '{eight}'"), Denied),
        ("desk tells that the writer consented", "kashiwagi", format!("INSERT INTO consultation_events (id, federation_id, consultation_id, verb, to_word, seat_id, public, created_at) SELECT gen_random_uuid(), federation_id, id, 'consented', 'police', scope_uuid('seat'), true, created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("desk tells what there is no word for", "kashiwagi", format!("INSERT INTO consultation_events (id, federation_id, consultation_id, verb, seat_id, public, created_at) SELECT gen_random_uuid(), federation_id, id, 'apologised', scope_uuid('seat'), true, created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("colleague tells that the writer consented", "morinaga", format!("INSERT INTO consultation_events (id, federation_id, consultation_id, verb, to_word, seat_id, public, created_at) SELECT gen_random_uuid(), federation_id, id, 'consented', 'police', scope_uuid('seat'), true, created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("letters' table locked", "aizawa", "LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE".into(), Denied),
        ("events' table locked", "aizawa", "LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE".into(), Denied),
        ("sealer's list locked", "aizawa", "LOCK TABLE audit_unsealed IN ACCESS EXCLUSIVE MODE".into(), Denied),
        ("record locked", "aizawa", "LOCK TABLE audit_entries IN SHARE MODE".into(), Denied),
        ("clerk swaps bytes for another's kept ones", "ooki", "UPDATE file_versions SET object_key = 'kept/00000000000000000000000000000000'".into(), Denied),
        ("message rewritten", "ooki", "UPDATE consultation_messages SET body = 'x'".into(), Denied),
        ("text rewritten", "ooki", "UPDATE consultation_texts SET title = 'x'".into(), Denied),
        ("message removed", "kashiwagi", "DELETE FROM consultation_messages".into(), Denied),
        ("area officer makes letters", "ishige", format!("INSERT INTO outbox (id, federation_id, subject, name, payload, created_at) SELECT gen_random_uuid(), 1, id, 'desk.desk_replied.v1', '{{}}', created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("clerk makes the letter of an invitation", "aizawa", "INSERT INTO outbox (id, federation_id, subject, name, payload, created_at) SELECT gen_random_uuid(), 1, gen_random_uuid(), 'identity.person_invited.v1', '{}', created_at FROM consultations LIMIT 1".into(), Denied),
        ("session made stronger", "ooki", "UPDATE sessions SET second_factor = true".into(), Denied),
        ("session made longer", "ooki", "UPDATE sessions SET expires_at = expires_at + interval '1 year'".into(), Denied),
        ("session moved to another seat", "ooki", format!("UPDATE sessions SET seat_id = '{}'", seat("wakabayashi")), Denied),
        ("administrator grants themself a seat", "wakabayashi", "INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) SELECT gen_random_uuid(), 1, scope_uuid('person'), 1, 'auditor', from_on, granted_at FROM seats WHERE id = scope_uuid('seat')".into(), Denied),
        ("administrator hands a seat over to themself", "wakabayashi", format!("UPDATE seats SET person_id = scope_uuid('person') WHERE id = '{}'", seat("hayami")), Denied),
        ("administrator makes an agent a lead", "wakabayashi", format!("UPDATE seats SET role = 'lead' WHERE id = '{}'", seat("saegusa")), Denied),
        ("administrator grants in another federation", "wakabayashi", format!("INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) SELECT gen_random_uuid(), {f}, '{}', {f}, 'auditor', from_on, granted_at FROM seats WHERE id = scope_uuid('seat')", world.who("ooki").actor.person, f = world.who("saeki").actor.federation), Denied),
        ("administrator ends a seat of another federation", "wakabayashi", format!("UPDATE seats SET ended_at = granted_at, version = version + 1 WHERE id = '{}'", seat("sasaki")), Nothing),
        ("administrator gives an agent a queue", "wakabayashi", format!("INSERT INTO seat_queues VALUES (1, '{}', {})", seat("saegusa"), queue("first")), Denied),
        ("administrator gives a provider another queue", "wakabayashi", format!("INSERT INTO contract_queues SELECT 1, id, {} FROM provider_contracts", queue("grant")), Denied),
        ("administrator moves a unit by hand", "wakabayashi", "UPDATE units SET prefecture_id = NULL".into(), Denied),
        ("clerk grants a seat", "aizawa", "INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) SELECT gen_random_uuid(), federation_id, person_id, unit_id, 'owner', from_on, granted_at FROM seats WHERE id = scope_uuid('seat')".into(), Denied),
        ("auditor forges a reading", "hayami", format!("INSERT INTO witnessed_readings SELECT gen_random_uuid(), 1, '{five}', scope_uuid('person'), scope_uuid('seat'), 'because', created_at FROM consultations WHERE id = '{five}'"), Denied),
        ("clerk signs for somebody else", "aizawa", format!("INSERT INTO audit_entries (id, federation_id, at, person_id, seat_id, verb, subject, content_hash) SELECT gen_random_uuid(), 1, created_at, '{}', '{}', 'desk.x', id, decode(repeat('00', 32), 'hex') FROM consultations WHERE id = '{}'", world.who("momose").actor.person, seat("momose"), id(2)), Denied),
        ("record rewritten", "hayami", "UPDATE audit_entries SET verb = 'desk.x'".into(), Denied),
        ("record emptied", "hayami", "TRUNCATE audit_entries".into(), Denied),
        ("row security switched off", "aizawa", "SET LOCAL row_security = off; SELECT 1 FROM consultations".into(), Denied),
        ("policy dropped", "aizawa", "DROP POLICY see ON consultations".into(), Denied),
        ("table made", "aizawa", "CREATE TABLE x (id int)".into(), Denied),
        ("temporary table before a real one", "aizawa", "CREATE TEMPORARY TABLE consultations (id int)".into(), Denied),
        ("job queue read", "aizawa", "SELECT * FROM graphile_worker.jobs".into(), Denied),
        ("another federation's case changed", "sasaki", format!("UPDATE consultations SET class = 'S1', version = version + 1 WHERE id = '{five}'"), Nothing),
        ("another federation's case changed the other way", "kashiwagi", format!("UPDATE consultations SET class = 'S1', version = version + 1 WHERE id = '{far}'"), Nothing),
    ];
    let mut open = Vec::new();
    for (what, key, sql, must) in attempts {
        let mut attack = Break::into(stage, world.who(key)).await;
        let came = attack.attempt(&sql).await;
        if !(came.is_denied() || (must == Nothing && came.is_nothing())) {
            open.push(format!("{what} ({key}): {came:?}\n    {sql}"));
        }
    }
    assert!(open.is_empty(), "{} attempts came through:\n{}", open.len(), open.join("\n"));
}

/// Every function that runs with more rights than its caller and that the application may call, asked for what is not the
/// caller's. One that is missing here fails the run.
pub(crate) async fn definer_functions(stage: &Stage, world: &World) {
    let far = world.case(15);
    let five = world.case(5);
    let offered = world.case(7);
    let now = "'2026-11-17 00:20+00'";
    let seat = |key: &str| world.who(key).actor.seat;
    let own = |key: &str| format!("'\\x{}'::bytea", hex::encode(world.who(key).actor.session_hash));
    let nowhere = "decode(repeat('ab', 32), 'hex')";
    let mut god = stage.god().await;
    let event: Uuid =
        sqlx::query_scalar("SELECT id FROM outbox WHERE subject = $1 LIMIT 1").bind(far.id).fetch_one(&mut god).await.expect("event");
    let issuer: Uuid = sqlx::query_scalar("SELECT id FROM issuers LIMIT 1").fetch_one(&mut god).await.expect("issuer");
    let h = world.who("saeki").actor.federation;
    let clinic = world.who("ooki").actor.unit;
    let chiba = world.who("nemoto").actor.unit;
    // (function, who, an expression that must be NULL or false, or be refused)
    let asked: Vec<(&str, &str, String)> = vec![
        ("consultation_number", "aizawa", format!("consultation_number({h}, 2026) IS NOT NULL")),
        ("consultation_number", "aizawa", format!("consultation_number({}, 2150) IS NOT NULL", world.who("aizawa").actor.federation)),
        ("files_open_again", "aizawa", "files_open_again()::text".into()),
        ("own_case", "aizawa", format!("own_case('{}', 1)", five.id)),
        ("own_case", "tabata", format!("own_case('{}', 1)", world.case(2).id)),
        ("own_case", "saeki", format!("own_case('{}', 1)", five.id)),
        ("reads_case", "aizawa", format!("reads_case('{}')", five.id)),
        ("reads_case", "tabata", format!("reads_case('{}')", world.case(1).id)),
        ("reads_case", "kashiwagi", format!("reads_case('{}')", far.id)),
        ("consent_unit", "morinaga", format!("consent_unit('{}', 'prefecture')::text", five.id)),
        ("may_be_invited", "aizawa", format!("may_be_invited('{}')", world.who("ooki").actor.person)),
        ("may_be_invited", "wakabayashi", format!("may_be_invited('{}')", world.who("wakabayashi").actor.person)),
        ("may_be_invited", "wakabayashi", format!("may_be_invited('{}')", world.who("saeki").actor.person)),
        ("may_be_seated", "aizawa", format!("may_be_seated('{}')", world.who("ooki").actor.person)),
        ("may_be_seated", "wakabayashi", format!("may_be_seated('{}')", world.who("wakabayashi").actor.person)),
        ("may_be_seated", "wakabayashi", format!("may_be_seated('{}')", world.who("saeki").actor.person)),
        ("enter", "aizawa", format!("enter({}, '{}', NULL, {now}, false)", own("aizawa"), seat("wakabayashi"))),
        ("enter", "aizawa", format!("enter({nowhere}, '{}', NULL, {now}, false)", seat("wakabayashi"))),
        ("session_actor", "aizawa", format!("(SELECT person_id FROM session_actor({nowhere}, {now}, gen_random_uuid()))::text")),
        ("sessions_seen", "aizawa", format!("nullif(sessions_seen(ARRAY[{nowhere}], ARRAY[{now}])::text, '')")),
        // The door through which scopes are set is closed: only the two functions before it may.
        ("set_scope", "aizawa", format!("(SELECT set_scope(s.person_id, s.id, s.role, s.federation_id, u.id, u.level, '{{}}', gen_random_uuid(), {now})::text || 'x' FROM seats s JOIN units u ON u.id = s.unit_id LIMIT 1)")),
        ("named_here", "aizawa", format!("named_here('{}')", five.id)),
        ("named_here", "kashiwagi", format!("named_here('{}')", far.id)),
        ("shared_here", "aizawa", format!("shared_here('{}')", five.id)),
        ("shared_here", "kashiwagi", format!("shared_here('{}')", far.id)),
        ("consents_here", "aizawa", format!("consents_here({clinic})")),
        ("runs_a_queue_here", "aizawa", format!("runs_a_queue_here({chiba})")),
        ("session_seats", "aizawa", format!("(SELECT seat_id FROM session_seats({nowhere}, {now}))::text")),
        ("session_switch", "aizawa", format!("session_switch({}, {nowhere}, '{}', {now})", own("aizawa"), seat("wakabayashi"))),
        ("session_end", "aizawa", format!("(SELECT issuer_id FROM session_end({nowhere}, {now}))::text")),
        // Names and addresses for the sign-in page; never a secret, which stands in no table.
        ("sign_in_issuers", "aizawa", "(SELECT to_jsonb(i) ->> 'secret' FROM sign_in_issuers() i LIMIT 1)".into()),
        ("sign_in_issuer", "aizawa", format!("(SELECT to_jsonb(i) ->> 'secret' FROM sign_in_issuer('{issuer}') i)")),
        // When one may ring, and nothing else of the texts.
        ("desk_hours", "aizawa", "(SELECT h.body::text FROM desk_hours('2026-11-17') h WHERE h.body NOT IN (SELECT body FROM content_texts WHERE key = 'desk.hours') AND h.federation_id IS NULL)".into()),
        (
            "sign_in_begin",
            "aizawa",
            format!("sign_in_begin({nowhere}, gen_random_uuid(), {nowhere}, 'n', 'v', 'home', NULL, NULL, {now})::text"),
        ),
        ("sign_in_take", "aizawa", format!("(SELECT nonce FROM sign_in_take({nowhere}, {nowhere}, {now}))")),
        ("sign_in_person", "aizawa", format!("sign_in_person('{issuer}', 'nobody-knows-me', 'nobody@example.invalid', NULL, {now})::text")),
        // The sign-in itself: whoever holds the application's connection is the one who checks identity. A person without a
        // live seat gets no session even so.
        (
            "session_open",
            "aizawa",
            format!(
                "session_open(gen_random_uuid(), {nowhere}, gen_random_uuid(), '{issuer}', NULL, NULL, NULL, '{{}}', false, {now}, 'x', 60, {now}, {now}, '{}')::text",
                seat("wakabayashi")
            ),
        ),
        // Whoever proved an issuer's token ends what is that issuer's; nobody's and somebody else's end nothing.
        ("logout_issuer", "aizawa", "logout_issuer('https://nobody.example', 'tomoshibi-1')::text".into()),
        ("session_logout", "aizawa", format!("session_logout('{issuer}', {nowhere}, {nowhere}, NULL, {now}, gen_random_uuid(), {now}) > 0")),
        ("session_logout", "aizawa", format!("session_logout('{issuer}', {nowhere}, NULL, 'nobody-knows-me', {now}, gen_random_uuid(), {now}) > 0")),
        ("session_logout", "aizawa", format!("session_logout('{issuer}', {nowhere}, NULL, NULL, {now}, gen_random_uuid(), {now}) > 0")),
        ("session_logout", "aizawa", format!("session_logout(gen_random_uuid(), {nowhere}, {nowhere}, NULL, {now}, gen_random_uuid(), {now}) > 0")),
        ("sweep_issuer_logouts", "aizawa", format!("sweep_issuer_logouts({now}) IS NOT NULL")),
        ("witness", "aizawa", format!("witness(gen_random_uuid(), '{}', 'because', {now})", five.id)),
        ("witness", "hayami", format!("witness(gen_random_uuid(), '{}', 'because', {now})", far.id)),
        (
            "desk_decline_offer",
            "kashiwagi",
            format!("desk_decline_offer('{}', (SELECT version FROM consultations WHERE id = '{}'), {now})::text", offered.id, offered.id),
        ),
        ("desk_decline_offer", "sasaki", format!("desk_decline_offer('{}', 2, {now})::text", offered.id)),
        ("desk_seats", "aizawa", format!("(SELECT count(*) FROM desk_seats({}, {now}))::int > 0", five.queue)),
        ("desk_seats", "saegusa", format!("(SELECT count(*) FROM desk_seats({}, {now}))::int > 0", five.queue)),
        ("desk_seats", "sasaki", format!("(SELECT count(*) FROM desk_seats({}, {now}))::int > 0", five.queue)),
        ("desk_hand_over_seat", "kashiwagi", format!("(SELECT count(*) FROM desk_hand_over_seat('{}', {now}))", seat("momose"))),
        ("desk_hand_over_seat", "wakabayashi", format!("(SELECT count(*) FROM desk_hand_over_seat('{}', {now}))", seat("sasaki"))),
        ("desk_hand_over_seat", "wakabayashi", format!("(SELECT count(*) FROM desk_hand_over_seat('{}', {now}))", seat("wakabayashi"))),
        ("desk_hand_over_lapsed", "aizawa", format!("(SELECT id FROM desk_hand_over_lapsed({now}, 10) LIMIT 1)::text")),
        ("desk_duties_lapsed", "aizawa", format!("(SELECT code FROM desk_duties_lapsed({now}) LIMIT 1)")),
        ("handed_over_here", "aizawa", format!("handed_over_here('{}')", five.id)),
        ("handed_over_here", "wakabayashi", format!("handed_over_here('{}')", five.id)),
        ("enqueue", "aizawa", format!("enqueue('send_mail', '{{\"event\":\"{event}\"}}', 'send_mail:{event}', {now}, 0)::text || 'x'")),
        (
            "enqueue",
            "aizawa",
            format!("enqueue('scan_file', '{{\"version\":\"{}\"}}', 'scan_file:x', {now}, 0)::text || 'x'", world.files[0].version),
        ),
        ("enqueue", "aizawa", format!("enqueue('send_mail', '{{}}', NULL, {now}, 0)::text || 'x'")),
        (
            "tenancy_move_unit",
            "aizawa",
            format!("tenancy_move_unit({clinic}, {chiba}, NULL, '2026-11-17', gen_random_uuid(), {now}) IS NOT NULL"),
        ),
        (
            "tenancy_move_unit",
            "wakabayashi",
            format!(
                "tenancy_move_unit({}, {chiba}, NULL, '2026-11-17', gen_random_uuid(), {now}) IS NOT NULL",
                world.who("saeki").actor.unit
            ),
        ),
        (
            "tenancy_merge_units",
            "nemoto",
            format!(
                "tenancy_merge_units({}, {}, '2026-11-17', {now}) IS NOT NULL",
                world.who("ishige").actor.unit,
                world.who("ishige").actor.unit.0 + 1
            ),
        ),
        ("enter_system", "aizawa", "enter_system('send_mail')::text || 'x'".into()),
        ("mail_recipients", "aizawa", format!("(SELECT email FROM mail_recipients('{event}', {now}) LIMIT 1)")),
        ("invitation_letter", "wakabayashi", format!("(SELECT email FROM invitation_letter('{event}', {now}) LIMIT 1)")),
        ("desk_close_resolved", "aizawa", format!("(SELECT id FROM desk_close_resolved({now}, {now}, 10) LIMIT 1)::text")),
        ("desk_fold_counts", "aizawa", format!("nullif(desk_fold_counts({now}, 10), 0)")),
        ("desk_fold_counts", "miyasaka", format!("nullif(desk_fold_counts({now}, 10), 0)")),
        ("desk_count_months", "miyasaka", format!("(SELECT month FROM desk_count_months({now}) LIMIT 1)")),
        ("desk_reconcile_counts", "miyasaka", format!("(SELECT count(*) FROM desk_reconcile_counts(1, '2026-11-01', {now}))::int > 0")),
        ("desk_publish_counts", "miyasaka", format!("nullif(desk_publish_counts({now}), 0)")),
        ("sweep_case_drafts", "aizawa", format!("sweep_case_drafts({now}) IS NOT NULL")),
        ("sweep_sign_ins", "aizawa", format!("sweep_sign_ins({now}) IS NOT NULL")),
    ];
    let known: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prorettype <> 'trigger'::regtype AND (has_function_privilege('portal_app', oid, 'EXECUTE') OR has_function_privilege('portal_worker', oid, 'EXECUTE'))",
    )
    .fetch_all(&mut god)
    .await
    .expect("catalogue");
    let untried: Vec<_> = known.iter().filter(|f| !asked.iter().any(|(name, ..)| name == f)).collect();
    assert!(untried.is_empty(), "definer functions nobody attacked: {untried:?}");
    let mut open = Vec::new();
    for (function, key, expression) in asked {
        let mut attack = Break::into(stage, world.who(key)).await;
        // NULL and false make no row; `true`, an id or a number makes one.
        let came = attack.run(&format!("SELECT x FROM (SELECT ({expression})::text AS x) y WHERE x <> 'false' AND x <> ''")).await;
        if !matches!(came, Came::Rows(0) | Came::Refused(_)) {
            open.push(format!("{function} by {key}: {expression}"));
        }
    }
    assert!(open.is_empty(), "{} functions gave something away:\n{}", open.len(), open.join("\n"));
}

/// Whether a unit or a queue is there shows in no answer: what is another federation's is refused like what does not exist.
pub(crate) async fn absent_and_hidden_are_alike(stage: &Stage, world: &World) {
    let mut god = stage.god().await;
    let far = world.who("saeki").actor.federation;
    let queue: i32 =
        sqlx::query_scalar("SELECT id FROM queues WHERE federation_id = $1 LIMIT 1").bind(far.0).fetch_one(&mut god).await.expect("queue");
    let unit = world.who("saeki").actor.unit;
    let ask = |unit: &str, institution: &str, queue: &str| {
        format!(
            "INSERT INTO consultations (id, federation_id, requester_unit_id, institution_id, opened_by, opened_from, queue_id, responsible_seat_id, category, class, line, care, state, privacy, created_at, updated_at, turn_since)
             SELECT gen_random_uuid(), federation_id, {unit}, {institution}, scope_uuid('person'), scope_uuid('seat'), {queue}, responsible_seat_id, category, class, line, care, 'new', 'everyone', created_at, updated_at, turn_since
             FROM consultations WHERE id = '{}'",
            world.case(8).id
        )
    };
    // An office: a clinic's cases are about itself, whatever the statement says.
    let mut attack = Break::into(stage, world.who("nemoto")).await;
    let own = "scope_int('unit')";
    assert_eq!(attack.attempt(&ask(own, "NULL", "queue_id")).await, Came::Rows(1), "the statement itself is sound");
    let (unit, queue, nowhere) = (unit.to_string(), queue.to_string(), "99999999");
    for (unit, institution, queue) in [
        (unit.as_str(), "NULL", "queue_id"),
        (nowhere, "NULL", "queue_id"),
        (own, unit.as_str(), "queue_id"),
        (own, nowhere, "queue_id"),
        (own, "NULL", queue.as_str()),
        (own, "NULL", nowhere),
    ] {
        let came = attack.attempt(&ask(unit, institution, queue)).await;
        assert!(came.is_denied(), "{unit} {institution} {queue}: {came:?}");
    }
}
