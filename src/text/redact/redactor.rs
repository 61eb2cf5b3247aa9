//! The redactor: masks every form in which a known secret travels.

use std::borrow::Cow;
use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::lengths::{SHORTEST, SHORTEST_LINE};
use super::patterns::{Around, Patterns};
use super::search::{find, joined};
use crate::text::steers;

/// What stands where a secret was.
pub const MASK: &str = "***";

/// So many bytes of a secret are looked for. Where a longer one begins, everything behind its beginning is masked.
const LARGEST: usize = 64 * 1024;

/// How many of the secrets that replace one another are looked for: the tokens of eight renewals. Those before have
/// ended long ago.
const RENEWED: usize = 16;
/// How many bytes they may have together, the newest four excepted.
const RENEWED_BYTES: usize = 128 * 1024;

/// Replaces secrets in texts, in every form in which they are known to travel: as they are, each line of one with
/// several lines, in base64 (both alphabets, padded or not, also in the midst of a longer encoded text), percent
/// encoded, escaped for JSON, and with its control characters made visible. A secret of twelve signs and more is also
/// found where line breaks, control sequences, or signs without a width stand between its signs.
///
/// A text must be whole: a secret that is cut in two by the caller is in neither half. Only the beginning of one
/// before an ellipsis is known for what it is, and a beginning of twelve signs at the end of a line.
///
/// The cost is linear in the text, whatever it holds, and in the secrets: some 120 bytes of memory for each byte of
/// theirs, 240 where they have several lines.
pub struct Redactor {
    secrets: Vec<SecretString>,
    patterns: Patterns,
    renewed: VecDeque<SecretString>,
    renewed_patterns: Patterns,
    too_short: usize,
}

impl Redactor {
    /// Looks for these secrets. Blank ones do not count.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let mut made = Self {
            secrets: Vec::new(),
            patterns: Patterns::new(&[]),
            renewed: VecDeque::new(),
            renewed_patterns: Patterns::new(&[]),
            too_short: 0,
        };
        made.add(secrets);
        made
    }

    /// Looks for these secrets as well, and gives back those that are new.
    pub fn add(&mut self, more: impl IntoIterator<Item = SecretString>) -> Vec<SecretString> {
        let known = self.secrets.len();
        for secret in more {
            if !holds(&self.secrets, &secret) {
                self.secrets.push(secret);
            }
        }
        if self.secrets.len() > known {
            self.look_anew();
        }
        self.secrets[known..].to_vec()
    }

    /// Looks for a secret that takes the place of an earlier one, such as a renewed token, and says whether it is new.
    /// The last few are looked for besides; what ended long ago is forgotten, so that a wait of weeks costs no more
    /// than one of minutes.
    pub fn renew(&mut self, secret: SecretString) -> bool {
        if holds(&self.secrets, &secret) {
            return false;
        }
        let known = self.renewed.iter().position(|it| is_same(it, &secret));
        // What is in use again is not the next to be forgotten.
        known.and_then(|at| self.renewed.remove(at));
        self.renewed.push_back(secret);
        if known.is_some() {
            return false;
        }
        let bytes = |it: &VecDeque<SecretString>| it.iter().map(|it| it.expose_secret().len()).sum::<usize>();
        while self.renewed.len() > RENEWED || self.renewed.len() > 4 && bytes(&self.renewed) > RENEWED_BYTES {
            self.renewed.pop_front();
        }
        self.renewed_patterns = patterns(self.renewed.iter());
        true
    }

    /// Looks for a text no longer: it was found to be no secret.
    pub fn publish(&mut self, text: &str) {
        self.secrets.retain(|it| it.expose_secret().trim() != text.trim());
        self.look_anew();
    }

    /// The secrets that are looked for.
    #[must_use]
    pub fn secrets(&self) -> Vec<SecretString> {
        self.secrets.iter().chain(&self.renewed).cloned().collect()
    }

    /// How many secrets are too short to be looked for ([`SHORTEST`]), so that a person can be warned.
    #[must_use]
    pub fn too_short(&self) -> usize {
        self.too_short
    }

    /// The text without secrets.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found = find(&self.patterns, text);
        found.extend(find(&self.renewed_patterns, text));
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut redacted = String::with_capacity(text.len());
        let mut from = 0;
        for place in joined(found) {
            redacted.push_str(&text[from..place.start]);
            redacted.push_str(MASK);
            from = place.end;
        }
        redacted.push_str(&text[from..]);
        Cow::Owned(redacted)
    }

    fn look_anew(&mut self) {
        self.patterns = patterns(self.secrets.iter());
        let is_short = |it: &&SecretString| (1..SHORTEST).contains(&it.expose_secret().trim().len());
        self.too_short = self.secrets.iter().filter(is_short).count();
    }
}

