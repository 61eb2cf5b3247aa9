//! The begin protocol: who performs an attempt, and how often its request may have been sent.
//!
//! That a request may be on its way is durable before the request leaves. Who finds an attempt that may have been sent
//! looks for what it made before asking again, and not before that request has certainly arrived or never will.

use crate::flow::admission::PromotionId;
use crate::flow::course::{Action, Attempt};
use crate::flow::engine::Wish;
use crate::flow::time::Time;

use super::db::{Db, Row, Tx, Value, values};
use super::error::StoreError;
use super::handle::Store;
use super::migrate;
use super::rows::attempt;

/// How often the request of one attempt is sent at most.
pub const MOST_SENDS: u32 = 2;

/// An attempt of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The promotion.
    pub promotion: PromotionId,
    /// The attempt.
    pub of: Attempt,
}

/// What must be going on for an attempt, and what is known about how it began.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The attempt.
    pub key: Key,
    /// The work.
    pub action: Action,
    /// What is wanted of it now.
    pub wish: Wish,
    /// Whether it is done again instead of taking over what is there.
    pub again: bool,
    /// What it made outside. From then on it is only watched.
    pub reference: Option<String>,
    /// Who performs it; `None` = nobody has taken it yet.
    pub holder: Option<String>,
    /// How often its request may have been sent.
    pub sent: u32,
    /// When it may have been sent last.
    pub claimed: Option<Time>,
    /// Its requests, and what was there before the first was sent, as the performer wrote them down: another process can
    /// carry them out or look for what they made.
    pub record: Option<String>,
}

/// The right to send the request of an attempt once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// How often it may have been sent, this time included.
    pub sent: u32,
    /// When the right was given.
    pub claimed: Time,
}

const COLUMNS: &str =
    "promotion, node, attempt, action, wish, again, reference, holder, sent, claimed, record";
const KEY: &str = "promotion = $1 AND node = $2 AND attempt = $3";
const NO_TROUBLE: &str =
    "NOT EXISTS (SELECT 1 FROM promotion WHERE id = effect.promotion AND trouble IS NOT NULL)";

