//! What is wrong with a text that a person wrote, where, and what to do about it.

use std::fmt;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In the file that was read; both count from 1, the column in characters.
    File {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In a flag of the command line, such as `--to`.
    Flag(String),
    /// In an environment variable of this name.
    Environment(String),
    /// Nowhere: the value is missing, and no file was read.
    Nowhere,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub origin: Origin,
    /// What is wrong, without a full stop. It never quotes a value that might be a secret.
    pub message: String,
    /// What to do about it, without a full stop.
    pub remedy: String,
}

impl Problem {
    pub(crate) fn new(origin: &Origin, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { origin: origin.clone(), message: message.into(), remedy: remedy.into() }
    }
}

/// Everything that is wrong with one text; at least one problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    name: String,
    list: Vec<Problem>,
}

impl Problems {
    /// The problems as an error, in the order of their places; `Ok` when there are none.
    pub(crate) fn or<T>(name: &str, mut list: Vec<Problem>, value: T) -> Result<T, Self> {
        if list.is_empty() {
            return Ok(value);
        }
        list.sort_by(|one, other| one.origin.cmp(&other.origin));
        list.dedup();
        Err(Self { name: name.to_owned(), list })
    }

    pub(crate) fn one(name: &str, problem: Problem) -> Self {
        Self { name: name.to_owned(), list: vec![problem] }
    }

    /// Each problem, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// Each problem with its place and its remedy, in words.
    pub fn one_by_one(&self) -> impl Iterator<Item = String> {
        self.list.iter().map(|problem| {
            let place = match &problem.origin {
                Origin::File { line, column } => format!("{}:{line}:{column}: ", self.name),
                Origin::Flag(name) => format!("{name}: "),
                Origin::Environment(name) => format!("environment variable {name}: "),
                Origin::Nowhere => "settings: ".to_owned(),
            };
            format!("{place}{}; {}", problem.message, problem.remedy)
        })
    }

    /// What the text is called in messages, such as `promenade.toml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.one_by_one().collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_in_the_order_of_their_places() {
        let at = |line| Origin::File { line, column: 2 };
        let list = vec![
            Problem::new(&Origin::Flag("--to".into()), "c", "z"),
            Problem::new(&at(9), "b", "y"),
            Problem::new(&at(1), "a", "x"),
        ];
        let told = Problems::or("p.toml", list, ()).expect_err("there are problems").to_string();
        assert_eq!(told, "p.toml:1:2: a; x\np.toml:9:2: b; y\n--to: c; z");
    }
}
