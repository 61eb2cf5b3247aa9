//! Whether, and when, the world carries out a request that met a fault; `true`, `false` or `{"afterMs": N}`
//! in JSON.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whether the world carries out a request whose answer a fault keeps from the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CarryOut {
    /// Never; `false` in JSON.
    #[default]
    No,
    /// Before the fault shows; `true` in JSON.
    Yes,
    /// After this delay, even if the client has disconnected; `{"afterMs": N}` in JSON.
    After(Duration),
}

/// How [`CarryOut`] is written in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "carryOut is true, false or {\"afterMs\": milliseconds}")]
enum CarryOutJson {
    Now(bool),
    Later(Later),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Later {
    after_ms: u64,
}

impl Serialize for CarryOut {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let json = match self {
            Self::No => CarryOutJson::Now(false),
            Self::Yes => CarryOutJson::Now(true),
            Self::After(wait) => {
                let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                CarryOutJson::Later(Later { after_ms })
            }
        };
        json.serialize(to)
    }
}

impl<'de> Deserialize<'de> for CarryOut {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match CarryOutJson::deserialize(from)? {
            CarryOutJson::Now(false) => Self::No,
            CarryOutJson::Now(true) => Self::Yes,
            CarryOutJson::Later(Later { after_ms }) => Self::After(Duration::from_millis(after_ms)),
        })
    }
}
