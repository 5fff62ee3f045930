//! Content lines (RFC 5545 section 3.1, RFC 6350 section 3.2), without losing a byte.
//!
//! What a client stored is given back as it was, so nothing here writes: a [`Line`] is a window
//! on the client's bytes and says where its name, parameters and value are. Only a line that is
//! folded needs memory of its own. Parameters are split when somebody asks.
//!
//! Read leniently where real clients need it, refused where nobody could give an answer that
//! holds: bytes that are not UTF-8, and characters that no XML answer could carry (XML 1.0
//! section 2.2).

use std::borrow::Cow;
use std::fmt;

/// Content lines that [`Lines::new`] reads at most. An object of 10 MiB has fewer, unless it was
/// made to keep a server busy.
pub const MAX_LINES: usize = 200_000;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The content lines of some bytes, in order.
///
/// The concatenation of [`Line::raw`] of all lines is the input: a blank line is a line too, with
/// an empty name (see [`Line::is_blank`]), and a leading byte order mark belongs to the first
/// line. After an error nothing follows.
pub struct Lines<'a> {
    bytes: &'a [u8],
    /// The bytes as text, so that not each line is looked at again. None where a fold stands
    /// inside a character, or where there is no text at all: then the lines tell.
    text: Option<&'a str>,
    /// U+FFFE and U+FFFF may be in it: they begin with this byte.
    special: bool,
    at: usize,
    /// Physical line that starts at `at`, from 1.
    number: usize,
    left: usize,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Lines::with_limit(bytes, MAX_LINES)
    }

    /// For input that is more than one object (an import): at most `limit` content lines.
    pub fn with_limit(bytes: &'a [u8], limit: usize) -> Self {
        Lines {
            bytes,
            text: std::str::from_utf8(bytes).ok(),
            special: bytes.contains(&0xEF),
            at: 0,
            number: 1,
            left: limit,
        }
    }

    fn read(&mut self) -> Result<Line<'a>, Invalid> {
        let (start, number) = (self.at, self.number);
        let refuse = |reason| Invalid {
            line: number,
            reason,
        };
        if self.left == 0 {
            return Err(refuse(Reason::TooManyLines));
        }
        self.left -= 1;
        if start == 0 && self.bytes.starts_with(BOM) {
            self.at = BOM.len();
        }
        let begin = self.at;
        let first = self.physical()?;
        let joined = if self.at_blank() || first.ends_with(b"=") {
            self.join(first)?
        } else {
            None
        };
        let text = match (joined, self.text) {
            (Some(joined), _) => String::from_utf8(joined).ok().map(Cow::Owned),
            (None, Some(text)) => text.get(begin..begin + first.len()).map(Cow::Borrowed),
            (None, None) => std::str::from_utf8(first).ok().map(Cow::Borrowed),
        };
        let text = text.ok_or_else(|| refuse(Reason::NotUtf8))?;
        if self.special && text.contains(['\u{FFFE}', '\u{FFFF}']) {
            return Err(refuse(Reason::NotACharacter));
        }
        Line::new(number, &self.bytes[start..self.at], text).map_err(refuse)
    }

    /// Takes one physical line; gives its content without the line end.
    fn physical(&mut self) -> Result<&'a [u8], Invalid> {
        let start = self.at;
        let mut at = start;
        let (end, next) = loop {
            at = control(self.bytes, at);
            match (self.bytes.get(at), self.bytes.get(at + 1)) {
                (None, _) => break (at, at),
                (Some(b'\t'), _) => at += 1,
                (Some(b'\n'), _) => break (at, at + 1),
                (Some(b'\r'), Some(b'\n')) => break (at, at + 2),
                (Some(&byte), _) => {
                    return Err(Invalid {
                        line: self.number,
                        reason: match byte {
                            b'\r' => Reason::BareCr,
                            _ => Reason::Control(byte),
                        },
                    });
                }
            }
        };
        self.at = next;
        self.number += 1;
        Ok(&self.bytes[start..end])
    }

    fn at_blank(&self) -> bool {
        matches!(self.bytes.get(self.at), Some(b' ' | b'\t'))
    }

    /// Takes the physical lines that continue `first`; None where there are none.
    ///
    /// Bytes are joined before they are looked at as text: a fold may stand inside a UTF-8
    /// sequence (RFC 5545 section 3.1).
    fn join(&mut self, first: &'a [u8]) -> Result<Option<Vec<u8>>, Invalid> {
        let mut joined: Option<Vec<u8>> = None;
        let mut last = first;
        let mut quoted = None;
        while self.at < self.bytes.len() {
            // vCard 2.1 section 2.1.3: a quoted-printable value goes on after `=` at the end of a
            // line, and a blank that follows belongs to the value.
            let soft = last.ends_with(b"=") && *quoted.get_or_insert_with(|| is_quoted(first));
            if !soft && !self.at_blank() {
                break;
            }
            let joined = joined.get_or_insert_with(|| first.to_vec());
            if soft {
                joined.pop();
            } else {
                self.at += 1;
            }
            last = self.physical()?;
            joined.extend_from_slice(last);
        }
        Ok(joined)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, Invalid>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let line = self.read();
        if line.is_err() {
            self.at = self.bytes.len();
        }
        Some(line)
    }
}

