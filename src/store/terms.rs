//! What is known of a site's terms, which of them we made on which day, and in how many entries a name was seen.
//!
//! All of it is written under the site's lease, by its one writer. Over a store that is only read these functions read that one:
//! a dry run makes no terms.

use super::db::{Db, Tx, args, json, list, tuples};
use super::error::Result;
use super::{Lease, Store, lease, sites};
use crate::domain::{Decision, Id, SiteTerm, Timestamp};

/// Rows in one statement.
const ROWS: usize = 100;

/// A name on its way to become a term: its taxonomy's `rest_base`, and its folded path (`news > tech`).
pub type TermPath = (String, String);

/// New terms of one site on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TermDay {
    /// Announced; most of them made.
    pub made: u64,
    /// How often a post went without a term because the day's terms were made.
    pub left_out: u64,
}

impl Store {
    fn terms_db(&self) -> &Db {
        self.base.as_ref().map_or(&self.db, |base| &base.db)
    }

    /// Every term that is known of a site, gone ones among them; and the taxonomies that were read whole.
    pub async fn terms(&self, site: Id) -> Result<(Vec<SiteTerm>, Vec<String>)> {
        let db = self.terms_db();
        let rows = db.rows("SELECT * FROM terms WHERE site = $1", args![site]).await?;
        let terms = rows.iter().map(|row| {
            Ok(SiteTerm {
                taxonomy: row.text("taxonomy")?,
                id: row.int("term")?.unsigned_abs(),
                name: row.text("name")?,
                slug: row.text("slug")?,
                parent: row.int("parent")?.unsigned_abs(),
                gone: row.time_or_null("gone")?,
            })
        });
        let terms = terms.collect::<Result<_>>()?;
        let lists = db.rows("SELECT taxonomy FROM term_lists WHERE site = $1", args![site]).await?;
        Ok((terms, lists.iter().map(|row| row.text("taxonomy")).collect::<Result<_>>()?))
    }

    /// Keeps what was learnt of a site's terms.
    pub async fn keep_terms(&self, site: &Lease, terms: &[SiteTerm], whole: &[String]) -> Result<()> {
        let mut tx = self.db.begin("keep_terms").await?;
        sites::hold(&mut tx, site).await?;
        for terms in terms.chunks(ROWS) {
            let sql = format!(
                "INSERT INTO terms (site, taxonomy, term, name, slug, parent, gone) VALUES {}
                 ON CONFLICT (site, taxonomy, term) DO UPDATE SET name = excluded.name, parent = excluded.parent, gone = excluded.gone,
                     slug = CASE WHEN excluded.slug = '' THEN terms.slug ELSE excluded.slug END",
                tuples(terms.len(), 7)
            );
            let values = terms.iter().flat_map(|term| {
                let SiteTerm { taxonomy, id, name, slug, parent, gone } = term;
                args![site.row, taxonomy.as_str(), id.cast_signed(), name.as_str(), slug.as_str(), parent.cast_signed(), *gone]
            });
            tx.run(sql, values.collect()).await?;
        }
        for taxonomy in whole {
            tx.run("INSERT INTO term_lists (site, taxonomy) VALUES ($1, $2) ON CONFLICT DO NOTHING", args![site.row, taxonomy.as_str()])
                .await?;
        }
        tx.commit().await
    }

    /// Before terms are made: they count for this day, whatever comes of them, and nobody makes terms on the site before `until`,
    /// should no answer come. One that was announced on an earlier day counts for this one.
    pub async fn terms_begin(&self, site: &Lease, until: Timestamp, new: &[TermPath], day: i64) -> Result<()> {
        let mut tx = self.db.begin("terms_begin").await?;
        let sql = "UPDATE sites SET terms_until = $3 WHERE id = $1 AND lease_token = $2";
        let changed = tx.run(sql, args![site.row, site.token, until]).await?;
        lease::proves(site, changed)?;
        let sql = "INSERT INTO terms_made (site, taxonomy, path, day) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (site, taxonomy, path) DO UPDATE SET day = excluded.day";
        for (taxonomy, path) in new {
            tx.run(sql, args![site.row, taxonomy.as_str(), path.as_str(), day]).await?;
            // from now on it is the site's
            let sql = "DELETE FROM term_uses WHERE site = $1 AND taxonomy = $2 AND path = $3";
            tx.run(sql, args![site.row, taxonomy.as_str(), path.as_str()]).await?;
        }
        tx.commit().await
    }

