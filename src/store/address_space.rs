//! Places for a map in the address space of this process, of which a 32-bit board has little.

use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::ptr::NonNull;

use nix::sys::mman::{self, MapFlags, ProtFlags};

/// Addresses that nothing else gets while they are held. They cost no memory.
pub(super) struct Claim {
    start: usize,
    length: usize,
}

impl Claim {
    /// At `address`, or anywhere.
    fn of(length: usize, address: Option<usize>) -> Option<Claim> {
        let mut flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_NORESERVE;
        if address.is_some() {
            flags |= MapFlags::MAP_FIXED_NOREPLACE;
        }
        let place = address.and_then(NonZeroUsize::new);
        // SAFETY: a new mapping without access that replaces none.
        let start = unsafe {
            mman::mmap_anonymous(
                place,
                NonZeroUsize::new(length)?,
                ProtFlags::PROT_NONE,
                flags,
            )
        };
        let claim = Claim {
            start: start.ok()?.as_ptr() as usize,
            length,
        };
        // Linux before 4.17 takes the address for a hint.
        (address.is_none() || address == Some(claim.start)).then_some(claim)
    }

    /// Right below or above the map of `file`, `map` bytes long, so that the map finds a place there
    /// when it is made anew with `length` bytes more; `headroom` is left for the rest of the program.
    pub(super) fn beside(file: &Path, map: usize, length: usize, headroom: usize) -> Option<Claim> {
        let (start, end) = place_of(file, map)?;
        [start.checked_sub(length), Some(end)]
            .into_iter()
            .flatten()
            .find_map(|address| {
                let claim = Claim::of(length, Some(address))?;
                Claim::of(headroom, None).map(|_| claim)
            })
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(start) = NonNull::new(std::ptr::without_provenance_mut(self.start)) {
            // SAFETY: the mapping is this claim's own, and nothing points into it.
            let _ = unsafe { mman::munmap(start, self.length) };
        }
    }
}

/// Whether a map of `bytes` finds a place, and `headroom` is left for the rest of the program.
pub(super) fn has_place(bytes: usize, headroom: usize) -> bool {
    let claim = Claim::of(bytes, None);
    claim.is_some() && Claim::of(headroom, None).is_some()
}

/// Where the map of `file` lies: LMDB does not say, the kernel does (proc(5), `/proc/pid/maps`).
fn place_of(file: &Path, length: usize) -> Option<(usize, usize)> {
    let inode = std::fs::metadata(file).ok()?.ino().to_string();
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        let is_it = words.nth(3)? == inode && end - start == length;
        is_it.then_some((start, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn no_address_space_has_place_for_everything() {
        assert!(has_place(64 * MIB, MIB));
        assert!(!has_place(usize::MAX / 4, MIB));
        assert!(!has_place(MIB, usize::MAX / 4));
    }

    #[test]
    fn a_claim_keeps_others_out_and_gives_back() {
        let first = Claim::of(8 * MIB, None).expect("8 MiB");
        let (start, inside) = (first.start, first.start + 4 * MIB);
        assert!(Claim::of(MIB, Some(inside)).is_none());
        drop(first);
        assert!(Claim::of(MIB, Some(start)).is_some());
    }

    #[test]
    fn a_claim_lies_beside_the_map() {
        let path = std::env::temp_dir().join(format!("davbox-place-{}", std::process::id()));
        std::fs::write(&path, [7; 8192]).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let length = NonZeroUsize::new(8192).unwrap();
        let (access, shared) = (ProtFlags::PROT_READ, MapFlags::MAP_SHARED);
        // SAFETY: the file is this test's own and is not written while it is mapped.
        let map = unsafe { mman::mmap(None, length, access, shared, &file, 0) }.unwrap();
        let at = map.as_ptr() as usize;
        assert_eq!(place_of(&path, 8192), Some((at, at + 8192)));
        assert_eq!(place_of(&path, 4096), None);
        if let Some(claim) = Claim::beside(&path, 8192, 4096, MIB) {
            assert!(claim.start + 4096 == at || claim.start == at + 8192);
        }
        assert!(Claim::beside(&path, 8192, 4096, usize::MAX / 4).is_none());
        // SAFETY: made above, and nothing points into it.
        unsafe { mman::munmap(map, 8192) }.unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}