impl std::iter::FusedIterator for Lines<'_> {}

/// Where the next byte below 0x20 is at or after `at`; the end where there is none.
///
/// One pass finds line ends and everything that may not be there, a machine word at a time.
fn control(bytes: &[u8], at: usize) -> usize {
    const WORD: usize = size_of::<usize>();
    const ONES: usize = usize::MAX / 255;
    let mut at = at;
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WORD>()) {
        let word = usize::from_le_bytes(*word);
        let below = word.wrapping_sub(ONES * 0x20) & !word & (ONES * 0x80);
        if below != 0 {
            // A borrow can only mark a byte above the lowest true one.
            return at + below.trailing_zeros() as usize / 8;
        }
        at += WORD;
    }
    while bytes.get(at).is_some_and(|byte| *byte >= 0x20) {
        at += 1;
    }
    at
}

/// Whether a line is quoted-printable. Only the first physical line is looked at: nobody folds
/// the parameters of a vCard 2.1 property, and so the work stays one look per line.
pub(super) fn is_quoted(first: &[u8]) -> bool {
    let text = String::from_utf8_lossy(first);
    Line::new(0, first, text).is_ok_and(|line| {
        line.parameters().any(|parameter| {
            parameter.name().eq_ignore_ascii_case("ENCODING")
                && parameter.raw().eq_ignore_ascii_case(QUOTED_PRINTABLE)
        })
    })
}

/// One content line.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    number: usize,
    raw: &'a [u8],
    /// Unfolded, without the line end; empty for a blank line.
    text: Cow<'a, str>,
    name_start: usize,
    name_end: usize,
    value_start: usize,
}

