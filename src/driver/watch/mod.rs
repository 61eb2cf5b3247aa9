//! Watches what attempts have made: everything on one server in few requests, as often as the youngest of it needs.

mod people;
mod progress;
mod round;
mod watcher;
mod watchers;

pub(super) use watchers::Watchers;
