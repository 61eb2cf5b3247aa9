//! Within a transaction: one promotion takes one input, and the product's admission follows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::flow::admission::{Order, PromotionId, World, admit};
use crate::flow::input::{Command, Input, Refusal};
use crate::flow::promotion::Promotion;
use crate::flow::time::Time;

use super::cause::{Cause, Recorded};
use super::check::verify;
use super::db::{Tx, values};
use super::error::StoreError;
use super::handle::Courses;
use super::load::{Head, Unreadable, head, loaded};
use super::rules::{Moved, Rules, decide, guarded};
use super::world;
use super::write::{Batch, write};

/// A transaction in which promotions move.
pub(super) struct Turn<'s, 'c> {
    pub(super) tx: Tx<'c>,
    pub(super) courses: &'s Courses,
    pub(super) rules: Rules,
    pub(super) now: Time,
    /// The batches that were written, the first one first.
    pub(super) batches: Vec<Batch>,
    /// Whether a promotion was found to be in trouble.
    pub(super) troubled: bool,
    /// Whether the moment at which time moves a promotion was corrected.
    pub(super) corrected: bool,
    /// The spots where places became free and nobody has been admitted yet.
    pub(super) freed: BTreeSet<String>,
}

/// What became of an input.
pub(super) enum Stepped {
    /// Events were decided and written.
    Moved(Box<Moved>),
    /// Nothing follows from it.
    Still(Box<Promotion>),
    /// The promotion does not take it.
    Refused(Refusal),
    /// The promotion is in trouble.
    Trouble(String),
}

impl Turn<'_, '_> {
    /// Lets a promotion take an input.
    pub(super) async fn step(
        &mut self,
        head: Head,
        from: &Cause,
        input: &Input,
    ) -> Result<Stepped, StoreError> {
        if let Some(trouble) = head.trouble {
            return Ok(Stepped::Trouble(trouble));
        }
        let id = head.id.clone();
        let found = match loaded(&mut self.tx, self.courses, head).await {
            Ok(found) => found,
            Err(Unreadable::Store(error)) => return Err(error),
            Err(Unreadable::Poison(why)) => return self.trouble(&id, why).await,
        };
        let moved = match decide(self.rules, &found.course, &found.promotion, input, self.now) {
            Err(panic) => return self.trouble(&id, panic).await,
            Ok(Err(refusal)) => return Ok(Stepped::Refused(refusal)),
            Ok(Ok(moved)) => moved,
        };
        if moved.events.is_empty() {
            if *input == Input::Tick {
                self.correct_wake(&id, moved.derived.wake).await?;
            }
            return Ok(Stepped::Still(Box::new(found.promotion)));
        }
        let cause = Recorded { from: from.recorded(), input: Some(input.clone()), request: None };
        let (batch, freed) = write(&mut self.tx, &found.head, &found.course, &cause, &moved).await?;
        self.batches.push(batch);
        self.freed.extend(freed);
        Ok(Stepped::Moved(Box::new(moved)))
    }

    /// Corrects the moment at which time moves a promotion: an earlier promenade, whose engine decided otherwise, may have
    /// written it, and the promotion would be due for ever.
    async fn correct_wake(&mut self, id: &str, wake: Option<Time>) -> Result<(), StoreError> {
        let statement = "UPDATE promotion SET wake = $1 WHERE id = $2 AND wake IS DISTINCT FROM $1";
        let wake = wake.map(Time::as_millis);
        self.corrected |= self.tx.run(statement, values![wake, id]).await? > 0;
        Ok(())
    }

    /// Drives a promotion no further: what it holds stays and names it, and everything else continues.
    pub(super) async fn trouble(&mut self, id: &str, why: String) -> Result<Stepped, StoreError> {
        tracing::error!(promotion = id, why, "a promotion is in trouble");
        self.troubled = true;
        self.tx.run("UPDATE promotion SET trouble = $1 WHERE id = $2", values![&why, id]).await?;
        self.tx.run("DELETE FROM entry WHERE promotion = $1", values![id]).await?;
        let stuck = "UPDATE hold SET stuck = COALESCE(stuck, title) WHERE promotion = $1";
        self.tx.run(stuck, values![id]).await?;
        Ok(Stepped::Trouble(why))
    }

