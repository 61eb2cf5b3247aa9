//! The names in settings that can be looked up before a build event is there.

use crate::ci::document::Node;
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
    /// Whether a create has no version, so that the server numbers the release.
    pub numbered_by_server: bool,
    /// Whether that create has notes, which carry the marker of its build.
    pub has_notes: bool,
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
                    let blank = |key: &str| {
                        node.get(key).and_then(Node::as_text).is_none_or(|it| it.trim().is_empty())
                    };
                    names.creates = true;
                    names.numbered_by_server = blank("version");
                    names.has_notes = !blank("notes") || !blank("notes-file");
                }
                ActionKind::Deploy | ActionKind::Promote => names.deploys = true,
            }
            for it in texts(node, "from").chain(texts(node, "to")) {
                names.add(it, |names, text| once(&mut names.environments, EnvironmentName::new(text)));
            }
            for it in texts(node, "channel") {
                names.add(it, |names, text| once(&mut names.channels, ChannelName::new(text)));
            }
            for it in texts(node, "tenants").filter(|it| it.as_text().is_none_or(|it| it.trim() != "*")) {
                names.add(it, |names, text| once(&mut names.tenants, TenantName::new(text)));
            }
        }
        names
    }
}

impl Names {
    fn add(&mut self, node: &Node, add: impl FnOnce(&mut Self, &str)) {
        let text = node.as_text().unwrap_or_default().trim();
        if node.is_open() {
            self.with_expressions += 1;
        } else if !text.is_empty() {
            add(self, text);
        }
    }
}

/// The texts under a key: one, or those of a list.
fn texts<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a Node> {
    let value = node.get(key);
    let list = value.and_then(Node::list).unwrap_or_default();
    value.into_iter().chain(list).filter(|it| it.as_text().is_some())
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
