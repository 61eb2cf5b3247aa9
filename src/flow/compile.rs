//! Compiles a flow for one application into the course of a promotion.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{DeploymentOptions, EnvironmentName, Tenants};

use super::course::{
    Action, Clock, Course, Enter, FrozenOptions, Kind, Member, Node, NodeId, Place, PlaceTenant, Retry, Stop,
    Target, When,
};
use super::definition::{Application, Environment, Flow, OctopusApplication, OctopusEnvironment};
use super::time::Period;

/// How long a promotion may wait at an entry: 7 days.
const ENTRY_LIMIT: Period = Period::from_secs(7 * 24 * 60 * 60);

/// How long the trigger environment may take to show what it has: 10 minutes. A server that does not answer is asked again
/// within that time, by whoever performs the attempt.
const VERIFY_LIMIT: Period = Period::from_secs(10 * 60);

/// What is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The environment that has the release.
    pub trigger: &'a Environment,
    /// The environments to promote to, each with those that must have passed before.
    pub steps: &'a [(&'a Environment, &'a [EnvironmentName])],
    /// The application whose release is promoted.
    pub application: &'a Application,
    /// The time limit of the whole.
    pub limit: Duration,
    /// Whether waiting counts towards that limit, as Codefresh counts it.
    pub every_wait_counts: bool,
    /// Whether environments may be moved to an older release.
    pub allow_backwards: bool,
}

/// Why there is no course.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A flow names an environment that is not defined.
    #[error("the environment {0} is not defined")]
    NoEnvironment(EnvironmentName),
    /// An environment is on the course twice; the trigger environment counts.
    #[error("the environment {0} is on the way twice; the trigger environment is never a step")]
    Twice(EnvironmentName),
    /// Environments wait for one another, so none of them would ever begin.
    #[error("{} wait for one another", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Ring(Vec<EnvironmentName>),
    /// The application is nowhere in that environment.
    #[error(
        "{application} has no place in {environment}: the application, or the environment, has no `octopus`"
    )]
    NoPlace {
        /// The application.
        application: String,
        /// The environment.
        environment: EnvironmentName,
    },
}

/// The course of a flow for one of a product's applications.
///
/// # Errors
///
/// An environment is not defined, or the application has no place in it.
pub fn compile(
    flow: &Flow,
    environments: &BTreeMap<EnvironmentName, Environment>,
    application: &Application,
    allow_backwards: bool,
) -> Result<Course, CompileError> {
    let find = |name: &EnvironmentName| {
        let found = environments.values().find(|it| it.name.is(name.as_str()));
        found.ok_or_else(|| CompileError::NoEnvironment(name.clone()))
    };
    let steps: Vec<_> = flow
        .steps
        .iter()
        .map(|it| Ok((find(&it.environment)?, it.depends_on.as_slice())))
        .collect::<Result<_, _>>()?;
    course(&Source {
        trigger: find(&flow.trigger)?,
        steps: &steps,
        application,
        limit: flow.limit,
        every_wait_counts: flow.every_wait_counts,
        allow_backwards,
    })
}

/// The course of a promotion from one environment through others.
///
/// # Errors
///
/// The application has no place in an environment.
pub fn course(source: &Source<'_>) -> Result<Course, CompileError> {
    check_order(source)?;
    let mut nodes = BTreeMap::new();
    let mut stops = Vec::new();
    trigger(source, &mut nodes, &mut stops)?;
    for (environment, depends_on) in source.steps {
        step(source, environment, depends_on, &mut nodes, &mut stops)?;
    }
    let result = NodeId::new(RESULT);
    let members: Vec<NodeId> = stops.iter().map(|it: &Stop| it.node.clone()).collect();
    nodes.insert(result.clone(), join(members));
    if source.every_wait_counts {
        nodes.values_mut().for_each(|it| it.clock = Clock::Ours);
    }
    Ok(Course { nodes, environments: stops, result, limit: source.limit.into() })
}

/// Whether each environment is on the way once, and each can come to begin: a course that waits for itself never ends.
fn check_order(source: &Source<'_>) -> Result<(), CompileError> {
    for (environment, _) in source.steps {
        let name = &environment.name;
        let of_that_name = source.steps.iter().filter(|(it, _)| it.name.is(name.as_str())).count();
        if of_that_name > 1 || source.trigger.name.is(name.as_str()) {
            return Err(CompileError::Twice(name.clone()));
        }
    }
    let mut left: Vec<_> = source.steps.to_vec();
    while !left.is_empty() {
        // A name that is nowhere on the course is an error of its own.
        let waits = |it: &EnvironmentName| left.iter().any(|(other, _)| other.name.is(it.as_str()));
        let (blocked, free): (Vec<_>, Vec<_>) =
            left.iter().copied().partition(|(_, of)| of.iter().any(waits));
        if free.is_empty() {
            return Err(CompileError::Ring(blocked.iter().map(|(it, _)| it.name.clone()).collect()));
        }
        left = blocked;
    }
    Ok(())
}

