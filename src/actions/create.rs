//! Create a release.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::backend::{Ledger, NewRelease, Notice};
use crate::model::{ChannelName, GitSource, PackageChoice, ProjectName, ReleaseVersion};

use super::{ActionError, Outcome, Session};

/// Options of [`create`](super::create). What has no sensible default is an argument of `new`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreateOptions {
    /// The project that gets the release.
    pub project: ProjectName,
    /// The version of the release.
    pub version: VersionChoice,
    /// The channel. Default: the server chooses, by its rules.
    pub channel: Option<ChannelName>,
    /// The version of every package that [`packages`](Self::packages) does not name. Default: the latest
    /// that the channel's rules allow.
    pub default_package_version: Option<String>,
    /// Versions of single packages; they override the default. A step or package that the process does not have is an
    /// error before anything is created; so is a new release with other versions than these. Default: none.
    pub packages: Vec<PackageChoice>,
    /// What happens if the version exists already. Default: [`IfExists::Fail`].
    pub if_exists: IfExists,
    /// Release notes, Markdown. Default: the project's template. The build's marker follows them if the session has a
    /// build.
    pub notes: Option<String>,
    /// The git reference from which a version-controlled project is read. Default: none, as for projects kept in the
    /// database.
    pub git: GitSource,
    /// Ignores the channel's version rules for packages. Default: no.
    pub ignore_channel_rules: bool,
    /// Values of the channel's custom fields, by name. Default: none.
    pub custom_fields: BTreeMap<String, String>,
    /// How long the whole action may take. Default: 30 minutes.
    pub time_limit: Duration,
}

/// Which version a new release gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionChoice {
    /// This version, or the next number of a mask such as `9.1.i` ([`VersionMask`](crate::model::VersionMask)).
    Exact(ReleaseVersion),
    /// The server's next number, by the project's versioning strategy.
    ServerDecides,
}

/// What to do if a release of that version exists and does not carry this build's marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfExists {
    /// Report an error.
    Fail,
    /// Use the release if it is what was asked for; later actions continue with it.
    Reuse,
}

impl CreateOptions {
    /// Options with every default.
    #[must_use]
    pub fn new(project: ProjectName, version: VersionChoice) -> Self {
        Self {
            project,
            version,
            channel: None,
            default_package_version: None,
            packages: Vec::new(),
            if_exists: IfExists::Fail,
            notes: None,
            git: GitSource::default(),
            ignore_channel_rules: false,
            custom_fields: BTreeMap::new(),
            time_limit: super::DEFAULT_TIME_LIMIT,
        }
    }

    /// The release that the backend is asked to create.
    pub(super) fn asked(&self) -> NewRelease<'_> {
        NewRelease {
            project: &self.project,
            version: match &self.version {
                VersionChoice::Exact(version) => Some(version),
                VersionChoice::ServerDecides => None,
            },
            channel: self.channel.as_ref(),
            default_package_version: self.default_package_version.as_deref(),
            packages: &self.packages,
            reuse: self.if_exists == IfExists::Reuse,
            notes: self.notes.as_deref(),
            git: &self.git,
            ignore_channel_rules: self.ignore_channel_rules,
            custom_fields: &self.custom_fields,
        }
    }
}

/// Creates a release, or takes over the one that an earlier run of the same build created.
///
/// # Errors
///
/// The release exists and may not be used, or is not what was asked for; a name is unknown; the server refused; or it
/// is not known whether the server carried out the request.
pub async fn create(session: &Session<'_>, options: &CreateOptions) -> Result<Outcome, ActionError> {
    let new = options.asked();
    let ledger = Ledger::default();
    let context = session.call(options.time_limit, &ledger);
    let made = session.unless_stopped(context, Box::pin(session.backend.create_release(&new, context))).await;
    let release = made.map_err(ActionError::without_deployments)?;
    (session.say)(Notice::Release(release.clone()));
    Ok(Outcome { releases: vec![release], deployments: Vec::new() })
}
