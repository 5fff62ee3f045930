//! A small HTTP/1.1 client. It is strict, and it is not the library that the server is built on:
//! a mistake that both sides of one library share would stay unseen.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer may take, shorter than a person's patience with a hanging test.
pub const TIMEOUT: Duration = Duration::from_secs(20);

pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub chunked: bool,
    /// Fail unless the server asks for the body with 100 (Continue).
    pub await_100: bool,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// One connection that is kept, and opened anew when the server has closed it.
pub struct Client {
    address: String,
    open: Option<TcpStream>,
}

impl Client {
    pub fn new(address: &str) -> Client {
        Client {
            address: address.to_owned(),
            open: None,
        }
    }

    pub fn send(&mut self, request: &Request) -> Result<Answer, String> {
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match &request.body {
            Some(_) if request.chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
            Some(body) => head.push_str(&format!("Content-Length: {}\r\n", body.len())),
            // RFC 9110 section 8.6: a method that anticipates content says that there is none.
            None if matches!(request.method.as_str(), "PUT" | "POST") => {
                head.push_str("Content-Length: 0\r\n")
            }
            None => {}
        }
        head.push_str("\r\n");

        let mut stream = self.connection()?;
        let expects = request
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("expect"));
        let body = match &request.body {
            Some(body) if request.chunked => chunks(body),
            Some(body) => body.clone(),
            None => Vec::new(),
        };
        let mut reader = Reader::default();
        if expects {
            write(&mut stream, head.as_bytes())?;
            let (status, headers) = reader.head(&mut stream)?;
            if status != 100 {
                if request.await_100 {
                    return Err(format!(
                        "wanted 100 (Continue) before the body, got {status}"
                    ));
                }
                // The body was never sent, so nothing can follow on this connection.
                let body = reader.body(&mut stream, &request.method, status, &headers)?;
                return Ok(Answer {
                    status,
                    headers,
                    body,
                });
            }
            write(&mut stream, &body)?;
        } else {
            let mut whole = head.into_bytes();
            whole.extend_from_slice(&body);
            // A server may refuse a body by its announced length and close: its answer counts, not
            // our broken pipe.
            if let Err(error) = stream.write_all(&whole)
                && !matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                )
            {
                return Err(format!("sending: {error}"));
            }
        }
        let (answer, keep) = reader.answer(&mut stream, &request.method)?;
        if keep {
            self.open = Some(stream);
        }
        Ok(answer)
    }

    /// Sends bytes as they are on a connection of their own. None: the server closed without an answer.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<Option<Answer>, String> {
        let mut stream = self.connect()?;
        if let Err(error) = stream.write_all(bytes)
            && !matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            )
        {
            return Err(format!("sending: {error}"));
        }
        let method = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
        let method = String::from_utf8_lossy(method).into_owned();
        match Reader::default().answer(&mut stream, &method) {
            Ok((answer, _)) => Ok(Some(answer)),
            Err(error) if error == CLOSED => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn connection(&mut self) -> Result<TcpStream, String> {
        if let Some(stream) = self.open.take() {
            let _ = stream.set_nonblocking(true);
            let waiting = stream.peek(&mut [0]);
            let _ = stream.set_nonblocking(false);
            match waiting {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(stream),
                Ok(0) | Err(_) => {}
                Ok(_) => return Err("the server sent bytes that nobody had asked for".into()),
            }
        }
        self.connect()
    }

    fn connect(&self) -> Result<TcpStream, String> {
        let stream = TcpStream::connect(&self.address)
            .map_err(|error| format!("{}: {error}", self.address))?;
        let set = stream
            .set_read_timeout(Some(TIMEOUT))
            .and_then(|()| stream.set_write_timeout(Some(TIMEOUT)))
            .and_then(|()| stream.set_nodelay(true));
        set.map_err(|error| format!("socket: {error}"))?;
        Ok(stream)
    }
}

fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<(), String> {
    stream
        .write_all(bytes)
        .map_err(|error| format!("sending: {error}"))
}

/// Uneven chunks, the first so small that no line of any format fits into it.
fn chunks(body: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    let (first, second) = body.split_at(body.len().min(3));
    for chunk in [first, second] {
        if !chunk.is_empty() {
            coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            coded.extend_from_slice(chunk);
            coded.extend_from_slice(b"\r\n");
        }
    }
    coded.extend_from_slice(b"0\r\n\r\n");
    coded
}

pub const CLOSED: &str = "the server closed the connection without an answer";

type Headers = Vec<(String, String)>;

#[derive(Default)]
pub struct Reader {
    ahead: Vec<u8>,
}

