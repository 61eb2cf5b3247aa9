//! The begin protocol as a model: three performers of one attempt who pause, die and lose answers, on one clock. The
//! driver's own functions decide; the model adds only time and trouble. How often did the request do its work?

use fastrand::Rng;

use promenade::driver::begin::{Conclusion, Found, Next, PERMIT, SENDS, conclude, next, put_off};
use promenade::flow::engine::Wish;

/// How long a request may be on its way, in milliseconds.
const READ: u64 = 5_000;

/// The schedules that must all go well as designed; [`FURTHER`] times as many where the search goes further.
const SCHEDULES: u64 = 100_000;

/// How much further `scripts/engine` goes.
const FURTHER: u64 = 10;

/// The schedules of each other way to follow the protocol.
const FEWER: u64 = 60_000;

/// After this long without a sign of life another performer takes over.
const LEASE: u64 = 6_000;

/// How the protocol is followed, and what the network does.
#[derive(Clone, Copy)]
struct Rules {
    /// Whether anyone takes the attempt at any moment, and not only when its performer is silent.
    anyone: bool,
    /// Whether a request leaves only while its permit holds.
    permit: bool,
    /// How long the look is put off after the attempt was taken, or sent by oneself.
    put_off: u64,
    /// How often a second look must show nothing, this long after the one before.
    second_look: Option<u64>,
    /// Whether a request may be sent again without a look.
    blind: bool,
    /// The longest that a request is on its way.
    longest: u64,
}

impl Rules {
    fn designed() -> Self {
        Self {
            anyone: false,
            permit: true,
            put_off: millis(put_off(std::time::Duration::from_millis(READ))),
            second_look: None,
            blind: false,
            longest: READ,
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("a short time")
}

/// What a performer does next.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Take,
    Claim,
    Write { asked: u64, claim: (u32, u64) },
    Answer { arrives: bool },
    Look { again: bool },
    Note,
    Over,
}

#[derive(Clone, Copy)]
struct Performer {
    step: Step,
    at: u64,
    /// Whether the process stands still or is dead until then, and beats no more.
    silent: bool,
    /// Another number for each process.
    holder: u64,
    quiet_since: Option<u64>,
    sent: u32,
}

/// The row of the attempt, and what arrived at the server.
struct World {
    rules: Rules,
    rng: Rng,
    holder: Option<u64>,
    sent: u32,
    claimed: u64,
    over: bool,
    arrived: Vec<u64>,
    performers: [Performer; 3],
    processes: u64,
}

/// How one schedule ended.
#[derive(PartialEq)]
enum Outcome {
    Never,
    Once,
    Twice,
}

fn play(rules: Rules, seed: u64) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let performers = [0, 1, 2].map(|holder| Performer {
        step: Step::Take,
        at: rng.u64(0..20_000) * u64::from(holder > 0),
        silent: false,
        holder,
        quiet_since: None,
        sent: 0,
    });
    let arrived = Vec::new();
    let mut world = World {
        rules,
        rng,
        holder: None,
        sent: 0,
        claimed: 0,
        over: false,
        arrived,
        performers,
        processes: 3,
    };
    for _ in 0..300 {
        let first = (0..3).filter(|it| world.performers[*it].step != Step::Over);
        let Some(who) = first.min_by_key(|it| world.performers[*it].at) else { break };
        world.step(who);
    }
    match world.arrived.len() {
        0 => Outcome::Never,
        1 => Outcome::Once,
        _ => Outcome::Twice,
    }
}

impl World {
    /// A pause between two steps: mostly short, now and then long, and sometimes the process dies.
    fn pause(&mut self, who: usize) {
        let long = match self.rng.u8(0..100) {
            0..80 => self.rng.u64(0..200),
            80..92 => self.rng.u64(200..2_000),
            _ => self.rng.u64(2_000..20_000),
        };
        let dies = self.rng.u8(0..100) < 3;
        let it = &mut self.performers[who];
        it.at += long;
        it.silent = long > LEASE || dies;
        if dies && it.step != Step::Over {
            (it.step, it.quiet_since, it.holder) = (Step::Take, None, self.processes);
            self.processes += 1;
            it.at += self.rng.u64(0..10_000);
        }
    }

    fn step(&mut self, who: usize) {
        let now = self.performers[who].at;
        self.performers[who].silent = false;
        let next = match self.performers[who].step {
            Step::Take => self.take(who, now),
            Step::Claim => self.claim(who, now),
            Step::Write { asked, claim } => self.write(who, now, asked, claim),
            Step::Answer { arrives } => {
                self.performers[who].quiet_since = Some(now);
                if arrives { Step::Note } else { Step::Take }
            }
            Step::Look { again } => self.look(who, now, again),
            Step::Note if self.holder == Some(self.performers[who].holder) => {
                self.over = true;
                Step::Over
            }
            Step::Note => Step::Take,
            Step::Over => Step::Over,
        };
        self.performers[who].step = next;
        self.pause(who);
    }

