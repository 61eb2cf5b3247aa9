//! Everything that a place can be told: each report and command about each present attempt, and nonsense.

use promenade::flow::course::{Attempt, Course, Kind, NodeId};
use promenade::flow::input::{Command, Input, Report};

use super::courses::{id, person};
use super::reading::Reading;

/// Every report.
pub(crate) fn reports() -> Vec<Report> {
    let failed = |again| Report::Failed { reason: String::new(), again };
    vec![
        Report::Passed,
        failed(true),
        failed(false),
        Report::Stopped(String::new()),
        Report::Unknown(String::new()),
        Report::Refused(String::new()),
        Report::Suspended(String::new()),
        Report::Resumed,
        Report::Reference("task-1".to_owned()),
        Report::Reference("task-2".to_owned()),
    ]
}

/// Everything that can be said at this place.
pub(crate) fn inputs(course: &Course, reading: &Reading) -> Vec<Input> {
    let mut all = commands(course, reading);
    for (id, node) in &course.nodes {
        let number = reading.nodes[id].number;
        let present = Attempt { node: id.clone(), number };
        if matches!(node.kind, Kind::Act(_)) {
            all.extend(reports().into_iter().map(|it| Input::Report(present.clone(), it)));
        }
        all.extend(about(&present, &node.kind));
        all.extend(nonsense(id, number, &node.kind));
    }
    all
}

fn commands(course: &Course, reading: &Reading) -> Vec<Input> {
    let by = || person("ann");
    let round = reading.round;
    let mut all = vec![
        Command::Stop { by: by(), now: false, reason: None },
        Command::Stop { by: by(), now: true, reason: None },
        Command::Retry { by: by(), round },
        Command::Retry { by: by(), round: round + 1 },
        Command::Retry { by: by(), round: round.wrapping_sub(1) },
        Command::Restart { by: by(), round, environment: "nowhere".into() },
    ];
    for stop in &course.environments {
        let environment = || stop.environment.as_str().to_uppercase().as_str().into();
        all.push(Command::Restart { by: by(), round, environment: environment() });
        all.push(Command::Restart { by: by(), round: round + 1, environment: environment() });
    }
    all.into_iter().map(Input::Command).collect()
}

/// The commands about a node of this kind.
fn about(of: &Attempt, kind: &Kind) -> Vec<Input> {
    let of = || of.clone();
    let reason = String::new;
    let all = match kind {
        Kind::Approval(_) => {
            let approve = |by: &str| Command::Approve { of: of(), by: person(by) };
            let reject = |by: &str| Command::Reject { of: of(), by: person(by), reason: reason() };
            vec![
                approve("bob"),
                approve("BOB"),
                approve("cy"),
                approve("Ann"),
                approve("dora"),
                reject("cy"),
                reject("ann"),
            ]
        }
        Kind::Enter(_) => vec![Command::Grant(of()), Command::Deny { of: of(), reason: reason() }],
        Kind::Act(_) => {
            let settle = |passed| Command::Settle { of: of(), by: person("ann"), passed, reason: reason() };
            vec![settle(true), settle(false)]
        }
        Kind::Soak { .. } | Kind::Join(_) => Vec::new(),
    };
    all.into_iter().map(Input::Command).collect()
}

/// Reports and commands about other attempts, and those for nodes of another kind.
fn nonsense(node: &NodeId, number: u32, kind: &Kind) -> Vec<Input> {
    let wrong = [0, number.wrapping_sub(1), number + 1, u32::MAX].map(|it| (node.clone(), it));
    let nowhere = (id("nowhere"), 1);
    let mut all = Vec::new();
    for (node, number) in wrong.into_iter().filter(|it| it.1 != number).chain([nowhere]) {
        let of = Attempt { node, number };
        all.push(Input::Report(of.clone(), Report::Passed));
        all.push(match kind {
            Kind::Act(_) => Input::Report(of, Report::Failed { reason: String::new(), again: true }),
            Kind::Approval(_) => Input::Command(Command::Approve { of, by: person("bob") }),
            _ => Input::Command(Command::Grant(of)),
        });
    }
    let of = Attempt { node: node.clone(), number };
    match kind {
        Kind::Act(_) => all.push(Input::Command(Command::Grant(of))),
        Kind::Enter(_) => all.push(Input::Command(Command::Approve { of, by: person("bob") })),
        _ => {
            all.push(Input::Report(of.clone(), Report::Passed));
            let by = person("ann");
            all.push(Input::Command(Command::Settle { of, by, passed: true, reason: String::new() }));
        }
    }
    all
}
