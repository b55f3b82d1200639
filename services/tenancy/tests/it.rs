//! The tree on a real database, as the application role.

mod support;

use access::{Actor, Role};
use kernel::{FederationId, Level, MemberId, RequestId, UnitId, ids::new_uuid};
use store::Tx;
use support::{Scratch, scratch};
use tenancy::{Area, Category, CodeHint, Move, Relation, VerbError};
use time::{Date, Duration, macros::date};
use uuid::Uuid;

const TODAY: Date = date!(2026 - 11 - 17);

struct World {
    s: Scratch,
    t: FederationId,
    nagano: UnitId,
    chiba: UnitId,
    hokurei: UnitId,
    chikuma: UnitId,
    shiomi: UnitId,
    clinic: UnitId,
    administrator: Actor,
}

async fn world() -> World {
    let s = scratch().await;
    let t = s.federation("T").await;
    let root = UnitId(t.0);
    let nagano = s.unit(t, Level::Prefectural, "prefectural_association", "長野", Some("ながの"), root).await;
    let chiba = s.unit(t, Level::Prefectural, "prefectural_association", "千葉", Some("ちば"), root).await;
    let hokurei = s.unit(t, Level::Municipal, "municipal_association", "北嶺市", Some("ほくれいし"), nagano).await;
    let chikuma = s.unit(t, Level::Municipal, "municipal_association", "千曲南", Some("ちくまみなみ"), nagano).await;
    let shiomi = s.unit(t, Level::Municipal, "municipal_association", "汐見", Some("しおみ"), chiba).await;
    let clinic = s.unit(t, Level::Institution, "clinic", "ひだまり内科", Some("ひだまりないか"), hokurei).await;
    let administrator = s.actor(t, root, Role::Administrator).await;
    World { s, t, nagano, chiba, hokurei, chikuma, shiomi, clinic, administrator }
}

impl World {
    async fn begin(&self, actor: &Actor) -> Tx {
        self.s.app.begin(actor, RequestId::new(&self.s.clock)).await.expect("tx")
    }

    async fn shift(&self, to: Move) -> Result<tenancy::Moved, VerbError> {
        let tx = self.begin(&self.administrator).await;
        let (unit, permit) = tenancy::find_institution(&tx, &self.administrator, self.clinic).await?;
        let moved = tenancy::move_institution(&tx, permit, &unit, to).await?;
        tx.commit().await.expect("commit");
        Ok(moved)
    }

    async fn merge(&self, old: UnitId, new: UnitId, on: Date) -> Result<tenancy::Merged, VerbError> {
        let tx = self.begin(&self.administrator).await;
        let (unit, permit) = tenancy::find_municipal(&tx, &self.administrator, old).await?;
        let merged = tenancy::merge_municipal(&tx, permit, &unit, new, on).await?;
        tx.commit().await.expect("commit");
        Ok(merged)
    }

    async fn member(&self, number: &str, periods: &[(&str, &str, Option<&str>)], units: &[(UnitId, &str)]) -> MemberId {
        let id = new_uuid(&self.s.clock);
        self.s
            .sql(format!(
                "INSERT INTO members (id, federation_id, number, name) VALUES ('{id}', {}, '{number}', 'member {number}')",
                self.t
            ))
            .await;
        for (category, from, until) in periods {
            let until = until.map_or("NULL".to_owned(), |u| format!("'{u}'"));
            self.s
                .sql(format!(
                    "INSERT INTO member_periods VALUES ('{}', {}, '{id}', '{category}', '{from}', {until})",
                    new_uuid(&self.s.clock),
                    self.t
                ))
                .await;
        }
        for (unit, relation) in units {
            self.s
                .sql(format!(
                    "INSERT INTO member_institutions VALUES ('{}', {}, '{id}', {unit}, '{relation}', '2010-04-01', NULL)",
                    new_uuid(&self.s.clock),
                    self.t
                ))
                .await;
        }
        MemberId(id)
    }
}

