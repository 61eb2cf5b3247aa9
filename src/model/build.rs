//! Who asks: the build on whose behalf an action runs.

use jiff::Timestamp;

/// What makes a re-run of a build recognisable as the same build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildIdentity {
    /// The CI server's own id of the build; the same on a re-run of the same build.
    pub id: String,
    /// The build's page, for people who find the deployment first.
    pub url: Option<String>,
    /// When the build started (UTC).
    pub started_at: Option<Timestamp>,
}

impl BuildIdentity {
    /// The text by which a release's notes or a deployment's comments name this build.
    ///
    /// It is a comment in Markdown, so that the pages which show the text do not show the marker.
    #[must_use]
    pub fn marker(&self) -> String {
        format!("<!-- promenade build={} -->", self.id.replace("--", "- -"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_cannot_be_closed_by_the_build_id() {
        let build = BuildIdentity { id: "x --> y".into(), url: None, started_at: None };
        assert_eq!(build.marker(), "<!-- promenade build=x - -> y -->");
    }
}
