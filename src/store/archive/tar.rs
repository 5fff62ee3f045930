//! As much of tar as a backup needs: POSIX ustar with pax records (IEEE 1003.1, `pax`), files only.
//!
//! The last file is a checksum over every byte before it, so that an archive that lost its end, or
//! a part of its middle, is known by it.

use std::io::{self, Read, Write};

use ring::digest::{Context, SHA256};

use super::Failed;

const BLOCK: usize = 512;

/// The name of the file that ends an archive.
pub const CHECKSUM: &str = "davbox/checksum";

/// Bytes of one file, far beyond any object; a damaged length must not take the memory.
const LARGEST: u64 = 256 << 20;

/// A ustar number has eleven octal digits.
const LARGEST_OCTAL: u64 = 0o77_777_777_777;

/// What is said about a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    /// Seconds since 1970.
    pub modified: u64,
    /// Records beyond the standard's; tools that do not know them pass over them.
    pub records: Vec<(String, String)>,
}

/// Writes an archive, and what it hashes to.
pub struct Writer<W> {
    out: W,
    digest: Context,
}

impl<W: Write> Writer<W> {
    pub fn new(out: W) -> Writer<W> {
        Writer {
            out,
            digest: Context::new(&SHA256),
        }
    }

    pub fn put(&mut self, entry: &Entry, bytes: &[u8]) -> io::Result<()> {
        let mut records = String::new();
        let plain = entry.path.is_ascii() && entry.path.len() <= 100;
        if !plain {
            push_record(&mut records, "path", &entry.path);
        }
        if entry.modified > LARGEST_OCTAL {
            push_record(&mut records, "mtime", &entry.modified.to_string());
        }
        for (key, value) in &entry.records {
            push_record(&mut records, key, value);
        }
        if !records.is_empty() {
            // The name and the time of the records themselves mean nothing.
            self.file(b'x', "davbox/records", 0, records.as_bytes())?;
        }
        let short: String = entry
            .path
            .chars()
            .filter(char::is_ascii)
            .take(100)
            .collect();
        self.file(b'0', &short, entry.modified, bytes)
    }

