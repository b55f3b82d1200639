//! What an administrator does, and what nobody else can.

use crate::world::{World, issuer_row, tree};
use access::{Denied, Role};
use identity::{
    Begin, InvitationLinks, InviteError, NewInvitation, NewPerson, NewSeat, SeatError, SignInError, add_person, end_seat, find_seat_to_end,
    grant_seat, invite, permit_add_person, permit_grant, permit_invite, read_session,
};
use kernel::{IssuerId, Locale, PersonId, SeatId, UnitId};
use store::{StoreError, Tx};
use time::macros::date;
use time::{Date, Duration};
use uuid::Uuid;

const FROM: Date = date!(2026 - 04 - 01);

fn staff_at(unit: UnitId) -> NewSeat {
    NewSeat { unit, role: Role::Staff, from_on: FROM, until_on: None }
}

fn invitation(issuer: IssuerId, email: &str) -> NewInvitation {
    NewInvitation { issuer, email: email.into(), valid_for: Duration::days(14) }
}

fn links() -> InvitationLinks {
    InvitationLinks::new(b"of this test")
}

fn somebody() -> NewPerson {
    NewPerson {
        name: " 新人\u{202E} 太郎 ".into(),
        name_kana: None,
        name_en: Some(String::new()),
        email: Some("Nurse@Example.jp".into()),
        phone: Some("０３−１２３４".into()),
        locale: Locale::Ja,
    }
}

/// An event of ours in the outbox.
async fn told(world: &World, name: &'static str, subject: Uuid) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM outbox WHERE name = $1 AND subject = $2")
        .bind(name)
        .bind(subject)
        .fetch_one(&mut world.loader().await)
        .await
        .expect("count")
}

#[tokio::test]
async fn a_new_person_is_added_seated_invited_and_comes_in() {
    let world = World::new().await;
    world.member("chief", Role::Administrator).await;
    let chief = world.enter("chief").await.expect("signed in").actor;

    let tx = world.tx(&chief).await;
    let person = add_person(&tx, permit_add_person(&chief, world.clock()).expect("allowed"), somebody()).await.expect("added");
    let seat = grant_seat(&tx, permit_grant(&chief, person).expect("allowed"), staff_at(world.clinic)).await.expect("granted");
    let invited = invite(&tx, permit_invite(&chief, person).expect("allowed"), invitation(world.issuer, "Other@Example.jp"), &links())
        .await
        .expect("invited");
    tx.commit().await.expect("kept");
    assert_eq!(invited.expires_at, world.clock().now() + Duration::days(14));
    for (verb, event, subject) in [
        ("identity.seat_granted", "identity.seat_granted.v1", seat.0),
        ("identity.person_invited", "identity.person_invited.v1", invited.id.0),
    ] {
        assert_eq!((world.audited(verb, subject).await, told(&world, event, subject).await), (1, 1), "{verb}");
    }
    assert_eq!(world.audited("identity.person_added", person.0).await, 1);
    let mut loader = world.loader().await;
    let stored: (String, Option<String>, Option<String>) =
        sqlx::query_as("SELECT p.name, p.name_en, c.phone FROM people p JOIN people_contacts c ON c.person_id = p.id WHERE p.id = $1")
            .bind(person.0)
            .fetch_one(&mut loader)
            .await
            .expect("row");
    assert_eq!(stored, ("新人 太郎".into(), None, Some("03-1234".into())));
    let row: String =
        sqlx::query_scalar("SELECT i::text FROM invitations i WHERE id = $1").bind(invited.id.0).fetch_one(&mut loader).await.expect("row");
    assert!(!row.contains(&invited.token) && row.contains("other@example.jp"));
    let fields: String = sqlx::query_scalar("SELECT fields::text FROM audit_entries WHERE subject = $1")
        .bind(invited.id.0)
        .fetch_one(&mut loader)
        .await
        .expect("entry");
    assert!(!fields.contains("example.jp") && fields.contains("sha256:"), "{fields}");

    let trip = world.trip(Begin { invitation: Some(&invited.token), ..world.begin("nurse") }, "pwd").await;
    let signed_in = world.finish(&trip, None).await.expect("by the link, whatever the address");
    assert_eq!((signed_in.actor.person, signed_in.actor.seat), (person, seat));
}

