//! Passwords of people: argon2id, with its parameters in the hash string so that they can rise.

use std::num::NonZeroUsize;
use std::ptr::NonNull;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use nix::sys::mman;
use ring::rand::SecureRandom;
use subtle::ConstantTimeEq;

use crate::store::Error;

/// 9 MiB, four passes: as strong as 19 MiB and two, and kinder to a box with 128 MiB.
const MEMORY_KIB: u32 = 9216;
const PASSES: u32 = 4;
const LANES: u32 = 1;

/// Of no password: verified where there is no such person, so that time tells no names.
pub(super) const NOBODYS: &str = "$argon2id$v=19$m=9216,t=4,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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
    let blocks = Borrowed::new(params.block_count())?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut out, blocks)
        .ok()?;
    Some(out)
}

/// Memory straight from the system and back to it: an allocator would keep the megabytes of one
/// sign-in for ever.
struct Borrowed {
    start: NonNull<Block>,
    blocks: usize,
}

impl Borrowed {
    fn new(blocks: usize) -> Option<Borrowed> {
        let bytes = NonZeroUsize::new(blocks.checked_mul(size_of::<Block>())?)?;
        // SAFETY: a new private mapping, placed where the system wants it.
        let start = unsafe {
            mman::mmap_anonymous(
                None,
                bytes,
                mman::ProtFlags::PROT_READ | mman::ProtFlags::PROT_WRITE,
                mman::MapFlags::MAP_PRIVATE,
            )
        };
        Some(Borrowed {
            start: start.ok()?.cast(),
            blocks,
        })
    }
}

impl AsMut<[Block]> for Borrowed {
    fn as_mut(&mut self) -> &mut [Block] {
        // SAFETY: the mapping has this length, is page-aligned and zeroed, a valid Block is made of
        // any bits, and `self` is borrowed for as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.blocks) }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: the mapping made in `new`, which nobody borrows any more.
        let _ = unsafe { mman::munmap(self.start.cast(), self.blocks * size_of::<Block>()) };
    }
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
        assert_eq!(verified("x", NOBODYS), Some(false));
    }
}
