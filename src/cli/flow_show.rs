//! `promenade flow show`: the picture of a promotion flow.

use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use promenade::ci::names::unknown;
use promenade::ci::report;
use promenade::ci::report::flows::FlowsResult;
use promenade::ci::report::result::RunVerdict;
use promenade::ci::servers::Overrides;
use promenade::flow::definition::{Checked, Flow};
use promenade::flow::graph::graph_of;
use promenade::flow::picture::{Screen, layout, mermaid, svg, terminal};
use promenade::model::FlowName;

use super::output::Output;
use super::process::Process;
use super::refusal::{Refusal, Unready, refuse};
use super::{promotions, recognise};

/// The width of a picture where it goes to a file.
const WIDTH: usize = 120;

/// The formats of a picture.
const FORMATS: [&str; 3] = ["terminal", "svg", "mermaid"];

/// The command; `folder` are the arguments that say where the definitions are.
pub(crate) fn command(folder: [Arg; 2]) -> Command {
    Command::new("show")
        .about("Draws a promotion flow: on the terminal, as SVG, or for Mermaid")
        .arg(Arg::new("flow").value_name("NAME").required(true).help("The flow"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(FORMATS))
                .default_value(FORMATS[0])
                .help("The format of the picture"),
        )
        .args(folder)
}

/// Draws the flow.
pub(crate) fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    recognise::speak(&Overrides::default(), process, output);
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let drawn = promotions::definitions(matches, process).and_then(|checked| {
        let flow = flow(&checked, text("flow"))?;
        draw(flow, text("format"), output);
        Ok(FlowsResult::of(&checked).only(&flow.name))
    });
    let result = match drawn {
        Ok(result) => result,
        Err(unready) => return refuse(&unready, output),
    };
    let code = RunVerdict::Passed.exit_code();
    // The other formats go to files, in which a line about the command has no place.
    if text("format") == FORMATS[0] {
        output.lines(&report::verdict(RunVerdict::Passed, false, code));
    }
    output.flows(result);
    code
}

fn flow<'a>(checked: &'a Checked, name: &str) -> Result<&'a Flow, Unready> {
    let flows = &checked.definitions.flows;
    let known: Vec<&str> = flows.keys().map(FlowName::as_str).collect();
    let found = flows.values().find(|it| it.name.as_str() == name);
    found.ok_or_else(|| Refusal::from(unknown("flow", name, &known)).into())
}

fn draw(flow: &Flow, format: &str, output: &Output) {
    let graph = graph_of(flow);
    let picture = match format {
        "svg" => svg(&layout(&graph), &graph),
        "mermaid" => mermaid(&graph),
        _ => {
            let screen = Screen { width: Some(WIDTH), colour: false, unicode: true };
            terminal(&layout(&graph), &graph, &screen)
        }
    };
    picture.lines().for_each(|it| output.say(it));
}
