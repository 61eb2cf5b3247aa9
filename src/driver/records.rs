//! What an attempt to deploy leaves in the store: the requests before they are sent, and afterwards what they made.

use serde::{Deserialize, Serialize};

use crate::backend::{Before, Deployment, Preparation, Prepared, Record};

/// The requests of an attempt, written before the first of them is sent. Any process can go on from here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Requests {
    /// The requests that have not been settled, in their order. The first one may have been sent.
    pub(super) open: Vec<Record>,
    /// What was there before the first one was sent.
    pub(super) before: Before,
    /// What was taken over, and what the requests so far have made.
    pub(super) made: Vec<Deployment>,
}

impl Requests {
    /// Of a preparation.
    ///
    /// # Errors
    ///
    /// The name of a variable whose secret value could not be read again.
    pub(super) fn of(preparation: &Preparation) -> Result<Self, String> {
        Ok(Self {
            open: preparation.requests.iter().map(Prepared::record).collect::<Result<_, _>>()?,
            before: preparation.before.clone(),
            made: preparation.adopted.clone(),
        })
    }

    /// The request that comes next, ready to be sent or looked for; `None` = all are settled.
    ///
    /// # Errors
    ///
    /// It needs a secret, which promotions do not have.
    pub(super) fn next(&self) -> Result<Option<Prepared>, String> {
        let Some(record) = self.open.first() else { return Ok(None) };
        record.clone().open(|_| Err("it needs a secret value".to_owned())).map(Some)
    }

    /// The first request made these; what it still misses takes its place.
    ///
    /// # Errors
    ///
    /// The name of a variable whose secret value could not be read again.
    pub(super) fn settle(&mut self, made: Vec<Deployment>, missing: Option<&Prepared>) -> Result<(), String> {
        self.made.extend(made);
        if !self.open.is_empty() {
            self.open.remove(0);
        }
        if let Some(missing) = missing {
            self.open.insert(0, missing.record()?);
        }
        Ok(())
    }

    pub(super) fn text(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|it| it.to_string())
    }

    pub(super) fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|it| it.to_string())
    }
}

/// What an attempt made: its reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Made {
    /// The deployments.
    pub deployments: Vec<Deployment>,
    /// Why there are fewer than were asked for; `None` = there are all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

impl Made {
    /// Writes it as the reference of its attempt.
    ///
    /// # Errors
    ///
    /// It cannot be written, which would be a bug.
    pub fn reference(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|it| it.to_string())
    }

    /// Reads the reference of an attempt.
    ///
    /// # Errors
    ///
    /// It is not one, with what is wrong.
    pub fn read(reference: &str) -> Result<Self, String> {
        serde_json::from_str(reference).map_err(|it| it.to_string())
    }
}