#[tokio::test]
async fn the_tree_is_read_in_pages_and_in_scope() {
    let w = world().await;
    for (name, kana) in [("あおば医院", "あおばいいん"), ("わかば医院", "わかばいいん"), ("漢字だけ医院", "")] {
        w.s.unit(w.t, Level::Institution, "clinic", name, (!kana.is_empty()).then_some(kana), w.hokurei).await;
    }
    let closed = w.s.unit(w.t, Level::Institution, "clinic", "閉院", Some("へいいん"), w.hokurei).await;
    w.s.sql(format!("UPDATE units SET closed_on = '{TODAY}' WHERE id = {closed}")).await;
    let officer = w.s.actor(w.t, w.hokurei, Role::Officer).await;
    let tx = w.s.app.read(&officer, RequestId::new(&w.s.clock)).await.expect("tx");
    assert_eq!(tenancy::prefectures(&tx, w.t, TODAY).await.expect("list").len(), 2);
    let municipals = tenancy::municipals(&tx, w.nagano, TODAY, None, 10).await.expect("list");
    assert_eq!(municipals.rows.iter().map(|u| u.id).collect::<Vec<_>>(), [w.chikuma, w.hokurei]);
    assert_eq!(municipals.next, None);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = tenancy::institutions(&tx, Area::Municipality(w.hokurei), TODAY, after, 2).await.expect("page");
        assert!(page.rows.len() <= 2);
        seen.extend(page.rows.into_iter().map(|u| u.name.ja));
        let Some(next) = page.next else { break };
        after = Some(next.parse().expect("unit id"));
    }
    assert_eq!(seen, ["あおば医院", "ひだまり内科", "わかば医院", "漢字だけ医院"]);
    // Another association's officer sees associations, and no institution that is not below it.
    let stranger = w.s.actor(w.t, w.shiomi, Role::Officer).await;
    let tx = w.s.app.read(&stranger, RequestId::new(&w.s.clock)).await.expect("tx");
    assert!(tenancy::institutions(&tx, Area::Municipality(w.hokurei), TODAY, None, 10).await.expect("page").rows.is_empty());
    assert_eq!(tenancy::unit(&tx, w.clinic).await.expect("unit"), None);
    assert_eq!(tenancy::names(&tx, &[w.clinic, w.hokurei]).await.expect("names").keys().copied().collect::<Vec<_>>(), [w.hokurei]);
    // Another federation sees nothing at all.
    let h = w.s.federation("H").await;
    let outsider = w.s.actor(h, UnitId(h.0), Role::Administrator).await;
    let tx = w.s.app.read(&outsider, RequestId::new(&w.s.clock)).await.expect("tx");
    assert!(tenancy::units(&tx, &[w.clinic, w.hokurei, w.nagano, UnitId(w.t.0)]).await.expect("units").is_empty());
    assert!(tenancy::prefectures(&tx, w.t, TODAY).await.expect("list").is_empty());
}

#[tokio::test]
async fn an_area_is_listed_by_its_index_however_many_there_are() {
    let w = world().await;
    w.s.sql(format!(
        "INSERT INTO units (federation_id, level, kind, name, parent_id, prefecture_id, municipal_id, opened_on)
         SELECT {}, 'institution', 'clinic', 'x' || n, {m}, {}, {m}, '2000-01-01' FROM generate_series(1, 20000) n; ANALYZE units",
        w.t,
        w.nagano,
        m = w.hokurei
    ))
    .await;
    let tx = w.begin(&w.administrator).await;
    let last = tenancy::institutions(&tx, Area::Prefecture(w.nagano), TODAY, None, 50).await.expect("page").next.expect("more");
    let plan: Vec<String> = {
        let rows = sea_orm::ConnectionTrait::query_all_raw(
            &tx,
            sea_orm::Statement::from_string(
                sea_orm::DbBackend::Postgres,
                format!("EXPLAIN SELECT u.id FROM units u WHERE u.prefecture_id = {} AND u.level = 'institution' AND (u.sort_name, u.id) > (SELECT a.sort_name, a.id FROM units a WHERE a.id = {last}) ORDER BY u.sort_name, u.id LIMIT 51", w.nagano),
            ),
        )
        .await
        .expect("plan");
        rows.iter().map(|r| r.try_get_by_index::<String>(0).expect("line")).collect()
    };
    let plan = plan.join("\n");
    assert!(plan.contains("units_prefecture") && !plan.contains("Sort") && !plan.contains("Seq Scan on units u"), "{plan}");
}

