//! Every JSON example of the API is read as the client reads it, and written as the client writes it.
//!
//! The examples are files, so that the sandbox can be held to the same ones.

use std::path::PathBuf;

use promenade::octopus::channel::Channel;
use promenade::octopus::deployment::{
    CreatedDeployments, DeployTenantedV1, DeployUntenantedV1, DeployV1, Deployment, LegacyDeployment,
};
use promenade::octopus::environment::Environment;
use promenade::octopus::freeze::Freezes;
use promenade::octopus::interruption::{Interruption, InterruptionKind, Submission};
use promenade::octopus::machine::Machine;
use promenade::octopus::preview::{DeploymentTemplate, Preview, PreviewTarget};
use promenade::octopus::process::Process;
use promenade::octopus::progression::{DashboardItem, PhaseProgress, ProjectProgression, ReleaseProgression};
use promenade::octopus::project::{Project, TenantedDeploymentMode};
use promenade::octopus::release::{CreateReleaseV1, CreatedRelease, Defect, MissingPackages, Release};
use promenade::octopus::server::{Root, ServerStatus, User};
use promenade::octopus::space::Space;
use promenade::octopus::task::{Task, TaskState};
use promenade::octopus::task_log::{ActivityStatus, TaskDetails};
use promenade::octopus::template::ReleaseTemplate;
use promenade::octopus::tenant::Tenant;
use promenade::octopus::{
    ApiError, EnvironmentId, FreezeId, InterruptionId, Page, ReleaseId, deployment, interruption, preview,
    read, release,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::space;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/octopus-api")
}

pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap()
}

fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

/// Reads an example in both casings, which must come to the same.
fn example<A: DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str) -> A {
    let pascal = read(text(name).as_bytes()).unwrap();
    let camel: A = read(camel_case(json(name), true).to_string().as_bytes()).unwrap();
    assert_eq!(pascal, camel, "{name} in camelCase");
    pascal
}

/// Objects of which the keys are data.
const MAPS: [&str; 8] = [
    "Arguments",
    "ChannelEnvironments",
    "CustomFields",
    "Deployments",
    "DisplaySettings",
    "ProjectEnvironmentScope",
    "ProjectEnvironments",
    "Values",
];

/// The same document as some versions of the server write it.
fn camel_case(value: Value, names_are_fields: bool) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|it| camel_case(it, true)).collect(),
        Value::Object(fields) => {
            let changed = fields.into_iter().map(|(name, value)| {
                let inner = camel_case(value, !(names_are_fields && MAPS.contains(&name.as_str())));
                let mut letters = name.chars();
                match letters.next() {
                    Some(first) if names_are_fields => {
                        (first.to_lowercase().chain(letters).collect::<String>(), inner)
                    }
                    _ => (name, inner),
                }
            });
            Value::Object(changed.collect())
        }
        other => other,
    }
}

/// What the client writes must be in the example, and what it leaves out must mean nothing there.
fn written(name: &str, body: Option<Value>) {
    let (example, body) = (json(name), body.unwrap());
    let (example, body) = (example.as_object().unwrap(), body.as_object().unwrap());
    for (field, value) in body {
        assert_eq!(example.get(field).unwrap_or(&Value::Bool(false)), value, "{name}: {field}");
    }
    for (field, value) in example {
        let empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::String(text) => ["", "LifecycleDefault", "None"].contains(&text.as_str()),
            _ => false,
        };
        assert!(empty || body.contains_key(field), "{name}: {field} is not written");
    }
}