impl Reader {
    /// The answer, and whether the connection stays open. Nothing may follow it.
    fn answer(&mut self, stream: &mut TcpStream, method: &str) -> Result<(Answer, bool), String> {
        let answer = self.next(stream, method)?;
        if !self.ahead.is_empty() {
            return Err(format!(
                "{} bytes follow the end of the answer",
                self.ahead.len()
            ));
        }
        Ok(answer)
    }

    /// The next of several answers.
    pub fn next(&mut self, stream: &mut TcpStream, method: &str) -> Result<(Answer, bool), String> {
        let (mut status, mut headers) = self.head(stream)?;
        while status == 100 {
            (status, headers) = self.head(stream)?;
        }
        let body = self.body(stream, method, status, &headers)?;
        let answer = Answer {
            status,
            headers,
            body,
        };
        let closes = answer
            .all("connection")
            .any(|value| value.eq_ignore_ascii_case("close"));
        Ok((answer, !closes))
    }

    fn head(&mut self, stream: &mut TcpStream) -> Result<(u16, Headers), String> {
        let end = loop {
            if let Some(at) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if !self.more(stream)? {
                return Err(if self.ahead.is_empty() {
                    CLOSED.into()
                } else {
                    "the server closed inside the answer's head".into()
                });
            }
        };
        let head = self.ahead.drain(..end + 4).collect::<Vec<_>>();
        let head = String::from_utf8(head).map_err(|_| "the answer's head is not UTF-8")?;
        let mut lines = head.trim_end().split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first
            .strip_prefix("HTTP/1.1 ")
            // What a request in the older version gets.
            .or_else(|| first.strip_prefix("HTTP/1.0 "))
            .and_then(|rest| rest.get(..3))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| format!("not a status line: {first:?}"))?;
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| format!("not a header: {line:?}"))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok((status, headers))
    }

    fn body(
        &mut self,
        stream: &mut TcpStream,
        method: &str,
        status: u16,
        headers: &Headers,
    ) -> Result<Vec<u8>, String> {
        let header = |name: &str| {
            headers
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| v.as_str())
        };
        if status == 204 && header("content-length").is_some_and(|length| length != "0") {
            return Err("204 with a Content-Length (RFC 9110 section 8.6 forbids it)".into());
        }
        if method == "HEAD" || status == 204 || status == 304 {
            return Ok(Vec::new());
        }
        if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        {
            return self.chunked(stream);
        }
        if let Some(length) = header("content-length") {
            let length: usize = length
                .parse()
                .map_err(|_| format!("Content-Length: {length}"))?;
            self.fill(stream, length)?;
            return Ok(self.ahead.drain(..length).collect());
        }
        while self.more(stream)? {}
        Ok(std::mem::take(&mut self.ahead))
    }

    fn chunked(&mut self, stream: &mut TcpStream) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = self.line(stream)?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16)
                .map_err(|_| format!("not a chunk size: {line:?}"))?;
            if length == 0 {
                while !self.line(stream)?.is_empty() {}
                return Ok(body);
            }
            self.fill(stream, length + 2)?;
            body.extend(self.ahead.drain(..length));
            self.ahead.drain(..2);
        }
    }

    fn line(&mut self, stream: &mut TcpStream) -> Result<String, String> {
        loop {
            if let Some(at) = self.ahead.windows(2).position(|two| two == b"\r\n") {
                let line = self.ahead.drain(..at + 2).collect::<Vec<_>>();
                return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
            }
            self.fill(stream, self.ahead.len() + 1)?;
        }
    }

    fn fill(&mut self, stream: &mut TcpStream, length: usize) -> Result<(), String> {
        while self.ahead.len() < length {
            if !self.more(stream)? {
                return Err("the server closed inside the answer's body".into());
            }
        }
        Ok(())
    }

    fn more(&mut self, stream: &mut TcpStream) -> Result<bool, String> {
        let mut buffer = [0; 16 * 1024];
        match stream.read(&mut buffer) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.ahead.extend_from_slice(&buffer[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => self.more(stream),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(format!("no answer within {} seconds", TIMEOUT.as_secs()))
            }
            Err(error) => Err(format!("reading: {error}")),
        }
    }
}

/// The credentials of RFC 7617.
pub fn basic(user: &str, password: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let pair = format!("{user}:{password}");
    let mut coded = String::from("Basic ");
    for three in pair.as_bytes().chunks(3) {
        let group = three
            .iter()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            if place > three.len() {
                coded.push('=');
            } else {
                coded.push(LETTERS[(group >> (18 - 6 * place) & 63) as usize] as char);
            }
        }
    }
    coded
}
