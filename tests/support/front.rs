//! What may stand between promenade and a server: one that ends TLS, a proxy, or one that takes a connection
//! and says nothing more.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::shop::runtime;

/// A listener on loopback, and what it has let through.
pub(crate) struct Front {
    address: SocketAddr,
    passed: Arc<Mutex<Vec<String>>>,
}

/// How a connection is passed on.
#[derive(Clone)]
enum Manner {
    /// Its TLS is ended, and what is in it goes to the server.
    EndsTls(TlsAcceptor),
    /// As a proxy does: the first line says where to, and it goes to the server wherever that is.
    Proxy,
    /// Not at all, and it stays open.
    Silent,
}

impl Front {
    /// A server of HTTPS before the plain one at `behind`.
    pub(crate) fn ending_tls(acceptor: TlsAcceptor, behind: SocketAddr) -> Self {
        Self::start(Manner::EndsTls(acceptor), behind)
    }

    /// A proxy by which every address leads to `behind`.
    pub(crate) fn proxy(behind: SocketAddr) -> Self {
        Self::start(Manner::Proxy, behind)
    }

    /// A server that takes connections and never says a word.
    pub(crate) fn silent() -> Self {
        Self::start(Manner::Silent, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    fn start(manner: Manner, behind: SocketAddr) -> Self {
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).expect("loopback");
        let address = listener.local_addr().expect("an address");
        let passed = Arc::<Mutex<Vec<String>>>::default();
        let list = Arc::clone(&passed);
        runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(stream, manner.clone(), behind, Arc::clone(&list)));
            }
        });
        Self { address, passed }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of each connection that was passed on, since this was last asked.
    pub(crate) fn passed(&self) -> Vec<String> {
        std::mem::take(&mut self.passed.lock().expect("the list"))
    }
}

async fn pass_on(stream: TcpStream, manner: Manner, behind: SocketAddr, list: Arc<Mutex<Vec<String>>>) {
    match manner {
        // A client that does not trust the certificate ends the handshake, and so does a server that wants one.
        Manner::EndsTls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                copy(stream, behind, list, false).await;
            }
        }
        Manner::Proxy => copy(stream, behind, list, true).await,
        Manner::Silent => {
            let _open = stream;
            std::future::pending::<()>().await;
        }
    }
}

/// Writes down the first line, then only copies. Where `tunnels`, a CONNECT is answered and not passed on.
async fn copy(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    behind: SocketAddr,
    list: Arc<Mutex<Vec<String>>>,
    tunnels: bool,
) {
    let mut head = Vec::new();
    while !head.windows(4).any(|it| it == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let text = String::from_utf8_lossy(&head);
    let line = text.lines().next().unwrap_or_default().to_owned();
    let is_tunnel = tunnels && line.starts_with("CONNECT ");
    list.lock().expect("the list").push(line);
    let Ok(mut server) = TcpStream::connect(behind).await else { return };
    let begun = match is_tunnel {
        true => stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await,
        false => server.write_all(&head).await,
    };
    if begun.is_ok() {
        copy_bidirectional(&mut stream, &mut server).await.ok();
    }
}
