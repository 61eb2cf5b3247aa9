//! Finds the release that is meant.

use crate::backend::{BackendError, Context, ReleaseQuery, WhichRelease};
use crate::model::{Release, VersionMask};

use super::Octopus;

impl Octopus {
    /// The release that is meant.
    ///
    /// # Errors
    ///
    /// There is no such release; a name does not exist; the release is another build's or not what its create asks for;
    /// or no answer.
    pub(in crate::backend) async fn find(
        &self,
        query: &ReleaseQuery<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let project = query.project;
        match query.which {
            WhichRelease::Version(version) => self.find_release(project, version, context).await,
            WhichRelease::Latest(channel) => self.latest_release(project, channel, context).await,
            WhichRelease::OfThisBuild { version, proof, create } => {
                let mask = version.and_then(VersionMask::of);
                if let Some(version) = version.filter(|_| mask.is_none()) {
                    return self.find_release_of(project, version, proof, create, context).await;
                }
                let missing = || {
                    BackendError::Impossible(
                        "this build's release was not found: no release was created in this run, its version is not \
                         given, and no release carries this build's marker; give the create a version"
                            .to_owned(),
                    )
                };
                let Some(build) = context.build else { return Err(missing()) };
                let found = self.find_marked(project, build, mask.as_ref(), create, context).await?;
                found.ok_or_else(missing)
            }
        }
    }
}
