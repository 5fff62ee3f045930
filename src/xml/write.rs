//! Writes XML into a buffer.

use std::cell::Cell;

use bytes::Bytes;

use super::name;

/// A buffer that grew beyond this for one answer is not worth keeping.
const LARGEST_KEPT: usize = 64 * 1024;

/// A growing answer. Names are written as given; text and attribute values are escaped.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
}

impl Writer {
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Writer {
        Writer {
            buffer: Vec::with_capacity(bytes),
        }
    }

    /// What `write` writes, as bytes of just that length, and what it returns. The buffer is the
    /// thread's own and is used again: most answers are small and many.
    pub fn scratch<T>(write: impl FnOnce(&mut Writer) -> T) -> (Bytes, T) {
        thread_local! {
            static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        let mut buffer = BUFFER.take();
        buffer.clear();
        let mut out = Writer { buffer };
        let result = write(&mut out);
        let bytes = Bytes::copy_from_slice(&out.buffer);
        if out.buffer.capacity() <= LARGEST_KEPT {
            BUFFER.set(out.buffer);
        }
        (bytes, result)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes back what was written after `len`.
    pub fn truncate(&mut self, len: usize) {
        self.buffer.truncate(len);
    }

    /// Takes back what was written after `len`, and gives it.
    #[must_use]
    pub fn taken_back(&mut self, len: usize) -> Vec<u8> {
        self.buffer.split_off(len.min(self.buffer.len()))
    }

    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.buffer
    }

    /// The XML declaration and the start of the root, with every prefix davbox uses.
    pub fn begin(&mut self, root: &str) {
        self.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<");
        self.raw(root);
        for (prefix, uri) in name::PREFIXES {
            self.raw(" xmlns:");
            self.raw(prefix);
            self.raw("=\"");
            self.raw(uri);
            self.raw("\"");
        }
        self.raw(">");
    }

    pub fn raw(&mut self, markup: &str) {
        self.buffer.extend_from_slice(markup.as_bytes());
    }

    /// Markup that was written before and is kept as bytes.
    pub fn raw_bytes(&mut self, markup: &[u8]) {
        self.buffer.extend_from_slice(markup);
    }

    pub fn open(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw(">");
    }

    pub fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    pub fn empty(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw("/>");
    }

    /// An element with text in it.
    pub fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close(name);
    }

    pub fn number(&mut self, n: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut n = n;
        loop {
            at -= 1;
            digits[at] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        self.buffer.extend_from_slice(&digits[at..]);
    }

    /// An empty element of any namespace.
    pub fn name(&mut self, namespace: &str, name: &str) {
        self.raw("<");
        match name::prefix_of(namespace) {
            Some(prefix) => self.qualified(prefix, name),
            None if namespace.is_empty() => self.raw(name),
            None => {
                self.raw("x:");
                self.raw(name);
                self.raw(" xmlns:x=\"");
                self.attribute_value(namespace);
                self.raw("\"");
            }
        }
        self.raw("/>");
    }

    pub(super) fn qualified(&mut self, prefix: &str, name: &str) {
        if !prefix.is_empty() {
            self.raw(prefix);
            self.raw(":");
        }
        self.raw(name);
    }

    pub fn text(&mut self, text: &str) {
        self.text_bytes(text.as_bytes());
    }

    /// Escapes a carriage return too: an XML reader would make CRLF a bare LF (XML 1.0 section
    /// 2.11), and an object would not come back byte for byte.
    pub fn text_bytes(&mut self, text: &[u8]) {
        self.buffer.reserve(text.len());
        // Three bytes are looked for at once. The fourth is rare: most texts have none at all.
        let has_greater = memchr::memchr(b'>', text).is_some();
        let mut from = 0;
        for at in memchr::memchr3_iter(b'\r', b'&', b'<', text) {
            self.without_others(&text[from..at], has_greater);
            self.entity(text[at]);
            from = at + 1;
        }
        self.without_others(&text[from..], has_greater);
    }

    /// Text in which at most `>` is to be escaped.
    fn without_others(&mut self, text: &[u8], has_greater: bool) {
        let mut from = 0;
        if has_greater {
            for at in memchr::memchr_iter(b'>', text) {
                self.buffer.extend_from_slice(&text[from..at]);
                self.entity(b'>');
                from = at + 1;
            }
        }
        self.buffer.extend_from_slice(&text[from..]);
    }

    pub(super) fn attribute_value(&mut self, value: &str) {
        let special = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\r' | b'\n' | b'\t');
        for &byte in value.as_bytes() {
            match special(byte) {
                true => self.entity(byte),
                false => self.buffer.push(byte),
            }
        }
    }

    fn entity(&mut self, byte: u8) {
        // Each by itself: a copy whose length is known is a move or two.
        let buffer = &mut self.buffer;
        match byte {
            b'\r' => buffer.extend_from_slice(b"&#13;"),
            b'&' => buffer.extend_from_slice(b"&amp;"),
            b'<' => buffer.extend_from_slice(b"&lt;"),
            b'>' => buffer.extend_from_slice(b"&gt;"),
            b'"' => buffer.extend_from_slice(b"&quot;"),
            b'\n' => buffer.extend_from_slice(b"&#10;"),
            b'\t' => buffer.extend_from_slice(b"&#9;"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;

    #[test]
    fn text_survives_a_reader() {
        let nasty = "a & b < c > d ]]> \" ' \r\n\t ü 😀";
        let mut out = Writer::default();
        out.element("t", nasty);
        let written = out.into_bytes();
        let read = crate::xml::read(&written).unwrap();
        assert_eq!(read.text(), nasty);
    }

    #[test]
    fn numbers() {
        for n in [0, 7, 10, 12345, u64::MAX] {
            let mut out = Writer::default();
            out.number(n);
            assert_eq!(out.into_bytes(), n.to_string().into_bytes());
        }
    }
}
