//! The way to the server, filled in by a host: certificates, proxies and limits do what they say, against
//! servers that would not answer without them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use promenade::sandbox::{Fault, Script};

use crate::support::front::Front;
use crate::support::shop::Shop;
use crate::support::tls::{Authority, acceptor};

use super::manifest::{Filled, Manifest};
use super::{event_json, words};

/// A host, and the world that its runs create releases in.
struct Host {
    manifest: Manifest,
    shop: Shop,
    runs: Cell<u64>,
}

/// What a run came to.
struct Run {
    code: Option<i32>,
    said: String,
    took: Duration,
    created: bool,
}

impl Host {
    fn new() -> Self {
        Self { manifest: Manifest::read(), shop: Shop::new(), runs: Cell::default() }
    }

    /// Creates a release on the server at `url`, with these fields of the connection and these variables.
    fn run(&self, url: &str, fields: &[(&str, &str)], variables: &[(&str, &str)]) -> Run {
        self.runs.set(self.runs.get() + 1);
        let version = format!("7.0.{}", self.runs.get());
        let mut filled: Vec<Filled<'_>> = vec![
            ("connection", "url", url),
            ("connection", "project", "Quick Shop"),
            ("connection", "api-key", self.shop.sandbox.api_key()),
            ("create", "version", &version),
        ];
        filled.extend(fields.iter().map(|(key, text)| ("connection", *key, *text)));
        for (key, text) in [("space", "Spaces-1"), ("retry-limit", "1s")] {
            if !fields.iter().any(|(it, _)| *it == key) {
                filled.push(("connection", key, text));
            }
        }
        let mut written = self.manifest.write(&filled);
        variables.iter().for_each(|(name, value)| written.set(name, value));
        let (releases, began) = (self.shop.releases(), Instant::now());
        let event = event_json(("build-completed", "", "successful"));
        let child = self.manifest.run(&written, &event, self.shop.folder.path());
        let output = child.wait_with_output().expect("it ends");
        Run {
            code: output.status.code(),
            said: words(&output),
            took: began.elapsed(),
            created: self.shop.releases() > releases,
        }
    }

    /// A server of HTTPS before the sandbox, and its port.
    fn encrypted(&self, authority: &Authority, name: &str, clients: Option<&Authority>) -> (Front, u16) {
        let front = Front::ending_tls(acceptor(authority, name, clients), self.shop.sandbox.address());
        let port = front.address().port();
        (front, port)
    }
}

impl Run {
    #[track_caller]
    fn passes(self) -> Self {
        assert!(self.code == Some(0) && self.created, "{:?}\n{}", self.code, self.said);
        self
    }

    /// Ends without an answer, and without a release.
    #[track_caller]
    fn ends_without_answer(self, text: &str) -> Self {
        assert!(self.code == Some(4) && !self.created, "{:?}\n{}", self.code, self.said);
        assert!(self.said.contains(text), "it does not say: {text}\n{}", self.said);
        self
    }
}

#[test]
fn a_file_of_authorities_is_trusted_and_no_other() {
    let (host, authority) = (Host::new(), Authority::new());
    let (front, port) = host.encrypted(&authority, "localhost", None);
    let url = format!("https://localhost:{port}");
    host.shop.write("ca.pem", &authority.pem());
    host.shop.write("other.pem", &Authority::new().pem());
    host.run(&url, &[], &[]).ends_without_answer("certificate");
    host.run(&url, &[("ca-file", "other.pem")], &[]).ends_without_answer("certificate");
    assert_eq!(front.passed(), Vec::<String>::new(), "nothing was said to a server that is not trusted");
    host.run(&url, &[("ca-file", "ca.pem")], &[]).passes();
    assert!(!front.passed().is_empty());
}

#[test]
fn only_the_opt_out_talks_to_a_server_with_another_name_and_it_is_loud() {
    let (host, authority) = (Host::new(), Authority::new());
    let (front, port) = host.encrypted(&authority, "octopus.example", None);
    let url = format!("https://localhost:{port}");
    host.shop.write("ca.pem", &authority.pem());
    host.run(&url, &[("ca-file", "ca.pem")], &[]).ends_without_answer("certificate");
    host.run(&url, &[("ca-file", "ca.pem"), ("verify-tls", "true")], &[]).ends_without_answer("certificate");
    assert_eq!(front.passed(), Vec::<String>::new());
    let run = host.run(&url, &[("verify-tls", "false")], &[]).passes();
    assert!(run.said.contains("warning: connection.verify-tls"), "{}", run.said);
    assert!(!front.passed().is_empty());
}

