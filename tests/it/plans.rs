//! How PostgreSQL answers the lists and the case page at size: every statement that the pages really send is explained by
//! the server itself (auto_explain, statements inside functions too). No table of any size is read from end to end, and no
//! statement touches more pages of memory than a fixed number, however many cases there are.

use portal::scale::{self, Size};
use serde_json::Value;
use sqlx::Executor;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tests::{Person, Stage};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Consultations in the measured database.
const CASES: u32 = 100_000;
/// A table with more rows than this must not be read from end to end.
const LARGE: f32 = 1_000.0;
/// Pages of shared memory (8 KiB) one statement may touch.
const MOST_BLOCKS: u64 = 2_000;
/// Indexes that answer the lists which are open all day alone: what such a list shows or its policy asks stands in them.
const ALONE: &[&str] =
    &["consultations_prefecture", "consultations_municipal", "consultation_texts_requester", "consultation_texts_queue_open"];
/// So often each page is asked for: after five times PostgreSQL considers a generic plan.
const ROUNDS: usize = 7;

/// What the server said of its plans.
#[derive(Clone, Default)]
struct Plans(Arc<Mutex<Vec<Value>>>);

impl<S: tracing::Subscriber> Layer<S> for Plans {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut Message(&self.0));
        }
    }
}

struct Message<'a>(&'a Mutex<Vec<Value>>);

impl tracing::field::Visit for Message<'_> {
    fn record_str(&mut self, field: &tracing::field::Field, text: &str) {
        let Some((_, plan)) = text.split_once("plan:").filter(|_| field.name() == "message") else { return };
        let plan = serde_json::from_str(plan).unwrap_or_else(|error| panic!("a plan that is no JSON ({error}): {plan}"));
        self.0.lock().expect("plans").push(plan);
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

impl Plans {
    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().expect("plans"))
    }
}

