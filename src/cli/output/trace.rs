//! Requests on standard error, for `--verbose` and `PROMENADE_LOG`.

use std::io::Write;
use std::sync::Arc;

use promenade::ci::report::Tone;
use promenade::text::clean;

use super::lane::{Way, Weight};
use super::sink::Output;
use super::text::{shortened, style};
use crate::cli::process::Process;

impl Output {
    /// Traces requests where that is asked for: by `--verbose`, or by a filter in `PROMENADE_LOG`.
    pub(crate) fn listen_to_tracing(self: &Arc<Self>, process: &Process) {
        let filter = match process.variable("PROMENADE_LOG") {
            Some(filter) => filter,
            None if self.manner.verbose => "promenade=debug",
            None => return,
        };
        let output = Arc::clone(self);
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
            .with_ansi(false)
            .with_writer(move || Traced { output: Arc::clone(&output), text: Vec::new() })
            .finish();
        // Another subscriber in this process would be a test's, and keeps its place.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

/// Collects one event of a trace: a secret may be written in parts.
struct Traced {
    output: Arc<Output>,
    text: Vec<u8>,
}

impl Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // One event is one line, whatever it quotes.
        let text = self.output.redacted(String::from_utf8_lossy(&self.text).trim_end());
        self.output.emit(Way::Error, style(Tone::Log), Weight::Minor, &shortened(&clean(&text)));
    }
}
