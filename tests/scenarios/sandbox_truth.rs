//! What the sandbox shows and hides on the wire: where it is found, answers after the deed, things that are
//! not listed.

use std::num::NonZeroU64;
use std::time::Duration;

use promenade::sandbox::{Fault, Sandbox, SandboxOptions, Script};
use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::program;

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default()).await.expect("a free port on loopback")
}

fn fault(json: Value) -> Fault {
    serde_json::from_value(json).expect("it is a fault")
}

/// The status, the header fields and the JSON of an answer.
async fn ask(sandbox: &Sandbox, method: &str, url: &str, body: Value) -> (u16, String, Value) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let path = url.strip_prefix(&format!("http://{}", sandbox.address())).unwrap_or(url);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nx-octopus-apikey: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        sandbox.api_key(),
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(sandbox.address()).await.expect("it listens");
    stream.write_all(text.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
}

async fn create(sandbox: &Sandbox, version: &str) -> (u16, String, Value) {
    let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Quick Shop",
        "ReleaseVersion": version });
    ask(sandbox, "POST", "/api/Spaces-1/releases/create/v1", body).await
}

async fn deploy(sandbox: &Sandbox, version: &str) -> (u16, String, Value) {
    let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Quick Shop",
        "ReleaseVersion": version, "EnvironmentNames": ["Development"] });
    ask(sandbox, "POST", "/api/Spaces-1/deployments/create/untenanted/v1", body).await
}

async fn get(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    let (status, _, body) = ask(sandbox, "GET", path, Value::Null).await;
    (status, body)
}