    fn take(&mut self, who: usize, now: u64) -> Step {
        if self.over {
            return Step::Over;
        }
        let me = self.performers[who].holder;
        let other = self.performers.iter().find(|it| Some(it.holder) == self.holder && it.holder != me);
        if other.is_some_and(|it| !self.rules.anyone && !it.silent) {
            self.performers[who].at = now + 1_000;
            return Step::Take;
        }
        if self.holder != Some(me) {
            self.holder = Some(me);
            self.performers[who].quiet_since = Some(now);
        }
        self.performers[who].sent = self.sent;
        match next(self.sent, Wish::Run) {
            Next::Send => Step::Claim,
            Next::Stopped => unreachable!("it is wanted"),
            Next::Look if self.rules.blind => Step::Claim,
            Next::Look => {
                let since = *self.performers[who].quiet_since.get_or_insert(now);
                self.performers[who].at = now.max(since + self.rules.put_off);
                Step::Look { again: false }
            }
        }
    }

    fn claim(&mut self, who: usize, now: u64) -> Step {
        if self.sent >= SENDS {
            return Step::Over;
        }
        if self.over || self.holder != Some(self.performers[who].holder) {
            return Step::Take;
        }
        self.sent += 1;
        self.claimed = now;
        Step::Write { asked: now, claim: (self.sent, now) }
    }

    fn write(&mut self, who: usize, now: u64, asked: u64, claim: (u32, u64)) -> Step {
        if self.rules.permit && now > asked + millis(PERMIT) {
            // Certainly unsent: the count is given back, if this claim is still the last one.
            if self.holder == Some(self.performers[who].holder) && (self.sent, self.claimed) == claim {
                self.sent -= 1;
            }
            return Step::Take;
        }
        let slow = self.rules.longest > READ && self.rng.u8(0..20) == 0;
        let way = self.rng.u64(0..=if slow { self.rules.longest } else { READ });
        let carried_out = self.rng.u8(0..10) > 0;
        if carried_out {
            self.arrived.push(now + way);
        }
        let answered = carried_out && way <= READ && self.rng.u8(0..3) > 0;
        self.performers[who].at = now + if answered { way } else { READ };
        Step::Answer { arrives: answered }
    }

    fn look(&mut self, who: usize, now: u64, again: bool) -> Step {
        let found = if self.arrived.iter().any(|it| *it <= now) { Found::It } else { Found::Nothing };
        match (conclude(found, self.performers[who].sent, Wish::Run), self.rules.second_look) {
            (Conclusion::Made, _) => Step::Note,
            (Conclusion::SendAgain, Some(later)) if !again => {
                self.performers[who].at = now + later;
                Step::Look { again: true }
            }
            (Conclusion::SendAgain, _) => Step::Claim,
            (Conclusion::Stopped | Conclusion::Unknown, _) => Step::Over,
        }
    }
}

/// How many of the schedules did their work twice.
#[expect(clippy::print_stdout, reason = "the counts are what a reader of the run looks for")]
fn twice(what: &str, schedules: u64, rules: Rules) -> u64 {
    let (mut twice, mut once) = (0, 0);
    for seed in 0..schedules {
        match play(rules, seed) {
            Outcome::Never => {}
            Outcome::Once => once += 1,
            Outcome::Twice => twice += 1,
        }
    }
    println!("{what}: {twice} of {schedules} twice, {once} once");
    assert!(once > schedules / 2, "the model does its work");
    twice
}

fn never(what: &str, schedules: u64, rules: Rules) {
    let wide = std::env::var("PROMENADE_ENGINE").is_ok_and(|it| it == "wide");
    let schedules = if wide { schedules * FURTHER } else { schedules };
    assert_eq!(twice(what, schedules, rules), 0, "{what}");
}

#[test]
fn nothing_is_sent_twice_as_designed() {
    never("as designed", SCHEDULES, Rules::designed());
}

#[test]
fn nothing_is_sent_twice_as_designed_whoever_takes_the_attempt() {
    never(
        "the same, and anyone takes it at any moment",
        SCHEDULES,
        Rules { anyone: true, ..Rules::designed() },
    );
}

#[test]
fn nothing_is_sent_twice_where_looks_wait_for_the_longest_way() {
    let longest = 10 * READ;
    let put_off = millis(PERMIT) + longest;
    never(
        "longer ways, and looks put off by the longest",
        FEWER,
        Rules { longest, put_off, anyone: true, ..Rules::designed() },
    );
}

#[test]
fn nothing_is_sent_twice_after_two_looks_far_apart() {
    let second_look = Some(2 * READ);
    never("two looks far apart, not put off", FEWER, Rules { put_off: 0, second_look, ..Rules::designed() });
}

#[test]
fn each_part_of_the_protocol_is_necessary() {
    let designed = Rules::designed();
    let sometimes = |what: &str, rules| assert!(twice(what, FEWER, rules) > 0, "{what}");
    let without = Rules { permit: false, ..designed };
    sometimes("without the permit", without);
    sometimes("without the permit, and anyone takes it", Rules { anyone: true, ..without });
    sometimes("the look not put off", Rules { put_off: 0, ..designed });
    sometimes("the look put off by the permit only", Rules { put_off: millis(PERMIT), ..designed });
    sometimes("the look put off by the way only", Rules { put_off: READ - 1, anyone: true, ..designed });
    sometimes("sent again without a look", Rules { blind: true, ..designed });
    sometimes("requests ten times as long on their way", Rules { longest: 10 * READ, ..designed });
}
