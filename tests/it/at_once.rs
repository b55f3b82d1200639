//! Two hands at the same instant, on connections of their own: a text is sent once, and what was not sent is not lost.

use crate::writing::{Scene, kept};
use std::time::Duration;
use tests::{Form, Page, Person};

/// Rounds of each race.
const ROUNDS: u64 = 12;

impl Scene {
    /// How often these words stand in the thread, as a message or a note.
    async fn said(&self, text: &str) -> i64 {
        let sql = "SELECT (SELECT count(*) FROM consultation_messages WHERE body = $1) + (SELECT count(*) FROM consultation_notes WHERE body = $1)";
        sqlx::query_scalar(sql).bind(text).fetch_one(&mut self.stage.god().await).await.expect("count")
    }

    /// What somebody has begun in a form.
    async fn begun(&self, who: &Person, form: &str) -> Option<String> {
        let sql = "SELECT fields->>'body' FROM case_drafts WHERE person_id = $1 AND form = $2";
        sqlx::query_scalar(sql).bind(who.person).bind(form).fetch_optional(&mut self.stage.god().await).await.expect("draft")
    }

    async fn form(&self, who: &Person, page: &str, act: &str, body: &str) -> Form {
        who.get(&self.at(page)).await.expect(200).form(&self.at(act)).with("body", body)
    }

    async fn reply(&self, who: &Person, body: &str) -> Form {
        self.form(who, "", "/reply", body).await.with("then", "desk")
    }
}

/// What a script sends by itself, a little later than at once.
async fn keep(who: &Person, form: &Form, after: Duration) -> Page {
    tokio::time::sleep(after).await;
    who.send_form(&kept(form.clone(), "?then=quiet")).await
}