#[tokio::test]
async fn members_are_seen_through_their_institution_with_their_standing() {
    let w = world().await;
    let second = w.s.unit(w.t, Level::Institution, "care_facility", "二つ目", None, w.chikuma).await;
    let owner = w
        .member(
            "100001",
            &[("B", "2008-04-01", Some("2015-04-01")), ("A1", "2015-04-01", None)],
            &[(w.clinic, "opener"), (second, "manager")],
        )
        .await;
    let lapsed = w.member("100002", &[("A1", "2012-04-01", Some("2026-04-01"))], &[(w.clinic, "manager")]).await;
    let staff = w.s.actor(w.t, w.clinic, Role::Staff).await;
    let tx = w.begin(&staff).await;
    let members = tenancy::members_of(&tx, w.clinic, TODAY).await.expect("members");
    assert_eq!(
        members.iter().map(|m| (m.member.id, m.relation)).collect::<Vec<_>>(),
        [(owner, Relation::Opener), (lapsed, Relation::Manager)]
    );
    assert_eq!(members[0].standing.current, Some(Category::A1));
    assert_eq!(
        (members[1].standing.current, members[1].standing.last, members[1].standing.lapsed_since),
        (None, Some(Category::A1), Some(date!(2026 - 04 - 01)))
    );
    assert_eq!(tenancy::standing(&tx, lapsed, date!(2026 - 03 - 31)).await.expect("standing").current, Some(Category::A1));
    // Its own institution is all that a clinic sees of a member's others.
    assert_eq!(tenancy::institutions_of(&tx, owner, TODAY).await.expect("institutions"), [(w.clinic, Relation::Opener)]);
    let tx = w.begin(&w.administrator).await;
    assert_eq!(
        tenancy::institutions_of(&tx, owner, TODAY).await.expect("institutions"),
        [(w.clinic, Relation::Opener), (second, Relation::Manager)]
    );
    // A neighbour sees neither the member nor the standing.
    let neighbour = w.s.actor(w.t, second, Role::Staff).await;
    let tx = w.begin(&neighbour).await;
    assert_eq!(tenancy::member(&tx, lapsed).await.expect("member"), None);
    assert_eq!(tenancy::standing(&tx, lapsed, TODAY).await.expect("standing"), tenancy::Standing::default());
}

#[tokio::test]
async fn a_move_takes_open_consultations_along_and_leaves_origin_and_consent() {
    let w = world().await;
    let asker = w.s.actor(w.t, w.clinic, Role::Staff).await;
    let agent = w.s.actor(w.t, UnitId(w.t.0), Role::Agent).await;
    let open = w.s.consultation(&asker, &agent).await;
    let closed = w.s.consultation(&asker, &agent).await;
    let text = new_uuid(&w.s.clock);
    w.s.sql(format!(
        "UPDATE consultations SET state = 'closed', outcome = 'advice', resolved_at = created_at, closed_at = created_at, version = version + 1 WHERE id = '{closed}';
         INSERT INTO content_texts (id, key, version, body, from_on) VALUES ('{text}', 'consent.prefecture', 1, '{{\"ja\": \"x\"}}', '2020-01-01');
         INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at)
         VALUES ('{}', {}, '{open}', 'prefecture', {}, '{text}', '{}', {}, now())",
        new_uuid(&w.s.clock), w.t, w.nagano, asker.person, w.clinic
    ))
    .await;
    let to = Move { prefecture: w.chiba, municipal: Some(w.shiomi), on: TODAY };
    assert_eq!(w.shift(to).await.expect("moved").consultations, 1);
    let row = |id: Uuid| {
        let admin = w.s.admin.clone();
        async move {
            sqlx::query_as::<_, (i32, i32, i32, i32, i32)>(
                "SELECT prefecture_id, municipal_id, origin_prefecture_id, origin_municipal_id, version FROM consultations WHERE id = $1",
            )
            .bind(id)
            .fetch_one(&admin)
            .await
            .expect("row")
        }
    };
    assert_eq!(row(open).await, (w.chiba.0, w.shiomi.0, w.nagano.0, w.hokurei.0, 2));
    assert_eq!(row(closed).await, (w.nagano.0, w.hokurei.0, w.nagano.0, w.hokurei.0, 2), "a closed case stays where it was");
    assert_eq!(
        w.s.count(format!("SELECT unit_id::bigint FROM case_access WHERE consultation_id = '{open}' AND revoked_at IS NULL")).await,
        i64::from(w.nagano.0)
    );
    assert_eq!(w.s.count("SELECT count(*) FROM case_access").await, 1);
    // Who sees what now: the new office the header, the old one by its consent, the old municipality nothing.
    for (unit, headers) in [(w.chiba, 1), (w.shiomi, 1), (w.nagano, 2), (w.hokurei, 1)] {
        let officer = w.s.actor(w.t, unit, Role::Officer).await;
        let tx = w.begin(&officer).await;
        let seen = tx.all::<IdRow>("SELECT id FROM consultations ORDER BY id", []).await.expect("headers");
        assert_eq!(seen.len(), headers, "unit {unit}");
        assert_eq!(seen.iter().any(|r| r.id == open), unit != w.hokurei);
    }
    let tx = w.begin(&w.administrator).await;
    let unit = tenancy::unit(&tx, w.clinic).await.expect("unit").expect("unit");
    assert_eq!((unit.prefecture, unit.municipal, unit.parent), (Some(w.chiba), Some(w.shiomi), Some(w.shiomi)));
    assert_eq!(tenancy::home_on(&tx, w.clinic, date!(2026 - 11 - 16)).await.expect("home").expect("home").municipal, Some(w.hokurei));
    assert_eq!(tenancy::home_on(&tx, w.clinic, TODAY).await.expect("home").expect("home").municipal, Some(w.shiomi));
    assert_eq!(
        w.s.count(format!(
            "SELECT count(*) FROM audit_entries WHERE verb = 'tenancy.institution_moved' AND subject = '{}'",
            tenancy::unit_subject(w.clinic)
        ))
        .await,
        1
    );
    assert_eq!(w.s.count("SELECT count(*) FROM outbox WHERE name = 'tenancy.institution_moved.v1'").await, 1);
    assert_eq!(
        w.s.count(format!(
            "SELECT (path = '{}.{}.{}.{}')::int::bigint FROM units WHERE id = {}",
            w.t, w.chiba, w.shiomi, w.clinic, w.clinic
        ))
        .await,
        1
    );
}

