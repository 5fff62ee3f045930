//! Paths in and out: percent-encoding (RFC 3986), and nothing that leaves the tree.

/// The longest path that is looked at.
const LONGEST: usize = 4096;

/// Why a path names nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPath {
    /// Broken percent-encoding, or bytes that are not UTF-8.
    Encoding,
    /// `.`, `..`, an encoded `/`, NUL or another control character inside a segment.
    Segment,
    TooLong,
}

/// The decoded segments of an absolute path and whether it ends in a slash. Empty segments are
/// passed over, as clients join paths carelessly.
///
/// # Errors
/// [`BadPath`]: the path is never repaired into one that means something else.
pub fn segments(path: &str) -> Result<(Vec<String>, bool), BadPath> {
    if path.len() > LONGEST {
        return Err(BadPath::TooLong);
    }
    let mut segments = Vec::new();
    for raw in path.split('/') {
        if raw.is_empty() {
            continue;
        }
        let segment = decode(raw)?;
        if segment == "." || segment == ".." || segment.chars().any(|c| c == '/' || c.is_control())
        {
            return Err(BadPath::Segment);
        }
        segments.push(segment);
    }
    Ok((segments, path.ends_with('/')))
}

fn decode(raw: &str) -> Result<String, BadPath> {
    if !raw.contains('%') {
        return Ok(raw.to_owned());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |b: Option<u8>| b.and_then(|b| (b as char).to_digit(16));
            let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
                return Err(BadPath::Encoding);
            };
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| BadPath::Encoding)
}

fn is_plain(byte: u8) -> bool {
    // RFC 3986 section 2.3 and the sub-delims that clients leave alone in a segment.
    const PLAIN: [bool; 256] = {
        let mut plain = [false; 256];
        let mut byte = 0u8;
        while byte < 128 {
            plain[byte as usize] = byte.is_ascii_alphanumeric();
            byte += 1;
        }
        let mut others: &[u8] = b"-._~@!$()*+,;=:";
        while let [byte, rest @ ..] = others {
            plain[*byte as usize] = true;
            others = rest;
        }
        plain
    };
    PLAIN[usize::from(byte)]
}

/// Appends a segment, percent-encoded. `&` and `'` are encoded too, so that the result stands in
/// XML as it is.
pub fn push_segment(out: &mut String, segment: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if segment.bytes().all(is_plain) {
        out.push_str(segment);
        return;
    }
    for byte in segment.bytes() {
        if is_plain(byte) {
            out.push(byte as char);
        } else {
            out.push('%');
            out.push(HEX[usize::from(byte >> 4)] as char);
            out.push(HEX[usize::from(byte & 15)] as char);
        }
    }
}

/// What stands in a DAV:href or a Destination header: a path or a URL. The path without query, and
/// the authority where it is a URL.
#[must_use]
pub fn split(href: &str) -> Option<(Option<&str>, &str)> {
    let href = href.trim();
    let (authority, path) = match href.find("://") {
        Some(at)
            if href[..at]
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '+') =>
        {
            let rest = &href[at + 3..];
            match rest.find('/') {
                Some(slash) => (Some(&rest[..slash]), &rest[slash..]),
                None => (Some(rest), "/"),
            }
        }
        _ => (None, href),
    };
    if !path.starts_with('/') {
        return None;
    }
    let end = path.find(['?', '#']).unwrap_or(path.len());
    Some((authority, &path[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_tree() {
        for path in [
            "/a/../b",
            "/a/%2e%2e/b",
            "/./a",
            "/a%2fb",
            "/a%00",
            "/a%0d%0a",
        ] {
            assert_eq!(segments(path), Err(BadPath::Segment), "{path}");
        }
        for path in ["/a%", "/a%2", "/a%zz", "/%ff"] {
            assert_eq!(segments(path), Err(BadPath::Encoding), "{path}");
        }
        assert_eq!(segments(&"/a".repeat(3000)), Err(BadPath::TooLong));
    }

    #[test]
    fn there_and_back() {
        for name in ["a.ics", "ü ñ.ics", "a&b<c>'\"%?#", "…", "x@y", "%2f"] {
            let mut path = String::from("/");
            push_segment(&mut path, name);
            assert_eq!(segments(&path).unwrap(), (vec![name.to_owned()], false));
        }
        assert_eq!(
            segments("//a//b/").unwrap(),
            (vec!["a".into(), "b".into()], true)
        );
    }

    #[test]
    fn urls() {
        assert_eq!(split("http://h:1/a?b"), Some((Some("h:1"), "/a")));
        assert_eq!(split("/a/b#c"), Some((None, "/a/b")));
        assert_eq!(split("a/b"), None);
    }
}
