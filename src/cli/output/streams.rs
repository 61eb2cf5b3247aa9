//! The two streams of the process, written to without the buffers of the standard library: what a reader has not
//! taken by the end must not hold up the end.

use std::io::{ErrorKind, IsTerminal};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};

use super::lane::{Way, Write};
use crate::cli::progress::Bars;

/// How much is written at once, so that it is seen that a slow reader reads. Pipes take so much whole.
const PORTION: usize = 4096;
/// How long to wait for a stream that says that it is full, as one does that another process has set so.
const FULL: Duration = Duration::from_millis(5);

/// Whether a stream shows colours.
pub(super) fn shows_colours(way: Way) -> bool {
    let choice = match way {
        Way::Out => AutoStream::choice(&std::io::stdout()),
        Way::Error => AutoStream::choice(&std::io::stderr()),
    };
    choice != ColorChoice::Never
}

/// Whether both streams lead to the same place, so that their lines have one order.
pub(super) fn are_one() -> bool {
    (std::io::stdout().is_terminal() && std::io::stderr().is_terminal()) || are_one_file()
}

#[cfg(unix)]
fn are_one_file() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |file: Option<std::fs::File>| file?.metadata().ok().map(|it| (it.dev(), it.ino()));
    place(file(Way::Out)).is_some_and(|it| Some(it) == place(file(Way::Error)))
}

/// The stream as a file of its own.
#[cfg(unix)]
fn file(way: Way) -> Option<std::fs::File> {
    use std::os::fd::AsFd as _;
    let stream = match way {
        Way::Out => std::io::stdout().as_fd().try_clone_to_owned(),
        Way::Error => std::io::stderr().as_fd().try_clone_to_owned(),
    };
    stream.map(std::fs::File::from).ok()
}

#[cfg(not(unix))]
fn are_one_file() -> bool {
    false
}

#[cfg(not(unix))]
fn file(way: Way) -> Option<Box<dyn std::io::Write + Send>> {
    Some(match way {
        Way::Out => Box::new(std::io::stdout()),
        Way::Error => Box::new(std::io::stderr()),
    })
}

/// Writes to the streams, while the bars are out of the way.
pub(super) fn writer(bars: Option<&'static Bars>) -> Write {
    let (mut out, mut error) = (file(Way::Out), file(Way::Error));
    Box::new(move |way, bytes, got_on| {
        let stream = match way {
            Way::Out => &mut out,
            Way::Error => &mut error,
        };
        let Some(stream) = stream else { return };
        match bars {
            Some(bars) => bars.aside(|| write_whole(stream, bytes, got_on)),
            None => write_whole(stream, bytes, got_on),
        }
    })
}

/// A reader that has gone away is no reason to fail a deployment, and neither is a disk that is full.
fn write_whole(stream: &mut impl std::io::Write, mut bytes: &[u8], got_on: &dyn Fn()) {
    while !bytes.is_empty() {
        match stream.write(&bytes[..bytes.len().min(PORTION)]) {
            Ok(0) => return,
            Ok(count) => {
                bytes = &bytes[count..];
                got_on();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(FULL),
            Err(_) => return,
        }
    }
    stream.flush().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that is full, interrupted, or takes a little, by turns.
    struct Slow(usize, Vec<u8>);

    impl std::io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += 1;
            match self.0 % 3 {
                0 => Err(ErrorKind::WouldBlock.into()),
                1 => Err(ErrorKind::Interrupted.into()),
                _ => {
                    let count = bytes.len().min(1000);
                    self.1.extend_from_slice(&bytes[..count]);
                    Ok(count)
                }
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_takes_little_gets_all() {
        let text: Vec<u8> = (0..9000_u32).map(|it| it.to_le_bytes()[0]).collect();
        let (mut slow, steps) = (Slow(0, Vec::new()), std::cell::Cell::new(0));
        write_whole(&mut slow, &text, &|| steps.set(steps.get() + 1));
        assert_eq!((slow.1 == text, steps.get()), (true, 9), "{}", slow.1.len());
    }
}
