//! The thin adapter: arguments, environment and standard input in; words and an exit code out.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