#[tokio::test]
async fn an_ended_seat_ends_the_session_and_a_stale_permit_ends_nothing() {
    let world = World::new().await;
    world.member("chief", Role::Administrator).await;
    let (_, seat) = world.member("nurse", Role::Staff).await;
    let (chief, nurse) = (world.enter("chief").await.expect("signed in").actor, world.enter("nurse").await.expect("signed in"));

    let tx = world.tx(&chief).await;
    let (held, permit) = find_seat_to_end(&tx, &chief, seat).await.expect("found");
    assert_eq!((held.person, held.unit, held.role), (nurse.actor.person, world.clinic, Role::Staff));
    world.run("UPDATE seats SET version = version + 1 WHERE id = $1", seat.0).await;
    assert!(matches!(end_seat(&tx, permit).await, Err(SeatError::Stale)));
    drop(tx);
    assert!(read_session(world.db(), &nurse.token).await.expect("asked").is_some());

    let tx = world.tx(&chief).await;
    let (_, permit) = find_seat_to_end(&tx, &chief, seat).await.expect("found");
    end_seat(&tx, permit).await.expect("ended");
    tx.commit().await.expect("kept");
    assert!(read_session(world.db(), &nurse.token).await.expect("asked").is_none());
    assert_eq!((world.audited("identity.seat_ended", seat.0).await, told(&world, "identity.seat_ended.v1", seat.0).await), (1, 1));
    let tx = world.tx(&chief).await;
    assert!(matches!(find_seat_to_end(&tx, &chief, seat).await, Err(SeatError::Denied(Denied::Hidden))), "ended is gone");
}

#[tokio::test]
async fn nobody_but_an_administrator_and_never_for_themself() {
    let world = World::new().await;
    let (chief_person, chief_seat) = world.member("chief", Role::Administrator).await;
    let (nurse_person, _) = world.member("nurse", Role::Staff).await;
    let (chief, nurse) = (world.enter("chief").await.expect("signed in").actor, world.enter("nurse").await.expect("signed in").actor);
    assert_eq!(permit_grant(&nurse, chief_person).expect_err("staff"), Denied::Forbidden);
    assert_eq!(permit_invite(&nurse, chief_person).expect_err("staff"), Denied::Forbidden);
    assert_eq!(permit_add_person(&nurse, world.clock()).expect_err("staff"), Denied::Forbidden);
    assert_eq!(permit_grant(&chief, chief_person).expect_err("themself"), Denied::Forbidden);
    assert_eq!(permit_invite(&chief, chief_person).expect_err("themself"), Denied::Forbidden);
    let tx = world.tx(&chief).await;
    assert!(matches!(find_seat_to_end(&tx, &chief, chief_seat).await, Err(SeatError::Denied(Denied::Forbidden))), "their own seat");
    assert!(matches!(find_seat_to_end(&tx, &chief, SeatId(Uuid::nil())).await, Err(SeatError::Denied(Denied::Hidden))));
    drop(tx);

    // The database says the same to a permit that went astray into another person's transaction.
    let astray = [permit_grant(&chief, PersonId(Uuid::nil())).expect("allowed"), permit_grant(&chief, nurse_person).expect("allowed")];
    for permit in astray {
        let tx = world.tx(&nurse).await;
        assert!(matches!(grant_seat(&tx, permit, staff_at(world.clinic)).await, Err(SeatError::Denied(_))));
    }
    let tx = world.tx(&nurse).await;
    let astray = permit_invite(&chief, world.person().await).expect("allowed");
    assert!(matches!(invite(&tx, astray, invitation(world.issuer, "new@example.jp"), &links()).await, Err(InviteError::NotInvitable)));
    let tx = world.tx(&nurse).await;
    let astray = permit_add_person(&chief, world.clock()).expect("allowed");
    assert!(matches!(add_person(&tx, astray, somebody()).await, Err(InviteError::NotInvitable)));
}

