//! Municipal associations and institutions, under the prefectures that the story has laid.

use super::copy::Rows;
use super::dice::{Dice, id};
use super::{Pools, Size, rows};
use anyhow::ensure;
use kernel::FederationId;
use sqlx::{Connection, PgConnection};

/// What is written here.
pub const TABLES: &[&str] = &["units", "unit_homes"];

/// Since when everything here exists.
pub const SINCE: time::OffsetDateTime = time::macros::datetime!(2020-04-01 00:00 UTC);
const SINCE_ON: &str = "2020-04-01";

/// Where a code of the scale's units begins, so that they are told from the story's: "S" for associations, and a '9' where
/// a real institution code has its table number.
const MUNICIPAL: &str = "S";

struct Prefecture {
    id: i32,
    code: String,
}

/// Writes the tree once; there already, it is left as it is.
pub async fn lay(
    c: &mut PgConnection,
    federation: FederationId,
    pools: &Pools,
    size: Size,
    say: &(dyn Fn(String) + Send + Sync),
) -> anyhow::Result<()> {
    let mut tx = c.begin().await?;
    let there = rows::institutions_there(&mut tx, federation).await?;
    if there > 0 {
        let asked = i64::from(size.institutions);
        ensure!(there == asked, "a scale of {there} institutions is already here, not of {asked}: empty the database first (./dev reset)");
        return Ok(());
    }
    say(format!("{} municipal associations, {} institutions", size.municipals, size.institutions));
    let prefectures: Vec<_> = rows::prefectures(&mut tx, federation).await?.into_iter().map(|(id, code)| Prefecture { id, code }).collect();
    ensure!(prefectures.len() == pools.weights.len(), "{} prefectures, {} weights", prefectures.len(), pools.weights.len());
    let ids = rows::unit_ids(&mut tx, (size.municipals + size.institutions) as i32).await?;
    let mut ids = ids.into_iter();
    let mut dice = Dice::of(1);
    let mut units = Rows::of(
        "units (id, federation_id, level, kind, code, name, name_kana, name_en, parent_id, prefecture_id, municipal_id, path, opened_on)",
    );
    let mut homes = Rows::of("unit_homes (id, federation_id, unit_id, prefecture_id, municipal_id, from_on)");
    let municipals = shares(&pools.weights, size.municipals);
    let institutions = shares(&pools.weights, size.institutions);
    let mut serial = 0_u64;
    for (n, p) in prefectures.iter().enumerate() {
        let under: Vec<i32> = ids.by_ref().take(municipals[n] as usize).collect();
        for (m, unit) in under.iter().enumerate() {
            let (place, kana) = dice.pick(&pools.places);
            units
                .row(unit)
                .and(federation.0)
                .and("municipal")
                .and("municipal_association")
                .and(format!("{MUNICIPAL}{}{m:03}", p.code))
                .and(format!("{place}{}", pools.association.0))
                .and(format!("{kana}{}", pools.association.1))
                .and(format!("{} {m} Medical Association (scale sample)", p.code))
                .and(p.id)
                .and(p.id)
                .or_null(None::<i32>)
                .and(format!("{}.{}.{unit}", federation.0, p.id))
                .and(SINCE_ON);
        }
        for unit in ids.by_ref().take(institutions[n] as usize) {
            serial += 1;
            // One in a hundred hangs directly under its prefecture.
            let municipal = if under.is_empty() || dice.chance(10) { None } else { Some(under[dice.skewed(under.len())]) };
            let (family, kana, en) = dice.pick(&pools.families);
            let (practice, practice_kana, practice_en, kind) = dice.pick(&pools.practices);
            let path =
                municipal.map_or_else(|| format!("{}.{}.{unit}", federation.0, p.id), |m| format!("{}.{}.{m}.{unit}", federation.0, p.id));
            units
                .row(unit)
                .and(federation.0)
                .and("institution")
                .and(kind)
                .and(format!("{}9{serial:07}", p.code))
                .and(format!("{family}{practice}"))
                .and(format!("{kana}{practice_kana}"))
                .and(format!("{en} {practice_en}"))
                .and(municipal.unwrap_or(p.id))
                .and(p.id)
                .or_null(municipal)
                .and(path)
                .and(SINCE_ON);
            homes.row(id(1, SINCE, serial)).and(federation.0).and(unit).and(p.id).or_null(municipal).and(SINCE_ON);
        }
    }
    units.send(&mut tx).await?;
    homes.send(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// `total` cut in proportion to the weights, exactly, at least one each while it lasts.
fn shares(weights: &[u32], total: u32) -> Vec<u32> {
    let sum: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    let mut before = 0_u64;
    weights
        .iter()
        .map(|w| {
            let from = before * u64::from(total) / sum;
            before += u64::from(*w);
            (before * u64::from(total) / sum - from) as u32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn shares_add_up() {
        assert_eq!(super::shares(&[1, 2, 7], 100), [10, 20, 70]);
        assert_eq!(super::shares(&[3, 3, 3], 10).iter().sum::<u32>(), 10);
    }
}