/// Explains everything that later connections send.
async fn explain(stage: &mut Stage) {
    let mut god = stage.god().await;
    for (name, value) in [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_buffers", "on"),
        ("auto_explain.log_timing", "off"),
        ("auto_explain.log_nested_statements", "on"),
        ("auto_explain.log_format", "json"),
        ("auto_explain.log_level", "notice"),
    ] {
        let sql = format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {name} = ''{value}''', current_database()); END $$");
        god.execute(sqlx::AssertSqlSafe(sql)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    stage.portal = portal::wire::portal(&stage.config, stage.clock.clone()).await.expect("portal");
}

/// Every node of a plan with what is below it.
fn nodes<'a>(node: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(node);
    for below in node["Plans"].as_array().into_iter().flatten() {
        nodes(below, found);
    }
}

/// Which of the nodes that read a table touched most, in words.
fn heavy(nodes: &[&Value]) -> String {
    let mut scans: Vec<_> = nodes.iter().filter(|node| node["Relation Name"].is_string()).map(|node| (blocks(node), node)).collect();
    scans.sort_unstable_by_key(|(blocks, _)| std::cmp::Reverse(*blocks));
    let words = |(blocks, node): &(u64, &&Value)| {
        format!(
            "{blocks} by {} {} {} ({} rows, {} times)",
            node["Node Type"], node["Relation Name"], node["Index Name"], node["Actual Rows"], node["Actual Loops"]
        )
    };
    scans.iter().take(2).map(words).collect::<Vec<_>>().join(", ")
}

fn blocks(node: &Value) -> u64 {
    ["Shared Hit Blocks", "Shared Read Blocks"].iter().filter_map(|name| node[name].as_u64()).sum()
}

/// A link of the page, as it stands there.
fn link(page: &tests::Page, from: &str) -> Option<String> {
    let at = page.body.find(&format!("href=\"{from}"))? + 6;
    Some(page.body[at..].split('"').next()?.replace("&amp;", "&"))
}

/// The place that asks most, the one that asks least, and a municipal officer with many clinics.
async fn chosen(stage: &Stage) -> [uuid::Uuid; 3] {
    let sql = "WITH counted AS (SELECT requester_unit_id AS unit, count(*) AS n FROM consultations GROUP BY 1)
        SELECT (SELECT s.person_id FROM counted c JOIN seats s ON s.unit_id = c.unit AND s.role = 'owner' ORDER BY c.n DESC, s.id LIMIT 1),
               (SELECT s.person_id FROM counted c JOIN seats s ON s.unit_id = c.unit AND s.role = 'owner' ORDER BY c.n, s.id LIMIT 1),
               (SELECT s.person_id FROM seats s WHERE s.role = 'officer' AND s.unit_id = (SELECT municipal_id FROM consultations WHERE municipal_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) ORDER BY s.id LIMIT 1)";
    let (a, b, c) = sqlx::query_as(sql).fetch_one(&mut stage.god().await).await.expect("people of the scale");
    [a, b, c]
}

/// Handing over looks at open cases and at the few seats that answer: not at all cases, nor at every officer of the federation.
async fn the_round_of_every_minute_reads_open_cases_alone(stage: &Stage) {
    let mut god = stage.god().await;
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM consultations WHERE state NOT IN ('resolved', 'closed')")
        .fetch_one(&mut god)
        .await
        .expect("open cases");
    god.execute("BEGIN; SET LOCAL ROLE portal_worker; SELECT enter_system('hand_over')").await.expect("the worker's scope");
    let sql = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(*) FROM desk_hand_over_lapsed(now(), 200)";
    // The first one reads the catalogue too.
    for round in 0..2 {
        let plan: Value = sqlx::query_scalar(sql).fetch_one(&mut god).await.expect("plan");
        let read = blocks(&plan[0]["Plan"]);
        assert!(round == 0 || read < 2 * open.unsigned_abs() + 2_000, "{read} pages for {open} open cases");
    }
    god.execute("ROLLBACK").await.expect("rollback");
}

#[tokio::test]
async fn no_page_reads_a_large_table_from_end_to_end() {
    let mut stage = Stage::new().await;
    let url = |url: &Option<String>| url.clone().expect("url");
    let (loader, migrator) = (url(&stage.config.database.loader_url), url(&stage.config.database.migrator_url));
    scale::load(&loader, &migrator, &stage.clock, Size::of(CASES), Arc::new(|_| {})).await.expect("scale");
    let large: BTreeMap<String, f32> = sqlx::query_as(
        "SELECT relname::text, reltuples FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > $1",
    )
    .bind(LARGE)
    .fetch_all(&mut stage.god().await)
    .await
    .expect("catalogue")
    .into_iter()
    .collect();
    assert!(large.len() >= 14 && large["consultations"] >= CASES as f32, "not at size: {large:?}");
    crate::rollups::agree_at_size(&stage).await;
    the_round_of_every_minute_reads_open_cases_alone(&stage).await;
    let plans = Plans::default();
    let _explaining = tests::hear(tracing_subscriber::registry().with(plans.clone()));
    explain(&mut stage).await;
    let [most, least, municipal] = chosen(&stage).await;
    let mut pages: Vec<(&str, Person, Vec<String>)> = Vec::new();
    for (who, person) in [("the clinic that asks most", most), ("a clinic that hardly asks", least), ("a municipal officer", municipal)] {
        pages.push((who, Person::sign_in_as(&stage, person).await, vec![]));
    }
    for (who, key) in [
        ("an agent", "kashiwagi"),
        ("a lead", "otsuki"),
        ("a prefectural officer", "miyasaka"),
        ("the federation's office", "iwase"),
        ("a clinic elsewhere", "saeki"),
    ] {
        pages.push((who, stage.sign_in(key).await, vec![]));
    }
    for (_, person, paths) in &mut pages {
        for list in [
            "/",
            "/consultations",
            "/consultations?closed=1",
            "/queue",
            "/queue?view=closed",
            "/queue?view=mine",
            "/queue?view=offered",
            "/queue?class=S3",
            "/area",
            "/area/figures",
            "/area/figures?year=2024",
            "/shared",
            "/seats",
            "/sessions",
        ] {
            let page = person.get(list).await;
            if page.status != 200 {
                continue;
            }
            let below: Vec<_> = [
                link(&page, "/c/"),
                link(&page, "/area?municipal="),
                link(&page, "/area?prefecture="),
                link(&page, &format!("{}?", list.split('?').next().unwrap_or(list))),
            ]
            .into_iter()
            .flatten()
            .collect();
            paths.push(list.to_owned());
            paths.extend(below);
        }
    }
    plans.take();
    let (mut faults, mut seen, mut heaviest) = (Vec::new(), 0, BTreeMap::<String, u64>::new());
    let mut alone = BTreeSet::new();
    for (who, person, paths) in &pages {
        for path in paths {
            for _ in 0..ROUNDS {
                let status = person.get(path).await.status;
                assert!(status == 200 || status == 404, "{who} {path}: {status}");
            }
            for plan in plans.take() {
                seen += 1;
                let text = plan["Query Text"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
                let mut found = Vec::new();
                nodes(&plan["Plan"], &mut found);
                for node in found.iter().filter(|node| node["Node Type"] == "Seq Scan") {
                    if large.contains_key(node["Relation Name"].as_str().unwrap_or_default()) {
                        faults.push(format!("{who} {path}: Seq Scan on {}: {text}", node["Relation Name"]));
                    }
                }
                let only = found.iter().filter(|node| node["Node Type"] == "Index Only Scan");
                alone.extend(only.filter_map(|node| node["Index Name"].as_str()).map(str::to_owned));
                let blocks = blocks(&plan["Plan"]);
                if blocks > MOST_BLOCKS {
                    faults.push(format!("{who} {path}: {blocks} pages of memory: {}: {text}", heavy(&found)));
                }
                let most = heaviest.entry(format!("{who} {path}: {}", text.chars().take(60).collect::<String>())).or_default();
                *most = blocks.max(*most);
            }
        }
    }
    let mut heaviest: Vec<_> = heaviest.into_iter().map(|(page, blocks)| (blocks, page)).collect();
    heaviest.sort_unstable_by(|a, b| b.cmp(a));
    for (blocks, page) in heaviest.iter().take(12) {
        println!("{blocks:>6} pages of memory at most in a statement of {page}");
    }
    faults.sort();
    faults.dedup();
    let counted = pages.iter().filter(|(.., paths)| paths.iter().any(|path| path == "/area/figures")).count();
    assert_eq!(counted, 3, "a municipality, a prefecture and the federation look at figures");
    let missed: Vec<_> = ALONE.iter().filter(|index| !alone.contains(**index)).collect();
    assert!(missed.is_empty(), "never answered alone: {missed:?}");
    assert!(seen > 500, "only {seen} plans were seen: is auto_explain there?");
    assert!(faults.is_empty(), "{}\n{}", faults.len(), faults.join("\n"));
}
