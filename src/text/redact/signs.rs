//! The ways to read what stands at a place of a text: as it is, or as one of the escapes that texts pick up on their
//! way.

use crate::text::steers;

/// One way to read what stands at a place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// The sign that is meant. White space of any kind is a blank.
    pub(super) sign: char,
    /// How many bytes of the text say so.
    pub(super) length: usize,
}

/// All ways to read what stands at one place.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// The signs that it may mean.
    pub(super) signs: Vec<Reading>,
    /// How many bytes may be passed over, since they show nothing: a line break, a control sequence, a sign of no
    /// width.
    pub(super) nothing: Vec<usize>,
    /// Whether a text was cut here by an ellipsis, and by one that prose uses as well.
    pub(super) ellipsis: Option<Ellipsis>,
    /// How long the line break is that stands here.
    pub(super) line_break: Option<usize>,
}

/// What stands where a text was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ellipsis {
    /// `…`, which programs write.
    Sign,
    /// `...`, which people write too.
    Dots,
}

/// What ends a title or a link in a control sequence: a bell or a terminator, perhaps made visible.
const ENDS_OF_TITLE: [&str; 5] = ["\u{7}", "\u{1b}\\", "\u{9c}", "\\u{7}", "\\u{1b}\\"];

/// The longest control sequence that is passed over. A longer one is text.
const LONGEST_SEQUENCE: usize = 256;

impl Readings {
    /// Reads what stands at the beginning of this text, which is not empty. `after_break` says that nothing but
    /// blanks stands between here and the line break before: a text that was wrapped may have been indented.
    pub(super) fn read(&mut self, text: &str, after_break: bool) {
        self.signs.clear();
        self.nothing.clear();
        (self.ellipsis, self.line_break) = (None, None);
        let Some(literal) = text.chars().next() else { return };
        let length = literal.len_utf8();
        self.take(text, literal, length);
        match literal {
            // A blank in the query of an address.
            '+' => self.signs.push(Reading { sign: ' ', length }),
            // The other alphabet of base64.
            '-' => self.signs.push(Reading { sign: '+', length }),
            '_' => self.signs.push(Reading { sign: '/', length }),
            ' ' | '\t' if after_break => self.nothing.push(length),
            '.' if text.starts_with("...") => self.ellipsis = Some(Ellipsis::Dots),
            _ => {}
        }
        if let Some((sign, length)) = escaped(text) {
            self.take(text, sign, length);
        }
    }

    fn take(&mut self, text: &str, sign: char, length: usize) {
        self.signs.push(Reading { sign: if sign.is_whitespace() { ' ' } else { sign }, length });
        if steers(sign) && sign != '\t' {
            self.nothing.push(length);
        }
        if matches!(sign, '\u{1b}' | '\u{9b}')
            && let Some(rest) = rest_of_sequence(sign, &text[length..])
        {
            self.nothing.push(length + rest);
        }
        match sign {
            '…' => self.ellipsis = Some(Ellipsis::Sign),
            '\n' | '\r' => self.line_break = Some(length),
            _ => {}
        }
    }
}

/// How many bytes a control sequence goes on for behind the sign that begins it.
fn rest_of_sequence(begin: char, text: &str) -> Option<usize> {
    let bytes = &text.as_bytes()[..text.len().min(LONGEST_SEQUENCE)];
    let (kind, body) = match begin {
        '\u{9b}' => (b'[', 0),
        _ => (*bytes.first()?, 1),
    };
    match kind {
        b'[' => {
            let passed = bytes[body..].iter().take_while(|it| matches!(it, 0x20..=0x3f)).count();
            let end = body + passed;
            bytes.get(end).is_some_and(|it| matches!(it, 0x40..=0x7e)).then_some(end + 1)
        }
        b']' => (body..bytes.len()).find_map(|at| {
            let end = ENDS_OF_TITLE.iter().find(|it| bytes[at..].starts_with(it.as_bytes()))?;
            Some(at + end.len())
        }),
        0x20..=0x7e => Some(1),
        _ => None,
    }
}

