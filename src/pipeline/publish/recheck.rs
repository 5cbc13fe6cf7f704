//! The second look, a settle time after something was published that was ever in doubt.

use std::time::Duration;

use crate::publish::{self, Twin};
use crate::wordpress::{self, Failure, Me};

use super::{Error, Pipeline, Site};

/// Looked up at once.
const MOST: u32 = 100;
/// After a look that failed.
const AGAIN: Duration = Duration::from_secs(300);

impl Pipeline {
    /// Looks for twins of what is due for its second look. An untouched younger twin goes to the trash; anything else is told.
    /// Ends at the first failure that is the site's, and answers it.
    pub(super) async fn recheck(&self, site: &Site, wp: &wordpress::Site, me: &Me) -> Result<Option<Failure>, Error> {
        let now = self.clock.now();
        for delivery in self.store.rechecks_due(site.id, now, MOST).await? {
            if self.is_stopping() {
                break;
            }
            self.progressed();
            let looked = match wp.of_type(delivery.type_of_post()).await {
                Ok(wp) => publish::recheck(&wp, &me.towards(wp.kind()), &delivery).await,
                Err(failure) => Err(failure),
            };
            match looked {
                Ok(twins) => {
                    for twin in twins {
                        match twin {
                            Twin::Trashed(post) => {
                                tracing::warn!(site = site.config.name, post = post.id, "a late twin was put in the trash")
                            }
                            Twin::Report(post) => {
                                let text = format!("post {} carries the same mark as post {}", post.id, delivery.post.unwrap_or(0));
                                tracing::error!(site = site.config.name, post = post.id, "a twin that somebody has worked on: please look");
                                self.store.open_review(delivery.id, "twin", &text, now).await?;
                            }
                        }
                    }
                    self.store.rechecks_done(&[delivery.id]).await?;
                }
                Err(failure) => {
                    tracing::warn!(site = site.config.name, delivery = %delivery.id, error = %failure, "the second look failed");
                    self.store.recheck_at(&[delivery.id], now.plus(AGAIN)).await?;
                    if failure.is_the_sites() {
                        return Ok(Some(failure));
                    }
                }
            }
        }
        Ok(None)
    }
}
