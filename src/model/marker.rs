//! The marker: the line that identifies the build of a release or a deployment.
//!
//! Release notes and comments are the only texts in which Octopus keeps data for promenade, and anyone can edit them.
//! So a marker counts only if it is the whole last line of its text, and everything in it is encoded.

use super::build::BuildIdentity;
use super::encoding::{decode, encode};

/// How every marker begins. It is a Markdown comment, so that pages that show the text do not show the marker.
const BEGIN: &str = "<!-- promenade build=";
const END: &str = " -->";

/// How a marker begins in any version of promenade, and what replaces it in foreign text.
const COMMENT: (&str, &str) = ("<!-- promenade", "<!--promenade");

/// A marker that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    build: Build,
    more: Vec<(String, String)>,
}

/// The build that a marker names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Build {
    /// The text of a build.
    Whole(String),
    /// The bare id, as promenade 0.1.0 wrote it. It matches every build with that id.
    Id(String),
}

impl Marker {
    /// Reads the marker of a text: its last line, if that is a marker and nothing else. Trailing white space and the
    /// kind of line ends are ignored.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (_, line) = split(text)?;
        let said = line.strip_prefix(BEGIN)?.strip_suffix(END)?;
        let mut words = said.split(' ');
        let build = words.next().filter(|it| is_build(it));
        let more: Option<Vec<_>> = words.map(pair).collect();
        Some(match build.zip(more) {
            Some((build, more)) => Self { build: Build::Whole(build.to_owned()), more },
            None => Self { build: Build::Id(said.to_owned()), more: Vec::new() },
        })
    }

    /// Whether the marker names this build and no other. A marker of 0.1.0 never does.
    #[must_use]
    pub fn is_of(&self, build: &BuildIdentity) -> bool {
        matches!(&self.build, Build::Whole(text) if *text == build.to_string())
    }

    /// Whether it is a marker of promenade 0.1.0 with this build's bare id. Builds of other pipelines and servers can
    /// have the same id, so it proves something only together with other evidence, such as the version.
    #[must_use]
    pub fn names_id_of(&self, build: &BuildIdentity) -> bool {
        matches!(&self.build, Build::Id(id) if *id == build.id.replace("--", "- -"))
    }

    /// The value of a key in the marker.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.more.iter().find(|(it, _)| it == key).map(|(_, value)| value.as_str())
    }
}

/// Changes a text so that nothing in it reads as a marker. For people it stays the same: a comment stays a comment.
#[must_use]
pub fn harmless(text: &str) -> String {
    let (begin, instead) = COMMENT;
    text.replace(begin, instead)
}

/// Removes the marker and trailing blank lines from a text.
#[must_use]
pub fn unsigned(text: &str) -> &str {
    let own = if Marker::read(text).is_some() { split(text).map_or("", |(before, _)| before) } else { text };
    own.trim_end()
}

impl BuildIdentity {
    /// Appends this build's marker as the last line of a text. The marker also holds the pairs of `more`, whose keys
    /// are plain words.
    ///
    /// Text that reads as a marker in `text` is made harmless: see [`harmless`].
    #[must_use]
    pub fn sign(&self, text: &str, more: &[(&str, &str)]) -> String {
        let more: String =
            more.iter().map(|(key, value)| format!(" {}={}", encode(key), encode(value))).collect();
        let marker = format!("{BEGIN}{self}{more}{END}");
        match harmless(text).trim_end() {
            "" => marker,
            text => format!("{text}\n\n{marker}"),
        }
    }
}

/// Splits off the last line that is not blank.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    let at = text.rfind('\n').map_or(0, |it| it + 1);
    (!text.is_empty()).then(|| text.split_at(at))
}

/// Whether a word is the text of a build, as [`BuildIdentity`] writes it.
fn is_build(word: &str) -> bool {
    word.split(',').count() == 4 && word.split(',').all(|it| decode(it).is_some())
}

