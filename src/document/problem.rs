//! What is wrong with a text that a person wrote, where, and what to do about it.

use std::fmt;
use std::sync::Arc;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In a file that was read. Line and column count from 1, the column in characters.
    File {
        /// What the file is called in messages, such as `promenade.toml`.
        file: Arc<str>,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In a flag of the command line, such as `--to`.
    Flag(String),
    /// In an environment variable of this name.
    Variable(String),
    /// Nowhere: the value is missing, and no file was read.
    Nowhere,
}

impl Origin {
    /// The beginning of a file.
    pub(crate) fn start_of(file: &Arc<str>) -> Self {
        Self::File { file: Arc::clone(file), line: 1, column: 1 }
    }
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

/// Everything that is wrong with one text or several; at least one problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// The problems as an error, in the order of their places, file by file; `Ok` when there are none.
    pub(crate) fn or<T>(mut list: Vec<Problem>, value: T) -> Result<T, Self> {
        if list.is_empty() {
            return Ok(value);
        }
        list.sort_by(|one, other| one.origin.cmp(&other.origin));
        list.dedup();
        Err(Self { list })
    }

    /// A single problem.
    pub(crate) fn one(problem: Problem) -> Self {
        Self { list: vec![problem] }
    }

    /// Each problem, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// Each problem with its place and its remedy, in words.
    pub fn one_by_one(&self) -> impl Iterator<Item = String> {
        self.list.iter().map(|problem| {
            let place = match &problem.origin {
                Origin::File { file, line, column } => format!("{file}:{line}:{column}: "),
                Origin::Flag(name) => format!("{name}: "),
                Origin::Variable(name) => format!("environment variable {name}: "),
                Origin::Nowhere => "settings: ".to_owned(),
            };
            format!("{place}{}; {}", problem.message, problem.remedy)
        })
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
        let at = |file: &str, line| Origin::File { file: file.into(), line, column: 2 };
        let list = vec![
            Problem::new(&Origin::Flag("--to".into()), "c", "z"),
            Problem::new(&at("q.toml", 1), "d", "w"),
            Problem::new(&at("p.toml", 9), "b", "y"),
            Problem::new(&at("p.toml", 1), "a", "x"),
        ];
        let told = Problems::or(list, ()).expect_err("there are problems").to_string();
        assert_eq!(told, "p.toml:1:2: a; x\np.toml:9:2: b; y\nq.toml:1:2: d; w\n--to: c; z");
    }
}
