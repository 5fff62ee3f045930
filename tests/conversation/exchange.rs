//! Reads .http files. README.md beside this file describes the format for those who write them.

use crate::pattern::unescape;
use crate::server::User;
use crate::xml::{self, Element, Name, Node, Prefixes};

pub struct File {
    pub users: Vec<User>,
    pub prefixes: Prefixes,
    pub bodies: Vec<(String, Vec<u8>)>,
    pub exchanges: Vec<Exchange>,
}

pub struct Exchange {
    pub line: usize,
    pub title: String,
    pub send: Send,
    pub expect: Expect,
    /// The words a failure must contain: this exchange is wrong on purpose.
    pub must_fail: Option<String>,
    pub repeat: usize,
}

pub enum Send {
    Request(Ask),
    Raw(Vec<u8>),
}

pub struct Ask {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub sign_in: SignIn,
    pub chunked: bool,
    pub await_100: bool,
    pub keep: Option<String>,
    /// All answers with this word must be the same but for the target's name.
    pub alike: Option<String>,
}

pub enum Body {
    None,
    /// Text in which placeholders are filled before it is sent.
    Text(String),
    Bytes(Vec<u8>),
    Named(String),
}

pub enum SignIn {
    FirstUser,
    As(String),
    With(String, String),
    Nobody,
}

pub struct Expect {
    /// Any of these; `CLOSED` stands for a connection closed without an answer.
    pub status: Vec<u16>,
    pub headers: Vec<HeaderRule>,
    pub body: BodyRule,
}

/// No status of HTTP.
pub const CLOSED: u16 = 0;

pub enum HeaderRule {
    Fits(String, String),
    Absent(String),
    Has(String, Vec<String>),
    Lacks(String, Vec<String>),
}

pub enum BodyRule {
    /// Nothing but, with an error, a sentence for people.
    Unsaid,
    Any,
    Empty,
    Text(String),
    Bytes(Vec<u8>),
    SameAs(String),
    Contains(Vec<String>),
    /// One of the names, and its content; several of these.
    Error(Vec<(Vec<Name>, Content)>),
    Multistatus(Multistatus),
    /// A root whose children are propstat elements: mkcol-response and mkcalendar-response.
    Propstats(Name, Vec<Property>, bool),
    Xml(Element, bool),
}

#[derive(Debug)]
pub enum Content {
    Unordered(Vec<Node>),
    Ordered(Vec<Node>),
    /// Text, compared as it is.
    Text(String),
    /// The whole property element with its attributes.
    Whole(Element),
    /// Whatever it is.
    Free,
}

pub struct Multistatus {
    pub responses: Vec<Response>,
    pub at_least: bool,
    pub sync_token: Option<String>,
}

pub struct Response {
    pub href: String,
    pub status: Option<u16>,
    pub errors: Vec<Name>,
    pub properties: Vec<Property>,
    pub at_least: bool,
}

pub struct Property {
    /// One, or several of which any will do.
    pub status: Vec<u16>,
    pub name: Name,
    pub content: Content,
    pub errors: Vec<Name>,
}

type Parsed<T> = Result<T, String>;

