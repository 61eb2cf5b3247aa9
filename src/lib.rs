//! Creates, deploys and promotes releases when a build's status changes, waits for the result, and
//! says whether the build passes.
//!
//! A build event travels down this list, and its answer travels back up:
//!
//! 1. [`ci`] is the door: a build event and settings become a plan, the plan is carried out, and what happens is
//!    put into words.
//! 2. [`actions`] are what can be done: [`actions::create()`], [`actions::deploy()`] and [`actions::promote()`],
//!    and waiting for the result.
//! 3. [`backend`] says what that means where releases live: which release, what is there already, what became of a
//!    request whose answer was lost.
//! 4. [`octopus`] is Octopus Deploy's HTTP API, typed. It knows nothing of the others.
//! 5. [`model`] holds the nouns that they share.
//!
//! [`sandbox`] stands beside them: an Octopus-compatible server in memory, to try things on and to test with. It
//! shares no type with [`octopus`].
//!
//! `docs/architecture.md` tells more, and says who may import whom.

pub mod ci;

pub mod actions;

pub mod backend;

pub mod octopus;

pub mod model;

pub mod sandbox;
