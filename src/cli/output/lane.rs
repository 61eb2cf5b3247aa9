//! Does on a thread of its own what may take for ever: writing to somebody who does not read, running a program.
//!
//! Whoever hands something in never waits. What waits to be done is bounded: where a reader falls too far behind, the
//! least important lines are left out, and a line says how many. At the end the process waits as long as the reader
//! reads, and not for one that does not.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many bytes may wait to be read. A server's answer holds at most 16 MiB.
const MOST_WAITING: usize = 32 * 1024 * 1024;
/// How many more there may be of what matters.
const RESERVE: usize = MOST_WAITING / 4;
/// How many things may wait that nobody misses, such as what is drawn.
const MOST_DRAWN: usize = 1000;

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Out,
    Error,
}

/// How bad it is when something is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// One line of many.
    Minor,
    /// It says how something ended, or a reader waits for it.
    Major,
    /// It is never left out: the result, of which there is one, and what a server is told of a secret.
    Whole,
}

/// Writes all of a text, and tells each time that it got on.
pub(super) type Write = Box<dyn FnMut(Way, &[u8], &dyn Fn()) + Send>;

/// One thread, and what waits for it.
pub(super) struct Lane {
    shared: Arc<Shared>,
    most_waiting: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Piece>,
    /// How many bytes of text wait.
    bytes: usize,
    /// Whether something is being done.
    busy: bool,
    /// Grows whenever something got on.
    progress: u64,
    /// Until the thread is started, with the first piece.
    write: Option<Write>,
}

enum Piece {
    Text(Way, String),
    /// So many lines were left out here.
    Missing(Way, u64),
    Work(Box<dyn FnOnce() + Send>),
}

impl Lane {
    /// A lane that writes this way.
    pub(super) fn new(write: Write) -> Self {
        Self::bounded(MOST_WAITING, write)
    }

