//! What lists and pages show: releases by filter and page, one release, its journal, and the places in use.

use std::collections::BTreeMap;

use crate::flow::admission::{Hold, PromotionId};
use crate::flow::course::{Course, Person};
use crate::flow::promotion::{Event, Promotion};
use crate::flow::time::Time;
use crate::model::{ApplicationName, FlowName, ProductName, ReleaseVersion};

use super::cause::Recorded;
use super::db::{Row, Tx, Value, values};
use super::error::StoreError;
use super::filter::{Filter, Page};
use super::handle::Store;
use super::load::{Unreadable, head, loaded};
use super::world::hold;

/// A release as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The id of its promotion.
    pub id: PromotionId,
    /// The product.
    pub product: ProductName,
    /// Its number among the promotions of its product.
    pub number: u64,
    /// The flow; `None` = a single promotion by hand.
    pub flow: Option<FlowName>,
    /// The application that is promoted.
    pub application: ApplicationName,
    /// The version.
    pub version: ReleaseVersion,
    /// The commit that it was built from.
    pub commit: Option<String>,
    /// Who started it.
    pub by: Person,
    /// Whether a server confirmed that name.
    pub verified: bool,
    /// When it started.
    pub started: Time,
    /// When it ended; `None` = it has not.
    pub ended: Option<Time>,
    /// How it ended (`passed`, `failed`, `refused`, `cancelled`, `skipped`, `unknown`), or what it does: `running`,
    /// `waiting`, `stopping`.
    pub status: String,
    /// Why it ended so.
    pub reason: Option<String>,
    /// Why it is driven no further.
    pub trouble: Option<String>,
    /// Its environments in the order of the flow.
    pub environments: Vec<InEnvironment>,
}

/// A release in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InEnvironment {
    /// The environment.
    pub name: String,
    /// As [`Release::status`], and `pending` where nothing has begun.
    pub status: String,
    /// Since when it is so.
    pub since: Time,
}

/// Everything about one release.
#[derive(Debug, Clone)]
pub struct Whole {
    /// As lists show it.
    pub release: Release,
    /// What its flow means for it.
    pub course: Course,
    /// What is promoted, as the driver wrote it.
    pub content: String,
    /// Where it stands; `Err` = its journal cannot be read, for this reason.
    pub promotion: Result<Promotion, String>,
}

/// A line of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: Time,
    /// What led to it and to the lines after it; only with the first line of each batch.
    pub cause: Option<Recorded>,
    /// What was decided; `None` = this program cannot read it.
    pub event: Option<Event>,
    /// The text of the event.
    pub text: String,
}

const COLUMNS: &str = "id, product, nr, flow, application, version, commit_id, started_by, verified, started, ended, status, reason, trouble";

