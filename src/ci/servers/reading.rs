//! What a server's variables say about the build, and which of them said it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use jiff::Timestamp;

use crate::ci::sources::Files;

/// The environment of the process.
pub type Variables = BTreeMap<String, String>;

/// Something that a build event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The server's address.
    Address,
    /// The server's own id of the build.
    Id,
    /// Which try of the build it is, 1 for the first.
    Attempt,
    /// Its number.
    Number,
    /// Its version.
    Version,
    /// Its page.
    Url,
    /// What is built.
    Pipeline,
    /// The branch.
    Branch,
    /// The tag.
    Tag,
    /// The pull request.
    PullRequest,
    /// The commit.
    Commit,
    /// The stage that the step belongs to.
    Stage,
    /// How that stage stands.
    Status,
    /// Who or what started the build.
    StartedBy,
    /// When it started.
    StartedAt,
}

impl Field {
    /// Every field, in the order in which they are printed.
    pub const ALL: [Self; 15] = [
        Self::Address,
        Self::Id,
        Self::Attempt,
        Self::Number,
        Self::Version,
        Self::Url,
        Self::Pipeline,
        Self::Branch,
        Self::Tag,
        Self::PullRequest,
        Self::Commit,
        Self::Stage,
        Self::Status,
        Self::StartedBy,
        Self::StartedAt,
    ];

    /// Its name in the JSON of a build event.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "build.address",
            Self::Id => "build.id",
            Self::Attempt => "build.attempt",
            Self::Number => "build.number",
            Self::Version => "build.version",
            Self::Url => "build.url",
            Self::Pipeline => "build.pipeline",
            Self::Branch => "build.branch",
            Self::Tag => "build.tag",
            Self::PullRequest => "build.pullRequest",
            Self::Commit => "build.commit",
            Self::Stage => "stage",
            Self::Status => "status",
            Self::StartedBy => "build.startedBy",
            Self::StartedAt => "build.startedAt",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A field that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it says.
    pub value: String,
    /// The variables, files or flags that said so.
    pub from: Vec<String>,
}

/// Reads one server's variables, and remembers where everything came from.
pub(super) struct Reading<'a> {
    variables: &'a Variables,
    files: &'a dyn Files,
    pub(super) known: BTreeMap<Field, Known>,
    /// Where a field would have stood.
    pub(super) looked: BTreeMap<Field, Vec<String>>,
    /// The server's own variables, such as its configuration parameters.
    pub(super) parameters: BTreeMap<String, String>,
    /// What could not be read, in words.
    pub(super) doubts: Vec<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(variables: &'a Variables, files: &'a dyn Files) -> Self {
        Self {
            variables,
            files,
            known: BTreeMap::new(),
            looked: BTreeMap::new(),
            parameters: BTreeMap::new(),
            doubts: Vec::new(),
        }
    }

    /// Every variable.
    pub(super) fn variables(&self) -> &'a Variables {
        self.variables
    }

    /// A variable that is set and not blank.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        set(self.variables, name)
    }

    /// Whether a field is known already.
    pub(super) fn knows(&self, field: Field) -> bool {
        self.known.contains_key(&field)
    }

    /// Takes the first of these variables that is set.
    pub(super) fn take(&mut self, field: Field, names: &[&str]) {
        let found = names.iter().find_map(|name| Some((self.get(name)?, *name)));
        match found {
            Some((value, name)) => self.set(field, Some(value.to_owned()), &[name]),
            None => self.set(field, None, names),
        }
    }

    /// Takes a value that these variables make; the first that is known stays.
    pub(super) fn set(&mut self, field: Field, value: Option<String>, from: &[&str]) {
        if self.knows(field) {
            return;
        }
        let from = from.iter().map(|&it| it.to_owned());
        match value.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()) {
            Some(value) => drop(self.known.insert(field, Known { value, from: from.collect() })),
            None => self.looked.entry(field).or_default().extend(from),
        }
    }

    /// Takes parts that are joined where all of them are set.
    pub(super) fn join(&mut self, field: Field, names: &[&str], joined: impl FnOnce(&[&str]) -> String) {
        let parts: Option<Vec<_>> = names.iter().map(|it| self.get(it)).collect();
        self.set(field, parts.map(|it| joined(&it)), names);
    }

    /// Takes a time: RFC 3339, or seconds since 1970. Anything else is left out, since a wrong start would make
    /// another build's deployment look like ours.
    pub(super) fn time(&mut self, field: Field, name: &str) {
        let read = |text: &str| {
            let seconds = text.parse().ok().filter(|it| *it > 0).map(Timestamp::from_second);
            seconds.unwrap_or_else(|| text.parse()).ok()
        };
        let value = self.get(name).and_then(read).map(|it| it.to_string());
        self.set(field, value, &[name]);
    }

    /// Takes a count of tries, where the first is 1. `before` is how many tries came before the one that is
    /// counted as 0. What is no such number is left out.
    pub(super) fn attempt(&mut self, name: &str, before: u32) {
        let count =
            self.get(name).and_then(|it| it.parse::<u32>().ok()).and_then(|it| it.checked_add(before));
        let count = count.filter(|it| *it > 0).map(|it| it.to_string());
        self.set(Field::Attempt, count, &[name]);
    }

    /// Takes scheme and host of a page's address for the server's own.
    pub(super) fn address_of_page(&mut self, name: &str) {
        let host = |page: &str| {
            let (scheme, rest) = page.split_once("://")?;
            Some(format!("{scheme}://{}", rest.split('/').next()?))
        };
        let address = self.get(name).and_then(host);
        self.set(Field::Address, address, &[name]);
    }

    /// Takes the number out of a Git reference such as `refs/pull/12/merge`.
    pub(super) fn pull_request_of_ref(&mut self, name: &str, before: &str) {
        let number = self.get(name).and_then(|it| it.strip_prefix(before)?.split('/').next());
        self.set(Field::PullRequest, number.map(str::to_owned), &[name]);
    }

    /// The text of a file that a variable names; one that cannot be read is reported, and the rest is read.
    pub(super) fn file(&mut self, path: &str) -> Option<String> {
        match self.files.text(Path::new(path)) {
            Ok(text) => Some(text),
            Err(error) => {
                self.doubts.push(error.to_string());
                None
            }
        }
    }
}

/// A variable that is set and not blank.
pub(super) fn set<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.get(name).map(|it| it.trim()).filter(|it| !it.is_empty())
}
