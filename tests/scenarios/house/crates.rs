//! Every crate that `Cargo.toml` names stands in `docs/dependencies.md`, and no other does.

/// How the tables of the document and the manifest differ.
pub(crate) fn problems(manifest: &str, document: &str) -> Vec<String> {
    let manifest: toml::Table = toml::from_str(manifest).expect("Cargo.toml is TOML");
    let mut named = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let crates = manifest.get(section).and_then(toml::Value::as_table);
        named.extend(crates.into_iter().flat_map(|it| it.keys().map(String::as_str)));
    }
    let rows = rows(document);
    let absent = named.iter().filter(|it| !rows.iter().any(|(name, _)| name == *it));
    let mut found: Vec<String> = absent.map(|it| format!("{it} has no row")).collect();
    for (name, cells) in &rows {
        if !named.contains(name) {
            found.push(format!("{name} has a row, but Cargo.toml does not name it"));
        }
        if cells.len() != 4 || cells.iter().any(|it| it.is_empty()) {
            found.push(format!("{name}'s row has an empty cell"));
        }
    }
    found
}

/// The rows whose first cell is the name of a crate in a code span.
fn rows(document: &str) -> Vec<(&str, Vec<&str>)> {
    let table = document.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    table
        .filter_map(|line| {
            let (name, rest) = line.split_once("` |")?;
            let cells: Vec<&str> = std::iter::once(name).chain(rest.split('|').map(str::trim)).collect();
            Some((name, cells))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[dependencies]\na = \"1\"\n[dev-dependencies]\nb = { version = \"2\" }\n";

    #[test]
    fn rows_that_fit_pass() {
        let document = "| Crate | For | Why | Licence |\n| - | - | - | - |\n| `a` | x | y | MIT |\n| `b` | x | y | MIT |\n";
        assert_eq!(problems(MANIFEST, document), Vec::<String>::new());
    }

    #[test]
    fn a_difference_is_caught() {
        assert_eq!(problems(MANIFEST, "| `a` | x | y | MIT |"), ["b has no row"]);
        let more = "| `a` | x | y | MIT |\n| `b` | x | y | MIT |\n| `c` | x | y | MIT |";
        assert_eq!(problems(MANIFEST, more), ["c has a row, but Cargo.toml does not name it"]);
        let empty = "| `a` | x |  | MIT |\n| `b` | x | y | MIT |";
        assert_eq!(problems(MANIFEST, empty), ["a's row has an empty cell"]);
    }
}