impl Store {
    /// The releases that a filter lets pass, the newest first, and where the next page begins, if there is one.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn releases(
        &self,
        filter: &Filter,
        page: &Page,
    ) -> Result<(Vec<Release>, Option<Page>), StoreError> {
        let (condition, mut values) = filter.condition(page);
        let limit = page.size();
        values.push(Value::from(i64::from(limit) + 1));
        let statement = format!(
            "SELECT {COLUMNS} FROM promotion WHERE {condition} ORDER BY started DESC, id DESC LIMIT ${}",
            values.len()
        );
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let rows = tx.rows(&statement, &values).await?;
        let mut found = rows.iter().map(release).collect::<Result<Vec<_>, _>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        environments(&mut tx, &mut found).await?;
        let next = found.last().filter(|_| more).map(|it| page.after(it.started, &it.id));
        Ok((found, next))
    }

    /// The release with this number; `None` = there is none.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn release(&self, product: &ProductName, number: u64) -> Result<Option<Whole>, StoreError> {
        let Ok(number) = i64::try_from(number) else { return Ok(None) };
        let statement = format!("SELECT {COLUMNS} FROM promotion WHERE product = $1 AND nr = $2");
        self.whole(&statement, values![product.as_str(), number]).await
    }

    /// The release of this promotion; `None` = there is none.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn promotion(&self, id: &PromotionId) -> Result<Option<Whole>, StoreError> {
        self.whole(&format!("SELECT {COLUMNS} FROM promotion WHERE id = $1"), values![&id.0]).await
    }

    async fn whole(&self, statement: &str, values: &[Value]) -> Result<Option<Whole>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let Some(row) = tx.row(statement, values).await? else { return Ok(None) };
        let mut found = [release(&row)?];
        environments(&mut tx, &mut found).await?;
        let [release] = found;
        let id = release.id.0.clone();
        let damaged =
            |tx: &Tx<'_>, what: String| StoreError::damaged(tx.path(), format!("release {id}: {what}"));
        let frozen = tx.row("SELECT course, content FROM frozen WHERE promotion = $1", values![&id]).await?;
        let Some(frozen) = frozen else { return Err(damaged(&tx, "its course is missing".to_owned())) };
        let course = serde_json::from_str(&frozen.text("course")?);
        let course = course.map_err(|it| damaged(&tx, it.to_string()))?;
        let Some(head) = head(&mut tx, &id).await? else { return Ok(None) };
        let promotion = match loaded(&mut tx, &self.courses, head).await {
            Ok(loaded) => Ok(loaded.promotion),
            Err(Unreadable::Poison(why)) => Err(why),
            Err(Unreadable::Store(error)) => return Err(error),
        };
        Ok(Some(Whole { release, course, content: frozen.text("content")?, promotion }))
    }

    /// The journal of a promotion from its first line on.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn journal(&self, id: &PromotionId) -> Result<Vec<Entry>, StoreError> {
        self.journal_after(id, 0).await
    }

    /// All places in use.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        let mut reader = self.reader.lock().await;
        let mut tx = reader.begin().await?;
        let rows = tx.rows("SELECT place, promotion, title, stuck FROM hold ORDER BY resource", &[]).await?;
        rows.iter().map(|it| hold(&tx, it)).collect()
    }
}

fn release(row: &Row) -> Result<Release, StoreError> {
    Ok(Release {
        id: PromotionId(row.text("id")?),
        product: ProductName::new(row.text("product")?),
        number: row.count("nr")?.into(),
        flow: row.maybe_text("flow")?.map(FlowName::new),
        application: ApplicationName::new(row.text("application")?),
        version: ReleaseVersion::new(row.text("version")?),
        commit: row.maybe_text("commit_id")?,
        by: Person(row.text("started_by")?),
        verified: row.int("verified")? == 1,
        started: Time::from_millis(row.int("started")?),
        ended: row.maybe_int("ended")?.map(Time::from_millis),
        status: row.text("status")?,
        reason: row.maybe_text("reason")?,
        trouble: row.maybe_text("trouble")?,
        environments: Vec::new(),
    })
}

/// Adds the environments of all releases of a page.
async fn environments(tx: &mut Tx<'_>, releases: &mut [Release]) -> Result<(), StoreError> {
    if releases.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = (1..=releases.len()).map(|it| format!("${it}")).collect();
    let statement = format!(
        "SELECT promotion, environment, status, since FROM cell WHERE promotion IN ({}) ORDER BY promotion, position",
        places.join(", ")
    );
    let ids: Vec<Value> = releases.iter().map(|it| Value::from(&it.id.0)).collect();
    let mut found: BTreeMap<String, Vec<InEnvironment>> = BTreeMap::new();
    for row in tx.rows(&statement, &ids).await? {
        let since = Time::from_millis(row.int("since")?);
        let cell = InEnvironment { name: row.text("environment")?, status: row.text("status")?, since };
        found.entry(row.text("promotion")?).or_default().push(cell);
    }
    for release in releases {
        release.environments = found.remove(&release.id.0).unwrap_or_default();
    }
    Ok(())
}
