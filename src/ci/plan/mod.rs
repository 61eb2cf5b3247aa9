//! Which of the configured actions a build event starts, with what, and why the others do not run.
//!
//! A plan is made before anything is done, so that whatever is wrong with an action is reported before the first one
//! runs.

mod decide;
mod options;
mod outgoing;
mod planned;
mod planner;
mod skip;
mod ties;
mod variables;

use std::collections::BTreeMap;

use crate::document::{Node, Problems, Texts, validate};
use crate::event::expression::{Missing, Scope};
use crate::model::{ActionKind, PromptedValue};
use crate::settings::{Settings, section, section_schema, settings_schema};

use super::sources::Sources;
use decide::DecidedAction;
use planner::Planner;

pub use decide::Occasion;
pub use planned::{
    Decision, EarlierCreate, Plan, Planned, PlannedAction, PlannedPromotion, PlannedRelease, Work,
};
pub use skip::SkipReason;
pub(crate) use ties::{feeds_in_words, ties};

/// Decides for each configured action whether it runs, and with what.
///
/// # Errors
/// Everything that is wrong with the actions that would run, and with what decides whether they do.
pub fn plan(
    settings: &Settings,
    occasion: Occasion<'_>,
    environment: &BTreeMap<String, String>,
    sources: &dyn Sources,
) -> Result<Plan, Problems> {
    let event = match occasion {
        Occasion::Event(event) => Some(event),
        Occasion::Command(_, event) => event,
    };
    let scope = Scope { event, environment, missing: Missing::IsAnError, run: sources };
    let (problems, warnings) = (Vec::new(), Vec::new());
    let mut planner = Planner { settings, schema: settings_schema(), scope, sources, problems, warnings };
    let decided = planner.decide(occasion);
    let plan = planner.plan(decided);
    Problems::or(planner.problems, plan)
}

impl Planner<'_> {
    /// The plan of what was decided.
    fn plan(&mut self, decided: Vec<DecidedAction<'_>>) -> Plan {
        let runs = decided.iter().any(DecidedAction::runs);
        if runs {
            self.refuse_secret_names();
        }
        let prompts = decided.iter().any(|it| it.runs() && it.kind != ActionKind::Create);
        let prompted = if prompts { self.variables("prompted-variables") } else { BTreeMap::new() };
        let edited = if runs { self.variables("edit-project-variables") } else { BTreeMap::new() };
        let (mut actions, mut earlier_create) = (Vec::new(), None);
        for DecidedAction { kind, node, reason } in decided {
            let title = title(kind, node);
            let planned = match reason {
                Some(reason) => {
                    if runs && kind == ActionKind::Create {
                        earlier_create = Some(self.earlier_create(node));
                    }
                    Some(Planned { kind, title, decision: Decision::Skip(reason) })
                }
                None => self.action(kind, node, &prompted),
            };
            actions.extend(planned);
        }
        if self.problems.is_empty() {
            ties::check(&actions, &self.settings.root, &mut self.problems);
        }
        Plan {
            actions,
            earlier_create,
            edit_project_variables: edited,
            warnings: std::mem::take(&mut self.warnings),
        }
    }

    /// A create that runs on another occasion. What is wrong with it on this one is no problem of the actions that run.
    fn earlier_create(&mut self, node: &Node) -> EarlierCreate {
        let reuse = node.get("skip-if-exists").is_some_and(|it| it.to_json() == true);
        let (problems, warnings) = (std::mem::take(&mut self.problems), self.warnings.len());
        // Its notes are not compared, and their file may be gone.
        let node = node.without(&["notes", "notes-file", "when"]);
        let planned = self.action(ActionKind::Create, &node, &BTreeMap::new());
        self.warnings.truncate(warnings);
        let own = std::mem::replace(&mut self.problems, problems);
        let options = match planned.map(|it| it.decision) {
            Some(Decision::Run(action)) => match action.work {
                Work::Create(options) => Some(options),
                Work::Deploy(..) | Work::Promote(..) => None,
            },
            Some(Decision::Skip(_)) | None => None,
        };
        let why = || own.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; ");
        EarlierCreate { reuse, asks: options.map(Box::new).ok_or_else(why) }
    }

    /// An action that runs; nothing where something is wrong with it.
    fn action(
        &mut self,
        kind: ActionKind,
        node: &Node,
        prompted: &BTreeMap<String, PromptedValue>,
    ) -> Option<Planned> {
        let found = self.problems.len();
        let node = self.resolved(node, kind.name());
        if self.problems.len() > found {
            return None;
        }
        let schema = section_schema(self.schema, kind);
        self.problems.extend(validate(self.schema, schema, &node, kind.name(), Texts::Final));
        section(kind, &node, &mut self.problems);
        if self.problems.len() > found {
            return None;
        }
        let node = self.outgoing(&node, kind.name());
        if self.problems.len() > found {
            return None;
        }
        let action = self.typed(kind, &node, prompted)?;
        Some(Planned { kind, title: title(kind, &node), decision: Decision::Run(Box::new(action)) })
    }
}

fn title(kind: ActionKind, node: &Node) -> String {
    let names = |key: &str| {
        let list = node.get(key).and_then(Node::list).unwrap_or_default();
        list.iter().filter_map(Node::as_text).collect::<Vec<_>>().join(", ")
    };
    let from = node.get("from").and_then(Node::as_text).unwrap_or_default();
    match kind {
        ActionKind::Create => "Create a release".to_owned(),
        ActionKind::Deploy => format!("Deploy to {}", names("to")),
        ActionKind::Promote => format!("Promote from {from} to {}", names("to")),
    }
}

#[cfg(test)]
mod tests {
    mod given;
    mod options;
    mod outgoing;
    mod stories;
    mod ties;
}