#[tokio::test]
async fn a_seat_must_fit() {
    let world = World::new().await;
    world.member("chief", Role::Administrator).await;
    let chief = world.enter("chief").await.expect("signed in").actor;
    let (_, foreign_clinic) = tree(&mut world.loader().await).await;
    let person = world.person().await;
    let attempt = async |person: PersonId, seat: NewSeat| {
        let tx = world.tx(&chief).await;
        let outcome = grant_seat(&tx, permit_grant(&chief, person).expect("allowed"), seat).await;
        if outcome.is_ok() {
            tx.commit().await.expect("kept");
        }
        outcome
    };
    let at = staff_at(world.clinic);
    assert!(matches!(attempt(person, NewSeat { role: Role::Approver, ..at }).await, Err(SeatError::RoleNotHere)));
    assert!(matches!(attempt(person, staff_at(foreign_clinic)).await, Err(SeatError::NoSuchUnit)));
    assert!(matches!(attempt(person, staff_at(UnitId(i32::MAX))).await, Err(SeatError::NoSuchUnit)));
    assert!(matches!(attempt(PersonId(Uuid::nil()), at).await, Err(SeatError::NoSuchPerson)));
    assert!(matches!(attempt(person, NewSeat { until_on: Some(FROM), ..at }).await, Err(SeatError::Period)));
    attempt(person, NewSeat { until_on: Some(date!(2027 - 04 - 01)), ..at }).await.expect("granted");
    assert!(matches!(attempt(person, at).await, Err(SeatError::AlreadyHeld)));
}

#[tokio::test]
async fn an_invitation_replaces_the_one_before_it() {
    let world = World::new().await;
    world.member("chief", Role::Administrator).await;
    let chief = world.enter("chief").await.expect("signed in").actor;
    let person = world.person().await;
    world.seat(person, world.federation, world.clinic, Role::Staff).await;
    let send = async |email: &str| {
        let tx = world.tx(&chief).await;
        let invited =
            invite(&tx, permit_invite(&chief, person).expect("allowed"), invitation(world.issuer, email), &links()).await.expect("invited");
        tx.commit().await.expect("kept");
        invited
    };
    let first = send("nurse@example.jp").await;
    let second = send("nurse@example.jp").await;
    let third = send("mistyped@example.jp").await;
    for old in [first, second] {
        let trip = world.trip(Begin { invitation: Some(&old.token), ..world.begin("stranger") }, "pwd").await;
        assert!(matches!(world.finish(&trip, None).await, Err(SignInError::NotInvited)), "withdrawn");
    }
    assert!(matches!(world.enter("nurse").await, Err(SignInError::NotInvited)), "its address too");
    world.wait(Duration::days(14));
    let trip = world.trip(Begin { invitation: Some(&third.token), ..world.begin("nurse") }, "pwd").await;
    assert!(matches!(world.finish(&trip, None).await, Err(SignInError::NotInvited)), "run out");
}

