//! Encodes values as single words for markers and for the text of a build.

/// Encodes a value as one word without separators, without anything that ends a comment, and without `#{…}`, which the
/// server would replace. Adjacent dashes and a leading dash are encoded too.
pub(super) fn encode(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for byte in value.bytes() {
        let plain = match byte {
            b'-' => written.bytes().last().is_some_and(|it| it != b'-'),
            _ => byte.is_ascii_alphanumeric() || b"._/:@+".contains(&byte),
        };
        if plain {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// Decodes a word; `None` if [`encode`] never writes it.
pub(super) fn decode(written: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        bytes.push(if *byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            rest = after;
            u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
        } else {
            *byte
        });
    }
    String::from_utf8(bytes).ok().filter(|it| encode(it) == written)
}