#[derive(sea_orm::FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[tokio::test]
async fn a_move_is_refused_cleanly() {
    let w = world().await;
    let to = |prefecture, municipal, on| Move { prefecture, municipal, on };
    let there = to(w.nagano, Some(w.hokurei), TODAY);
    assert!(matches!(w.shift(there).await, Err(VerbError::AlreadyThere(unit)) if unit.id == w.clinic));
    for (prefecture, municipal) in [(w.nagano, Some(w.shiomi)), (w.shiomi, None), (w.clinic, None), (UnitId(999_999), None)] {
        assert!(matches!(w.shift(to(prefecture, municipal, TODAY)).await, Err(VerbError::NoSuchHome)), "{prefecture} {municipal:?}");
    }
    for on in [TODAY + Duration::days(1), date!(1999 - 12 - 31)] {
        assert!(
            matches!(w.shift(to(w.chiba, None, on)).await, Err(VerbError::Date { earliest, latest }) if earliest == date!(2000 - 01 - 01) && latest == TODAY),
            "{on}"
        );
    }
    assert_eq!(w.s.count("SELECT count(*) FROM audit_entries").await, 0, "a refusal leaves no trace of a change");
    // Straight under the prefecture, then corrected on the same day, then the same form once more.
    w.shift(to(w.chiba, None, TODAY)).await.expect("moved");
    w.shift(to(w.chiba, Some(w.shiomi), TODAY)).await.expect("corrected");
    assert!(matches!(w.shift(to(w.chiba, Some(w.shiomi), TODAY)).await, Err(VerbError::AlreadyThere(_))));
    let tx = w.begin(&w.administrator).await;
    let homes = tenancy::homes(&tx, w.clinic).await.expect("homes");
    assert_eq!(homes.iter().map(|h| h.municipal).collect::<Vec<_>>(), [Some(w.shiomi), Some(w.hokurei)]);
}

