//! The thin adapter: arguments, environment and standard input in; words and an exit code out.

fn main() {}