/// The name of the node whose end is the promotion's. No environment has it: see [`part`].
const RESULT: &str = "/release";

/// The names of an environment's nodes.
struct Names {
    join: NodeId,
    enter: NodeId,
    act: NodeId,
}

impl Names {
    fn of(environment: &EnvironmentName, application: &Application, act: &str) -> Self {
        let join = part(environment.as_str());
        Self {
            enter: NodeId::new(format!("{join}/enter")),
            act: NodeId::new(format!("{join}/{}/{act}", part(application.name.as_str()))),
            join: NodeId::new(join),
        }
    }
}

/// A name as a part of a node's name, in which `/` stands between parts.
fn part(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

type Nodes = BTreeMap<NodeId, Node>;

/// The trigger environment is never written to: it passes when the release is found there.
fn trigger(source: &Source<'_>, nodes: &mut Nodes, stops: &mut Vec<Stop>) -> Result<(), CompileError> {
    let environment = source.trigger;
    let names = Names::of(&environment.name, source.application, "verify");
    let target = target(source.application, environment)?;
    let verify = Node {
        limit: VERIFY_LIMIT,
        retry: Retry::never(),
        clock: Clock::Ours,
        ..node(Kind::Act(Action::Verify(target)), When::Now, environment)
    };
    nodes.insert(names.act.clone(), verify);
    nodes.insert(names.join.clone(), join(vec![names.act]));
    stops.push(Stop { environment: environment.name.clone(), node: names.join });
    Ok(())
}

/// An environment to promote to: its places are entered, then the release is deployed.
fn step(
    source: &Source<'_>,
    environment: &Environment,
    depends_on: &[EnvironmentName],
    nodes: &mut Nodes,
    stops: &mut Vec<Stop>,
) -> Result<(), CompileError> {
    let names = Names::of(&environment.name, source.application, "deploy");
    let target = target(source.application, environment)?;
    let enter = Kind::Enter(Enter { places: places(&target), until: names.join.clone() });
    let passed = |it: &EnvironmentName| Ok(When::passed(&NodeId::new(part(on_course(source, it)?.as_str()))));
    let after = When::All(depends_on.iter().map(passed).collect::<Result<_, CompileError>>()?);
    let enter = Node { limit: ENTRY_LIMIT, ..node(enter, after, environment) };
    let deploy = Action::Deploy { target, options: Box::new(options(source, environment)) };
    let deploy =
        Node { clock: Clock::Ours, ..node(Kind::Act(deploy), When::passed(&names.enter), environment) };
    nodes.insert(names.join.clone(), join(vec![names.enter.clone(), names.act.clone()]));
    nodes.insert(names.enter, enter);
    nodes.insert(names.act, deploy);
    stops.push(Stop { environment: environment.name.clone(), node: names.join });
    Ok(())
}

/// An environment of this course by the name that its own document has.
fn on_course<'a>(source: &Source<'a>, name: &EnvironmentName) -> Result<&'a EnvironmentName, CompileError> {
    let steps = source.steps.iter().map(|(it, _)| *it);
    let mut all = std::iter::once(source.trigger).chain(steps);
    let found = all.find(|it| it.name.is(name.as_str()));
    found.map(|it| &it.name).ok_or_else(|| CompileError::NoEnvironment(name.clone()))
}

fn node(kind: Kind, after: When, environment: &Environment) -> Node {
    let deploy = &environment.deploy;
    Node {
        kind,
        after,
        limit: deploy.time_limit.into(),
        stop_limit: deploy.stop_limit.into(),
        person_limit: deploy.person_limit.into(),
        retry: Retry {
            tries: deploy.retry.tries.max(1),
            first: deploy.retry.first.into(),
            factor: deploy.retry.factor,
            most: deploy.retry.most.into(),
        },
        cleanup: false,
        clock: Clock::Theirs,
    }
}

