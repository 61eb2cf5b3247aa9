//! Errors of the backend's verbs. `advice.rs` has the advice on each.

use crate::model::{EnvironmentName, ReleaseVersion};
use crate::octopus;

use super::wording::{all, count, git_words, in_force, near, quoted, whole_words};
use super::{Cause, Deployment};

/// The error of a verb of the backend.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// A name that the server does not know, or that the credential may not see.
    #[error("there is no {kind} '{name}'{}", near(.nearest))]
    Unknown {
        /// What was looked for, such as `environment`.
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// The nearest names that exist, nearest first.
        nearest: Vec<String>,
    },
    /// A name that several things have.
    #[error("{kind} '{name}' can mean several: {}", .candidates.join(", "))]
    Ambiguous {
        /// What was looked for, such as `environment`.
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// The candidates, each with its name and id.
        candidates: Vec<String>,
    },
    /// Several names are invalid.
    #[error("{}", all(.0))]
    Names(Vec<BackendError>),
    /// A release that does not belong to the named channel.
    #[error("release {version} is of channel '{found}', not of '{wanted}'")]
    OtherChannel {
        /// The release.
        version: ReleaseVersion,
        /// Its channel.
        found: String,
        /// The channel that was named.
        wanted: String,
    },
    /// A promotion without tenants from an environment where releases were deployed only for tenants.
    #[error("nothing to promote: {from} was deployed to for tenants, and none are named")]
    DeployedForTenants {
        /// The source environment.
        from: String,
    },
    /// No release with this version.
    #[error("project '{project}' has no release {version}")]
    ReleaseNotFound {
        /// The project as the user named it.
        project: String,
        /// The version that was looked for.
        version: ReleaseVersion,
    },
    /// The project, or the channel, has no release at all.
    #[error("{of} has no release yet")]
    NoRelease {
        /// `project 'X'` or `channel 'Y' of project 'X'`.
        of: String,
    },
    /// The release exists, this build did not create it, and the options do not allow its use.
    #[error("release {version} of project '{project}' exists already, and this build did not make it")]
    ReleaseExists {
        /// The project as the user named it.
        project: String,
        /// The version.
        version: ReleaseVersion,
    },
    /// The release exists, and it is not what was asked for.
    #[error("release {version} of project '{project}' exists already and is not what was asked for: {}", .differences.join("; "))]
    ReleaseDiffers {
        /// The project as the user named it.
        project: String,
        /// The version.
        version: ReleaseVersion,
        /// Where it differs, in words.
        differences: Vec<String>,
    },
    /// Another build keeps taking the next release number.
    #[error("the next number for a release of project '{project}', {version}, is taken already")]
    NumberTaken {
        /// The project as the user named it.
        project: String,
        /// The version.
        version: ReleaseVersion,
    },
    /// The server created the release with other packages than were requested.
    #[error("release {version} was created ({url}) with other packages than were asked for: {}", .differences.join("; "))]
    OtherPackages {
        /// The version.
        version: ReleaseVersion,
        /// Its page.
        url: String,
        /// Where it differs, in words.
        differences: Vec<String>,
    },
    /// A git reference is missing, or is given and must not be.
    #[error("project '{project}' {}", git_words(*.in_git))]
    GitReference {
        /// The project as the user named it.
        project: String,
        /// Whether the project's process is kept in git.
        in_git: bool,
        /// The server's refusal.
        source: Box<Cause>,
    },
    /// Steps or packages that the deployment process does not have.
    #[error("the deployment process has no {kind} {}", quoted(.names))]
    NotInProcess {
        /// `step` or `step or package`.
        kind: &'static str,
        /// The names that were given.
        names: Vec<String>,
        /// The names that exist.
        known: Vec<String>,
    },
    /// Nothing was deployed successfully to the source of a promotion.
    #[error("nothing to promote: no release was deployed successfully to {from}")]
    NothingToPromote {
        /// The source environment, and the tenant where there is one.
        from: String,
    },
    /// The last successful deployment to the source of a promotion left out machines or steps.
    #[error("{partial} left out machines or steps in {from}{}", whole_words(.whole.as_deref()))]
    PartlyDeployed {
        /// The source environment, and the tenant where there is one.
        from: String,
        /// The partial deployment.
        partial: String,
        /// The last complete deployment; `None` if there is none.
        whole: Option<String>,
    },
    /// Another release than this build's is in the source of a promotion.
    #[error("{from} holds release {found}, not this build's release {expected}")]
    OtherRelease {
        /// The source environment, and the tenant where there is one.
        from: String,
        /// The release that this build created.
        expected: ReleaseVersion,
        /// The release that is there.
        found: ReleaseVersion,
    },
    /// The release was not deployed successfully to the source of a promotion.
    #[error("release {version} was not deployed successfully to {from}")]
    NotDeployedThere {
        /// The source environment, and the tenant where there is one.
        from: String,
        /// The version that was asked for.
        version: ReleaseVersion,
    },
    /// The target has a higher version.
    #[error("{target} has release {current}; release {chosen} would move it backwards")]
    Backwards {
        /// The target environment, and the tenant where there is one.
        target: String,
        /// The version that the target has.
        current: ReleaseVersion,
        /// The version that was chosen.
        chosen: ReleaseVersion,
    },
    /// The lifecycle does not let the release into the environment yet.
    #[error("release {version} may not be deployed to {environment} yet: {because}")]
    NotReachable {
        /// The release.
        version: ReleaseVersion,
        /// The environment.
        environment: EnvironmentName,
        /// Which phase blocks the release, and what it still needs.
        because: String,
        /// The server's refusal.
        source: Box<Cause>,
    },
    /// The release has an unresolved defect.
    #[error("release {version} is held back by an unresolved defect: {defect}")]
    Defect {
        /// The release.
        version: ReleaseVersion,
        /// The defect's description.
        defect: String,
        /// The server's refusal.
        source: Box<Cause>,
    },
    /// A deployment freeze is in force, or will be when the deployment is due to start.
    #[error("a deployment freeze {}: {}", in_force(.at), quoted(.freezes))]
    Frozen {
        /// The freezes by name.
        freezes: Vec<String>,
        /// When the deployment is due to start; `None` = now.
        at: Option<jiff::Timestamp>,
        /// The server's refusal.
        source: Box<Cause>,
    },
    /// The server accepted the request but created no deployment for some targets.
    #[error("the server accepted the request but created no deployment for {}", .missing.join(", "))]
    NothingCreated {
        /// The targets without a deployment.
        missing: Vec<String>,
        /// The deployments that were created; they keep running.
        accepted: Vec<Deployment>,
    },
    /// The server refused.
    #[error("{doing} was refused")]
    Refused {
        /// What was being done, such as `deploying release 1.4.7 to Test`.
        doing: String,
        /// The server's refusal.
        source: Box<Cause>,
    },
    /// A mutating request got no answer, and looking did not show whether the server carried it out.
    #[error("{doing} got no answer, and it is not known whether it was carried out")]
    AnswerLost {
        /// What was being done.
        doing: String,
        /// What to look at on the server before anything is run again.
        check: String,
        /// The last error in talking to the home.
        source: Box<Cause>,
    },
    /// The server does not show something that decides whether to send a request. Nothing was sent.
    #[error("{what}: {because}")]
    Hidden {
        /// What was to be done, such as `deploying release 1.4.7 to Test`.
        what: String,
        /// What is not shown.
        because: String,
    },
    /// A deployment was requested for a time in the past. Nothing was sent.
    #[error("{what}: {because}")]
    TooLate {
        /// What was to be done, such as `deploying release 1.4.7 to Test`.
        what: String,
        /// Why no existing deployment can be taken over instead.
        because: String,
    },
    /// A request was withheld because its permit had expired or the stop signal had come. Nothing was sent.
    #[error("{doing} was not sent")]
    NotSent {
        /// What was to be done.
        doing: String,
        /// The error of the client.
        source: Box<Cause>,
    },
    /// A read request got no answer. It changed nothing.
    #[error("{doing} got no answer")]
    NoAnswer {
        /// What was being done.
        doing: String,
        /// The last error in talking to the home.
        source: Box<Cause>,
    },
    /// Some deployments were accepted before this happened.
    #[error("{} accepted before this happened: {source}", count(.accepted.len()))]
    PartWay {
        /// The deployments that were accepted; they keep running.
        accepted: Vec<Deployment>,
        /// What happened.
        source: Box<BackendError>,
    },
    /// Options that this server or project does not support.
    #[error("{0}")]
    Impossible(String),
}

