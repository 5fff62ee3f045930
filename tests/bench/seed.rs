//! What the store is filled with. Every object follows from its number alone, so that a run can be
//! repeated on another machine and any object can be made again to compare an answer with it.

pub mod card;
pub mod day;
pub mod event;

/// One object as a client would send it.
pub struct Object {
    /// The last part of its URL.
    pub name: String,
    pub text: String,
}

/// SplitMix64: small, and the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn of(kind: u64, number: usize) -> Dice {
        let mut dice = Dice(kind.wrapping_mul(0xa076_1d64_78bd_642f) ^ number as u64);
        dice.next();
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }

    pub fn prose(&mut self, words: usize) -> String {
        let mut text = String::new();
        for number in 0..words {
            if number > 0 {
                text.push(' ');
            }
            text.push_str(self.pick::<&str>(&WORDS));
        }
        text
    }
}

const WORDS: [&str; 32] = [
    "Besprechung",
    "review",
    "Übergabe",
    "budget",
    "Küche",
    "release",
    "Zahnarzt",
    "school",
    "train",
    "Abfahrt",
    "notes",
    "agenda\\,",
    "quarter",
    "Garten",
    "team",
    "invoice",
    "Schlüssel",
    "room",
    "call",
    "draft",
    "Angebot",
    "visit",
    "travel",
    "music",
    "swimming",
    "Fußball",
    "report",
    "plan",
    "delivery",
    "lunch",
    "interview",
    "workshop",
];

/// Content lines, ended by CRLF and folded at 75 octets.
#[derive(Default)]
pub struct Lines(String);

impl Lines {
    pub fn line(&mut self, text: impl AsRef<str>) {
        let mut width = 0;
        for letter in text.as_ref().chars() {
            if width + letter.len_utf8() > 75 {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(letter);
            width += letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    pub fn finish(self) -> String {
        self.0
    }
}

pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0u32;
        for place in 0..3 {
            bits = bits << 8 | u32::from(*group.get(place).unwrap_or(&0));
        }
        for place in 0..4 {
            if place <= group.len() {
                text.push(LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char);
            } else {
                text.push('=');
            }
        }
    }
    text
}