/// A join of these nodes, each of which counts, at their end.
fn join(members: Vec<NodeId>) -> Node {
    Node {
        after: When::All(members.iter().map(When::ended).collect()),
        kind: Kind::Join(members.into_iter().map(|node| Member { node, counts: true }).collect()),
        limit: Period::ZERO,
        stop_limit: Period::ZERO,
        person_limit: Period::ZERO,
        retry: Retry::never(),
        cleanup: false,
        clock: Clock::Theirs,
    }
}

/// The target of an application in an environment.
///
/// # Errors
///
/// The application has no place there.
pub fn target(application: &Application, environment: &Environment) -> Result<Target, CompileError> {
    let (Some(of), Some(at)) = (&application.octopus, &environment.octopus) else {
        return Err(CompileError::NoPlace {
            application: application.name.to_string(),
            environment: environment.name.clone(),
        });
    };
    Ok(target_at(application, of, at))
}

fn target_at(application: &Application, of: &OctopusApplication, at: &OctopusEnvironment) -> Target {
    Target {
        application: application.name.clone(),
        connection: at.connection.clone(),
        space: at.space.clone(),
        project: of.project.clone(),
        channel: of.channel.clone(),
        environment: at.environment.clone(),
        tenants: of.tenants.clone(),
    }
}

/// The places of a target: one for each tenant that is named, and one for any where only the server can name them.
fn places(target: &Target) -> BTreeSet<Place> {
    let place = |tenant| Place {
        connection: target.connection.clone(),
        space: target.space.clone(),
        project: target.project.clone(),
        environment: target.environment.clone(),
        tenant,
    };
    match &target.tenants {
        Tenants::Untenanted => BTreeSet::from([place(PlaceTenant::Untenanted)]),
        Tenants::Some { names, tags } if tags.is_empty() && !names.is_empty() => {
            names.iter().map(|it| place(PlaceTenant::One(it.clone()))).collect()
        }
        Tenants::All | Tenants::Some { .. } => BTreeSet::from([place(PlaceTenant::Any)]),
    }
}

