//! The progress of deployments: drawn on a terminal, and reported to the CI server.

use std::sync::{PoisonError, Weak};

use promenade::backend::Notice;
use promenade::ci::servers::Message;
use promenade::text::clean;

use super::lane::{Way, Weight};
use super::sink::Output;
use crate::cli::progress::Bars;

impl Output {
    /// Draws on a terminal what a notice changes, and remembers what was accepted.
    pub(crate) fn draw(&self, notice: &Notice) {
        if let Notice::Deployment(it) = notice {
            self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(it.clone());
        }
        let (Some(bars), true) = (self.bars, Bars::shows(notice)) else { return };
        let (me, notice) = (Weak::clone(&self.me), notice.clone());
        self.lane(Way::Error).work(Weight::Minor, move || {
            if let Some(output) = me.upgrade() {
                bars.draw(&notice, &|text| clean(&output.redacted(text)));
            }
        });
    }

    /// Removes what was drawn.
    pub(crate) fn end_drawing(&self) {
        if let Some(bars) = self.bars {
            self.lane(Way::Error).work(Weight::Major, || bars.clear());
        }
    }

    /// Reports the progress of a deployment to the CI server.
    pub(crate) fn progress(&self, notice: &Notice) {
        if let Notice::Progress { deployment, percent, .. } = notice
            && !self.manner.quiet
        {
            let text = clean(&self.redacted(&deployment.target.to_string()));
            self.speak(&Message::Progress { percent: *percent, text: &text }, None);
        }
    }
}
