//! Spaces: isolated areas of one server, each with its own projects and permissions.

use serde::Deserialize;

use super::id::SpaceId;
use super::page::Page;
use super::paths::{EVERYTHING, api};
use crate::http::Request;

/// One space.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Space {
    /// Its id, which the paths of everything in it contain.
    pub id: SpaceId,
    pub name: String,
    /// Its name as it appears in addresses; empty on servers that have no slugs.
    #[serde(default)]
    pub slug: String,
    /// True for the space that is meant when none is named. There may be none.
    #[serde(default)]
    pub is_default: bool,
    /// True while an administrator has stopped the queue: new tasks then stay queued for ever.
    #[serde(default)]
    pub task_queue_stopped: bool,
}

/// The spaces whose name contains `partial_name`, or all that the user may see. The server's match is a
/// loose one: compare the names afterwards.
pub fn list(partial_name: Option<&str>) -> Request<Page<Space>> {
    Request::get(api(&["spaces"]))
        .with_some("partialName", partial_name)
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// One space.
pub fn get(space: &SpaceId) -> Request<Space> {
    Request::get(api(&["spaces", space.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(
            list(Some("My space")).target(),
            "/api/spaces?partialName=My%20space&skip=0&take=2147483647"
        );
        assert_eq!(list(None).target(), "/api/spaces?skip=0&take=2147483647");
        assert_eq!(get(&SpaceId::new("Spaces-1").unwrap()).target(), "/api/spaces/Spaces-1");
    }
}
