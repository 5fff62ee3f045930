//! Sets of small numbers, for BY-parts and for the days of a period.

/// The members of a word, rising.
pub(super) fn each(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let lowest = word.trailing_zeros();
            word &= word - 1;
            lowest
        })
    })
}

/// The bits below `n`, for any `n`.
pub(super) fn below(n: u32) -> u64 {
    1u64.checked_shl(n).map_or(u64::MAX, |bit| bit - 1)
}

/// The member of a word that has `n` members below it; 64 where there are not as many.
pub(super) fn nth(mut word: u64, n: u32) -> u32 {
    for _ in 0..n {
        word &= word.wrapping_sub(1);
    }
    word.trailing_zeros()
}

const WORDS: usize = 6;

/// A set of numbers below [`Bits::LENGTH`]: enough for the days of a year and one on either side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits([u64; WORDS]);

impl Bits {
    pub(super) const LENGTH: u32 = 384;
    pub(super) const EMPTY: Bits = Bits([0; WORDS]);

    /// Only the first word.
    pub(super) fn word(word: u64) -> Bits {
        let mut bits = Bits::EMPTY;
        bits.0[0] = word;
        bits
    }

    /// The numbers below `n`.
    pub(super) fn below(n: u32) -> Bits {
        let mut bits = Bits::EMPTY;
        let mut start = 0;
        for word in &mut bits.0 {
            *word = below(n.saturating_sub(start));
            start += 64;
        }
        bits
    }

    /// Every number whose remainder by seven is in `week`.
    pub(super) fn weekly(week: u8) -> Bits {
        let mut bits = Bits::EMPTY;
        let mut shift = 0;
        for word in &mut bits.0 {
            *word = super::day::repeat_week(super::day::turn_week(week, shift));
            shift = (shift + 64) % 7;
        }
        bits
    }

    /// A number beyond the length is left out.
    pub(super) fn insert(&mut self, n: u32) {
        if let Some(word) = self.0.get_mut(n as usize / 64) {
            *word |= 1 << (n % 64);
        }
    }

    /// Inserts the members of `word`, each `offset` higher.
    pub(super) fn insert_at(&mut self, offset: u32, word: u64) {
        let (index, shift) = (offset as usize / 64, offset % 64);
        if let Some(low) = self.0.get_mut(index) {
            *low |= word << shift;
        }
        if shift > 0
            && let Some(high) = self.0.get_mut(index + 1)
        {
            *high |= word >> (64 - shift);
        }
    }

    pub(super) fn contains(&self, n: u32) -> bool {
        self.0
            .get(n as usize / 64)
            .is_some_and(|word| word >> (n % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// How many members are below `n`.
    pub(super) fn count_below(&self, n: u32) -> u32 {
        let (mut start, mut count) = (0, 0);
        for word in &self.0 {
            if start >= n {
                break;
            }
            count += (word & below(n - start)).count_ones();
            start += 64;
        }
        count
    }

    /// The member that has `n` members below it.
    pub(super) fn nth(&self, mut n: u32) -> Option<u32> {
        let mut start = 0;
        for word in &self.0 {
            let here = word.count_ones();
            if n < here {
                return Some(start + nth(*word, n));
            }
            n -= here;
            start += 64;
        }
        None
    }

    /// The lowest member that is `n` or higher.
    pub(super) fn at_or_after(&self, n: u32) -> Option<u32> {
        let mut index = n as usize / 64;
        let mut word = self.0.get(index)? & !below(n % 64);
        while word == 0 {
            index += 1;
            word = *self.0.get(index)?;
        }
        Some(u32::try_from(index).ok()? * 64 + word.trailing_zeros())
    }

    /// The highest member that is `n` or lower.
    pub(super) fn at_or_before(&self, n: u32) -> Option<u32> {
        let n = n.min(Bits::LENGTH - 1);
        let mut index = n as usize / 64;
        let mut word = self.0.get(index)? & below(n % 64 + 1);
        while word == 0 {
            index = index.checked_sub(1)?;
            word = *self.0.get(index)?;
        }
        Some(u32::try_from(index).ok()? * 64 + 63 - word.leading_zeros())
    }

    pub(super) fn and(&self, other: &Bits) -> Bits {
        Bits(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    pub(super) fn each(self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(self.0)
            .flat_map(|(index, word)| each(word).map(move |bit| index * 64 + bit))
    }
}

/// Ordinals of one BY-part: those counted from the beginning, and those counted from the end
/// (written with a minus).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signed<T> {
    pub(super) from_start: T,
    pub(super) from_end: T,
}

impl Signed<u64> {
    /// Whether it counts from the end, and how far.
    pub(super) fn insert(&mut self, (from_end, number): (bool, u32)) {
        if from_end {
            self.from_end |= 1 << number;
        } else {
            self.from_start |= 1 << number;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.from_start == 0 && self.from_end == 0
    }
}

impl Signed<Bits> {
    pub(super) fn is_empty(&self) -> bool {
        self.from_start.is_empty() && self.from_end.is_empty()
    }
}
