//! Lifecycles: through which environments a release may go, and where it goes by itself.

use serde::Deserialize;

use super::id::{EnvironmentId, SpaceId};
use super::paths::api;
use crate::http::Request;

/// One lifecycle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Lifecycle {
    pub id: String,
    /// Its phases, in order. None means the server's usual ones, which have no automatic target.
    #[serde(default)]
    pub phases: Vec<LifecyclePhase>,
}

/// One phase of a lifecycle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecyclePhase {
    /// Environments that a release is deployed to by itself as soon as it may go there.
    #[serde(default)]
    pub automatic_deployment_targets: Vec<EnvironmentId>,
}

impl Lifecycle {
    /// The environments that a release is deployed to by itself.
    pub fn automatic(&self) -> impl Iterator<Item = &EnvironmentId> {
        self.phases.iter().flat_map(|it| &it.automatic_deployment_targets)
    }
}

/// All lifecycles of a space, as a bare list.
pub fn all(space: &SpaceId) -> Request<Vec<Lifecycle>> {
    Request::get(api(&[space.as_str(), "lifecycles", "all"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_targets_are_those_of_all_phases() {
        assert_eq!(all(&SpaceId::new("Spaces-1").unwrap()).target(), "/api/Spaces-1/lifecycles/all");
        let json =
            br#"{"Id":"Lifecycles-1","Phases":[{"Name":"D","AutomaticDeploymentTargets":["Environments-1"],
            "OptionalDeploymentTargets":["Environments-2"]},{"Name":"T"}]}"#;
        let lifecycle: Lifecycle = crate::octopus::read(json).unwrap();
        assert_eq!(lifecycle.automatic().map(EnvironmentId::as_str).collect::<Vec<_>>(), ["Environments-1"]);
    }
}
