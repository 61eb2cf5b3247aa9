//! Escapes texts for the server: it evaluates `#{…}` in some of them, and text from outside must stay text.

use crate::document::Text;

/// Text from outside is within a `#{…}` of the settings and would be read as part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WithinTemplate;

/// Escapes `#{` that came from outside, wholly or in part, so that it survives the server's evaluation; text of the
/// settings stays as written.
///
/// The server takes a run of signs before a brace in pairs from its end: `##{` stands for `#{`, and `###{` for a
/// sign and the beginning of a template. So such a run is made even. An even run from outside then shows one
/// sign less, since there is no way to write it.
///
/// # Errors
/// A part from outside within a `#{…}` of the settings.
pub(crate) fn escaped(text: &Text) -> Result<String, WithinTemplate> {
    let bytes = text.as_str().as_bytes();
    let mut is_outside = vec![false; bytes.len()];
    for range in text.outside() {
        is_outside.get_mut(range.clone()).into_iter().flatten().for_each(|it| *it = true);
    }
    let outside = |at: usize| is_outside.get(at).copied().unwrap_or_default();
    let mut made = String::with_capacity(bytes.len());
    // How many templates are open: one may stand within another.
    let (mut copied, mut at, mut open) = (0, 0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        let signs = bytes.iter().skip(at).take_while(|it| **it == b'#').count();
        let brace = at + signs;
        if open > 0 && (at..=brace).any(outside) {
            return Err(WithinTemplate);
        }
        if *byte == b'}' {
            open = open.saturating_sub(1);
        }
        if signs == 0 {
            at += 1;
            continue;
        }
        if bytes.get(brace) == Some(&b'{') && !signs.is_multiple_of(2) {
            if (at..=brace).any(outside) {
                made.push_str(text.as_str().get(copied..brace).unwrap_or_default());
                made.push('#');
                copied = brace;
            } else {
                open += 1;
            }
        }
        at = brace;
    }
    made.push_str(text.as_str().get(copied..).unwrap_or_default());
    Ok(made)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text of pieces, those of which are `true` from outside.
    fn of(pieces: &[(&str, bool)]) -> Text {
        Text::of_pieces(pieces.iter().copied())
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
            let escaped = escaped(&of(pieces)).expect("no part within a template");
            assert_eq!((escaped.as_str(), evaluated(&escaped).as_str()), (sent, shown), "{pieces:?}");
        }
    }

    #[test]
    fn what_came_from_outside_is_no_part_of_a_template() {
        for pieces in [
            &[("#{Octopus.", false), ("Name", true), ("}", false)][..],
            &[("#{if ", false), ("x", true)],
            &[("###{A", false), ("}", true)],
            // A run of signs is looked at whole, and what came from outside may stand at its end.
            &[("#{#", false), ("#", true)],
            &[("#{#", false), ("#", true), ("}", false)],
            &[("#{a#", false), ("#", true), ("#{b}", false)],
            // The end of a template within another is not the end of both.
            &[("#{Password[#{Kind}", false), ("x", true), ("]}", false)],
        ] {
            assert_eq!(escaped(&of(pieces)), Err(WithinTemplate), "{pieces:?}");
        }
        let beside = of(&[("#{if A}", false), ("b", true), ("#{/if}", false)]);
        assert_eq!(escaped(&beside).as_deref(), Ok("#{if A}b#{/if}"));
        let behind = of(&[("#{Password[#{Kind}]}", false), ("b", true)]);
        assert_eq!(escaped(&behind).as_deref(), Ok("#{Password[#{Kind}]}b"));
    }

    proptest! {
        #[test]
        fn nothing_from_outside_is_ever_evaluated(texts in proptest::collection::vec("[#{}aé]{0,6}", 0..5)) {
            let pieces: Vec<_> = texts.iter().map(|it| (it.as_str(), true)).collect();
            let escaped = escaped(&of(&pieces)).expect("there is no template");
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
            if let Ok(escaped) = escaped(&of(&pieces)) {
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
