//! Combines errors, so that all invalid names of an action are reported together. Pure.

use std::collections::BTreeSet;

use crate::backend::BackendError;

/// All results, or every error.
pub(super) fn all_or_every_error<T>(
    results: impl IntoIterator<Item = Result<T, BackendError>>,
) -> Result<Vec<T>, BackendError> {
    let (mut good, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(it) => good.push(it),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(good) } else { Err(together(errors)) }
}

/// Combines several errors into one. A missing answer takes precedence, since the other errors may be incomplete.
pub(super) fn together(mut errors: Vec<BackendError>) -> BackendError {
    if let Some(at) = errors.iter().position(BackendError::is_transient) {
        return errors.swap_remove(at);
    }
    // Without a valid credential no name can be judged.
    let is_shut_out = |it: &BackendError| matches!(it, BackendError::Refused { source, .. } if source.status() == Some(401));
    if let Some(at) = errors.iter().position(is_shut_out) {
        return errors.swap_remove(at);
    }
    let mut flat: Vec<BackendError> = Vec::new();
    for error in errors {
        match error {
            BackendError::Names(several) => flat.extend(several),
            one => flat.push(one),
        }
    }
    let mut reported = BTreeSet::new();
    flat.retain(|it| reported.insert(it.to_string()));
    if flat.len() == 1 { flat.remove(0) } else { BackendError::Names(flat) }
}

/// The error as the result of the first of `actions` actions; the others pass.
pub(super) fn first_alone(error: BackendError, actions: usize) -> Vec<Result<(), BackendError>> {
    let rest = std::iter::repeat_with(|| Ok(())).take(actions.saturating_sub(1));
    std::iter::once(Err(error)).chain(rest).collect()
}

/// Removes errors that an earlier action reports already.
pub(super) fn without_repeats(results: Vec<Result<(), BackendError>>) -> Vec<Result<(), BackendError>> {
    let mut reported = BTreeSet::new();
    let mut once = |result: Result<(), BackendError>| match result {
        Err(BackendError::Names(several)) => {
            let rest: Vec<_> = several.into_iter().filter(|it| reported.insert(it.to_string())).collect();
            if rest.is_empty() { Ok(()) } else { Err(together(rest)) }
        }
        Err(error) if !reported.insert(error.to_string()) => Ok(()),
        other => other,
    };
    results.into_iter().map(&mut once).collect()
}

#[cfg(test)]
mod tests {
    use crate::backend::octopus::matching::unknown;
    use crate::octopus as api;

    use super::*;

    #[test]
    fn everything_that_is_wrong_is_reported_once_and_a_missing_answer_before_it() {
        let wrong = |name: &str| unknown("environment", name, std::iter::empty());
        let both = together(vec![wrong("a"), BackendError::Names(vec![wrong("b"), wrong("a")])]);
        assert_eq!(both.to_string(), "there is no environment 'a'; there is no environment 'b'");
        let silent = BackendError::NoAnswer {
            doing: "asking".into(),
            source: Box::new(
                api::Error::NoAnswer { request: "GET /x".into(), error: api::SendError::NoTimeLeft }.into(),
            ),
        };
        assert!(together(vec![wrong("a"), silent]).is_transient());
        let results =
            without_repeats(vec![Err(wrong("a")), Err(BackendError::Names(vec![wrong("a"), wrong("b")]))]);
        let messages: Vec<_> = results.into_iter().map(|it| it.unwrap_err().to_string()).collect();
        assert_eq!(messages, ["there is no environment 'a'", "there is no environment 'b'"]);
    }
}
