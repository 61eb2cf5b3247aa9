//! Teams: groups of users. A task that waits for a person names the teams whose members may answer.

use serde::Deserialize;

use super::id::{SpaceId, TeamId};
use super::page::Page;
use super::paths::{api, joined};
use crate::http::Request;

/// One team, of a space or of the whole system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Team {
    pub id: TeamId,
    pub name: String,
}

/// The teams with these ids, those of the space and those of the system; none where no id is given, because
/// an empty list means all teams. One request: an interruption names a handful of teams.
pub fn by_ids(space: &SpaceId, ids: &[TeamId]) -> Option<Request<Page<Team>>> {
    let request = Request::get(api(&["teams"]))
        .with("ids", joined(ids))
        .with("spaces", space.as_str())
        .with("includeSystem", "true")
        .with("skip", "0")
        .with("take", ids.len().to_string());
    (!ids.is_empty()).then_some(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let ids = ["teams-managers", "Teams-4"].map(|it| TeamId::new(it).unwrap());
        assert_eq!(
            by_ids(&space, &ids).unwrap().target(),
            "/api/teams?ids=teams-managers,Teams-4&spaces=Spaces-1&includeSystem=true&skip=0&take=2"
        );
        assert_eq!(by_ids(&space, &[]).map(|it| it.target()), None);
    }
}
