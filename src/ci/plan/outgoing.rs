//! The texts of an action as the server may have them: without the secrets of this run, and with words from outside
//! made words there too.

use secrecy::{ExposeSecret, SecretString};

use super::planner::Planner;
use crate::document::{Node, Origin, Problem, Text};
use crate::settings::templates;

/// Keys of an action that never leave.
const KEPT_HERE: [&str; 3] = ["when", "notes-file", "time-limit"];

impl Planner<'_> {
    /// Names that every action sends: the connection's, and those of the build, which mark what it makes.
    pub(super) fn refuse_secret_names(&mut self) {
        let settings = self.settings;
        for key in ["project", "space", "channel"] {
            let node = settings.root.get("connection").and_then(|it| it.get(key));
            if let Some((node, text)) = node.and_then(|it| Some((it, it.as_text()?))) {
                self.refuse_secret(text, &node.origin, &format!("connection.{key}"));
            }
        }
        if let Some(event) = self.scope.event {
            let identity = event.build.identity();
            let (pipeline, address) = (identity.pipeline.as_deref(), identity.address.as_deref());
            for (key, text) in [
                ("build.id", Some(identity.id.as_str())),
                ("build.pipeline", pipeline),
                ("CI server's address", address),
            ] {
                self.refuse_secret(text.unwrap_or_default(), &Origin::Nowhere, &format!("the event's {key}"));
            }
        }
    }

    /// The section of an action, whose expressions have their values. `path` is what it is called.
    pub(super) fn outgoing(&mut self, node: &Node, path: &str) -> Node {
        let fields = format!("{path}.custom-fields");
        if let Some(table) = node.get("custom-fields").and_then(Node::table) {
            for (name, entry) in table {
                self.refuse_secret(name, &entry.key, &format!("a name in {fields}"));
            }
        }
        node.map_texts(path, &mut |text, origin, key| {
            let inner = key.strip_prefix(path).unwrap_or(key).trim_start_matches('.');
            let first = inner.split('.').next().unwrap_or_default();
            match first {
                _ if KEPT_HERE.contains(&first) => text.clone(),
                "notes" => Text::plain(self.notes_for_server(text, origin, key)),
                "custom-fields" => Text::plain(self.value_for_server(text, origin, key)),
                _ => {
                    self.refuse_secret(text.as_str(), origin, key);
                    text.clone()
                }
            }
        })
    }

    /// Notes are people's words, in which a secret may stand by mistake: they go without it.
    pub(super) fn notes_for_server(&mut self, text: &Text, origin: &Origin, key: &str) -> String {
        let masked = self.sources.redacted(text.as_str());
        if masked == text.as_str() {
            return self.as_text(text, origin, key);
        }
        self.warnings.push(format!("{key} holds a secret of this run; it is sent with *** in its place"));
        // Where its parts lie now is not known, so all of it is from outside where any of it was.
        let masked =
            if text.is_from_outside() { Text::from_outside(masked, false) } else { Text::plain(masked) };
        self.as_text(&masked, origin, key)
    }

    /// A value that may be seen.
    pub(super) fn value_for_server(&mut self, text: &Text, origin: &Origin, key: &str) -> String {
        self.refuse_secret(text.as_str(), origin, key);
        self.as_text(text, origin, key)
    }

    /// A value that is never shown. It comes from outside, and is what it is whatever signs it holds.
    pub(super) fn secret_for_server(
        &mut self,
        secret: SecretString,
        origin: &Origin,
        key: &str,
    ) -> SecretString {
        if !secret.expose_secret().contains("#{") {
            return secret;
        }
        self.as_text(&Text::from_outside(secret.expose_secret(), false), origin, key).into()
    }

    /// The text as the server evaluates it to what was meant.
    fn as_text(&mut self, text: &Text, origin: &Origin, key: &str) -> String {
        if self.settings.lets_templates_through() {
            return text.as_str().to_owned();
        }
        templates::escaped(text).unwrap_or_else(|_| {
            let message = format!(
                "{key} holds an expression within `#{{…}}`, so that the server would read its value as a part of the template"
            );
            let remedy = "take it out of `#{…}`; if no one outside decides its value, `server-templates = true` \
                          allows it";
            self.problems.push(Problem::new(origin, message, remedy));
            String::new()
        })
    }

    /// Says where a text that goes to the server holds a secret.
    pub(super) fn refuse_secret(&mut self, text: &str, origin: &Origin, key: &str) {
        if self.sources.redacted(text) != text {
            let message = format!("{key} holds a secret of this run, which the server would show");
            let remedy = "write it without the secret, which only a variable can take, by `{ env = \"NAME\" }`; a value \
                          that is not secret is written `%Environment.NAME%`";
            self.problems.push(Problem::new(origin, message, remedy));
        }
    }
}
