//! `handle`, `plan`, and the actions one by one.

use std::path::Path;
use std::sync::Arc;

use promenade::actions::Stop;
use promenade::backend::Backend;
use promenade::ci::inputs::{Asked, DEFAULT_FILE, Written};
use promenade::ci::report::{Line, Tone};
use promenade::ci::result::{ReportedProblem, RunResult, RunVerdict};
use promenade::ci::run::{Run, Said, run};
use promenade::ci::servers::{EventError, Recognised, Unreachable};
use promenade::ci::{Decision, Occasion, Plan, Sources, report};
use promenade::document::{Origin, Problems};
use promenade::event::BuildEvent;
use promenade::settings::{Document, Settings};

use super::connect;
use super::input::{self, Environment, Reader};
use super::output::Output;
use super::recognise;
use super::signals::stop_on_signals;

/// Why nothing was begun.
pub(crate) enum Unready {
    /// Something is wrong with a text that a person wrote.
    Problems(Vec<Problems>),
    /// Something else is wrong, in words.
    Words(String),
}

impl From<Problems> for Unready {
    fn from(problems: Problems) -> Self {
        Self::Problems(vec![problems])
    }
}

impl From<String> for Unready {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

/// `promenade handle`, `create`, `deploy` or `promote`.
pub(crate) async fn act(asked: &Asked, environment: &Environment, output: &Arc<Output>) -> u8 {
    let ready = ready(asked, environment, output);
    carry_out(ready, asked, environment, output).await
}

/// What a plan does not know, since it asks no server.
const UNCHECKED: &str = "plan: not checked, since nothing was asked: whether the names exist on the server, which \
                         `promenade check` looks up, and whether the lifecycle lets a release through";

/// `promenade plan`.
pub(crate) fn plan(asked: &Asked, environment: &Environment, output: &Arc<Output>) -> u8 {
    let ready = match ready(asked, environment, output) {
        Ok(ready) => ready,
        Err(unready) => return refuse(&unready, output),
    };
    let mut result = RunResult {
        verdict: RunVerdict::Passed,
        exit_code: 0,
        warnings: Vec::new(),
        problems: Vec::new(),
        actions: Vec::new(),
    };
    for planned in &ready.plan.actions {
        match &planned.decision {
            Decision::Run(_) => output.lines(&report::would_run(planned.kind, &planned.title)),
            Decision::Skip(reason) => {
                output.lines(&report::skipped(planned.kind, &planned.title, &reason.to_string()));
            }
        }
        result.actions.push(report::planned(planned));
    }
    output.lines(&[report::Line::new(report::Tone::Plain, UNCHECKED)]);
    output.result(result);
    0
}

/// Settings that were understood, and what they mean on this occasion.
pub(crate) struct Ready {
    pub(crate) settings: Settings,
    pub(crate) plan: Plan,
    pub(crate) event: Option<BuildEvent>,
}

/// Reads settings and event, and makes the plan. Everything that is wrong is told before anything is done.
pub(crate) fn ready(
    asked: &Asked,
    environment: &Environment,
    output: &Arc<Output>,
) -> Result<Ready, Unready> {
    recognise::speak(&asked.overrides, environment, output);
    let settings = settings(asked, environment, output);
    let event = event(asked, || {
        let found = recognise::recognised(&asked.overrides, environment)?;
        let unreadable = recognise::unreadable(&found, environment);
        Ok((found, unreadable))
    });
    // A mistake in the settings does not hide one in the event.
    let (settings, event) = match (settings, event) {
        (Ok(settings), Ok(event)) => (settings, event),
        (Err(Unready::Problems(mut one)), Err(Unready::Problems(other))) => {
            one.extend(other);
            return Err(Unready::Problems(one));
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let event = event.of(asked, &settings)?;
    hide_named(&settings, environment, output);
    let plan = planned(asked, &settings, event.as_ref(), environment, output);
    if output.too_short() > 0 {
        output.error("warning: a secret is shorter than 4 characters and cannot be kept out of the log");
    }
    let plan = plan?;
    for warning in &plan.warnings {
        output.error(&format!("warning: {warning}"));
    }
    Ok(Ready { plan, settings, event })
}

/// Reads the settings.
pub(crate) fn settings(
    asked: &Asked,
    environment: &Environment,
    output: &Output,
) -> Result<Settings, Unready> {
    let document = document(asked, output)?;
    Ok(Settings::load_where(&document, environment.variables(), environment.unreadable())?)
}

/// What the settings mean on this occasion. No text of a plan holds a secret that the output hides by now.
fn planned(
    asked: &Asked,
    settings: &Settings,
    event: Option<&BuildEvent>,
    environment: &Environment,
    output: &Output,
) -> Result<Plan, Unready> {
    let reader = Reader::new(environment).redacting(output);
    let occasion = match (&asked.action, event) {
        (Some((kind, _)), event) => Occasion::Command(*kind, event),
        (None, Some(event)) => Occasion::Event(event),
        (None, None) => return Err(Unready::Words("there is no build event".to_owned())),
    };
    let plan = settings.plan(occasion, environment.variables(), &reader);
    output.hide(reader.secrets());
    Ok(plan?)
}

/// Hides every secret that settings name and that can be read, whether this run needs it or not. What a command would
/// print is not known before it is needed.
pub(crate) fn hide_named(settings: &Settings, environment: &Environment, output: &Output) {
    let reader = Reader::new(environment);
    // Whoever needs one that cannot be read says so.
    output.hide(settings.secret_sources().iter().filter_map(|it| reader.secret(it).ok()));
}

fn document(asked: &Asked, output: &Output) -> Result<Document, Unready> {
    let file = match &asked.settings {
        Written::DefaultFile => {
            let bytes = input::bytes_if_there(Path::new(DEFAULT_FILE))?.ok_or_else(|| {
                format!(
                    "no settings are named, and the working folder has no {DEFAULT_FILE}; name their file with `--config`, or \
                     with the input `config`"
                )
            })?;
            default_file(&bytes, output)?
        }
        Written::DefaultFileIfThere => match input::bytes_if_there(Path::new(DEFAULT_FILE))? {
            Some(bytes) => default_file(&bytes, output)?,
            None => Document::empty(),
        },
        Written::File(path) => Document::parse(&input::bytes(path)?, &name(path))?,
        Written::Inline { name, text } => Document::parse(text.as_bytes(), name)?,
        Written::Nowhere => Document::empty(),
    };
    let whole = file.overlay(Document::from_flags(&asked.given, asked.expressions)?);
    Ok(asked.action.iter().fold(whole, |whole, (kind, origin)| whole.with_section(*kind, origin)))
}

fn default_file(bytes: &[u8], output: &Output) -> Result<Document, Problems> {
    let text = format!("promenade: the settings are those of {DEFAULT_FILE} in the working folder");
    output.lines(&[Line::new(Tone::Plain, text)]);
    Document::parse(bytes, DEFAULT_FILE)
}

/// Where a build event comes from.
enum Event {
    Nowhere,
    Document(Box<BuildEvent>),
    Environment(Recognised),
}

impl Event {
    /// The event. Where a step of a server raises it, no action may wait for what such a step never says; an action
    /// that was asked for by itself waits for nothing.
    fn of(self, asked: &Asked, settings: &Settings) -> Result<Option<BuildEvent>, Unready> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Document(event) => Ok(Some(*event)),
            Self::Environment(found) if asked.action.is_some() => Ok(found.event().ok()),
            Self::Environment(found) => found.event_for(settings).map(Some).map_err(|error| match error {
                Unreachable::Event(error) => error.to_string().into(),
                Unreachable::Settings(problems) => problems.into(),
            }),
        }
    }
}

fn event(
    asked: &Asked,
    environment: impl FnOnce() -> Result<(Recognised, Option<String>), EventError>,
) -> Result<Event, Unready> {
    match asked.event.as_deref() {
        Some("-") => {
            return Ok(Event::Document(Box::new(BuildEvent::parse(
                &input::standard_input()?,
                "standard input",
            )?)));
        }
        Some(path) => {
            let path = Path::new(path);
            return Ok(Event::Document(Box::new(BuildEvent::parse(&input::bytes(path)?, &name(path))?)));
        }
        None => {}
    }
    match environment() {
        Ok((found, None)) => Ok(Event::Environment(found)),
        Ok((_, Some(unreadable))) => Err(unreadable.into()),
        // An action by itself needs no event: it was asked for.
        Err(EventError::NoServer) if asked.action.is_some() => Ok(Event::Nowhere),
        Err(error) => Err(error.to_string().into()),
    }
}

/// What a file is called where it begins a line, which some names would make a CI server's command of.
fn name(path: &Path) -> String {
    let plain = |it: &str| it.starts_with(|it: char| it.is_alphanumeric() || "./\\_~".contains(it));
    let name = path.display().to_string();
    if plain(&name) { name } else { format!("./{name}") }
}

async fn carry_out(
    ready: Result<Ready, Unready>,
    asked: &Asked,
    environment: &Environment,
    output: &Arc<Output>,
) -> u8 {
    let mut ready = match ready {
        Ok(ready) => ready,
        Err(unready) => return refuse_run(&unready, None, output),
    };
    let nothing_runs = !ready.plan.actions.iter().any(|it| matches!(it.decision, Decision::Run(_)));
    let hidden = output.hidden().len();
    let backend = match connect::backend(ready.settings.connection(), environment, output) {
        Ok(backend) => backend,
        // Credentials that an event needs for nothing are not asked for.
        Err(words) if !nothing_runs => {
            return refuse_run(&Unready::Words(words), Some(&ready.settings), output);
        }
        Err(_) => return skip_all(&ready, output),
    };
    // What a command prints is known only now, and stands in no text that leaves either.
    if output.hidden().len() > hidden {
        ready.plan = match planned(asked, &ready.settings, ready.event.as_ref(), environment, output) {
            Ok(plan) => {
                let new = plan.warnings.iter().filter(|it| !ready.plan.warnings.contains(it));
                new.for_each(|it| output.error(&format!("warning: {it}")));
                plan
            }
            Err(unready) => return refuse_run(&unready, Some(&ready.settings), output),
        };
    }
    if ready.settings.register_secrets() {
        output.register_secrets();
    }
    let stop = stop_on_signals(RunVerdict::Undecided.exit_code());
    let result = run_plan(&ready, &backend, &stop, output).await;
    let code = result.exit_code;
    output.leave(&result, Some(&ready.settings));
    output.result(result);
    code
}

/// Carries out a plan, and tells it.
pub(crate) async fn run_plan(
    ready: &Ready,
    backend: &Backend,
    stop: &Stop,
    output: &Arc<Output>,
) -> RunResult {
    let build = ready.event.as_ref().map(|it| it.build.identity());
    let say = |said: Said<'_>| match said {
        Said::Opens(group) => output.open(group),
        Said::Closes(group) => output.close(group),
        Said::Lines(lines) => output.lines(lines),
        Said::Notice(notice) => {
            output.draw(notice);
            output.progress(notice);
        }
    };
    let run_with = Run {
        backend,
        project: &ready.settings.connection().project,
        build: build.as_ref(),
        stop,
        warnings_exit: ready.settings.warnings_exit(),
        say: &say,
    };
    let result = run(&ready.plan, run_with).await;
    output.end_drawing();
    result
}