impl BackendError {
    /// Converts an error of the client; `doing` says what was being done.
    #[must_use]
    pub fn from_client(doing: impl Into<String>, source: octopus::Error) -> Self {
        let (doing, source) = (doing.into(), Box::new(Cause::from(source)));
        if source.was_withheld() {
            return Self::NotSent { doing, source };
        }
        // An untrusted certificate, a log-in page or a missing identity token is not a refusal by the server.
        if source.is_a_no() { Self::Refused { doing, source } } else { Self::NoAnswer { doing, source } }
    }

    /// The error of a request that certainly changed nothing, if the answer to an earlier one was lost: even a refusal
    /// of the last request says nothing about those before it.
    #[must_use]
    pub(crate) fn of_an_earlier_try(self, doing: &str, check: &str) -> Self {
        let lost = |source| Self::AnswerLost {
            doing: format!("an earlier attempt at {doing}"),
            check: check.to_owned(),
            source,
        };
        match self {
            Self::Refused { source, .. }
            | Self::NotSent { source, .. }
            | Self::NoAnswer { source, .. }
            | Self::GitReference { source, .. }
            | Self::NotReachable { source, .. }
            | Self::Defect { source, .. }
            | Self::Frozen { source, .. } => lost(source),
            // The home took it, so that is no refusal.
            accepted @ (Self::PartWay { .. } | Self::NothingCreated { .. } | Self::AnswerLost { .. }) => {
                accepted
            }
            other => lost(Box::new(Cause::Explained(other.to_string()))),
        }
    }

