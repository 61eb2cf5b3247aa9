//! Checks what can be known without changing anything: reachability, credential, names, permissions.

use crate::backend::{BackendError, Context};
use crate::model::{DeploymentOptions, EnvironmentName, Tenants};
use crate::octopus::project::Project;
use crate::octopus::server::{Root, User};
use crate::octopus::{self as api, EnvironmentId, ProjectId, SpaceId};

use super::Octopus;
use super::finding::{Finding, Inspection};
use super::needs::Needs;
use super::permissions::Grants;
use super::process::unknown_variables;

impl Octopus {
    /// Looks up what the settings name. Sends questions only.
    pub async fn check(&self, inspection: &Inspection<'_>, context: Context<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (user, space, project) = match self.check_access(inspection, context, &mut findings).await {
            Ok(found) => found,
            // Whatever else is asked would meet the same trouble.
            Err(error) => {
                findings.push(Finding::Invalid(error));
                return findings;
            }
        };
        let environments = self.check_environments(inspection, context, &mut findings).await;
        self.check_channels(inspection, &project.id, context, &mut findings).await;
        self.inspect_tenants(inspection, &project.id, context, &mut findings).await;
        self.inspect_machines_and_freezes(inspection, context, &mut findings).await;
        self.inspect_process(inspection, &project.id, context, &mut findings).await;
        match self.look("reading permissions", &api::server::permissions(&space, &user.id), context).await {
            Ok(permissions) => {
                let grants = Grants { permissions: &permissions, space: &space, project: &project.id };
                findings.extend(allowed(inspection, &grants, &environments));
            }
            Err(_) => {
                findings.push(Finding::Doubt("the credential may not read its own permissions".to_owned()))
            }
        }
        findings
    }

    /// What every other question needs: the server, the user, the space and the project, in this order.
    ///
    /// # Errors
    ///
    /// The first of them that cannot be had.
    async fn check_access(
        &self,
        inspection: &Inspection<'_>,
        context: Context<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(User, SpaceId, Project), BackendError> {
        findings.push(version(&self.look("reaching the server", &api::server::root(), context).await?));
        let user = self.look("logging in", &api::server::me(), context).await?;
        findings.push(Finding::Fine(format!("logged in as {} ({})", user.username, user.id)));
        let space = self.space(context).await?;
        findings.push(Finding::Fine(format!("space {space}")));
        let project = self.project(inspection.project, context).await?;
        findings.push(if project.is_disabled {
            Finding::Doubt(format!(
                "project '{}' is disabled: the server refuses releases and deployments",
                project.name
            ))
        } else {
            Finding::Fine(format!("project '{}' ({})", project.name, project.id))
        });
        Ok((user, space, project))
    }

    async fn check_environments(
        &self,
        inspection: &Inspection<'_>,
        context: Context<'_>,
        findings: &mut Vec<Finding>,
    ) -> Vec<(EnvironmentId, EnvironmentName)> {
        let mut found = Vec::new();
        for name in inspection.environments {
            match self.environments(std::slice::from_ref(name), context).await {
                Ok(some) => {
                    findings.push(Finding::Fine(format!("environment '{name}'")));
                    found.extend(some);
                }
                Err(error) => findings.push(Finding::Invalid(error)),
            }
        }
        found
    }

    async fn check_channels(
        &self,
        inspection: &Inspection<'_>,
        project: &ProjectId,
        context: Context<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for name in inspection.channels {
            findings.push(match self.channel(project, Some(name), context).await {
                Ok(_) => Finding::Fine(format!("channel '{name}'")),
                Err(error) => Finding::Invalid(error),
            });
        }
    }

    async fn inspect_tenants(
        &self,
        inspection: &Inspection<'_>,
        project: &ProjectId,
        context: Context<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for name in inspection.tenants {
            let meant = Tenants::Some { names: vec![name.clone()], tags: Vec::new() };
            let needs = Needs { tenants: &meant, ..Needs::of(inspection.project) };
            findings.push(match self.linked_tenant(&needs, project, context).await {
                Ok(()) => Finding::Fine(format!("tenant '{name}'")),
                Err(error) => Finding::Invalid(error),
            });
        }
        for tag in inspection.tags {
            let meant = Tenants::Some { names: Vec::new(), tags: vec![tag.clone()] };
            let needs = Needs { tenants: &meant, ..Needs::of(inspection.project) };
            findings.push(Finding::of(
                "tenant tag",
                tag.as_str(),
                self.check_tenants(&needs, project, context).await,
            ));
        }
    }

    /// A tenant that was named, and is linked to the project somewhere.
    async fn linked_tenant(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let listed = self.all_tenants(context).await?;
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
        context: Context<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for name in inspection.machines {
            let found = self.machines(std::slice::from_ref(name), context).await.map(drop);
            findings.push(Finding::of("machine", name.as_str(), found));
        }
        for name in inspection.freezes {
            let found = self.freezes(std::slice::from_ref(name), context).await.map(drop);
            findings.push(Finding::of("deployment freeze", name, found));
        }
    }

    /// Steps, packages and prompted variables, compared with the present process. One that it lacks may be in a release
    /// that was made before; it is certainly a mistake only where releases are created.
    async fn inspect_process(
        &self,
        inspection: &Inspection<'_>,
        project: &ProjectId,
        context: Context<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for choice in inspection.packages {
            let needs = Needs {
                packages: std::slice::from_ref(choice),
                new_from: Some(inspection.git),
                ..Needs::of(inspection.project)
            };
            let name = [choice.step.as_deref(), choice.package.as_deref()];
            let name = name.into_iter().flatten().collect::<Vec<_>>().join(":");
            if !name.is_empty() {
                findings.push(Finding::of(
                    "package",
                    &name,
                    self.check_process(&needs, project, context).await,
                ));
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
            let found = self.check_process(&needs, project, context).await;
            findings.push(doubtful(inspection, Finding::of("step", step.as_str(), found)));
        }
        if inspection.variables.is_empty() {
            return;
        }
        let prompts = self.prompts(&Needs::of(inspection.project), project, context).await;
        for name in inspection.variables {
            findings.push(match &prompts {
                Ok(Some(known)) => {
                    let found = unknown_variables(known, &[name]).pop().map_or(Ok(()), Err);
                    doubtful(inspection, Finding::of("prompted variable", name, found))
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

/// What the present process lacks is in doubt where nothing is created: the release may have it.
fn doubtful(inspection: &Inspection<'_>, finding: Finding) -> Finding {
    match finding {
        Finding::Invalid(error) if !inspection.creates && !error.is_transient() => Finding::Doubt(format!(
            "{error}; a release that was made before may have it, which is checked before it is deployed"
        )),
        other => other,
    }
}

fn version(root: &Root) -> Finding {
    if root.has_executions_api() {
        Finding::Fine(format!("{} {} answers", root.application, root.version))
    } else {
        let needed = Root::EXECUTIONS_API;
        Finding::Invalid(BackendError::Impossible(format!(
            "the server's version {} is too old: promenade needs {needed} or newer",
            root.version
        )))
    }
}

/// Which of the permissions that the actions need the user has.
fn allowed(
    inspection: &Inspection<'_>,
    grants: &Grants<'_>,
    environments: &[(EnvironmentId, EnvironmentName)],
) -> Vec<Finding> {
    let finding = |name: &str, environment: Option<&(EnvironmentId, EnvironmentName)>| {
        let place = environment.map(|(_, name)| format!(" in '{name}'")).unwrap_or_default();
        if grants.allow(name, environment.map(|(id, _)| id)) {
            return Finding::Fine(format!("permission {name}{place}"));
        }
        // A list that is not complete, or a role that is granted otherwise, must not fail a check.
        Finding::Doubt(format!("permission {name}{place} was not found among those that the server shows"))
    };
    let mut findings = Vec::new();
    if inspection.creates {
        findings.push(finding("ReleaseCreate", None));
    }
    if inspection.deploys {
        findings.extend(environments.iter().map(|it| finding("DeploymentCreate", Some(it))));
    }
    findings
}
