//! Derives again what a promotion's journal leads to, and ends its trouble.

use crate::flow::admission::PromotionId;
use crate::flow::time::Time;

use super::cause::TurnError;
use super::db::json;
use super::error::StoreError;
use super::handle::Store;
use super::load::{Head, Unreadable, course, fold, head, journal};
use super::rows;
use super::rules::{Derived, derive, guarded};
use super::step::Turn;
use super::write::{keep_head, keep_state};

impl Store {
    /// Folds the journal of a promotion with this program, and writes all that follows from it. The journal is not
    /// changed. The promotion is driven again.
    ///
    /// # Errors
    ///
    /// The journal cannot be read by this program either, and nothing was written; or the store failed.
    pub async fn repair(&self, id: &PromotionId, now: Time) -> Result<(), TurnError> {
        let mut writer = self.writer.lock().await;
        let mut turn = self.begin(&mut writer, now).await?;
        let head = head(&mut turn.tx, &id.0).await?.ok_or_else(|| TurnError::NoPromotion(id.clone()))?;
        match turn.derive_again(&head).await {
            Ok(()) => {}
            Err(Unreadable::Store(error)) => return Err(error.into()),
            Err(Unreadable::Poison(why)) => return Err(TurnError::Trouble(why)),
        }
        turn.admit(&head.product).await?;
        turn.verify().await?;
        let Turn { tx, batches, .. } = turn;
        self.commit(tx, &batches).await?;
        Ok(())
    }
}

impl Turn<'_, '_> {
    async fn derive_again(&mut self, head: &Head) -> Result<(), Unreadable> {
        let course = course(&mut self.tx, self.courses, &head.id).await?;
        let lines = journal(&mut self.tx, &head.id).await?;
        let last = lines.last().map_or(0, |it| it.seq);
        let promotion = fold(&course, &lines)?;
        let derived = guarded(|| derive(&course, &promotion)).map_err(Unreadable::Poison)?;
        let state = json(&self.tx, &promotion)?;
        keep_state(&mut self.tx, &head.id, last, &state).await?;
        keep_head(&mut self.tx, head, last, &derived).await?;
        self.keep_rows(head, &derived, promotion.at).await?;
        Ok(())
    }

    async fn keep_rows(&mut self, head: &Head, derived: &Derived, at: Time) -> Result<(), StoreError> {
        rows::effects(&mut self.tx, &head.id, &derived.effects, |_| false).await?;
        let freed = rows::holds(&mut self.tx, head, &derived.holds, at).await?;
        self.freed.extend(freed);
        rows::entries(&mut self.tx, head, &derived.waiting).await?;
        rows::cells(&mut self.tx, &head.id, &derived.cells, at).await
    }
}