#[tokio::test]
async fn nobody_but_the_administrator_moves_or_merges() {
    let w = world().await;
    let h = w.s.federation("H").await;
    let foreign = w.s.actor(h, UnitId(h.0), Role::Administrator).await;
    let tx = w.begin(&foreign).await;
    assert!(matches!(tenancy::find_institution(&tx, &foreign, w.clinic).await, Err(VerbError::NotFound)));
    assert!(matches!(tenancy::find_municipal(&tx, &foreign, w.hokurei).await, Err(VerbError::NotFound)));
    for (unit, role) in
        [(w.nagano, Role::Officer), (UnitId(w.t.0), Role::ProgrammeOwner), (UnitId(w.t.0), Role::Auditor), (w.clinic, Role::Owner)]
    {
        let actor = w.s.actor(w.t, unit, role).await;
        let tx = w.begin(&actor).await;
        assert!(matches!(tenancy::find_institution(&tx, &actor, w.clinic).await, Err(VerbError::Forbidden)), "{role}");
        assert!(matches!(tenancy::find_municipal(&tx, &actor, w.hokurei).await, Err(VerbError::Forbidden)), "{role}");
        // The function behind the command does not take the word of the caller either.
        let straight = tx
            .run(
                "SELECT tenancy_move_unit($1, $2, NULL, $3, gen_random_uuid(), now())",
                [w.clinic.0.into(), w.chiba.0.into(), TODAY.into()],
            )
            .await;
        assert!(matches!(straight, Err(store::StoreError::Denied)), "{role}");
    }
    let tx = w.begin(&w.administrator).await;
    assert!(matches!(tenancy::find_institution(&tx, &w.administrator, w.hokurei).await, Err(VerbError::State(_))));
    assert!(matches!(tenancy::find_institution(&tx, &w.administrator, UnitId(999_999)).await, Err(VerbError::NotFound)));
}

#[tokio::test]
async fn a_permit_moves_only_the_unit_it_was_given_for() {
    let w = world().await;
    let other = w.s.unit(w.t, Level::Institution, "clinic", "別の医院", None, w.hokurei).await;
    let tx = w.begin(&w.administrator).await;
    let (_, permit) = tenancy::find_institution(&tx, &w.administrator, w.clinic).await.expect("permit");
    let unit = tenancy::unit(&tx, other).await.expect("unit").expect("unit");
    let to = Move { prefecture: w.chiba, municipal: None, on: TODAY };
    assert!(matches!(tenancy::move_institution(&tx, permit, &unit, to).await, Err(VerbError::NotFound)));
}

#[tokio::test]
async fn two_administrators_at_once_take_turns() {
    let w = world().await;
    let to = Move { prefecture: w.chiba, municipal: Some(w.shiomi), on: TODAY };
    let (one, two) = tokio::join!(w.shift(to), w.shift(to));
    let outcomes = [one, two];
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
    assert!(outcomes.iter().any(|o| matches!(o, Err(VerbError::AlreadyThere(_)))), "{outcomes:?}");
    assert_eq!(w.s.count("SELECT count(*) FROM audit_entries").await, 1);
}

#[tokio::test]
async fn a_merger_moves_the_institutions_and_closes_the_old_association() {
    let w = world().await;
    let asker = w.s.actor(w.t, w.clinic, Role::Staff).await;
    let office = w.s.actor(w.t, w.hokurei, Role::Officer).await;
    let agent = w.s.actor(w.t, UnitId(w.t.0), Role::Agent).await;
    let of_clinic = w.s.consultation(&asker, &agent).await;
    let of_office = w.s.consultation(&office, &agent).await;
    assert_eq!(w.merge(w.hokurei, w.chikuma, TODAY).await.expect("merged").institutions, 1);
    for id in [of_clinic, of_office] {
        assert_eq!(w.s.count(format!("SELECT municipal_id::bigint FROM consultations WHERE id = '{id}'")).await, i64::from(w.chikuma.0));
        assert_eq!(
            w.s.count(format!("SELECT origin_municipal_id::bigint FROM consultations WHERE id = '{id}'")).await,
            i64::from(w.hokurei.0)
        );
    }
    let tx = w.begin(&w.administrator).await;
    let old = tenancy::unit(&tx, w.hokurei).await.expect("unit").expect("unit");
    assert_eq!((old.closed_on, old.merged_into, old.name.ja.as_str()), (Some(TODAY), Some(w.chikuma), "北嶺市"));
    assert_eq!(tenancy::unit(&tx, w.clinic).await.expect("unit").expect("unit").municipal, Some(w.chikuma));
    assert!(tenancy::municipals(&tx, w.nagano, TODAY, None, 10).await.expect("list").rows.iter().all(|u| u.id != w.hokurei));
    // The seat of the closed office is no longer live.
    assert!(matches!(w.s.app.read(&office, RequestId::new(&w.s.clock)).await, Err(store::StoreError::Gone)));
    // Again, and into a closed one.
    assert!(matches!(w.merge(w.hokurei, w.chikuma, TODAY).await, Err(VerbError::State(unit)) if unit.merged_into == Some(w.chikuma)));
    assert!(matches!(w.merge(w.shiomi, w.hokurei, TODAY).await, Err(VerbError::NoSuchHome)));
    assert!(matches!(w.merge(w.shiomi, w.shiomi, TODAY).await, Err(VerbError::NoSuchHome)));
    assert!(
        matches!(w.merge(w.chikuma, w.shiomi, TODAY - Duration::days(1)).await, Err(VerbError::Date { earliest, .. }) if earliest == TODAY),
        "the institutions came today"
    );
    assert_eq!(w.s.count("SELECT count(*) FROM audit_entries WHERE verb = 'tenancy.municipal_merged'").await, 1);
    assert!(
        matches!(w.shift(Move { prefecture: w.nagano, municipal: Some(w.hokurei), on: TODAY }).await, Err(VerbError::NoSuchHome)),
        "nothing moves into a closed association"
    );
}

