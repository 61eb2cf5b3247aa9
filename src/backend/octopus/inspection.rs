//! Checks what can be known without changing anything: reachability, credential, names, permissions.

use crate::backend::{BackendError, Call};
use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, GitSource, MachineName, PackageChoice, ProjectName,
    StepName, TenantName, TenantTag, Tenants,
};
use crate::octopus::server::{Permissions, Root};
use crate::octopus::{self as api, EnvironmentId, ProjectId, SpaceId};

use super::Octopus;
use super::needs::Needs;
use super::process::unknown_variables;

/// What a check looks up.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// Environments.
    pub environments: &'a [EnvironmentName],
    /// Channels of the project.
    pub channels: &'a [ChannelName],
    /// Tenants of the project.
    pub tenants: &'a [TenantName],
    /// Tags of tenants.
    pub tags: &'a [TenantTag],
    /// Machines, also those that are left out.
    pub machines: &'a [MachineName],
    /// Deployment freezes.
    pub freezes: &'a [String],
    /// Steps that are left out.
    pub steps: &'a [StepName],
    /// The packages of new releases.
    pub packages: &'a [PackageChoice],
    /// Prompted variables.
    pub variables: &'a [String],
    /// Where the process of a version-controlled project is read from.
    pub git: &'a GitSource,
    /// Whether releases are to be created.
    pub creates: bool,
    /// Whether releases are to be deployed.
    pub deploys: bool,
}

/// One thing that a check has found out.
#[derive(Debug)]
pub enum Finding {
    /// It is as it should be.
    Fine(String),
    /// It works, but will surprise somebody.
    Doubt(String),
    /// It will not work.
    Wrong(BackendError),
}

impl Octopus {
    /// Looks up what the settings name. Sends questions only.
    pub async fn check(&self, inspection: &Inspection<'_>, call: Call<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.look("reaching the server", &api::server::root(), call).await {
            Ok(root) => findings.push(version(&root)),
            // Whatever else is asked would meet the same trouble.
            Err(error) => return vec![Finding::Wrong(error)],
        }
        let user = match self.look("logging in", &api::server::me(), call).await {
            Ok(user) => {
                findings.push(Finding::Fine(format!("logged in as {} ({})", user.username, user.id)));
                user
            }
            Err(error) => {
                findings.push(Finding::Wrong(error));
                return findings;
            }
        };
        let space = match self.space(call).await {
            Ok(space) => space,
            Err(error) => {
                findings.push(Finding::Wrong(error));
                return findings;
            }
        };
        findings.push(Finding::Fine(format!("space {space}")));
        let project = match self.project(inspection.project, call).await {
            Ok(project) => project,
            Err(error) => {
                findings.push(Finding::Wrong(error));
                return findings;
            }
        };
        findings.push(if project.is_disabled {
            Finding::Doubt(format!(
                "project '{}' is disabled: the server refuses releases and deployments",
                project.name
            ))
        } else {
            Finding::Fine(format!("project '{}' ({})", project.name, project.id))
        });
        let environments = self.check_environments(inspection, call, &mut findings).await;
        self.check_channels(inspection, &project.id, call, &mut findings).await;
        self.inspect_tenants(inspection, &project.id, call, &mut findings).await;
        self.inspect_machines_and_freezes(inspection, call, &mut findings).await;
        self.inspect_process(inspection, &project.id, call, &mut findings).await;
        match self.look("reading permissions", &api::server::permissions(&space, &user.id), call).await {
            Ok(permissions) => {
                findings.extend(allowed(inspection, &permissions, &space, &project.id, &environments));
            }
            Err(_) => {
                findings.push(Finding::Doubt("the credential may not read its own permissions".to_owned()))
            }
        }
        findings
    }

    async fn check_environments(
        &self,
        inspection: &Inspection<'_>,
        call: Call<'_>,
        findings: &mut Vec<Finding>,
    ) -> Vec<(EnvironmentId, EnvironmentName)> {
        let mut found = Vec::new();
        for name in inspection.environments {
            match self.environments(std::slice::from_ref(name), call).await {
                Ok(some) => {
                    findings.push(Finding::Fine(format!("environment '{name}'")));
                    found.extend(some);
                }
                Err(error) => findings.push(Finding::Wrong(error)),
            }
        }
        found
    }

    async fn check_channels(
        &self,
        inspection: &Inspection<'_>,
        project: &ProjectId,
        call: Call<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for name in inspection.channels {
            findings.push(match self.channel(project, Some(name), call).await {
                Ok(_) => Finding::Fine(format!("channel '{name}'")),
                Err(error) => Finding::Wrong(error),
            });
        }
    }

    async fn inspect_tenants(
        &self,
        inspection: &Inspection<'_>,
        project: &ProjectId,
        call: Call<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for name in inspection.tenants {
            let meant = Tenants::Some { names: vec![name.clone()], tags: Vec::new() };
            let needs = Needs { tenants: &meant, ..Needs::of(inspection.project) };
            findings.push(match self.linked_tenant(&needs, project, call).await {
                Ok(()) => Finding::Fine(format!("tenant '{name}'")),
                Err(error) => Finding::Wrong(error),
            });
        }
        for tag in inspection.tags {
            let meant = Tenants::Some { names: Vec::new(), tags: vec![tag.clone()] };
            let needs = Needs { tenants: &meant, ..Needs::of(inspection.project) };
            findings.push(looked_up(
                "tenant tag",
                tag.as_str(),
                self.check_tenants(&needs, project, call).await,
            ));
        }
    }

    /// A tenant that was named, and is linked to the project somewhere.
    async fn linked_tenant(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let listed = self.all_tenants(call).await?;
        for meant in listed.meant(needs.tenants)? {
            if !meant.tenant.project_environments.contains_key(project) {
                return Err(BackendError::Impossible(format!(
                    "tenant '{}' is not linked to project '{}'; link it on the tenant's page",
                    meant.tenant.name, needs.project
                )));
            }
        }
        Ok(())
    }

    async fn inspect_machines_and_freezes(
        &self,
        inspection: &Inspection<'_>,
        call: Call<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for name in inspection.machines {
            let found = self.machines(std::slice::from_ref(name), call).await.map(drop);
            findings.push(looked_up("machine", name.as_str(), found));
        }
        for name in inspection.freezes {
            let found = self.freezes(std::slice::from_ref(name), call).await.map(drop);
            findings.push(looked_up("deployment freeze", name, found));
        }
    }

    /// Steps, packages and prompted variables, as far as the present process tells. What it does not have may be in a
    /// release that was made before; only where releases are created is that a mistake for certain.
    async fn inspect_process(
        &self,
        inspection: &Inspection<'_>,
        project: &ProjectId,
        call: Call<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let doubtful = |finding: Finding| match finding {
            Finding::Wrong(error) if !inspection.creates && !error.is_transient() => Finding::Doubt(format!(
                "{error}; a release that was made before may have it, which is checked before it is deployed"
            )),
            other => other,
        };
        for choice in inspection.packages {
            let needs = Needs {
                packages: std::slice::from_ref(choice),
                new_from: Some(inspection.git),
                ..Needs::of(inspection.project)
            };
            let name = [choice.step.as_deref(), choice.package.as_deref()];
            let name = name.into_iter().flatten().collect::<Vec<_>>().join(":");
            if !name.is_empty() {
                findings.push(looked_up("package", &name, self.check_process(&needs, project, call).await));
            }
        }
        for step in inspection.steps {
            let options =
                DeploymentOptions { skip_steps: vec![step.clone()], ..DeploymentOptions::default() };
            let needs = Needs {
                options: Some(&options),
                new_from: Some(inspection.git),
                ..Needs::of(inspection.project)
            };
            let found = self.check_process(&needs, project, call).await;
            findings.push(doubtful(looked_up("step", step.as_str(), found)));
        }
        if inspection.variables.is_empty() {
            return;
        }
        let prompts = self.prompts(&Needs::of(inspection.project), project, call).await;
        for name in inspection.variables {
            findings.push(match &prompts {
                Ok(Some(known)) => {
                    let found = unknown_variables(known, &[name]).pop().map_or(Ok(()), Err);
                    doubtful(looked_up("prompted variable", name, found))
                }
                Ok(None) => Finding::Doubt(format!(
                    "prompted variable '{name}' was not checked: not all variables of the project can be read \
                     before there is a release"
                )),
                Err(error) => {
                    Finding::Doubt(format!("prompted variable '{name}' was not checked: {error}"))
                }
            });
        }
    }
}

