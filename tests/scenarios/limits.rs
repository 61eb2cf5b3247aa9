//! Files, variables and answers that are too large, too deep, not text, or not there.

use std::process::Stdio;

use serde_json::json;

use crate::support::folder::{Folder, Told};
use crate::support::program::Sandbox;

const KEY: &str = "API-SANDBOXSANDBOXSANDBOXSANDBO";
const EVENT: &str = r#"{"event":"build-completed","status":"successful","build":{"id":"1"}}"#;
const SETTINGS: &str = "[connection]\nurl = \"http://127.0.0.1:9\"\nproject = \"Shop\"\nretry-limit = \"1s\"\n\
    api-key = { file = \"key\" }\n[deploy]\nto = [\"Test\"]\nversion = \"1\"\n";
const MEBIBYTE: usize = 1024 * 1024;

/// A folder whose settings, event and key are as they should be.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("p.toml", SETTINGS);
    folder.write("e.json", EVENT);
    folder.write("key", KEY);
    folder
}

fn handle(folder: &Folder) -> Told {
    folder.run(&["handle", "--config", "p.toml", "--event", "e.json"])
}

/// It ended with 2, said all of this on standard error, and what to do after the last semicolon of its first line.
fn assert_refused(told: &Told, words: &[&str]) {
    assert_eq!(told.code, 2, "{words:?}: {}", told.all());
    for word in words {
        assert!(told.stderr.contains(word), "{word:?} is missing: {}", told.all());
    }
    let first = told.stderr.lines().next().unwrap_or_default();
    let remedy = first.rsplit_once("; ").map(|it| it.1).unwrap_or_default();
    assert!(remedy.len() > 8, "it says what to do: {first}");
    assert!(told.stdout.contains("bad settings (exit code 2)"), "{}", told.all());
}

#[test]
fn settings_that_are_no_settings_are_refused_with_their_place() {
    let too_large = format!("{SETTINGS}# {}", "x".repeat(MEBIBYTE));
    let cases: [(&[u8], &[&str]); 12] = [
        (too_large.as_bytes(), &["p.toml:1:1: ", "at most 1048576"]),
        (b"", &["no server is named", "no project is named"]),
        (b"\0\x01\x02\xff\xfe", &["p.toml:1:", "not UTF-8"]),
        (b"a = 1\nb = \"\xff\"\n", &["p.toml:2:6: ", "not UTF-8"]),
        (b"\0\0\0\0", &["p.toml:1:1: ", "not TOML"]),
        (b"\xff\xfe[\0c\0", &["p.toml:1:1: ", "not UTF-8"]),
        (b"{\"connection\": {}}", &["p.toml:1:", "not TOML"]),
        (&b"[".repeat(100_000), &["p.toml:1:", "not TOML"]),
        (&[b"a = ".to_vec(), b"[".repeat(100_000)].concat(), &["p.toml:1:", "not TOML"]),
        (&[b"a = ".to_vec(), b"{a=".repeat(100_000)].concat(), &["p.toml:1:", "not TOML"]),
        (&[b"a.".repeat(100_000), b"a = 1".to_vec()].concat(), &["p.toml:1:"]),
        (&[b"[".to_vec(), b"a.".repeat(100_000), b"a]".to_vec()].concat(), &["p.toml:1:"]),
    ];
    for (bytes, words) in cases {
        let folder = folder();
        folder.write("p.toml", bytes);
        assert_refused(&handle(&folder), words);
    }
}

#[test]
fn events_that_are_no_events_are_refused_with_their_place() {
    let too_large = json!({ "event": "build-completed", "build": { "id": "1" }, "variables": { "A": "x".repeat(MEBIBYTE) } });
    let too_large = too_large.to_string();
    let deep =
        format!(r#"{{"event":"build-completed","build":{{"id":"1"}},"variables":{}"#, "[".repeat(200_000));
    let cases: [(&[u8], &[&str]); 8] = [
        (too_large.as_bytes(), &["e.json:1:1: ", "at most 1048576"]),
        (b"", &["e.json:1:", "not JSON"]),
        (b"{\"event\":\n\"\xff\"}", &["e.json:2:2: ", "not UTF-8"]),
        (b"\0\0", &["e.json:1:1: ", "not JSON"]),
        (b"[]", &["e.json:1:1: "]),
        (b"{\"event\":\"build-completed\"}", &["e.json:1:1: ", "`build` is missing"]),
        (b"{\"event\":\"build-completed\",\n\"build\":{\"id\":\"1\"},}", &["e.json:2:", "not JSON"]),
        (deep.as_bytes(), &["e.json:1:", "not JSON"]),
    ];
    for (bytes, words) in cases {
        let folder = folder();
        folder.write("e.json", bytes);
        assert_refused(&handle(&folder), words);
    }
}

#[test]
fn files_that_cannot_be_read_are_named_with_a_remedy() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("directory")).expect("a directory");
    let run = |config: &str, event: &str| folder.run(&["handle", "--config", config, "--event", event]);
    assert_refused(&run("missing.toml", "e.json"), &["missing.toml cannot be read", "check the path"]);
    assert_refused(&run("p.toml", "missing.json"), &["missing.json cannot be read", "check the path"]);
    assert_refused(&run("directory", "e.json"), &["directory cannot be read", "name a file"]);
    assert_refused(&run("p.toml", "directory"), &["directory cannot be read", "name a file"]);
    // Endless, yet not read endlessly.
    assert_refused(&run("/dev/zero", "e.json"), &["/dev/zero:1:1: ", "at most 1048576"]);
}

