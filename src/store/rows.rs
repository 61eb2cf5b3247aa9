//! Makes the derived rows of a promotion equal to what follows from where it stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::course::Attempt;
use crate::flow::engine::Wish;
use crate::flow::time::Time;

use super::db::{Row, Tx, json, values};
use super::error::StoreError;
use super::load::Head;
use super::places::{Held, Waiting, resource, spot};
use super::rules::Wanted;
use super::status::Cell;

/// The word of a wish, as rows hold it.
pub(super) fn wish_word(wish: Wish) -> &'static str {
    match wish {
        Wish::Run => "run",
        Wish::Stop => "stop",
        Wish::Look => "look",
    }
}

/// The attempt that a row of `effect` is about.
pub(super) fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt { node: row.text("node")?.as_str().into(), number: row.count("attempt")? })
}

/// The rows of what must be going on. The columns of the begin protocol stay as they are.
///
/// A row that is missing although its attempt did not begin just now may stand for a request that was sent.
pub(super) async fn effects(
    tx: &mut Tx<'_>,
    id: &str,
    wanted: &[Wanted],
    began: impl Fn(&Attempt) -> bool,
) -> Result<(), StoreError> {
    let statement = "SELECT node, attempt, wish, reference FROM effect WHERE promotion = $1";
    let mut there = BTreeMap::new();
    for row in tx.rows(statement, values![id]).await? {
        there.insert(attempt(&row)?, (row.text("wish")?, row.maybe_text("reference")?));
    }
    for of in there.keys().filter(|of| !wanted.iter().any(|it| it.of == **of)) {
        let statement = "DELETE FROM effect WHERE promotion = $1 AND node = $2 AND attempt = $3";
        tx.run(statement, values![id, of.node.as_str(), of.number]).await?;
    }
    for effect in wanted {
        let now = (wish_word(effect.wish).to_owned(), effect.reference.clone());
        match there.get(&effect.of) {
            None => insert_effect(tx, id, effect, i64::from(!began(&effect.of))).await?,
            Some(row) if *row == now => {}
            Some(_) => {
                let statement = "UPDATE effect SET wish = $1, reference = $2
                    WHERE promotion = $3 AND node = $4 AND attempt = $5";
                let of = &effect.of;
                tx.run(statement, values![now.0, now.1, id, of.node.as_str(), of.number]).await?;
            }
        }
    }
    Ok(())
}

async fn insert_effect(tx: &mut Tx<'_>, id: &str, effect: &Wanted, sent: i64) -> Result<(), StoreError> {
    let statement =
        "INSERT INTO effect (promotion, node, attempt, action, wish, again, connection, reference, sent)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (of, again) = (&effect.of, i64::from(effect.again));
    let (action, wish) = (json(tx, &effect.action)?, wish_word(effect.wish));
    let connection = effect.action.target().connection.as_str();
    let reference = effect.reference.clone();
    let values = values![id, of.node.as_str(), of.number, action, wish, again, connection, reference, sent];
    tx.run(statement, values).await.map(drop)
}

/// The places in use. The spots where one became free, or may be entered again, are returned.
pub(super) async fn holds(
    tx: &mut Tx<'_>,
    head: &Head,
    wanted: &[Held],
    at: Time,
) -> Result<BTreeSet<String>, StoreError> {
    let mut there = BTreeMap::new();
    let statement = "SELECT resource, spot, node, stuck FROM hold WHERE promotion = $1";
    for row in tx.rows(statement, values![&head.id]).await? {
        there.insert(row.text("resource")?, (row.text("spot")?, row.text("node")?, row.maybe_text("stuck")?));
    }
    let mut freed = BTreeSet::new();
    for (key, (spot, _, stuck)) in &there {
        match wanted.iter().find(|it| resource(&it.place) == *key) {
            Some(held) if stuck.is_none() || held.stuck.is_some() => {}
            Some(_) => drop(freed.insert(spot.clone())),
            None => {
                tx.run("DELETE FROM hold WHERE resource = $1", values![key]).await?;
                freed.insert(spot.clone());
            }
        }
    }
    for held in wanted {
        let key = resource(&held.place);
        let now = (spot(&held.place), held.node.to_string(), held.stuck.clone());
        if there.get(&key) != Some(&now) {
            hold(tx, head, held, key, at).await?;
        }
    }
    Ok(freed)
}

/// Takes a place, or changes what is said of one that the promotion has. The key refuses a place of another promotion.
async fn hold(tx: &mut Tx<'_>, head: &Head, held: &Held, key: String, at: Time) -> Result<(), StoreError> {
    let statement = "INSERT INTO hold (resource, spot, place, product, promotion, node, title, since, stuck)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (resource) DO UPDATE SET node = $6, stuck = $9 WHERE hold.promotion = $5";
    let (spot, place) = (spot(&held.place), json(tx, &held.place)?);
    let (node, stuck) = (held.node.as_str(), held.stuck.clone());
    let (product, title) = (&head.product, head.title());
    let values = values![key, spot, place, product, &head.id, node, title, at.as_millis(), stuck];
    match tx.run(statement, values).await? {
        1 => Ok(()),
        _ => {
            let what = format!("{} is in use by two promotions", held.place.title());
            Err(StoreError::damaged(tx.path(), what))
        }
    }
}

/// The entries at which the promotion waits: one row for each place.
pub(super) async fn entries(tx: &mut Tx<'_>, head: &Head, waiting: &[Waiting]) -> Result<(), StoreError> {
    tx.run("DELETE FROM entry WHERE promotion = $1", values![&head.id]).await?;
    let statement =
        "INSERT INTO entry (promotion, node, attempt, resource, spot, place, product, nr, version, backwards)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    for entry in waiting {
        for place in &entry.places {
            let (key, spot, text) = (resource(place), spot(place), json(tx, place)?);
            let (node, number) = (entry.of.node.as_str(), entry.of.number);
            let backwards = i64::from(entry.allow_backwards);
            let (product, version) = (&head.product, &head.version);
            let values =
                values![&head.id, node, number, key, spot, text, product, head.nr, version, backwards];
            tx.run(statement, values).await?;
        }
    }
    Ok(())
}

/// The environments as lists show them, each with the moment since which it is so.
pub(super) async fn cells(tx: &mut Tx<'_>, id: &str, cells: &[Cell], at: Time) -> Result<(), StoreError> {
    let statement =
        "INSERT INTO cell (promotion, environment, position, status, since) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (promotion, environment) DO UPDATE SET status = $4, since = $5 WHERE cell.status <> $4";
    for (position, cell) in cells.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        tx.run(statement, values![id, &cell.environment, position, cell.status, at.as_millis()]).await?;
    }
    Ok(())
}
