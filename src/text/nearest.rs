//! Which of the names that exist was probably meant by one that does not.

/// The name that was probably meant, for a remedy; `None` where nothing is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().filter_map(|it| nearness(name, it).map(|edits| (edits, it)));
    near.min_by_key(|(edits, _)| *edits).map(|(_, it)| it)
}

/// Names for a person to choose from: "`a`, `b` or `c`".
pub(crate) fn choices<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}

/// How far a name is from one that exists, in edits; `None` where nobody would have meant it.
///
/// Near is what differs in a third of its letters at most, and what begins as the other one does: `Prod` may
/// mean `Production`. Upper and lower case are the same, and quotation marks around a name do not count.
pub(crate) fn nearness(name: &str, known: &str) -> Option<usize> {
    let plain = |it: &str| unquoted(it).unwrap_or(it).to_lowercase();
    let (name, known) = (plain(name), plain(known));
    let (one, other) = (name.chars().count(), known.chars().count());
    let (shorter, longer) = (one.min(other), one.max(other));
    let edits = strsim::damerau_levenshtein(&name, &known);
    let is_alike = edits <= (longer / 3).max(1) && edits < shorter;
    let begins_alike = shorter >= 3 && (known.starts_with(&name) || name.starts_with(&known));
    (is_alike || begins_alike).then_some(edits)
}

/// A name without the quotation marks around it, which a shell or a CI server did not take away; `None` where it has
/// none.
pub(crate) fn unquoted(name: &str) -> Option<&str> {
    let marks = [('\'', '\''), ('"', '"'), ('`', '`'), ('“', '”'), ('‘', '’'), ('«', '»')];
    let inner = |(open, close)| name.trim().strip_prefix(open)?.strip_suffix(close);
    marks.into_iter().find_map(inner).map(str::trim).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near_or_not_named() {
        let known = ["version", "notes", "to"];
        assert_eq!(nearest("vresion", known), Some("version"));
        assert_eq!(nearest("Notes", known), Some("notes"));
        assert_eq!(nearest("ot", known), Some("to"));
        assert_eq!(nearest("frobnicate", known), None);
    }

    #[test]
    fn a_slip_of_the_finger_is_near() {
        for (name, known, edits) in [
            ("Devlopment", "Development", 1),
            ("development", "Development", 0),
            ("Web Shpo", "Web Shop", 1),
            ("Amce", "Acme", 1),
            ("dev-1", "dev-01", 1),
            ("ot", "to", 1),
            ("v1", "v2", 1),
            ("Preproduction", "Pre-Production", 1),
            ("Prod", "Production", 6),
            ("Production EU", "Production", 3),
            ("Grün", "Grun", 1),
            ("'Dev'", "Dev", 0),
            ("\"Web Shpo\"", "Web Shop", 1),
            ("“Acme”", "Acme", 0),
        ] {
            assert_eq!(nearness(name, known), Some(edits), "{name} {known}");
            assert_eq!(nearness(known, name), Some(edits), "{known} {name}");
        }
    }

    #[test]
    fn another_name_is_not() {
        for (name, known) in [
            ("Nope", "Stopped"),
            ("Nope", "Default"),
            ("Test", "Development"),
            ("Test", "Production"),
            ("Staging", "Test"),
            ("Acme", "Globex"),
            ("a", "b"),
            ("a", "to"),
            ("ü", "u"),
            ("", "to"),
            ("De", "Default"),
            ("Approver", "Token"),
            ("Smoke test", "Deploy web"),
        ] {
            assert_eq!(nearness(name, known), None, "{name} {known}");
            assert_eq!(nearness(known, name), None, "{known} {name}");
        }
    }
}
