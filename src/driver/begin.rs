//! What comes next for a request that may have been sent before: the begin protocol, pure.
//!
//! A home of releases has no key by which it would recognise a repeated request. So it is counted durably, before each
//! time, how often the request may have been sent; it leaves only with a permit, which expires soon; and who comes later
//! sends again only after a look that was made when nothing could be on its way any more.

use std::time::Duration;

use crate::flow::engine::Wish;

/// How long a permit to send holds. It is shorter than any read limit that makes sense.
pub const PERMIT: Duration = Duration::from_secs(1);

/// The most times that a request is sent. Each one whose answer was lost may still be carried out late, so a server that
/// keeps losing answers does not get more and more of them.
pub const SENDS: u32 = crate::store::MOST_SENDS;

/// How long after it may have been sent a request is looked for: no sooner than it can have been carried out or lost.
/// `read_limit` is how long a request may be on its way.
#[must_use]
pub fn put_off(read_limit: Duration) -> Duration {
    PERMIT.saturating_add(read_limit)
}

/// What comes next before a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It was never sent: it is sent now.
    Send,
    /// It was never sent and is not wanted any more.
    Stopped,
    /// It may have been sent: it is looked for, but not before the look is [`put_off`].
    Look,
}

/// What comes next for a request that may have been sent this often.
#[must_use]
pub fn next(sent: u32, wish: Wish) -> Next {
    match (sent, wish) {
        (0, Wish::Run) => Next::Send,
        (0, Wish::Stop | Wish::Look) => Next::Stopped,
        _ => Next::Look,
    }
}

/// What a look found that was put off for long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// What the request made.
    It,
    /// Nothing that it may have made.
    Nothing,
    /// Something that it may have made, and the home does not show whether it did.
    Hidden,
}

/// What follows from a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// It was carried out.
    Made,
    /// It was not: it is sent again.
    SendAgain,
    /// It was not, and is not wanted any more.
    Stopped,
    /// Nobody can tell.
    Unknown,
}

/// What follows from a look that was put off for long enough.
#[must_use]
pub fn conclude(found: Found, sent: u32, wish: Wish) -> Conclusion {
    match (found, wish) {
        (Found::It, _) => Conclusion::Made,
        (Found::Hidden, _) => Conclusion::Unknown,
        (Found::Nothing, Wish::Stop) => Conclusion::Stopped,
        (Found::Nothing, Wish::Run) if sent < SENDS => Conclusion::SendAgain,
        // It ended before anybody could look: a single request without a trace was not carried out.
        (Found::Nothing, Wish::Look) if sent < SENDS => Conclusion::Stopped,
        (Found::Nothing, Wish::Run | Wish::Look) => Conclusion::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sent_without_a_look_only_the_first_time() {
        assert_eq!(next(0, Wish::Run), Next::Send);
        for sent in [1, 2, u32::MAX] {
            for wish in [Wish::Run, Wish::Stop, Wish::Look] {
                assert_eq!(next(sent, wish), Next::Look);
            }
        }
        assert_eq!(next(0, Wish::Stop), Next::Stopped);
    }

    #[test]
    fn it_is_sent_twice_at_most_and_never_again_when_something_is_hidden() {
        assert_eq!(conclude(Found::Nothing, 1, Wish::Run), Conclusion::SendAgain);
        assert_eq!(conclude(Found::Nothing, 2, Wish::Run), Conclusion::Unknown);
        assert_eq!(conclude(Found::Nothing, 2, Wish::Stop), Conclusion::Stopped);
        assert_eq!(conclude(Found::Nothing, 1, Wish::Look), Conclusion::Stopped);
        assert_eq!(conclude(Found::Nothing, 2, Wish::Look), Conclusion::Unknown);
        for wish in [Wish::Run, Wish::Stop, Wish::Look] {
            assert_eq!(conclude(Found::Hidden, 1, wish), Conclusion::Unknown);
            assert_eq!(conclude(Found::It, 2, wish), Conclusion::Made);
        }
    }

    #[test]
    fn a_look_waits_for_the_permit_and_the_request() {
        assert_eq!(put_off(Duration::from_secs(30)), Duration::from_secs(31));
        assert_eq!(put_off(Duration::MAX), Duration::MAX);
    }
}
