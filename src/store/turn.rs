//! A turn: one transaction in which a promotion takes an input, and all that follows is written.

use std::collections::BTreeSet;

use crate::flow::admission::PromotionId;
use crate::flow::course::Attempt;
use crate::flow::input::Input;
use crate::flow::time::Time;

use super::cause::{Cause, TurnError, Turned};
use super::db::{Db, Tx, values};
use super::error::{StoreError, Trouble};
use super::handle::Store;
use super::load::head;
use super::migrate;
use super::step::{Stepped, Turn};
use super::write::Batch;

impl Store {
    /// Lets a promotion take an input. Any process may take a turn: it works on the present state.
    ///
    /// A turn that is dropped before it ends changes nothing, or everything.
    ///
    /// # Errors
    ///
    /// The input is not taken, and nothing was written; or the promotion is in trouble, and only that was written.
    pub async fn turn(
        &self,
        id: &PromotionId,
        cause: &Cause,
        input: &Input,
        now: Time,
    ) -> Result<Turned, TurnError> {
        let mut writer = self.writer.lock().await;
        let mut turn = self.begin(&mut writer, now).await?;
        let taken = turn.take(id, cause, input).await;
        let wrote = turn.troubled || turn.corrected || !turn.batches.is_empty();
        if wrote && matches!(taken, Ok(_) | Err(TurnError::Trouble(_))) {
            let Turn { tx, batches, .. } = turn;
            self.commit(tx, &batches).await?;
        }
        taken
    }

    /// Begins a transaction, if the store is still one that this program understands.
    pub(super) async fn begin<'s, 'c>(
        &'s self,
        db: &'c mut Db,
        now: Time,
    ) -> Result<Turn<'s, 'c>, StoreError> {
        let mut tx = db.begin().await?;
        migrate::found(&mut tx).await?;
        let (batches, freed) = (Vec::new(), BTreeSet::new());
        Ok(Turn {
            tx,
            courses: &self.courses,
            rules: self.rules,
            now,
            batches,
            troubled: false,
            corrected: false,
            freed,
        })
    }

    /// Makes a transaction durable. Where the answer is lost, the journal tells whether it is.
    pub(super) async fn commit(&self, tx: Tx<'_>, batches: &[Batch]) -> Result<(), StoreError> {
        let Err(error) = tx.commit().await else { return Ok(()) };
        let Some(batch) = batches.first() else { return Err(error) };
        tracing::warn!(%error, "the answer to a commit is lost; looking whether it was written");
        match self.is_written(batch).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(error),
            Err(_) => Err(StoreError::new(&self.path, Trouble::Unclear)),
        }
    }

    async fn is_written(&self, batch: &Batch) -> Result<bool, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        for line in &batch.lines {
            let statement = "SELECT at, cause, event FROM journal WHERE promotion = $1 AND seq = $2";
            let Some(row) = tx.row(statement, values![&batch.id, line.seq]).await? else { return Ok(false) };
            let found = (row.int("at")?, row.maybe_text("cause")?, row.text("event")?);
            if found != (line.at, line.cause.clone(), line.event.clone()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Turn<'_, '_> {
    async fn take(&mut self, id: &PromotionId, cause: &Cause, input: &Input) -> Result<Turned, TurnError> {
        let head = head(&mut self.tx, &id.0).await?.ok_or_else(|| TurnError::NoPromotion(id.clone()))?;
        if let Input::Report(of, _) = input
            && !self.may_report(&head.id, of, cause).await?
        {
            return Err(TurnError::NotYours);
        }
        let product = head.product.clone();
        let stepped = self.step(head, cause, input).await?;
        if self.troubled || matches!(stepped, Stepped::Moved(_)) {
            self.admit(&product).await?;
            self.verify().await?;
        }
        let others = self.others(id);
        match stepped {
            Stepped::Moved(moved) => Ok(Turned { promotion: moved.promotion, events: moved.events, others }),
            Stepped::Still(promotion) => Ok(Turned { promotion: *promotion, events: Vec::new(), others }),
            Stepped::Refused(refusal) => Err(TurnError::Refused(refusal)),
            Stepped::Trouble(why) => Err(TurnError::Trouble(why)),
        }
    }

    /// Whether a report counts. A performer that lost its attempt, and a watcher of something else, know nothing of
    /// what its successor does.
    async fn may_report(&mut self, id: &str, of: &Attempt, cause: &Cause) -> Result<bool, StoreError> {
        let statement =
            "SELECT holder, reference FROM effect WHERE promotion = $1 AND node = $2 AND attempt = $3";
        let row = self.tx.row(statement, values![id, of.node.as_str(), of.number]).await?;
        let Some(row) = row else { return Ok(false) };
        Ok(match cause {
            Cause::Performer { holder } => row.maybe_text("holder")?.as_ref() == Some(holder),
            Cause::Watcher { reference } => row.maybe_text("reference")?.as_ref() == Some(reference),
            Cause::Clock | Cause::Person { .. } | Cause::Admission => false,
        })
    }
}
