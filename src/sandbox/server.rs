//! The running sandbox: a listener on loopback, and its methods for tests.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{mpsc, watch},
    time::sleep,
};

use crate::sandbox::{
    SeedError, World, connection, faults::Script, recorded::ReceivedRequest, shared::Shared,
};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
/// The pause before another try after the system refused to accept or to listen.
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// The options of [`Sandbox::start`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SandboxOptions {
    /// The address to listen on, which must be a loopback one. Port 0, the default, takes a free port.
    pub listen: SocketAddr,
    /// The seed of the world, as JSON; `None`, the default, takes the built-in one.
    pub seed: Option<String>,
    /// The factor by which tasks are faster than real time; above 0, by default 1.
    pub scale: f64,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), seed: None, scale: 1.0 }
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not a loopback one: anyone who reached it could change the sandbox.
    #[error("the sandbox listens on loopback only, not on {0}: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The scale is not a number above 0.
    #[error("the time scale must be a number above 0, not {0}")]
    Scale(f64),
    /// The seed is invalid.
    #[error("{0}")]
    Seed(SeedError),
    /// The system refuses the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was to be listened on.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
}

/// A running sandbox. It ends with [`Sandbox::stop`], or at the latest when it is dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    url: String,
    api_key: String,
    space: String,
}

impl Sandbox {
    /// Starts a sandbox in the current tokio runtime, which must have I/O and time enabled.
    ///
    /// # Errors
    /// The options are invalid, or the address is not available.
    pub async fn start(options: SandboxOptions) -> Result<Self, StartError> {
        let SandboxOptions { listen, seed, scale } = options;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        if !(scale.is_finite() && scale > 0.0) {
            return Err(StartError::Scale(scale));
        }
        let world = match seed {
            None => World::seeded(Timestamp::now(), scale),
            Some(json) => World::from_seed(&json, Timestamp::now(), scale).map_err(StartError::Seed)?,
        };
        let listening = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let url = format!("http://{address}{}", world.base_path());
        let (api_key, space) = (world.api_key().to_owned(), world.space_id().to_owned());
        let (outages, requested) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(world, scale, outages));
        shared.spawn(listen_on(Arc::clone(&shared), address, listener, requested));
        Ok(Self { shared, address, url, api_key, space })
    }

    /// The server's URL with the virtual directory of the world that the sandbox was started with, and without
    /// a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A key with every permission in the world that the sandbox was started with.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The id of the default space in the world that the sandbox was started with.
    #[must_use]
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Adds a fault script.
    pub fn script(&self, script: Script) {
        let now = self.shared.elapsed();
        self.shared.contents().scripts.add(script, now);
    }

    /// The scripts that are not used up, with their remaining counts.
    #[must_use]
    pub fn scripts(&self) -> Vec<Script> {
        let now = self.shared.elapsed();
        self.shared.contents().scripts.left(now)
    }

    /// Clears all fault scripts.
    pub fn clear_scripts(&self) {
        self.shared.contents().scripts.clear();
    }

    /// The last 20,000 requests received, in order, without control requests.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.contents().requests.all()
    }

    /// Forgets the requests received.
    pub fn clear_requests(&self) {
        self.shared.contents().requests.clear();
    }

    /// A summary of the world.
    #[must_use]
    pub fn state(&self) -> Value {
        self.shared.contents().world.summary(Timestamp::now())
    }

    /// Closes the listener for a while and resets every connection, as a restart does.
    pub fn go_away(&self, time: Duration) {
        self.shared.go_away(time);
    }

    /// Closes the listener and every connection, and waits until nothing of it runs.
    pub async fn stop(self) {
        self.shared.close().shutdown().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The tasks hold the state that holds them, so they have to be dropped here.
        self.shared.close().abort_all();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Accepts connections until it is dropped, with a gap for each outage.
async fn listen_on(
    shared: Arc<Shared>,
    address: SocketAddr,
    mut listener: TcpListener,
    mut requested: mpsc::UnboundedReceiver<Duration>,
) {
    let (resets, _) = watch::channel(0_u64);
    let mut connections = 0;
    loop {
        tokio::select! {
            biased;
            Some(time) = requested.recv() => {
                drop(listener);
                let closed = closed_socket(address);
                resets.send_modify(|count| *count += 1);
                sleep(time).await;
                listener = reopened(closed, address).await;
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections += 1;
                    shared.spawn(connection::serve(Arc::clone(&shared), stream, connections, resets.subscribe()));
                }
                // There are no file descriptors left, or the client has disconnected already.
                Err(_) => sleep(TRY_AGAIN).await,
            },
        }
    }
}

/// Keeps the port without listening, so that clients are refused and no other program takes it.
fn closed_socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn reopened(closed: io::Result<TcpSocket>, address: SocketAddr) -> TcpListener {
    let mut socket = closed;
    loop {
        if let Ok(listener) = socket.and_then(|socket| socket.listen(BACKLOG)) {
            return listener;
        }
        sleep(TRY_AGAIN).await;
        socket = closed_socket(address);
    }
}
