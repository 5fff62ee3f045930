//! Panics as a request may, on an architecture that the usual tests do not run on: in a future between
//! its awaits, on every worker, with destructors on the way, again and again. Exits with 0 when each
//! was answered with 500 and the destructors ran.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use davbox::http::Answer;
use davbox::server::unbroken;
use hyper::StatusCode;

const REQUESTS: usize = 2_000;

struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Not inlined: the unwinder has frames to walk.
#[inline(never)]
fn dig(depth: usize, number: usize, dropped: &Arc<AtomicUsize>) -> usize {
    let _guard = Dropped(dropped.clone());
    if depth == 0 {
        // An index that the compiler does not know to be wrong.
        return [1, 2, 3][std::hint::black_box(number) % 7 + 3];
    }
    dig(depth - 1, number, dropped) + 1
}

async fn request(number: usize, dropped: Arc<AtomicUsize>) -> Answer {
    tokio::task::yield_now().await;
    let depth = number % 30;
    let found = dig(depth, number, &dropped);
    Answer::text(StatusCode::OK, &found.to_string())
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| ()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .expect("a runtime");
    let dropped = Arc::new(AtomicUsize::new(0));
    let answered = runtime.block_on(async {
        let requests: Vec<_> = (0..REQUESTS)
            .map(|number| tokio::spawn(unbroken(request(number, dropped.clone()))))
            .collect();
        let mut answered = 0;
        for request in requests {
            let answer = request.await.expect("an answer");
            answered += usize::from(answer.status == StatusCode::INTERNAL_SERVER_ERROR);
        }
        answered
    });
    let expected: usize = (0..REQUESTS).map(|number| number % 30 + 1).sum();
    let dropped = dropped.load(Ordering::Relaxed);
    println!("{answered} of {REQUESTS} panics answered, {dropped} of {expected} destructors ran");
    if answered == REQUESTS && dropped == expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
