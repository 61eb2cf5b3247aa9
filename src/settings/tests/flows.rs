//! What flows need of the settings: connections with names, and the store.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::SecretSource;
use crate::settings::*;

const OWN: &str = "[connection]\nurl = 'https://octopus.example'\napi-key = { env = 'K' }\n";
const EU: &str =
    "[connections.eu]\nurl = 'https://eu.example'\nspace = 'Shop'\naccess-token = { file = 't' }\n";

fn variables(environment: &[(&str, &str)]) -> BTreeMap<String, String> {
    environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), "p.toml").expect("TOML")
}

fn load_with(text: &str, environment: &[(&str, &str)]) -> Result<FlowSettings, String> {
    FlowSettings::load(&document(text), &variables(environment), &BTreeSet::new())
        .map_err(|it| it.to_string())
}

fn load(text: &str) -> Result<FlowSettings, String> {
    load_with(text, &[])
}

/// The names of the servers and their addresses.
fn servers(settings: &FlowSettings) -> Vec<(&str, &str)> {
    settings.servers.iter().map(|(name, it)| (name.as_str(), it.url.as_str())).collect()
}

#[test]
fn flows_have_connections_by_name_and_need_no_project() {
    let settings = load(&format!("{OWN}{EU}")).expect("good");
    assert_eq!(servers(&settings), [("default", "https://octopus.example"), ("eu", "https://eu.example")]);
    let eu = settings.servers.get(&"eu".into()).expect("eu");
    assert_eq!(eu.space, Some("Shop".into()));
    assert_eq!(eu.credential, CredentialSource::AccessToken(SecretSource::File("t".into())));
    let named = [SecretSource::Variable("K".into()), SecretSource::File("t".into())];
    assert_eq!(settings.secret_sources(), named);
}

#[test]
fn the_connection_default_has_two_names() {
    let named = "[connections.default]\nurl = 'http://o'\nproject = 'P'\napi-key = { env = 'K' }\n";
    assert_eq!(servers(&load(named).expect("good")), [("default", "http://o")]);
    let settings = Settings::load(&document(named), &BTreeMap::new()).expect("good for actions too");
    assert_eq!(settings.connection().server.url, "http://o");
    let twice = "p.toml:4:14: the connection `default` is given twice: `[connection]` has this name; keep one of them";
    let both = format!("{OWN}{named}");
    assert_eq!(load(&both).expect_err("twice"), twice);
    let error = Settings::load(&document(&both), &BTreeMap::new()).expect_err("twice").to_string();
    assert!(error.contains(twice), "{error}");
}

#[test]
fn the_environment_gives_the_connection_default_alone() {
    let environment = [("OCTOPUS_URL", "http://env"), ("OCTOPUS_API_KEY", "k")];
    assert_eq!(servers(&load_with("", &environment).expect("good")), [("default", "http://env")]);
    let both = load_with(EU, &environment).expect("good");
    assert_eq!(servers(&both), [("default", "http://env"), ("eu", "https://eu.example")]);
    assert_eq!(servers(&load(EU).expect("good without it")), [("eu", "https://eu.example")]);
    assert_eq!(
        load_with("[connections.eu]\n", &environment).expect_err("nothing in it"),
        "p.toml:1:1: no server is named; add `url = \"https://…\"` to `[connections.eu]`\n\
         p.toml:1:1: no credential is named; add `api-key = { env = \"OCTOPUS_API_KEY\" }` to `[connections.eu]`"
    );
    let none = load("").expect_err("no connection at all");
    assert!(
        none.contains("no server is named; add `url = \"https://…\"` to `[connection]`, or set OCTOPUS_URL"),
        "{none}"
    );
}

