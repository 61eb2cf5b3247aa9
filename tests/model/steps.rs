//! What happens in a sequence: what builds ask for, what people do, what goes wrong.

use std::fmt;

use fastrand::Rng;

/// The environments, in the order of the lifecycle's one phase.
pub(crate) const ENVIRONMENTS: [&str; 3] = ["Development", "Test", "Production"];
/// The releases that there are: two that differ in nothing else, one that takes longer, one that fails, and one that
/// goes on for ever.
pub(crate) const VERSIONS: [&str; 5] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0-broken", "1.4.0-endless"];
/// The machines, each in every environment.
pub(crate) const MACHINES: [&str; 2] = ["web-01", "web-02"];
/// Steps that may be left out.
pub(crate) const STEPS: [&str; 2] = ["Migrate", "Smoke test"];
/// The tenant.
pub(crate) const TENANT: &str = "Acme";

/// A sequence.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) seed: u64,
    /// The server gives no values of prompted variables back.
    pub(crate) hides_values: bool,
    /// The server's lists do not say what was asked of a deployment.
    pub(crate) lists_are_short: bool,
    /// What ran days before.
    pub(crate) past: Vec<Past>,
    pub(crate) steps: Vec<Step>,
}

/// A deployment of days ago.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) version: &'static str,
    pub(crate) environment: &'static str,
    pub(crate) tenant: bool,
    pub(crate) days: u64,
    pub(crate) outcome: &'static str,
    pub(crate) machine: Option<&'static str>,
    pub(crate) skips: Option<&'static str>,
    pub(crate) approver: Option<&'static str>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A build asks for something.
    Request(Request, Vec<Trouble>),
    /// Somebody deploys in the portal, or another program does.
    Somebody { key: Key, version: &'static str, place: Place, how: How },
    /// Somebody cancels the newest deployment that has not ended, but for so many.
    Cancels { but: usize },
    /// Time passes.
    Passes { ms: u64 },
}

/// A request to promenade.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) build: Option<Build>,
    pub(crate) what: What,
    pub(crate) to: Vec<&'static str>,
    pub(crate) tenant: bool,
    pub(crate) how: How,
    pub(crate) orders: Orders,
    pub(crate) notes: Option<String>,
    pub(crate) waits: bool,
}

/// Which release goes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Deploy(&'static str),
    Promote { from: &'static str, backwards: bool },
}

/// Builds with the ids 7 and 8 of one pipeline, and 7 of another, which has an API key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Seven,
    Eight,
    OtherSeven,
}

/// Whose API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Ours,
    Theirs,
    Person,
}

/// A target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) environment: &'static str,
    pub(crate) tenant: bool,
}

/// How a release is deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct How {
    pub(crate) machine: Option<&'static str>,
    pub(crate) excluded: Option<&'static str>,
    pub(crate) skips: Option<&'static str>,
    pub(crate) approver: Option<&'static str>,
    /// A secret; of a build it is always the same, since a secret's value leaves no trace by which two could be told
    /// apart.
    pub(crate) token: Option<&'static str>,
    pub(crate) guided: Option<bool>,
    /// When it may begin, in milliseconds after the sequence does.
    pub(crate) run_at: Option<u64>,
}

/// What has to be carried out for its own sake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    pub(crate) download: bool,
    pub(crate) redeploy: bool,
    pub(crate) refresh: bool,
    pub(crate) again: bool,
}

/// What goes wrong while a request is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Answers to requests to deploy are lost: so many after so many, which are carried out, or not, or late.
    Lost { after: u64, times: u64, carried_out: Carried },
    /// The server does not show the task of the newest deployment but so many, in no answer.
    TaskHidden { but: usize },
    /// Documents of deployments come without a field.
    Lacking { field: &'static str },
    /// They come without values.
    Blank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carried {
    Yes,
    No,
    Late,
}

impl Orders {
    pub(crate) fn is_any(self) -> bool {
        self != Self::default()
    }

    /// Whether these orders are all among the others.
    pub(crate) fn are_among(self, other: Self) -> bool {
        let met = |asked: bool, carried: bool| carried || !asked;
        met(self.download, other.download)
            && met(self.redeploy, other.redeploy)
            && met(self.refresh, other.refresh)
            && met(self.again, other.again)
    }
}

impl Request {
    pub(crate) fn places(&self) -> Vec<Place> {
        self.to.iter().map(|it| Place { environment: it, tenant: self.tenant }).collect()
    }

    pub(crate) fn key(&self) -> Key {
        if self.build == Some(Build::OtherSeven) { Key::Theirs } else { Key::Ours }
    }
}

fn one<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())]
}

/// True in so many of a hundred cases.
fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}

fn perhaps<T: Copy>(rng: &mut Rng, percent: u8, of: &[T]) -> Option<T> {
    chance(rng, percent).then(|| one(rng, of))
}

