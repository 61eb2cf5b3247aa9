//! What follows once a release was started or its course was changed: it is waited for, or the user learns how to
//! follow it.

use std::sync::Arc;
use std::time::Duration;

use promenade::ci::report::releases::{self, PromotionResult, ReleaseReport, command_for, title};
use promenade::ci::report::result::RunVerdict;
use promenade::ci::report::{self, Line, Tone};
use promenade::driver::Homes;
use promenade::flow::admission::PromotionId;
use promenade::store::{Store, StoreError, TurnError, Whole};
use promenade::text::clean;

use super::output::Output;
use super::promoting::{Promoted, Waited, is_driven, wait};
use super::refusal::unlocated;
use super::release::report as report_of;
use super::signals::stop_on_signals;

/// Waits for the end where that was asked for, and reports. Without homes nothing is waited for.
pub(crate) async fn ended(
    promoted: Promoted,
    store: &Arc<Store>,
    homes: Option<Homes>,
    limit: Option<Option<Duration>>,
    output: &Arc<Output>,
) -> u8 {
    let id = promoted.id.clone();
    let done = match (limit, homes) {
        (Some(limit), Some(homes)) => waited(promoted, store, homes, limit, output).await,
        _ => told(promoted, store, output).await,
    };
    let (verdict, release) = match done {
        Ok((verdict, release)) => (verdict, Some(release)),
        Err(error) => {
            output.lines(&report::plain_error("release", &error, error.advice().map(str::to_owned)));
            (RunVerdict::NoAnswer, last_known(store, &id).await)
        }
    };
    finish(PromotionResult { release, ..PromotionResult::new(verdict) }, output)
}

async fn last_known(store: &Store, id: &PromotionId) -> Option<ReleaseReport> {
    let whole = store.promotion(id).await.ok()??;
    report_of(store, &whole).await.ok()
}

/// Prints the last line and the document of `--json`.
pub(crate) fn finish(result: PromotionResult, output: &Output) -> u8 {
    output.release_end(&result, result.verdict, result.exit_code)
}

async fn waited(
    promoted: Promoted,
    store: &Arc<Store>,
    homes: Homes,
    limit: Option<Duration>,
    output: &Arc<Output>,
) -> Result<(RunVerdict, ReleaseReport), StoreError> {
    let stop = stop_on_signals(RunVerdict::Undecided.exit_code());
    let id = promoted.id.clone();
    let waited = wait(store, homes, promoted, limit, &stop, output).await?;
    let whole = found(store, &id).await?;
    let release = report_of(store, &whole).await?;
    output.lines(&releases::progress(&release));
    if let Waited::GoesOn(why) = waited {
        let text =
            format!("{}: {why}, and it goes on: see {}", title(&release), command_for(&release, "show"));
        output.lines(&[Line::new(Tone::Warning, text)]);
        return Ok((RunVerdict::Undecided, release));
    }
    let verdict = verdict(&whole, &release, output);
    Ok((verdict, release))
}

/// How a release ended that is not waited for any more.
fn verdict(whole: &Whole, release: &ReleaseReport, output: &Output) -> RunVerdict {
    let ended = whole.promotion.as_ref().ok().and_then(|it| releases::ending(release, &whole.course, it));
    let troubled = release.trouble.is_some();
    let Some((line, verdict)) = ended.filter(|_| !troubled) else {
        let why = release.trouble.clone().unwrap_or_default();
        let text = clean(&format!("error: it is driven no further: {why}"));
        output.lines(&[Line::new(Tone::Bad, format!("{}: {text}", title(release)))]);
        say_advice(release, output);
        return RunVerdict::NoAnswer;
    };
    output.lines(&line);
    say_advice(release, output);
    verdict
}

fn say_advice(release: &ReleaseReport, output: &Output) {
    let advice = release.details.iter().flat_map(|it| &it.advice);
    let line = |it: &String| Line::new(Tone::Plain, format!("{}: what to do: {}", title(release), clean(it)));
    output.lines(&advice.map(line).collect::<Vec<_>>());
}

/// Prints how to follow a release that is not waited for.
async fn told(
    mut promoted: Promoted,
    store: &Arc<Store>,
    output: &Arc<Output>,
) -> Result<(RunVerdict, ReleaseReport), StoreError> {
    promoted.follower.tell(&promoted.id).await?;
    let whole = found(store, &promoted.id).await?;
    let release = report_of(store, &whole).await?;
    let mut lines = vec![format!("follow it with {}", command_for(&release, "show"))];
    let goes_on = release.details.as_ref().is_some_and(|it| it.outcome.is_none());
    if goes_on && !is_driven(store)? {
        lines.push("nobody drives it now: `promenade run` does, until it is stopped".to_owned());
    }
    let line = |it: String| Line::new(Tone::Plain, format!("{}: {it}", title(&release)));
    output.lines(&lines.into_iter().map(line).collect::<Vec<_>>());
    Ok((RunVerdict::Passed, release))
}

async fn found(store: &Store, id: &PromotionId) -> Result<Whole, StoreError> {
    let missing = || StoreError {
        path: store.path().to_owned(),
        trouble: promenade::store::Trouble::Damaged(format!("it has no promotion {id} any more")),
    };
    store.promotion(id).await?.ok_or_else(missing)
}

/// Reports why a command about a release was not taken.
pub(crate) async fn refused(store: &Store, whole: &Whole, error: &TurnError, output: &Output) -> u8 {
    let verdict = match error {
        TurnError::Store(_) => RunVerdict::NoAnswer,
        _ => RunVerdict::Failed,
    };
    let advice = error.advice().map(str::to_owned);
    output.lines(&report::plain_error("release", error, advice.clone()));
    let release = report_of(store, whole).await.ok();
    if let Some(release) = &release {
        say_advice(release, output);
    }
    let problems = vec![unlocated(error.to_string(), advice.unwrap_or_default())];
    finish(PromotionResult { problems, release, ..PromotionResult::new(verdict) }, output)
}
