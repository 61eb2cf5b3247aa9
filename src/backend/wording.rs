//! Parts of sentences in error messages.

use jiff::Timestamp;

pub(super) fn whole_words(whole: Option<&str>) -> String {
    match whole {
        Some(whole) => format!(", and came after {whole}, which did not"),
        None => ", and nothing was deployed there whole".to_owned(),
    }
}

pub(super) fn git_words(in_git: bool) -> &'static str {
    if in_git {
        "is kept in git, and no git-ref is given"
    } else {
        "is not kept in git, and a git-ref is given"
    }
}

pub(super) fn in_force(at: &Option<Timestamp>) -> String {
    at.map_or_else(|| "is in force".to_owned(), |it| format!("will be in force at {it}"))
}

pub(super) fn near(names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("; the nearest is {}", quoted(&names[..names.len().min(3)]))
    }
}

pub(super) fn all(several: &[impl ToString]) -> String {
    several.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

pub(super) fn quoted(names: &[String]) -> String {
    names.iter().map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", ")
}

pub(super) fn count(accepted: usize) -> String {
    match accepted {
        1 => "1 deployment was".to_owned(),
        more => format!("{more} deployments were"),
    }
}