pub fn read(source: &str) -> Parsed<File> {
    let lines = source.lines().collect::<Vec<_>>();
    let mut reader = Reader { lines, at: 0 };
    let mut file = File {
        users: Vec::new(),
        prefixes: xml::PREFIXES
            .iter()
            .map(|(p, s)| ((*p).to_owned(), (*s).to_owned()))
            .collect(),
        bodies: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut title = String::new();
    while let Some(line) = reader.peek() {
        let number = reader.at + 1;
        let here = |error: String| format!("line {number}: {error}");
        if line.trim().is_empty() || line.starts_with('#') {
            reader.at += 1;
        } else if let Some(text) = line.strip_prefix("== ") {
            title = text.to_owned();
            reader.at += 1;
        } else if line.starts_with("> ") || line.starts_with(">>") {
            let exchange =
                reader
                    .exchange(&title, &file.prefixes)
                    .map_err(|error| match error {
                        error if error.starts_with("line ") => error,
                        error => format!("line {}: {error}", reader.at),
                    })?;
            title.clear();
            file.exchanges.push(exchange);
        } else {
            reader.at += 1;
            let words = line.split_whitespace().collect::<Vec<_>>();
            match words.as_slice() {
                ["user", name, password] => {
                    file.users.push(User {
                        name: (*name).to_owned(),
                        password: (*password).to_owned(),
                    });
                }
                ["ns", prefix, "=", space] => file
                    .prefixes
                    .push(((*prefix).to_owned(), (*space).to_owned())),
                ["body", name] => {
                    let text = reader.bars();
                    file.bodies
                        .push(((*name).to_owned(), with_line_ends(&text, false)));
                }
                _ => return Err(here(format!("neither directive nor exchange: {line:?}"))),
            }
        }
    }
    if file.exchanges.is_empty() {
        return Err("no exchange in the file".into());
    }
    Ok(file)
}

/// iCalendar and vCard end every line with CR LF (RFC 5545 section 3.1, RFC 6350 section 3.2);
/// everything else is sent as it stands, without a last line end.
fn with_line_ends(text: &str, bare: bool) -> Vec<u8> {
    let text = text.trim_end_matches('\n');
    if !text.starts_with("BEGIN:") {
        return text.as_bytes().to_vec();
    }
    let end = if bare { "\n" } else { "\r\n" };
    text.split('\n')
        .flat_map(|line| [line, end])
        .collect::<String>()
        .into_bytes()
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let line = self.peek();
        self.at += 1;
        line
    }

    /// The lines that begin with a bar, joined.
    fn bars(&mut self) -> String {
        let mut text = Vec::new();
        while let Some(line) = self.peek() {
            match line.trim_start().strip_prefix('|') {
                Some(rest) => text.push(rest.strip_prefix(' ').unwrap_or(rest)),
                None => break,
            }
            self.at += 1;
        }
        text.join("\n")
    }

    fn exchange(&mut self, title: &str, prefixes: &Prefixes) -> Parsed<Exchange> {
        let line = self.at + 1;
        let first = self.next().unwrap_or_default();
        let mut must_fail = None;
        let mut repeat = 1;
        let send = if let Some(rest) = first.strip_prefix(">>") {
            must_fail = rest.trim().strip_prefix("@must-fail ").map(str::to_owned);
            let mut bytes = Vec::new();
            for line in self.until_answer()? {
                bytes.extend(unescape(line)?);
            }
            Send::Raw(bytes)
        } else {
            let (method, target) = first[2..]
                .split_once(' ')
                .ok_or("a request is METHOD and target")?;
            let mut ask = Ask {
                method: method.to_owned(),
                target: target.trim().to_owned(),
                headers: Vec::new(),
                body: Body::None,
                sign_in: SignIn::FirstUser,
                chunked: false,
                await_100: false,
                keep: None,
                alike: None,
            };
            let (mut bare, mut escapes) = (false, false);
            while let Some(line) = self.peek() {
                if line.trim().is_empty() || is_answer(line) {
                    break;
                }
                self.at += 1;
                if line.starts_with('#') {
                    continue;
                }
                let Some(directive) = line.strip_prefix('@') else {
                    let (name, value) = line
                        .split_once(':')
                        .ok_or_else(|| format!("not a header: {line:?}"))?;
                    ask.headers.push((name.to_owned(), value.trim().to_owned()));
                    continue;
                };
                let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
                let words = rest.split_whitespace().collect::<Vec<_>>();
                match (word, words.as_slice()) {
                    ("as", ["nobody"]) => ask.sign_in = SignIn::Nobody,
                    ("as", [name]) => ask.sign_in = SignIn::As((*name).to_owned()),
                    ("as", [name, "with", password]) => {
                        ask.sign_in = SignIn::With((*name).to_owned(), (*password).to_owned());
                    }
                    ("chunked", []) => ask.chunked = true,
                    ("await-100", []) => {
                        ask.await_100 = true;
                        ask.headers.push(("Expect".into(), "100-continue".into()));
                    }
                    ("lf", []) => bare = true,
                    ("escapes", []) => escapes = true,
                    ("keep", [name]) => ask.keep = Some((*name).to_owned()),
                    ("alike", [name]) => ask.alike = Some((*name).to_owned()),
                    ("body", [name]) => ask.body = Body::Named((*name).to_owned()),
                    ("event", [uid, summary @ ..]) => {
                        ask.body = Body::Text(event(uid, &summary.join(" ")))
                    }
                    ("todo", [uid, summary @ ..]) => {
                        ask.body = Body::Text(todo(uid, &summary.join(" ")))
                    }
                    ("card", [uid, name @ ..]) => ask.body = Body::Text(card(uid, &name.join(" "))),
                    ("repeat", [times]) => {
                        repeat = times.parse().map_err(|_| format!("@repeat {times}"))?
                    }
                    ("must-fail", _) => must_fail = Some(rest.to_owned()),
                    _ => return Err(format!("unknown directive @{directive}")),
                }
            }
            let body = self.until_answer()?;
            let body = body.join("\n");
            let body = body.trim_matches('\n');
            if escapes {
                let mut bytes = Vec::new();
                for line in body.split('\n') {
                    bytes.extend(unescape(line)?);
                }
                ask.body = Body::Bytes(bytes);
            } else if !body.is_empty() {
                let bytes = with_line_ends(body, bare);
                ask.body = Body::Text(String::from_utf8(bytes).map_err(|_| "not UTF-8")?);
            }
            Send::Request(ask)
        };
        let expect = self.expect(prefixes)?;
        Ok(Exchange {
            line,
            title: title.to_owned(),
            send,
            expect,
            must_fail,
            repeat,
        })
    }

    fn until_answer(&mut self) -> Parsed<Vec<&'a str>> {
        let mut lines = Vec::new();
        loop {
            match self.peek() {
                None => return Err("the file ends before the expected answer".into()),
                Some(line) if is_answer(line) => return Ok(lines),
                Some(line) if line.starts_with("> ") => {
                    return Err(format!(
                        "line {}: a request before the expected answer",
                        self.at + 1
                    ));
                }
                Some(line) => lines.push(line),
            }
            self.at += 1;
        }
    }

    fn expect(&mut self, prefixes: &Prefixes) -> Parsed<Expect> {
        let first = self.next().unwrap_or_default()[2..].trim();
        let mut status = Vec::new();
        for one in first.split('|').map(str::trim) {
            status.push(match one {
                "closed" => CLOSED,
                digits => digits
                    .parse()
                    .map_err(|_| format!("not a status: {first:?}"))?,
            });
        }
        let mut headers = Vec::new();
        while let Some(line) = self.peek() {
            if line.trim().is_empty()
                || line.starts_with("> ")
                || line.starts_with(">>")
                || line.starts_with("== ")
            {
                break;
            }
            self.at += 1;
            if !line.starts_with('#') {
                headers.push(header_rule(line)?);
            }
        }
        let mut lines = Vec::new();
        while let Some(line) = self.peek() {
            if line.starts_with("> ") || line.starts_with(">>") || line.starts_with("== ") {
                break;
            }
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                lines.push((self.at + 1, line));
            }
            self.at += 1;
        }
        let body = body_rule(&lines, prefixes)?;
        Ok(Expect {
            status,
            headers,
            body,
        })
    }
}

