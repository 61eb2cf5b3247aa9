//! The course that the quick start's flow is compiled to: dev, then qa, then prod.

use std::time::Duration;

use promenade::document::Origin;
use promenade::flow::compile::{Source, course};
use promenade::flow::course::Course;
use promenade::flow::definition::{
    Application, Environment, EnvironmentDeploy, OctopusApplication, OctopusEnvironment, Retry,
    WhenPersonNeeded,
};
use promenade::model::{GuidedFailure, Tenants};

fn environment(name: &str) -> Environment {
    let second = Duration::from_secs(1);
    Environment {
        name: name.into(),
        order: 0,
        production: false,
        octopus: Some(OctopusEnvironment {
            connection: "default".into(),
            space: None,
            environment: name.into(),
        }),
        deploy: EnvironmentDeploy {
            when_person_needed: WhenPersonNeeded::Wait,
            time_limit: 3600 * second,
            stop_limit: 300 * second,
            person_limit: 604_800 * second,
            retry: Retry { tries: 2, first: 5 * second, factor: 2, most: 60 * second },
            guided_failure: GuidedFailure::Default,
            skip_steps: Vec::new(),
            force_package_download: false,
            force_redeployment: false,
            freeze_override: None,
            notes: None,
        },
        origin: Origin::Nowhere,
    }
}

/// The course, one application from environment to environment.
pub(crate) fn quick_start() -> Course {
    let [dev, qa, prod] = ["dev", "qa", "prod"].map(environment);
    let octopus = OctopusApplication { project: "Trio".into(), channel: None, tenants: Tenants::Untenanted };
    let application = Application { name: "trioapp".into(), octopus: Some(octopus) };
    let steps = [(&qa, &["dev".into()][..]), (&prod, &["qa".into()][..])];
    let limit = Duration::from_secs(24 * 60 * 60);
    let (every_wait_counts, allow_backwards) = (false, false);
    let source = Source {
        trigger: &dev,
        steps: &steps,
        application: &application,
        limit,
        every_wait_counts,
        allow_backwards,
    };
    let course = course(&source).expect("the course");
    // One attempt asks again by itself for as long as the server does not answer.
    assert_eq!(course.nodes[&"dev/trioapp/verify".into()].retry.tries, 1);
    course
}
