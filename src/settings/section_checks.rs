//! Checks of an action's section beyond its schema.

use super::layers::same_name;
use super::lines;
use super::wire::When;
use crate::document::{Node, Origin, Problem, Time, Value};
use crate::event::{Moment, expression};
use crate::model::ActionKind;

/// The problems of one action's section that its schema does not find.
pub(crate) fn section(kind: ActionKind, node: &Node, problems: &mut Vec<Problem>) {
    let section = Section { node, problems };
    match kind {
        ActionKind::Create => section.create(),
        ActionKind::Deploy => section.deployment(),
        ActionKind::Promote => section.promote(),
    }
}

struct Section<'a> {
    node: &'a Node,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Section<'a> {
    fn say(&mut self, key: &str, message: impl Into<String>, remedy: &str) {
        let entry = self.node.table().and_then(|it| it.get(key));
        let origin = entry.map_or(&self.node.origin, |it| &it.key).clone();
        self.say_at(&origin, message, remedy);
    }

    fn say_at(&mut self, origin: &Origin, message: impl Into<String>, remedy: &str) {
        self.problems.push(Problem::new(origin, message, remedy));
    }

    /// A text that is there, not blank, and final.
    fn text(&self, key: &str) -> Option<&'a str> {
        let node = self.node.get(key).filter(|it| !expression::is_open(it))?;
        node.as_text().filter(|it| !it.trim().is_empty())
    }

    /// Whether a key has a value that is not blank, final or not.
    fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some_and(|it| match &it.value {
            Value::Text(text) => !text.as_str().trim().is_empty(),
            Value::List(list) => !list.is_empty(),
            _ => true,
        })
    }

    fn is(&self, key: &str, value: bool) -> bool {
        self.node.get(key).is_some_and(|it| it.value == Value::Bool(value))
    }

    /// The texts of a list with their places, those that are final.
    fn items(&self, key: &str) -> Vec<(&'a str, &'a Origin)> {
        let list = self.node.get(key).and_then(Node::list).unwrap_or_default();
        let is_final = list.iter().filter(|it| !expression::is_open(it));
        is_final.filter_map(|it| Some((it.as_text()?, &it.origin))).collect()
    }

    fn create(mut self) {
        self.when();
        if self.is("wait", false) {
            let message =
                "`wait = false` in `create`: later actions need the release, so it is always waited for";
            self.say("wait", message, "leave it out");
        }
        if self.has("notes") && self.has("notes-file") {
            self.say("notes-file", "both `notes` and `notes-file` are given", "keep one of them");
        }
        if self.has("git-commit") && !self.has("git-ref") {
            let remedy = "add the branch or tag that the commit is on as `git-ref`";
            self.say("git-commit", "`git-commit` needs `git-ref`", remedy);
        }
        if self.is("skip-if-exists", true) && !self.has("version") {
            let message =
                "`skip-if-exists` means nothing without `version`: the server's next number is always free";
            self.say("skip-if-exists", message, "add `version`, or leave it out");
        }
        for (text, origin) in self.items("packages") {
            if let Err(message) = lines::package(text) {
                self.say_at(origin, message, lines::PACKAGE_FORMS);
            }
        }
        for (text, origin) in self.items("git-resources") {
            if let Err(message) = lines::git_resource(text) {
                self.say_at(origin, message, lines::GIT_RESOURCE_FORMS);
            }
        }
        self.once("packages", |text| {
            let choice = lines::package(text).ok()?;
            let [step, package] = [choice.step, choice.package].map(|it| it.map(|it| it.to_lowercase()));
            Some((step, package))
        });
        self.once("git-resources", |text| {
            lines::git_resource(text).ok()?;
            let (name, _) = text.rsplit_once(':')?;
            Some(name.split(':').map(|it| it.trim().to_lowercase()).collect::<Vec<_>>())
        });
    }

    /// Reports items of a list about the same thing: the server would use only one of them.
    fn once<T: PartialEq>(&mut self, key: &str, about: impl Fn(&str) -> Option<T>) {
        let mut seen = Vec::new();
        for (text, origin) in self.items(key) {
            let Some(about) = about(text) else { continue };
            if seen.contains(&about) {
                let message = format!("what `{}` is about is given twice in `{key}`", text.trim());
                self.say_at(origin, message, "keep one of them");
            }
            seen.push(about);
        }
    }

    fn promote(mut self) {
        if self.has("version") && self.is("only-this-build", true) {
            let message = "`version` and `only-this-build` both say which release is promoted";
            self.say("only-this-build", message, "keep one of them");
        }
        if let Some(from) = self.text("from") {
            let back = self.items("to").into_iter().find(|(to, _)| same_name(to, from));
            if let Some((to, origin)) = back {
                let message = format!("`{to}` is promoted to itself");
                self.say_at(origin, message, "take it out of `to`");
            }
        }
        self.deployment();
    }

    fn deployment(mut self) {
        self.when();
        for key in ["to", "tenants", "tenant-tags", "machines", "excluded-machines", "skip-steps"] {
            for (text, origin) in self.items(key) {
                if text.trim().is_empty() {
                    self.say_at(
                        origin,
                        format!("a name in `{key}` is blank"),
                        "write the name, or take it out",
                    );
                }
            }
        }
        self.freeze();
        self.tenants();
        self.machines();
        self.schedule();
        if self.is("wait", false) {
            for key in ["on-timeout", "on-interrupt", "when-person-needed"] {
                if self.node.get(key).is_some() {
                    let message = format!("`{key}` means nothing with `wait = false`");
                    self.say(key, message, "leave it out, or wait");
                }
            }
        }
    }

    fn freeze(&mut self) {
        let freezes = self.node.get("freeze-override").and_then(|it| it.get("freezes")).and_then(Node::list);
        for freeze in freezes.into_iter().flatten() {
            if freeze.as_text().is_some_and(|it| it.trim().is_empty()) {
                let remedy = "write the freeze's name, or take it out";
                self.say_at(&freeze.origin, "a name in `freezes` is blank", remedy);
            }
        }
    }

    fn tenants(&mut self) {
        let tenants = self.items("tenants");
        let written = self.node.get("tenants").and_then(Node::list).map_or(0, <[Node]>::len);
        let all = tenants.iter().find(|(it, _)| it.trim() == "*");
        if let Some((_, origin)) = all
            && (written > 1 || self.has("tenant-tags"))
        {
            let remedy = "keep only `[\"*\"]`, or name the tenants";
            self.say_at(origin, "`*` means every tenant, and others are named in addition", remedy);
        }
        for (tag, origin) in self.items("tenant-tags") {
            let whole = tag
                .split_once('/')
                .is_some_and(|(set, tag)| !set.trim().is_empty() && !tag.trim().is_empty());
            if !whole && !tag.trim().is_empty() {
                self.say_at(
                    origin,
                    format!("`{tag}` is not a tenant tag"),
                    "write it as `Set name/Tag name`",
                );
            }
        }
    }

    fn machines(&mut self) {
        let machines = self.items("machines");
        for (name, origin) in self.items("excluded-machines") {
            if machines.iter().any(|(it, _)| same_name(it, name)) && !name.trim().is_empty() {
                let message = format!("`{name}` is in `machines` and in `excluded-machines`");
                self.say_at(origin, message, "take it out of one of them");
            }
        }
    }

    fn schedule(&mut self) {
        if self.has("no-run-after") && !self.has("run-at") {
            let remedy = "add `run-at`, or leave it out";
            self.say("no-run-after", "`no-run-after` means nothing without `run-at`", remedy);
        }
        let time = |key| self.text(key).and_then(Time::parse);
        if let (Some(begin), Some(end)) = (time("run-at"), time("no-run-after"))
            && end.0 <= begin.0
        {
            self.say("no-run-after", "`no-run-after` is not after `run-at`", "make it a later time");
        }
    }

    fn when(&mut self) {
        let Some(node) = self.node.get("when") else { return };
        let Ok(when) = serde_json::from_value::<When>(node.to_json()) else { return };
        let Some(moment) = when.event.map(Moment::from) else { return };
        let place = |key: &str| node.table().and_then(|it| it.get(key)).map_or(&node.origin, |it| &it.key);
        if when.stage.is_some_and(|it| !it.trim().is_empty()) && !moment.has_stage() {
            let message = format!("`{moment}` is not an event of a stage, so `stage` has no effect");
            self.say_at(
                place("stage"),
                message,
                "leave it out, or take an event of a stage such as `stage-completed`",
            );
        }
        if node.get("status").is_some() && !moment.has_status() {
            let message = format!("`{moment}` has no status, so `status` means nothing");
            self.say_at(
                place("status"),
                message,
                "leave it out, or take `stage-completed` or `build-completed`",
            );
        }
    }
}
