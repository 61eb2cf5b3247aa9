//! Secret values, and where they are read from.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Where a secret is read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// This environment variable.
    Variable(String),
    /// This file.
    File(PathBuf),
    /// What this program prints; run without a shell. Never empty.
    Command(Vec<String>),
}

/// A value that no text of ours shows. What is written for later keeps its source and never the value.
#[derive(Debug, Clone)]
pub struct Secret {
    value: SecretString,
    source: Option<SecretSource>,
}

impl Secret {
    /// A secret that was read from a source, where another process can read it again.
    #[must_use]
    pub fn of(value: SecretString, source: SecretSource) -> Self {
        Self { value, source: Some(source) }
    }

    /// Where it was read from; `None` = it was handed over as a value.
    #[must_use]
    pub fn source(&self) -> Option<&SecretSource> {
        self.source.as_ref()
    }

    /// The value, for the request's body and for nothing else.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.value.expose_secret()
    }
}

impl From<SecretString> for Secret {
    fn from(value: SecretString) -> Self {
        Self { value, source: None }
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        SecretString::from(value).into()
    }
}
