//! The secrets that are kept out of every text.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use promenade::ci::servers::Message;
use promenade::text::redact::SHORTEST;
use secrecy::{ExposeSecret, SecretString};

use super::sink::Output;

impl Output {
    /// Hides these secrets from now on, in addition to those that are hidden already.
    pub(crate) fn hide(&self, more: impl IntoIterator<Item = SecretString>) {
        let new = self.redactor.write().unwrap_or_else(PoisonError::into_inner).add(more);
        self.register_new(&new);
    }

    /// Hides a secret that takes the place of an earlier one, such as a token that was renewed.
    pub(crate) fn hide_renewed(&self, secret: &SecretString) {
        let mut redactor = self.redactor.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = redactor.renew(secret.clone());
        drop(redactor);
        if is_new {
            self.register_new(std::slice::from_ref(secret));
        }
    }

    fn register_new(&self, new: &[SecretString]) {
        if self.registers.load(Ordering::Relaxed) {
            self.register(new);
        }
    }

    /// Does not hide this text any more: it is public, even where a variable holds it as a secret.
    pub(crate) fn publish(&self, text: &str) {
        self.redactor.write().unwrap_or_else(PoisonError::into_inner).publish(text);
    }

    /// The secrets that are hidden.
    pub(crate) fn hidden(&self) -> Vec<SecretString> {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).secrets()
    }

    /// How many of the hidden secrets are too short to be looked for.
    pub(crate) fn too_short(&self) -> usize {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).too_short()
    }

    /// Registers every secret with the CI server: those that are hidden, and those that will be.
    pub(crate) fn register_secrets(&self) {
        if !self.registers.swap(true, Ordering::Relaxed) {
            self.register(&self.hidden());
        }
    }

    fn register(&self, secrets: &[SecretString]) {
        for secret in secrets.iter().filter(|it| it.expose_secret().trim().len() >= SHORTEST) {
            self.speak(&Message::Mask(secret.expose_secret().trim()), None);
        }
    }
}
