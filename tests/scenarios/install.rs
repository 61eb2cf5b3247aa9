//! What Cargo.toml tells those who install promenade.

use toml::{Table, Value};

use crate::support::tree;

fn package() -> Table {
    let text = std::fs::read_to_string(tree::root().join("Cargo.toml")).expect("Cargo.toml is there");
    let mut manifest: Table = text.parse().expect("Cargo.toml is TOML");
    match manifest.remove("package") {
        Some(Value::Table(package)) => package,
        other => panic!("no package: {other:?}"),
    }
}

fn text<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("{key} is no text in {table:?}"))
}

/// Puts values in for `{ name }`, as cargo-binstall does, and refuses names that it was not told.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut parts = template.split('{');
    let mut made = parts.next().expect("a text has a beginning").to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or_else(|| panic!("{template}: a brace is open"));
        let value = values.iter().find(|(it, _)| *it == name.trim());
        made.push_str(value.unwrap_or_else(|| panic!("{template}: no {name}")).1);
        made.push_str(rest);
    }
    made
}

#[test]
fn binstall_is_told_where_the_program_lies() {
    let package = package();
    let Some(Value::Table(metadata)) = package.get("metadata") else { panic!("no metadata in {package:?}") };
    let Some(Value::Table(binstall)) = metadata.get("binstall") else {
        panic!("no binstall in {metadata:?}")
    };
    let values = [
        ("repo", text(&package, "repository")),
        ("name", text(&package, "name")),
        ("version", "1.2.3"),
        ("target", "x86_64-unknown-linux-musl"),
        ("bin", text(&package, "default-run")),
        ("binary-ext", ".exe"),
    ];
    assert_eq!(
        filled(text(binstall, "pkg-url"), &values),
        "https://github.com/promenade-rs/promenade/releases/download/v1.2.3/\
         promenade-v1.2.3-x86_64-unknown-linux-musl.tar.gz"
    );
    assert_eq!(filled(text(binstall, "bin-dir"), &values), "promenade.exe");
    assert_eq!(text(binstall, "pkg-fmt"), "tgz");
    assert_eq!(text(&package, "homepage"), text(&package, "repository"));
}
