//! The beginning of an answer that is not what was asked for, made fit for one line of a log.

/// How many characters are kept of a body that is not JSON.
const EXCERPT: usize = 300;

/// The beginning of a body, on one line and without control characters; of an HTML page, its title. It is cut
/// between words: half a word could be half a secret, which no redaction would recognise.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let title = if is_html(body) { title(&text) } else { None };
    let words = title.unwrap_or(&text).split(|it: char| it.is_whitespace() || it.is_control());
    let mut line = String::new();
    let mut room = EXCERPT;
    for word in words.filter(|it| !it.is_empty()) {
        let space = if line.is_empty() { "" } else { " " };
        let length = space.len() + word.chars().take(room + 1).count();
        if length > room {
            return format!("{line}{space}…");
        }
        room -= length;
        line.push_str(space);
        line.push_str(word);
    }
    line
}

/// True when a body is a page for people.
pub(super) fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

fn title(page: &str) -> Option<&str> {
    // ASCII case only, so that offsets in the lower-case copy are offsets in the page.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(page[start..end].trim()).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_down_to_its_title() {
        assert_eq!(excerpt(b"<html><head><TITLE> Sign\n in </TITLE></head>secret page</html>"), "Sign in");
        assert_eq!(excerpt(b"<p>No title</p>"), "<p>No title</p>");
    }

    #[test]
    fn a_long_body_is_cut_between_words() {
        assert_eq!(excerpt("é".repeat(5000).as_bytes()), "…");
        assert_eq!(excerpt("éa ".repeat(5000).as_bytes()), format!("{}…", "éa ".repeat(EXCERPT / 3)));
        assert_eq!(excerpt(b""), "");
    }

    #[test]
    fn control_characters_are_left_out() {
        assert_eq!(excerpt(b"a\x1b[31m\r\n##teamcity[x]\0b"), "a [31m ##teamcity[x] b");
    }
}
