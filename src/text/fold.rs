//! Content lines that davbox writes itself, folded (RFC 5545 section 3.1, RFC 6350 section 3.2).

/// "Lines of text SHOULD NOT be longer than 75 octets, excluding the line break."
const LONGEST: usize = 75;

/// Appends a line and its line end. Folds stand between characters.
pub fn fold(line: &str, newline: &str, out: &mut Vec<u8>) {
    let mut rest = line;
    let mut room = LONGEST;
    while rest.len() > room {
        while !rest.is_char_boundary(room) {
            room -= 1;
        }
        let (piece, after) = rest.split_at(room);
        out.extend_from_slice(piece.as_bytes());
        out.extend_from_slice(newline.as_bytes());
        out.push(b' ');
        rest = after;
        // The blank counts.
        room = LONGEST - 1;
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(newline.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::fold;
    use crate::text::line::Lines;

    #[test]
    fn lines_are_short_and_whole() {
        for length in [0, 70, 71, 72, 73, 74, 75, 150, 1000] {
            for character in ["a", "é", "🎂"] {
                let line = format!("X:{}", character.repeat(length));
                let mut out = Vec::new();
                fold(&line, "\r\n", &mut out);
                let text = String::from_utf8(out).expect("characters are whole");
                assert!(text.lines().all(|line| line.len() <= 75), "{text}");
                let read = Lines::new(text.as_bytes())
                    .next()
                    .expect("a line")
                    .expect("a line");
                assert_eq!(format!("X:{}", read.value()), line);
            }
        }
    }
}
