//! Known secrets leave in no text: neither as they are nor encoded.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::{Regex, RegexBuilder};
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret was.
pub const MASK: &str = "***";

/// Secrets shorter than this many bytes are not looked for: they would black out half of every text.
pub const SHORTEST: usize = 4;

/// Lines of a secret that are shorter than this many bytes are not looked for alone, but with the whole only.
pub const SHORTEST_LINE: usize = 2 * SHORTEST;

/// Replaces secrets in texts, in every form in which they are known to travel: as they are, each line of one with
/// several lines, in base64 (both alphabets, padded or not, also in the midst of a longer encoded text), percent
/// encoded, escaped for JSON, and with its control characters made visible.
///
/// A text must be whole: a secret that is cut in two by the caller is in neither half. Only the beginning of one
/// before an ellipsis is known for what it is.
pub struct Redactor {
    forms: Forms,
    secrets: Vec<SecretString>,
    too_short: usize,
}

impl Redactor {
    /// Looks for these secrets. Blank ones do not count.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let mut forms = BTreeSet::new();
        let mut kept = Vec::new();
        let mut too_short = 0;
        for secret in secrets {
            let text = secret.expose_secret().trim();
            if text.is_empty() {
                continue;
            }
            if text.len() < SHORTEST {
                too_short += 1;
                continue;
            }
            add_forms(text, &mut forms);
            let lines = text.lines().map(str::trim).filter(|it| it.len() >= SHORTEST_LINE);
            if text.contains('\n') {
                lines.for_each(|it| add_forms(it, &mut forms));
            }
            kept.push(text.into());
        }
        Self { forms: compiled(forms), secrets: kept, too_short }
    }

    /// How many secrets are too short to be looked for ([`SHORTEST`]), so that a person can be warned.
    #[must_use]
    pub fn too_short(&self) -> usize {
        self.too_short
    }

    /// The text without secrets.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = match &self.forms {
            Forms::None => return Cow::Borrowed(text),
            Forms::Some(forms) => forms.replace_all(text, MASK),
            Forms::TooMany => return Cow::Borrowed(MASK),
        };
        if masked.contains('…') { Cow::Owned(self.without_beginnings(&masked)) } else { masked }
    }

    /// The text without beginnings of secrets that stand before an ellipsis, where a long text was cut.
    fn without_beginnings(&self, text: &str) -> String {
        let mut pieces: Vec<_> = text.split('…').map(str::to_owned).collect();
        let last = pieces.len() - 1;
        for piece in &mut pieces[..last] {
            let longest = self.secrets.iter().map(|it| beginning_at_end(piece, it.expose_secret())).max();
            if let Some(length) = longest.filter(|it| *it >= SHORTEST) {
                piece.truncate(piece.len() - length);
                piece.push_str(MASK);
            }
        }
        pieces.join("…")
    }
}

/// How many bytes at the end of a text are the beginning of a secret.
fn beginning_at_end(text: &str, secret: &str) -> usize {
    secret
        .char_indices()
        .map(|(at, _)| at)
        .rev()
        .find(|it| text.ends_with(&secret[..*it]))
        .unwrap_or_default()
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("too_short", &self.too_short).finish_non_exhaustive()
    }
}

/// All forms of all secrets.
enum Forms {
    /// There are no secrets.
    None,
    /// A pattern for them.
    Some(Regex),
    /// More than a pattern can hold: then no text is shown at all.
    TooMany,
}

/// One pattern for all forms, the longest first, since the first that fits is taken.
fn compiled(forms: BTreeSet<String>) -> Forms {
    let mut forms: Vec<_> = forms.into_iter().collect();
    forms.sort_by_key(|it| std::cmp::Reverse(it.len()));
    if forms.is_empty() {
        return Forms::None;
    }
    // Secrets side by side or overlapping are covered by one mask; a run is matched whole.
    let pattern = format!("(?:{})+", forms.join("|"));
    RegexBuilder::new(&pattern).size_limit(1 << 28).build().map_or(Forms::TooMany, Forms::Some)
}