impl Sequence {
    /// The sequence of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        // What meets in one sequence should often be about one thing, so each has its favourites.
        let favourites = Favourites {
            environment: ENVIRONMENTS[0],
            other: ENVIRONMENTS[1],
            versions: [one(&mut rng, &VERSIONS[..3]), one(&mut rng, &VERSIONS)],
            tenant: chance(&mut rng, 15),
            how: how(&mut rng, true),
            orders: orders(&mut rng, 60),
        };
        let past = (0..rng.usize(..4)).map(|at| past(&mut rng, &favourites, at as u64)).collect();
        let mut steps: Vec<Step> = Vec::new();
        for _ in 0..rng.usize(3..10) {
            let before: Vec<_> = steps
                .iter()
                .filter_map(|it| if let Step::Request(it, _) = it { Some(it.clone()) } else { None })
                .collect();
            steps.push(match rng.u8(..100) {
                0..25 if !before.is_empty() => {
                    // A re-run, or the next step of a build that differs in one thing.
                    let mut again = before[rng.usize(..before.len())].clone();
                    if chance(&mut rng, 50) {
                        change(&mut rng, &favourites, &mut again);
                    }
                    again.waits = chance(&mut rng, 40);
                    Step::Request(again, troubles(&mut rng))
                }
                0..62 => Step::Request(request(&mut rng, &favourites), troubles(&mut rng)),
                62..78 => Step::Somebody {
                    key: one(&mut rng, &[Key::Ours, Key::Theirs, Key::Person]),
                    version: favourites.version(&mut rng),
                    place: favourites.place(&mut rng),
                    how: favourites.how(&mut rng),
                },
                78..84 => Step::Cancels { but: rng.usize(..2) },
                _ => Step::Passes {
                    ms: if chance(&mut rng, 30) { rng.u64(500..2_000) } else { rng.u64(10..300) },
                },
            });
        }
        Self { seed, hides_values: chance(&mut rng, 25), lists_are_short: chance(&mut rng, 30), past, steps }
    }
}

struct Favourites {
    environment: &'static str,
    /// Where releases are promoted to.
    other: &'static str,
    versions: [&'static str; 2],
    tenant: bool,
    how: How,
    orders: Orders,
}

impl Favourites {
    fn version(&self, rng: &mut Rng) -> &'static str {
        if chance(rng, 90) { one(rng, &self.versions) } else { one(rng, &VERSIONS) }
    }

    fn environment(&self, rng: &mut Rng) -> &'static str {
        match rng.u8(..100) {
            0..60 => self.environment,
            60..90 => self.other,
            _ => one(rng, &ENVIRONMENTS),
        }
    }

    fn place(&self, rng: &mut Rng) -> Place {
        let environment = self.environment(rng);
        Place { environment, tenant: if chance(rng, 90) { self.tenant } else { !self.tenant } }
    }

    fn how(&self, rng: &mut Rng) -> How {
        match rng.u8(..100) {
            0..50 => How::default(),
            50..80 => self.how.clone(),
            _ => how(rng, true),
        }
    }
}

fn past(rng: &mut Rng, favourites: &Favourites, at: u64) -> Past {
    Past {
        version: one(rng, &[favourites.versions[0], VERSIONS[0], VERSIONS[1]]),
        environment: favourites.environment(rng),
        tenant: favourites.tenant,
        days: 10 - at,
        outcome: one(rng, &["success", "success", "success", "failed", "canceled"]),
        machine: perhaps(rng, 20, &MACHINES),
        skips: perhaps(rng, 10, &STEPS),
        approver: perhaps(rng, 20, &["ann", "bob"]),
    }
}

fn how(rng: &mut Rng, with_schedule: bool) -> How {
    let mut how = How::default();
    match rng.u8(..100) {
        0..20 => how.machine = Some(one(rng, &MACHINES)),
        20..32 => how.excluded = Some(one(rng, &MACHINES)),
        32..48 => how.skips = Some(one(rng, &STEPS)),
        48..66 => how.approver = Some(one(rng, &["ann", "bob"])),
        66..74 => how.token = Some("hunter2"),
        74..80 => how.guided = Some(rng.bool()),
        80..90 if with_schedule => how.run_at = Some(rng.u64(200..2_500)),
        90.. if with_schedule => how.run_at = Some(one(rng, &[3_600_000, 7_200_000])),
        _ => {}
    }
    if chance(rng, 15) {
        how.approver = Some(one(rng, &["ann", "bob"]));
    }
    how
}

fn orders(rng: &mut Rng, percent: u8) -> Orders {
    let mut orders = Orders::default();
    if chance(rng, percent) {
        match rng.u8(..4) {
            0 => orders.download = true,
            1 => orders.redeploy = true,
            2 => orders.refresh = true,
            _ => orders.again = true,
        }
    }
    orders
}

fn promotion(rng: &mut Rng, favourites: &Favourites) -> (What, Vec<&'static str>) {
    let to = if chance(rng, 85) { favourites.other } else { ENVIRONMENTS[2] };
    (What::Promote { from: favourites.environment, backwards: chance(rng, 30) }, vec![to])
}