fn is_answer(line: &str) -> bool {
    line.strip_prefix("< ")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) || rest == "closed")
}

fn header_rule(line: &str) -> Parsed<HeaderRule> {
    if let Some(name) = line.strip_prefix('!') {
        return Ok(HeaderRule::Absent(name.trim().to_owned()));
    }
    let list = |items: &str| {
        items
            .split(',')
            .map(|item| item.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let words = line.splitn(3, ' ').collect::<Vec<_>>();
    match words.as_slice() {
        [name, "has", items] => Ok(HeaderRule::Has((*name).to_owned(), list(items))),
        [name, "lacks", items] => Ok(HeaderRule::Lacks((*name).to_owned(), list(items))),
        _ => {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| format!("not a header: {line:?}"))?;
            Ok(HeaderRule::Fits(name.to_owned(), value.trim().to_owned()))
        }
    }
}

type Line<'a> = (usize, &'a str);

fn body_rule(lines: &[Line<'_>], prefixes: &Prefixes) -> Parsed<BodyRule> {
    let Some(&(number, first)) = lines.first() else {
        return Ok(BodyRule::Unsaid);
    };
    let here = |error: String| format!("line {number}: {error}");
    let bars = || -> Parsed<String> {
        let bar = |(number, line): &Line<'_>| match line.trim_start().strip_prefix('|') {
            Some(rest) => Ok(rest.strip_prefix(' ').unwrap_or(rest).to_owned()),
            None => Err(format!(
                "line {number}: wanted a line that begins with a bar: {line:?}"
            )),
        };
        Ok(lines[1..]
            .iter()
            .map(bar)
            .collect::<Parsed<Vec<_>>>()?
            .join("\n"))
    };
    let only = |rule: BodyRule| match lines.get(1) {
        None => Ok(rule),
        Some((number, line)) => Err(format!("line {number}: nothing may follow here: {line:?}")),
    };
    match first.trim() {
        "any" => return only(BodyRule::Any),
        "empty" => return only(BodyRule::Empty),
        "text" => return Ok(BodyRule::Text(bars()?)),
        "bytes" => {
            let mut bytes = Vec::new();
            for line in bars()?.split('\n') {
                bytes.extend(unescape(line).map_err(here)?);
            }
            return Ok(BodyRule::Bytes(bytes));
        }
        _ => {}
    }
    if let Some(name) = first.strip_prefix("same as ") {
        return only(BodyRule::SameAs(name.trim().to_owned()));
    }
    if first.starts_with("contains ") {
        let words = |(number, line): &Line<'_>| match line.strip_prefix("contains ") {
            Some(words) => Ok(words.trim().to_owned()),
            None => Err(format!(
                "line {number}: wanted another 'contains': {line:?}"
            )),
        };
        return Ok(BodyRule::Contains(
            lines.iter().map(words).collect::<Parsed<_>>()?,
        ));
    }
    if first.starts_with("error ") {
        let error = |(number, line): &Line<'_>| -> Parsed<(Vec<Name>, Content)> {
            let rest = line
                .strip_prefix("error ")
                .ok_or(format!("line {number}: wanted another 'error'"))?;
            let (name, content) = match rest.split_once('=') {
                Some((name, content)) => (
                    name.trim(),
                    Content::Unordered(xml::fragment(content.trim(), prefixes)?),
                ),
                None => (rest.trim(), Content::Unordered(Vec::new())),
            };
            let names = name
                .split('|')
                .map(|name| Name::read(name, prefixes))
                .collect::<Parsed<_>>();
            Ok((
                names.map_err(|error| format!("line {number}: {error}"))?,
                content,
            ))
        };
        return Ok(BodyRule::Error(
            lines.iter().map(error).collect::<Parsed<_>>()?,
        ));
    }
    if first.starts_with('<') || first == "ordered" {
        let ordered = first == "ordered";
        let document = lines
            .iter()
            .skip(usize::from(ordered))
            .map(|(_, line)| *line)
            .collect::<Vec<_>>()
            .join("\n");
        let nodes = xml::fragment(&document, prefixes).map_err(here)?;
        return match <[Node; 1]>::try_from(nodes) {
            Ok([Node::Element(root)]) => Ok(BodyRule::Xml(root, ordered)),
            _ => Err(here("one root element is wanted".into())),
        };
    }
    if let Some(root) = first.strip_prefix("propstats ") {
        let mut properties = Vec::new();
        let at_least = property_lines(&lines[1..], prefixes, &mut properties)?;
        return Ok(BodyRule::Propstats(
            Name::read(root.trim(), prefixes)?,
            properties,
            at_least,
        ));
    }
    multistatus(lines, prefixes).map(BodyRule::Multistatus)
}