impl Store {
    /// All that must be going on, of every promotion that is not in trouble.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn tasks(&self) -> Result<Vec<Task>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement =
            format!("SELECT {COLUMNS} FROM effect WHERE {NO_TROUBLE} ORDER BY promotion, node, attempt");
        let mut found = Vec::new();
        for row in tx.rows(&statement, &[]).await? {
            match task(&tx, &row) {
                Ok(task) => found.push(task),
                // One row that cannot be read must not keep all others from being worked on.
                Err(error) => tracing::error!(%error, "an effect cannot be read"),
            }
        }
        Ok(found)
    }

    /// Makes `holder` the performer of an attempt. What an earlier performer reports no longer counts. The task names the
    /// performer before, which may be the same one. `None` = the attempt is over, or its promotion is in trouble and
    /// driven no further.
    ///
    /// # Errors
    ///
    /// Nothing has changed.
    pub async fn take(&self, key: &Key, holder: &str) -> Result<Option<Task>, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut tx = begin(&mut writer).await?;
        let statement = format!("SELECT {COLUMNS} FROM effect WHERE {KEY} AND {NO_TROUBLE}");
        let row = tx.row(&statement, &with(key, [])).await?;
        let Some(found) = row.map(|row| task(&tx, &row)).transpose()? else { return Ok(None) };
        if found.holder.as_deref() != Some(holder) {
            let statement = format!("UPDATE effect SET holder = $4 WHERE {KEY}");
            tx.run(&statement, &with(key, [holder.into()])).await?;
            tx.commit().await?;
        }
        Ok(Some(found))
    }

    /// Asks for the right to send the request of an attempt once. `record` is written down with it, unless there is one.
    ///
    /// `None` = `holder` no longer performs the attempt, it is no longer wanted, it is watched already, or it was sent
    /// as often as it may be.
    ///
    /// # Errors
    ///
    /// The right is not given. That it was counted all the same is possible, and on the safe side.
    pub async fn claim_send(
        &self,
        key: &Key,
        holder: &str,
        record: &str,
        now: Time,
    ) -> Result<Option<Claim>, StoreError> {
        let statement = format!(
            "UPDATE effect SET sent = sent + 1, claimed = $5, record = COALESCE(record, $6)
             WHERE {KEY} AND holder = $4 AND wish = 'run' AND reference IS NULL AND sent < $7
             AND {NO_TROUBLE}
             RETURNING sent, claimed"
        );
        let mut writer = self.writer.lock().await;
        let mut tx = begin(&mut writer).await?;
        let values = with(key, [holder.into(), now.as_millis().into(), record.into(), MOST_SENDS.into()]);
        let Some(row) = tx.row(&statement, &values).await? else { return Ok(None) };
        let claimed = Time::from_millis(row.int("claimed")?);
        let claim = Claim { sent: row.count("sent")?, claimed };
        tx.commit().await?;
        Ok(Some(claim))
    }

    /// Takes back a claim whose request certainly was not sent. Whether that claim was still the last one.
    ///
    /// With nothing sent, the record goes as well unless an earlier request of the attempt is in it (`keeps_record`): what
    /// is there before the first time has yet to be seen.
    ///
    /// # Errors
    ///
    /// The claim counts as sent, which is the safe side.
    pub async fn give_back(
        &self,
        key: &Key,
        holder: &str,
        claim: &Claim,
        keeps_record: bool,
    ) -> Result<bool, StoreError> {
        let statement = format!(
            "UPDATE effect SET sent = sent - 1, record = CASE WHEN sent = 1 AND $7 = 0 THEN NULL ELSE record END
             WHERE {KEY} AND holder = $4 AND sent = $5 AND claimed = $6"
        );
        let (claimed, keeps) = (claim.claimed.as_millis(), i64::from(keeps_record));
        let values = with(key, [holder.into(), claim.sent.into(), claimed.into(), keeps.into()]);
        self.change(&statement, &values).await
    }

    /// Writes down what became of a request of an attempt that has several, or of a part of one. With `is_next`, the
    /// first request of the record is another one, which was never sent. Whether `holder` still performs the attempt.
    ///
    /// # Errors
    ///
    /// Nothing has changed.
    pub async fn advance(
        &self,
        key: &Key,
        holder: &str,
        record: &str,
        is_next: bool,
    ) -> Result<bool, StoreError> {
        let sent = if is_next { ", sent = 0, claimed = NULL" } else { "" };
        let statement =
            format!("UPDATE effect SET record = $5{sent} WHERE {KEY} AND holder = $4 AND reference IS NULL");
        self.change(&statement, &with(key, [holder.into(), record.into()])).await
    }

    async fn change(&self, statement: &str, values: &[Value]) -> Result<bool, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut tx = begin(&mut writer).await?;
        let changed = tx.run(statement, values).await? == 1;
        tx.commit().await?;
        Ok(changed)
    }
}

/// Begins a transaction, if the store is still one that this program understands: what a newer one means by a claim may
/// be something else.
async fn begin(db: &mut Db) -> Result<Tx<'_>, StoreError> {
    let mut tx = db.begin().await?;
    migrate::found(&mut tx).await?;
    Ok(tx)
}

/// The values of a key, then others.
fn with<const N: usize>(key: &Key, others: [Value; N]) -> Vec<Value> {
    let key: &[Value] = values![&key.promotion.0, key.of.node.as_str(), key.of.number];
    key.iter().cloned().chain(others).collect()
}

fn task(tx: &Tx<'_>, row: &Row) -> Result<Task, StoreError> {
    let damaged = |what: String| StoreError::damaged(tx.path(), format!("an effect: {what}"));
    let action = serde_json::from_str(&row.text("action")?).map_err(|it| damaged(it.to_string()))?;
    let wish = match row.text("wish")?.as_str() {
        "run" => Wish::Run,
        "stop" => Wish::Stop,
        "look" => Wish::Look,
        other => return Err(damaged(format!("`{other}` is not a wish"))),
    };
    Ok(Task {
        key: Key { promotion: PromotionId(row.text("promotion")?), of: attempt(row)? },
        action,
        wish,
        again: row.int("again")? == 1,
        reference: row.maybe_text("reference")?,
        holder: row.maybe_text("holder")?,
        sent: row.count("sent")?,
        claimed: row.maybe_int("claimed")?.map(Time::from_millis),
        record: row.maybe_text("record")?,
    })
}
