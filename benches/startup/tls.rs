//! A TLS server on loopback, with a certificate authority of its own, in front of the sandbox.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The server, which lives as long as the process.
pub(crate) struct Front {
    pub(crate) url: String,
    requests: Receiver<Instant>,
    folder: tempfile::TempDir,
}

impl Front {
    /// Serves HTTPS in front of the plain server at `behind`.
    pub(crate) fn start(behind: &str) -> Self {
        let behind: SocketAddr = behind
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .parse()
            .expect("the sandbox listens on a number");
        let folder = tempfile::tempdir().expect("a folder for the certificate");
        let acceptor = acceptor(&folder.path().join("ca.pem"));
        let (said, requests) = channel();
        let (ready, address) = channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(serve(acceptor, behind, &said, &ready));
        });
        let address: SocketAddr = address.recv().expect("the server listens");
        Self { url: format!("https://{address}"), requests, folder }
    }

    /// The file of the certificate authority that vouches for this server.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        while self.requests.try_recv().is_ok() {}
    }

    /// When the first request since [`Self::forget`] had been read, its headers complete.
    pub(crate) fn first_request(&self) -> Option<Instant> {
        self.requests.recv_timeout(Duration::from_secs(5)).ok()
    }
}

/// A certificate for 127.0.0.1, signed by a new authority whose certificate goes into `file`.
fn acceptor(file: &Path) -> TlsAcceptor {
    let key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "promenade's measurements");
    let certificate = authority.self_signed(&key).expect("a certificate");
    std::fs::write(file, certificate.pem()).expect("the certificate is written");
    let issuer = Issuer::new(authority, key);

    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
    let certificate = server.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key that rustls reads");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows the protocol")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("the key fits the certificate");
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(
    acceptor: TlsAcceptor,
    behind: SocketAddr,
    said: &Sender<Instant>,
    ready: &Sender<SocketAddr>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    ready.send(listener.local_addr().expect("an address")).expect("somebody asked");
    while let Ok((connection, _)) = listener.accept().await {
        tokio::spawn(pass_on(acceptor.clone(), connection, behind, said.clone()));
    }
}

/// One connection: says when the first request's headers were read, then only copies.
async fn pass_on(acceptor: TlsAcceptor, connection: TcpStream, behind: SocketAddr, said: Sender<Instant>) {
    // A client that does not trust the certificate ends the handshake: that is one of the proofs.
    let Ok(mut connection) = acceptor.accept(connection).await else { return };
    let mut request = Vec::new();
    while !request.windows(4).any(|it| it == b"\r\n\r\n") {
        match connection.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    said.send(Instant::now()).ok();
    let Ok(mut server) = TcpStream::connect(behind).await else { return };
    if server.write_all(&request).await.is_ok() {
        copy_bidirectional(&mut connection, &mut server).await.ok();
    }
}