/// The sign that an escape at the beginning of a text means, and how long the escape is: percent encoding, the escapes
/// of JSON strings, and how [`clean`](crate::text::clean()) shows what could steer a terminal.
fn escaped(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().first()? {
        b'%' => percent(text.as_bytes()),
        b'\\' => backslash(text),
        _ => None,
    }
}

fn percent(text: &[u8]) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let digits = text.get(at * 3..at * 3 + 3).filter(|it| it[0] == b'%')?;
        let value = |digit: u8| char::from(digit).to_digit(16);
        u8::try_from(value(digits[1])? * 16 + value(digits[2])?).ok()
    };
    let first = byte(0)?;
    let count = match first {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => return None,
    };
    let bytes: Option<Vec<u8>> = (0..count).map(byte).collect();
    let sign = std::str::from_utf8(&bytes?).ok()?.chars().next()?;
    Some((sign, count * 3))
}

fn backslash(text: &str) -> Option<(char, usize)> {
    let short = |sign| Some((sign, 2));
    match text.as_bytes().get(1)? {
        b'"' => short('"'),
        b'\\' => short('\\'),
        b'/' => short('/'),
        b'n' => short('\n'),
        b'r' => short('\r'),
        b't' => short('\t'),
        b'b' => short('\u{8}'),
        b'f' => short('\u{c}'),
        b'u' | b'U' if text[2..].starts_with('{') => {
            let digits = text.as_bytes()[3..].iter().take(9).position(|it| *it == b'}')?;
            let sign = u32::from_str_radix(text.get(3..3 + digits)?, 16).ok().and_then(char::from_u32)?;
            Some((sign, digits + 4))
        }
        b'u' | b'U' => {
            let first = unit(text)?;
            if let Some(sign) = char::from_u32(u32::from(first)) {
                return Some((sign, 6));
            }
            let pair = [first, unit(text.get(6..)?)?];
            Some((char::decode_utf16(pair).next()?.ok()?, 12))
        }
        _ => None,
    }
}

/// The unit of UTF-16 that `\uXXXX` at the beginning of a text stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u").or_else(|| text.strip_prefix("\\U"))?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|it| it.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Readings {
        let mut readings = Readings::default();
        readings.read(text, false);
        readings
    }

    #[test]
    fn every_escape_is_read_with_its_length() {
        for (text, sign) in [
            ("%41", 'A'),
            ("%c3%BC", 'ü'),
            ("%F0%9f%98%80", '😀'),
            ("\\u0041", 'A'),
            ("\\uD83d\\uDE00", '😀'),
            ("\\u{1b}", '\u{1b}'),
            ("\\u{1F600}", '😀'),
            ("\\\"", '"'),
            ("\\\\", '\\'),
            ("\\/", '/'),
        ] {
            let expected = Reading { sign, length: text.len() };
            for behind in ["", "x", "%", "\\"] {
                let readings = read(&format!("{text}{behind}"));
                assert_eq!(readings.signs.last(), Some(&expected), "{text}{behind}");
                assert_eq!(readings.signs[0].length, 1, "it may also be meant as it is: {text}");
            }
        }
    }

    #[test]
    fn what_is_no_escape_is_read_as_it_is() {
        for text in
            ["%4", "%zz", "%c3%28", "%c3", "\\u12", "\\u+123", "\\u{}", "\\u{110000}", "\\ud800", "\\x", "\\"]
        {
            assert_eq!(read(text).signs.len(), 1, "{text}");
        }
    }

    #[test]
    fn what_shows_nothing_may_be_passed_over() {
        for (text, length) in [
            ("\u{1b}[01;31mx", 8),
            ("\u{1b}]8;;https://o\u{7}x", 15),
            ("\u{1b}]0;t\u{1b}\\x", 7),
            ("\\u{1b}[Kx", 8),
            ("\u{9b}1mx", 4),
            ("\u{1b}cx", 2),
            ("\0x", 1),
            ("\rx", 1),
            ("\\r\\n", 2),
            ("\u{200b}x", 3),
        ] {
            assert_eq!(read(text).nothing.last(), Some(&length), "{text:?}");
        }
        assert!(read("x").nothing.is_empty() && read(" ").nothing.is_empty());
    }
}
