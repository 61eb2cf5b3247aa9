//! What every text passes before it leaves the process: secrets are masked ([`redact`]), foreign text is made harmless
//! ([`clean`](clean())); and which of the known names was probably meant by one that does not exist.

mod clean;
mod nearest;
pub mod redact;

pub use clean::{clean, steers};
pub(crate) use nearest::{choices, nearest, nearness, unquoted};
pub use redact::Redactor;