fn add_forms(secret: &str, forms: &mut BTreeSet<String>) {
    base64_forms(secret.as_bytes(), forms);
    forms.insert(signs(secret));
}

/// The base64 texts that any text with the secret in it must contain, whatever stands before and behind it.
///
/// Three alignments are possible. The characters at the edges mix in bits of the neighbours, so that they cannot
/// be told; they are covered where they stand, as "any sign of the alphabet".
fn base64_forms(secret: &[u8], forms: &mut BTreeSet<String>) {
    for shift in 0..3_usize {
        let mut padded = vec![0; shift];
        padded.extend_from_slice(secret);
        // Bits of the secret begin in this character, and the first that is wholly the secret's own follows.
        let (skipped, mixed_front) = [(0, 0), (1, 1), (2, 1)][shift];
        let whole = padded.len() * 8 / 6;
        let mixed_back = usize::from(!(padded.len() * 8).is_multiple_of(6));
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            let Some(core) = text.get(skipped + mixed_front..whole).filter(|it| it.len() >= SHORTEST) else {
                continue;
            };
            let any = "[A-Za-z0-9+/_-]";
            let core = regex::escape(core);
            forms.insert(format!(
                "{}{core}{}={{0,2}}",
                any.repeat(mixed_front),
                format!("{any}?").repeat(mixed_back)
            ));
        }
    }
}

/// A pattern for the secret with any of its signs as it is or escaped, whichever way. White space is any amount of
/// white space, since texts that are laid out on one line lose the rest.
fn signs(secret: &str) -> String {
    let mut pattern = String::new();
    let mut letters = secret.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut ways = escapes(letter);
        if !letter.is_whitespace() {
            pattern.push_str(&format!("(?:{ways})"));
            continue;
        }
        while let Some(next) = letters.next_if(|it| it.is_whitespace()) {
            ways = format!("{ways}|{}", escapes(next));
        }
        pattern.push_str(&format!(r"(?:\s|{ways})+"));
    }
    pattern
}

