//! Sessions: reading, ending, switching seats, the list.

use crate::world::{GOODBYE, World};
use access::Role;
use identity::{
    Sightings, end_session, known, my_sessions, read_session, revoke_other_sessions, revoke_session, seats, set_locale, switch_seat,
};
use kernel::{Locale, SeatId, SessionId};
use store::StoreError;
use time::Duration;
use uuid::Uuid;

async fn alive(world: &World, token: &str) -> bool {
    read_session(world.db(), token).await.expect("asked").is_some()
}

#[tokio::test]
async fn reading_a_session_is_one_statement_and_nobody_is_nobody() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let token = world.enter("nurse").await.expect("signed in").token;
    let before = world.db().statements();
    let actor = read_session(world.db(), &token).await.expect("asked").expect("somebody");
    assert_eq!(world.db().statements() - before, 1);
    assert_eq!(
        (actor.unit, actor.unit_name.as_str(), actor.role, actor.locale, actor.seat_count),
        (world.clinic, "灯医院", Role::Staff, Locale::Ja, 1)
    );
    for nobody in ["", "0", &"0".repeat(64), &token.to_uppercase(), &format!("{token} ")] {
        assert!(!alive(&world, nobody).await, "{nobody:?}");
    }
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let idle = world.enter("nurse").await.expect("signed in").token;
    world.wait(Duration::hours(1));
    assert!(!alive(&world, &idle).await, "idle for an hour");
    assert!(seats(world.db(), &idle).await.expect("asked").is_empty());

    let busy = world.enter("nurse").await.expect("signed in");
    let sightings = Sightings::default();
    for _ in 0..14 {
        world.wait(Duration::minutes(50));
        let seen = known(world.db(), &busy.token).await.expect("asked").expect("seen within the hour");
        assert!(seen.idle, "an old sighting is worth another");
        sightings.note(&busy.token, world.clock().now());
        sightings.write(world.db()).await.expect("written");
        assert!(!known(world.db(), &busy.token).await.expect("asked").expect("alive").idle, "a fresh one is not");
    }
    world.wait(busy.expires_at - world.clock().now());
    assert!(!alive(&world, &busy.token).await, "twelve hours are over");
    assert!(switch_seat(world.db(), &busy.token, busy.actor.seat).await.expect("asked").is_none());
}

#[tokio::test]
async fn a_changed_seat_or_credential_ends_its_sessions() {
    let world = World::new().await;
    let ends = [
        "UPDATE seats SET ended_at = now() WHERE person_id = $1",
        "UPDATE seats SET until_on = '2026-01-02' WHERE person_id = $1",
        "UPDATE seats SET role = 'owner' WHERE person_id = $1",
        "DELETE FROM identities WHERE person_id = $1",
        "UPDATE identities SET subject = subject || '-new' WHERE person_id = $1",
    ];
    for end in ends {
        let (person, _) = world.member("nurse", Role::Staff).await;
        let signed_in = world.enter("nurse").await.expect("signed in");
        assert!(alive(&world, &signed_in.token).await);
        world.run(end, person.0).await;
        assert!(!alive(&world, &signed_in.token).await, "{end}");
        assert!(matches!(world.db().begin(&signed_in.actor, world.request()).await, Err(StoreError::Gone)), "{end}");
        sqlx::query("DELETE FROM identities WHERE person_id = $1")
            .bind(person.0)
            .execute(&mut world.loader().await)
            .await
            .expect("forgotten");
    }
}

#[tokio::test]
async fn a_seat_whose_last_day_passed_is_dead_without_anybody_touching_it() {
    let world = World::new().await;
    let (_, seat) = world.member("nurse", Role::Staff).await;
    sqlx::query("UPDATE seats SET until_on = (($2::text::timestamptz AT TIME ZONE 'Asia/Tokyo')::date + 1) WHERE id = $1")
        .bind(seat.0)
        .bind(crate::world::instant(world.clock().now()))
        .execute(&mut world.loader().await)
        .await
        .expect("last day");
    let token = world.enter("nurse").await.expect("signed in on the last day").token;
    // Kept busy over midnight in Tokyo.
    for _ in 0..30 {
        world.wait(Duration::minutes(50));
        alive(&world, &token).await;
    }
    assert!(!alive(&world, &token).await);
    assert!(matches!(world.enter("nurse").await, Err(identity::SignInError::NoLiveSeat)));
}

