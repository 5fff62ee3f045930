//! Places for a map in the address space of this process, of which a 32-bit board has little.

use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::ptr::NonNull;

use nix::sys::mman::{self, MapFlags, ProtFlags};

/// What [`Claim::make_place`] takes beside the map.
pub(super) const SURROUNDINGS: usize = SMALL + GUARD;
const SMALL: usize = 2 << 20;
const GUARD: usize = 64 << 10;

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

    /// Anywhere; `headroom` is left for the rest of the program.
    pub(super) fn anywhere(length: usize, headroom: usize) -> Option<Claim> {
        let claim = Claim::of(length, None)?;
        Claim::of(headroom, None).map(|_| claim)
    }

    /// Right below the map of `file`, `map` bytes long; `headroom` is left for the rest of the program.
    pub(super) fn below(file: &Path, map: usize, length: usize, headroom: usize) -> Option<Claim> {
        let address = place_of(file, map)?.checked_sub(length)?;
        let claim = Claim::of(length, Some(address))?;
        Claim::of(headroom, None).map(|_| claim)
    }

    /// Makes the place where a new map of so many bytes comes to lie: right above what is left of
    /// this. The kernel puts a map into the highest gap that has room; so what else is mapped while the
    /// file is opened finds a gap above it, as long as the guard that is returned lives.
    pub(super) fn make_place(&mut self, map: usize) -> Claim {
        self.give_up(SMALL);
        self.length -= GUARD;
        let guard = Claim {
            start: self.start + self.length,
            length: GUARD,
        };
        self.give_up(map);
        guard
    }

    /// Lets go of the upper end, where the map of a file is to lie next.
    pub(super) fn give_up(&mut self, bytes: usize) {
        let bytes = bytes.min(self.length);
        self.length -= bytes;
        unmap(self.start + self.length, bytes);
    }

    /// Whether the map of `file` begins where this ends. A `gap` of so many bytes at most is closed.
    pub(super) fn reaches(&mut self, file: &Path, map: usize, gap: usize) -> bool {
        let end = self.start + self.length;
        match place_of(file, map).map(|start| start.checked_sub(end)) {
            Some(Some(0)) => true,
            Some(Some(between)) if between <= gap => match Claim::of(between, Some(end)) {
                Some(closed) => {
                    self.length += between;
                    std::mem::forget(closed);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        unmap(self.start, self.length);
    }
}

/// Of a claim's own addresses, which nothing points into.
fn unmap(start: usize, length: usize) {
    if let Some(start) = NonNull::new(std::ptr::without_provenance_mut(start))
        && length > 0
    {
        // SAFETY: as said above.
        let _ = unsafe { mman::munmap(start, length) };
    }
}

/// Whether a map of `bytes` finds a place, and `headroom` is left for the rest of the program.
pub(super) fn has_place(bytes: usize, headroom: usize) -> bool {
    Claim::anywhere(bytes, headroom).is_some()
}

/// Where the map of `file` lies: LMDB does not say, the kernel does (proc(5), `/proc/pid/maps`).
fn place_of(file: &Path, length: usize) -> Option<usize> {
    let inode = std::fs::metadata(file).ok()?.ino().to_string();
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        let is_it = words.nth(3)? == inode && end - start == length;
        is_it.then_some(start)
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
    fn a_map_lies_where_a_claim_gave_up() {
        let path = std::env::temp_dir().join(format!("davbox-place-{}", std::process::id()));
        let length = 4 * MIB;
        let file = std::fs::File::create_new(&path).unwrap();
        file.set_len(length as u64).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let map = |at: usize| {
            let flags = MapFlags::MAP_SHARED | MapFlags::MAP_FIXED_NOREPLACE;
            let place = NonZeroUsize::new(at);
            let length = NonZeroUsize::new(length).unwrap();
            // SAFETY: the file is this test's own and is not written while it is mapped.
            unsafe { mman::mmap(place, length, ProtFlags::PROT_READ, flags, &file, 0) }.unwrap()
        };
        let mut claim = Claim::anywhere(12 * MIB, MIB).expect("12 MiB");
        let end = claim.start + claim.length;
        claim.give_up(length);
        assert_eq!(claim.length(), 8 * MIB);
        assert!(!claim.reaches(&path, length, MIB), "nothing is mapped yet");
        let start = map(end - length);
        assert_eq!(place_of(&path, length), Some(end - length));
        assert_eq!(place_of(&path, length / 2), None);
        assert!(claim.reaches(&path, length, 0));

        claim.give_up(MIB);
        assert!(!claim.reaches(&path, length, MIB / 2), "the gap is larger");
        assert!(claim.reaches(&path, length, MIB));
        assert_eq!(claim.length(), 8 * MIB);
        drop(claim);
        assert!(Claim::below(&path, length, 2 * MIB, MIB).is_some());
        assert!(Claim::below(&path, length, 2 * MIB, usize::MAX / 4).is_none());
        // SAFETY: made above, and nothing points into it.
        unsafe { mman::munmap(start, length) }.unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}