/// Spreads the rounds over the time that a request takes.
fn later(round: u64) -> Duration {
    Duration::from_micros(round * 1_500)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_and_sent_at_once_is_sent_and_no_draft() {
    let s = Scene::new().await;
    let hands = [(&s.agent, "", "/reply"), (&s.clinic, "", "/answer"), (&s.agent, "/note", "/note")];
    for (who, page, act) in hands {
        for round in 0..ROUNDS {
            let text = format!("同時に送る文 {act} {round}");
            let form = s.form(who, page, act, &text).await;
            let form = if act == "/reply" { form.with("then", "desk") } else { form };
            let (kept, sent) = tokio::join!(keep(who, &form, later(round)), who.send_form(&form));
            sent.leads();
            assert!([204, 409].contains(&kept.status.as_u16()), "{act} {round}: {}", kept.status);
            assert_eq!(s.begun(who, &act[1..]).await, None, "{act} {round}: kept {}", kept.status);
            assert_eq!(s.said(&text).await, 1, "{act} {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_sent_stays_begun_whatever_is_sent_beside_it() {
    let s = Scene::new().await;
    for round in 0..ROUNDS {
        // One person in two pages: what is written in one is not what the other sends.
        let (text, other) = (format!("返事 {round}"), format!("終わりの言葉 {round}"));
        let (reply, resolve) = (s.reply(&s.agent, &text).await, s.form(&s.agent, "/resolve", "/resolve", &other).await);
        let mine = s.reply(&s.lead, &other).await;
        let (sent, kept, colleague) =
            tokio::join!(s.agent.send_form(&reply), keep(&s.agent, &resolve, later(round)), keep(&s.lead, &mine, later(round)));
        sent.leads();
        assert_eq!((kept.status.as_u16(), colleague.status.as_u16()), (204, 204), "{round}");
        assert_eq!(s.begun(&s.agent, "resolve").await.as_deref(), Some(other.as_str()), "{round}");
        assert_eq!(s.begun(&s.lead, "reply").await.as_deref(), Some(other.as_str()), "{round}");
        assert_eq!(s.begun(&s.agent, "reply").await, None, "{round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_send_at_once_the_other_reads_what_came_and_applies_in_one_press() {
    let s = Scene::new().await;
    let mut lost_by_the_agent = 0;
    for round in 0..ROUNDS {
        let (first, second) = (format!("窓口の文 {round}"), format!("責任者の文 {round}"));
        let (a, b) = (s.reply(&s.agent, &first).await, s.reply(&s.lead, &second).await);
        let (kept, by_agent, by_lead) = tokio::join!(keep(&s.agent, &a, later(round)), s.agent.send_form(&a), s.lead.send_form(&b));
        assert_eq!([&by_agent, &by_lead].map(|page| page.status.as_u16()).iter().sum::<u16>(), 303 + 409, "{round}: one of the two goes");
        let (late, who, mine, theirs) = if by_agent.status == 409 {
            lost_by_the_agent += 1;
            assert_eq!(kept.status, 204, "{round}: nothing of the agent's was sent");
            assert_eq!(s.begun(&s.agent, "reply").await.as_deref(), Some(first.as_str()), "{round}");
            (by_agent, &s.agent, &first, &second)
        } else {
            assert_eq!(s.begun(&s.agent, "reply").await, None, "{round}");
            (by_lead, &s.lead, &second, &first)
        };
        assert!(late.body.contains(theirs.as_str()), "{round}: what came meanwhile: {}", late.body);
        assert_eq!(s.said(mine).await, 0, "{round}: nothing of the later one");
        let again = late.form(&s.at("/reply"));
        assert_eq!(again.get("body"), Some(mine.as_str()), "{round}");
        who.send_form(&again).await.leads();
        assert_eq!((s.said(mine).await, s.said(theirs).await, s.kept().await), (1, 1, 0), "{round}");
    }
    println!("the agent lost {lost_by_the_agent} of {ROUNDS}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_of_two_pages_of_one_person_is_overtaken_and_applied_in_one_press() {
    let s = Scene::new().await;
    for round in 0..ROUNDS {
        let (newer, older) = (format!("新しい頁の文 {round}"), format!("古い頁の文 {round}"));
        let (a, b) = (s.reply(&s.agent, &newer).await, s.reply(&s.agent, &older).await);
        s.agent.send_form(&a).await.leads();
        let late = s.agent.send_form(&b).await.expect(409);
        assert!(late.body.contains(&newer), "{round}: what came meanwhile: {}", late.body);
        let again = late.form(&s.at("/reply"));
        assert_eq!(again.get("body"), Some(older.as_str()));
        s.agent.send_form(&again).await.leads();
        // Both pages pressed once more at the same instant: neither goes again.
        let (one, two) = tokio::join!(s.agent.send_form(&a), s.agent.send_form(&again));
        assert_eq!((one.status.as_u16(), two.status.as_u16()), (409, 409));
        assert_eq!((s.said(&newer).await, s.said(&older).await, s.kept().await), (1, 1, 0), "{round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_pressed_in_two_pages_at_once_sends_once() {
    let s = Scene::new().await;
    let again = s.elsewhere(&s.clinic).await;
    for round in 0..ROUNDS {
        let text = format!("二つの端末から {round}");
        let (a, b) = (s.form(&s.clinic, "", "/answer", &text).await, s.form(&again, "", "/answer", &text).await);
        let (one, two) = tokio::join!(s.clinic.send_form(&a), again.send_form(&b));
        assert_eq!([one, two].map(|page| page.status.as_u16()).iter().sum::<u16>(), 303 + 409, "{round}");
        assert_eq!((s.said(&text).await, s.kept().await), (1, 0), "{round}");
    }
}

/// A script's last word may come late, and from before the last letters were typed.
#[tokio::test]
async fn an_earlier_state_of_a_note_does_not_come_back_and_another_note_is_kept() {
    let s = Scene::new().await;
    let note = s.form(&s.agent, "/note", "/note", "業者に電話しました。明日また。").await;
    s.agent.send_form(&note).await.leads();
    let (earlier, other) = (note.clone().with("body", "業者に電話しました。"), note.with("body", "業者は休みでした。"));
    keep(&s.agent, &earlier, Duration::ZERO).await.expect(409);
    assert_eq!(s.begun(&s.agent, "note").await, None);
    keep(&s.agent, &other, Duration::ZERO).await.expect(204);
    keep(&s.lead, &s.form(&s.lead, "/note", "/note", "業者に電話しました。").await, Duration::ZERO).await.expect(204);
    assert!(s.stage.clock.advance(time::Duration::minutes(11)));
    keep(&s.agent, &earlier, Duration::ZERO).await.expect(204);
    assert_eq!(s.kept().await, 2, "said again a while later it is another note");
}
