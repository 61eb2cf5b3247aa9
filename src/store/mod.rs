//! What must not be lost: promotions, their journals, what is to be done for them, and who holds which place.
//!
//! The journal is the truth. Everything else is derived from it in the same transaction: the state of a promotion, its
//! status in lists, and the rows that say what is to be done. One transaction, a *turn*, decides and records; any process
//! may take one, since it works on the present state.
//!
//! The database is SQLite in a file. Each connection has a thread of its own, so that no statement blocks the runtime.

mod begin;
mod cause;
mod check;
mod db;
mod driver_lock;
mod due;
mod error;
mod files;
mod filter;
mod follow;
mod frozen;
mod handle;
mod load;
mod migrate;
mod network;
mod open;
mod places;
mod releases;
mod repair;
mod rows;
mod rules;
mod start;
mod status;
mod step;
mod turn;
mod world;
mod write;

pub use begin::{Claim, Key, MOST_SENDS, Task};
pub use cause::{Cause, Recorded, TurnError, Turned};
pub use check::Finding;
pub use driver_lock::{Driver, DriverLock, Driving, last_driver};
pub use error::{StoreError, Trouble};
pub use filter::{Filter, OfFlow, Page};
pub use follow::Admission;
pub use handle::Store;
pub use open::Access;
pub use releases::{Entry, InEnvironment, Release, Whole};
pub use start::{NewRelease, StartError, Started};

#[cfg(test)]
mod tests;