#[test]
fn no_example_is_forgotten() {
    let source = include_str!("examples.rs");
    let source = format!("{source}{}", include_str!("login.rs"));
    let names = std::fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path());
    let names: Vec<_> = names.map(|it| it.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert!(names.len() > 40, "{} examples", names.len());
    for name in names {
        assert!(source.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn spaces_and_server() {
    let spaces: Page<Space> = example("1.3-spaces");
    assert_eq!((spaces.items[0].id.as_str(), spaces.total_results), ("Spaces-1", Some(1)));
    assert!(spaces.items[0].is_default && !spaces.items[0].task_queue_stopped);
    let root: Root = example("1.4-root");
    assert_eq!(root.version, "2026.2.4711");
    assert!(root.has_executions_api());
    assert!(!example::<ServerStatus>("2.14-server-status").is_in_maintenance_mode);
    assert!(example::<User>("2.14-user").is_service);
}

#[test]
fn collections_and_errors() {
    let page: Page<Deployment> = example("2.1-collection");
    assert!(page.items.is_empty() && page.is_cut());
    let error = ApiError::read(text("2.1-error").as_bytes());
    assert!(error.is_octopus);
    assert_eq!(error.errors, ["Release '1.2.3' already exists for this project."]);
    assert_eq!(error.help, None);
    // Routes that the client does not need are read as envelopes all the same.
    for name in ["2.6-package-versions", "2.14-artifacts"] {
        assert_eq!(read::<Page<Value>>(text(name).as_bytes()).unwrap().items.len(), 1);
    }
    assert_eq!(json("2.4-rule-test")["SatisfiesVersionRange"], true);
    assert_eq!(json("2.4-rule-test-request")["versionRange"], "[2.0,3.0)");
}

#[test]
fn projects_and_where_they_go() {
    let project: Project = example("2.2-project");
    assert_eq!((project.name.as_str(), project.slug.as_str()), ("Web Shop", "web-shop"));
    assert_eq!(project.tenanted_deployment_mode, TenantedDeploymentMode::Untenanted);
    assert!(!project.is_in_git() && !project.is_disabled);
    assert_eq!(project.variable_set_id.unwrap().as_str(), "variableset-Projects-21");

    let environment: Environment = example("2.3-environment");
    assert_eq!((environment.name.as_str(), environment.sort_order), ("Production", 3));
    assert!(environment.use_guided_failure);
    let machine: Machine = example("2.3-machine");
    assert_eq!((machine.name.as_str(), machine.environment_ids[0].as_str()), ("web-01", "Environments-3"));
    let tenants: Page<Tenant> = example("2.3-tenants");
    assert_eq!(tenants.items[0].project_environments.values().next().unwrap()[0].as_str(), "Environments-1");

    let channel: Channel = example("2.4-channel");
    assert_eq!(channel.lifecycle_id, None);
    assert_eq!(channel.rules[0].version_range, "[2.0,3.0)");
    assert_eq!(channel.rules[0].action_packages[0].deployment_action, "Deploy web");
    assert_eq!(channel.custom_field_definitions[0].field_name, "Ticket");
}

#[test]
fn processes_and_templates() {
    let process: Process = example("2.5-process");
    let action = process.actions().next().unwrap();
    assert_eq!((action.name.as_str(), action.packages[0].package_id.as_str()), ("Deploy web", "Shop.Web"));
    let template: ReleaseTemplate = example("2.5-release-template");
    assert_eq!(template.next_version_increment.as_deref(), Some("1.4.7"));
    assert_eq!(template.packages[0].version_selected_last_release.as_deref(), Some("1.4.6"));
    assert!(template.packages[0].is_resolvable && template.packages[0].fixed_version.is_none());
    assert_eq!(template.git_resources[0].default_branch, "main");
}

#[test]
fn releases() {
    let release: Release = example("2.7-release");
    assert_eq!((release.id.as_str(), release.version.as_str()), ("Releases-310", "1.4.7"));
    assert_eq!(release.assembled, Some("2026-05-01T08:01:00Z".parse().unwrap()));
    assert_eq!(release.selected_packages.as_ref().expect("packages")[0].version, "1.4.7");
    assert_eq!(release.version_control_reference.unwrap().git_ref, "refs/heads/main");
    let created: CreatedRelease = example("2.7-create-release-v1");
    assert_eq!(created.release_version, "1.4.7");
    assert_eq!(example::<MissingPackages>("2.7-missing-packages").packages[0].id, "Shop.Web");
    assert!(example::<Page<Defect>>("2.7-defects").items[0].is_unresolved());
    // The older way to create a release is not used: the executions API carries all that it does.
    assert_eq!(json("2.7-create-release-legacy-request")["Version"], "1.4.7");
}

#[test]
fn progressions_and_previews() {
    let progression: ReleaseProgression = example("2.8-release-progression");
    assert_eq!(progression.phases[0].progress, PhaseProgress::Complete);
    assert_eq!(progression.next_deployments[0].as_str(), "Environments-3");
    assert_eq!(progression.deployable().count(), 2);
    let template: DeploymentTemplate = example("2.8-deployment-template");
    assert_eq!(template.promote_to[0].name, "Production");
    assert_eq!(template.tenant_promotions.as_ref().unwrap()[0].promote_to[0].id.as_str(), "Environments-3");
    assert!(template.is_deployment_process_modified && !template.is_variable_set_modified);

    let preview: Preview = example("2.9-preview");
    let step = &preview.steps_to_execute[0];
    assert_eq!((step.action_name.as_str(), step.machines[0].id.as_str()), ("Deploy web", "Machines-9"));
    assert!(step.can_be_skipped && !step.has_no_applicable_machines);
    let element = &preview.form.elements[0];
    assert!(element.is_value_required && element.control.required && !element.control.is_secure);
    assert_eq!(element.control.name, "Approver");
    assert_eq!(preview.form.values[&element.name], "");
    assert_eq!(preview.use_guided_failure_mode_by_default, Some(true));

    let item: DashboardItem = example("2.11-dashboard-item");
    assert_eq!((item.release_version.as_str(), item.state), ("1.4.6", TaskState::Success));
    assert!(item.is_current && item.is_completed && item.tenant_id.is_none());
    let progression: ProjectProgression = example("2.11-project-progression");
    assert_eq!(progression.environments[1].name, "Production");
    let (environment, deployments) = progression.releases[0].deployments.iter().next().unwrap();
    assert_eq!(environment.as_str(), "Environments-2");
    assert_eq!(deployments[0].deployment_id.as_str(), "Deployments-77");
    assert!(!progression.releases[0].has_unresolved_defect);
}

#[test]
fn deployments_and_tasks() {
    let created: CreatedDeployments = example("2.10-deploy-v1");
    assert_eq!(created.deployment_server_tasks[0].server_task_id.as_str(), "ServerTasks-940");
    let deployment: Deployment = example("2.10-deployment");
    assert_eq!(deployment.task_id.as_str(), "ServerTasks-940");
    assert_eq!(deployment.deployed_by_id.unwrap().as_str(), "Users-7");
    assert_eq!(deployment.created, Some("2026-05-01T08:02:00Z".parse().unwrap()));

    let task: Task = example("2.12-task");
    assert_eq!(task.state, TaskState::Executing);
    assert!(!task.is_completed && !task.finished_successfully && task.has_pending_interruptions);
    assert_eq!(task.pending_interruption_types, ["ManualIntervention"]);
    assert_eq!(task.deployment_id().unwrap().as_str(), "Deployments-81");
    assert_eq!(task.start_time, Some("2026-05-01T08:02:01Z".parse().unwrap()));
    assert_eq!(task.completed_time, None);
    assert_eq!(task.estimated_remaining_queue_duration_seconds, Some(0));

    let details: TaskDetails = example("2.12-task-details");
    let step = &details.activity_logs[0].children[0];
    assert_eq!((step.name.as_str(), &step.status), ("Step 1: Deploy web", &ActivityStatus::Success));
    let line = &step.children[0].log_elements[0];
    assert_eq!((line.message_text.as_str(), line.number), ("Extracting package", Some(7)));
    assert_eq!(details.progress.progress_percentage, 40);
}

#[test]
fn interruptions_and_freezes() {
    let interruption: Interruption = example("2.13-interruption");
    assert_eq!(interruption.kind(), InterruptionKind::ManualIntervention);
    assert!(interruption.is_pending && interruption.can_take_responsibility);
    assert_eq!(interruption.choices().collect::<Vec<_>>(), ["Proceed", "Abort"]);
    assert_eq!(interruption.form.elements[0].control.text, "Check the board");
    let freezes: Freezes = example("2.14-freezes");
    assert_eq!(freezes.deployment_freezes[0].name, "Holidays");
    assert!(freezes.deployment_freezes[0].start < freezes.deployment_freezes[0].end);
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&it| it.to_owned()).collect()
}

fn deploy() -> DeployV1 {
    DeployV1 {
        project_name: "web-shop".to_owned(),
        release_version: "1.4.7".to_owned(),
        ..DeployV1::default()
    }
}

#[test]
fn releases_are_written_as_in_the_examples() {
    let body = CreateReleaseV1 {
        project_name: "web-shop".to_owned(),
        release_version: Some("1.4.7".to_owned()),
        channel_name: Some("Default".to_owned()),
        package_version: Some("1.4.7".to_owned()),
        packages: texts(&["Deploy web:1.4.7", "Migrate:scripts:1.4.2"]),
        git_ref: Some("refs/heads/main".to_owned()),
        git_commit: Some("3f1c".to_owned()),
        git_resources: texts(&["Apply manifests:refs/tags/v1.4.7"]),
        release_notes: Some("Build 482".to_owned()),
        custom_fields: [("Ticket".to_owned(), "OPS-11".to_owned())].into(),
        ignore_if_already_exists: true,
        ..CreateReleaseV1::default()
    };
    written("2.7-create-release-v1-request", release::create_v1(&space(), &body).body);
    let id = ReleaseId::new("Releases-310").unwrap();
    written("2.7-release-notes-request", release::set_release_notes(&space(), &id, "Build 482").body);
    let token = Some("token");
    written("2.7-snapshot-variables-request", release::snapshot_variables(&space(), &id, token).body);
    let environment_id = EnvironmentId::new("Environments-3").unwrap();
    let targets = [PreviewTarget { environment_id, tenant_id: None }];
    written("2.9-previews-request", preview::several(&space(), &id, &targets).body);
}

#[test]
fn deployments_are_written_as_in_the_examples() {
    let mut common = deploy();
    common.specific_machine_names = texts(&["web-01"]);
    common.skip_step_names = texts(&["Smoke test"]);
    common.run_at = Some("2026-05-01T20:00:00+00:00".to_owned());
    common.no_run_after = Some("2026-05-01T21:00:00+00:00".to_owned());
    common.variables.insert("Approver", "ann".into());
    let body = DeployUntenantedV1 { environment_names: texts(&["Staging"]), common };
    written(
        "2.10-deploy-untenanted-v1-request",
        deployment::create_untenanted_v1(&space(), &body).body().cloned(),
    );

    let body = DeployTenantedV1 {
        environment_name: "Production".to_owned(),
        tenants: texts(&["Acme"]),
        tenant_tags: texts(&["Region/EU"]),
        common: deploy(),
    };
    written(
        "2.10-deploy-tenanted-v1-request",
        deployment::create_tenanted_v1(&space(), &body).body().cloned(),
    );

    let (release, environment) = (ReleaseId::new("Releases-310"), EnvironmentId::new("Environments-3"));
    let plain = LegacyDeployment::new(release.unwrap(), environment.unwrap());
    let mut body = plain.clone();
    body.comments = Some("Build 482, promoted from Staging".to_owned());
    body.skip_actions = texts(&["3d1e"]);
    body.form_values.insert("0f6c", "ann".into());
    written("2.10-deploy-legacy-request", deployment::create(&space(), &body).body().cloned());

    let freezes = [FreezeId::new("DeploymentFreezes-2").unwrap()];
    let mut body = deployment::create_override(&space(), &plain, &freezes, "hot fix").body().unwrap().clone();
    // The command within is the body above; the example gives only what it must hold.
    let command = body["CreateDeploymentCommand"].as_object_mut().unwrap();
    command.retain(|_, value| *value != Value::Bool(false));
    written("2.10-deploy-override-request", Some(body));
}

#[test]
fn answers_to_people_are_written_as_in_the_examples() {
    let id = InterruptionId::new("Interruptions-12").unwrap();
    let notes = "by build 482".to_owned();
    let proceed = Submission::Intervention { proceed: true, notes: notes.clone() };
    written("2.13-submit-intervention-request", interruption::submit(&space(), &id, &proceed).body);
    let fail = Submission::Guidance { guidance: "Fail".to_owned(), notes };
    written("2.13-submit-guided-failure-request", interruption::submit(&space(), &id, &fail).body);
}
