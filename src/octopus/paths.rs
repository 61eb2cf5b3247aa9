//! Paths and queries as Octopus has them: everything below `/api`, lists of ids, and asking for everything.

use super::id::SpaceId;
use crate::http::{self, Request};

/// Joins segments to a path below `/api`, percent-encoding each one.
pub(super) fn api(segments: &[&str]) -> String {
    format!("/api{}", http::path(segments))
}

/// Joins ids with commas, the form that every official client but one uses.
pub(super) fn joined<I: AsRef<str>>(ids: &[I]) -> String {
    ids.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(",")
}

/// The `take` with which official clients ask for everything.
pub(super) const EVERYTHING: &str = "2147483647";

/// How many ids one request carries at most: the official clients' number, which keeps the path and query
/// well below the 8 KiB that some proxies allow. More ids are cut into several requests that each start at
/// the first item, since each asks for its own ids only.
const IDS_AT_ONCE: usize = 300;

/// Asks a list for the items with these ids: one request for each [`IDS_AT_ONCE`] of them, so none for none.
pub(super) fn by_ids<I: AsRef<str>, A>(space: &SpaceId, list: &str, ids: &[I]) -> Vec<Request<A>> {
    let some = |ids| {
        Request::get(api(&[space.as_str(), list]))
            .with("ids", joined(ids))
            .with("skip", "0")
            .with("take", IDS_AT_ONCE.to_string())
    };
    ids.chunks(IDS_AT_ONCE).map(some).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_below_api() {
        assert_eq!(api(&["Spaces-1", "projects", "1.0.0+build.5"]), "/api/Spaces-1/projects/1.0.0%2Bbuild.5");
        assert_eq!(api(&["refs/heads/main"]), "/api/refs%2Fheads%2Fmain");
        assert_eq!(api(&[]), "/api");
    }
}
