//! Java's properties, as `java.util.Properties` documents how it reads them.

use std::collections::BTreeMap;

/// White space that surrounds names and values.
const BLANK: [char; 3] = [' ', '\t', '\u{c}'];

/// The properties in a text. Of two with the same name the last counts.
pub(super) fn properties(text: &str) -> BTreeMap<String, String> {
    lines(text).iter().map(|it| pair(it)).collect()
}

/// The lines that say something, each in one piece: a backslash at the end continues a line.
fn lines(text: &str) -> Vec<String> {
    let (mut lines, mut open) = (Vec::new(), None::<String>);
    for part in text.replace("\r\n", "\n").split(['\n', '\r']) {
        let part = part.trim_start_matches(BLANK);
        let mut line = match open.take() {
            Some(begun) => begun + part,
            None if part.is_empty() || part.starts_with(['#', '!']) => continue,
            None => part.to_owned(),
        };
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            line.pop();
            open = Some(line);
        } else {
            lines.push(line);
        }
    }
    lines.extend(open);
    lines
}

fn pair(line: &str) -> (String, String) {
    let mut escaped = false;
    let ends = |(_, letter): &(usize, char)| {
        let ends = !escaped && (BLANK.contains(letter) || "=:".contains(*letter));
        escaped = !escaped && *letter == '\\';
        ends
    };
    let end = line.char_indices().find(ends).map_or(line.len(), |(at, _)| at);
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(BLANK);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANK);
    (unescaped(name), unescaped(value))
}

/// Letters beyond the first 65536 are written as two halves, so halves are what is collected.
fn unescaped(text: &str) -> String {
    let (mut halves, mut letters) = (Vec::new(), text.chars());
    while let Some(letter) = letters.next() {
        let meant = match letter {
            '\\' => match letters.next().unwrap_or(letter) {
                'u' => {
                    let number = letters.as_str().get(..4).and_then(|it| u16::from_str_radix(it, 16).ok());
                    if let Some(number) = number {
                        halves.push(number);
                        letters = letters.as_str()[4..].chars();
                        continue;
                    }
                    'u'
                }
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                'f' => '\u{c}',
                other => other,
            },
            other => other,
        };
        halves.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&halves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_as_java_reads_them() {
        for (text, name, value) in [
            ("Truth = Beauty", "Truth", "Beauty"),
            (" Truth:Beauty", "Truth", "Beauty"),
            ("Truth\t\t\t:Beauty ", "Truth", "Beauty "),
            ("fruits   apple, \\\r\n   pear, \\\n\n", "fruits", "apple, pear, "),
            ("cheeses", "cheeses", ""),
            ("a==b", "a", "=b"),
            (r"a\ b\:c\=d=e", "a b:c=d", "e"),
            (r"path=C\:\\x\n\t\q", "path", "C:\\x\n\tq"),
            ("a=b\\\\\nc=d", "a", "b\\"),
            (r"a=\u00fc\ud83d\uDE00é\ud83d", "a", "ü😀é\u{fffd}"),
            ("a=\\u12\\", "a", "u12"),
            ("a=1\na=2", "a", "2"),
        ] {
            assert_eq!(properties(text).get(name).map(String::as_str), Some(value), "{text:?}");
        }
        assert!(properties("# a=b\n ! c=d\n\n \t\r").is_empty());
    }
}
