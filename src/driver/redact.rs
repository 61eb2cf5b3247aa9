//! Masks secrets in what is written down. A server may quote in an error what it was sent.

use std::borrow::Cow;

use crate::flow::input::{Input, Report};

/// Masks the secrets in a text.
pub type Redact = dyn Fn(&str) -> String + Send + Sync;

/// An input without secrets in the words of a server. What an attempt made stays as it is: it is read again.
pub(super) fn input<'a>(input: &'a Input, redact: &Redact) -> Cow<'a, Input> {
    let Input::Report(of, report) = input else { return Cow::Borrowed(input) };
    let report = match report {
        Report::Suspended(reason) => Report::Suspended(redact(reason)),
        Report::Failed { reason, again } => Report::Failed { reason: redact(reason), again: *again },
        Report::Refused(reason) => Report::Refused(redact(reason)),
        Report::Stopped(reason) => Report::Stopped(redact(reason)),
        Report::Unknown(reason) => Report::Unknown(redact(reason)),
        Report::Reference(_) | Report::Resumed | Report::Passed => return Cow::Borrowed(input),
    };
    Cow::Owned(Input::Report(of.clone(), report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::course::Attempt;

    #[test]
    fn no_reason_is_written_down_with_a_secret() {
        let of = Attempt { node: "qa/web/deploy".into(), number: 1 };
        let text = || "the key API-X is wrong".to_owned();
        let reports = [
            Report::Suspended(text()),
            Report::Failed { reason: text(), again: true },
            Report::Refused(text()),
            Report::Stopped(text()),
            Report::Unknown(text()),
        ];
        for report in reports {
            let whole = Input::Report(of.clone(), report);
            let masked = input(&whole, &|it| it.replace("API-X", "***")).into_owned();
            assert_eq!(format!("{masked:?}"), format!("{whole:?}").replace("API-X", "***"));
        }
        let made = Input::Report(of, Report::Reference(text()));
        assert_eq!(*input(&made, &|_| String::new()), made);
    }
}
