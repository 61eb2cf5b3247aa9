//! What never changes about a promotion once it has started.

use std::sync::Arc;

use crate::flow::admission::PromotionId;
use crate::flow::course::Course;
use crate::model::{ApplicationName, FlowName, ProductName};

use super::db::values;
use super::error::StoreError;
use super::handle::Store;
use super::load::{self, Unreadable};

impl Store {
    /// The course of a promotion and what it takes along, as the driver wrote it.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read, or does not have the promotion.
    pub async fn frozen(&self, id: &PromotionId) -> Result<(Arc<Course>, String), StoreError> {
        let damaged = |what: String| StoreError::damaged(&self.path, format!("promotion {id}: {what}"));
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let course = match load::course(&mut tx, &self.courses, &id.0).await {
            Ok(course) => course,
            Err(Unreadable::Store(error)) => return Err(error),
            Err(Unreadable::Poison(what)) => return Err(damaged(what)),
        };
        let row = tx.row("SELECT content FROM frozen WHERE promotion = $1", values![&id.0]).await?;
        let row = row.ok_or_else(|| damaged("what it takes along is missing".to_owned()))?;
        Ok((course, row.text("content")?))
    }

    /// What the newest promotion of an application by a flow takes along; `None` = there is none.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn newest_content(
        &self,
        product: &ProductName,
        flow: &FlowName,
        application: &ApplicationName,
    ) -> Result<Option<String>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement = "SELECT content FROM frozen WHERE promotion =
            (SELECT id FROM promotion WHERE product = $1 AND flow = $2 AND application = $3 ORDER BY nr DESC LIMIT 1)";
        let values = values![product.as_str(), flow.as_str(), application.as_str()];
        tx.row(statement, values).await?.map(|it| it.text("content")).transpose()
    }

    /// Whether a promotion has ended, or is in trouble and driven no further.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn is_over(&self, id: &PromotionId) -> Result<bool, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement =
            "SELECT 1 AS over FROM promotion WHERE id = $1 AND (ended IS NOT NULL OR trouble IS NOT NULL)";
        Ok(tx.row(statement, values![&id.0]).await?.is_some())
    }
}