impl<'a> Line<'a> {
    fn new(number: usize, raw: &'a [u8], text: Cow<'a, str>) -> Result<Self, Reason> {
        let (text, [name_start, name_end, value_start]) =
            if text.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
                (Cow::Borrowed(""), [0, 0, 0])
            } else {
                let places = places(&text)?;
                (text, places)
            };
        Ok(Line {
            number,
            raw,
            text,
            name_start,
            name_end,
            value_start,
        })
    }

    /// A line that is not folded, out of bytes that were read before; its number is not known.
    pub(super) fn plain(raw: &'a [u8], text: &'a str) -> Result<Self, Reason> {
        Line::new(0, raw, Cow::Borrowed(text))
    }

    /// One that is known to be good, as it is in an object that was read before; its number is not
    /// known. None where `raw` is more than `content` and a line end, for it is folded.
    pub(super) fn physical(raw: &'a [u8], content: &'a [u8]) -> Option<Line<'a>> {
        if raw.len() > content.len() + 2 {
            return None;
        }
        let text = std::str::from_utf8(content).ok()?;
        Line::plain(raw, text).ok()
    }

    /// The physical line where it starts, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The client's bytes, with folds and line end.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Nothing but white space: no name, no value.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// What stands before the name of a vCard property: `item1` of `item1.EMAIL`.
    pub fn group(&self) -> Option<&str> {
        self.name_start.checked_sub(1).map(|dot| &self.text[..dot])
    }

    /// The property's name without its group, as written.
    pub fn name(&self) -> &str {
        &self.text[self.name_start..self.name_end]
    }

    /// Whether it is the property of that name, in any case (RFC 5545 section 2).
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    pub fn parameters(&self) -> Parameters<'_> {
        let end = self.value_start.saturating_sub(1);
        let text = &self.text[self.name_end..end];
        Parameters {
            rest: text.strip_prefix(';').unwrap_or(text),
        }
    }

    /// The first value of the first parameter of that name, decoded.
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.parameters()
            .find(|parameter| parameter.name().eq_ignore_ascii_case(name))
            .and_then(|parameter| parameter.values().next())
    }

    /// The client's bytes up to the value: name, parameters and colon, with their folds.
    pub fn raw_head(&self) -> &'a [u8] {
        let head = &self.text.as_bytes()[..self.value_start];
        let bom = if self.raw.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        let (mut at, mut read) = (bom, 0);
        while read < head.len() && at < self.raw.len() {
            // A fold is the only thing that stands in the bytes and not in the text.
            match &self.raw[at..] {
                [b'\r', b'\n', b' ' | b'\t', ..] => at += 3,
                [b'\n', b' ' | b'\t', ..] => at += 2,
                _ => {
                    at += 1;
                    read += 1;
                }
            }
        }
        &self.raw[..at]
    }

    /// What stands before the value, with the colon, unfolded.
    pub fn head(&self) -> &str {
        &self.text[..self.value_start]
    }

    /// Unfolded, still escaped: what [`unescape`] does depends on the property's type.
    pub fn value(&self) -> &str {
        &self.text[self.value_start..]
    }

    /// The value for as long as the bytes live; only a folded line's is copied.
    pub fn value_cow(&self) -> Cow<'a, str> {
        match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[self.value_start..]),
            Cow::Owned(_) => Cow::Owned(self.value().to_owned()),
        }
    }
}

/// Where the name starts and ends, and where the value starts.
fn places(text: &str) -> Result<[usize; 3], Reason> {
    let bytes = text.as_bytes();
    let mut name_start = 0;
    let mut name_end = 0;
    loop {
        match bytes.get(name_end) {
            None => return Err(Reason::NoColon),
            Some(b':' | b';') => break,
            // The last one: vCard 2.1 groups may hold groups.
            Some(b'.') => name_start = name_end + 1,
            Some(byte) if NAME[usize::from(*byte)] => {}
            Some(_) if !text.contains(':') => return Err(Reason::NoColon),
            Some(_) => return Err(Reason::BadName),
        }
        name_end += 1;
    }
    let name = &text[..name_end];
    if name_start == name_end
        || name_start == 1
        || (!name.is_ascii() && name.chars().any(|c| !c.is_ascii() && !c.is_alphanumeric()))
    {
        return Err(Reason::BadName);
    }
    match boundary(bytes, name_end, b':', false) {
        Ok(Some(colon)) => Ok([name_start, name_end, colon + 1]),
        Ok(None) => Err(Reason::NoColon),
        Err(Unclosed) => Err(Reason::UnclosedQuote),
    }
}

/// Bytes of a name. The standards know letters, digits and `-`; clients also write `_` and
/// its like, and letters of their own language.
const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte as u8,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | 0x80..=0xFF
            | b'-' | b'_' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'/' | b'@'
            | b'^' | b'`' | b'|' | b'~'
        );
        byte += 1;
    }
    table
};

