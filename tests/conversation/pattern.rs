//! What may stand in a .http file in place of a value nobody can know beforehand.
//!
//! `…` is anything, `{name=}` anything that is then remembered as `name`, `{name}` what was
//! remembered, `{not name}` anything but that, `{new= not name other}` both. In what is sent, `{name}` is replaced and
//! `{x*1000}` stands for a thousand letters x.

use std::collections::BTreeMap;

/// What a file has remembered so far.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    words: BTreeMap<String, String>,
    bodies: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    pub fn word(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    pub fn remember(&mut self, name: &str, value: &str) {
        self.words.insert(name.to_owned(), value.to_owned());
    }

    pub fn body(&self, name: &str) -> Option<&[u8]> {
        self.bodies.get(name).map(Vec::as_slice)
    }

    /// A body is a word too where it is text, so that `{lunch}` can stand in calendar-data.
    pub fn keep_body(&mut self, name: &str, body: &[u8]) {
        if let Ok(text) = std::str::from_utf8(body) {
            self.remember(name, text);
        }
        self.bodies.insert(name.to_owned(), body.to_vec());
    }

    /// Replaces `{name}` and `{x*1000}` in text that is to be sent. Other braces stay: iCalendar
    /// and JSON own them too.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        for part in split(text) {
            match part {
                Part::Plain(plain) => filled.push_str(plain),
                Part::Any => filled.push('…'),
                Part::Repeat(what, times) => {
                    for _ in 0..times {
                        filled.push_str(what);
                    }
                }
                Part::Remembered(name) => match self.word(name) {
                    Some(word) => filled.push_str(word),
                    None => return Err(format!("{{{name}}} was never remembered")),
                },
                Part::Capture(..) | Part::Not(_) => {
                    return Err("{name=} and {not name} have no place in a request".into());
                }
            }
        }
        Ok(filled)
    }

    /// Does `actual` fit the pattern? On success what the pattern captures is remembered.
    pub fn fits(&mut self, pattern: &str, actual: &str) -> bool {
        self.fits_with(pattern, actual, str::to_owned)
    }

    /// The same where CR LF and LF mean the same.
    pub fn fits_lines(&mut self, pattern: &str, actual: &str) -> bool {
        let plain = |text: &str| text.replace("\r\n", "\n");
        self.fits_with(&plain(pattern), &plain(actual), plain)
    }

    fn fits_with(&mut self, pattern: &str, actual: &str, form: fn(&str) -> String) -> bool {
        let parts = split(pattern);
        if let [Part::Any] = parts.as_slice() {
            return !actual.is_empty();
        }
        let mut found = Vec::new();
        let fits = self.fits_from(&parts, actual, form, &mut found);
        if fits {
            for (name, value) in found {
                self.remember(&name, &value);
            }
        }
        fits
    }

    fn fits_from(
        &self,
        parts: &[Part<'_>],
        actual: &str,
        form: fn(&str) -> String,
        found: &mut Vec<(String, String)>,
    ) -> bool {
        let Some((part, rest)) = parts.split_first() else {
            return actual.is_empty();
        };
        let literal = match part {
            Part::Plain(plain) => Some((*plain).to_owned()),
            Part::Repeat(what, times) => Some(what.repeat(*times)),
            Part::Remembered(name) => match self.word(name) {
                Some(word) => Some(form(word)),
                None => return false,
            },
            Part::Any | Part::Capture(..) | Part::Not(_) => None,
        };
        if let Some(literal) = literal {
            return match actual.strip_prefix(literal.as_str()) {
                Some(tail) => self.fits_from(rest, tail, form, found),
                None => false,
            };
        }
        // The shortest stretch first, so that a capture before a literal ends where the literal begins.
        for (cut, _) in actual.char_indices().chain([(actual.len(), ' ')]) {
            let (stretch, tail) = actual.split_at(cut);
            let allowed = match part {
                Part::Capture(_, others) | Part::Not(others) => {
                    let differs =
                        |other: &&str| self.word(other).is_some_and(|word| form(word) != stretch);
                    !stretch.is_empty() && others.iter().all(differs)
                }
                _ => true,
            };
            if !allowed {
                continue;
            }
            let before = found.len();
            if let Part::Capture(name, _) = part {
                found.push(((*name).to_owned(), stretch.to_owned()));
            }
            if self.fits_from(rest, tail, form, found) {
                return true;
            }
            found.truncate(before);
        }
        false
    }

    /// Names used in `pattern` that nothing has remembered: the reason why a fit is hopeless.
    pub fn unknown(&self, pattern: &str) -> Option<String> {
        split(pattern).into_iter().find_map(|part| {
            let names = match part {
                Part::Remembered(name) => vec![name],
                Part::Not(names) | Part::Capture(_, names) => names,
                Part::Plain(_) | Part::Any | Part::Repeat(..) => Vec::new(),
            };
            let unknown = names.into_iter().find(|name| self.word(name).is_none())?;
            Some(format!("{{{unknown}}} was never remembered"))
        })
    }
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Plain(&'a str),
    Any,
    Remembered(&'a str),
    /// Remembered under the name, and none of the others.
    Capture(&'a str, Vec<&'a str>),
    Not(Vec<&'a str>),
    Repeat(&'a str, usize),
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut plain = 0;
    while plain < rest.len() {
        let tail = &rest[plain..];
        let special = if tail.starts_with('…') {
            Some((Part::Any, '…'.len_utf8()))
        } else if tail.starts_with('{') {
            tail.find('}')
                .and_then(|end| placeholder(&tail[1..end]).map(|part| (part, end + 1)))
        } else {
            None
        };
        match special {
            Some((part, length)) => {
                if plain > 0 {
                    parts.push(Part::Plain(&rest[..plain]));
                }
                parts.push(part);
                rest = &rest[plain + length..];
                plain = 0;
            }
            None => plain += tail.chars().next().map_or(1, char::len_utf8),
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest));
    }
    parts
}

fn placeholder(inside: &str) -> Option<Part<'_>> {
    if let Some((what, times)) = inside.rsplit_once('*')
        && let Ok(times) = times.parse()
    {
        return Some(Part::Repeat(what, times));
    }
    let names = |list: &'_ str| list.split(' ').all(is_name);
    if let Some(others) = inside.strip_prefix("not ") {
        return names(others).then(|| Part::Not(others.split(' ').collect()));
    }
    if let Some((name, others)) = inside.split_once("= not ") {
        return (is_name(name) && names(others))
            .then(|| Part::Capture(name, others.split(' ').collect()));
    }
    if let Some(name) = inside.strip_suffix('=') {
        return is_name(name).then_some(Part::Capture(name, Vec::new()));
    }
    is_name(inside).then_some(Part::Remembered(inside))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
}

/// `\r \n \t \0 \\ \xHH` in lines that stand for exact bytes.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some((&letter, tail)) = rest.split_first() else {
            return Err("a backslash ends the line".into());
        };
        rest = tail;
        bytes.push(match letter {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let digits = rest.get(..2).ok_or("\\x wants two digits")?;
                rest = &rest[2..];
                let digits = std::str::from_utf8(digits).map_err(|_| "\\x wants two digits")?;
                u8::from_str_radix(digits, 16).map_err(|_| format!("\\x{digits} is no byte"))?
            }
            other => return Err(format!("\\{} is no escape", other as char)),
        });
    }
    Ok(bytes)
}
