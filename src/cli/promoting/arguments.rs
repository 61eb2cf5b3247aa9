//! The arguments that commands about promotions share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, value_parser};
use promenade::settings::duration;

/// The settings file, which says where promotions are recorded.
pub(crate) fn settings_argument() -> Arg {
    Arg::new("config")
        .long("config")
        .short('c')
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The settings file. Default: promenade.toml in the working folder, if there is one")
}

/// Whether a command waits for the end, and for how long.
pub(crate) fn wait_argument() -> Arg {
    Arg::new("wait")
        .long("wait")
        .value_name("LIMIT")
        .num_args(0..=1)
        .default_missing_value("")
        .value_parser(limit)
        .help(
            "Waits until the release has ended, and drives it if no other process does. After LIMIT, such as `30m`, ends \
             with exit code 3 while the release continues",
        )
}

/// How long is waited; without a limit as long as it takes.
type Limit = Option<Duration>;

fn limit(text: &str) -> Result<Limit, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let limit =
        duration(text).ok_or_else(|| "write `90s`, `30m` or `2h`, from 1s to 168h (7 days)".to_owned())?;
    Ok(Some(limit))
}

/// Whether and how long the command line says to wait; `None` = not.
pub(crate) fn waiting(matches: &ArgMatches) -> Option<Limit> {
    matches.get_one::<Limit>("wait").copied()
}

/// The settings file that the command line names.
pub(crate) fn config(matches: &ArgMatches) -> Option<&PathBuf> {
    matches.get_one::<PathBuf>("config")
}
