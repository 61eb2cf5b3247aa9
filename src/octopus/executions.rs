//! The executions API: one POST that creates a release, one that deploys.

use serde::Serialize;

use super::id::SpaceId;

/// A body of the executions API with the space that it acts in. The server wants the id twice, besides the
/// one in the path; a name in either place fails.
#[derive(Serialize)]
pub(super) struct InSpace<'a, B> {
    /// The space.
    #[serde(serialize_with = "twice", flatten)]
    pub(super) space: &'a SpaceId,
    /// What is to be done.
    #[serde(flatten)]
    pub(super) body: &'a B,
}

/// Writes the space as both fields.
fn twice<S: serde::Serializer>(space: &&SpaceId, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Both<'a> {
        space_id: &'a SpaceId,
        space_id_or_name: &'a SpaceId,
    }
    Both { space_id: space, space_id_or_name: space }.serialize(serializer)
}