#[tokio::test]
async fn its_url_is_whole_where_the_world_has_a_virtual_directory() {
    let seed = json!({ "basePath": "/octopus", "spaces": [{ "name": "Default", "default": true }],
        "users": [{ "username": "ci", "apiKeys": ["API-MYSANDBOXKEY"], "permissions": [{ "permission": "*" }] }] });
    let mut options = SandboxOptions::default();
    options.seed = Some(seed.to_string());
    let sandbox = Sandbox::start(options).await.unwrap();
    assert_eq!(sandbox.url(), format!("http://{}/octopus", sandbox.address()));
    for (path, status) in [
        (format!("{}/api/Spaces-1/projects", sandbox.url()), 200),
        (format!("{}/sandbox/state", sandbox.url()), 200),
        ("/sandbox/state".to_owned(), 200),
        ("/api/Spaces-1/projects".to_owned(), 404),
        ("/octopussandbox/state".to_owned(), 404),
    ] {
        assert_eq!(get(&sandbox, &path).await.0, status, "{path}");
    }
    let state = get(&sandbox, "/octopus/sandbox/requests").await.1;
    assert!(!state.to_string().contains("/sandbox/"), "control requests are not written down");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_proxy_may_answer_whatever_it_likes_after_the_deed() {
    let sandbox = sandbox().await;
    for (number, (status, body)) in
        [(403, "html"), (409, "html"), (307, "empty"), (200, "html"), (502, "text")].into_iter().enumerate()
    {
        let version = format!("1.0.{number}");
        let instead = json!({ "kind": "status", "status": status, "body": body, "carryOut": true,
            "headers": { "location": "https://login.example/" } });
        sandbox.script(Script::on("POST", "/releases/create/v1$", fault(instead.clone())).unwrap());
        sandbox.script(Script::on("POST", "/deployments/create/", fault(instead)).unwrap());
        let (answered, head, json) = create(&sandbox, &version).await;
        assert_eq!((answered, json), (status, Value::Null), "no answer of a server: {head}");
        assert!(head.contains("location: https://login.example/"), "{head}");
        assert_eq!(deploy(&sandbox, &version).await.0, status);
        let state = sandbox.state();
        let last = state["deployments"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["version"], version.as_str(), "it was carried out all the same");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_hold_may_be_any_text() {
    let sandbox = sandbox().await;
    let texts =
        ["0", "9223372036854775807", "99999999999999999999", "-1", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"];
    for text in texts {
        let limited = json!({ "kind": "status", "status": 429, "headers": { "Retry-After": text } });
        sandbox.script(Script::new(fault(limited)));
        let (status, head, _) = ask(&sandbox, "GET", "/api/Spaces-1/projects", Value::Null).await;
        assert_eq!(status, 429);
        assert!(head.contains(&format!("retry-after: {}", text.to_lowercase())), "{head}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_task_may_be_there_and_not_be_shown() {
    let sandbox = sandbox().await;
    create(&sandbox, "1.0.0").await;
    let (_, _, made) = deploy(&sandbox, "1.0.0").await;
    let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
    let list = format!("/api/Spaces-1/tasks?ids={task}");
    let own = format!("/api/Spaces-1/tasks/{task}");
    let shown = |answer: (u16, Value)| answer.1["Items"].as_array().unwrap().len();

    // By count: twice, then no more; and only where it is asked for by its id.
    let twice = Script::on("GET", "/tasks$", fault(json!({ "kind": "unlisted" }))).unwrap();
    sandbox.script(twice.times(NonZeroU64::new(2).unwrap()).asking("ids=").unwrap());
    assert!(shown(get(&sandbox, "/api/Spaces-1/tasks?project=Projects-11").await) > 0);
    assert_eq!(shown(get(&sandbox, &list).await), 0);
    assert_eq!(shown(get(&sandbox, &list).await), 0);
    assert_eq!(shown(get(&sandbox, &list).await), 1);

    // By id, in lists and by itself.
    let hidden = json!({ "kind": "unlisted", "ids": [task] });
    sandbox.script(Script::on("GET", "/tasks", fault(hidden)).unwrap().for_ever());
    assert_eq!(shown(get(&sandbox, &list).await), 0);
    assert_eq!(get(&sandbox, &own).await.0, 404);
    sandbox.clear_scripts();

    // By age, which a day is beyond any test's length; and for a time that is over at once.
    let young = json!({ "kind": "unlisted", "youngerThanMs": 86_400_000 });
    sandbox.script(Script::on("GET", "/tasks", fault(young)).unwrap().for_ever());
    assert_eq!(shown(get(&sandbox, &list).await), 0);
    sandbox.clear_scripts();
    let over = fault(json!({ "kind": "unlisted" }));
    sandbox.script(Script::new(over).for_ever().lasting(Duration::ZERO));
    assert_eq!(shown(get(&sandbox, &list).await), 1);
    assert!(sandbox.scripts().is_empty());
    sandbox.stop().await;
}

#[tokio::test]
async fn documents_may_lack_fields() {
    let sandbox = sandbox().await;
    create(&sandbox, "1.0.0").await;
    deploy(&sandbox, "1.0.0").await;
    let blank = json!({ "kind": "lacking", "fields": ["LinkS"], "blank": true });
    sandbox.script(Script::on("GET", "/deployments$", fault(blank)).unwrap());
    let (_, page) = get(&sandbox, "/api/Spaces-1/deployments?take=1").await;
    assert_eq!((&page["Links"], &page["Items"][0]["Links"]), (&json!({}), &json!({})));
    let lacking = json!({ "kind": "lacking", "fields": ["SkipActions", "FormValues"] });
    sandbox.script(Script::on("GET", "/deployments$", fault(lacking)).unwrap());
    let item = get(&sandbox, "/api/Spaces-1/deployments?take=1").await.1["Items"][0].clone();
    assert!(item.get("SkipActions").is_none() && item.get("FormValues").is_none(), "{item}");
    assert!(item.get("SpecificMachineIds").is_some(), "{item}");
    sandbox.stop().await;
}

#[test]
fn the_program_tells_where_the_world_is_and_what_is_wrong_with_a_seed() {
    let folder = Folder::new();
    let seed = folder.write(
        "seed.json",
        r#"{"basePath":"/octopus","spaces":[{"name":"Default","default":true}],
            "users":[{"username":"ci","apiKeys":["API-MYSANDBOXKEY"],"permissions":[{"permission":"*"}]}]}"#,
    );
    let sandbox = program::Sandbox::start(&["--seed", seed.to_str().unwrap()]);
    assert!(sandbox.url.ends_with("/octopus"), "{}", sandbox.url);

    let broken =
        folder.write("broken.json", r#"{"spaces":[{"nmae":"Default"}],"users":[{"username":"ci"}]}"#);
    let output = program::scrubbed(program::PROGRAM)
        .args(["sandbox", "--listen", "127.0.0.1:0", "--seed", broken.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in ["spaces[0]", "nmae", "users[0] (ci)", "permissions"] {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
}
