//! Device passwords: 128 random bits, named, revocable, shown once.

use ring::rand::SecureRandom;
use subtle::ConstantTimeEq;

use crate::store::Error;

/// No letter or digit that is mistaken for another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 5 bits each: 26 hold 128.
const LENGTH: usize = 26;
const GROUP: usize = 4;

/// (what is shown once, what is stored)
///
/// # Errors
/// Where the system gives no random numbers.
pub fn generate() -> Result<(String, String), Error> {
    let shown = random(LENGTH)?;
    let stored = digest(&shown).ok_or_else(|| Error::Io("a device password".into()))?;
    Ok((shown, stored))
}

/// `length` random characters in groups, easy to read out and to type.
pub(super) fn random(length: usize) -> Result<String, Error> {
    let mut bytes = vec![0; length];
    ring::rand::SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::Io("no random numbers from the system".into()))?;
    let mut text = String::with_capacity(length + length / GROUP);
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 && i % GROUP == 0 {
            text.push('-');
        }
        text.push(ALPHABET[usize::from(byte % 32)] as char);
    }
    Ok(text)
}

/// The stored form of what was typed, `None` where it has not the shape of a device password.
/// Case, blanks and dashes do not matter.
#[must_use]
pub fn digest(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let plain: String = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if plain.len() != LENGTH || !plain.bytes().all(|b| ALPHABET.contains(&b)) {
        return None;
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, plain.as_bytes());
    Some(digest.as_ref().iter().map(|b| format!("{b:02x}")).collect())
}

/// In constant time.
#[must_use]
pub fn is_same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_in_many_ways() {
        let (shown, stored) = generate().unwrap();
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
        ] {
            assert!(is_same(&digest(&typed).unwrap(), &stored));
        }
        assert_eq!(digest("secret"), None);
        let other = generate().unwrap().1;
        assert!(!is_same(&other, &stored));
    }
}
