//! A text, and what is known of it: whether expressions are read in it, and which parts of it came from outside.
//!
//! What stands in the settings file was written by somebody who may deploy anyway. What a build event, an input, a
//! flag or a file of notes says may be anybody's words, such as the title of a pull request, and stays words: it is
//! not read for expressions, and the server, which evaluates `#{…}` in some texts, gets it escaped.

use std::fmt;
use std::ops::Range;

use crate::ci::expression::{self, ExpressionError, Scope};

/// A text, whether its expressions are still to be replaced, and which parts of it came from outside.
///
/// Its `Debug` form does not show it: it may be a secret in the wrong place.
#[derive(Clone, PartialEq)]
pub(crate) struct Text {
    text: String,
    has_expressions: bool,
    outside: Vec<Range<usize>>,
}

/// A part that came from outside stands within a `#{…}` of the settings, and would be read as a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WithinTemplate;

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }
}

impl Text {
    /// A text in which nothing is read: it means itself.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), has_expressions: false, outside: Vec::new() }
    }

    /// A text of the settings file, in which expressions are read.
    pub(crate) fn of_settings(text: impl Into<String>) -> Self {
        Self { has_expressions: true, ..Self::plain(text) }
    }

    /// A text from outside, in which expressions are read only where somebody has asked for that.
    pub(crate) fn from_outside(text: impl Into<String>, has_expressions: bool) -> Self {
        let text = text.into();
        let outside = std::iter::once(0..text.len()).collect();
        Self { text, has_expressions, outside }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds an expression or an escaped sign, so that its value is another text.
    pub(crate) fn is_open(&self) -> bool {
        self.has_expressions && expression::is_in(&self.text)
    }

    /// Whether it names an expression.
    pub(crate) fn names_expressions(&self) -> bool {
        self.has_expressions && expression::names(&self.text)
    }

    /// Whether a part of it came from outside.
    pub(crate) fn is_from_outside(&self) -> bool {
        !self.outside.is_empty()
    }

    /// Checks that its expressions are well-formed.
    ///
    /// # Errors
    /// The first that is not.
    pub(crate) fn check(&self) -> Result<(), ExpressionError> {
        if self.has_expressions { expression::check(&self.text) } else { Ok(()) }
    }

    /// The text with the values of its expressions, which came from outside.
    ///
    /// # Errors
    /// The first expression without a value.
    pub(crate) fn resolved(&self, scope: &Scope<'_>) -> Result<Self, ExpressionError> {
        if !self.has_expressions {
            return Ok(self.clone());
        }
        let mut made = Self::plain("");
        for piece in expression::resolve_pieces(&self.text, scope)? {
            let from = made.text.len();
            made.text.push_str(&piece.text);
            if piece.is_value || self.is_from_outside() {
                made.outside.push(from..made.text.len());
            }
        }
        made.outside.retain(|it| !it.is_empty());
        Ok(made)
    }

    /// The text as the server shows it once it has evaluated it: `#{` that came from outside, wholly or in part, is
    /// escaped, and what stands in the settings stays as it is written.
    ///
    /// The server takes a run of signs before a brace in pairs from its end: `##{` stands for `#{`, and `###{` for a
    /// sign and the beginning of a template. So such a run is made even. An even run from outside then shows one
    /// sign less, since there is no way to write it.
    ///
    /// # Errors
    /// A part from outside within a `#{…}` of the settings.
    pub(crate) fn escaped(&self) -> Result<String, WithinTemplate> {
        let bytes = self.text.as_bytes();
        let mut is_outside = vec![false; bytes.len()];
        for range in &self.outside {
            is_outside.get_mut(range.clone()).into_iter().flatten().for_each(|it| *it = true);
        }
        let outside = |at: usize| is_outside.get(at).copied().unwrap_or_default();
        let mut made = String::with_capacity(self.text.len());
        let (mut copied, mut at, mut open) = (0, 0, false);
        while let Some(byte) = bytes.get(at) {
            if open && outside(at) {
                return Err(WithinTemplate);
            }
            if *byte == b'}' {
                open = false;
            }
            if *byte != b'#' {
                at += 1;
                continue;
            }
            let signs = bytes.iter().skip(at).take_while(|it| **it == b'#').count();
            let brace = at + signs;
            if bytes.get(brace) == Some(&b'{') && !signs.is_multiple_of(2) {
                if (at..=brace).any(outside) {
                    made.push_str(self.text.get(copied..brace).unwrap_or_default());
                    made.push('#');
                    copied = brace;
                } else {
                    open = true;
                }
            }
            at = brace;
        }
        made.push_str(self.text.get(copied..).unwrap_or_default());
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text of pieces, those of which are `true` from outside.
    fn of(pieces: &[(&str, bool)]) -> Text {
        let mut made = Text::plain("");
        for (text, is_outside) in pieces {
            let from = made.text.len();
            made.text.push_str(text);
            if *is_outside && !text.is_empty() {
                made.outside.push(from..made.text.len());
            }
        }
        made
    }

    /// What the server makes of a text: literal text, and templates in `<…>`. As its own reader takes signs: a pair
    /// before `#{` is one sign, `##{` is `#{`, and a sign before anything else takes that along.
    fn evaluated(text: &str) -> String {
        let (mut made, mut rest) = (String::new(), text);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("##").filter(|it| it.starts_with("#{")) {
                made.push('#');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("##{") {
                made.push_str("#{");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("#{") {
                let end = after.find('}').unwrap_or(after.len());
                made.push_str(&format!("<{}>", &after[..end]));
                rest = after.get(end + 1..).unwrap_or_default();
            } else {
                let taken = rest.chars().take(if rest.starts_with('#') { 2 } else { 1 });
                let length = taken.map(char::len_utf8).sum();
                made.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
        made
    }

    #[test]
    fn what_came_from_outside_is_text_to_the_server_too() {
        for (pieces, sent, shown) in [
            (&[("a #{B} c", true)][..], "a ##{B} c", "a #{B} c"),
            (&[("a #{B} c", false)], "a #{B} c", "a <B> c"),
            (&[("a ##{B} c", false)], "a ##{B} c", "a #{B} c"),
            (&[("#{A} ", false), ("#{B}", true)], "#{A} ##{B}", "<A> #{B}"),
            // Neither may the ends of two pieces make a template together.
            (&[("no. #", false), ("{B}", true)], "no. ##{B}", "no. #{B}"),
            (&[("a#", true), ("{B}", false)], "a##{B}", "a#{B}"),
            (&[("a#", true), ("##{B}", false)], "a####{B}", "a###{B}"),
            // An escaped one must not become a sign and a template.
            (&[("##{B}", true)], "##{B}", "#{B}"),
            (&[("###{B}", true)], "####{B}", "###{B}"),
            (&[("# a { # } é#", true)], "# a { # } é#", "# a { # } é#"),
            (&[("#", true)], "#", "#"),
        ] {
            let escaped = of(pieces).escaped().expect("no part within a template");
            assert_eq!((escaped.as_str(), evaluated(&escaped).as_str()), (sent, shown), "{pieces:?}");
        }
    }

    #[test]
    fn what_came_from_outside_is_no_part_of_a_template() {
        for pieces in [
            &[("#{Octopus.", false), ("Name", true), ("}", false)][..],
            &[("#{if ", false), ("x", true)],
            &[("###{A", false), ("}", true)],
        ] {
            assert_eq!(of(pieces).escaped(), Err(WithinTemplate), "{pieces:?}");
        }
        let beside = of(&[("#{if A}", false), ("b", true), ("#{/if}", false)]);
        assert_eq!(beside.escaped().as_deref(), Ok("#{if A}b#{/if}"));
    }

    proptest! {
        #[test]
        fn nothing_from_outside_is_ever_evaluated(texts in proptest::collection::vec("[#{}aé]{0,6}", 0..5)) {
            let pieces: Vec<_> = texts.iter().map(|it| (it.as_str(), true)).collect();
            let escaped = of(&pieces).escaped().expect("there is no template");
            prop_assert!(!evaluated(&escaped).contains('<'), "{escaped}");
            // Nothing but signs before a brace is added.
            let plain = |text: &str| text.replace('#', "");
            prop_assert_eq!(plain(&escaped), plain(&texts.concat()));
        }

        #[test]
        fn beside_templates_nothing_from_outside_is_evaluated(
            pieces in proptest::collection::vec(("[#{}a]{0,5}", any::<bool>()), 0..6)
        ) {
            let pieces: Vec<_> = pieces.iter().map(|(text, outside)| (text.as_str(), *outside)).collect();
            if let Ok(escaped) = of(&pieces).escaped() {
                // Every template is one that the settings alone spell, whatever stands before it.
                let shown = |(text, outside): &(&str, bool)| {
                    if *outside && !text.is_empty() { "\u{1}".to_owned() } else { (*text).to_owned() }
                };
                let literal: String = pieces.iter().map(shown).collect();
                for template in evaluated(&escaped).split('<').skip(1) {
                    let inner = template.split('>').next().unwrap_or_default();
                    prop_assert!(literal.contains(&format!("#{{{inner}")), "{inner} of {escaped} is not in {literal}");
                }
            }
        }
    }
}
