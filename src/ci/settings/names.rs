//! The names in settings that can be looked up before a build event is there.

use crate::ci::document::Node;
use crate::ci::expression;
use crate::model::{ChannelName, EnvironmentName, TenantName};

use super::{ActionKind, Settings, sections};

/// The names that settings give as they are; a name with an expression is known with its event only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Environments, each once, in the order of the actions.
    pub environments: Vec<EnvironmentName>,
    /// Channels.
    pub channels: Vec<ChannelName>,
    /// Tenants.
    pub tenants: Vec<TenantName>,
    /// How many names hold an expression.
    pub with_expressions: usize,
    /// Whether releases are created.
    pub creates: bool,
    /// Whether releases are deployed or promoted.
    pub deploys: bool,
}

impl Settings {
    /// The names that can be looked up.
    #[must_use]
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        names.channels.extend(self.connection().channel.clone());
        for (kind, node) in sections(&self.root) {
            match kind {
                ActionKind::Create => {
                    names.creates = true;
                }
                ActionKind::Deploy | ActionKind::Promote => names.deploys = true,
            }
            for text in texts(node, "from").chain(texts(node, "to")) {
                names.add(text, |names, text| once(&mut names.environments, EnvironmentName::new(text)));
            }
            for text in texts(node, "channel") {
                names.add(text, |names, text| once(&mut names.channels, ChannelName::new(text)));
            }
            for text in texts(node, "tenants").filter(|it| *it != "*") {
                names.add(text, |names, text| once(&mut names.tenants, TenantName::new(text)));
            }
        }
        names
    }
}

impl Names {
    fn add(&mut self, text: &str, add: impl FnOnce(&mut Self, &str)) {
        if expression::is_in(text) {
            self.with_expressions += 1;
        } else if !text.trim().is_empty() {
            add(self, text);
        }
    }
}

/// The texts under a key: one, or those of a list.
fn texts<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a str> {
    let value = node.get(key);
    let list = value.and_then(Node::list).unwrap_or_default();
    value.and_then(Node::as_text).into_iter().chain(list.iter().filter_map(Node::as_text))
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
