//! Organisations, members, people, seats, queues and vocabulary, in one transaction.

use super::Ctx;
use super::data::{Federation, Institution, Person, Story};
use super::people::{email, person_id, seat_id};
use super::rows::{self, NewIssuer, NewMember, NewPerson, NewQueue, NewUnit};
use anyhow::{Context, bail};
use kernel::{FederationId, QueueId, UnitId};
use sqlx::{Connection, PgConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// What the files' keys have become.
#[derive(Default)]
pub struct Keys {
    federations: HashMap<String, FederationId>,
    units: HashMap<String, (FederationId, UnitId)>,
    queues: HashMap<String, QueueId>,
}

impl Keys {
    fn federation(&self, key: &str) -> anyhow::Result<FederationId> {
        self.federations.get(key).copied().with_context(|| format!("no federation {key}"))
    }

    fn unit(&self, key: &str) -> anyhow::Result<UnitId> {
        Ok(self.units.get(key).with_context(|| format!("no unit {key}"))?.1)
    }

    fn queue(&self, key: &str) -> anyhow::Result<QueueId> {
        self.queues.get(key).copied().with_context(|| format!("no queue {key}"))
    }

    fn add(&mut self, key: &str, federation: FederationId, unit: UnitId) -> anyhow::Result<()> {
        if self.units.insert(key.to_owned(), (federation, unit)).is_some() {
            bail!("two units {key}");
        }
        Ok(())
    }
}

/// Writes what is missing and returns how many rows that was.
pub async fn lay(loader: &mut PgConnection, story: &Story, ctx: &Ctx<'_>) -> anyhow::Result<u64> {
    let mut tx = loader.begin().await?;
    let mut wrote = 0;
    let mut keys = Keys::default();
    let now = ctx.clock.now();
    for person in &story.people.person {
        let (id, email) = (person_id(&person.key), email(&person.key));
        let row = NewPerson { id, name: &person.name, kana: &person.kana, en: &person.en, email: &email, locale: &person.locale };
        wrote += rows::person(&mut tx, &row, now).await?;
    }
    wrote += rows::hours(&mut tx, None, &story.ground.hours).await?;
    for federation in &story.ground.federation {
        wrote +=
            tree(&mut tx, &mut keys, federation, &story.people.person).await.with_context(|| format!("federation {}", federation.key))?;
        let id = keys.federation(&federation.key)?;
        for (sort, category) in (1..).zip(&story.categories) {
            wrote += rows::category(&mut tx, id, category, sort).await?;
        }
    }
    for provider in &story.ground.provider {
        let unit = NewUnit {
            level: "provider",
            kind: "provider",
            code: &provider.code,
            name: &provider.name,
            kana: &provider.kana,
            en: &provider.en,
            short: None,
        };
        let id = rows::provider(&mut tx, &unit, &mut wrote).await?;
        // A provider's seats belong to the federation that it works for.
        let federation =
            provider.contracts.first().map(|c| keys.federation(&c.federation)).transpose()?.context("a provider without a contract")?;
        keys.add(&provider.key, federation, id)?;
    }
    wrote += seats(&mut tx, &keys, story, ctx).await.context("seats")?;
    wrote += queues(&mut tx, &mut keys, story).await.context("queues")?;
    tx.commit().await?;
    Ok(wrote)
}

async fn tree(tx: &mut PgConnection, keys: &mut Keys, f: &Federation, people: &[Person]) -> anyhow::Result<u64> {
    let mut wrote = 0;
    let root = NewUnit { level: "federation", kind: "national_body", code: &f.code, name: &f.name, kana: &f.kana, en: &f.en, short: None };
    let id = rows::federation(tx, &f.prefix, &root, &mut wrote).await?;
    keys.federations.insert(f.key.clone(), id);
    keys.add(&f.key, id, UnitId(id.0))?;
    wrote += rows::code_shape(tx, id, &f.code_pattern, &f.code_example).await?;
    if let Some(hours) = &f.hours {
        wrote += rows::hours(tx, Some(id), hours).await?;
    }
    for p in &f.prefectures {
        let unit = NewUnit {
            level: "prefectural",
            kind: "prefectural_association",
            code: &p.code,
            name: &p.name,
            kana: &p.kana,
            en: &p.en,
            short: Some((&p.short, &p.short_en)),
        };
        let unit = rows::unit(tx, id, UnitId(id.0), &unit, &mut wrote).await?;
        keys.add(&p.key, id, unit)?;
    }
    for m in &f.municipals {
        let unit = NewUnit { level: "municipal", kind: &m.kind, code: &m.code, name: &m.name, kana: &m.kana, en: &m.en, short: None };
        let unit = rows::unit(tx, id, keys.unit(&m.at)?, &unit, &mut wrote).await?;
        keys.add(&m.key, id, unit)?;
    }
    for i in &f.institutions {
        let unit = NewUnit { level: "institution", kind: &i.kind, code: &i.code, name: &i.name, kana: &i.kana, en: &i.en, short: None };
        let unit = rows::unit(tx, id, keys.unit(&i.at)?, &unit, &mut wrote).await?;
        keys.add(&i.key, id, unit)?;
    }
    Ok(wrote + members(tx, keys, f, id, people).await?)
}

async fn members(tx: &mut PgConnection, keys: &Keys, f: &Federation, id: FederationId, people: &[Person]) -> anyhow::Result<u64> {
    let mut wrote = 0;
    for m in &f.members {
        let person = people.iter().find(|p| p.member.as_deref() == Some(&m.key)).map(|p| person_id(&p.key));
        let row =
            NewMember { id: member_id(&m.key), person, number: &m.number, registry: &m.registry, name: &m.name, kana: &m.kana, en: &m.en };
        wrote += rows::member(tx, id, &row, &m.periods).await?;
    }
    for Institution { key, member, .. } in &f.institutions {
        if !f.members.iter().any(|m| m.key == *member) {
            bail!("institution {key} names no member {member}");
        }
        wrote += rows::runs(tx, id, member_id(member), keys.unit(key)?).await?;
    }
    Ok(wrote)
}

/// The id of a member of the story.
pub fn member_id(key: &str) -> Uuid {
    rows::id("member", key)
}

async fn seats(tx: &mut PgConnection, keys: &Keys, story: &Story, ctx: &Ctx<'_>) -> anyhow::Result<u64> {
    let now = ctx.clock.now();
    let mut wrote = 0;
    for (sort, f) in (1..).zip(&story.ground.federation) {
        let row =
            NewIssuer { id: rows::id("issuer", &f.key), name: &f.issuer, en: &f.issuer_en, url: ctx.issuer_url, client: &f.client, sort };
        wrote += rows::issuer(tx, keys.federation(&f.key)?, &row).await?;
    }
    for person in &story.people.person {
        for seat in &person.seats {
            let (federation, unit) = *keys.units.get(&seat.unit).with_context(|| format!("{}: no unit {}", person.key, seat.unit))?;
            wrote +=
                rows::seat(tx, seat_id(&person.key, &seat.unit, &seat.role), federation, person_id(&person.key), unit, &seat.role, now)
                    .await?;
            if person.invited_by.is_some() {
                continue;
            }
            // Somebody in two federations is invited by both.
            let f = story
                .ground
                .federation
                .iter()
                .find(|f| keys.federations.get(&f.key) == Some(&federation))
                .context("federation of a seat")?;
            wrote += rows::invitation(tx, federation, rows::id("issuer", &f.key), person_id(&person.key), &email(&person.key), now).await?;
        }
    }
    Ok(wrote)
}

async fn queues(tx: &mut PgConnection, keys: &mut Keys, story: &Story) -> anyhow::Result<u64> {
    let mut wrote = 0;
    for q in &story.ground.queue {
        let federation = keys.federation(&q.federation)?;
        let only = q.only.as_deref().map(|key| keys.unit(key)).transpose()?;
        let row = NewQueue {
            code: &q.code,
            name: &q.name,
            en: &q.en,
            line: &q.line,
            unit: keys.unit(&q.unit)?,
            duty: story.people.seat_at(&q.duty)?.1,
            only,
        };
        let id = rows::queue(tx, federation, &row, &mut wrote).await?;
        keys.queues.insert(q.key.clone(), id);
    }
    for provider in &story.ground.provider {
        for contract in &provider.contracts {
            let queues = contract.queues.iter().map(|q| keys.queue(q)).collect::<anyhow::Result<Vec<_>>>()?;
            wrote +=
                rows::contract(tx, keys.federation(&contract.federation)?, keys.unit(&provider.key)?, contract.from.0, &queues).await?;
        }
    }
    for person in &story.people.person {
        for seat in &person.seats {
            let (federation, _) = keys.units[&seat.unit];
            for queue in &seat.queues {
                wrote += rows::seat_queue(tx, federation, seat_id(&person.key, &seat.unit, &seat.role), keys.queue(queue)?).await?;
            }
        }
    }
    Ok(wrote)
}
