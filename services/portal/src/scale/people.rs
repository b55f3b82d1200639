//! An owner with a membership and two clerks at every institution of the scale, an officer at every association of it and at every
//! prefectural one that has nobody.

use super::copy::Rows;
use super::dice::{Dice, id};
use super::tree::SINCE;
use super::{Pools, rows};
use kernel::FederationId;
use sqlx::{Connection, PgConnection};

/// What is written here.
pub const TABLES: &[&str] = &["people", "people_contacts", "seats", "members", "member_periods", "member_institutions"];

/// Units per transaction.
const CHUNK: i64 = 10_000;

const PERSON: u16 = 2;
const SEAT: u16 = 3;
const MEMBER: u16 = 4;
const PERIOD: u16 = 5;
const RELATION: u16 = 6;

struct Copies {
    people: Rows,
    contacts: Rows,
    seats: Rows,
    members: Rows,
    periods: Rows,
    relations: Rows,
}

impl Copies {
    fn new() -> Self {
        Self {
            people: Rows::of("people (id, name, name_kana, name_en, created_at)"),
            contacts: Rows::of("people_contacts (person_id, email, locale)"),
            seats: Rows::of("seats (id, federation_id, person_id, unit_id, role, from_on, granted_at)"),
            members: Rows::of("members (id, federation_id, person_id, number, registry_number, name, name_kana, name_en)"),
            periods: Rows::of("member_periods (id, federation_id, member_id, category, from_on, until_on)"),
            relations: Rows::of("member_institutions (id, federation_id, member_id, unit_id, relation, from_on)"),
        }
    }

    async fn send(self, c: &mut PgConnection) -> sqlx::Result<()> {
        for rows in [self.people, self.contacts, self.seats, self.members, self.periods, self.relations] {
            rows.send(c).await?;
        }
        Ok(())
    }
}

/// Gives people to every unit of the scale that has none yet, chunk by chunk.
pub async fn settle(
    c: &mut PgConnection,
    federation: FederationId,
    pools: &Pools,
    say: &(dyn Fn(String) + Send + Sync),
) -> anyhow::Result<()> {
    let mut settled = 0;
    loop {
        let mut tx = c.begin().await?;
        let units = rows::empty_units(&mut tx, federation, CHUNK).await?;
        if units.is_empty() {
            return Ok(());
        }
        let mut copies = Copies::new();
        for (unit, level) in &units {
            let mut dice = Dice::of(1_000_000 + u64::from(unit.unsigned_abs()));
            if level != "institution" {
                person(&mut copies, pools, &mut dice, federation, *unit, 0, "officer");
            } else {
                for (n, role) in ["owner", "staff", "staff"].into_iter().enumerate() {
                    person(&mut copies, pools, &mut dice, federation, *unit, n as u64, role);
                }
            }
        }
        copies.send(&mut tx).await?;
        tx.commit().await?;
        settled += units.len();
        say(format!("people of {settled} units"));
    }
}

fn person(to: &mut Copies, pools: &Pools, dice: &mut Dice, federation: FederationId, unit: i32, n: u64, role: &str) {
    let serial = u64::from(unit.unsigned_abs()) * 4 + n;
    let person = id(PERSON, SINCE, serial);
    let (family, given) = (dice.pick(&pools.families), dice.pick(&pools.givens));
    let (name, kana, en) = (format!("{} {}", family.0, given.0), format!("{} {}", family.1, given.1), format!("{} {}", given.2, family.2));
    to.people.row(person).and(&name).and(&kana).and(&en).and(SINCE);
    to.contacts.row(person).and(format!("scale-{serial}@example.test")).and(if dice.chance(20) { "en" } else { "ja" });
    to.seats.row(id(SEAT, SINCE, serial)).and(federation.0).and(person).and(unit).and(role).and("2020-04-01").and(SINCE);
    if role == "owner" {
        let member = id(MEMBER, SINCE, serial);
        to.members
            .row(member)
            .and(federation.0)
            .and(person)
            .and(format!("S{serial:08}"))
            .and(format!("{serial:06}"))
            .and(&name)
            .and(&kana)
            .and(&en);
        // A few memberships have run out: shown to the agent, never a refusal.
        let until = dice.chance(15).then_some("2026-03-31");
        to.periods.row(id(PERIOD, SINCE, serial)).and(federation.0).and(member).and("A1").and("2020-04-01").or_null(until);
        to.relations.row(id(RELATION, SINCE, serial)).and(federation.0).and(member).and(unit).and("opener").and("2020-04-01");
    }
}