#[tokio::test]
async fn codes_are_hinted_at_by_dated_rows_and_never_refused() {
    let w = world().await;
    let tx = w.begin(&w.administrator).await;
    assert_eq!(tenancy::code_hint(&tx, Level::Institution, "2011234567", TODAY).await.expect("hint"), CodeHint::Unknown);
    drop(tx);
    w.s.sql(format!("INSERT INTO unit_code_shapes VALUES ({}, 'institution', '^(0[1-9]|[1-3][0-9]|4[0-7])[134][0-9]{{7}}$', '2011234567', '2026-04-01', NULL)", w.t)).await;
    let tx = w.begin(&w.administrator).await;
    assert_eq!(tenancy::code_hint(&tx, Level::Institution, "2011234567", TODAY).await.expect("hint"), CodeHint::Usual);
    assert_eq!(
        tenancy::code_hint(&tx, Level::Institution, "9911234567", TODAY).await.expect("hint"),
        CodeHint::Unusual { example: "2011234567".into() }
    );
    assert_eq!(tenancy::code_hint(&tx, Level::Institution, "x", date!(2026 - 03 - 31)).await.expect("hint"), CodeHint::Unknown);
    // A unit with an unusual code is a unit.
    w.s.sql(format!("UPDATE units SET code = 'きゅうコード' WHERE id = {}", w.clinic)).await;
    assert_eq!(tenancy::unit(&tx, w.clinic).await.expect("unit").expect("unit").code.as_deref(), Some("きゅうコード"));
}

#[tokio::test]
async fn contracts_are_seen_by_the_office_and_by_the_provider() {
    let w = world().await;
    let provider = w.s.count("WITH n AS (INSERT INTO units (level, kind, name, opened_on) VALUES ('provider', 'provider', '北斗サイバー救援', '2020-01-01') RETURNING id) SELECT id::bigint FROM n").await;
    let provider = UnitId(i32::try_from(provider).expect("id"));
    let contract = new_uuid(&w.s.clock);
    w.s.sql(format!("INSERT INTO provider_contracts VALUES ('{contract}', {}, {provider}, '2026-04-01', NULL)", w.t)).await;
    let agent = w.s.actor(w.t, provider, Role::Agent).await;
    w.s.sql(format!(
        "INSERT INTO queues (federation_id, code, name, name_en, line, unit_id, duty_seat_id) VALUES ({t}, 'one', '1次', 'First', '1', {provider}, '{}');
         INSERT INTO contract_queues SELECT {t}, '{contract}', id FROM queues; INSERT INTO seat_queues SELECT {t}, '{}', id FROM queues",
        agent.seat, agent.seat, t = w.t
    ))
    .await;
    for actor in [&agent, &w.administrator] {
        let tx = w.begin(actor).await;
        let found = tenancy::contracts(&tx, w.t).await.expect("contracts");
        assert_eq!(found.len(), 1, "{}", actor.role);
        assert_eq!((found[0].provider, found[0].queues.len()), (provider, 1));
        assert_eq!(found[0].name.as_ref().map(|n| n.ja.as_str()), Some("北斗サイバー救援"));
    }
    let officer = w.s.actor(w.t, w.nagano, Role::Officer).await;
    let tx = w.begin(&officer).await;
    assert!(tenancy::contracts(&tx, w.t).await.expect("contracts").is_empty());
    // The contract's end ends the provider's seats.
    drop(tx);
    w.s.sql(format!("UPDATE provider_contracts SET until_on = '{TODAY}'")).await;
    assert!(matches!(w.s.app.read(&agent, RequestId::new(&w.s.clock)).await, Err(store::StoreError::Gone)));
}
