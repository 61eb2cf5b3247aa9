//! What a home's no means for an attempt.

use crate::backend::{BackendError, ErrorKind};
use crate::flow::input::Report;

/// What a definite no means for the attempt; `None` where it is not one. A credential that is not accepted says nothing
/// about the attempt: whoever replaces an expired key in time loses no promotion.
pub(super) fn refusal(error: &BackendError) -> Option<Report> {
    if error.is_shut_out() {
        return None;
    }
    let reason = match error.advice() {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    };
    match (error.kind(), error) {
        (ErrorKind::NotSent | ErrorKind::Transient | ErrorKind::Unclear, _) => None,
        (ErrorKind::Backwards, _)
        | (
            ErrorKind::Refused | ErrorKind::NothingThere,
            BackendError::NotReachable { .. } | BackendError::Frozen { .. } | BackendError::Refused { .. },
        ) => Some(Report::Refused(reason)),
        (ErrorKind::Refused | ErrorKind::NothingThere, _) => Some(Report::Failed { reason, again: false }),
    }
}