#[tokio::test]
async fn another_seat_means_another_token() {
    let world = World::new().await;
    let (person, staff) = world.member("nurse", Role::Staff).await;
    let there = world.seat(person, world.federation, world.clinic, Role::Owner).await;
    let (_, foreign) = world.member("doctor", Role::Owner).await;
    let signed_in = world.enter("nurse").await.expect("signed in");

    let choices = seats(world.db(), &signed_in.token).await.expect("seats");
    let mut shown: Vec<(SeatId, bool)> = choices.iter().map(|choice| (choice.id, choice.active)).collect();
    shown.sort();
    let mut expected = vec![(staff, signed_in.actor.seat == staff), (there, signed_in.actor.seat == there)];
    expected.sort();
    assert_eq!(shown, expected);

    let target = if signed_in.actor.seat == staff { there } else { staff };
    assert!(switch_seat(world.db(), &signed_in.token, foreign).await.expect("asked").is_none(), "somebody else's seat");
    assert!(switch_seat(world.db(), &signed_in.token, SeatId(Uuid::nil())).await.expect("asked").is_none());
    assert!(switch_seat(world.db(), "", target).await.expect("asked").is_none());
    assert!(alive(&world, &signed_in.token).await, "a refused switch changes nothing");

    let token = switch_seat(world.db(), &signed_in.token, target).await.expect("asked").expect("switched");
    assert!(!alive(&world, &signed_in.token).await, "the old token is dead");
    assert!(matches!(world.db().begin(&signed_in.actor, world.request()).await, Err(StoreError::Gone)), "and so is the old actor");
    let actor = read_session(world.db(), &token).await.expect("asked").expect("somebody");
    assert_eq!((actor.seat, actor.session), (target, signed_in.actor.session));

    let (a, b) = tokio::join!(switch_seat(world.db(), &token, staff), switch_seat(world.db(), &token, there));
    assert_eq!([a.expect("asked"), b.expect("asked")].iter().filter(|new| new.is_some()).count(), 1, "two tabs, one wins");

    // The next sign-in comes back to the seat used last.
    world.wait(Duration::MINUTE);
    let again = world.enter("nurse").await.expect("signed in").actor.seat;
    let mut loader = world.loader().await;
    let last: Uuid =
        sqlx::query_scalar("SELECT seat_id FROM sessions WHERE id = $1").bind(actor.session.0).fetch_one(&mut loader).await.expect("seat");
    assert_eq!(again.0, last);
}

#[tokio::test]
async fn signing_out_ends_it_here_and_at_the_issuer() {
    let mut world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let token = world.enter("nurse").await.expect("signed in").token;
    let ended = end_session(world.db(), &token).await.expect("asked").expect("ended");
    assert!(!alive(&world, &token).await);
    assert!(end_session(world.db(), &token).await.expect("asked").is_none());

    let url = world.sign_in.logout_url(world.db(), &ended, "the state", Locale::Ja).await.expect("asked").expect("offered");
    let answer = world.get(url.clone()).await;
    assert_eq!(answer.headers()["location"].to_str().expect("text"), format!("{GOODBYE}?state=the+state"), "{url}");

    world.peer.stop().await;
    world.wait(Duration::seconds(6));
    assert!(world.sign_in.logout_url(world.db(), &ended, "x", Locale::Ja).await.expect("asked").is_none(), "issuer down");
}

#[tokio::test]
async fn my_sessions_are_listed_and_can_be_ended_by_me_alone() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    world.member("doctor", Role::Owner).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        world.wait(Duration::MINUTE);
        tokens.push(world.enter("nurse").await.expect("signed in"));
    }
    let doctor = world.enter("doctor").await.expect("signed in");
    let (first, present) = (&tokens[0], &tokens[2]);

    let tx = world.db().read(&present.actor, world.request()).await.expect("tx");
    let listed = my_sessions(&tx, &present.actor).await.expect("listed");
    assert_eq!(
        listed.iter().map(|row| row.id).collect::<Vec<_>>(),
        [tokens[2].actor.session, tokens[1].actor.session, tokens[0].actor.session]
    );
    assert_eq!(listed.iter().filter(|row| row.present).map(|row| row.id).collect::<Vec<_>>(), [present.actor.session]);
    assert_eq!(listed[0].device, "Firefox Linux");
    drop(tx);

    let tx = world.tx(&doctor.actor).await;
    assert!(!revoke_session(&tx, &doctor.actor, first.actor.session).await.expect("asked"), "somebody else's");
    assert!(!revoke_session(&tx, &doctor.actor, SessionId(Uuid::nil())).await.expect("asked"));
    tx.commit().await.expect("kept");
    assert!(alive(&world, &first.token).await);

    let tx = world.tx(&present.actor).await;
    assert!(revoke_session(&tx, &present.actor, first.actor.session).await.expect("asked"));
    assert!(!revoke_session(&tx, &present.actor, first.actor.session).await.expect("asked"), "once");
    assert_eq!(revoke_other_sessions(&tx, &present.actor).await.expect("asked"), 1);
    tx.commit().await.expect("kept");
    assert!(!alive(&world, &first.token).await && !alive(&world, &tokens[1].token).await);
    assert!(alive(&world, &present.token).await && alive(&world, &doctor.token).await);
    assert_eq!(world.audited("identity.session_revoked", first.actor.session.0).await, 1);
    assert_eq!(world.audited("identity.session_revoked", tokens[1].actor.session.0).await, 1);
    assert_eq!(world.audited("identity.session_revoked", present.actor.session.0).await, 0);
}

#[tokio::test]
async fn a_language_is_remembered_with_or_without_a_contact() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;
    let signed_in = world.enter("nurse").await.expect("signed in");
    for forget in [false, true] {
        if forget {
            world.run("DELETE FROM people_contacts WHERE person_id = $1", person.0).await;
        }
        let tx = world.tx(&signed_in.actor).await;
        set_locale(&tx, &signed_in.actor, Locale::En).await.expect("set");
        tx.commit().await.expect("kept");
        let actor = read_session(world.db(), &signed_in.token).await.expect("asked").expect("somebody");
        assert_eq!(actor.locale, Locale::En);
    }
}