fn multistatus(lines: &[Line<'_>], prefixes: &Prefixes) -> Parsed<Multistatus> {
    let mut multistatus = Multistatus {
        responses: Vec::new(),
        at_least: false,
        sync_token: None,
    };
    let mut at = 0;
    while let Some(&(number, line)) = lines.get(at) {
        at += 1;
        if line == "multistatus" {
            continue;
        }
        if line == "…" {
            multistatus.at_least = true;
            continue;
        }
        if let Some(token) = line.strip_prefix("sync-token = ") {
            multistatus.sync_token = Some(token.trim().to_owned());
            continue;
        }
        if !line.starts_with(['/', '{', 'h', '…']) {
            return Err(format!(
                "line {number}: wanted an href, sync-token, or … : {line:?}"
            ));
        }
        let (head, errors) =
            errors_of(line, prefixes).map_err(|error| format!("line {number}: {error}"))?;
        // A placeholder may contain blanks, so only three digits at the end are a status.
        let status_of = |digits: &str| digits.parse().ok().filter(|_| digits.len() == 3);
        let (href, status) = match head
            .trim()
            .rsplit_once(' ')
            .map(|(href, digits)| (href, status_of(digits)))
        {
            Some((href, Some(status))) => (href.trim(), Some(status)),
            _ => (head.trim(), None),
        };
        let end = lines[at..]
            .iter()
            .position(|(_, line)| !line.starts_with(' '))
            .map_or(lines.len(), |n| at + n);
        let mut properties = Vec::new();
        let at_least = property_lines(&lines[at..end], prefixes, &mut properties)?;
        at = end;
        multistatus.responses.push(Response {
            href: href.to_owned(),
            status,
            errors,
            properties,
            at_least,
        });
    }
    Ok(multistatus)
}

fn errors_of<'a>(line: &'a str, prefixes: &Prefixes) -> Parsed<(&'a str, Vec<Name>)> {
    match line.split_once(" ! ") {
        None => Ok((line, Vec::new())),
        Some((head, names)) => {
            let names = names
                .split_whitespace()
                .map(|name| Name::read(name, prefixes))
                .collect::<Parsed<_>>()?;
            Ok((head, names))
        }
    }
}

