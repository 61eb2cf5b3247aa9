//! Fenced blocks of a Markdown document.

/// One fenced block: where it is, what its info string says, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// Line of the opening fence, counted from 1.
    pub(crate) line: usize,
    /// The first word of the info string, such as `toml`.
    pub(crate) tag: String,
    /// The rest of the info string.
    pub(crate) info: String,
    pub(crate) text: String,
}

/// The fenced blocks in order, or what is wrong with the fences.
pub(crate) fn blocks(markdown: &str) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some((indent, fence, info)) = opening(line) else { continue };
        let (tag, info) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        let mut block =
            Block { line: number + 1, tag: tag.into(), info: info.trim().into(), text: String::new() };
        loop {
            let Some((_, line)) = lines.next() else {
                return Err(format!("line {}: the block is never closed", block.line));
            };
            if line.trim() == fence {
                break;
            }
            let inside = line.strip_prefix(indent).unwrap_or_else(|| line.trim_start());
            block.text.push_str(inside);
            block.text.push('\n');
        }
        found.push(block);
    }
    Ok(found)
}

/// The indentation, the fence itself and the info string of a line that opens a block.
fn opening(line: &str) -> Option<(&str, &str, &str)> {
    let inside = line.trim_start();
    let indent = &line[..line.len() - inside.len()];
    let mark = inside.chars().next().filter(|it| ['`', '~'].contains(it))?;
    let length = inside.chars().take_while(|it| *it == mark).count();
    (length >= 3).then(|| (indent, &inside[..length], inside[length..].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_a_tag_an_info_string_and_its_text() {
        let found = blocks("a\n\n```sh no-run it needs a terminal\necho\n  two\n```\n").unwrap();
        let expected = Block {
            line: 3,
            tag: "sh".into(),
            info: "no-run it needs a terminal".into(),
            text: "echo\n  two\n".into(),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_block_inside_a_list_loses_the_indentation_of_its_fence() {
        let found = blocks("- a\n\n  ~~~~toml\n  a = 1\n    b = 2\n  ~~~\n  ~~~~\n").unwrap();
        assert_eq!(found[0].text, "a = 1\n  b = 2\n~~~\n");
    }

    #[test]
    fn an_open_block_is_refused() {
        assert_eq!(blocks("```sh\necho\n").unwrap_err(), "line 1: the block is never closed");
    }
}
