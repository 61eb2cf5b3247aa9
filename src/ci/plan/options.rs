//! The settings of an action that runs, as the options that the action takes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::planned::{PlannedAction, PlannedPromotion, PlannedRelease, Work};
use super::planner::Planner;
use crate::actions::{
    Answer, CreateOptions, DeployOptions, GivingUp, IfExists, PersonNeeded, PromoteOptions, VersionChoice,
    Wait, WaitOptions,
};
use crate::document::{Node, Problem, Span, Text};
use crate::model::{
    ActionKind, DeploymentOptions, EnvironmentName, FreezeOverride, GitSource, GuidedFailure, MachineName,
    PromptedValue, ReleaseVersion, Schedule, StepName, Targets, TenantName, TenantTag, Tenants,
};
use crate::settings::lines;
use crate::settings::wire::{self, DeploymentKeys, Running};

impl Planner<'_> {
    /// The action of a section that was checked; `None` only where a problem was found.
    pub(super) fn typed(
        &mut self,
        kind: ActionKind,
        node: &Node,
        prompted: &BTreeMap<String, PromptedValue>,
    ) -> Option<PlannedAction> {
        match kind {
            ActionKind::Create => {
                let wire: wire::Create = self.read(node)?;
                let (fail_build, log) = (wire.fail_build, wire.log);
                let work = Work::Create(self.create(wire, node)?);
                Some(PlannedAction { work, fail_build, log })
            }
            ActionKind::Deploy => self.deploy(node, prompted),
            ActionKind::Promote => self.promote(node, prompted),
        }
    }

    fn deploy(&mut self, node: &Node, prompted: &BTreeMap<String, PromptedValue>) -> Option<PlannedAction> {
        let wire: wire::Deploy = self.read(node)?;
        self.refuse_late(&wire.deployment, &wire.running, node)?;
        let release = match given(&wire.version) {
            Some(version) => PlannedRelease::Exact(version),
            None => self.unnamed_release(),
        };
        let connection = self.settings.connection();
        let mut options = DeployOptions::new(connection.project.clone(), targets(&wire.to)?);
        options.channel = connection.channel.clone();
        options.tenants = tenants(&wire.deployment);
        options.deployment = deployment(wire.deployment, prompted);
        options.time_limit = wire.running.time_limit.0;
        options.wait = wait(&wire.running);
        let work = Work::Deploy(release, options);
        Some(PlannedAction { work, fail_build: wire.running.fail_build, log: wire.running.log })
    }

    fn promote(&mut self, node: &Node, prompted: &BTreeMap<String, PromptedValue>) -> Option<PlannedAction> {
        let wire: wire::Promote = self.read(node)?;
        self.refuse_late(&wire.deployment, &wire.running, node)?;
        let release = match given(&wire.version) {
            Some(version) => PlannedPromotion::Exact(version),
            None if wire.only_this_build => self.own_release(node)?,
            None => PlannedPromotion::LatestSuccessful,
        };
        let connection = self.settings.connection();
        let from = EnvironmentName::new(wire.from.trim());
        let mut options = PromoteOptions::new(connection.project.clone(), from, targets(&wire.to)?);
        options.channel = connection.channel.clone();
        options.tenants = tenants(&wire.deployment);
        options.allow_downgrade = wire.allow_downgrade;
        options.deployment = deployment(wire.deployment, prompted);
        options.time_limit = wire.running.time_limit.0;
        options.wait = wait(&wire.running);
        let work = Work::Promote(release, options);
        Some(PlannedAction { work, fail_build: wire.running.fail_build, log: wire.running.log })
    }

    /// Refuses a schedule whose begin the action would not live to see.
    fn refuse_late(&mut self, keys: &DeploymentKeys, running: &Running, node: &Node) -> Option<()> {
        let Some(run_at) = keys.run_at.filter(|_| running.wait) else { return Some(()) };
        let limit: Duration = running.time_limit.0;
        let ahead = run_at.0.duration_since(self.sources.now());
        if SignedDuration::try_from(limit).is_ok_and(|limit| ahead <= limit) {
            return Some(());
        }
        let message = format!(
            "`run-at` ({}) is later than the action's time limit of {}, so that it would give up before the deployment \
             begins",
            run_at.0,
            Span(limit).words(),
        );
        let origin = &node.get("run-at").unwrap_or(node).origin;
        let remedy = "make `time-limit` reach past it (at most 168h), or do not wait (`wait = false`)";
        self.problems.push(Problem::new(origin, message, remedy));
        None
    }

    fn create(&mut self, wire: wire::Create, node: &Node) -> Option<CreateOptions> {
        let connection = self.settings.connection();
        let version = given(&wire.version).map_or(VersionChoice::ServerDecides, VersionChoice::Exact);
        let mut options = CreateOptions::new(connection.project.clone(), version);
        options.channel = connection.channel.clone();
        options.default_package_version = filled(wire.package_version);
        options.packages = wire.packages.iter().filter_map(|it| lines::package(it).ok()).collect();
        options.if_exists = if wire.skip_if_exists { IfExists::Reuse } else { IfExists::Fail };
        options.notes = match filled(wire.notes_file) {
            Some(path) => Some(self.notes(&path, node)?),
            None => spoken(wire.notes),
        };
        options.git = GitSource {
            git_ref: filled(wire.git_ref),
            commit: filled(wire.git_commit),
            resources: wire.git_resources.iter().map(|it| it.trim().to_owned()).collect(),
        };
        options.ignore_channel_rules = wire.ignore_channel_rules;
        options.custom_fields =
            wire.custom_fields.into_iter().map(|(name, it)| (name.trim().to_owned(), it)).collect();
        options.time_limit = wire.time_limit.0;
        Some(options)
    }

    fn notes(&mut self, path: &str, node: &Node) -> Option<String> {
        let origin = &node.get("notes-file").unwrap_or(node).origin;
        let found = self.problems.len();
        let notes = match self.sources.text(Path::new(path)) {
            Ok(text) => self.notes_for_server(&Text::from_outside(text, false), origin, "create.notes-file"),
            Err(error) => {
                let message = format!("the release notes `{path}` cannot be read: {}", error.message);
                self.problems.push(Problem::new(origin, message, error.remedy));
                return None;
            }
        };
        (self.problems.len() == found).then_some(notes)
    }

    /// The release of a deploy that names none.
    fn unnamed_release(&mut self) -> PlannedRelease {
        match self.created_version() {
            Some(version) => PlannedRelease::ThisBuild(version),
            None => PlannedRelease::LatestOfChannel(self.settings.connection().channel.clone()),
        }
    }

    /// This build's release, for a promotion that takes no other.
    fn own_release(&mut self, node: &Node) -> Option<PlannedPromotion> {
        if let Some(version) = self.created_version() {
            return Some(PlannedPromotion::OnlyThisBuild(version));
        }
        let version = self.scope.event.and_then(|it| it.build.version.clone());
        if version.is_none() {
            let origin = &node.get("only-this-build").unwrap_or(node).origin;
            let message =
                "this build's release is not known: no `create` is configured and the event has no version";
            self.problems.push(Problem::new(
                origin,
                message,
                "add `[create]`, or name the release with `version`",
            ));
        }
        Some(PlannedPromotion::OnlyThisBuild(Some(ReleaseVersion::new(version?))))
    }

    /// The version that the configured create gives its release, also where it does not run on this occasion;
    /// `None` where no create is configured, `Some(None)` where the server chooses.
    fn created_version(&mut self) -> Option<Option<ReleaseVersion>> {
        let create = self.settings.root.get("create")?;
        let version = create.get("version").map(|it| self.resolved(it, "create.version"));
        Some(given(&version.as_ref().and_then(Node::as_text).map(str::to_owned)))
    }
}