fn holds(secrets: &[SecretString], secret: &SecretString) -> bool {
    secrets.iter().any(|it| is_same(it, secret))
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("too_short", &self.too_short).finish_non_exhaustive()
    }
}

/// What is looked for so that these secrets are found.
fn patterns<'a>(secrets: impl Iterator<Item = &'a SecretString>) -> Patterns {
    let mut forms = Vec::new();
    for secret in secrets {
        let whole = secret.expose_secret().trim();
        if whole.len() < SHORTEST {
            continue;
        }
        let text = &whole[..whole.floor_char_boundary(LARGEST)];
        let goes_on = text.len() < whole.len();
        add_forms(text, goes_on, &mut forms);
        if text.contains('\n') {
            let lines = text.lines().map(str::trim).filter(|it| it.len() >= SHORTEST_LINE);
            lines.for_each(|it| add_forms(it, false, &mut forms));
        }
    }
    Patterns::new(&forms)
}

fn add_forms(text: &str, goes_on: bool, forms: &mut Vec<(Vec<char>, Around)>) {
    let around = Around { goes_on, ..Around::default() };
    let plain = signs(text);
    // Whoever takes out control sequences takes out those of the secret as well.
    if plain.iter().any(|it| steers(*it)) {
        let visible: String = text.chars().filter(|it| it.is_whitespace() || !steers(*it)).collect();
        if visible.trim().len() >= SHORTEST {
            forms.push((signs(visible.trim()), around));
        }
    }
    forms.push((plain, around));
    base64_forms(text.as_bytes(), goes_on, forms);
}

/// The signs of a secret. White space is one blank, since texts that are laid out on one line lose the rest.
fn signs(secret: &str) -> Vec<char> {
    let mut signs: Vec<char> = Vec::with_capacity(secret.len());
    for sign in secret.chars() {
        match sign.is_whitespace() {
            true if signs.last() == Some(&' ') => {}
            true => signs.push(' '),
            false => signs.push(sign),
        }
    }
    signs
}

