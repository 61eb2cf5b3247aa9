//! x
use super::input::Environment;
use super::output::Output;
use std::sync::Arc;
pub(crate) async fn check(_: &clap::ArgMatches, _: &Environment, _: &Arc<Output>) -> u8 {
    0
}
