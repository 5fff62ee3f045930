//! Binds, accepts, and bounds connections in all and per address.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection;
use super::dispatch::House;
use crate::dav::Site;
use crate::signin::Door;

/// How long a drain waits for requests under way.
const DRAIN: Duration = Duration::from_secs(8);

const CROWDED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n\
Connection: close\r\nContent-Length: 0\r\n\r\n";

/// A bound socket.
pub struct Listener {
    socket: TcpListener,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connections: usize,
    pub per_address: usize,
}

impl Listener {
    /// Where there is no IPv6, `[::]` means all of IPv4.
    ///
    /// # Errors
    /// The system's, with the address.
    pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let bound = match TcpListener::bind(address).await {
            Err(e) if address.is_ipv6() && address.ip().is_unspecified() && !in_use(&e) => {
                TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
            }
            other => other,
        };
        match bound {
            Ok(socket) => Ok(Listener { socket }),
            Err(e) => Err(io::Error::new(e.kind(), format!("{address}: {e}"))),
        }
    }

    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

fn in_use(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
    )
}

#[derive(Default)]
struct Guests {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Counts itself out when the connection ends.
struct Guest {
    guests: Arc<Mutex<Guests>>,
    from: IpAddr,
}

impl Guest {
    fn admit(guests: &Arc<Mutex<Guests>>, peer: IpAddr, limits: Limits) -> Option<Guest> {
        let from = household(peer);
        let mut count = guests.lock().unwrap_or_else(PoisonError::into_inner);
        let here = count.by_address.get(&from).copied().unwrap_or(0);
        if count.all >= limits.connections || here >= limits.per_address {
            return None;
        }
        count.all += 1;
        count.by_address.insert(from, here + 1);
        Some(Guest {
            guests: guests.clone(),
            from,
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut count = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        count.all -= 1;
        if let Some(here) = count.by_address.get_mut(&self.from) {
            *here -= 1;
            if *here == 0 {
                count.by_address.remove(&self.from);
            }
        }
    }
}

/// An IPv6 host has a whole /64 to call from.
fn household(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::V6(segments.into())
        }
        v4 => v4,
    }
}

/// Serves until `drain` turns true and the requests under way are answered.
pub async fn serve(
    listener: Listener,
    site: Arc<Site>,
    door: Door,
    limits: Limits,
    drain: watch::Receiver<bool>,
) {
    let house = Arc::new(House { site, door });
    let guests = Arc::new(Mutex::new(Guests::default()));
    let mut connections = JoinSet::new();
    let mut told = std::pin::pin!(connection::told_to_drain(drain.clone()));
    loop {
        tokio::select! {
            () = &mut told => break,
            accepted = listener.socket.accept() => match accepted {
                Ok((stream, peer)) => match Guest::admit(&guests, peer.ip(), limits) {
                    Some(guest) => {
                        let serving = connection::serve(stream, peer, house.clone(), drain.clone());
                        connections.spawn(async move {
                            serving.await;
                            drop(guest);
                        });
                    }
                    None => turn_away(&stream),
                },
                // Out of descriptors, or the client was gone already.
                Err(e) => {
                    log::warn!("a connection could not be accepted: {e}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, finished).await.is_err() {
        log::warn!("some requests were not finished in time");
    }
}

fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(CROWDED);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_counted_in_and_out() {
        let guests = Arc::new(Mutex::new(Guests::default()));
        let limits = Limits {
            connections: 3,
            per_address: 2,
        };
        let a: IpAddr = "2001:db8::1".parse().unwrap();
        let b: IpAddr = "2001:db8::2".parse().unwrap();
        let c: IpAddr = "::ffff:192.168.1.1".parse().unwrap();
        let first = Guest::admit(&guests, a, limits).unwrap();
        let _second = Guest::admit(&guests, b, limits).unwrap();
        assert!(Guest::admit(&guests, a, limits).is_none());
        let _third = Guest::admit(&guests, c, limits).unwrap();
        assert!(Guest::admit(&guests, c, limits).is_none());
        drop(first);
        assert!(Guest::admit(&guests, a, limits).is_some());
        assert_eq!(guests.lock().unwrap().all, 2);
    }
}