#[tokio::test]
async fn an_invitation_never_takes_over_an_account() {
    let world = World::new().await;
    world.member("chief", Role::Administrator).await;
    let chief = world.enter("chief").await.expect("signed in").actor;
    let (nurse, _) = world.member("nurse", Role::Staff).await;
    world.enter("nurse").await.expect("bound");
    let elsewhere = world.person().await;
    let (other_federation, other_clinic) = tree(&mut world.loader().await).await;
    world.seat(elsewhere, other_federation, other_clinic, Role::Owner).await;
    let foreign_issuer = issuer_row(
        &mut world.loader().await,
        other_federation,
        &format!("http://127.0.0.1:9/{}", Uuid::from_u128(u128::from(other_federation.0.unsigned_abs()))),
        world.clock(),
    )
    .await;

    let attempt = async |tx: &Tx, person: PersonId, input: NewInvitation| {
        invite(tx, permit_invite(&chief, person).expect("allowed"), input, &links()).await
    };
    let tx = world.tx(&chief).await;
    let good = invitation(world.issuer, "thief@example.jp");
    assert!(matches!(attempt(&tx, nurse, good.clone()).await, Err(InviteError::NotInvitable)), "signs in already");
    assert!(matches!(attempt(&tx, elsewhere, good.clone()).await, Err(InviteError::NotInvitable)), "belongs to another federation");
    let fresh = world.person().await;
    assert!(matches!(attempt(&tx, fresh, invitation(world.issuer, "no address")).await, Err(InviteError::Email)));
    for valid_for in [Duration::ZERO, Duration::minutes(59), Duration::days(31)] {
        assert!(matches!(attempt(&tx, fresh, NewInvitation { valid_for, ..good.clone() }).await, Err(InviteError::Validity)));
    }
    assert!(matches!(attempt(&tx, fresh, invitation(foreign_issuer, "new@example.jp")).await, Err(InviteError::NoSuchIssuer)));
    drop(tx);

    // A seat here would open name and address: nobody is seated by a federation that does not know them.
    let tx = world.tx(&chief).await;
    let seat = "INSERT INTO seats (id, person_id, federation_id, unit_id, role, granted_at) SELECT gen_random_uuid(), $1, federation_id, $2, 'staff', granted_at FROM seats WHERE id = scope_uuid('seat')";
    let outcome = tx.run(seat, [elsewhere.0.into(), world.clinic.0.into()]).await;
    assert!(matches!(outcome, Err(StoreError::Denied)), "{outcome:?}");
    drop(tx);

    // Past the command, the table's own policies say it again.
    let insert = "INSERT INTO invitations (id, federation_id, issuer_id, person_id, email, created_at, expires_at) VALUES ($1, $2, $3, $4, 'thief@example.jp', $5, $5)";
    for person in [nurse, elsewhere, chief.person] {
        let tx = world.tx(&chief).await;
        let now = world.clock().now();
        let outcome = tx
            .run(insert, [Uuid::from_u128(1).into(), world.federation.0.into(), world.issuer.0.into(), person.0.into(), now.into()])
            .await;
        assert!(matches!(outcome, Err(StoreError::Denied)), "{outcome:?}");
    }
    let tx = world.tx(&chief).await;
    let outcome = tx.run("UPDATE people_contacts SET email = 'thief@example.jp' WHERE person_id = $1", [nurse.0.into()]).await;
    assert!(matches!(outcome, Err(StoreError::Denied)), "an address is not among the columns that anybody may change: {outcome:?}");
}

/// Two links for one person, however they came to be open at once: the first that is used shuts the other, also at the same instant.
#[tokio::test]
async fn of_two_open_invitations_one_binds() {
    for at_once in [false, true] {
        let world = World::new().await;
        world.member("chief", Role::Administrator).await;
        let chief = world.enter("chief").await.expect("signed in").actor;
        let person = world.person().await;
        world.seat(person, world.federation, world.clinic, Role::Staff).await;
        let tx = world.tx(&chief).await;
        let first = invite(&tx, permit_invite(&chief, person).expect("allowed"), invitation(world.issuer, "one@example.jp"), &links())
            .await
            .expect("invited");
        let second = invite(&tx, permit_invite(&chief, person).expect("allowed"), invitation(world.issuer, "two@example.jp"), &links())
            .await
            .expect("invited");
        tx.commit().await.expect("kept");
        sqlx::query("UPDATE invitations SET withdrawn_at = NULL").execute(&mut world.loader().await).await.expect("both open");
        let enter = async |who: &'static str, token: &str| {
            let trip = world.trip(Begin { invitation: Some(token), ..world.begin(who) }, "pwd").await;
            world.finish(&trip, None).await.is_ok()
        };
        let (one, two) = if at_once {
            tokio::join!(enter("nurse", &first.token), enter("doctor", &second.token))
        } else {
            (enter("nurse", &first.token).await, enter("doctor", &second.token).await)
        };
        assert!(one != two && (at_once || one), "exactly one is bound: {one} {two}");
        let bound: i64 = sqlx::query_scalar("SELECT count(*) FROM identities WHERE person_id = $1")
            .bind(person.0)
            .fetch_one(&mut world.loader().await)
            .await
            .expect("count");
        assert_eq!(bound, 1);
    }
}