struct Unclosed;

/// Finds `stop` outside of quotes at or after `at`.
///
/// A quote opens only where the grammar has one, at the start of a parameter value (RFC 5545
/// section 3.1), which is after `=` or `,` or where `opens` says so; elsewhere it is a character
/// like any other. So `X-SIZE=5"` is read and `CN="a:b"` too.
fn boundary(bytes: &[u8], at: usize, stop: u8, opens: bool) -> Result<Option<usize>, Unclosed> {
    let mut opens = opens;
    let mut at = at;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' && opens {
            let inside = &bytes[at + 1..];
            let length = inside.iter().position(|byte| *byte == b'"');
            at += 1 + length.ok_or(Unclosed)?;
        } else if byte == stop {
            return Ok(Some(at));
        }
        opens = matches!(byte, b'=' | b',');
        at += 1;
    }
    Ok(None)
}

/// Splits at the first `stop` outside of quotes.
fn split(text: &str, stop: u8, opens: bool) -> (&str, Option<&str>) {
    match boundary(text.as_bytes(), 0, stop, opens) {
        Ok(Some(at)) => (&text[..at], Some(&text[at + 1..])),
        // An open quote was refused with the line.
        Ok(None) | Err(Unclosed) => (text, None),
    }
}

/// The parameters of one line, in order.
#[derive(Clone, Debug)]
pub struct Parameters<'l> {
    rest: &'l str,
}

impl<'l> Iterator for Parameters<'l> {
    type Item = Parameter<'l>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let (one, rest) = split(self.rest, b';', false);
            self.rest = rest.unwrap_or("");
            // `TEL;;HOME:` has one parameter.
            if !one.is_empty() {
                let (name, raw) = match one.split_once('=') {
                    Some((name, raw)) => (Some(name.trim_matches([' ', '\t'])), raw),
                    None => (None, one.trim_matches([' ', '\t'])),
                };
                return Some(Parameter { name, raw });
            }
        }
        None
    }
}

const QUOTED_PRINTABLE: &str = "QUOTED-PRINTABLE";

/// One parameter and its list of values.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'l> {
    name: Option<&'l str>,
    raw: &'l str,
}

impl<'l> Parameter<'l> {
    /// The name as written. vCard 2.1 leaves it out (`TEL;WORK;VOICE:`); then it is the one that
    /// the value belongs to: `ENCODING`, `VALUE`, else `TYPE` (vCard 2.1 section 2.1.2).
    pub fn name(&self) -> &'l str {
        match self.name {
            Some(name) => name,
            None => {
                let any = |known: &[&str]| known.iter().any(|k| k.eq_ignore_ascii_case(self.raw));
                if any(&[QUOTED_PRINTABLE, "BASE64", "7BIT", "8BIT"]) {
                    "ENCODING"
                } else if any(&["INLINE", "CONTENT-ID", "CID", "URL"]) {
                    "VALUE"
                } else {
                    "TYPE"
                }
            }
        }
    }

    /// Written without a name, as vCard 2.1 does.
    pub fn is_bare(&self) -> bool {
        self.name.is_none()
    }

    /// The list of values as written: quotes, commas and carets are still there.
    pub fn raw(&self) -> &'l str {
        self.raw
    }

    /// The values one by one, without quotes and decoded. `TYPE="work,voice"` is one value:
    /// whether a comma in quotes separates is the property's affair (RFC 6350 section 5.6).
    pub fn values(&self) -> Values<'l> {
        Values {
            rest: Some(self.raw),
        }
    }
}

/// The values of one parameter, in order.
#[derive(Clone, Debug)]
pub struct Values<'l> {
    rest: Option<&'l str>,
}