fn skip_all(ready: &Ready, output: &Output) -> u8 {
    let mut result = RunResult {
        verdict: RunVerdict::Passed,
        exit_code: 0,
        warnings: Vec::new(),
        problems: Vec::new(),
        actions: Vec::new(),
    };
    for planned in &ready.plan.actions {
        if let Decision::Skip(reason) = &planned.decision {
            output.lines(&report::skipped(planned.kind, &planned.title, &reason.to_string()));
        }
        result.actions.push(report::planned(planned));
    }
    output.lines(&report::verdict(result.verdict, false, 0));
    output.leave(&result, Some(&ready.settings));
    output.result(result);
    0
}

/// Says what is wrong; nothing was begun.
pub(crate) fn refuse(unready: &Unready, output: &Output) -> u8 {
    let result = refusal(unready, output);
    let code = result.exit_code;
    output.result(result);
    code
}

/// The same for a run, of which the CI server expects to be left something.
fn refuse_run(unready: &Unready, settings: Option<&Settings>, output: &Output) -> u8 {
    let result = refusal(unready, output);
    let code = result.exit_code;
    output.leave(&result, settings);
    output.result(result);
    code
}

fn refusal(unready: &Unready, output: &Output) -> RunResult {
    let problems = match unready {
        Unready::Problems(several) => {
            for problems in several {
                output.problems(problems);
            }
            several.iter().flat_map(|problems| problems.iter().map(reported)).collect()
        }
        Unready::Words(words) => {
            output.refusal(words);
            let (message, remedy) = words.rsplit_once("; ").unwrap_or((words, ""));
            let (message, remedy) = (message.to_owned(), remedy.to_owned());
            vec![ReportedProblem { source: None, line: None, column: None, message, remedy }]
        }
    };
    let result = not_begun(problems);
    output.lines(&report::verdict(result.verdict, false, result.exit_code));
    result
}

/// The result of a run that was not begun, since something is wrong with what people wrote.
pub(crate) fn not_begun(problems: Vec<ReportedProblem>) -> RunResult {
    let verdict = RunVerdict::BadSettings;
    let exit_code = verdict.exit_code();
    RunResult { verdict, exit_code, warnings: Vec::new(), problems, actions: Vec::new() }
}

fn reported(problem: &promenade::document::Problem) -> ReportedProblem {
    let (source, line, column) = match &problem.origin {
        Origin::File { file, line, column } => (Some(file.to_string()), Some(*line), Some(*column)),
        Origin::Flag(name) | Origin::Environment(name) => (Some(name.clone()), None, None),
        Origin::Nowhere => (None, None, None),
    };
    ReportedProblem { source, line, column, message: problem.message.clone(), remedy: problem.remedy.clone() }
}
