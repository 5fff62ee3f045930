//! From a request to who answers it: the path's first part, and who is asking.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, HOST, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Method, Request, Response, StatusCode, Version};

use crate::dav::{self, Site};
use crate::http::upload::Upload;
use crate::http::{Answer, Body};
use crate::onboarding::wellknown;
use crate::signin::{Denied, Door};

/// Everything a request may need.
pub struct House {
    pub site: Arc<Site>,
    pub door: Door,
}

const HOME_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>davbox</title>\
<h1>davbox</h1><p>Your calendars and contacts are served here. Enter this address, your name and \
your password in your calendar program.</p>\
<p lang=\"de\">Hier liegen Ihre Kalender und Kontakte. Tragen Sie diese Adresse, Ihren Namen und Ihr \
Passwort in Ihr Kalenderprogramm ein.</p></html>\n";

/// Answers any request; never fails and never panics.
pub async fn answer(
    house: Arc<House>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let head = request.method() == Method::HEAD;
    let answer = unbroken(route(&house, peer.ip(), request)).await;
    let answer = if head { answer.without_body() } else { answer };
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// The answer, or 500 where `work` panics: a panic ends this request alone. (The stack is guarded by
/// depth bounds, which nothing can catch.)
pub async fn unbroken(work: impl Future<Output = Answer>) -> Answer {
    let mut work = pin!(work);
    std::future::poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(_) => {
                log::error!("a request broke off; it was answered with 500");
                Poll::Ready(Answer::text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong in davbox. Look whether it was done.",
                ))
            }
        },
    )
    .await
}

async fn route(house: &House, peer: IpAddr, request: Request<Incoming>) -> Answer {
    let (parts, incoming) = request.into_parts();
    let upload = Upload::new(incoming);
    // RFC 9112 section 3.2.
    if parts.version == Version::HTTP_11 && parts.headers.get_all(HOST).iter().count() != 1 {
        upload.discard().await;
        return Answer::text(StatusCode::BAD_REQUEST, "A request has one Host header.");
    }
    let path = parts.uri.path();
    let reading = matches!(parts.method, Method::GET | Method::HEAD);
    if path == "/healthz" && reading {
        return Answer::new(StatusCode::OK)
            .body("text/plain", "ok")
            .header(CACHE_CONTROL, "no-store");
    }
    if let Some(answer) = wellknown::answer(path) {
        upload.discard().await;
        return answer;
    }
    if path == "/" && reading {
        return Answer::new(StatusCode::OK).body("text/html; charset=utf-8", HOME_PAGE);
    }
    let peer = peer.to_canonical();
    if !is_private(peer) {
        upload.discard().await;
        return Answer::text(
            StatusCode::FORBIDDEN,
            "From outside your own network davbox answers over HTTPS only.",
        );
    }
    let authorization = parts.headers.get(AUTHORIZATION).map(|v| v.as_bytes());
    match house.door.identify(authorization, peer).await {
        Ok(person) => dav::answer(&house.site, person, parts, upload).await,
        Err(denied) => {
            upload.discard().await;
            turned_away(denied)
        }
    }
}

fn turned_away(denied: Denied) -> Answer {
    match denied {
        Denied::Unknown => Answer::text(
            StatusCode::UNAUTHORIZED,
            "Sign in with your davbox name and password.",
        )
        .header(
            WWW_AUTHENTICATE,
            "Basic realm=\"davbox\", charset=\"UTF-8\"",
        ),
        Denied::Busy => Answer::text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Many are signing in. Try again in a moment.",
        )
        .header(RETRY_AFTER, "5"),
        Denied::Store(error) => {
            log::error!("sign-in: {error}");
            Answer::text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong in davbox. Nothing was changed.",
            )
        }
    }
}

/// Passwords travel in the clear over plain HTTP: inside the house only.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_and_outside() {
        for inside in [
            "127.0.0.1",
            "192.168.1.7",
            "10.0.0.1",
            "172.16.3.4",
            "::1",
            "fe80::1",
            "fd00::1",
        ] {
            assert!(is_private(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_private(outside.parse().unwrap()), "{outside}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_answered() {
        let answer = unbroken(async { panic!("on purpose") }).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let answer = unbroken(async { Answer::new(StatusCode::OK) }).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}