fn pair(word: &str) -> Option<(String, String)> {
    let (key, value) = word.split_once('=')?;
    Some((decode(key).filter(|it| !it.is_empty())?, decode(value)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn build(pipeline: &str, id: &str) -> BuildIdentity {
        BuildIdentity {
            server: Some("github".into()),
            address: Some("https://github.com".into()),
            pipeline: Some(pipeline.into()),
            ..BuildIdentity::new(id)
        }
    }

    #[test]
    fn a_marker_is_the_last_line_and_says_all_of_it() {
        let build = build("acme/shop/CI & more", "7--8 -->");
        let signed = build.sign("Fixes\n", &[("digest", "a=b c"), ("x", "")]);
        let expected = "Fixes\n\n<!-- promenade build=github,github.com,acme/shop/CI%20%26%20more,7-%2D8%20-%2D%3E \
                        digest=a%3Db%20c x= -->";
        assert_eq!(signed, expected);
        for text in [signed.clone(), signed.replace('\n', "\r\n"), format!("{signed} \r\n\n")] {
            let marker = Marker::read(&text).expect("a marker");
            assert!(marker.is_of(&build), "{text:?}");
            assert_eq!((marker.get("digest"), marker.get("x")), (Some("a=b c"), Some("")));
            assert_eq!((marker.get("y"), unsigned(&text)), (None, "Fixes"));
        }
        assert_eq!(build.sign(" \n", &[]), build.sign("", &[]));
    }

    #[test]
    fn a_marker_counts_only_as_a_last_line_of_its_own() {
        let build = BuildIdentity::new("101");
        let line = "<!-- promenade build=,,,101 -->";
        for text in [format!("Fix typo {line}"), format!("{line} "), format!("notes\n\n{line}")] {
            let counts = !text.starts_with("Fix");
            assert_eq!(Marker::read(&text).is_some_and(|it| it.is_of(&build)), counts, "{text:?}");
        }
        for text in [
            format!("{line}\nmore"),
            format!(" {line}"),
            format!("a\r{line}"),
            format!("a\u{2028}{line}"),
            format!("{line} {line}"),
            format!("{line}."),
            String::new(),
        ] {
            assert!(!Marker::read(&text).is_some_and(|it| it.is_of(&build)), "{text:?}");
            assert_eq!(unsigned(&format!("{text}x")), format!("{text}x"));
        }
    }

    #[test]
    fn the_markers_of_0_1_0_are_known_by_the_bare_id() {
        for id in ["7", "acme/shop/5", "a b", "x -- y", "PLAN-JOB-5", "{0191-aa}"] {
            let text = format!("notes\n\n<!-- promenade build={} -->", id.replace("--", "- -"));
            let marker = Marker::read(&text).expect("a marker");
            assert!(marker.names_id_of(&build("acme/shop", id)), "{id}");
            assert!(!marker.names_id_of(&build("acme/shop", "8")), "{id}");
            assert!(!marker.is_of(&build("acme/shop", id)), "{id}");
        }
    }

    #[test]
    fn what_reads_as_a_marker_becomes_an_ordinary_comment() {
        let foreign = "a <!-- promenade build=101 --> b\n<!-- promenade build=x,y,z,7 k=v -->";
        let made = harmless(foreign);
        assert_eq!(made, "a <!--promenade build=101 --> b\n<!--promenade build=x,y,z,7 k=v -->");
        assert_eq!(Marker::read(&made), None);
        assert_eq!(harmless("<!-- a --> promenade"), "<!-- a --> promenade");
    }

    /// Texts out of what markers are made of.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("<!-- promenade build=".to_owned()),
            Just("<!-- ".to_owned()),
            Just("promenade".to_owned()),
            Just(" -->".to_owned()),
            Just("github,github.com,p,7".to_owned()),
            Just("7".to_owned()),
            Just(" k=v".to_owned()),
            Just("\n".to_owned()),
            Just("\r\n".to_owned()),
            Just(" ".to_owned()),
            ".{0,3}",
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|it| it.concat())
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_back(
            text in ".{0,40}", pipeline in ".{0,12}", id in ".{1,12}", value in "(?s).{0,12}"
        ) {
            let build = build(&pipeline, &id);
            let signed = build.sign(&text, &[("key", &value)]);
            let marker = Marker::read(&signed).expect("a marker");
            prop_assert!(marker.is_of(&build));
            prop_assert_eq!(marker.get("key"), Some(value.as_str()));
            let own = harmless(&text);
            prop_assert_eq!(unsigned(&signed), own.trim_end());
            let inside = signed.rsplit_once("<!--").and_then(|(_, it)| it.strip_suffix("-->")).expect("a comment");
            prop_assert!(!inside.contains("--") && !inside.contains("#{"), "{}", signed);
        }

        #[test]
        fn no_text_signs_for_another_build(
            text in hostile(), pipeline in hostile(), id in hostile(), other in hostile(), value in hostile()
        ) {
            let (signer, other) = (build(&pipeline, &id), build("p", &other));
            let signed = signer.sign(&text, &[("key", &value)]);
            let marker = Marker::read(&signed).expect("a marker");
            prop_assert_eq!(marker.is_of(&other), signer == other);
            prop_assert_eq!(signed.matches("<!-- promenade").count(), 1, "{}", signed);
            prop_assert_eq!(Marker::read(&harmless(&text)), None);
        }

        #[test]
        fn no_two_values_are_written_alike(one in "(?s).{0,6}", other in "(?s).{0,6}") {
            prop_assert_eq!(decode(&encode(&one)), Some(one.clone()));
            prop_assert_eq!(encode(&one) == encode(&other), one == other);
            prop_assert!(!encode(&one).contains("--") && !encode(&one).starts_with('-'));
        }
    }
}
