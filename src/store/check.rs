//! Compares what is derived with the journal, and derives it again.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::admission::PromotionId;
use crate::flow::promotion::Promotion;
use crate::flow::time::Time;

use super::db::{Row, Tx, values};
use super::error::StoreError;
use super::handle::{Courses, Store};
use super::load::{FORM, Head, Line, Unreadable, course, fold, head, journal};
use super::places::resource;
use super::rows::{attempt, wish_word};
use super::rules::{Derived, derive, guarded, mark};

/// Something that does not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its name for people.
    pub title: String,
    /// What does not fit.
    pub what: String,
}

impl Store {
    /// Folds every journal and compares the result with all that is derived from it. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn check(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        let mut last = String::new();
        loop {
            let mut reader = self.reader.lock().await;
            let mut tx = reader.begin().await?;
            let next = "SELECT id FROM promotion WHERE id > $1 ORDER BY id LIMIT 1";
            let Some(row) = tx.row(next, values![&last]).await? else { return Ok(findings) };
            last = row.text("id")?;
            let Some(head) = head(&mut tx, &last).await? else { continue };
            let found = verify(&mut tx, &self.courses, &last).await?;
            findings.extend(found.into_iter().map(|what| Finding {
                promotion: PromotionId(last.clone()),
                title: head.title(),
                what,
            }));
        }
    }
}

/// What does not fit together of one promotion.
pub(super) async fn verify(tx: &mut Tx<'_>, courses: &Courses, id: &str) -> Result<Vec<String>, StoreError> {
    let Some(head) = head(tx, id).await? else { return Ok(vec!["it is missing".to_owned()]) };
    match compared(tx, courses, &head).await {
        Ok(findings) => Ok(findings),
        Err(Unreadable::Poison(why)) => Ok(vec![why]),
        Err(Unreadable::Store(error)) => Err(error),
    }
}

async fn compared(tx: &mut Tx<'_>, courses: &Courses, head: &Head) -> Result<Vec<String>, Unreadable> {
    let course = course(tx, courses, &head.id).await?;
    let lines = journal(tx, &head.id).await?;
    let mut findings = gaps(&lines, head.seq);
    findings.extend(divergence(&course, &lines)?);
    let promotion = fold(&course, &lines)?;
    findings.extend(cache(tx, head, &promotion).await?);
    if let Some(trouble) = &head.trouble {
        findings.push(format!("it is in trouble: {trouble}"));
        return Ok(findings);
    }
    let derived = guarded(|| derive(&course, &promotion)).map_err(Unreadable::Poison)?;
    findings.extend(row(tx, head, &derived).await?);
    findings.extend(effects(tx, head, &derived).await?);
    findings.extend(places(tx, head, &derived).await?);
    Ok(findings)
}

/// Lines that are missing or too many.
fn gaps(lines: &[Line], seq: i64) -> Vec<String> {
    let numbers: Vec<i64> = lines.iter().map(|it| it.seq).collect();
    let whole: Vec<i64> =
        (1..=seq.min(i64::try_from(lines.len()).unwrap_or(i64::MAX).saturating_add(1))).collect();
    let problem = format!("its journal has {} lines up to {:?}, not {seq}", lines.len(), numbers.last());
    if numbers == whole && i64::try_from(lines.len()) == Ok(seq) { Vec::new() } else { vec![problem] }
}

/// The first line after which the journal leads to another place than when it was written.
fn divergence(course: &crate::flow::course::Course, lines: &[Line]) -> Result<Option<String>, Unreadable> {
    let Some(first) = lines.first() else { return Ok(None) };
    guarded(|| {
        let mut promotion = Promotion::new(course, first.at);
        for line in lines {
            promotion.apply(&line.event, line.at);
            let text = || serde_json::to_string(&promotion).unwrap_or_default();
            if line.mark.is_some_and(|it| it != mark(&text())) {
                return Some(format!("from line {} on its journal leads to another place", line.seq));
            }
        }
        None
    })
    .map_err(Unreadable::Poison)
}

