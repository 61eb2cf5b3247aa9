//! What a CI server's step asks for in its inputs.
//!
//! Every package in `integrations/` passes its inputs as environment variables, never as arguments or script text, and
//! runs `promenade step`. Here they become what the same words on a command line would: a command, its settings and its
//! flags, each with the variable that it came from.

mod list;
mod read;
mod references;
mod value;
mod variables;
mod way;

pub use list::{EXPRESSIONS, Input, InputKind, inputs};
pub use read::{Reading, is_plugin_call, read};

#[cfg(test)]
mod tests {
    mod stories;
}
