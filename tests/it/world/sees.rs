//! Who may read what, written a second time from the design.

use access::{Actor, Role};
use desk::Privacy;
use kernel::Level;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

/// What a person may see of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sees {
    Nothing,
    Header,
    Text,
    Notes,
}

/// A consultation and the facts that decide who reads it.
#[derive(Clone, Debug)]
pub struct Case {
    pub n: usize,
    pub name: String,
    pub id: Uuid,
    pub federation: i32,
    pub requester: i32,
    pub prefecture: Option<i32>,
    pub municipal: Option<i32>,
    pub queue: i32,
    pub offered: Option<i32>,
    pub privacy: Privacy,
    pub opener: Uuid,
    pub named: Vec<Uuid>,
    pub consents: Vec<i32>,
}

impl Case {
    /// The address.
    pub fn path(&self) -> String {
        format!("/c/{}", self.id)
    }

    /// The rule, told again from the design (`rls.md`, `product.md`) without the product's code.
    pub fn seen_by(&self, who: &Actor) -> Sees {
        let holds = |queue: i32| who.queues.iter().any(|q| q.0 == queue);
        let asks = matches!(who.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer);
        if who.federation.0 != self.federation {
            return Sees::Nothing;
        }
        if holds(self.queue) || self.offered.is_some_and(holds) {
            return Sees::Notes;
        }
        if asks && who.unit.0 == self.requester {
            let named = self.named.contains(&who.person.0);
            let may = who.person.0 == self.opener
                || match self.privacy {
                    Privacy::Everyone => true,
                    Privacy::Own => who.role == Role::Owner,
                    Privacy::Named => who.role == Role::Owner || named,
                    Privacy::Confidential => named,
                };
            return if may { Sees::Text } else { Sees::Nothing };
        }
        if matches!(who.role, Role::Officer | Role::ProgrammeOwner) && self.consents.contains(&who.unit.0) {
            return Sees::Text;
        }
        let open = self.privacy != Privacy::Confidential;
        let area = match (who.role, who.level) {
            (Role::Officer, Level::Prefectural) => self.prefecture == Some(who.unit.0) && open,
            (Role::Officer, Level::Municipal) => self.municipal == Some(who.unit.0) && open,
            (Role::ProgrammeOwner, _) => open,
            (Role::Auditor, _) => true,
            _ => false,
        };
        if area { Sees::Header } else { Sees::Nothing }
    }
}

/// Reads every consultation's facts, as they are now.
pub async fn cases(god: &mut PgConnection) -> Vec<Case> {
    let rows = sqlx::query(
        "SELECT c.*, coalesce(t.title, '') AS title, coalesce((SELECT array_agg(p.person_id) FROM consultation_people p WHERE p.consultation_id = c.id), '{}') AS named,
           coalesce((SELECT array_agg(a.unit_id) FROM case_access a WHERE a.consultation_id = c.id AND a.revoked_at IS NULL AND a.unit_id IS NOT NULL), '{}') AS consents
         FROM consultations c LEFT JOIN consultation_texts t ON t.consultation_id = c.id ORDER BY c.created_at, c.id",
    )
    .fetch_all(god)
    .await
    .expect("cases");
    let case = |row: sqlx::postgres::PgRow| Case {
        n: row.get::<String, _>("title").strip_prefix("QZ").and_then(|t| t.get(..2)?.parse().ok()).unwrap_or_default(),
        name: row.get("title"),
        id: row.get("id"),
        federation: row.get("federation_id"),
        requester: row.get("requester_unit_id"),
        prefecture: row.get("prefecture_id"),
        municipal: row.get("municipal_id"),
        queue: row.get("queue_id"),
        offered: row.get("offered_queue_id"),
        privacy: row.get::<String, _>("privacy").parse().expect("privacy"),
        opener: row.get("opened_by"),
        named: row.get("named"),
        consents: row.get("consents"),
    };
    rows.into_iter().map(case).collect()
}
