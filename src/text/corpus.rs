use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name)
}

/// Name and bytes of the files in a folder of the corpus, by name.
pub fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What is refused: file name, bytes, broken precondition, line. `end` chooses by file name.
pub fn refused(end: &str) -> Vec<(String, Vec<u8>, String, usize)> {
    let table = fs::read_to_string(folder("refused/refused.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|r| r.split('\t').collect())
        .collect();
    let files = files("refused");
    assert_eq!(rows.len() + 1, files.len(), "each file has its row");
    rows.iter()
        .filter(|row| row[0].ends_with(end))
        .map(|row| {
            let bytes = files.iter().find(|(name, _)| name == row[0]);
            let bytes = bytes.unwrap_or_else(|| panic!("{} is missing", row[0]));
            let line = row[2].parse().unwrap();
            (row[0].into(), bytes.1.clone(), row[1].into(), line)
        })
        .collect()
}

/// Deterministic randomness (xorshift64*), so that a failure comes again.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    /// A copy with up to eight bytes or pieces changed, taken out or put in.
    pub fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        const PIECES: [&[u8]; 24] = [
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"\t",
            b":",
            b";",
            b"=",
            b",",
            b"\"",
            b"^",
            b"\\",
            b".",
            b"\0",
            b"=\r\n",
            b"\r\n ",
            b"\r\n\r\n",
            b"BEGIN:VEVENT\r\n",
            b"END:VCALENDAR\r\n",
            b"\xEF\xBB\xBF",
            b"\xEF\xBF\xBE",
            b"\xC3",
            b"X;QUOTED-PRINTABLE:a=\r\n",
            b"UID:x\r\n",
        ];
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(4)).min(bytes.len());
            match self.below(4) {
                0 if at < end => bytes[at] ^= 1 << self.below(8),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..end, PIECES[self.below(24)].iter().copied())),
                _ => drop(bytes.splice(at..at, PIECES[self.below(24)].iter().copied())),
            }
        }
        bytes
    }
}
