//! An answer: status, headers, and a body that is pulled piece by piece, so that a long listing
//! is made as fast as the client takes it.

use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::{Frame, SizeHint};
use hyper::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, VARY,
};
use hyper::{HeaderMap, StatusCode};

/// A body that is made while it is sent.
pub trait Source: Send {
    /// The next piece, `None` at the end.
    ///
    /// # Errors
    /// A sentence for the log; the connection is broken off, so that the client does not take the
    /// half for the whole.
    fn next(&mut self) -> Result<Option<Bytes>, String>;
}

pub struct Body {
    content: Content,
    gzip: Option<Box<GzEncoder<Vec<u8>>>>,
    /// The last piece was long in the making: others have their turn before the next.
    yields: bool,
}

/// A piece that took as long as this is followed by a pause for others.
const LONG: Duration = Duration::from_millis(5);

enum Content {
    Full(Option<Bytes>),
    Made(Box<dyn Source>),
    Done,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

/// Below this a compressed answer saves nothing that counts.
const WORTH_COMPRESSING: usize = 1024;

impl Answer {
    #[must_use]
    pub fn new(status: StatusCode) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: Body::from(Bytes::new()),
        }
    }

    #[must_use]
    pub fn body(mut self, media: &'static str, bytes: impl Into<Bytes>) -> Answer {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(media));
        self.body = Body::from(bytes.into());
        self
    }

    /// A sentence for a person.
    #[must_use]
    pub fn text(status: StatusCode, sentence: &str) -> Answer {
        Answer::new(status).body("text/plain; charset=utf-8", format!("{sentence}\n"))
    }

    #[must_use]
    pub fn made(mut self, media: &'static str, source: Box<dyn Source>) -> Answer {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(media));
        self.body = Body {
            content: Content::Made(source),
            gzip: None,
            yields: false,
        };
        self
    }

    /// Left out where the value cannot stand in a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Answer {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The answer to HEAD: what GET would say of the body, without it (RFC 9110 section 9.3.2).
    #[must_use]
    pub fn without_body(mut self) -> Answer {
        use hyper::body::Body as _;
        if let Some(length) = self.body.size_hint().exact()
            && !self.headers.contains_key(CONTENT_LENGTH)
            && self.status != StatusCode::NOT_MODIFIED
        {
            self.headers.insert(CONTENT_LENGTH, length.into());
        }
        self.body = Body::from(Bytes::new());
        self
    }

    /// Compresses where it pays. An answer with an etag is left alone: the compressed bytes would
    /// need another one (RFC 9110 section 8.8.3).
    #[must_use]
    pub fn compressed(mut self) -> Answer {
        let worth = match &self.body.content {
            Content::Full(Some(bytes)) => bytes.len() >= WORTH_COMPRESSING,
            Content::Made(_) => true,
            _ => false,
        };
        let fits = self.headers.get(CONTENT_TYPE).is_some_and(|media| {
            media
                .to_str()
                .is_ok_and(|m| m.starts_with("text/") || m.contains("xml") || m.contains("json"))
        });
        if worth
            && fits
            && !self.headers.contains_key(hyper::header::ETAG)
            && !self.headers.contains_key(CONTENT_ENCODING)
        {
            self.headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            self.headers
                .append(VARY, HeaderValue::from_static("accept-encoding"));
            self.body.gzip = Some(Box::new(GzEncoder::new(Vec::new(), Compression::fast())));
        }
        self
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Body {
        Body {
            content: if bytes.is_empty() {
                Content::Done
            } else {
                Content::Full(Some(bytes))
            },
            gzip: None,
            yields: false,
        }
    }
}

impl Body {
    fn piece(&mut self) -> Result<Option<Bytes>, String> {
        match &mut self.content {
            Content::Full(bytes) => {
                let bytes = bytes.take();
                self.content = Content::Done;
                Ok(bytes)
            }
            Content::Made(source) => {
                let piece = source.next()?;
                if piece.is_none() {
                    self.content = Content::Done;
                }
                Ok(piece)
            }
            Content::Done => Ok(None),
        }
    }

    fn compressed_piece(&mut self) -> Result<Option<Bytes>, String> {
        let began = Instant::now();
        loop {
            let piece = self.piece()?;
            let Some(encoder) = &mut self.gzip else {
                return Ok(piece);
            };
            match piece {
                Some(piece) => {
                    encoder.write_all(&piece).map_err(|e| e.to_string())?;
                    if !encoder.get_ref().is_empty() {
                        return Ok(Some(std::mem::take(encoder.get_mut()).into()));
                    }
                    // Hyper sends nothing for it.
                    if began.elapsed() >= LONG {
                        return Ok(Some(Bytes::new()));
                    }
                }
                None => {
                    let rest = self.gzip.take().map(|encoder| encoder.finish());
                    return match rest {
                        Some(Ok(rest)) if !rest.is_empty() => Ok(Some(rest.into())),
                        Some(Err(e)) => Err(e.to_string()),
                        _ => Ok(None),
                    };
                }
            }
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let body = &mut *self;
        if std::mem::take(&mut body.yields) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let began = Instant::now();
        let made =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body.compressed_piece()))
                .unwrap_or_else(|_| Err("an answer broke off".into()));
        body.yields = began.elapsed() >= LONG;
        Poll::Ready(match made {
            Ok(Some(bytes)) => Some(Ok(Frame::data(bytes))),
            Ok(None) => None,
            Err(e) => {
                log::error!("an answer could not be finished: {e}");
                body.content = Content::Done;
                body.gzip = None;
                Some(Err(std::io::Error::other(e)))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.gzip.is_none() && matches!(self.content, Content::Done)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.gzip, &self.content) {
            (None, Content::Full(Some(bytes))) => SizeHint::with_exact(bytes.len() as u64),
            (None, Content::Done | Content::Full(None)) => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}
