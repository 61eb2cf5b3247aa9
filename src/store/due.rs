//! When time alone changes something.

use crate::flow::admission::PromotionId;
use crate::flow::time::Time;

use super::db::values;
use super::error::StoreError;
use super::handle::Store;

/// The most promotions of one answer: a turn for each follows before the next question.
const MOST: i64 = 200;

impl Store {
    /// Promotions in which time changes something now, the longest overdue first: some of them where there are many.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn due(&self, now: Time) -> Result<Vec<PromotionId>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement = "SELECT id FROM promotion WHERE wake IS NOT NULL AND wake <= $1 AND trouble IS NULL
            ORDER BY wake, id LIMIT $2";
        let rows = tx.rows(statement, values![now.as_millis(), MOST]).await?;
        rows.iter().map(|it| it.text("id").map(PromotionId)).collect()
    }

    /// The next moment at which time changes something; `None` = nothing waits for time.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn next_wake(&self) -> Result<Option<Time>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let statement =
            "SELECT wake FROM promotion WHERE wake IS NOT NULL AND trouble IS NULL ORDER BY wake LIMIT 1";
        let row = tx.row(statement, &[]).await?;
        Ok(row.map(|it| it.int("wake")).transpose()?.map(Time::from_millis))
    }
}
