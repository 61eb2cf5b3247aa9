//! A space as the seed describes it: its environments, lifecycles, feeds, tenants, machines and freezes.

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::world::seconds::Seconds;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SpaceSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) default: bool,
    #[serde(default)]
    pub(super) task_queue_stopped: bool,
    #[serde(default)]
    pub(super) environments: Vec<Value>,
    #[serde(default)]
    pub(super) lifecycles: Vec<Value>,
    #[serde(default)]
    pub(super) feeds: Vec<Value>,
    #[serde(default)]
    pub(super) projects: Vec<Value>,
    #[serde(default)]
    pub(super) tag_sets: Vec<Value>,
    #[serde(default)]
    pub(super) tenants: Vec<Value>,
    #[serde(default)]
    pub(super) machines: Vec<Value>,
    #[serde(default)]
    pub(super) freezes: Vec<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnvironmentSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) guided_failure: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LifecycleSeed {
    pub(super) name: String,
    pub(super) phases: Vec<PhaseSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PhaseSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) automatic: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
    /// How many of the environments must succeed before the next phase; 0 means all.
    #[serde(default)]
    pub(super) minimum: usize,
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FeedSeed {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    pub(super) packages: Vec<PackageSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PackageSeed {
    pub(super) id: String,
    /// Oldest first.
    pub(super) versions: Vec<String>,
    /// Every version that a request names exists.
    #[serde(default)]
    pub(super) any_version: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TagSetSeed {
    pub(super) name: String,
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TenantSeed {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// Project name to the names of its environments that this tenant has.
    #[serde(default)]
    pub(super) projects: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) disabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MachineSeed {
    pub(super) name: String,
    pub(super) environments: Vec<String>,
    pub(super) roles: Vec<String>,
    #[serde(default)]
    pub(super) tenants: Vec<String>,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) health: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FreezeSeed {
    pub(super) name: String,
    /// How long from now until it begins; left out means that it began an hour ago.
    #[serde(default)]
    pub(super) starts_in: Option<Seconds>,
    /// How long from now until it ends.
    pub(super) ends_in: Seconds,
    /// Project name to environment names.
    pub(super) projects: serde_json::Map<String, Value>,
    #[serde(default)]
    pub(super) tenants: Vec<String>,
}
