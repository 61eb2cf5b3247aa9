//! Foreign text made harmless: nothing in it steers a terminal, hides, or commands a CI server.

/// Makes visible what could steer or hide: control characters, those that change the direction of text, break a line or
/// show nothing, and the beginnings of commands that CI servers obey anywhere in a line (`##vso[`, `##[`, `##teamcity[`,
/// `@@continua[`). What joins or varies signs outside of ASCII stays, since emoji and some scripts are written with it.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let behind = || text[at + letter.len_utf8()..].chars().next();
        let kept = letter == '\t' || is_part_of_sign(before, letter, behind);
        if !kept && steers(letter) || commands(&text[at..]) {
            cleaned.extend(letter.escape_unicode());
        } else {
            cleaned.push(letter);
        }
        before = Some(letter);
    }
    cleaned
}

/// Whether a character that shows nothing of itself belongs to how its neighbours are drawn.
fn is_part_of_sign(before: Option<char>, letter: char, behind: impl Fn() -> Option<char>) -> bool {
    let drawn = |it: Option<char>| it.is_some_and(|it| !it.is_ascii() && (!steers(it) || is_variation(it)));
    match letter {
        it if is_variation(it) => before.is_some_and(|it| !it.is_ascii() && !steers(it)),
        '\u{200c}' | '\u{200d}' => drawn(before) && behind().is_some_and(|it| !it.is_ascii() && !steers(it)),
        _ => false,
    }
}

/// Says whether the sign before it is drawn as text or in colours.
fn is_variation(letter: char) -> bool {
    matches!(letter, '\u{fe0e}' | '\u{fe0f}')
}

/// Whether a character could steer a terminal, break a line, reorder it, or show nothing at all: control characters,
/// separators of lines, and what Unicode calls format characters or lets programs ignore.
#[must_use]
pub fn steers(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text begins as commands to CI servers do: `##` or `@@`, perhaps a word, and a bracket.
fn commands(text: &str) -> bool {
    let rest = text.strip_prefix("##").or_else(|| text.strip_prefix("@@"));
    rest.is_some_and(|it| {
        it.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric()).starts_with('[')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_defused_wherever_they_stand_and_all_else_stays() {
        for command in
            ["##vso[task.complete]x", "##[error]x", "##teamcity[x]", "@@continua[x]", "@@Continua[x]"]
        {
            let cleaned = clean(&format!("text {command}"));
            assert!(!cleaned.contains("##") && !cleaned.contains("@@"), "{cleaned}");
        }
        for plain in ["## Notes", "a # b [c]", "##", "C## x[1]", "me@@you", "a\tb", "é [1]", ""] {
            assert_eq!(clean(plain), plain);
        }
        assert_eq!(clean("a\u{2028}b\0"), "a\\u{2028}b\\u{0}");
    }
}
