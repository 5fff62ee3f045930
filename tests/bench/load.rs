//! The load: requests built before they are sent, answers read with no more parsing than checking
//! them takes, on one thread. What the client does costs the machine the server runs on.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::process::Cpu;

/// Longer than any right answer takes; what hangs longer is reported, not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Answer<'a> {
    pub status: u16,
    head: &'a str,
    pub body: &'a [u8],
}

impl Answer<'_> {
    pub fn field(&self, name: &str) -> Option<&str> {
        field(self.head, name)
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

pub type Ask = dyn Fn(usize) -> Bytes;
pub type Check = dyn Fn(usize, &Answer) -> Result<(), String>;

/// What a row asks and what it takes for an answer. Both get the number of the request in its row.
#[derive(Clone)]
pub struct Load {
    pub ask: Rc<Ask>,
    pub check: Rc<Check>,
}

#[derive(Clone, Copy)]
pub enum Until {
    Time(Duration),
    Count(usize),
    /// Whichever comes first.
    Either(Duration, usize),
}

/// What happened between two readings of the server's CPU clock.
#[derive(Default, Clone)]
pub struct Window {
    pub requests: usize,
    pub elapsed: Duration,
    pub cpu: Duration,
    pub latencies: Vec<Duration>,
    /// Of all bodies as they were sent, without chunk sizes.
    pub bytes: u64,
    pub wrong: usize,
    pub complaint: Option<String>,
}

impl Window {
    pub fn cpu_ms(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / self.requests.max(1) as f64
    }

    fn complain(&mut self, sentence: String) {
        self.wrong += 1;
        self.complaint.get_or_insert(sentence);
    }

    pub fn add(&mut self, other: Window) {
        self.requests += other.requests;
        self.elapsed += other.elapsed;
        self.cpu += other.cpu;
        self.latencies.extend(other.latencies);
        self.bytes += other.bytes;
        self.wrong += other.wrong;
        self.complaint = self.complaint.take().or(other.complaint);
    }
}

pub struct Connection {
    to: SocketAddr,
    stream: Option<TcpStream>,
    received: Vec<u8>,
    unchunked: Vec<u8>,
}

struct Read {
    status: u16,
    head: usize,
    body: Body,
}

enum Body {
    Plain(usize),
    Chunked,
}

impl Connection {
    pub fn to(to: SocketAddr) -> Connection {
        Connection {
            to,
            stream: None,
            received: Vec::new(),
            unchunked: Vec::new(),
        }
    }

    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        let kept = self.stream.is_some();
        let read = match self.attempt(request).await {
            // A server may close a connection that it kept open: only then is a second try fair.
            Err(error)
                if kept && self.received.is_empty() && error.kind() != io::ErrorKind::TimedOut =>
            {
                self.stream = None;
                self.attempt(request).await
            }
            read => read,
        };
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                self.stream = None;
                return Err(error);
            }
        };
        let head = std::str::from_utf8(&self.received[..read.head]).map_err(io::Error::other)?;
        if field(head, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.stream = None;
        }
        let body = match read.body {
            Body::Plain(length) => &self.received[read.head..read.head + length],
            Body::Chunked => &self.unchunked[..],
        };
        Ok(Answer {
            status: read.status,
            head,
            body,
        })
    }

    async fn attempt(&mut self, request: &[u8]) -> io::Result<Read> {
        self.received.clear();
        self.unchunked.clear();
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.to).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().expect("a stream that was just made");
        stream.write_all(request).await?;
        tokio::time::timeout(PATIENCE, self.read(request.starts_with(b"HEAD "))).await?
    }

    async fn read(&mut self, bodiless: bool) -> io::Result<Read> {
        let mut searched = 0;
        let head = loop {
            self.fill().await?;
            let from = searched;
            searched = self.received.len().saturating_sub(3);
            if let Some(end) = find(&self.received[from..], b"\r\n\r\n") {
                break from + end + 4;
            }
        };
        let text = std::str::from_utf8(&self.received[..head]).map_err(io::Error::other)?;
        let status = text
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| io::Error::other("the answer has no status line"))?;
        let length = match field(text, "content-length") {
            Some(digits) => Some(digits.parse::<usize>().map_err(io::Error::other)?),
            None => None,
        };
        let chunked = field(text, "transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        let body = match length {
            _ if bodiless || status == 204 || status == 304 => Body::Plain(0),
            Some(length) => {
                while self.received.len() < head + length {
                    self.fill().await?;
                }
                Body::Plain(length)
            }
            None if chunked => {
                self.read_chunks(head).await?;
                Body::Chunked
            }
            None => return Err(io::Error::other("the answer does not say how long it is")),
        };
        Ok(Read { status, head, body })
    }

    async fn read_chunks(&mut self, mut at: usize) -> io::Result<()> {
        loop {
            let end = self.line_end(at).await?;
            let digits = self.received[at..end]
                .split(|byte| *byte == b';')
                .next()
                .unwrap_or_default();
            let size = std::str::from_utf8(digits)
                .ok()
                .and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok())
                .ok_or_else(|| io::Error::other("the answer has a chunk without a size"))?;
            at = end + 2;
            if size == 0 {
                break;
            }
            while self.received.len() < at + size + 2 {
                self.fill().await?;
            }
            self.unchunked
                .extend_from_slice(&self.received[at..at + size]);
            at += size + 2;
        }
        // Trailer fields, closed by an empty line.
        loop {
            let end = self.line_end(at).await?;
            if end == at {
                return Ok(());
            }
            at = end + 2;
        }
    }

    async fn line_end(&mut self, from: usize) -> io::Result<usize> {
        loop {
            if let Some(end) = find(&self.received[from.min(self.received.len())..], b"\r\n") {
                return Ok(from + end);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        self.received.reserve(64 * 1024);
        if stream.read_buf(&mut self.received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

pub struct Client {
    runtime: tokio::runtime::Runtime,
}

impl Client {
    pub fn new() -> io::Result<Client> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Client { runtime })
    }

    /// One request on a connection of its own.
    pub fn once<T>(
        &self,
        to: SocketAddr,
        request: &[u8],
        take: impl FnOnce(&Answer) -> Result<T, String>,
    ) -> Result<T, String> {
        self.runtime.block_on(async {
            let mut connection = Connection::to(to);
            let answer = connection
                .exchange(request)
                .await
                .map_err(|error| error.to_string())?;
            take(&answer)
        })
    }

    /// Runs the load on all connections at once. They stay open and `number` goes on, from window
    /// to window.
    pub fn window(
        &self,
        connections: &mut Vec<Connection>,
        load: &Load,
        number: &mut usize,
        until: Until,
        cpu: Cpu,
    ) -> Window {
        let (time, count) = match until {
            Until::Time(time) => (Some(time), usize::MAX),
            Until::Count(count) => (None, count),
            Until::Either(time, count) => (Some(time), count),
        };
        let next = Rc::new(Cell::new(*number));
        let last = number.saturating_add(count);
        let window = Rc::new(RefCell::new(Window::default()));
        let tasks = LocalSet::new();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let cpu_before = cpu.now();
        let begin = Instant::now();
        for mut connection in connections.drain(..) {
            let (load, next, window) = (load.clone(), next.clone(), window.clone());
            let sender = sender.clone();
            tasks.spawn_local(async move {
                while next.get() < last && time.is_none_or(|time| begin.elapsed() < time) {
                    let number = next.get();
                    next.set(number + 1);
                    let request = (load.ask)(number);
                    let sent = Instant::now();
                    let answer = connection.exchange(&request).await;
                    let latency = sent.elapsed();
                    let mut window = window.borrow_mut();
                    window.requests += 1;
                    window.latencies.push(latency);
                    match answer {
                        Ok(answer) => {
                            window.bytes += answer.body.len() as u64;
                            if let Err(sentence) = (load.check)(number, &answer) {
                                window.complain(sentence);
                            }
                        }
                        Err(error) => window.complain(format!("no answer: {error}")),
                    }
                }
                sender.send(connection).ok();
            });
        }
        drop(sender);
        self.runtime.block_on(tasks.run_until(async {
            while let Some(connection) = receiver.recv().await {
                connections.push(connection);
            }
        }));
        let elapsed = begin.elapsed();
        let cpu_after = cpu.now();
        *number = next.get();
        let mut window = window.take();
        window.elapsed = elapsed;
        window.cpu = cpu_after.saturating_sub(cpu_before);
        window
    }
}