#[test]
fn secrets_and_notes_are_small_texts_that_can_be_read() {
    for (name, bytes, words) in [
        ("key", vec![b'x'; 65 * 1024], &["connection.api-key", "key is larger than 65536 bytes"]),
        ("key", b"\xff\xfe".to_vec(), &["connection.api-key", "key is not UTF-8"]),
        ("key", b" \n".to_vec(), &["connection.api-key", "it is empty"]),
    ] {
        let folder = folder();
        folder.write(name, bytes);
        assert_refused(&handle(&folder), words);
    }
    let with = |old: &str, new: &str| {
        let folder = folder();
        folder.write("p.toml", SETTINGS.replace(old, new));
        folder.write("large", vec![b'x'; MEBIBYTE + 1]);
        folder.write("binary", b"\xff\xff");
        folder
    };
    let key = "{ file = \"key\" }";
    let print = |script: &str| format!("{{ command = [\"sh\", \"-c\", \"{script}\"] }}");
    for (source, words) in [
        ("{ file = \"missing\" }".to_owned(), "missing cannot be read"),
        ("{ file = \".\" }".to_owned(), ". cannot be read"),
        ("{ env = \"UNSET\" }".to_owned(), "the environment variable UNSET is not set"),
        ("{ env = \"BINARY\" }".to_owned(), "the environment variable BINARY is not Unicode text"),
        (
            "{ command = [\"no-such-program-anywhere\"] }".to_owned(),
            "`no-such-program-anywhere` could not be started",
        ),
        (print("exit 3"), "`sh` failed with exit status: 3"),
        (print("head -c 70000 /dev/zero"), "`sh` printed more than 65536 bytes"),
        (print("printf '\\\\377'"), "what `sh` printed is not UTF-8 text"),
        (print("true"), "it is empty"),
    ] {
        let folder = with(key, &source);
        let mut command = folder.program(&["handle", "--config", "p.toml", "--event", "e.json"]);
        command.env("BINARY", std::os::unix::ffi::OsStrExt::from_bytes(b"API-\xff") as &std::ffi::OsStr);
        assert_refused(&Told::by(&mut command), &["connection.api-key", words]);
    }
    for (file, words) in [
        ("large", "large is larger than 1048576 bytes"),
        ("binary", "binary is not UTF-8"),
        ("missing", "missing cannot be read"),
    ] {
        let folder = with("[deploy]\n", &format!("[create]\nnotes-file = \"{file}\"\n[deploy]\n"));
        folder.write("p.toml", folder.read("p.toml").replace("version = \"1\"\n", ""));
        assert_refused(&handle(&folder), &[words]);
    }
}

#[test]
fn a_variable_that_is_no_text_hinders_nobody_who_does_not_use_it() {
    let folder = folder();
    let mut command = folder.program(&["plan", "--config", "p.toml", "--event", "e.json"]);
    command.env("BINARY", std::os::unix::ffi::OsStrExt::from_bytes(b"\xff") as &std::ffi::OsStr);
    assert_eq!(Told::by(&mut command).code, 0);
}

#[test]
fn standard_input_is_read_when_asked_and_only_then() {
    let folder = folder();
    // Closed, and with nothing in it.
    for stdin in ["<&-", "</dev/null"] {
        let mut shell = crate::support::program::scrubbed("sh");
        let line = format!("exec \"$0\" handle --config p.toml --event - {stdin}");
        shell.args(["-c", &line, crate::support::program::PROGRAM]).current_dir(folder.path());
        assert_refused(&Told::by(&mut shell), &["standard input:1:"]);
    }
    // Never ending: who reads it would never end either.
    let mut command = folder.program(&["plan", "--config", "p.toml", "--event", "e.json"]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let open = process.stdin.take();
    let told: Told = process.wait_with_output().expect("it ends").into();
    drop(open);
    assert_eq!(told.code, 0, "{}", told.all());
    // Too much of it.
    let line = "head -c 3000000 /dev/zero | \"$0\" handle --config p.toml --event -";
    let mut shell = crate::support::program::scrubbed("sh");
    shell.args(["-c", line, crate::support::program::PROGRAM]).current_dir(folder.path());
    assert_refused(&Told::by(&mut shell), &["standard input:1:1: ", "at most 1048576"]);
}

#[test]
fn an_answer_that_is_too_large_is_no_answer() {
    let sandbox = Sandbox::start(&["--time-scale", "100"]);
    let script = json!({ "match": { "method": "GET" }, "times": null, "fault": { "kind": "oversized", "mebibytes": 20 } });
    control(&sandbox, "/sandbox/faults", &script.to_string());
    let folder = folder();
    folder.write(
        "p.toml",
        SETTINGS.replace("http://127.0.0.1:9", &sandbox.url).replace("\"Shop\"", "\"Web Shop\""),
    );
    let told = handle(&folder);
    assert_eq!(told.code, 4, "{}", told.all());
    assert!(told.all().contains("larger than"), "{}", told.all());
}

/// Tells the sandbox something on its control route.
fn control(sandbox: &Sandbox, path: &str, body: &str) {
    use std::io::{Read as _, Write as _};
    let address = sandbox.url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
