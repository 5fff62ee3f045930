//! Passwords of people: argon2id, with its parameters in the hash string so that they can rise.

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use ring::rand::SecureRandom;
use subtle::ConstantTimeEq;

use crate::store::Error;

/// 9 MiB, four passes: as strong as 19 MiB and two, and kinder to a box with 128 MiB.
const MEMORY_KIB: u32 = 9216;
const PASSES: u32 = 4;
const LANES: u32 = 1;

/// Longer is not safer, and each byte is hashed.
pub const LONGEST: usize = 1024;

/// A PHC string.
///
/// # Errors
/// Where the system gives no random numbers or no memory.
pub fn hash(password: &str) -> Result<String, Error> {
    let mut salt = [0; 16];
    ring::rand::SystemRandom::new()
        .fill(&mut salt)
        .map_err(|_| Error::Io("no random numbers from the system".into()))?;
    let digest = derive(password, &salt, MEMORY_KIB, PASSES, LANES)
        .ok_or_else(|| Error::Io("a password could not be hashed".into()))?;
    Ok(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        Base64Unpadded::encode_string(&salt),
        Base64Unpadded::encode_string(&digest)
    ))
}

fn derive(password: &str, salt: &[u8], memory: u32, passes: u32, lanes: u32) -> Option<[u8; 32]> {
    let params = Params::new(memory, passes, lanes, Some(32)).ok()?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut out)
        .ok()?;
    Some(out)
}

/// Slow by design; constant in time for equal parameters.
#[must_use]
pub fn verify(password: &str, hash: &str) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    verified(password, hash).unwrap_or(false)
}

fn verified(password: &str, hash: &str) -> Option<bool> {
    let mut parts = hash.strip_prefix("$argon2id$v=19$")?.split('$');
    let mut parameters = parts.next()?.split(',');
    let mut number =
        |name: &str| -> Option<u32> { parameters.next()?.strip_prefix(name)?.parse().ok() };
    let (memory, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
    let salt = Base64Unpadded::decode_vec(parts.next()?).ok()?;
    let expected = Base64Unpadded::decode_vec(parts.next()?).ok()?;
    let found = derive(password, &salt, memory, passes, lanes)?;
    Some(found.as_slice().ct_eq(&expected).into())
}

/// A password for a first account: easy to type, 80 random bits.
///
/// # Errors
/// Where the system gives no random numbers.
pub fn generate() -> Result<String, Error> {
    super::device::random(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_and_wrong() {
        let hashed = hash("geheim ü").unwrap();
        assert!(verify("geheim ü", &hashed));
        assert!(!verify("geheim", &hashed));
        assert!(!verify("geheim ü", "nonsense"));
        assert!(!hashed.contains("geheim"));
        assert_ne!(hashed, hash("geheim ü").unwrap());
    }
}