/// The ways to write one sign: itself, percent encoded (a space also as `+`), escaped for JSON, and as
/// [`clean`](super::report::clean) shows what could steer a terminal.
fn escapes(letter: char) -> String {
    let plain = regex::escape(letter.encode_utf8(&mut [0; 4]));
    let percent: String = letter.encode_utf8(&mut [0; 4]).bytes().map(|it| format!("%{it:02x}")).collect();
    let json: String = letter.encode_utf16(&mut [0; 2]).iter().map(|it| format!(r"\\u{it:04x}")).collect();
    let visible = format!(r"\\u\{{{:x}\}}", u32::from(letter));
    let short = match letter {
        '"' => r#"|\\""#,
        '\\' => r"|\\\\",
        '/' => r"|\\/",
        '\n' => r"|\\n",
        '\r' => r"|\\r",
        '\t' => r"|\\t",
        '\u{8}' => r"|\\b",
        '\u{c}' => r"|\\f",
        ' ' => r"|\+",
        _ => "",
    };
    format!("{plain}|(?i:{percent}|{json}|{visible}){short}")
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|it| SecretString::from(*it)))
    }

    #[test]
    fn a_secret_is_masked_in_each_of_its_forms() {
        let secret = "API-K?y \"ü/+\\1";
        let redactor = redactor(&[secret]);
        let quoted = serde_json::to_string(secret).expect("serialises");
        let hex: String = secret.encode_utf16().map(|it| format!("\\u{it:04X}")).collect();
        for form in [
            secret.to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC)
                .to_string()
                .replace("%2F", "%2f")
                .replace("%3F", "%3f"),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string().replace("%20", "+"),
            quoted.trim_matches('"').to_owned(),
            quoted.trim_matches('"').replace('/', "\\/"),
            hex,
        ] {
            let told = redactor.redact(&format!("before {form} behind")).into_owned();
            assert!(told.starts_with("before ***") && told.ends_with(" behind"), "{form} became {told}");
            assert!(!told.contains("K%3"), "{told}");
        }
    }

    #[test]
    fn a_secret_within_a_longer_encoded_text_is_masked_at_every_alignment() {
        let secret = "s3cr3t>?~key";
        let redactor = redactor(&[secret]);
        for before in ["", "u", "us", "use", "user:"] {
            for behind in ["", ":", "::", ":::"] {
                let text = format!("{before}{secret}{behind}");
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text), STANDARD_NO_PAD.encode(&text)]
                {
                    let told = redactor.redact(&encoded).into_owned();
                    assert!(told.contains(MASK), "{text}: {encoded}");
                    let left = told.replace(MASK, "");
                    assert!(left.len() <= encoded.len() - secret.len(), "{text}: {encoded} became {told}");
                }
            }
        }
    }

    #[test]
    fn the_longest_secret_wins_and_neighbours_share_a_mask() {
        let redactor = redactor(&["hunter2", "hunter22-long"]);
        assert_eq!(redactor.redact("a hunter22-long b hunter2hunter2 c"), "a *** b *** c");
    }

    #[test]
    fn each_line_of_a_key_is_masked_alone() {
        let key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7\nshort\n-----END KEY-----";
        let told = redactor(&[key]).redact("line: MIIEpAIBAAKCAQEA7, short").into_owned();
        assert_eq!(told, "line: ***, short");
    }

    #[test]
    fn a_private_key_is_no_burden() {
        let key: String =
            (0..60).map(|it| format!("MIIEpAIBAAKCAQEA{it:02}{}\n", "aB3/+".repeat(9))).collect();
        let redactor = redactor(&[&key]);
        assert!(matches!(redactor.forms, Forms::Some(_)));
        assert_eq!(redactor.redact(&format!("<{}>", key.trim())), "<***>");
    }

    #[test]
    fn a_secret_is_masked_after_its_signs_were_made_visible_or_laid_out_on_one_line() {
        let secret = "two \u{1b}[31m  words\u{202e}\tand\nmore";
        let redactor = redactor(&[secret]);
        assert_eq!(redactor.redact(&format!("<{}>", crate::ci::report::clean(secret))), "<***>");
        let on_one_line = secret.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(redactor.redact(&format!("<{on_one_line}>")), "<***>");
    }

    #[test]
    fn the_beginning_of_a_secret_before_an_ellipsis_is_masked() {
        let redactor = redactor(&["correct horse battery", "API-HUNTER2"]);
        assert_eq!(redactor.redact("a correct horse b… c API-H… d cor… e"), "a ***… c ***… d cor… e");
        assert_eq!(redactor.redact("API-HUNTER2… and API-HUNTER is none"), "***… and API-HUNTER is none");
    }

    #[test]
    fn short_and_blank_secrets_are_not_looked_for_and_counted() {
        let redactor = redactor(&["abc", "", "  "]);
        assert_eq!((redactor.redact("abc").as_ref(), redactor.too_short()), ("abc", 1));
        assert!(!format!("{redactor:?}").contains("abc"));
    }

    proptest! {
        #[test]
        fn no_text_shows_a_secret(secret in "[ -~]{4,20}", before in "[ -~]{0,9}", behind in "[ -~]{0,9}") {
            prop_assume!(secret.trim().len() >= SHORTEST);
            let redactor = redactor(&[&secret]);
            let text = format!("{before}{secret}{behind}");
            // What the mask itself or the neighbours spell is not the secret.
            prop_assume!(!MASK.contains(secret.trim()));
            prop_assert!(redactor.redact(&text).contains(MASK));
            prop_assert!(redactor.redact(&STANDARD.encode(&text)).contains(MASK) || secret.trim().len() < 7);
            let percent = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            prop_assert!(redactor.redact(&percent).contains(MASK));
            prop_assert!(redactor.redact(&serde_json::to_string(&text).expect("serialises")).contains(MASK));
        }
    }
}
