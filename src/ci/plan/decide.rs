//! Which of the configured actions an occasion starts.

use crate::document::{Node, Problem, Texts, validate};
use crate::event::condition::{self, Conditions, Evaluation};
use crate::event::expression::{Missing, Scope};
use crate::event::{BuildEvent, Moment, Status};
use crate::model::ActionKind;
use crate::settings::wire::When;
use crate::settings::{part, sections};

use super::planner::Planner;
use super::skip::SkipReason;

/// Why there is something to plan.
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'a> {
    /// A build event: each configured action says whether it is meant.
    Event(&'a BuildEvent),
    /// Somebody asks for one action, whatever its `when` and the conditions say; an event gives values to
    /// expressions alone.
    Command(ActionKind, Option<&'a BuildEvent>),
}

/// A configured action as it was written, and whether it runs.
pub(super) struct DecidedAction<'a> {
    pub(super) kind: ActionKind,
    pub(super) node: &'a Node,
    /// Why it does not run; nothing where it does.
    pub(super) reason: Option<SkipReason>,
}

impl DecidedAction<'_> {
    pub(super) fn runs(&self) -> bool {
        self.reason.is_none()
    }
}

impl<'a> Planner<'a> {
    /// Decides for each configured action whether it runs.
    pub(super) fn decide(&mut self, occasion: Occasion<'_>) -> Vec<DecidedAction<'a>> {
        let root = &self.settings.root;
        let event = match occasion {
            Occasion::Command(asked, _) => {
                let reason = |kind| (kind != asked).then_some(SkipReason::NotAsked);
                return sections(root)
                    .map(|(kind, node)| DecidedAction { kind, node, reason: reason(kind) })
                    .collect();
            }
            Occasion::Event(event) => event,
        };
        if sections(root).next().is_none() {
            let remedy = "add a `[create]`, `[deploy]` or `[[promote]]`";
            self.problems.push(Problem::new(&root.origin, "no action is configured", remedy));
        }
        let mut decided: Vec<_> = sections(root)
            .map(|(kind, node)| DecidedAction { kind, node, reason: self.unwanted(kind, node, event) })
            .collect();
        // A condition that cannot be compared does not matter to an event that starts no action.
        if decided.iter().any(DecidedAction::runs)
            && let Evaluation::No(row) = self.conditions()
        {
            for it in &mut decided {
                it.reason.get_or_insert_with(|| SkipReason::ConditionNotMet(row.clone()));
            }
        }
        decided
    }

    /// Why an action is not meant by this event.
    fn unwanted(&mut self, kind: ActionKind, node: &Node, event: &BuildEvent) -> Option<SkipReason> {
        // Worded like the check that follows where the action runs, so that a problem is reported once.
        let path = format!("{}.when", kind.name());
        let when = match node.get("when").map(|it| self.resolved(it, &path)) {
            Some(node) => {
                let schema = keyed(self.schema, "When");
                let problems = validate(self.schema, schema, &node, &path, Texts::Final);
                self.problems.extend(problems);
                serde_json::from_value(node.to_json()).unwrap_or_default()
            }
            None => When::default(),
        };
        if let Some(wanted) = when.event.map(Moment::from)
            && wanted != event.moment
        {
            return Some(SkipReason::OtherEvent { wanted, got: event.moment });
        }
        let stage = when.stage.filter(|it| !it.trim().is_empty());
        if let Some(wanted) = stage
            && event.stage.as_ref().is_none_or(|got| !got.trim().eq_ignore_ascii_case(wanted.trim()))
        {
            return Some(SkipReason::OtherStage { wanted, got: event.stage.clone() });
        }
        let wanted = Status::from(when.status);
        let told = event.moment.has_status() || event.status.is_some();
        (told && event.status != Some(wanted))
            .then_some(SkipReason::OtherStatus { wanted, got: event.status })
    }

    fn conditions(&mut self) -> Evaluation {
        let Some(node) = self.settings.root.get("conditions") else { return Evaluation::Yes };
        let Some(conditions) = self.read::<Conditions>(node) else { return Evaluation::Yes };
        let scope = Scope { missing: Missing::IsEmpty, ..self.scope };
        condition::evaluate(&conditions, node, &scope).unwrap_or_else(|problems| {
            self.problems.extend(problems);
            Evaluation::Yes
        })
    }
}

/// A named part of the settings' schema.
fn keyed<'a>(schema: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    schema.get("$defs").and_then(|it| it.get(name)).unwrap_or_else(|| part(schema, name))
}