    /// The deployments that keep running although the verb failed.
    #[must_use]
    pub fn accepted(&self) -> &[Deployment] {
        match self {
            Self::PartWay { accepted, .. } | Self::NothingCreated { accepted, .. } => accepted,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::octopus::{ApiError, ConnectError, CredentialError, Error, SendError};

    use super::*;

    #[test]
    fn whatever_refuses_the_second_request_leaves_the_first_one_unclear() {
        let unknown =
            || BackendError::Unknown { kind: "environment", name: "Test".to_owned(), nearest: Vec::new() };
        for refusal in [unknown(), BackendError::Names(vec![unknown()])] {
            let error = refusal.of_an_earlier_try("deploying release 1 to Test", "look at Test");
            assert!(error.is_unclear() && error.is_transient(), "{error:?}");
            assert!(error.advice().is_some_and(|it| it.contains("look at Test")), "{error:?}");
            let BackendError::AnswerLost { source, .. } = error else { panic!("{error:?}") };
            assert_eq!(source.to_string(), "there is no environment 'Test'");
        }
        let accepted =
            BackendError::NothingCreated { missing: vec!["Test".to_owned()], accepted: Vec::new() };
        let error = accepted.of_an_earlier_try("x", "y");
        assert!(matches!(error, BackendError::NothingCreated { .. }), "{error:?}");
    }

    #[test]
    fn only_a_no_of_the_server_is_a_refusal() {
        let text = String::new;
        let refused = |status, is_octopus| Error::Refused {
            status,
            request: text(),
            error: ApiError { is_octopus, ..ApiError::default() },
        };
        let no_answer = |error| Error::NoAnswer { request: text(), error };
        for error in [
            refused(400, false),
            refused(401, false),
            refused(403, false),
            refused(404, false),
            refused(409, false),
            Error::Redirected { status: 302, request: text(), location: text() },
            no_answer(SendError::Connect(ConnectError::UnknownIssuer)),
            no_answer(SendError::TooLarge { limit: 1 }),
            no_answer(SendError::RateLimited { tries: 1 }),
            CredentialError::Empty.into(),
            CredentialError::File { path: text(), reason: text() }.into(),
            CredentialError::Command { program: text(), reason: text() }.into(),
            CredentialError::Discovery(text()).into(),
            CredentialError::NotExchanged(text()).into(),
            CredentialError::NoAnswer(text()).into(),
        ] {
            let error = BackendError::from_client("x", error);
            assert!(matches!(error, BackendError::NoAnswer { .. }) && error.is_transient(), "{error:?}");
            assert!(error.advice().is_some());
        }
        for error in [
            refused(400, true),
            refused(401, true),
            refused(403, true),
            refused(404, true),
            CredentialError::ExchangeRefused { status: 400, reason: text() }.into(),
            Error::TooOld { version: text(), request: text() },
            Error::Path(text()),
        ] {
            let error = BackendError::from_client("x", error);
            assert!(matches!(error, BackendError::Refused { .. }) && !error.is_transient(), "{error:?}");
        }
    }
}
