//! A tiny home of releases: files in a folder. It proves that the verbs do not depend on Octopus, and lets tests of the
//! actions lose answers without a server.
//!
//! `releases/1.0.0` is a release. `Test/1` is the first deployment to Test: its first line the version, its second the
//! state, and its third the value of each prompted variable.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    DeploymentOptions, EnvironmentName, ProjectName, Release, ReleaseOrigin, ReleaseVersion, TenantTarget,
};

use super::opaque::{HomeInputs, HomeRequest};
use super::prepared::Content;
use super::{
    Adopted, BackendError, Before, Cause, Deployment, DeploymentStatus, Destination, LookResult,
    NewDeployment, Permit, Phase, Preparation, Prepared, ReleaseQuery, Sent, TargetState, WhichRelease,
};

/// A folder, and the faults of the next requests.
pub struct Folder {
    path: PathBuf,
    faults: Mutex<Vec<Fault>>,
}

/// The fault of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and its answer is lost.
    AnswerLost,
    /// It is not carried out, and there is no answer.
    RequestLost,
}

/// A request: the folders in which a deployment is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    environments: Vec<String>,
}

/// The input of a preparation.
#[derive(Debug, Clone)]
pub struct Inputs {
    project: ProjectName,
    release: Release,
    environments: Vec<EnvironmentName>,
    options: DeploymentOptions,
}

impl Folder {
    /// The same folder, without faults.
    pub fn again(&self) -> Self {
        Self { path: self.path.clone(), faults: Mutex::default() }
    }

    pub fn new(path: &Path, faults: Vec<Fault>) -> Self {
        Self { path: path.to_owned(), faults: Mutex::new(faults) }
    }

    pub fn read_limit(&self) -> Duration {
        Duration::from_millis(20)
    }

    pub fn find(&self, query: &ReleaseQuery<'_>) -> Result<Release, BackendError> {
        let WhichRelease::Version(version) = query.which else {
            return Err(BackendError::Impossible("a folder knows releases by their version".to_owned()));
        };
        if !self.path.join("releases").join(version.as_str()).exists() {
            let project = query.project.to_string();
            return Err(BackendError::ReleaseNotFound { project, version: version.clone() });
        }
        let id = version.to_string();
        Ok(Release { id, version: version.clone(), origin: ReleaseOrigin::Found, url: String::new() })
    }

    pub fn prepare(&self, all: &[NewDeployment<'_>]) -> Result<Vec<Preparation>, BackendError> {
        let of = |new: &NewDeployment<'_>| {
            let Destination::Named { to, .. } = new.to else {
                return Err(BackendError::Impossible("a folder selects nothing".to_owned()));
            };
            self.renew(&Inputs {
                project: new.project.clone(),
                release: new.release.clone(),
                environments: to.iter().cloned().collect(),
                options: new.options.clone(),
            })
        };
        all.iter().map(of).collect()
    }

    pub fn renew(&self, inputs: &Inputs) -> Result<Preparation, BackendError> {
        let mut preparation = Preparation {
            release: inputs.release.clone(),
            targets: Vec::new(),
            adopted: Vec::new(),
            requests: Vec::new(),
            notices: Vec::new(),
            before: Before::default(),
            inputs: HomeInputs::Folder(Box::new(inputs.clone())),
        };
        let (mut environments, mut targets) = (Vec::new(), Vec::new());
        for name in &inputs.environments {
            let all = self.deployments(name.as_str());
            preparation.before.deployments.extend(all.iter().map(|(id, _)| id.clone()));
            let current = all.iter().rev().find(|(_, text)| state(text) == "Success");
            let state = TargetState {
                target: TenantTarget { environment: name.clone(), tenant: None },
                current: current.map(|(_, text)| ReleaseVersion::new(version(text))),
            };
            match all.last() {
                Some((id, text)) if is_asked(text, &inputs.release, &inputs.options) => {
                    preparation.adopted.push(deployment(id, name, Some(Adopted::StillCurrent)));
                }
                _ => {
                    environments.push(name.to_string());
                    targets.push(state.clone());
                }
            }
            preparation.targets.push(state);
        }
        if !environments.is_empty() {
            let content = Content {
                project: inputs.project.clone(),
                release: inputs.release.clone(),
                targets,
                options: inputs.options.clone(),
                home: HomeRequest::Folder(Request { environments }),
            };
            preparation.requests.push(Prepared { content });
        }
        Ok(preparation)
    }

