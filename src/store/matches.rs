//! How often each rule matched, by day. A rule is known by what it asks and does, wherever it stands.

use std::collections::{BTreeMap, HashMap};

use super::Store;
use super::db::args;
use super::error::Result;
use crate::domain::Timestamp;

const DAY: i64 = 86_400;

/// How often a rule matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matches {
    pub lately: u64,
    pub in_all: u64,
    /// The last day on which it did: its midnight, UTC.
    pub last: Option<Timestamp>,
}

impl Store {
    /// Adds what was counted since the last time; all in one transaction, always in the same order.
    pub async fn count_matches(&self, hits: &BTreeMap<i64, u64>, now: Timestamp) -> Result<()> {
        if hits.is_empty() {
            return Ok(());
        }
        let day = now.unix().div_euclid(DAY);
        let mut tx = self.db.begin("count_matches").await?;
        for (rule, hits) in hits {
            let sql = "INSERT INTO rule_matches (rule, day, hits) VALUES ($1, $2, $3)
                       ON CONFLICT (rule, day) DO UPDATE SET hits = rule_matches.hits + excluded.hits";
            tx.run(sql, args![*rule, day, *hits]).await?;
        }
        tx.commit().await
    }

    /// How often each rule matched since then, and in all.
    pub async fn matches(&self, since: Timestamp) -> Result<HashMap<i64, Matches>> {
        let sql = "SELECT rule, MAX(day) AS last, CAST(SUM(hits) AS BIGINT) AS in_all,
                          CAST(SUM(CASE WHEN day >= $1 THEN hits ELSE 0 END) AS BIGINT) AS lately
                   FROM rule_matches GROUP BY rule";
        let mut all = HashMap::new();
        for row in self.db.rows(sql, args![since.unix().div_euclid(DAY)]).await? {
            let count = |name| row.int(name).map(|count| u64::try_from(count).unwrap_or(0));
            let last = Some(Timestamp::from_unix(row.int("last")? * DAY));
            all.insert(row.int("rule")?, Matches { lately: count("lately")?, in_all: count("in_all")?, last });
        }
        Ok(all)
    }
}
