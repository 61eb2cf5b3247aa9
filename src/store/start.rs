//! Starts a promotion: its number, its frozen course, and the first lines of its journal.

use crate::flow::admission::PromotionId;
use crate::flow::course::{Course, Person};
use crate::flow::time::Time;
use crate::model::{ApplicationName, FlowName, ProductName, ReleaseVersion};

use super::cause::{Cause, Recorded};
use super::db::{json, values};
use super::error::StoreError;
use super::handle::Store;
use super::load::Head;
use super::rules;
use super::step::Turn;
use super::write::write;

/// A release that is to be promoted. All of it is frozen when the promotion starts.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// The product.
    pub product: ProductName,
    /// The flow; `None` = a single promotion by hand.
    pub flow: Option<FlowName>,
    /// The application that is promoted.
    pub application: ApplicationName,
    /// The version.
    pub version: ReleaseVersion,
    /// The commit that it was built from.
    pub commit: Option<String>,
    /// Who starts it.
    pub by: Person,
    /// Whether a server confirmed that name.
    pub verified: bool,
    /// The key by which the same request is known again, such as the identity of a build; `None` = each request is a
    /// new one.
    pub request: Option<String>,
    /// What the flow means for this release.
    pub course: Course,
    /// What is promoted, as the driver writes it. The store does not read it. It may not contain secrets.
    pub content: String,
}

/// A promotion that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its id.
    pub id: PromotionId,
    /// Its number among the promotions of its product.
    pub number: u64,
    /// Whether the same request started it before. Nothing was written then.
    pub existed: bool,
}

/// Why a promotion was not started. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The request started a promotion of another product, flow, application or version.
    #[error("the request `{request}` started {there} already, which is not the same release")]
    OtherRelease {
        /// The request.
        request: String,
        /// What it started.
        there: String,
    },
    /// The engine failed over this course.
    #[error("{0}")]
    Engine(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Starts a promotion, or finds the one that the same request started.
    ///
    /// # Errors
    ///
    /// Nothing was started.
    pub async fn start(&self, new: &NewRelease, now: Time) -> Result<Started, StartError> {
        let mut writer = self.writer.lock().await;
        let mut turn = self.begin(&mut writer, now).await?;
        let (started, wrote) = turn.start(new).await?;
        if wrote {
            let Turn { tx, batches, .. } = turn;
            self.commit(tx, &batches).await?;
        }
        Ok(started)
    }
}

impl Turn<'_, '_> {
    /// The promotion, and whether anything was written.
    async fn start(&mut self, new: &NewRelease) -> Result<(Started, bool), StartError> {
        if let Some(existing) = self.started_before(new).await? {
            return Ok((existing, false));
        }
        let now = self.now;
        let moved = rules::start(self.rules, &new.course, now).map_err(StartError::Engine)?;
        let nr = self.next_number(new).await?;
        let head = Head {
            id: format!("{:012x}{:016x}", now.as_millis(), fastrand::u64(..)),
            product: new.product.to_string(),
            nr,
            version: new.version.to_string(),
            seq: 0,
            trouble: None,
        };
        self.insert(&head, new).await?;
        let from = Cause::Person { by: new.by.clone(), verified: new.verified };
        let cause = Recorded { from, input: None, request: new.request.clone() };
        let (batch, freed) = write(&mut self.tx, &head, &new.course, &cause, &moved).await?;
        self.batches.push(batch);
        self.freed.extend(freed);
        self.admit(&head.product).await?;
        self.verify().await?;
        let number = u64::try_from(nr).unwrap_or_default();
        Ok((Started { id: PromotionId(head.id), number, existed: false }, true))
    }

    async fn started_before(&mut self, new: &NewRelease) -> Result<Option<Started>, StartError> {
        let Some(request) = &new.request else { return Ok(None) };
        let statement =
            "SELECT id, product, nr, flow, application, version FROM promotion WHERE request = $1";
        let Some(row) = self.tx.row(statement, values![request]).await? else { return Ok(None) };
        let (product, version, nr) = (row.text("product")?, row.text("version")?, row.count("nr")?);
        let flow = row.maybe_text("flow")?;
        let same_flow = flow.as_deref() == new.flow.as_ref().map(FlowName::as_str);
        let same_application = row.text("application")? == new.application.as_str();
        let same = product == new.product.as_str() && version == new.version.as_str();
        if !(same && same_flow && same_application) {
            let there = format!("{product} {nr} with {version}");
            return Err(StartError::OtherRelease { request: request.clone(), there });
        }
        Ok(Some(Started { id: PromotionId(row.text("id")?), number: nr.into(), existed: true }))
    }

    /// Takes the product's next number. Its row is the lock of all that is the product's.
    async fn next_number(&mut self, new: &NewRelease) -> Result<i64, StoreError> {
        let statement = "INSERT INTO product (name, next) VALUES ($1, 2)
            ON CONFLICT (name) DO UPDATE SET next = product.next + 1 RETURNING next";
        let row = self.tx.row(statement, values![new.product.as_str()]).await?;
        let missing = || StoreError::damaged(self.tx.path(), "a product has no next number");
        Ok(row.ok_or_else(missing)?.int("next")?.saturating_sub(1))
    }

    async fn insert(&mut self, head: &Head, new: &NewRelease) -> Result<(), StoreError> {
        let statement = "INSERT INTO promotion
            (id, product, nr, request, flow, application, version, commit_id, started_by, verified, started, status, seq)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', 0)";
        let flow = new.flow.as_ref().map(|it| it.to_string());
        let (request, commit) = (new.request.clone(), new.commit.clone());
        let (by, verified) = (&new.by.0, i64::from(new.verified));
        let (id, version, started) = (&head.id, &head.version, self.now.as_millis());
        let values = values![
            id,
            &head.product,
            head.nr,
            request,
            flow,
            new.application.as_str(),
            version,
            commit,
            by,
            verified,
            started
        ];
        self.tx.run(statement, values).await?;
        let course = json(&self.tx, &new.course)?;
        let statement = "INSERT INTO frozen (promotion, course, content) VALUES ($1, $2, $3)";
        self.tx.run(statement, values![id, course, &new.content]).await.map(drop)
    }
}