    /// Grants and denies entries of the product, and of every product that waits where something became free. Of several
    /// products the one that waits longest comes first: the one that leaves a place has no claim to it.
    pub(super) async fn admit(&mut self, product: &str) -> Result<(), StoreError> {
        let mut open = self.waiting_where_freed().await?;
        if !open.iter().any(|it| it == product) {
            open.push_back(product.to_owned());
        }
        while let Some(product) = open.pop_front() {
            while self.admit_some(&product).await? {}
            for other in self.waiting_where_freed().await? {
                if other != product && !open.contains(&other) {
                    open.push_back(other);
                }
            }
        }
        Ok(())
    }

    /// The products that wait where something became free, the one that waits longest first.
    async fn waiting_where_freed(&mut self) -> Result<VecDeque<String>, StoreError> {
        let mut found = BTreeMap::new();
        for spot in std::mem::take(&mut self.freed) {
            for (oldest, product) in world::products_at(&mut self.tx, &spot).await? {
                found.entry(oldest).or_insert(product);
            }
        }
        let mut products = VecDeque::new();
        for product in found.into_values() {
            if !products.contains(&product) {
                products.push_back(product);
            }
        }
        Ok(products)
    }

    /// Whether anything was granted or denied.
    async fn admit_some(&mut self, product: &str) -> Result<bool, StoreError> {
        let (waiting, unreadable) = world::waiting(&mut self.tx, product).await?;
        for (id, why) in unreadable {
            self.trouble(&id, why).await?;
        }
        if waiting.is_empty() {
            return Ok(false);
        }
        let holds = world::holds(&mut self.tx, product).await?;
        let versions = world::versions(&mut self.tx, product).await?;
        let world = World { holds: &holds, waiting: &waiting, versions: &versions };
        let orders = guarded(|| admit(world)).map_err(|it| StoreError::damaged(self.tx.path(), it))?;
        for order in &orders {
            self.order(order).await?;
        }
        Ok(!orders.is_empty())
    }

    async fn order(&mut self, order: &Order) -> Result<(), StoreError> {
        let (id, command) = match order {
            Order::Grant(id, of) => (id, Command::Grant(of.clone())),
            Order::Deny(id, of, reason) => (id, Command::Deny { of: of.clone(), reason: reason.to_string() }),
        };
        let input = Input::Command(command);
        let Some(head) = head(&mut self.tx, &id.0).await? else {
            return Err(StoreError::damaged(self.tx.path(), format!("the promotion {id} is missing")));
        };
        let why = match self.step(head, &Cause::Admission, &input).await? {
            Stepped::Moved(_) | Stepped::Trouble(_) => return Ok(()),
            Stepped::Still(_) => "admission decided on an entry, and nothing followed".to_owned(),
            Stepped::Refused(refusal) => format!("admission decided on an entry: {refusal}"),
        };
        // Otherwise the same order would be given for ever.
        self.trouble(&id.0, why).await.map(drop)
    }

    /// Compares every promotion that moved with its journal, in builds that check themselves.
    pub(super) async fn verify(&mut self) -> Result<(), StoreError> {
        if !cfg!(debug_assertions) {
            return Ok(());
        }
        let moved: BTreeSet<String> = self.batches.iter().map(|it| it.id.clone()).collect();
        for id in moved {
            let findings = verify(&mut self.tx, self.courses, &id).await?;
            if !findings.is_empty() {
                return Err(StoreError::damaged(self.tx.path(), findings.join("; ")));
            }
        }
        Ok(())
    }

    /// The promotions that moved, but for the first.
    pub(super) fn others(&self, first: &PromotionId) -> Vec<PromotionId> {
        let mut others: Vec<PromotionId> = Vec::new();
        for batch in &self.batches {
            let id = PromotionId(batch.id.clone());
            if id != *first && !others.contains(&id) {
                others.push(id);
            }
        }
        others
    }
}
