//! One connection: HTTP/1.1, or HTTP/2 by prior knowledge; bounds on size and time; drain.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Sleep;

use super::dispatch::{self, House};

/// For a request's head, and for an idle connection to say something new.
const HEAD_PATIENCE: Duration = Duration::from_secs(60);
/// For the first bytes of a new connection.
const FIRST_PATIENCE: Duration = Duration::from_secs(20);
/// For the client to take anything of an answer.
const WRITE_PATIENCE: Duration = Duration::from_secs(60);
/// Of a whole request head; hyper itself takes 100 headers. A path has 4 KiB at most, a Basic header 2.
const HEAD_BYTES: usize = 16 * 1024;
const MOST_STREAMS: u32 = 64;

/// Serves until the client leaves, a bound is passed, or `drain` turns true and the request under
/// way is answered.
pub async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    house: Arc<House>,
    drain: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let first = tokio::time::timeout(FIRST_PATIENCE, speaks_http2(&stream));
    let http2 = tokio::select! {
        spoken = first => match spoken {
            Ok(Ok(http2)) => http2,
            _ => return,
        },
        // It has asked for nothing yet.
        () = told_to_drain(drain.clone()) => return,
    };
    let io = TokioIo::new(Timed::new(stream));
    let service = service_fn(move |request| dispatch::answer(house.clone(), peer, request));
    let ended = if http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(HEAD_BYTES as u32)
            .max_concurrent_streams(MOST_STREAMS)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .serve_connection(io, service);
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => ended,
            () = told_to_drain(drain) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(io, service);
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => ended,
            () = told_to_drain(drain) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(e) = ended {
        log::debug!("a connection from {peer} ended: {e}");
    }
}

pub(super) async fn told_to_drain(mut drain: watch::Receiver<bool>) {
    // An error means that the server itself is gone.
    let _ = drain.wait_for(|drain| *drain).await;
}

/// Whether the connection begins with HTTP/2's preface (RFC 9113 section 3.4). `PRI` is no method
/// of anything else.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut start = [0; 4];
    loop {
        let seen = stream.peek(&mut start).await?;
        if seen == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !b"PRI ".starts_with(&start[..seen]) {
            return Ok(false);
        }
        if seen == start.len() {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A stream whose writes end when the client takes nothing for too long. Reads are bounded by those
/// who wait for them.
struct Timed {
    stream: TcpStream,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    fn new(stream: TcpStream) -> Timed {
        Timed {
            stream,
            stalled: None,
        }
    }

    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.stalled = None;
            return progress;
        }
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(WRITE_PATIENCE)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, data);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, data);
        self.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, progress)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