/// What came of looking for a name. What may not be looked up was not checked, and is said to be.
fn looked_up(kind: &str, name: &str, found: Result<(), BackendError>) -> Finding {
    match found {
        Ok(()) => Finding::Fine(format!("{kind} '{name}'")),
        Err(error @ BackendError::Refused { .. }) => {
            Finding::Doubt(format!("{kind} '{name}' was not checked: {error}"))
        }
        Err(error) => Finding::Wrong(error),
    }
}

fn version(root: &Root) -> Finding {
    if root.has_executions_api() {
        Finding::Fine(format!("{} {} answers", root.application, root.version))
    } else {
        let needed = Root::EXECUTIONS_API;
        Finding::Wrong(BackendError::Impossible(format!(
            "the server's version {} is too old: promenade needs {needed} or newer",
            root.version
        )))
    }
}

/// Which of the permissions that the actions need the user has.
fn allowed(
    inspection: &Inspection<'_>,
    permissions: &Permissions,
    space: &SpaceId,
    project: &ProjectId,
    environments: &[(EnvironmentId, EnvironmentName)],
) -> Vec<Finding> {
    let granted = |name: &str, environment: Option<&EnvironmentId>| {
        let grants = permissions.space_permissions.get(name).into_iter().flatten();
        let fits = |it: &api::server::Grant| {
            let none_or = |empty: bool, holds: bool| empty || holds;
            it.space_id.as_ref().is_none_or(|it| it == space)
                && none_or(
                    it.restricted_to_project_ids.is_empty(),
                    it.restricted_to_project_ids.contains(project),
                )
                && environment.is_none_or(|id| {
                    none_or(
                        it.restricted_to_environment_ids.is_empty(),
                        it.restricted_to_environment_ids.contains(id),
                    )
                })
        };
        grants.into_iter().any(fits)
    };
    let say = |name: &str, place: String, has: bool| match has {
        true => Finding::Fine(format!("permission {name}{place}")),
        // A list that is not complete, or a role that is granted otherwise, must not fail a check.
        false => Finding::Doubt(format!(
            "permission {name}{place} was not found among those that the server shows"
        )),
    };
    let mut findings = Vec::new();
    if inspection.creates {
        findings.push(say("ReleaseCreate", String::new(), granted("ReleaseCreate", None)));
    }
    if inspection.deploys {
        for (id, name) in environments {
            findings.push(say(
                "DeploymentCreate",
                format!(" in '{name}'"),
                granted("DeploymentCreate", Some(id)),
            ));
        }
    }
    findings
}