/// The cached state, if it is of the present layout.
async fn cache(tx: &mut Tx<'_>, head: &Head, folded: &Promotion) -> Result<Option<String>, StoreError> {
    let statement = "SELECT seq, text FROM state WHERE promotion = $1 AND form = $2";
    let Some(row) = tx.row(statement, values![&head.id, FORM]).await? else { return Ok(None) };
    let same = serde_json::from_str::<Promotion>(&row.text("text")?).is_ok_and(|it| it == *folded);
    let fits = row.int("seq")? == head.seq && same;
    Ok((!fits).then(|| "its state is not the one that its journal leads to".to_owned()))
}

async fn row(tx: &mut Tx<'_>, head: &Head, derived: &Derived) -> Result<Option<String>, StoreError> {
    let statement = "SELECT ended, wake, status, reason FROM promotion WHERE id = $1";
    let Some(row) = tx.row(statement, values![&head.id]).await? else { return Ok(None) };
    let found =
        (row.maybe_int("ended")?, row.maybe_int("wake")?, row.text("status")?, row.maybe_text("reason")?);
    let millis = |it: Option<Time>| it.map(Time::as_millis);
    let wanted =
        (millis(derived.ended), millis(derived.wake), derived.status.to_owned(), derived.reason.clone());
    Ok((found != wanted).then(|| format!("its row is {found:?}, not {wanted:?}")))
}

async fn effects(tx: &mut Tx<'_>, head: &Head, derived: &Derived) -> Result<Option<String>, StoreError> {
    let statement = "SELECT node, attempt, wish, reference FROM effect WHERE promotion = $1";
    let mut found = BTreeMap::new();
    for row in tx.rows(statement, values![&head.id]).await? {
        found.insert(attempt(&row)?, (row.text("wish")?, row.maybe_text("reference")?));
    }
    let wanted: BTreeMap<_, _> = derived
        .effects
        .iter()
        .map(|it| (it.of.clone(), (wish_word(it.wish).to_owned(), it.reference.clone())))
        .collect();
    Ok((found != wanted).then(|| format!("its effects are {found:?}, not {wanted:?}")))
}

async fn places(tx: &mut Tx<'_>, head: &Head, derived: &Derived) -> Result<Vec<String>, StoreError> {
    let texts = |rows: Vec<Row>, other: &str| -> Result<BTreeSet<(String, Option<String>)>, StoreError> {
        rows.iter().map(|it| Ok((it.text("resource")?, it.maybe_text(other)?))).collect()
    };
    let statement = "SELECT resource, stuck FROM hold WHERE promotion = $1";
    let held = texts(tx.rows(statement, values![&head.id]).await?, "stuck")?;
    let holds: BTreeSet<_> = derived.holds.iter().map(|it| (resource(&it.place), it.stuck.clone())).collect();
    let statement = "SELECT resource, node FROM entry WHERE promotion = $1";
    let waits = texts(tx.rows(statement, values![&head.id]).await?, "node")?;
    let node = |it: &super::places::Waiting| Some(it.of.node.to_string());
    let waiting: BTreeSet<_> = derived
        .waiting
        .iter()
        .flat_map(|entry| entry.places.iter().map(move |place| (resource(place), node(entry))))
        .collect();
    let statement = "SELECT environment, status FROM cell WHERE promotion = $1";
    let mut shown = BTreeSet::new();
    for row in tx.rows(statement, values![&head.id]).await? {
        shown.insert((row.text("environment")?, row.text("status")?));
    }
    let cells: BTreeSet<_> =
        derived.cells.iter().map(|it| (it.environment.clone(), it.status.to_owned())).collect();
    let mut findings = Vec::new();
    if held != holds {
        findings.push(format!("its holds are {held:?}, not {holds:?}"));
    }
    if waits != waiting {
        findings.push(format!("its entries are {waits:?}, not {waiting:?}"));
    }
    if shown != cells {
        findings.push(format!("its environments are {shown:?}, not {cells:?}"));
    }
    Ok(findings)
}
