//! Writes a batch of events with all that follows from it.

use std::collections::BTreeSet;

use crate::flow::course::Course;
use crate::flow::promotion::Event;
use crate::flow::time::Time;

use super::cause::Recorded;
use super::db::{Tx, Value, json, values};
use super::error::StoreError;
use super::load::{FORM, Head};
use super::places::{arrivals, resource, spot};
use super::rows;
use super::rules::{Derived, Moved, mark};

/// The longest cause that the journal keeps, in bytes.
const LONGEST_CAUSE: usize = 64 * 1024;

/// A batch as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) id: String,
    pub(super) lines: Vec<Written>,
}

/// A line of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) cause: Option<String>,
    pub(super) event: String,
    pub(super) mark: Option<i64>,
}

/// Writes the batch. The spots where places became free come with it.
pub(super) async fn write(
    tx: &mut Tx<'_>,
    head: &Head,
    course: &Course,
    cause: &Recorded,
    moved: &Moved,
) -> Result<(Batch, BTreeSet<String>), StoreError> {
    let state = json(tx, &moved.promotion)?;
    let batch = batch(tx, head, cause, moved, &state)?;
    for line in &batch.lines {
        let statement =
            "INSERT INTO journal (promotion, seq, at, cause, event, mark) VALUES ($1, $2, $3, $4, $5, $6)";
        let (cause, event) = (line.cause.clone(), &line.event);
        tx.run(statement, values![&head.id, line.seq, line.at, cause, event, line.mark]).await?;
    }
    let seq = batch.lines.last().map_or(head.seq, |it| it.seq);
    let at = moved.promotion.at;
    keep_state(tx, &head.id, seq, &state).await?;
    keep_head(tx, head, seq, &moved.derived).await?;
    let begun: BTreeSet<_> = moved.events.iter().filter_map(begun).collect();
    rows::effects(tx, &head.id, &moved.derived.effects, |of| begun.contains(of)).await?;
    let freed = rows::holds(tx, head, &moved.derived.holds, at).await?;
    rows::entries(tx, head, &moved.derived.waiting).await?;
    rows::cells(tx, &head.id, &moved.derived.cells, at).await?;
    arrive(tx, head, course, moved).await?;
    Ok((batch, freed))
}

fn begun(event: &Event) -> Option<&crate::flow::course::Attempt> {
    match event {
        Event::Began(of) => Some(of),
        _ => None,
    }
}

/// The batch as lines: the cause stands next to the first event, the mark next to the last.
fn batch(
    tx: &Tx<'_>,
    head: &Head,
    cause: &Recorded,
    moved: &Moved,
    state: &str,
) -> Result<Batch, StoreError> {
    let last = moved.events.len().saturating_sub(1);
    let mut lines = Vec::new();
    let mut seq = head.seq;
    for (index, event) in moved.events.iter().enumerate() {
        seq = seq.saturating_add(1);
        lines.push(Written {
            seq,
            at: moved.promotion.at.as_millis(),
            cause: (index == 0).then(|| recorded(tx, cause)).transpose()?,
            event: json(tx, event)?,
            mark: (index == last).then(|| mark(state)),
        });
    }
    Ok(Batch { id: head.id.clone(), lines })
}

/// The cause as the journal keeps it: without the input where that is too long, since the events say what followed.
fn recorded(tx: &Tx<'_>, cause: &Recorded) -> Result<String, StoreError> {
    let text = json(tx, cause)?;
    if text.len() <= LONGEST_CAUSE {
        return Ok(text);
    }
    json(tx, &Recorded { input: None, ..cause.clone() })
}

/// The cached state.
pub(super) async fn keep_state(tx: &mut Tx<'_>, id: &str, seq: i64, state: &str) -> Result<(), StoreError> {
    let statement = "INSERT INTO state (promotion, seq, form, text) VALUES ($1, $2, $3, $4)
        ON CONFLICT (promotion) DO UPDATE SET seq = $2, form = $3, text = $4";
    tx.run(statement, values![id, seq, FORM, state]).await.map(drop)
}

/// The promotion's row. Where its journal has grown since it was read, nothing is written.
pub(super) async fn keep_head(
    tx: &mut Tx<'_>,
    head: &Head,
    seq: i64,
    derived: &Derived,
) -> Result<(), StoreError> {
    let statement =
        "UPDATE promotion SET seq = $1, ended = $2, status = $3, reason = $4, wake = $5, trouble = NULL
        WHERE id = $6 AND seq = $7";
    let time = |it: Option<Time>| Value::from(it.map(Time::as_millis));
    let (ended, wake) = (time(derived.ended), time(derived.wake));
    let (status, reason) = (derived.status, derived.reason.clone());
    let values = [seq.into(), ended, status.into(), reason.into(), wake, (&head.id).into(), head.seq.into()];
    match tx.run(statement, &values).await? {
        1 => Ok(()),
        _ => Err(StoreError::damaged(
            tx.path(),
            format!("the journal of {} has grown meanwhile", head.title()),
        )),
    }
}

/// Remembers the version at each place that the release reached.
async fn arrive(tx: &mut Tx<'_>, head: &Head, course: &Course, moved: &Moved) -> Result<(), StoreError> {
    let statement =
        "INSERT INTO arrival (resource, spot, place, version, promotion, at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (resource) DO UPDATE SET place = $3, version = $4, promotion = $5, at = $6";
    for place in arrivals(course, &moved.events) {
        let (key, text) = (resource(&place), json(tx, &place)?);
        let at = moved.promotion.at.as_millis();
        tx.run(statement, values![key, spot(&place), text, &head.version, &head.id, at]).await?;
    }
    Ok(())
}