    /// What was announced on a day (days since 1970, UTC).
    pub async fn terms_made(&self, site: Id, day: i64) -> Result<Vec<TermPath>> {
        let sql = "SELECT taxonomy, path FROM terms_made WHERE site = $1 AND day = $2";
        let rows = self.terms_db().rows(sql, args![site, day]).await?;
        rows.iter().map(|row| Ok((row.text("taxonomy")?, row.text("path")?))).collect()
    }

    /// How many terms a day brought, and how many it left out.
    pub async fn terms_of_day(&self, site: Id, day: i64) -> Result<TermDay> {
        let sql = "SELECT left_out FROM term_days WHERE site = $1 AND day = $2";
        let left_out = self.terms_db().row(sql, args![site, day]).await?.map_or(Ok(0), |row| row.int("left_out"))?;
        Ok(TermDay { made: self.terms_made(site, day).await?.len() as u64, left_out: left_out.unsigned_abs() })
    }

    /// Counts posts that went without terms because the day's were made.
    pub async fn terms_left_out(&self, site: &Lease, day: i64, count: u64) -> Result<()> {
        let mut tx = self.db.begin("terms_left_out").await?;
        sites::hold(&mut tx, site).await?;
        let sql = "INSERT INTO term_days (site, day, left_out) VALUES ($1, $2, $3)
                   ON CONFLICT (site, day) DO UPDATE SET left_out = term_days.left_out + excluded.left_out";
        tx.run(sql, args![site.row, day, count.cast_signed()]).await?;
        tx.commit().await
    }

    /// Notes that an item would have these terms, each once; answers in how many items each was seen.
    pub async fn terms_used(&self, site: &Lease, item: Id, names: &[TermPath], now: Timestamp) -> Result<Vec<u64>> {
        let mut tx = self.db.begin("terms_used").await?;
        sites::hold(&mut tx, site).await?;
        for (taxonomy, path) in names {
            let sql = "INSERT INTO term_uses (site, taxonomy, path, item, seen) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
            tx.run(sql, args![site.row, taxonomy.as_str(), path.as_str(), item, now]).await?;
        }
        tx.commit().await?;
        self.term_uses(site.row, names).await
    }

    /// Keeps why names became no terms, beside what is known of these deliveries already. A stale lease changes nothing.
    pub async fn note_decisions(&self, noted: &[(&Lease, &Decision)]) -> Result<()> {
        let mut tx = self.db.begin("note_decisions").await?;
        for (lease, decision) in noted {
            let sql = "UPDATE deliveries SET decision = $3 WHERE id = $1 AND lease_token = $2";
            tx.run(sql, args![lease.row, lease.token, json(*decision)]).await?;
        }
        tx.commit().await
    }

    /// In how many items each of these was seen.
    pub async fn term_uses(&self, site: Id, names: &[TermPath]) -> Result<Vec<u64>> {
        let mut uses = vec![0; names.len()];
        for (names, uses) in names.chunks(ROWS).zip(uses.chunks_mut(ROWS)) {
            let sql = format!(
                "SELECT taxonomy, path, COUNT(*) AS uses FROM term_uses WHERE site = $1 AND path IN ({}) GROUP BY taxonomy, path",
                list(2, names.len())
            );
            let values = args![site].into_iter().chain(names.iter().flat_map(|(_, path)| args![path.as_str()]));
            for row in self.terms_db().rows(sql, values.collect()).await? {
                let (taxonomy, path, count) = (row.text("taxonomy")?, row.text("path")?, row.int("uses")?.unsigned_abs());
                for (name, uses) in names.iter().zip(uses.iter_mut()) {
                    if name.0 == taxonomy && name.1 == path {
                        *uses = count;
                    }
                }
            }
        }
        Ok(uses)
    }
}

/// Drops what is older than this: names that never became terms, deleted terms, and days.
pub(super) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let day = before.unix().div_euclid(86_400);
    let uses = tx.run("DELETE FROM term_uses WHERE seen < $1", args![before]).await?;
    let gone = tx.run("DELETE FROM terms WHERE gone < $1", args![before]).await?;
    let made = tx.run("DELETE FROM terms_made WHERE day < $1", args![day]).await?;
    Ok(uses + gone + made + tx.run("DELETE FROM term_days WHERE day < $1", args![day]).await?)
}