impl<'l> Iterator for Values<'l> {
    type Item = Cow<'l, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let (one, rest) = split(self.rest?, b',', true);
        self.rest = rest;
        let Some(inside) = one.strip_prefix('"') else {
            return Some(decode(one));
        };
        Some(match inside.strip_suffix('"') {
            Some(inside) if !inside.contains('"') => decode(inside),
            // `"Anna "Ann" Beck"`: no value can hold a quote as such (RFC 6868 section 1).
            _ => Cow::Owned(decode(&inside.replace('"', "")).into_owned()),
        })
    }
}

/// Decodes `^n`, `^'` and `^^` of a parameter value (RFC 6868 section 3.2). Any other caret stays.
pub fn decode(text: &str) -> Cow<'_, str> {
    replace(text, '^', |next| match next {
        'n' => Some('\n'),
        '\'' => Some('"'),
        '^' => Some('^'),
        _ => None,
    })
}

/// Reads a TEXT value (RFC 5545 section 3.3.11): `\n`, `\,`, `\;` and `\\`. Any other backslash
/// stays, because clients that do not escape write `C:\temp` as it is.
pub fn unescape(text: &str) -> Cow<'_, str> {
    replace(text, '\\', |next| match next {
        'n' | 'N' => Some('\n'),
        ',' | ';' | '\\' => Some(next),
        _ => None,
    })
}

/// Writes a TEXT value (RFC 5545 section 3.3.11, RFC 6350 section 3.4).
#[must_use]
pub fn escape(text: &str) -> String {
    let mut value = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => value.push_str("\\n"),
            ',' | ';' | '\\' => value.extend(['\\', c]),
            _ => value.push(c),
        }
    }
    value
}

fn replace(text: &str, mark: char, meaning: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if !text.contains(mark) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        result.push_str(before);
        let mut following = after.chars();
        match following.next().and_then(&meaning) {
            Some(meant) => {
                result.push(meant);
                rest = following.as_str();
            }
            None => {
                result.push(mark);
                rest = after;
            }
        }
    }
    result.push_str(rest);
    Cow::Owned(result)
}

