//! The names in settings that can be looked up before a build event is there.

use crate::document::Node;
use crate::event::expression;
use crate::model::{
    ActionKind, ChannelName, EnvironmentName, GitSource, MachineName, PackageChoice, StepName, TenantName,
    TenantTag,
};

use super::lines;
use super::load::Settings;
use super::sections::sections;

/// The names that settings give as they are; a name with an expression is known with its event only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Environments, each once, in the order of the actions.
    pub environments: Vec<EnvironmentName>,
    /// Channels.
    pub channels: Vec<ChannelName>,
    /// Tenants.
    pub tenants: Vec<TenantName>,
    /// Tags of tenants.
    pub tags: Vec<TenantTag>,
    /// Machines, including excluded ones.
    pub machines: Vec<MachineName>,
    /// Deployment freezes that are overridden.
    pub freezes: Vec<String>,
    /// Steps to skip.
    pub steps: Vec<StepName>,
    /// The packages of new releases.
    pub packages: Vec<PackageChoice>,
    /// Prompted variables.
    pub variables: Vec<String>,
    /// The git reference from which a version-controlled project is read.
    pub git: GitSource,
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
                    for text in texts(node, "git-ref") {
                        names.add(text, |names, text| names.git.git_ref = Some(text.to_owned()));
                    }
                    for text in texts(node, "packages") {
                        names.add(text, |names, text| names.packages.extend(lines::package(text).ok()));
                    }
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
            for text in texts(node, "tenant-tags") {
                names.add(text, |names, text| once(&mut names.tags, TenantTag::new(text)));
            }
            for text in texts(node, "machines").chain(texts(node, "excluded-machines")) {
                names.add(text, |names, text| once(&mut names.machines, MachineName::new(text)));
            }
            for text in texts(node, "skip-steps") {
                names.add(text, |names, text| once(&mut names.steps, StepName::new(text)));
            }
            for text in node.get("freeze-override").into_iter().flat_map(|it| texts(it, "freezes")) {
                names.add(text, |names, text| once(&mut names.freezes, text.to_owned()));
            }
        }
        let prompted = self.root.get("prompted-variables").and_then(Node::table);
        names.variables.extend(prompted.into_iter().flatten().map(|(name, _)| name.clone()));
        names
    }
}

impl Names {
    fn add(&mut self, node: &Node, add: impl FnOnce(&mut Self, &str)) {
        let text = node.as_text().unwrap_or_default().trim();
        if expression::is_open(node) {
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