fn options(source: &Source<'_>, environment: &Environment) -> FrozenOptions {
    let deploy = &environment.deploy;
    let deployment = DeploymentOptions {
        force_package_download: deploy.force_package_download,
        force_redeployment: deploy.force_redeployment,
        skip_steps: deploy.skip_steps.clone(),
        guided_failure: deploy.guided_failure,
        freeze_override: deploy.freeze_override.clone(),
        notes: deploy.notes.clone(),
        ..DeploymentOptions::default()
    };
    FrozenOptions {
        deployment,
        when_person_needed: deploy.when_person_needed,
        allow_backwards: source.allow_backwards,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Origin;
    use crate::flow::definition::{EnvironmentDeploy, Retry as WrittenRetry, WhenPersonNeeded};
    use crate::flow::engine::{start, wake};
    use crate::flow::time::Time;
    use crate::model::{GuidedFailure, TenantName};

    fn environment(name: &str) -> Environment {
        let second = Duration::from_secs(1);
        Environment {
            name: name.into(),
            order: 0,
            production: false,
            octopus: Some(OctopusEnvironment {
                connection: "default".into(),
                space: None,
                environment: format!("{name} on the server").as_str().into(),
            }),
            deploy: EnvironmentDeploy {
                when_person_needed: WhenPersonNeeded::Wait,
                time_limit: 3600 * second,
                stop_limit: 300 * second,
                person_limit: 604_800 * second,
                retry: WrittenRetry { tries: 1, first: second, factor: 2, most: second },
                guided_failure: GuidedFailure::Default,
                skip_steps: Vec::new(),
                force_package_download: false,
                force_redeployment: false,
                freeze_override: None,
                notes: None,
            },
            origin: Origin::start_of(&"environments.yaml".into()),
        }
    }

    fn application(tenants: Tenants) -> Application {
        let octopus = OctopusApplication { project: "Trio".into(), channel: None, tenants };
        Application { name: "app/1".into(), octopus: Some(octopus) }
    }

    fn compiled(steps: &[(&str, &[&str])], application: &Application) -> Result<Course, CompileError> {
        let trigger = environment("dev");
        let owned: Vec<(Environment, Vec<EnvironmentName>)> = steps
            .iter()
            .map(|(name, after)| (environment(name), after.iter().map(|it| (*it).into()).collect()))
            .collect();
        let steps: Vec<_> = owned.iter().map(|(it, after)| (it, after.as_slice())).collect();
        let limit = Duration::from_secs(300);
        let (every_wait_counts, allow_backwards) = (false, false);
        course(&Source {
            trigger: &trigger,
            steps: &steps,
            application,
            limit,
            every_wait_counts,
            allow_backwards,
        })
    }

    #[test]
    fn an_environment_begins_when_those_that_it_depends_on_have_passed() {
        let app = application(Tenants::Untenanted);
        let course =
            compiled(&[("prod", &["QA", "staging"]), ("qa", &["dev"]), ("staging", &["dev"])], &app).unwrap();
        let rule = |node: &str| course.nodes[&NodeId::new(node)].after.clone();
        let passed = |names: &[&str]| When::All(names.iter().map(|it| When::passed(&(*it).into())).collect());
        assert_eq!(rule("prod/enter"), passed(&["qa", "staging"]), "the list's order has no meaning");
        assert_eq!(rule("qa/enter"), passed(&["dev"]));
        assert_eq!(rule("qa/app%2F1/deploy"), When::passed(&"qa/enter".into()));
        let order: Vec<_> = course.environments.iter().map(|it| it.environment.as_str()).collect();
        assert_eq!(order, ["dev", "prod", "qa", "staging"]);
        let at = Time::from_millis(0);
        let (promotion, _) = start(&course, at);
        assert!(wake(&course, &promotion).is_some());
    }

    #[test]
    fn nothing_but_verify_happens_in_the_trigger_environment() {
        let course = compiled(&[("qa", &["dev"])], &application(Tenants::Untenanted)).unwrap();
        let acts = |of: &str| -> Vec<&Action> {
            let mine = course.nodes.iter().filter(|(id, _)| id.as_str().starts_with(of));
            mine.filter_map(|(_, it)| if let Kind::Act(act) = &it.kind { Some(act) } else { None }).collect()
        };
        assert!(matches!(acts("dev/")[..], [Action::Verify(_)]));
        assert!(matches!(acts("qa/")[..], [Action::Deploy { .. }]));
        assert_eq!(acts("qa/")[0].target().environment.as_str(), "qa on the server");
    }

    #[test]
    fn each_named_tenant_is_a_place_and_tags_are_any() {
        let names = vec![TenantName::new("Acme"), TenantName::new("Beta")];
        let places = |tenants: Tenants| {
            let course = compiled(&[("qa", &["dev"])], &application(tenants)).unwrap();
            let Kind::Enter(enter) = &course.nodes[&NodeId::new("qa/enter")].kind else { panic!() };
            enter.places.iter().map(Place::title).collect::<Vec<_>>()
        };
        assert_eq!(
            places(Tenants::Some { names: names.clone(), tags: vec![] }),
            ["Trio in qa on the server for Acme", "Trio in qa on the server for Beta"]
        );
        let tags = vec![crate::model::TenantTag::new("Ring/1")];
        assert_eq!(places(Tenants::Some { names, tags }), ["Trio in qa on the server for its tenants"]);
        assert_eq!(places(Tenants::Untenanted), ["Trio in qa on the server"]);
    }

    #[test]
    fn what_has_no_place_or_does_not_exist_is_an_error() {
        let app = application(Tenants::Untenanted);
        let error = compiled(&[("qa", &["nowhere"])], &app).unwrap_err();
        assert_eq!(error, CompileError::NoEnvironment("nowhere".into()));
        let homeless = Application { octopus: None, ..app };
        let error = compiled(&[("qa", &["dev"])], &homeless).unwrap_err();
        assert!(error.to_string().contains("app/1 has no place in dev"), "{error}");
    }

    #[test]
    fn an_environment_is_on_the_way_once_and_none_waits_for_itself() {
        let app = application(Tenants::Untenanted);
        for steps in [[("qa", &["dev"][..]), ("QA", &["dev"])], [("qa", &["dev"]), ("Dev", &["qa"])]] {
            assert!(matches!(compiled(&steps, &app), Err(CompileError::Twice(_))), "{steps:?}");
        }
        let error = compiled(&[("qa", &["prod"]), ("prod", &["QA"]), ("eu", &["dev"])], &app).unwrap_err();
        assert_eq!(error, CompileError::Ring(vec!["qa".into(), "prod".into()]));
        assert!(compiled(&[("qa", &["qa"])], &app).is_err());
    }

    #[test]
    fn a_course_is_read_back_as_it_was_written() {
        let course = compiled(&[("qa", &["dev"]), ("prod", &["qa"])], &application(Tenants::All)).unwrap();
        let text = serde_json::to_string(&course).unwrap();
        assert_eq!(serde_json::from_str::<Course>(&text).unwrap(), course);
    }
}