/// The base64 texts that any text with the secret in it must contain, whatever stands before and behind it.
///
/// Three alignments are possible. The characters at the edges mix in bits of the neighbours, so that they cannot
/// be told; they are covered where they stand. The other alphabet is read as this one.
fn base64_forms(secret: &[u8], goes_on: bool, forms: &mut Vec<(Vec<char>, Around)>) {
    for shift in 0..3_usize {
        let mut padded = vec![0; shift];
        padded.extend_from_slice(secret);
        // Bits of the secret begin in this character, and the first that is wholly the secret's own follows.
        let (skipped, mixed_front) = [(0, 0), (1, 1), (2, 1)][shift];
        let whole = padded.len() * 8 / 6;
        let mixed_back = !(padded.len() * 8).is_multiple_of(6);
        let text = STANDARD_NO_PAD.encode(&padded);
        if let Some(core) = text.get(skipped + mixed_front..whole).filter(|it| it.len() >= SHORTEST) {
            forms
                .push((core.chars().collect(), Around { mixed_front: mixed_front > 0, mixed_back, goes_on }));
        }
    }
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
            let redacted = redactor.redact(&format!("before {form} behind")).into_owned();
            assert!(
                redacted.starts_with("before ***") && redacted.ends_with(" behind"),
                "{form} became {redacted}"
            );
            assert!(!redacted.contains("K%3"), "{redacted}");
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
                    let redacted = redactor.redact(&encoded).into_owned();
                    assert!(redacted.contains(MASK), "{text}: {encoded}");
                    let left = redacted.replace(MASK, "");
                    assert!(
                        left.len() <= encoded.len() - secret.len(),
                        "{text}: {encoded} became {redacted}"
                    );
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
        let redacted = redactor(&[key]).redact("line: MIIEpAIBAAKCAQEA7, short").into_owned();
        assert_eq!(redacted, "line: ***, short");
    }

    #[test]
    fn a_private_key_is_no_burden() {
        let key: String =
            (0..60).map(|it| format!("MIIEpAIBAAKCAQEA{it:02}{}\n", "aB3/+".repeat(9))).collect();
        let redactor = redactor(&[&key]);
        assert_eq!(redactor.redact(&format!("<{}>", key.trim())), "<***>");
    }

    #[test]
    fn a_secret_is_masked_after_its_signs_were_made_visible_or_laid_out_on_one_line() {
        let secret = "two \u{1b}[31m  words\u{202e}\tand\nmore";
        let redactor = redactor(&[secret]);
        assert_eq!(redactor.redact(&format!("<{}>", crate::text::clean(secret))), "<***>");
        let on_one_line = secret.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(redactor.redact(&format!("<{on_one_line}>")), "<***>");
    }

    #[test]
    fn a_secret_is_masked_across_whatever_shows_nothing() {
        let secret = "API-PLANTED5QW8ZXK2VNB7";
        let redactor = redactor(&[secret]);
        let nothings = [
            "\n",
            "\r\n",
            "\r",
            "\n    ",
            "\n\t",
            "\0",
            "\u{8}",
            "\u{1b}",
            "\u{1b}[01;31m",
            "\u{1b}[m\u{1b}[K",
            "\u{1b}]8;;https://o\u{7}",
            "\u{9b}1m",
            "\u{200b}",
            "\u{feff}",
            "\u{ad}",
            "\u{2060}",
            "\u{202e}",
            "\u{fe0f}",
            "\u{e0020}",
            "\u{2028}",
            "\\r\\n",
            "\\u0000",
            "\\u001b[31m",
            "%0A",
            "%E2%80%8B",
        ];
        for nothing in nothings {
            for at in 1..secret.len() {
                let text = format!("<{}{nothing}{}>", &secret[..at], &secret[at..]);
                assert_eq!(redactor.redact(&text), "<***>", "{text:?}");
                let clean = crate::text::clean(&text);
                assert_eq!(redactor.redact(&clean), "<***>", "{clean:?}");
            }
            let everywhere: String = secret.chars().map(|it| format!("{it}{nothing}")).collect();
            let text = format!("<{}>", everywhere.strip_suffix(nothing).expect("it ends with it"));
            assert_eq!(redactor.redact(&text), "<***>", "{text:?}");
        }
        assert_eq!(redactor.redact("<API-PLANTED5QW8 ZXK2VNB7>"), "<API-PLANTED5QW8 ZXK2VNB7>");
    }

    #[test]
    fn a_short_secret_is_masked_where_it_is_whole_only() {
        assert_eq!(redactor(&["hunter2"]).redact("hun\nter2 hunter2"), "hun\nter2 ***");
    }

    #[test]
    fn base64_is_masked_across_line_breaks() {
        let secret = "correct-horse-battery-staple";
        let redactor = redactor(&[secret]);
        for before in ["", "u", "us"] {
            let encoded = STANDARD.encode(format!("{before}{secret}::"));
            for width in 1..encoded.len() {
                for line_break in ["\n", "\r\n", "\n  ", "\\n"] {
                    let lines: Vec<_> =
                        encoded.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
                    let redacted = redactor.redact(&lines.join(line_break)).into_owned();
                    let left: String = redacted
                        .replace(line_break, "")
                        .replace(MASK, "")
                        .chars()
                        .filter(char::is_ascii_alphanumeric)
                        .collect();
                    assert!(left.len() <= 9, "{width}: {lines:?} became {redacted:?}");
                }
            }
        }
    }

    #[test]
    fn signs_that_begin_an_escape_before_a_secret_hide_it_from_nobody() {
        for (before, secret) in
            [("C:\\", "token-of-mine"), ("%", "41abcdef"), ("\\u", "0041abcd"), ("\\u{", "41}abcd")]
        {
            let redacted = redactor(&[secret]).redact(&format!("{before}{secret}")).into_owned();
            assert_eq!(redacted, format!("{before}***"));
        }
    }

    #[test]
    fn each_sign_may_be_written_in_its_own_way() {
        let secret = "a%41\\n+/ü😀-_ b";
        let redactor = redactor(&[secret]);
        let ways = |sign: char| {
            let text = sign.to_string();
            let json = serde_json::to_string(&text).expect("serialises");
            let visible = format!("\\u{{{:x}}}", u32::from(sign));
            let units: String =
                sign.encode_utf16(&mut [0; 2]).iter().map(|it| format!("\\u{it:04X}")).collect();
            [
                utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string(),
                json[1..json.len() - 1].to_owned(),
                units,
                visible,
                text,
            ]
        };
        for shift in 0..5 {
            let mixed: String =
                secret.chars().enumerate().map(|(at, it)| ways(it)[(at * 3 + shift) % 5].clone()).collect();
            assert_eq!(redactor.redact(&format!("<{mixed}>")), "<***>", "{mixed}");
        }
    }

    #[test]
    fn a_long_beginning_is_masked_where_a_text_or_a_line_ends() {
        let redactor = redactor(&["API-PLANTED5QW8ZXK2VNB7"]);
        assert_eq!(redactor.redact("key API-PLANTED5"), "key ***");
        assert_eq!(redactor.redact("key API-PLANTED5\nand more"), "key ***\nand more");
        assert_eq!(redactor.redact("key API-PLANTED"), "key API-PLANTED", "it is a word of eleven signs");
        assert_eq!(
            redactor.redact("key API-PLAN... and API-PLA... and API-..."),
            "key ***... and API-PLA... and API-..."
        );
    }

    #[test]
    fn tokens_that_have_ended_are_forgotten() {
        let mut redactor = redactor(&["the-settled-secret"]);
        let token = |it: usize| format!("eyJ{it:04}.{}", "payload".repeat(200));
        for it in 0..40 {
            assert!(redactor.renew(token(it).into()));
            assert!(!redactor.renew(token(it).into()), "it is known");
            assert_eq!(redactor.redact(&format!("<{}>", token(it))), "<***>");
        }
        assert_eq!(redactor.redact(&format!("<{}>", token(39 - 7))), "<***>", "what ended just now is known");
        assert!(redactor.redact(&token(10)).contains("eyJ0010"), "{:?}", redactor.redact(&token(10)));
        assert_eq!(redactor.redact("<the-settled-secret>"), "<***>");
        assert_eq!(redactor.secrets().len(), 1 + RENEWED);
    }

    #[test]
    fn what_is_published_is_shown_and_all_else_stays_hidden() {
        let mut redactor = redactor(&["API-SANDBOX", "API-OTHER"]);
        redactor.publish("API-SANDBOX");
        assert_eq!(redactor.redact("API-SANDBOX API-OTHER"), "API-SANDBOX ***");
    }

    #[test]
    fn the_largest_secret_is_masked_and_of_a_larger_one_everything_behind_its_beginning() {
        let line = |it: usize| format!("{it:05}{}\n", "aB3/+x".repeat(9));
        let whole: String = (0..1100).map(line).collect();
        let key = &whole[..LARGEST - 1];
        let redactor = redactor(&[key]);
        assert_eq!(redactor.redact(&format!("<{}>", key.trim())), "<***>");
        assert_eq!(redactor.redact(&format!("<{}>", STANDARD.encode(key.trim()))), "<***>");
        assert_eq!(redactor.redact(&format!("<{}>", line(500).trim())), "<***>");
        let huge = "0123456789abcdefghi".repeat(LARGEST / 8);
        let redacted = super::tests::redactor(&[&huge]).redact(&format!("<{huge}>")).into_owned();
        assert_eq!(redacted, "<***");
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
