//! What every command about promotions works with: the store, the servers, who asks, and the news.

mod arguments;
mod driving;
mod homes;
mod news;
mod person;
mod store;
mod wait;

pub(crate) use arguments::{config, settings_argument, wait_argument, waiting};
pub(crate) use driving::{driving, is_driven, lock};
pub(crate) use homes::homes;
pub(crate) use news::{Follower, Reporter};
pub(crate) use person::{Who, who};
pub(crate) use store::{document, hide_secrets, open};
pub(crate) use wait::{GRACE, Promoted, Waited, wait};
