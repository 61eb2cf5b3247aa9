//! What those who follow a promotion read: the news of its journal, what stands between it and its places, and its
//! product's newest release.

use std::collections::BTreeMap;

use crate::flow::admission::{self, Hold, PromotionId, Verdict, World, verdict};
use crate::flow::course::{Attempt, Place};
use crate::flow::time::Time;
use crate::model::{ProductName, ReleaseVersion};

use super::db::{Row, values};
use super::error::StoreError;
use super::handle::Store;
use super::releases::Entry;
use super::world;

/// What admission knows of a product.
#[derive(Debug, Clone, Default)]
pub struct Admission {
    holds: Vec<Hold>,
    waiting: Vec<admission::Entry>,
    versions: BTreeMap<Place, ReleaseVersion>,
}

impl Admission {
    /// What admission says now about each entry of a promotion that waits: the same answer as in a turn.
    #[must_use]
    pub fn verdicts(&self, id: &PromotionId) -> Vec<(Attempt, Verdict)> {
        let world = World { holds: &self.holds, waiting: &self.waiting, versions: &self.versions };
        let of = self.waiting.iter().filter(|it| it.promotion == *id);
        of.map(|it| (it.of.clone(), verdict(world, it))).collect()
    }
}

impl Store {
    /// The lines of a promotion's journal behind the one with this number.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn journal_after(&self, id: &PromotionId, seq: u64) -> Result<Vec<Entry>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement =
            "SELECT seq, at, cause, event FROM journal WHERE promotion = $1 AND seq > $2 ORDER BY seq";
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        tx.rows(statement, values![&id.0, seq]).await?.iter().map(line).collect()
    }

    /// What admission knows of a product now.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn admission(&self, product: &ProductName) -> Result<Admission, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let product = product.as_str();
        let (waiting, _) = world::waiting(&mut tx, product).await?;
        let holds = world::holds(&mut tx, product).await?;
        let versions = world::versions(&mut tx, product).await?;
        Ok(Admission { holds, waiting, versions })
    }

    /// The number of a product's newest release; `None` = it has none.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn newest_number(&self, product: &ProductName) -> Result<Option<u64>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement = "SELECT nr FROM promotion WHERE product = $1 ORDER BY nr DESC LIMIT 1";
        let row = tx.row(statement, values![product.as_str()]).await?;
        Ok(row.map(|it| it.count("nr")).transpose()?.map(u64::from))
    }

    /// The products that have releases, by name.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn products(&self) -> Result<Vec<ProductName>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let rows = tx.rows("SELECT name FROM product ORDER BY name", &[]).await?;
        rows.iter().map(|it| it.text("name").map(ProductName::new)).collect()
    }
}

/// A line of a journal.
pub(super) fn line(row: &Row) -> Result<Entry, StoreError> {
    let text = row.text("event")?;
    Ok(Entry {
        seq: row.count("seq")?.into(),
        at: Time::from_millis(row.int("at")?),
        cause: row.maybe_text("cause")?.and_then(|it| serde_json::from_str(&it).ok()),
        event: serde_json::from_str(&text).ok(),
        text,
    })
}
