//! Who is asking: Basic sign-in (RFC 7617) with a person's password or a device's.

pub mod device;
mod flight;
pub mod password;
mod remembered;
mod throttle;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Base64Unpadded, Encoding};
use tokio::sync::Semaphore;

use crate::store::{self, Store, View};
use flight::Flights;
use remembered::{Remembered, Verdict};
use throttle::Throttle;

/// Who is asking: the record of a principal.
pub type Person = store::Principal;

/// Slow hashes wait for each other, so that a crowd cannot take the memory; a longer queue than
/// this is told to come back.
const MOST_WAITING: usize = 64;

/// Why nobody was recognised.
#[derive(Debug)]
pub enum Denied {
    /// No credentials, or not ones of this box: 401.
    Unknown,
    /// Too many sign-ins wait: 503.
    Busy,
    Store(store::Error),
}

impl From<store::Error> for Denied {
    fn from(e: store::Error) -> Denied {
        Denied::Store(e)
    }
}

/// The doorkeeper of one server.
pub struct Door {
    store: Store,
    remembered: Remembered,
    throttle: Throttle,
    hashing: Semaphore,
    waiting: AtomicUsize,
    flights: Flights,
}

impl Door {
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn new(store: Store) -> Result<Door, store::Error> {
        Ok(Door {
            store,
            remembered: Remembered::new()?,
            throttle: Throttle::default(),
            hashing: Semaphore::new(1),
            waiting: AtomicUsize::new(0),
            flights: Flights::default(),
        })
    }

    /// The person behind an Authorization header.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn identify(
        &self,
        authorization: Option<&[u8]>,
        address: IpAddr,
    ) -> Result<Arc<Person>, Denied> {
        let authorization = authorization.ok_or(Denied::Unknown)?;
        let generation = self.store.snapshot()?.view().generation()?;
        let key = self.remembered.key(authorization);
        match self.remembered.verdict(&key, generation) {
            Some(Verdict::Known(person)) => return Ok(person),
            Some(Verdict::Wrong) => return Err(Denied::Unknown),
            None => {}
        }
        let (name, secret) = credentials(authorization).ok_or(Denied::Unknown)?;
        // A client that opens many connections at once is verified once; the others wait for it.
        let _flight = self.flights.join(key).await;
        match self.remembered.verdict(&key, generation) {
            Some(Verdict::Known(person)) => return Ok(person),
            Some(Verdict::Wrong) => return Err(Denied::Unknown),
            None => {}
        }
        match self.verify(&name, secret, address).await? {
            Some(person) => {
                let person = Arc::new(person);
                self.remembered
                    .put(key, generation, Verdict::Known(person.clone()));
                self.throttle.succeeded(address, &name);
                Ok(person)
            }
            None => {
                self.remembered.put(key, generation, Verdict::Wrong);
                self.throttle.failed(address, &name);
                log::warn!("sign-in refused from {address}");
                Err(Denied::Unknown)
            }
        }
    }

    async fn verify(
        &self,
        name: &str,
        secret: String,
        address: IpAddr,
    ) -> Result<Option<Person>, Denied> {
        let (person, hash, devices) = {
            let snapshot = self.store.snapshot()?;
            let view = snapshot.view();
            match find(view, name)? {
                Some(person) => {
                    let hash = view.password(person.id)?;
                    let devices = view.devices(person.id)?;
                    (Some(person), hash, devices)
                }
                None => (None, None, Vec::new()),
            }
        };
        // A device password is random: it needs no slow hash and no throttle.
        if let Some(digest) = device::digest(&secret)
            && devices.iter().any(|d| device::is_same(&d.hash, &digest))
        {
            return Ok(person);
        }
        if !self.throttle.wait(address, name).await {
            return Err(Denied::Busy);
        }
        let hash = hash.unwrap_or_else(|| password::NOBODYS.to_owned());
        let right = self.hashes_to(secret, hash).await?;
        Ok(person.filter(|_| right))
    }

    async fn hashes_to(&self, secret: String, hash: String) -> Result<bool, Denied> {
        let _place = Place::take(&self.waiting).ok_or(Denied::Busy)?;
        let _permit = self.hashing.acquire().await.map_err(|_| Denied::Busy)?;
        let hashed = tokio::task::spawn_blocking(move || password::verify(&secret, &hash)).await;
        Ok(hashed.unwrap_or(false))
    }
}

/// A place in the queue, given back however the wait ends.
struct Place<'d>(&'d AtomicUsize);

impl Place<'_> {
    fn take(waiting: &AtomicUsize) -> Option<Place<'_>> {
        let place = Place(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// (name as typed, password) of a Basic header.
fn credentials(authorization: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(authorization).ok()?;
    let (scheme, token) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || token.len() > 2048 {
        return None;
    }
    let token = token.trim();
    let bytes = Base64::decode_vec(token)
        .or_else(|_| Base64Unpadded::decode_vec(token.trim_end_matches('=')))
        .ok()?;
    let pair = String::from_utf8(bytes).ok()?;
    let (name, secret) = pair.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

/// Finds a person by what clients send as a name: `anna`, `Anna`, `anna@host`, `anna%40host`, or
/// the mail address.
fn find(view: View<'_>, typed: &str) -> Result<Option<Person>, store::Error> {
    let name = typed.trim().replace("%40", "@").to_lowercase();
    if let Some(person) = view.principal(&name)? {
        return Ok(Some(person));
    }
    let Some((local, _host)) = name.split_once('@') else {
        return Ok(None);
    };
    let by_mail = view
        .principals()?
        .into_iter()
        .find(|p| p.emails.iter().any(|mail| mail.eq_ignore_ascii_case(&name)));
    match by_mail {
        Some(person) => Ok(Some(person)),
        None => view.principal(local),
    }
}

#[cfg(test)]
mod tests {
    use super::credentials;

    #[test]
    fn basic() {
        let pair = Some(("anna".to_owned(), "a:b ü".to_owned()));
        // printf 'anna:a:b ü' | base64
        assert_eq!(credentials(b"Basic YW5uYTphOmIgw7w="), pair);
        assert_eq!(credentials(b"basic YW5uYTphOmIgw7w"), pair);
        for bad in [
            &b"Bearer x"[..],
            b"Basic",
            b"Basic !!!",
            b"Basic YW5uYQ==",
            b"\xff",
        ] {
            assert_eq!(credentials(bad), None);
        }
    }
}
