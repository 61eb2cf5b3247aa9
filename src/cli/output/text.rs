//! The form of a text that leaves: its length, its escapes, its colour.

use anstyle::{AnsiColor, Style};
use promenade::ci::report::Tone;
use promenade::text::steers;

/// The limit of a line, in characters. CI servers cut or refuse lines that are much longer.
const LONGEST_LINE: usize = 4000;

/// The line, cut where it is longer than [`LONGEST_LINE`]. It must hold no secret any more: half of one would stay.
pub(super) fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => {
            let (kept, rest) = line.split_at(end);
            format!("{kept}… ({} more characters)", rest.chars().count())
        }
        None => line.to_owned(),
    }
}

/// A JSON document in which every character that could control a terminal is escaped. Such characters stand only
/// inside its strings.
pub(super) fn escaped(json: &str) -> String {
    let sign = |(at, it): (usize, char)| {
        // A command to a CI server begins with one of these signs twice, wherever in a line.
        let doubled = matches!(it, '#' | '@') && json[at + 1..].starts_with(it);
        let escapes = doubled || it != '\n' && steers(it);
        if !escapes {
            return it.to_string();
        }
        it.encode_utf16(&mut [0; 2]).iter().map(|it| format!("\\u{it:04x}")).collect()
    };
    json.char_indices().map(sign).collect()
}

pub(super) fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Log => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warning => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        assert_eq!(shortened(&"é".repeat(LONGEST_LINE)), "é".repeat(LONGEST_LINE));
        let cut = shortened(&"é".repeat(LONGEST_LINE + 3));
        assert!(cut.ends_with("é… (3 more characters)") && cut.chars().count() < LONGEST_LINE + 40);
    }

    #[test]
    fn json_steers_no_terminal() {
        let json = "{\n  \"a\": \"x\u{9b}y\u{7f}\u{202e}é\u{200b}\u{e0041}\"\n}";
        let expected = "{\n  \"a\": \"x\\u009by\\u007f\\u202eé\\u200b\\udb40\\udc41\"\n}";
        assert_eq!(escaped(json), expected);
    }
}
