//! Statements per page, exactly: a page that begins to ask more fails here, and one that asks less is written down.

use tests::Stage;

#[tokio::test]
async fn every_page_asks_as_much_as_is_written_here() {
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
        // Two of each are BEGIN and the session with its scope; reading needs no COMMIT. Lists and cases take it all in one message.
        (&clinic, "/", 4),
        (&clinic, "/consultations", 3),
        (&agent, "/", 4),
        (&agent, "/queue", 3),
        (&officer, "/area", 3),
        // The categories' names; all figures in one.
        (&officer, "/area/figures", 4),
        // The case with its names, words, rights and what hangs on it; its files. And the first advice, while the desk is awaited: in a
        // transaction of its own, which asks again who it is.
        (&clinic, case.as_str(), 7),
        (&agent, case.as_str(), 4),
        // Who may know of it alone is asked the same, and row security gives the header.
        (&officer, case.as_str(), 4),
        // A page of one act.
        (&agent, triage.as_str(), 4),
        (&agent, assign.as_str(), 4),
        (&clinic, privacy.as_str(), 5),
    ];
    let mut other = Vec::new();
    for (person, path, exactly) in pages {
        let before = stage.db().statements();
        person.get(path).await.expect(200);
        let asked = stage.db().statements() - before;
        println!("{path}: {asked} statements");
        if asked != exactly {
            other.push(format!("{path}: {asked} statements, not {exactly}"));
        }
    }
    assert!(other.is_empty(), "{other:?}");
}
