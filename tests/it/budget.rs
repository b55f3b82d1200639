//! Statements per page, BEGIN, scope, session and COMMIT included: a page that begins to ask more fails here.

use tests::Stage;

#[tokio::test]
async fn pages_keep_within_their_statements() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let mut case = String::new();
    for n in 0..6 {
        case = crate::desk::ask(&clinic, &format!("相談 {n}"), "everyone").await;
    }
    let agent = crate::desk::agent_of(&stage, &case).await;
    let officer = stage.sign_in("miyasaka").await;
    let [triage, assign, privacy] = ["triage", "assign", "privacy"].map(|act| format!("{case}/{act}"));
    let pages = [
        (&clinic, "/", 6),
        (&clinic, "/consultations", 5),
        (&agent, "/", 7),
        (&agent, "/queue", 7),
        (&officer, "/area", 5),
        // BEGIN, session with scope; the categories' names; all figures in one.
        (&officer, "/area/figures", 4),
        // Session, BEGIN, scope; the case with its names, words and rights; thread; files; consents.
        // And the first advice, while the desk is awaited.
        (&clinic, case.as_str(), 8),
        (&agent, case.as_str(), 7),
        // The header alone.
        (&officer, case.as_str(), 4),
        // A page of one act.
        (&agent, triage.as_str(), 5),
        (&agent, assign.as_str(), 5),
        (&clinic, privacy.as_str(), 6),
    ];
    let mut over = Vec::new();
    for (person, path, most) in pages {
        let before = stage.db().statements();
        person.get(path).await.expect(200);
        let asked = stage.db().statements() - before;
        println!("{path}: {asked} statements");
        if asked > most {
            over.push(format!("{path}: {asked} statements, at most {most}"));
        }
    }
    assert!(over.is_empty(), "{over:?}");
}
