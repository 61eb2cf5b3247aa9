//! `promenade sandbox`: the embedded server, until it is interrupted.

use std::path::PathBuf;

use clap::ArgMatches;
use promenade::sandbox::{Sandbox, SandboxOptions};

use super::output::Output;
use super::{input, work};

/// Runs the sandbox.
pub(crate) async fn run(matches: &ArgMatches, output: &Output) -> u8 {
    let sandbox = match start(matches).await {
        Ok(sandbox) => sandbox,
        Err(words) => {
            output.error(&words);
            return 2;
        }
    };
    let (url, key, space) = (sandbox.url(), sandbox.api_key(), sandbox.space());
    if output.is_json() {
        output.print(&serde_json::json!({ "url": url, "apiKey": key, "space": space }).to_string());
    } else {
        output.print(&format!("an Octopus-compatible server in memory is ready at {url}"));
        output.print(&format!("OCTOPUS_URL={url} OCTOPUS_API_KEY={key} OCTOPUS_SPACE={space}"));
        output.print("press Ctrl-C to end it");
    }
    work::told_to_stop().await;
    sandbox.stop().await;
    0
}

async fn start(matches: &ArgMatches) -> Result<Sandbox, String> {
    let mut options = SandboxOptions::default();
    if let Some(address) = matches.get_one::<String>("listen") {
        options.listen = address.parse().map_err(|_| {
            format!("--listen: `{address}` is no address; write one such as 127.0.0.1:8080, or 127.0.0.1:0")
        })?;
    }
    if let Some(path) = matches.get_one::<PathBuf>("seed") {
        let bytes = input::bytes(path)?;
        options.seed =
            Some(String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))?);
    }
    if let Some(scale) = matches.get_one::<f64>("time-scale") {
        options.scale = *scale;
    }
    Sandbox::start(options).await.map_err(|error| error.to_string())
}
