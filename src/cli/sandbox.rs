//! `promenade sandbox`: the embedded server, until it is interrupted.

use std::error::Error as _;
use std::path::PathBuf;

use clap::ArgMatches;
use promenade::sandbox::{Sandbox, SandboxOptions, StartError};

use super::files;
use super::output::Output;
use super::refusal::Refusal;
use super::signals::stop_on_signals;

/// Runs the sandbox.
pub(crate) async fn run(matches: &ArgMatches, output: &Output) -> u8 {
    let sandbox = match start(matches).await {
        Ok(sandbox) => sandbox,
        Err(refusal) => {
            output.error(&refusal.to_string());
            return 2;
        }
    };
    let (url, key, space) = (sandbox.url(), sandbox.api_key(), sandbox.space());
    // Whoever starts a sandbox may have set its key for the next command.
    output.publish(key);
    let stop = stop_on_signals(0);
    if output.is_json() {
        output.print(&serde_json::json!({ "url": url, "apiKey": key, "space": space }).to_string());
    } else {
        output.print(&format!("an Octopus-compatible server in memory is ready at {url}"));
        output.print(&format!("OCTOPUS_URL={url} OCTOPUS_API_KEY={key} OCTOPUS_SPACE={space}"));
        output.print("press Ctrl-C to end it");
    }
    stop.requested().await;
    sandbox.stop().await;
    0
}

/// Why it did not start: each problem of the seed, or the error of the system.
fn in_words(error: &StartError, matches: &ArgMatches) -> String {
    match error {
        StartError::Seed(seed) => {
            let name =
                matches.get_one::<PathBuf>("seed").map(|it| it.display().to_string()).unwrap_or_default();
            seed.problems.iter().map(|it| format!("{name}: {it}")).collect::<Vec<_>>().join("\n")
        }
        other => match other.source() {
            Some(cause) => format!("{other}: {cause}"),
            None => other.to_string(),
        },
    }
}

async fn start(matches: &ArgMatches) -> Result<Sandbox, Refusal> {
    let mut options = SandboxOptions::default();
    if let Some(address) = matches.get_one::<String>("listen") {
        options.listen = address.parse().map_err(|_| {
            let message = format!("--listen: `{address}` is not an address");
            Refusal::new(message, "write one such as 127.0.0.1:8080, or 127.0.0.1:0")
        })?;
    }
    if let Some(path) = matches.get_one::<PathBuf>("seed") {
        let bytes = files::bytes(path)?;
        options.seed = Some(
            String::from_utf8(bytes)
                .map_err(|_| Refusal::new(format!("{} is not UTF-8", path.display()), "save it as UTF-8"))?,
        );
    }
    if let Some(scale) = matches.get_one::<f64>("time-scale") {
        options.scale = *scale;
    }
    Sandbox::start(options).await.map_err(|error| Refusal::new(in_words(&error, matches), ""))
}
