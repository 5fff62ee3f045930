//! What this machine can do at most: a bare hyper server that only answers, and the disk's flush.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use crate::load::{Client, Connection, Load, Until, Window};
use crate::process::{self, Cpu, Process};

/// The first argument that makes this program the bare server.
pub const BARE: &str = "bare";

/// The answer every ratio is taken against.
pub const SMALLEST: usize = 5;

const LARGEST: usize = 64 << 20;

struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Answers `GET /N` with N bytes, until it is ended.
pub fn serve_bare(address: SocketAddr) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let kept = RefCell::new(Bytes::new());
                let answer = service_fn(move |request: Request<Incoming>| {
                    let size = request.uri().path()[1..]
                        .parse()
                        .unwrap_or(SMALLEST)
                        .min(LARGEST);
                    let mut kept = kept.borrow_mut();
                    if kept.len() != size {
                        *kept = Bytes::from(vec![b'x'; size]);
                    }
                    let body = Whole(Some(kept.clone()));
                    async move { Ok::<_, Infallible>(Response::new(body)) }
                });
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer)
                    .await
                    .ok();
            });
        }
    })
}

pub struct Bare {
    process: Process,
    pub address: SocketAddr,
    pub cpu: Cpu,
}

impl Bare {
    pub fn start() -> Result<Bare, String> {
        let start = || -> io::Result<Bare> {
            let address = process::free_address()?;
            let process = Process::start(
                Command::new(std::env::current_exe()?)
                    .arg(BARE)
                    .arg(address.to_string())
                    .stdin(Stdio::null()),
            )?;
            let begin = Instant::now();
            while std::net::TcpStream::connect(address).is_err() {
                if begin.elapsed() > Duration::from_secs(10) {
                    return Err(io::Error::other("it does not listen"));
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            let cpu = Cpu::of(process.pid())?;
            Ok(Bare {
                process,
                address,
                cpu,
            })
        };
        start().map_err(|error| format!("the bare server: {error}"))
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub fn load(&self, size: usize) -> Load {
        let request = format!("GET /{size} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let request = Bytes::from(request);
        Load {
            ask: Rc::new(move |_| request.clone()),
            check: Rc::new(move |_, answer| {
                if answer.status == 200 && answer.body.len() == size {
                    Ok(())
                } else {
                    Err(format!(
                        "bare: {} with {} bytes",
                        answer.status,
                        answer.body.len()
                    ))
                }
            }),
        }
    }

    pub fn connections(&self, count: usize) -> Vec<Connection> {
        (0..count).map(|_| Connection::to(self.address)).collect()
    }

    /// Over connections of its own, opened before the clock runs.
    pub fn measure(
        &self,
        client: &Client,
        connections: usize,
        size: usize,
        time: Duration,
    ) -> Window {
        let load = self.load(size);
        let mut open = self.connections(connections);
        let mut number = 0;
        client.window(
            &mut open,
            &load,
            &mut number,
            Until::Count(2 * connections),
            self.cpu,
        );
        client.window(&mut open, &load, &mut number, Until::Time(time), self.cpu)
    }
}

/// Durations of 4 KiB written and flushed, one after the other.
pub fn flush(folder: &Path, time: Duration) -> io::Result<Vec<Duration>> {
    let path = folder.join(format!("davbox-bench-{}-flush", std::process::id()));
    let file = File::create(&path)?;
    // Overwriting allocated pages, as a store does most of the time.
    file.write_all_at(&vec![0; 4 << 20], 0)?;
    file.sync_all()?;
    let begin = Instant::now();
    let mut times = Vec::new();
    while begin.elapsed() < time {
        let page = vec![times.len() as u8; 4096];
        let sent = Instant::now();
        file.write_all_at(&page, (times.len() as u64 * 37 % 1024) * 4096)?;
        file.sync_data()?;
        times.push(sent.elapsed());
    }
    drop(file);
    std::fs::remove_file(path)?;
    Ok(times)
}