/// `200 D:displayname = Calendar` and its kin. True if more properties are allowed.
fn property_lines(
    lines: &[Line<'_>],
    prefixes: &Prefixes,
    properties: &mut Vec<Property>,
) -> Parsed<bool> {
    let mut at_least = false;
    let mut at = 0;
    while let Some(&(number, line)) = lines.get(at) {
        at += 1;
        let here = |error: String| format!("line {number}: {error}");
        let trimmed = line.trim();
        if trimmed == "…" {
            at_least = true;
            continue;
        }
        let Some((status, rest)) = statuses(trimmed) else {
            return Err(here(format!("wanted a status: {trimmed:?}")));
        };
        let begins = |line: &str| line.trim() == "…" || statuses(line.trim()).is_some();
        let end = lines[at..]
            .iter()
            .position(|(_, line)| begins(line))
            .map_or(lines.len(), |n| at + n);
        let more = lines[at..end]
            .iter()
            .map(|(_, line)| *line)
            .collect::<Vec<_>>();
        at = end;
        if rest.starts_with('<') {
            let text = [&[rest], more.as_slice()].concat().join("\n");
            match <[Node; 1]>::try_from(xml::fragment(&text, prefixes).map_err(here)?) {
                Ok([Node::Element(whole)]) => properties.push(Property {
                    status,
                    name: whole.name.clone(),
                    content: Content::Whole(whole),
                    errors: Vec::new(),
                }),
                _ => return Err(here("one element is wanted".into())),
            }
            continue;
        }
        if let Some((name, content)) = rest.split_once('=') {
            let (content, ordered) = match content.strip_prefix('=') {
                Some(content) => (content, true),
                None => (content, false),
            };
            let content = if more
                .first()
                .is_some_and(|line| line.trim_start().starts_with('|'))
            {
                let bar = |line: &&str| {
                    let rest = line.trim_start().strip_prefix('|')?;
                    Some(rest.strip_prefix(' ').unwrap_or(rest).to_owned())
                };
                let text = more.iter().map(bar).collect::<Option<Vec<_>>>();
                Content::Text(
                    text.ok_or_else(|| here("bars and no bars mixed".into()))?
                        .join("\n"),
                )
            } else {
                let text = [&[content.trim()], more.as_slice()].concat().join("\n");
                let nodes = xml::fragment(text.trim(), prefixes).map_err(here)?;
                if ordered {
                    Content::Ordered(nodes)
                } else {
                    Content::Unordered(nodes)
                }
            };
            let name = Name::read(name.trim(), prefixes).map_err(here)?;
            properties.push(Property {
                status,
                name,
                content,
                errors: Vec::new(),
            });
            continue;
        }
        if let Some(line) = more.first() {
            return Err(here(format!(
                "only content may go on in the next line: {line:?}"
            )));
        }
        let (names, errors) = errors_of(rest, prefixes).map_err(here)?;
        for name in names.split_whitespace() {
            let name = Name::read(name, prefixes).map_err(here)?;
            let (status, errors) = (status.clone(), errors.clone());
            let content = if status.len() > 1 {
                Content::Free
            } else {
                Content::Unordered(Vec::new())
            };
            properties.push(Property {
                status,
                name,
                content,
                errors,
            });
        }
    }
    Ok(at_least)
}

/// `200` or `200|404` and what follows.
fn statuses(line: &str) -> Option<(Vec<u16>, &str)> {
    let (digits, rest) = line.split_once(' ')?;
    let statuses = digits
        .split('|')
        .map(|one| one.parse().ok().filter(|_| one.len() == 3))
        .collect::<Option<_>>()?;
    Some((statuses, rest.trim()))
}

/// The objects that conversations about something else send. UTC, so that no zone is needed.
fn event(uid: &str, summary: &str) -> String {
    let summary = if summary.is_empty() { uid } else { summary };
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//davbox//conversation//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260102T030405Z\r\nDTSTART:20260310T090000Z\r\nDTEND:20260310T100000Z\r\nSUMMARY:{summary}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn todo(uid: &str, summary: &str) -> String {
    let summary = if summary.is_empty() { uid } else { summary };
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//davbox//conversation//EN\r\nBEGIN:VTODO\r\nUID:{uid}\r\n\
         DTSTAMP:20260102T030405Z\r\nSUMMARY:{summary}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    )
}

fn card(uid: &str, name: &str) -> String {
    let name = if name.is_empty() { uid } else { name };
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n")
}
