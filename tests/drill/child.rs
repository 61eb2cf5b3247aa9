//! The process that drives, and is killed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use promenade::backend::{Backend, Stop};
use promenade::driver::{DriverEvent, Driving, HomeError, Homes, Pace, Until, drive as drive_flows};
use promenade::flow::admission::PromotionId;
use promenade::model::SpaceName;
use promenade::octopus::{Client, Connection, Credential};
use promenade::store::{Access, Store};

use crate::points::Killer;

/// What the process is told: which store, which server, and where it is killed.
pub(crate) struct Orders {
    pub(crate) store: PathBuf,
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) promotion: PromotionId,
    /// The point at which it is killed; 0 = at none.
    pub(crate) kill_at: usize,
}

const VARIABLES: [&str; 5] = ["DRILL_STORE", "DRILL_URL", "DRILL_KEY", "DRILL_PROMOTION", "DRILL_KILL_AT"];

impl Orders {
    /// The orders of this process, if it is one of a drill.
    pub(crate) fn read() -> Option<Self> {
        let [store, url, key, promotion, kill_at] = VARIABLES.map(|it| std::env::var(it).ok());
        Some(Self {
            store: store?.into(),
            url: url?,
            key: key?,
            promotion: PromotionId(promotion?),
            kill_at: kill_at?.parse().expect("a number"),
        })
    }

    pub(crate) fn give(&self, to: &mut std::process::Command) {
        let store = self.store.to_str().expect("a path of text");
        let kill_at = self.kill_at.to_string();
        let values = [store, &self.url, &self.key, &self.promotion.0, &kill_at];
        to.envs(VARIABLES.iter().zip(values));
    }
}

/// Homes on the sandbox, with a short read limit: nothing here is on its way for longer.
pub(crate) fn homes(url: &str, key: &str) -> Homes {
    let (url, key) = (url.to_owned(), key.to_owned());
    Homes::new(Box::new(move |_, space| home(&url, &key, Duration::from_millis(500), space)))
}

/// A home on a server.
pub(crate) fn home(
    url: &str,
    key: &str,
    read_limit: Duration,
    space: Option<&SpaceName>,
) -> Result<Backend, HomeError> {
    let failed = |it: String| HomeError { message: it, advice: String::new() };
    let credential = Credential::ApiKey(key.to_owned().into());
    let mut connection = Connection::new(url, credential).map_err(|it| failed(it.to_string()))?;
    connection.endpoint.proxy = promenade::http::Proxy::None;
    connection.endpoint.read_limit = read_limit;
    let client = Client::new(connection).map_err(|it| failed(it.to_string()))?;
    let space = space.cloned().or_else(|| Some("Default".into()));
    Ok(Backend::new(client, space, Duration::from_secs(5)))
}

/// Opens the store. A machine that is busy with something else may keep the last process's end waiting.
pub(crate) async fn store(path: &Path) -> Arc<Store> {
    for _ in 0..10 {
        match Store::open(path, Access::ReadWrite).await {
            Err(error) if error.may_pass() => eprintln!("trouble: {error}"),
            opened => return Arc::new(opened.expect("the store opens")),
        }
    }
    panic!("the store stays busy");
}

/// Drives the promotion to its end, or until it is killed, and prints how many points there were.
pub(crate) fn drive(orders: Orders) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let killer = Killer::new(&COUNT, orders.kill_at);
    tracing::subscriber::set_global_default(killer).expect("the only subscriber");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let quickly = Duration::from_millis(20);
        let pace = Pace { notice: quickly, shortest: quickly, longest: quickly, after_trouble: quickly };
        let driving = Driving {
            store: store(&orders.store).await,
            homes: homes(&orders.url, &orders.key),
            say: Box::new(|event| {
                if let DriverEvent::Trouble { message, .. } = event {
                    eprintln!("trouble: {message}");
                }
            }),
            redact: Box::new(str::to_owned),
            stop: Stop::never(),
            pace,
        };
        drive_flows(driving, &Until::Ended(orders.promotion)).await.expect("it drives");
    });
    println!("points: {}", COUNT.load(Ordering::Relaxed));
}