#[test]
fn a_connection_with_a_name_is_checked_as_the_other_one() {
    let text = format!(
        "{OWN}project = 'P'\n[connections.eu]\nurl = 'eu.example'\nspace = ' '\napi-key = 'API-SECRET'\n\
         [connections.Eu]\nurl = 'https://o'\nurk = 'x'\napi-key = {{ env = 'K' }}\n[connections.' us']\nurl = \
         'https://o?x=1'\napi-key = {{ env = 'K' }}\n[connections.DEFAULT]\nurl = 'https://o'\napi-key = {{ env = 'K' \
         }}\n"
    );
    let expected = [
        "p.toml:6:7: connections.eu.url is not an address; begin it with `https://` or `http://`",
        "p.toml:7:9: connections.eu.space is blank; write a value, or leave the key out",
        "p.toml:8:11: connections.eu.api-key is written here itself, and secrets do not belong in settings; put it into \
         an environment variable and write `api-key = { env = \"NAME\" }`, or into a file and write `api-key = { file = \
         \"path\" }`; if it was committed, revoke it",
        "p.toml:5:14: `eu` is given twice: upper and lower case are the same to the server; keep one of them",
        "p.toml:11:1: unknown key `urk` in `connections.Eu`; did you mean `url`?",
        "p.toml:13:14: a connection's name has white space around it; remove it",
        "p.toml:14:7: connections.us.url has a query; write only the server's address, up to its base path",
        "p.toml:16:14: `DEFAULT` is not the connection `default`, and looks like it; write `default`, or another name",
    ];
    for error in [
        load(&text).expect_err("problems"),
        Settings::load(&document(&text), &BTreeMap::new()).expect_err("problems").to_string(),
    ] {
        for it in expected {
            let line = it.split(": ").next().unwrap_or_default();
            let found: Vec<_> = error.lines().filter(|it| it.starts_with(&format!("{line}: "))).collect();
            assert!(found.iter().any(|found| found.starts_with(it)), "{it}\n{error}");
        }
        assert!(!error.contains("API-SECRET"), "{error}");
    }
}

#[test]
fn the_store_is_a_file_or_a_database_whose_address_is_a_secret() {
    let store = |text: &str| load(&format!("{OWN}{text}")).map(|it| it.store);
    assert_eq!(store(""), Ok(StoreSettings::Default));
    assert_eq!(store("[store]\n"), Ok(StoreSettings::Default));
    assert_eq!(store("[store]\npath = 'p.db'\n"), Ok(StoreSettings::Path("p.db".into())));
    let variable = SecretSource::Variable("STORE".into());
    assert_eq!(store("[store]\nurl = { env = 'STORE' }\n"), Ok(StoreSettings::Url(variable.clone())));
    assert_eq!(
        store("[store]\nurl = { file = 'url' }\n"),
        Ok(StoreSettings::Url(SecretSource::File("url".into())))
    );
    let hidden = load(&format!("{OWN}[store]\nurl = {{ env = 'STORE' }}\n")).expect("good");
    assert!(hidden.secret_sources().contains(&variable));
    assert_eq!(
        store("[store]\npath = 'p.db'\nurl = { env = 'STORE' }\n").expect_err("both"),
        "p.toml:4:1: the store is in a file and in a database; keep one of `path` and `url`"
    );
    let plain = store("[store]\nurl = 'postgres://u:PASSWORD@db/p'\n").expect_err("a secret");
    assert!(
        plain.starts_with(
            "p.toml:5:7: store.url is written here itself, and secrets do not belong in settings"
        )
    );
    assert!(!plain.contains("PASSWORD"), "{plain}");
    assert_eq!(
        store("[store]\npath = ''\n").expect_err("blank"),
        "p.toml:5:8: store.path is blank; write a value"
    );
}

#[test]
fn where_connections_lead_needs_no_credential() {
    let places = |text: &str, environment: &[(&str, &str)]| {
        let found = FlowSettings::connections(&document(text), &variables(environment)).expect("good");
        let of = |(name, it): (crate::model::ConnectionName, NamedConnection)| {
            (name.to_string(), it.url, it.space.map(|it| it.to_string()))
        };
        found.into_iter().map(of).collect::<Vec<_>>()
    };
    let some = |it: &str| Some(it.to_owned());
    let default = ("default".to_owned(), some("http://env"), None);
    assert_eq!(places("", &[("OCTOPUS_URL", "http://env")]), [default]);
    assert_eq!(places("", &[]), [("default".to_owned(), None, None)]);
    let eu = ("eu".to_owned(), some("http://eu"), some("S"));
    assert_eq!(places("[connections.eu]\nurl = 'http://eu'\nspace = 'S'\n", &[]), [eu]);
    let wrong = FlowSettings::connections(&document("[connections.eu]\nurls = 'x'\n"), &BTreeMap::new());
    assert_eq!(
        wrong.expect_err("unknown key").to_string(),
        "p.toml:2:1: unknown key `urls` in `connections.eu`; did you mean `url`?"
    );
}

#[test]
fn no_flag_stands_for_a_connection_with_a_name_or_for_the_store() {
    let all = connection_flags();
    assert!(all.iter().all(|it| it.path.first().is_some_and(|it| it == "connection" || it == "report")));
}