/// A line that is refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The physical line, from 1.
    pub line: usize,
    pub reason: Reason,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for Invalid {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    NotUtf8,
    BareCr,
    Control(u8),
    NotACharacter,
    NoColon,
    BadName,
    UnclosedQuote,
    TooManyLines,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::NotUtf8 => "The text is not UTF-8. Save it as UTF-8 and try again.",
            Reason::BareCr => "A carriage return stands alone. Lines end with CR LF or with LF.",
            Reason::Control(byte) => {
                return write!(
                    f,
                    "It holds the control character 0x{byte:02X}. Remove it and try again."
                );
            }
            Reason::NotACharacter => {
                "It holds U+FFFE or U+FFFF, which are not characters. Remove them and try again."
            }
            Reason::NoColon => "There is no colon between a name and a value.",
            Reason::BadName => "What stands before the colon is not the name of a property.",
            Reason::UnclosedQuote => "A quotation mark opens a parameter value and none closes it.",
            Reason::TooManyLines => "There are too many lines. Split it into smaller objects.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::corpus::{self, Chance};

    fn lines(text: &str) -> Vec<Line<'_>> {
        let lines: Result<Vec<Line>, Invalid> = Lines::new(text.as_bytes()).collect();
        lines.unwrap_or_else(|invalid| panic!("{text:?}: {invalid}"))
    }

    fn line(text: &str) -> Line<'_> {
        let mut lines = lines(text);
        assert_eq!(lines.len(), 1, "{text:?}");
        lines.remove(0)
    }

    fn refused(bytes: &[u8]) -> (usize, Reason) {
        let mut lines = Lines::new(bytes);
        let invalid = lines.by_ref().find_map(Result::err).expect("refused");
        assert!(lines.next().is_none(), "nothing follows an error");
        (invalid.line, invalid.reason)
    }

    fn parameters<'l>(line: &'l Line) -> Vec<(&'l str, Vec<Cow<'l, str>>)> {
        let parameters = line.parameters();
        parameters
            .map(|p| (p.name(), p.values().collect()))
            .collect()
    }

    /// Exact concatenation, and each line means the same when it is written unfolded.
    fn check(name: &str, bytes: &[u8]) -> Result<(), Invalid> {
        let mut whole = Vec::new();
        let mut number = 1;
        for line in Lines::new(bytes) {
            let line = line?;
            assert_eq!(line.number(), number, "{name}");
            number += line.raw().iter().filter(|b| **b == b'\n').count();
            whole.extend_from_slice(line.raw());
            if line.is_blank() {
                continue;
            }
            let mut text = line
                .group()
                .map_or(String::new(), |group| format!("{group}."));
            text += line.name();
            for p in line.parameters() {
                text += ";";
                text += &if p.is_bare() {
                    String::new()
                } else {
                    format!("{}=", p.name())
                };
                text += p.raw();
            }
            let head = Lines::new(line.raw_head()).next().unwrap().unwrap();
            assert_eq!(head.value(), "", "{name}");
            assert_eq!(
                head.parameters().count(),
                line.parameters().count(),
                "{name}"
            );
            assert_eq!(head.name(), line.name(), "{name}");
            text = format!("{text}:{}", line.value());
            let again = Lines::new(text.as_bytes()).next();
            let again = again
                .unwrap()
                .unwrap_or_else(|i| panic!("{name}: {text:?}: {i}"));
            assert_eq!(again.group(), line.group(), "{name}");
            assert_eq!(again.name(), line.name(), "{name}");
            assert_eq!(again.value(), line.value(), "{name}");
            assert_eq!(parameters(&again), parameters(&line), "{name}");
        }
        assert_eq!(whole, bytes, "{name}");
        Ok(())
    }

    #[test]
    fn no_byte_of_the_corpus_is_lost() {
        for folder in ["ical", "vcard"] {
            for (name, bytes) in corpus::files(folder) {
                check(&name, &bytes).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
            }
        }
    }

    #[test]
    fn damage_is_refused_or_kept_exactly() {
        let mut chance = Chance(0x5EED_1234);
        let mut accepted = 0;
        for folder in ["ical", "vcard", "refused"] {
            for (name, bytes) in corpus::files(folder) {
                for _ in 0..200 {
                    accepted += usize::from(check(&name, &chance.damage(&bytes)).is_ok());
                }
            }
        }
        assert!(accepted > 1000, "{accepted}");
    }

    #[test]
    fn a_line_has_its_parts() {
        let line = line("item1.TEL;type=CELL,\"a;b:c\";X-Y=;type=pref:+49 170: x\r\n");
        assert_eq!(line.number(), 1);
        assert_eq!(line.group(), Some("item1"));
        assert_eq!(line.name(), "TEL");
        assert!(line.is("tel") && !line.is("te"));
        assert_eq!(line.value(), "+49 170: x");
        assert_eq!(line.parameter("TYPE").as_deref(), Some("CELL"));
        assert_eq!(line.parameter("X-Z"), None);
        let values = |list: &[&'static str]| list.iter().map(|v| Cow::Borrowed(*v)).collect();
        assert_eq!(
            parameters(&line),
            [
                ("type", values(&["CELL", "a;b:c"])),
                ("X-Y", values(&[""])),
                ("type", values(&["pref"])),
            ]
        );
        let raw: Vec<&str> = line.parameters().map(|p| p.raw()).collect();
        assert_eq!(raw, ["CELL,\"a;b:c\"", "", "pref"]);
    }

    #[test]
    fn folds_are_taken_out_wherever_they_stand() {
        let folded = "SUM\r\n MARY;X=\"a\r\n\tb\":one\n  two \n\t\n three\r\nX:";
        let lines = lines(folded);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].name(), "SUMMARY");
        assert_eq!(lines[0].parameter("x").as_deref(), Some("ab"));
        assert_eq!(lines[0].value(), "one two three");
        assert_eq!((lines[1].number(), lines[1].value()), (7, ""));
        assert!(matches!(lines[1].value_cow(), Cow::Borrowed(_)));

        let mut bytes = "X:🎂é".as_bytes().to_vec();
        for at in (3..bytes.len()).rev() {
            bytes.splice(at..at, *b"\r\n ");
        }
        let line = Lines::new(&bytes).next().unwrap().unwrap();
        assert_eq!((line.value(), line.raw()), ("🎂é", &bytes[..]));
    }

    #[test]
    fn blank_lines_are_lines_without_a_name() {
        let lines = lines("\u{FEFF}\r\n \nA:1\n\n\nB:2\n \t \n");
        let seen: Vec<_> = lines
            .iter()
            .map(|l| (l.number(), l.is_blank(), l.name()))
            .collect();
        assert_eq!(
            seen,
            [
                (1, true, ""),
                (3, false, "A"),
                (4, true, ""),
                (5, true, ""),
                (6, false, "B")
            ]
        );
        assert_eq!(lines[4].value(), "2\t ");
        assert_eq!(lines[0].parameters().count(), 0);
        assert_eq!(lines[0].value(), "");
        assert!(line("  ").is_blank());
        assert!(line("\u{FEFF}").is_blank());
        assert_eq!(Lines::new(b"").count(), 0);
        assert_eq!(line("\u{FEFF}BEGIN:VCARD").name(), "BEGIN");
    }

    #[test]
    fn vcard_2_1_is_read() {
        let tel = line("TEL;WORK; VOICE;;PREF;base64;url:1");
        let seen: Vec<_> = tel
            .parameters()
            .map(|p| (p.is_bare(), p.name(), p.raw()))
            .collect();
        assert_eq!(
            seen,
            [
                (true, "TYPE", "WORK"),
                (true, "TYPE", "VOICE"),
                (true, "TYPE", "PREF"),
                (true, "ENCODING", "base64"),
                (true, "VALUE", "url"),
            ]
        );
        let soft =
            lines("NOTE;ENCODING=Quoted-Printable:a=3D=\r\n b=\r\nEND:c=0A\r\nEND:x=\r\ny:z");
        assert_eq!(soft[0].value(), "a=3D bEND:c=0A");
        assert_eq!(soft[1].value(), "x=", "only where it says so");
        assert_eq!(soft.len(), 3);
        let soft = lines("NOTE;QUOTED-PRINTABLE:a\r\n b=\r\nc:d=");
        assert_eq!(soft[0].value(), "abc:d=");
        assert_eq!(soft.len(), 1);
        assert_eq!(line("NOTE;QUOTED-PRINTABLE:=\r\n").value(), "=");
        let nested = line("A.B.TEL:1");
        assert_eq!((nested.group(), nested.name()), (Some("A.B"), "TEL"));
    }

    #[test]
    fn quotes_and_carets_are_decoded_on_request() {
        let value = |text: &'static str| {
            let line = line(text);
            line.parameter("P").map(Cow::into_owned)
        };
        assert_eq!(value("X;P=\"a;b:c,d\":v").as_deref(), Some("a;b:c,d"));
        assert_eq!(value("X;P=^'a^n^^n^x^:v").as_deref(), Some("\"a\n^n^x^"));
        assert_eq!(value("X;P=5\" disk:v").as_deref(), Some("5\" disk"));
        assert_eq!(
            value("X;P=\"Anna \"Ann\" Beck\":v").as_deref(),
            Some("Anna Ann Beck")
        );
        assert_eq!(value("X;P=\"\",b:v").as_deref(), Some(""));
        assert_eq!(value("X;P=b=\"c;d\":v").as_deref(), Some("b=\"c;d\""));
        assert_eq!(
            line("X;P=a,\"b,c\",:v")
                .parameters()
                .next()
                .unwrap()
                .values()
                .count(),
            3
        );
    }

    #[test]
    fn text_is_unescaped() {
        assert!(matches!(unescape("plain"), Cow::Borrowed("plain")));
        assert_eq!(
            unescape(r"a\, b\; c\\n d\ne\N C:\temp \"),
            "a, b; c\\n d\ne\n C:\\temp \\"
        );
    }

    #[test]
    fn what_is_escaped_reads_the_same() {
        for text in ["", "a, b; c\nd\\n", "\\,"] {
            assert_eq!(unescape(&escape(text)), text);
        }
    }

    #[test]
    fn what_cannot_be_answered_is_refused_with_its_line() {
        use Reason::*;
        assert_eq!(refused(b"A:1\r\nB:\xFC\r\n"), (2, NotUtf8));
        assert_eq!(refused(b"A:\xC3\n \n B"), (1, NotUtf8));
        assert_eq!(refused(b"A:1\rB:2"), (1, BareCr));
        assert_eq!(refused(b"A:1\r"), (1, BareCr));
        assert_eq!(refused(b"A:1\r\r\n"), (1, BareCr));
        assert_eq!(refused(b"A:1\r\n \0\r\n"), (2, Control(0)));
        assert_eq!(refused(b"A:1\x1F"), (1, Control(0x1F)));
        assert_eq!(refused("A:\u{FFFF}".as_bytes()), (1, NotACharacter));
        assert_eq!(refused(b"A:\xEF\xBF\n \xBE"), (1, NotACharacter));
        assert_eq!(refused(b"A:1\nnothing"), (2, NoColon));
        assert_eq!(refused(b"some words"), (1, NoColon));
        assert_eq!(refused(b"A;B=C"), (1, NoColon));
        assert_eq!(refused(b"A;B=\":\""), (1, NoColon));
        assert_eq!(refused(b"A B:1"), (1, BadName));
        assert_eq!(refused(b":1"), (1, BadName));
        assert_eq!(refused(b"a.:1"), (1, BadName));
        assert_eq!(refused(b".a:1"), (1, BadName));
        assert_eq!(refused("a\u{A0}b:1".as_bytes()), (1, BadName));
        assert_eq!(refused(b"A;B=\"c:1\nD:\""), (1, UnclosedQuote));
        let many = "A:1\n".repeat(MAX_LINES);
        assert_eq!(
            Lines::new(many.as_bytes()).filter(Result::is_ok).count(),
            MAX_LINES
        );
        assert_eq!(
            refused(format!("{many}B:2").as_bytes()),
            (MAX_LINES + 1, TooManyLines)
        );
        assert_eq!(
            Lines::with_limit(b"A:1\nB:2", 1)
                .filter(Result::is_err)
                .count(),
            1
        );
        assert_eq!(line("X-Größe_2/a:1\u{7F}\t").name(), "X-Größe_2/a");
    }

    #[test]
    fn every_byte_below_a_blank_is_found_in_every_place() {
        for length in 0..40 {
            for at in 0..=length {
                for byte in [
                    0x00, 0x09, 0x0A, 0x1F, 0x20, 0x21, 0x7F, 0x80, 0x9F, 0xA0, 0xFF,
                ] {
                    let mut bytes = vec![0xA0; length + 1];
                    bytes[at] = byte;
                    let expected = if byte < 0x20 { at } else { bytes.len() };
                    assert_eq!(control(&bytes, 0), expected, "{bytes:?}");
                    assert_eq!(control(&bytes, at + 1), bytes.len());
                }
            }
        }
    }

    #[test]
    fn work_grows_with_the_input_only() {
        let lengths = [
            b"\n ".repeat(2_000_000),
            b"\n =".repeat(2_000_000),
            b";A=\"".repeat(500_000),
        ];
        for fill in lengths {
            for head in [
                &b"X;QUOTED-PRINTABLE:"[..],
                b"X:=",
                b"X;P=",
                b"PHOTO;BASE64:",
            ] {
                let _ = Lines::new(&[head, &fill].concat()).count();
            }
        }
    }
}