    pub fn deploy(
        &self,
        prepared: &Prepared,
        request: &Request,
        permit: &Permit,
    ) -> Result<Sent, BackendError> {
        if !permit.holds() {
            let source = Box::new(Cause::Folder("the permit has run out".to_owned()));
            return Err(BackendError::NotSent { doing: format!("deploying {prepared}"), source });
        }
        let fault = self.faults.lock().unwrap().pop();
        if fault == Some(Fault::RequestLost) {
            return Ok(Sent::Lost(Cause::Folder("nobody answers".to_owned())));
        }
        let mut made = Vec::new();
        for name in &request.environments {
            let folder = self.path.join(name);
            fs::create_dir_all(&folder).unwrap();
            let id = format!("{name}/{}", self.deployments(name).len() + 1);
            let values = values(prepared.options());
            fs::write(self.path.join(&id), format!("{}\nSuccess\n{values}", prepared.release().version))
                .unwrap();
            made.push(deployment(&id, &EnvironmentName::new(name), None));
        }
        match fault {
            Some(_) => Ok(Sent::Lost(Cause::Folder("the answer is lost".to_owned()))),
            None => Ok(Sent::Accepted(made)),
        }
    }

    pub fn look(&self, prepared: &Prepared, request: &Request, before: &Before) -> Result<LookResult, Cause> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in &request.environments {
            let new = self.deployments(name).into_iter().find(|(id, text)| {
                !before.deployments.contains(id) && is_asked(text, prepared.release(), prepared.options())
            });
            match new {
                Some((id, _)) => {
                    found.push(deployment(&id, &EnvironmentName::new(name), Some(Adopted::AnswerLost)));
                }
                None => missing.push(name.clone()),
            }
        }
        let rest = || {
            let mut rest = prepared.clone();
            rest.content.targets.retain(|it| missing.iter().any(|name| it.target.environment.is(name)));
            rest.content.home = HomeRequest::Folder(Request { environments: missing.clone() });
            rest
        };
        Ok(LookResult { found, missing: (!missing.is_empty()).then(rest), is_hidden: false })
    }

    pub fn statuses(&self, deployments: &[Deployment]) -> Result<Vec<Option<DeploymentStatus>>, Cause> {
        let of = |it: &Deployment| {
            let text = fs::read_to_string(self.path.join(&it.id)).ok()?;
            let phase = match state(&text) {
                "Success" => Phase::Succeeded,
                "Running" | "Asking" => Phase::Running,
                _ => Phase::Cancelled,
            };
            Some(DeploymentStatus {
                phase,
                state: state(&text).to_owned(),
                message: String::new(),
                warnings: false,
                needs_person: state(&text) == "Asking",
                preconditions: None,
                duration: None,
                age: None,
                at_work: None,
                scheduled: None,
            })
        };
        Ok(deployments.iter().map(of).collect())
    }

    pub fn cancel(&self, deployment: &Deployment) -> Result<(), Cause> {
        let path = self.path.join(&deployment.id);
        let text = fs::read_to_string(&path).map_err(|error| Cause::Folder(error.to_string()))?;
        fs::write(path, text.replacen("Success", "Canceled", 1)).map_err(|it| Cause::Folder(it.to_string()))
    }

    /// The deployments to an environment, in order: id and text.
    pub fn deployments(&self, environment: &str) -> Vec<(String, String)> {
        let text = |id: String| fs::read_to_string(self.path.join(&id)).ok().map(|text| (id, text));
        (1..).map_while(|number: u32| text(format!("{environment}/{number}"))).collect()
    }
}

fn deployment(id: &str, environment: &EnvironmentName, adopted: Option<Adopted>) -> Deployment {
    let target = TenantTarget { environment: environment.clone(), tenant: None };
    Deployment { id: id.to_owned(), task: id.to_owned(), target, url: String::new(), adopted }
}

fn version(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn state(text: &str) -> &str {
    text.lines().nth(1).unwrap_or_default()
}

fn values(options: &DeploymentOptions) -> String {
    let value = |(name, value): (&String, &crate::model::PromptedValue)| format!("{name}={}", value.expose());
    options.variables.iter().map(value).collect::<Vec<_>>().join(" ")
}

fn is_asked(text: &str, release: &Release, options: &DeploymentOptions) -> bool {
    version(text) == release.version.as_str()
        && state(text) == "Success"
        && text.lines().nth(2).unwrap_or_default() == values(options)
}