/// A name, version or reference, without white space around it, which is never meant.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}

/// People's words, as they are.
fn spoken(text: Option<String>) -> Option<String> {
    text.filter(|it| !it.trim().is_empty())
}

fn given(text: &Option<String>) -> Option<ReleaseVersion> {
    filled(text.clone()).map(ReleaseVersion::new)
}

fn targets(names: &[String]) -> Option<Targets> {
    Targets::all(names.iter().map(|it| EnvironmentName::new(it.trim())))
}

fn tenants(keys: &DeploymentKeys) -> Tenants {
    match (keys.tenants.as_slice(), keys.tenant_tags.as_slice()) {
        ([], []) => Tenants::Untenanted,
        ([all], []) if all.trim() == "*" => Tenants::All,
        (names, tags) => Tenants::Some {
            names: names.iter().map(|it| TenantName::new(it.trim())).collect(),
            tags: tags.iter().map(|it| TenantTag::new(it.trim())).collect(),
        },
    }
}

fn deployment(keys: DeploymentKeys, prompted: &BTreeMap<String, PromptedValue>) -> DeploymentOptions {
    let mut options = DeploymentOptions::default();
    let machines = |names: Vec<String>| names.into_iter().map(|it| MachineName::new(it.trim())).collect();
    options.force_package_download = keys.force_package_download;
    options.force_redeployment = keys.force_redeployment;
    options.machines = machines(keys.machines);
    options.excluded_machines = machines(keys.excluded_machines);
    options.skip_steps = keys.skip_steps.into_iter().map(|it| StepName::new(it.trim())).collect();
    options.guided_failure = match keys.guided_failure {
        wire::Guided::Default => GuidedFailure::Default,
        wire::Guided::On => GuidedFailure::On,
        wire::Guided::Off => GuidedFailure::Off,
    };
    options.variables = prompted.clone();
    options.schedule =
        keys.run_at.map(|it| Schedule { run_at: it.0, no_run_after: keys.no_run_after.map(|it| it.0) });
    options.freeze_override = keys.freeze_override.map(|it| FreezeOverride {
        freezes: it.freezes.iter().map(|it| it.trim().to_owned()).collect(),
        reason: it.reason.trim().to_owned(),
    });
    options.notes = spoken(keys.notes);
    options.refresh_variables = keys.refresh_variables;
    options.again = keys.again;
    options
}

fn wait(running: &Running) -> Wait {
    if !running.wait {
        return Wait::No;
    }
    let giving_up = |it| match it {
        wire::GivingUp::Leave => GivingUp::Leave,
        wire::GivingUp::Cancel => GivingUp::Cancel,
    };
    let when_person_needed = match running.when_person_needed {
        wire::Person::Wait => PersonNeeded::Wait,
        wire::Person::Fail => PersonNeeded::Fail,
        wire::Person::Proceed => PersonNeeded::Answer(Answer::Proceed),
        wire::Person::Abort => PersonNeeded::Answer(Answer::Abort),
        wire::Person::FailStep => PersonNeeded::Answer(Answer::Fail),
        wire::Person::Retry => PersonNeeded::Answer(Answer::Retry),
        wire::Person::Ignore => PersonNeeded::Answer(Answer::Ignore),
        wire::Person::Exclude => PersonNeeded::Answer(Answer::Exclude),
    };
    Wait::ForResults(WaitOptions {
        on_timeout: giving_up(running.on_timeout),
        on_interrupt: giving_up(running.on_interrupt),
        when_person_needed,
        log: running.log,
    })
}