fn request(rng: &mut Rng, favourites: &Favourites) -> Request {
    let place = favourites.place(rng);
    let mut to = vec![place.environment];
    if let Some(other) = perhaps(rng, 15, &ENVIRONMENTS)
        && other != place.environment
    {
        to.push(other);
    }
    let build = perhaps(rng, 75, &[Build::Seven, Build::Seven, Build::Eight, Build::OtherSeven]);
    let notes = perhaps(rng, 20, &["a comment", "<!-- promenade build=,,,7 -->", "promenade build=7"]);
    let mut what = What::Deploy(favourites.version(rng));
    if chance(rng, 25) {
        (what, to) = promotion(rng, favourites);
    }
    Request {
        build,
        what,
        to,
        tenant: place.tenant,
        how: favourites.how(rng),
        orders: if chance(rng, 30) { favourites.orders } else { Orders::default() },
        notes: notes.map(str::to_owned),
        waits: chance(rng, 40),
    }
}

/// Changes one thing.
fn change(rng: &mut Rng, favourites: &Favourites, request: &mut Request) {
    match rng.u8(..7) {
        0 => request.build = perhaps(rng, 80, &[Build::Seven, Build::Eight, Build::OtherSeven]),
        1 => request.how = How::default(),
        2 => request.how = how(rng, true),
        3 => request.orders = orders(rng, 100),
        4 => request.orders = Orders::default(),
        5 if chance(rng, 30) => (request.what, request.to) = promotion(rng, favourites),
        5 => request.what = What::Deploy(favourites.version(rng)),
        _ => {
            let other = how(rng, false);
            request.how.machine = other.machine;
            request.how.approver = other.approver;
        }
    }
    if request.how.excluded == request.how.machine {
        request.how.excluded = None;
    }
}

fn troubles(rng: &mut Rng) -> Vec<Trouble> {
    let fields = [
        "Comments",
        "SpecificMachineIds",
        "ExcludedMachineIds",
        "SkipActions",
        "FormValues",
        "UseGuidedFailure",
    ];
    match rng.u8(..100) {
        0..12 => vec![Trouble::Lost {
            after: rng.u64(..2) / (1 + rng.u64(..2)),
            times: 1 + u64::from(chance(rng, 10)),
            carried_out: one(rng, &[Carried::Yes, Carried::Yes, Carried::No, Carried::Late]),
        }],
        12..24 => vec![Trouble::TaskHidden { but: rng.usize(..2) }],
        24..30 => vec![Trouble::Lacking { field: one(rng, &fields) }],
        30..32 => vec![Trouble::Blank],
        32..34 => vec![
            Trouble::Lost { after: 0, times: 1, carried_out: Carried::Yes },
            Trouble::Lacking { field: one(rng, &fields) },
        ],
        _ => Vec::new(),
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, hides_values, lists_are_short, .. } = self;
        writeln!(f, "sequence {seed}: hides values: {hides_values}, short lists: {lists_are_short}")?;
        for it in &self.past {
            writeln!(f, "  {it:?}")?;
        }
        for (at, step) in self.steps.iter().enumerate() {
            writeln!(f, "  {}. {step}", at + 1)?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request, troubles) => {
                write!(f, "{request}")?;
                troubles.iter().try_for_each(|it| write!(f, " [{it:?}]"))
            }
            Self::Somebody { key, version, place, how } => {
                write!(f, "somebody with the key {key:?} deploys {version} to {place}{how}")
            }
            Self::Cancels { but } => write!(f, "somebody cancels the newest unfinished deployment but {but}"),
            Self::Passes { ms } => write!(f, "{ms} ms pass"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.build {
            Some(build) => write!(f, "build {build:?} ")?,
            None => f.write_str("without a build ")?,
        }
        match &self.what {
            What::Deploy(version) => write!(f, "deploys {version}")?,
            What::Promote { from, backwards } => {
                write!(f, "promotes from {from}{}", if *backwards { ", also backwards," } else { "" })?;
            }
        }
        let places: Vec<_> = self.places().iter().map(ToString::to_string).collect();
        write!(f, " to {}{}", places.join(" and "), self.how)?;
        if self.orders.is_any() {
            write!(f, ", {:?}", self.orders)?;
        }
        if let Some(notes) = &self.notes {
            write!(f, ", notes {notes:?}")?;
        }
        f.write_str(if self.waits { ", and waits" } else { "" })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.environment, if self.tenant { " for Acme" } else { "" })
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut some = |word: &str, value: Option<&str>| match value {
            Some(value) => write!(f, ", {word} {value}"),
            None => Ok(()),
        };
        some("only", self.machine)?;
        some("but not", self.excluded)?;
        some("without", self.skips)?;
        some("Approver =", self.approver)?;
        some("Token =", self.token)?;
        if let Some(guided) = self.guided {
            write!(f, ", guided: {guided}")?;
        }
        self.run_at.map_or(Ok(()), |ms| write!(f, ", at {ms} ms"))
    }
}
