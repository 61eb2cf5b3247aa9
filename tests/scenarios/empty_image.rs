//! The program in a file system that holds nothing else, as in an image made `FROM scratch`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::folder::{Folder, Told};
use crate::support::left_out;
use crate::support::program::{PROGRAM, Sandbox, scrubbed};
use crate::support::tree;

/// Where the Dockerfile puts the authorities, seen from the image's root.
const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";

/// An image: a folder that holds the program, and what a container engine puts beside it.
struct Image {
    root: Folder,
    enter: &'static [&'static str],
}

impl Image {
    /// Makes one, or says loudly that nobody may change the root of a process here.
    fn new(what: &str) -> Option<Self> {
        // An unprivileged user may do it within a namespace of its own, unless the system forbids those.
        let ways: [&'static [&'static str]; 2] =
            [&["chroot"], &["unshare", "--user", "--map-root-user", "chroot"]];
        let works = |way: &&&'static [&'static str]| {
            let mut command = scrubbed(way[0]);
            let tried = command.args(&way[1..]).args(["/", "/bin/true"]).output();
            tried.is_ok_and(|it| it.status.success())
        };
        let Some(enter) = ways.iter().find(works) else {
            left_out(what, "neither `chroot` nor `unshare --map-root-user chroot` works here");
            return None;
        };
        let root = Folder::new();
        std::fs::copy(PROGRAM, root.path().join("promenade")).expect("the program is copied");
        std::fs::create_dir_all(root.path().join("etc/ssl/certs")).expect("a folder");
        root.write("etc/hosts", "127.0.0.1 octopus.test\n");
        Some(Self { root, enter })
    }

    /// The program in it, with nothing in its environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = scrubbed(self.enter[0]);
        command.args(&self.enter[1..]).arg(self.root.path()).arg("/promenade").args(arguments);
        command
    }
}

/// The port in a URL such as `http://127.0.0.1:4711`.
fn port(url: &str) -> &str {
    url.rsplit(':').next().expect("a port")
}

#[test]
fn in_an_empty_image_it_deploys() {
    if !cfg!(target_os = "linux") {
        return left_out("the empty image", "images hold Linux programs");
    }
    let Some(image) = Image::new("the empty image") else { return };
    let sandbox = Sandbox::start(&["--time-scale", "50"]);
    let run = |arguments: &[&str]| {
        let mut command = image.command(arguments);
        sandbox.introduce(&mut command);
        // By a name that only /etc/hosts knows: names are looked up without a library of the system's.
        let url = format!("http://octopus.test:{}", port(&sandbox.url));
        Told::by(command.env("OCTOPUS_URL", url))
    };
    let project = ["--project", "Web Shop", "--version", "7.0.0"];
    let created = run(&[&["create"], &project[..]].concat());
    assert_eq!(created.code, 0, "{}", created.all());
    let deployed = run(&[&["deploy"], &project[..], &["--to", "Development"]].concat());
    assert_eq!(deployed.code, 0, "{}", deployed.all());
    assert!(deployed.stdout.contains("Development: succeeded"), "{}", deployed.all());
}

#[test]
fn in_an_empty_image_servers_are_trusted_by_the_authorities_that_the_dockerfile_copies() {
    if !cfg!(target_os = "linux") {
        return left_out("the authorities of an empty image", "images hold Linux programs");
    }
    let Some(image) = Image::new("the authorities of an empty image") else { return };
    let pair = rcgen::generate_simple_self_signed(["octopus.test".to_owned()]).expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let url = format!("https://octopus.test:{}", address.port());
    let ask = || {
        let mut command = image.command(&["create", "--project", "Web Shop", "--url", &url]);
        Told::by(command.env("OCTOPUS_API_KEY", "API-X"))
    };

    let without = ask();
    assert!(without.all().contains("has no certificate authorities"), "{}", without.all());

    image.root.write(AUTHORITIES, pair.cert.pem());
    let server = std::thread::spawn(move || first_request(&listener, &pair));
    let with = ask();
    // Where the program did not call, somebody must, or the server would wait for ever.
    drop(TcpStream::connect(address));
    let seen = server.join().expect("the server ends").unwrap_or_else(|e| panic!("{e}\n{}", with.all()));
    assert!(seen.starts_with("GET /api"), "{seen}\n{}", with.all());
}

/// What the first client to be served says, once it has accepted the certificate.
fn first_request(
    listener: &TcpListener,
    pair: &rcgen::CertifiedKey<rcgen::KeyPair>,
) -> std::io::Result<String> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|it| it.with_no_client_auth().with_single_cert(vec![pair.cert.der().clone()], key))
        .expect("a server");
    let mut connection = rustls::ServerConnection::new(Arc::new(config)).expect("a connection");
    let (mut socket, _) = listener.accept()?;
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let mut seen = vec![0; 4096];
    let length = stream.read(&mut seen)?;
    stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    seen.truncate(length);
    Ok(String::from_utf8_lossy(&seen).into_owned())
}

#[test]
fn the_dockerfile_holds_the_program_and_the_authorities_alone() {
    let text = std::fs::read_to_string(tree::root().join("Dockerfile")).expect("there is a Dockerfile");
    let last = text.rfind("\nFROM ").expect("it has stages");
    let stage: Vec<&str> = text[last..].lines().filter(|it| !it.trim().is_empty()).collect();
    assert_eq!(stage[0], "FROM scratch");
    let copies: Vec<_> = stage.iter().filter(|it| it.starts_with("COPY ")).collect();
    let targets: Vec<_> = copies.iter().filter_map(|it| it.rsplit(' ').next()).collect();
    let authorities = format!("/{AUTHORITIES}");
    assert_eq!(targets, [authorities.as_str(), "/promenade"]);
    let user = stage.iter().find_map(|it| it.strip_prefix("USER ")).expect("it names a user");
    let id: u32 = user.split(':').next().expect("an id").parse().expect("an empty image knows no names");
    assert_ne!(id, 0);
    assert!(stage.contains(&"ENTRYPOINT [\"/promenade\"]"), "{stage:?}");
}
