//! The end of the process waits for its readers, and not for one that does not read.

use std::time::Duration;

use promenade::ci::report::Tone;

use super::lane::Way;
use super::sink::Output;

/// How long the end of the process waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits for a reader that reads, however slowly.
const LONGEST_END: Duration = Duration::from_secs(30);
/// How long it waits for the warning that a reader is missing to be read.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long it waits for files to be written and for a CI server's own program, each call of which has a limit.
const LONGEST_ERRANDS: Duration = Duration::from_secs(30);

impl Output {
    /// Waits until everything is done and written, as long as the readers read, and warns where it gave up.
    pub(crate) fn finish(&self) {
        let mut undone = Vec::new();
        if !self.errands.drain(LONGEST_ERRANDS, LONGEST_ERRANDS) {
            undone.push("what is left for the CI server was not done in time");
        }
        let mut patience = PATIENCE;
        if !self.out.drain(PATIENCE, LONGEST_END) {
            // The other reader has had as long.
            patience = FAREWELL;
            undone.push("standard output was not read to its end");
        }
        for text in undone {
            self.line(self.way_of_errors(), Tone::Warning, &format!("promenade: warning: {text}"));
        }
        let read = self.error.as_ref().is_none_or(|it| it.drain(patience, LONGEST_END));
        if !read {
            let text = "promenade: warning: standard error was not read to its end";
            // Where standard output is for JSON, no stream is left to report it on.
            if self.way_of_log() == Way::Out {
                self.line(Way::Out, Tone::Warning, text);
            }
        }
        // The warnings that were added just now.
        self.out.drain(FAREWELL, FAREWELL);
    }
}