    fn bounded(most_waiting: usize, write: Write) -> Self {
        let state =
            State { waiting: VecDeque::new(), bytes: 0, busy: false, progress: 0, write: Some(write) };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }), most_waiting }
    }

    /// Hands in a text to be written. It ends with a line break.
    pub(super) fn text(&self, way: Way, weight: Weight, text: String) {
        let mut state = self.shared.lock();
        let most = match weight {
            Weight::Minor => self.most_waiting,
            Weight::Major => self.most_waiting + RESERVE,
            Weight::Whole => usize::MAX,
        };
        if state.bytes.saturating_add(text.len()) <= most {
            state.bytes += text.len();
            self.push(state, Piece::Text(way, text));
            return;
        }
        if let Some(Piece::Missing(_, lines)) = state.waiting.back_mut() {
            *lines += 1;
        } else {
            self.push(state, Piece::Missing(way, 1));
        }
    }

    /// Hands in something to be done.
    pub(super) fn work(&self, weight: Weight, work: impl FnOnce() + Send + 'static) {
        let state = self.shared.lock();
        if weight != Weight::Minor || state.waiting.len() < MOST_DRAWN {
            self.push(state, Piece::Work(Box::new(work)));
        }
    }

    /// Waits until everything is done, and says whether it was: not for longer than `patience` while nothing gets on,
    /// and not for longer than `longest` at all.
    pub(super) fn drain(&self, patience: Duration, longest: Duration) -> bool {
        let began = Instant::now();
        let mut state = self.shared.lock();
        let mut last = (state.progress, began);
        loop {
            if state.waiting.is_empty() && !state.busy {
                return true;
            }
            let now = Instant::now();
            if state.progress != last.0 {
                last = (state.progress, now);
            }
            let left = patience.saturating_sub(now - last.1).min(longest.saturating_sub(now - began));
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn push(&self, mut state: MutexGuard<'_, State>, piece: Piece) {
        state.waiting.push_back(piece);
        let write = state.write.take();
        drop(state);
        self.shared.changed.notify_all();
        if let Some(write) = write {
            let shared = Arc::clone(&self.shared);
            let started = std::thread::Builder::new().spawn(move || shared.run(write));
            if started.is_err() {
                // Without threads nothing can be written, and nobody could be told.
                self.shared.lock().waiting.clear();
            }
        }
    }
}

impl Shared {
    /// Nothing in here panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut write: Write) {
        loop {
            let mut state = self.lock();
            let piece = loop {
                if let Some(piece) = state.waiting.pop_front() {
                    break piece;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            state.busy = true;
            drop(state);
            // The next lines are told whatever became of this one; a panic is told by its hook.
            let size = catch_unwind(AssertUnwindSafe(|| self.perform(piece, &mut write)));
            let mut state = self.lock();
            state.bytes = state.bytes.saturating_sub(size.unwrap_or_default());
            state.busy = false;
            state.progress += 1;
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Does it, and says how many bytes waited.
    fn perform(&self, piece: Piece, write: &mut Write) -> usize {
        let got_on = || {
            self.lock().progress += 1;
            self.changed.notify_all();
        };
        match piece {
            Piece::Text(way, text) => {
                write(way, text.as_bytes(), &got_on);
                text.len()
            }
            Piece::Missing(way, lines) => {
                let text =
                    format!("promenade: {lines} lines are missing here: this output was not read in time\n");
                write(way, text.as_bytes(), &got_on);
                0
            }
            Piece::Work(work) => {
                work();
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// A lane that writes one text for each word to go on, and all that was written.
    fn held(most: usize) -> (Lane, mpsc::Sender<()>, mpsc::Receiver<String>) {
        let (go, gone) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let write = move |_: Way, bytes: &[u8], _: &dyn Fn()| {
            // Without anybody to say so, it goes on.
            gone.recv().ok();
            tell.send(String::from_utf8_lossy(bytes).into_owned()).ok();
        };
        (Lane::bounded(most, Box::new(write)), go, told)
    }

    #[test]
    fn nobody_waits_for_a_reader_that_does_not_read_and_what_is_left_out_is_counted() {
        let (lane, go, told) = held(30);
        for line in 0..100 {
            lane.text(Way::Out, Weight::Minor, format!("line {line:02}!\n"));
        }
        lane.text(Way::Out, Weight::Major, "the end\n".to_owned());
        lane.text(Way::Out, Weight::Whole, "x".repeat(RESERVE + 100));
        assert!(!lane.drain(Duration::from_millis(1), LONG), "nothing gets on");
        assert!(!lane.drain(LONG, Duration::from_millis(1)), "not for longer than that at all");
        drop(go);
        assert!(lane.drain(LONG, LONG));
        let told: Vec<_> = told.try_iter().collect();
        let lines = told.iter().filter(|it| it.starts_with("line ")).count();
        let missing =
            format!("promenade: {} lines are missing here: this output was not read in time\n", 100 - lines);
        assert!((3..100).contains(&lines), "{told:?}");
        assert_eq!(told[lines..lines + 2], [missing.as_str(), "the end\n"]);
        assert_eq!(told.last().map(String::len), Some(RESERVE + 100));
    }

    #[test]
    fn a_panic_ends_no_lane() {
        let (lane, go, told) = held(1000);
        drop(go);
        lane.work(Weight::Major, || panic!("one"));
        lane.text(Way::Error, Weight::Minor, "two\n".to_owned());
        assert!(lane.drain(LONG, LONG));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["two\n"]);
    }

    #[test]
    fn what_nobody_misses_is_left_out_without_a_word() {
        let (lane, go, told) = held(1000);
        lane.text(Way::Out, Weight::Minor, "one\n".to_owned());
        for _ in 0..MOST_DRAWN * 2 {
            lane.work(Weight::Minor, || {});
        }
        assert!(lane.shared.lock().waiting.len() <= MOST_DRAWN);
        drop(go);
        assert!(lane.drain(LONG, LONG));
        assert_eq!(told.try_iter().count(), 1);
    }
}
