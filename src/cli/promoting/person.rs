//! Who asks for something: the user of the credential, as the server says, or the one of the operating system.

use std::time::Duration;

use promenade::backend::{Backend, Context, Ledger, Stop};
use promenade::flow::course::Person;
use tokio::time::Instant;

use crate::cli::process::Process;

/// How long the server may take to say whose credential it is.
const LIMIT: Duration = Duration::from_secs(10);

/// Who asks.
pub(crate) struct Who {
    /// The name.
    pub(crate) by: Person,
    /// Whether a server confirmed it.
    pub(crate) verified: bool,
}

/// The user of the credential of this home. Without a home or an answer, the user of the operating system, whose name
/// nobody confirmed.
pub(crate) async fn who(home: Option<Backend>, process: &Process) -> Who {
    if let Some(home) = home {
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let deadline = Instant::now() + LIMIT;
        let context =
            Context { deadline, build: None, attempt: None, say: &|_| {}, stop: &stop, ledger: &ledger };
        // It must never be the reason why something is not done.
        if let Ok(Some(user)) = home.current_user(context).await {
            return Who { by: Person(user.name), verified: true };
        }
    }
    Who { by: Person(system_user(process)), verified: false }
}

fn system_user(process: &Process) -> String {
    let of_variables = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|it| process.variable(it));
    owner().or_else(|| of_variables().map(str::to_owned)).unwrap_or_else(|| "unknown".to_owned())
}

/// The user that this process belongs to, where the system says it.
#[cfg(target_os = "linux")]
fn owner() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|it| {
        let mut fields = it.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    });
    Some(named.unwrap_or_else(|| format!("user {id}")))
}

#[cfg(not(target_os = "linux"))]
fn owner() -> Option<String> {
    None
}