    fn file(&mut self, kind: u8, name: &str, modified: u64, bytes: &[u8]) -> io::Result<()> {
        let mut block = [0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        let mut field = |at: usize, text: &str| {
            block[at..at + text.len()].copy_from_slice(text.as_bytes());
        };
        field(100, "0000600");
        field(108, "0000000");
        field(116, "0000000");
        field(124, &format!("{:011o}", bytes.len()));
        field(136, &format!("{:011o}", modified.min(LARGEST_OCTAL)));
        field(148, "        ");
        field(257, "ustar\x0000");
        block[156] = kind;
        let sum = format!("{:06o}\0 ", sum(&block));
        block[148..156].copy_from_slice(sum.as_bytes());
        self.write(&block)?;
        self.write(bytes)?;
        self.write(&[0; BLOCK][..padding(bytes.len() as u64)])
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.out.write_all(bytes)
    }

    /// Writes the checksum and the end.
    pub fn finish(mut self) -> io::Result<W> {
        let line = checksum_line(&self.digest);
        self.file(b'0', CHECKSUM, 0, line.as_bytes())?;
        self.write(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn checksum_line(digest: &Context) -> String {
    let mut line = String::from("sha256 ");
    for byte in digest.clone().finish().as_ref() {
        line += &format!("{byte:02x}");
    }
    line + "\n"
}

fn padding(length: u64) -> usize {
    (BLOCK - (length % BLOCK as u64) as usize) % BLOCK
}

/// All bytes of a header, its own sum read as blanks.
fn sum(block: &[u8; BLOCK]) -> u32 {
    let own = 148..156;
    let bytes = block.iter().enumerate();
    bytes
        .map(|(at, byte)| u32::from(if own.contains(&at) { b' ' } else { *byte }))
        .sum()
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
fn push_record(records: &mut String, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    *records += &format!("{length} {key}={value}\n");
}

/// Reads an archive that [`Writer`] wrote.
pub struct Reader<R> {
    source: R,
    digest: Context,
    ended: bool,
}

impl<R: Read> Reader<R> {
    pub fn new(source: R) -> Reader<R> {
        Reader {
            source,
            digest: Context::new(&SHA256),
            ended: false,
        }
    }

    /// The next file. `None` after the last one, and only where the checksum holds.
    pub fn next(&mut self) -> Result<Option<(Entry, Vec<u8>)>, Failed> {
        if self.ended {
            return Ok(None);
        }
        let mut entry = Entry::default();
        let mut pax = false;
        // The checksum leaves its own header out, so what is read waits until the name is known.
        let mut head = Vec::new();
        loop {
            let block = self.block()?;
            head.extend_from_slice(&block);
            let header = Header::read(&block)?;
            if header.kind != b'x' {
                if entry.path.is_empty() {
                    entry.path = header.name;
                }
                if entry.modified == 0 {
                    entry.modified = header.modified;
                }
                if entry.path == CHECKSUM {
                    self.end(header.size)?;
                    return Ok(None);
                }
                self.digest.update(&head);
                let bytes = self.content(header.size)?;
                self.digest.update(&bytes.0);
                self.digest.update(&bytes.1);
                return Ok(Some((entry, bytes.0)));
            }
            if pax {
                return Err(Failed::damaged("two headers of one file follow each other"));
            }
            pax = true;
            let (content, padding) = self.content(header.size)?;
            read_records(&content, &mut entry)
                .ok_or_else(|| Failed::damaged("the records of a file cannot be read"))?;
            head.extend_from_slice(&content);
            head.extend_from_slice(&padding);
        }
    }

    fn block(&mut self) -> Result<[u8; BLOCK], Failed> {
        let mut block = [0; BLOCK];
        self.source
            .read_exact(&mut block)
            .map_err(Failed::reading)?;
        Ok(block)
    }

    /// The bytes of a file and what fills its last block.
    fn content(&mut self, size: u64) -> Result<(Vec<u8>, Vec<u8>), Failed> {
        if size > LARGEST {
            return Err(Failed::damaged("a file in it is too large"));
        }
        let mut read = |length: u64| {
            let mut bytes = Vec::new();
            let got = (&mut self.source)
                .take(length)
                .read_to_end(&mut bytes)
                .map_err(Failed::reading)?;
            if got as u64 == length {
                Ok(bytes)
            } else {
                Err(Failed::cut_off())
            }
        };
        Ok((read(size)?, read(padding(size) as u64)?))
    }

    fn end(&mut self, size: u64) -> Result<(), Failed> {
        let (line, padding) = self.content(size)?;
        if line != checksum_line(&self.digest).as_bytes() || padding.iter().any(|b| *b != 0) {
            return Err(Failed::damaged(
                "its checksum does not fit: it was changed after it was made",
            ));
        }
        let ends = self.block()? == [0; BLOCK] && self.block()? == [0; BLOCK];
        if !ends || self.source.read(&mut [0]).map_err(Failed::reading)? != 0 {
            return Err(Failed::damaged("something follows its end"));
        }
        self.ended = true;
        Ok(())
    }
}

struct Header {
    kind: u8,
    name: String,
    size: u64,
    modified: u64,
}

impl Header {
    fn read(block: &[u8; BLOCK]) -> Result<Header, Failed> {
        let broken = || Failed::damaged("a header in it cannot be read");
        let is_tar = &block[257..262] == b"ustar";
        if !is_tar || octal(&block[148..156]) != Some(u64::from(sum(block))) {
            return Err(if is_tar {
                broken()
            } else {
                Failed::damaged("this is no backup of davbox, or a part of it is missing")
            });
        }
        let kind = block[156];
        if !matches!(kind, b'0' | b'x') {
            return Err(broken());
        }
        let end = block[..100].iter().position(|b| *b == 0).unwrap_or(100);
        Ok(Header {
            kind,
            name: String::from_utf8(block[..end].to_vec()).map_err(|_| broken())?,
            size: octal(&block[124..136]).ok_or_else(broken)?,
            modified: octal(&block[136..148]).ok_or_else(broken)?,
        })
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

fn read_records(mut bytes: &[u8], entry: &mut Entry) -> Option<()> {
    while !bytes.is_empty() {
        let blank = bytes.iter().position(|b| *b == b' ')?;
        let length: usize = std::str::from_utf8(&bytes[..blank]).ok()?.parse().ok()?;
        let record = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
        let (key, value) = std::str::from_utf8(record).ok()?.split_once('=')?;
        match key {
            "path" => entry.path = value.into(),
            "mtime" => entry.modified = value.parse().ok()?,
            _ => entry.records.push((key.into(), value.into())),
        }
        bytes = &bytes[length..];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, records: &[(&str, &str)]) -> Entry {
        Entry {
            path: path.into(),
            modified: 1_700_000_000,
            records: records
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        }
    }

    fn archive(files: &[(Entry, Vec<u8>)]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        for (entry, bytes) in files {
            writer.put(entry, bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, Failed> {
        let mut reader = Reader::new(bytes);
        let mut files = Vec::new();
        while let Some(file) = reader.next()? {
            files.push(file);
        }
        Ok(files)
    }

    fn examples() -> Vec<(Entry, Vec<u8>)> {
        let far = Entry {
            modified: u64::MAX,
            ..entry("far", &[])
        };
        vec![
            (entry("a", &[]), b"hello".to_vec()),
            (entry("empty", &[]), Vec::new()),
            (entry("block", &[]), vec![7; 512]),
            (entry(&"long/".repeat(60), &[]), vec![0; 513]),
            (
                entry("Käse", &[("DAVBOX.a", "b=c\nd"), ("DAVBOX.e", "")]),
                vec![1],
            ),
            (entry("ninety", &[("DAVBOX.n", &"x".repeat(85))]), vec![2]),
            (far, vec![3]),
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let files = examples();
        let bytes = archive(&files);
        assert_eq!(bytes.len() % 512, 0);
        assert_eq!(read(&bytes).unwrap(), files);
    }

    #[test]
    fn the_length_of_a_record_counts_itself() {
        for n in 0..2000 {
            let mut records = String::new();
            push_record(&mut records, "k", &"v".repeat(n));
            let length: usize = records.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(length, records.len());
        }
    }

    #[test]
    fn a_cut_or_changed_archive_is_refused() {
        let bytes = archive(&examples());
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(read(&changed).is_err(), "changed at {at}");
        }
        let mut longer = bytes[..bytes.len() - 1024].to_vec();
        longer.extend_from_slice(&bytes);
        assert!(read(&longer).is_err());
    }
}
