//! What admission has to know, as rows hold it: who waits, what is in use, and what arrived where.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use crate::flow::admission::{Entry, Hold, PromotionId};
use crate::flow::course::{Attempt, Place};
use crate::model::ReleaseVersion;

use super::db::{Row, Tx, values};
use super::error::StoreError;
use super::rows::attempt;

/// Everybody of the product who waits, and the promotions whose rows cannot be read.
pub(super) async fn waiting(
    tx: &mut Tx<'_>,
    product: &str,
) -> Result<(Vec<Entry>, BTreeMap<String, String>), StoreError> {
    let statement = "SELECT promotion, node, attempt, place, product, nr, version, backwards FROM entry
        WHERE product = $1 ORDER BY nr, promotion, node";
    let mut entries: Vec<Entry> = Vec::new();
    let mut unreadable = BTreeMap::new();
    for row in tx.rows(statement, values![product]).await? {
        let (id, of) = (PromotionId(row.text("promotion")?), attempt(&row)?);
        let place = match serde_json::from_str::<Place>(&row.text("place")?) {
            Ok(place) => place,
            Err(error) => {
                unreadable.insert(id.0, format!("a place that it waits for cannot be read: {error}"));
                continue;
            }
        };
        match entries.last_mut().filter(|it| it.promotion == id && it.of == of) {
            Some(entry) => drop(entry.places.insert(place)),
            None => entries.push(entry(&row, id, of, place)?),
        }
    }
    entries.retain(|it| !unreadable.contains_key(&it.promotion.0));
    Ok((entries, unreadable))
}

fn entry(row: &Row, promotion: PromotionId, of: Attempt, place: Place) -> Result<Entry, StoreError> {
    let number = row.count("nr")?;
    Ok(Entry {
        promotion,
        title: format!("{} {number}", row.text("product")?),
        number: number.into(),
        of,
        places: BTreeSet::from([place]),
        version: ReleaseVersion::new(row.text("version")?),
        allow_backwards: row.int("backwards")? == 1,
    })
}

/// Every place in use, of whatever product, that may overlap one that the product waits for.
pub(super) async fn holds(tx: &mut Tx<'_>, product: &str) -> Result<Vec<Hold>, StoreError> {
    let statement = "SELECT place, promotion, title, stuck FROM hold
        WHERE spot IN (SELECT spot FROM entry WHERE product = $1) ORDER BY resource";
    let mut found = Vec::new();
    for row in tx.rows(statement, values![product]).await? {
        found.push(hold(tx, &row)?);
    }
    Ok(found)
}

/// A row of `hold`.
pub(super) fn hold(tx: &Tx<'_>, row: &Row) -> Result<Hold, StoreError> {
    Ok(Hold {
        place: parsed(tx, &row.text("place")?)?,
        promotion: PromotionId(row.text("promotion")?),
        title: row.text("title")?,
        stuck: row.maybe_text("stuck")?,
    })
}

/// The version of the last success at every place that may overlap one that the product waits for.
pub(super) async fn versions(
    tx: &mut Tx<'_>,
    product: &str,
) -> Result<BTreeMap<Place, ReleaseVersion>, StoreError> {
    let statement = "SELECT place, version FROM arrival
        WHERE spot IN (SELECT spot FROM entry WHERE product = $1)";
    let mut found = BTreeMap::new();
    for row in tx.rows(statement, values![product]).await? {
        found.insert(parsed(tx, &row.text("place")?)?, ReleaseVersion::new(row.text("version")?));
    }
    Ok(found)
}

/// The products that wait for a place at a spot, each with the oldest of its promotions that do: their ids begin with the
/// moment at which they started.
pub(super) async fn products_at(tx: &mut Tx<'_>, spot: &str) -> Result<Vec<(String, String)>, StoreError> {
    let statement = "SELECT product, MIN(promotion) AS oldest FROM entry WHERE spot = $1 GROUP BY product";
    let rows = tx.rows(statement, values![spot]).await?;
    rows.iter().map(|it| Ok((it.text("oldest")?, it.text("product")?))).collect()
}

fn parsed<T: DeserializeOwned>(tx: &Tx<'_>, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|it| StoreError::damaged(tx.path(), format!("{it} in `{text}`")))
}
