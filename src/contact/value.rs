//! What a value says, as people read it: decoded, unescaped, and piece by piece where it is made of
//! pieces.

use crate::text::line::{Line, unescape};
use std::borrow::Cow;

/// The value as text: structured values whole, with their semicolons.
#[must_use]
pub fn text<'l>(line: &'l Line<'_>) -> Cow<'l, str> {
    match decoded(line) {
        Cow::Borrowed(text) => unescape(text),
        Cow::Owned(text) => Cow::Owned(unescape(&text).into_owned()),
    }
}

/// Properties whose value is a structure or a list (RFC 6350 sections 6.2.2, 6.2.3, 6.3.1, 6.6.4,
/// 6.7.1).
const MADE_OF_PIECES: [&str; 5] = ["N", "ADR", "ORG", "NICKNAME", "CATEGORIES"];

#[must_use]
pub fn is_made_of_pieces(line: &Line) -> bool {
    MADE_OF_PIECES.iter().any(|name| line.is(name))
}

/// Whether one of the pieces is such: each component of a structure, and each value of a list in
/// it or without it.
#[must_use]
pub fn any_piece(line: &Line, mut is: impl FnMut(&str) -> bool) -> bool {
    let value = decoded(line);
    split(&value, b';').any(|component| {
        is(&unescape(component)) || split(component, b',').any(|one| is(&unescape(one)))
    })
}

/// Splits at a character that is not escaped.
pub fn split(value: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut escaped = false;
        let end = text.bytes().position(|byte| {
            let ends = byte == at && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        // The character is ASCII: it stands between characters.
        let (piece, after) = match end {
            Some(end) => (text.get(..end), text.get(end + 1..)),
            None => (Some(text), None),
        };
        rest = after;
        piece
    })
}

/// The value without the transfer encoding of vCard 2.1 section 2.1.3.
#[must_use]
pub fn decoded<'l>(line: &'l Line<'_>) -> Cow<'l, str> {
    let value = line.value();
    if value.contains('=') && is_quoted_printable(line) {
        Cow::Owned(from_quoted_printable(value))
    } else {
        Cow::Borrowed(value)
    }
}

#[must_use]
pub fn is_quoted_printable(line: &Line) -> bool {
    line.parameters().any(|parameter| {
        parameter.name().eq_ignore_ascii_case("ENCODING")
            && parameter.raw().eq_ignore_ascii_case("QUOTED-PRINTABLE")
    })
}

/// Bytes that are no UTF-8 are Latin-1, the other character set that phones write.
fn from_quoted_printable(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = match (byte, after) {
            (b'=', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match hex {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::line::Lines;

    fn line(text: &str) -> Line<'_> {
        Lines::new(text.as_bytes()).next().unwrap().unwrap()
    }

    #[test]
    fn texts() {
        for (given, expected) in [
            ("NOTE:a\\, b\\nc", "a, b\nc"),
            ("N:Doe;John;;;", "Doe;John;;;"),
            (
                "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller;J",
                "Müller;J",
            ),
            ("N;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:M=FCller", "Müller"),
            ("NOTE;QUOTED-PRINTABLE:100=25 =\r\nmore =3", "100% more =3"),
            ("NOTE:a=3D", "a=3D"),
        ] {
            assert_eq!(text(&line(given)), expected, "{given}");
        }
    }

    #[test]
    fn pieces() {
        let pieces = |text: &str| {
            let mut all = Vec::new();
            let _ = any_piece(&line(text), |piece| {
                all.push(piece.to_owned());
                false
            });
            all.dedup();
            all
        };
        assert_eq!(
            pieces("N:Public\\, Esq.;John;Q.,R.;;"),
            ["Public, Esq.", "John", "Q.,R.", "Q.", "R.", ""]
        );
        assert_eq!(pieces("ORG:A\\;B;C"), ["A;B", "C"]);
        assert_eq!(
            split("a\\\\;b;", b';').collect::<Vec<_>>(),
            ["a\\\\", "b", ""]
        );
    }
}
