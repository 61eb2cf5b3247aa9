//! Where promotions are recorded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::HiddenValue;

/// Where promotions are recorded: in a file, or in a database.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Store {
    /// The file, on a local disk. Default: `promenade/promenade.db` in the user's state folder, which is
    /// `$XDG_STATE_HOME` or `~/.local/state`.
    #[serde(default)]
    #[schemars(length(min = 1), extend("x-excludes" = ["url"]))]
    pub(crate) path: Option<String>,
    /// Where the address of a PostgreSQL database is read from; it may hold a password. This version keeps its store in
    /// a file, and refuses to open a database.
    #[serde(default)]
    #[schemars(extend("x-excludes" = ["path"], "x-kind" = "secret"))]
    pub(crate) url: Option<HiddenValue>,
}
