//! A list of releases in the cells of a table.

use crate::text::clean;

use super::record::ReleaseReport;

/// What the column of the flow shows for a single promotion by hand.
const MANUAL: &str = "Manual";

/// A release in cells. No cell steers anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Its name.
    pub release: String,
    /// When it started.
    pub date: String,
    /// Who started it, marked where no server confirmed the name.
    pub initiator: String,
    /// The version.
    pub version: String,
    /// The flow, or `Manual`.
    pub flow: String,
    /// Its status in each environment of the columns; blank where it does not go there.
    pub environments: Vec<String>,
    /// Its status, with the reason where it did not pass.
    pub status: String,
}

/// The columns of environments: first those that are defined, in their order, then those of the releases. Every
/// environment of a release has its column, also where it is not defined any more.
#[must_use]
pub fn columns(defined: &[String], releases: &[ReleaseReport]) -> Vec<String> {
    let of_releases: Vec<&String> =
        releases.iter().flat_map(|it| &it.environments).map(|it| &it.name).collect();
    let used = |name: &&String| of_releases.contains(name);
    let mut columns: Vec<String> = defined.iter().filter(used).cloned().collect();
    for name in of_releases {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}

/// A release as a row of a table with these columns.
#[must_use]
pub fn row(it: &ReleaseReport, columns: &[String]) -> ListRow {
    let at = |name: &String| {
        let found = it.environments.iter().find(|it| it.name == *name);
        found.map(|it| clean(&it.status)).unwrap_or_default()
    };
    let status = if it.trouble.is_some() { format!("{}, in trouble", it.status) } else { it.status.clone() };
    ListRow {
        release: clean(&it.name),
        date: it.started.clone(),
        initiator: who(&it.by, it.verified),
        version: clean(&it.version),
        flow: it.flow.as_deref().map_or_else(|| MANUAL.to_owned(), clean),
        environments: columns.iter().map(at).collect(),
        status: clean(&status),
    }
}

/// A person, marked where no server confirmed the name.
pub(super) fn who(by: &str, verified: bool) -> String {
    let by = clean(by);
    if verified { by } else { format!("{by} (unverified)") }
}
