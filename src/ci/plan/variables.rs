//! The variables that settings give values to.

use std::collections::BTreeMap;

use crate::document::{Node, Problem, Texts, Value, validate};
use crate::model::{PromptedValue, Secret, SecretSource};
use crate::settings::part;
use crate::settings::wire::{self, VariableValue};

use super::planner::Planner;

impl Planner<'_> {
    /// The variables of one table, with their values.
    pub(super) fn variables(&mut self, key: &str) -> BTreeMap<String, PromptedValue> {
        let Some(table) = self.settings.root.get(key) else { return BTreeMap::new() };
        let table = self.resolved(table, key);
        let found = validate(self.schema, part(self.schema, key), &table, key, Texts::Final);
        self.problems.extend(found);
        let mut variables = BTreeMap::new();
        for (name, it) in table.table().into_iter().flatten() {
            self.refuse_secret(name, &it.key, &format!("a name in {key}"));
            if let Some(value) = self.variable(key, name, &it.node) {
                variables.insert(name.trim().to_owned(), value);
            }
        }
        variables
    }

    fn variable(&mut self, table: &str, name: &str, node: &Node) -> Option<PromptedValue> {
        let key = format!("{table}.{name}");
        if let Value::Text(text) = &node.value {
            return Some(PromptedValue::Plain(self.value_for_server(text, &node.origin, &key)));
        }
        let source = match serde_json::from_value(node.to_json()).ok()? {
            VariableValue::Plain(_) => return None,
            VariableValue::Hidden(wire::HiddenValue { env: Some(name), .. }) => SecretSource::Variable(name),
            VariableValue::Hidden(it) => SecretSource::File(it.file?.into()),
        };
        match self.sources.secret(&source) {
            Ok(secret) => {
                let secret = self.secret_for_server(secret, &node.origin, &key);
                Some(PromptedValue::Secret(Secret::of(secret, source)))
            }
            Err(error) => {
                let message = format!("the value of {key} cannot be read: {}", error.message);
                self.problems.push(Problem::new(&node.origin, message, error.remedy));
                None
            }
        }
    }
}
