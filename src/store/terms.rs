//! A site's terms, as far as they were asked for: (taxonomy, folded name, parent) → WordPress' id.

use super::Store;
use super::db::{args, tuples};
use super::error::Result;
use crate::domain::{Id, Timestamp};

/// A term that a site has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TermRow {
    /// `tags`, `categories` or a taxonomy's `rest_base`.
    pub taxonomy: String,
    /// Folded by the caller, so that equal names are equal.
    pub name: String,
    /// WordPress' id of the parent; 0: none.
    pub parent: u64,
    /// WordPress' id.
    pub term: u64,
}

impl Store {
    /// Every term of the site that is known here, of one taxonomy.
    pub async fn terms(&self, site: Id, taxonomy: &str) -> Result<Vec<TermRow>> {
        let sql = "SELECT * FROM terms WHERE site = $1 AND taxonomy = $2";
        let mut terms = match &self.base {
            Some(base) => Box::pin(base.terms(site, taxonomy)).await?,
            None => Vec::new(),
        };
        for row in self.db.rows(sql, args![site, taxonomy]).await? {
            terms.push(TermRow {
                taxonomy: row.text("taxonomy")?,
                name: row.text("name")?,
                parent: row.number_or_null("parent")?.unwrap_or(0),
                term: row.number_or_null("term")?.unwrap_or(0),
            });
        }
        Ok(terms)
    }

    /// Keeps what the site said of these terms.
    pub async fn put_terms(&self, site: Id, terms: &[TermRow], now: Timestamp) -> Result<()> {
        // The last of equal names counts: one statement may not touch a row twice.
        let rows: std::collections::BTreeMap<_, _> =
            terms.iter().map(|term| ((&term.taxonomy, &term.name, term.parent), term.term)).collect();
        let rows: Vec<_> = rows.into_iter().collect();
        let mut tx = self.db.begin("put_terms").await?;
        for rows in rows.chunks(100) {
            let sql = format!(
                "INSERT INTO terms (site, taxonomy, name, parent, term, seen) VALUES {}
                 ON CONFLICT (site, taxonomy, name, parent) DO UPDATE SET term = excluded.term, seen = excluded.seen",
                tuples(rows.len(), 6)
            );
            let args = rows.iter().flat_map(|((taxonomy, name, parent), term)| args![site, *taxonomy, *name, *parent, *term, now]);
            tx.run(sql, args.collect()).await?;
        }
        tx.commit().await
    }

    /// Forgets terms that the site no longer has, by WordPress' ids.
    pub async fn forget_terms(&self, site: Id, terms: &[u64]) -> Result<()> {
        let mut tx = self.db.begin("forget_terms").await?;
        for term in terms {
            tx.run("DELETE FROM terms WHERE site = $1 AND term = $2", args![site, *term]).await?;
        }
        tx.commit().await
    }
}
