//! `promenade release show`: everything about one release.

use std::sync::Arc;

use clap::{ArgMatches, Command};
use promenade::ci::report::releases::{self, PromotionResult, ReleaseReport};
use promenade::ci::report::result::RunVerdict;
use promenade::driver;
use promenade::flow::picture::{Screen, layout, terminal};
use promenade::store::{Access, Store, StoreError, Whole};

use super::named::{arguments, find, unreadable};
use crate::cli::output::Output;
use crate::cli::process::Process;
use crate::cli::promoting::{config, document, hide_secrets, open, settings_argument};
use crate::cli::refusal::{Unready, refuse};

/// The width of a picture where it goes to a file.
const WIDTH: usize = 120;

/// The command.
pub(super) fn command() -> Command {
    Command::new("show")
        .about("Shows a release: its picture, its activities, why it has not gone on yet, and who did what")
        .args(arguments())
        .arg(settings_argument())
}

/// Shows a release.
pub(super) async fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    match look(matches, process, output).await {
        Ok(release) => {
            shown(&release, output);
            let result =
                PromotionResult { release: Some(release), ..PromotionResult::new(RunVerdict::Passed) };
            output.release_end(&result, result.verdict, result.exit_code)
        }
        Err(unready) => refuse(&unready, output),
    }
}

async fn look(
    matches: &ArgMatches,
    process: &Process,
    output: &Arc<Output>,
) -> Result<ReleaseReport, Unready> {
    let document = document(config(matches))?;
    hide_secrets(&document, process, output);
    let store = open(&document, Access::ReadOnly, process).await?;
    let whole = find(matches, &store).await?;
    report(&store, &whole).await.map_err(unreadable)
}

/// Everything about a release, as it stands now.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn report(store: &Store, whole: &Whole) -> Result<ReleaseReport, StoreError> {
    let journal = store.journal(&whole.release.id).await?;
    let admission = store.admission(&whole.release.product).await?;
    Ok(ReleaseReport::whole(whole, &journal, &admission, driver::now()))
}

/// Prints the picture of a release and its lines.
fn shown(release: &ReleaseReport, output: &Output) {
    let graph = releases::graph(release);
    let screen = Screen { width: Some(WIDTH), colour: false, unicode: true };
    let picture = terminal(&layout(&graph), &graph, &screen);
    picture.lines().for_each(|it| output.say(&format!("  {it}")));
    output.lines(&releases::lines(release));
}