#[test]
fn a_server_that_wants_a_certificate_of_the_client_gets_it() {
    let (host, authority, clients) = (Host::new(), Authority::new(), Authority::new());
    let (front, port) = host.encrypted(&authority, "localhost", Some(&clients));
    let url = format!("https://localhost:{port}");
    host.shop.write("ca.pem", &authority.pem());
    let shows = |by: &Authority| {
        let issued = by.issue("ci");
        host.shop.write("client.pem", &issued.certificate());
        let key = issued.key();
        let certificate = ("client-certificate.certificate", "client.pem");
        host.run(&url, &[("ca-file", "ca.pem"), certificate, ("client-certificate.key", &key)], &[])
    };
    host.run(&url, &[("ca-file", "ca.pem")], &[]).ends_without_answer("");
    shows(&Authority::new()).ends_without_answer("");
    assert_eq!(front.passed(), Vec::<String>::new());
    shows(&clients).passes();
    assert!(!front.passed().is_empty());
}

#[test]
fn a_proxy_is_gone_through_where_it_is_named_and_only_there() {
    let (host, authority) = (Host::new(), Authority::new());
    host.shop.write("ca.pem", &authority.pem());
    let plain = Front::proxy(host.shop.sandbox.address());
    let address = format!("http://{}", plain.address());
    // A name that nobody but the proxy can resolve.
    host.run("http://octopus.invalid", &[("proxy", &address)], &[]).passes();
    let passed = plain.passed();
    assert!(passed.iter().all(|it| it.contains(" http://octopus.invalid/api/")), "{passed:?}");
    assert!(!passed.is_empty());

    let (front, _) = host.encrypted(&authority, "octopus.invalid", None);
    let tunnel = Front::proxy(front.address());
    let address = format!("http://{}", tunnel.address());
    let through = |fields: &[(&str, &str)], variables: &[(&str, &str)]| {
        let fields = [fields, &[("ca-file", "ca.pem")]].concat();
        host.run("https://octopus.invalid", &fields, variables)
    };
    through(&[("proxy", &address)], &[]).passes();
    let passed = tunnel.passed();
    assert!(!passed.is_empty());
    assert!(passed.iter().all(|it| it == "CONNECT octopus.invalid:443 HTTP/1.1"), "{passed:?}");
    let machine = [("HTTPS_PROXY", address.as_str())];
    through(&[], &machine).passes();
    assert!(!tunnel.passed().is_empty());
    through(&[("proxy", "system")], &machine).passes();
    assert!(!tunnel.passed().is_empty());
    through(&[("proxy", "none")], &machine).ends_without_answer("");
    assert_eq!(tunnel.passed(), Vec::<String>::new());
}

#[test]
fn a_connection_that_does_not_come_about_ends_at_its_own_limit() {
    let (host, silent) = (Host::new(), Front::silent());
    let url = format!("https://localhost:{}", silent.address().port());
    let limits = [("connect-limit", "1s"), ("read-limit", "10m")];
    let run = host.run(&url, &limits, &[]).ends_without_answer("");
    // Ten seconds are the default.
    assert!((1..9).contains(&run.took.as_secs()), "{:?}", run.took);
}

#[test]
fn an_answer_that_does_not_come_ends_at_its_own_limit() {
    let host = Host::new();
    host.shop.sandbox.script(Script::new(Fault::Hang { ms: None, carry_out: Default::default() }).for_ever());
    let limits = [("connect-limit", "10m"), ("read-limit", "1s")];
    let run = host.run(host.shop.sandbox.url(), &limits, &[]).ends_without_answer("");
    assert!((1..30).contains(&run.took.as_secs()), "{:?}", run.took);
}

#[test]
fn what_fails_in_passing_is_asked_again_for_as_long_as_the_limit_says() {
    let host = Host::new();
    let busy = serde_json::json!({ "times": null, "fault": { "kind": "status", "status": 503 } });
    host.shop.sandbox.script(serde_json::from_value(busy).expect("a script"));
    // A space by name has to be asked for before anything is sent.
    let asked = |limit: &str| {
        host.shop.forget();
        let run = host.run(host.shop.sandbox.url(), &[("retry-limit", limit), ("space", "Default")], &[]);
        (run.ends_without_answer("").took, host.shop.requests().len())
    };
    let (short, few) = asked("1s");
    let (long, many) = asked("6s");
    // It does not begin a pause that would end after the limit.
    assert!(few < many && short < long, "{few} requests in {short:?}, {many} in {long:?}");
    assert!((2..30).contains(&long.as_secs()), "{long:?}");
}
