//! The demo people, as the issuer's buttons show them.

use super::data::{Ground, People, Person, Story};
use super::rows;
use anyhow::Context;
use uuid::Uuid;

/// A person the demo can sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// Short name, for example `aizawa`.
    pub key: String,
    /// The `sub` claim; the same at every telling.
    pub subject: String,
    /// The address the invitation names.
    pub email: String,
    /// Name in Japanese.
    pub name: String,
    /// Name in Latin letters.
    pub name_en: String,
    /// Heading under which the person stands.
    pub group: String,
    /// Roles and organisations in Japanese.
    pub line_ja: String,
    /// Roles and organisations in English.
    pub line_en: String,
}

/// Everybody, in the order of the file; people of one group stand together.
///
/// # Errors
/// Data that does not fit together; a fault of this build.
pub fn demo_people() -> anyhow::Result<Vec<DemoPerson>> {
    let story = Story::load()?;
    story.people.person.iter().map(|person| button(&story, person)).collect()
}

fn button(story: &Story, person: &Person) -> anyhow::Result<DemoPerson> {
    Ok(DemoPerson {
        key: person.key.clone(),
        subject: format!("demo-{}", person.key),
        email: email(&person.key),
        name: person.name.clone(),
        name_en: person.en.clone(),
        group: story.people.group.get(&person.group).with_context(|| format!("no group {}", person.group))?.clone(),
        line_ja: line(story, person, false)?,
        line_en: line(story, person, true)?,
    })
}

/// Every seat of a person in one line.
fn line(story: &Story, person: &Person, english: bool) -> anyhow::Result<String> {
    let mut seats = Vec::new();
    for seat in &person.seats {
        let role = story.people.role.get(&seat.role).with_context(|| format!("no name for the role {}", seat.role))?;
        let unit = unit_name(&story.ground, &seat.unit, english).with_context(|| format!("no unit {}", seat.unit))?;
        seats.push(if english { format!("{}, {unit}", role.en) } else { format!("{unit} {}", role.ja) });
    }
    Ok(seats.join(if english { "; " } else { "、" }))
}

fn unit_name<'a>(ground: &'a Ground, key: &str, english: bool) -> Option<&'a str> {
    let federations = ground.federation.iter().flat_map(|f| {
        let own = std::iter::once((&f.key, &f.name, &f.en));
        let prefectures = f.prefectures.iter().map(|u| (&u.key, &u.name, &u.en));
        let municipals = f.municipals.iter().map(|u| (&u.key, &u.name, &u.en));
        let institutions = f.institutions.iter().map(|u| (&u.key, &u.name, &u.en));
        own.chain(prefectures).chain(municipals).chain(institutions)
    });
    let providers = ground.provider.iter().map(|p| (&p.key, &p.name, &p.en));
    let found = federations.chain(providers).find(|(k, ..)| k.as_str() == key)?;
    Some(if english { found.2 } else { found.1 })
}

/// The address of a demo person; a name that is kept for examples.
pub(super) fn email(key: &str) -> String {
    format!("{key}@demo.example.jp")
}

/// The id of a demo person.
pub(super) fn person_id(key: &str) -> Uuid {
    rows::id("person", key)
}

/// The id of a demo seat.
pub(super) fn seat_id(person: &str, unit: &str, role: &str) -> Uuid {
    rows::id("seat", &format!("{person} {unit} {role}"))
}

impl People {
    /// Person and seat behind `person@unit`; the first seat there when there are several.
    ///
    /// # Errors
    /// When there is no such person or seat.
    pub fn seat_at(&self, at: &str) -> anyhow::Result<(Uuid, Uuid)> {
        let (who, unit) = at.split_once('@').with_context(|| format!("{at:?} is not person@unit"))?;
        let person = self.person.iter().find(|p| p.key == who).with_context(|| format!("no person {who}"))?;
        let seat = person.seats.iter().find(|s| s.unit == unit).with_context(|| format!("{who} has no seat at {unit}"))?;
        Ok((person_id(who), seat_id(who, unit, &seat.role)))
    }
}
