//! Names of clients as names of files.

use std::fmt::Write as _;

/// Bytes of a file's name at most; file systems end at 255.
const LONGEST: usize = 240;

/// What a name is called as a file: letters, digits and harmless marks as they are, the rest
/// percent-encoded, a long one cut and told apart by its hash. Different names of one folder stay
/// different.
#[must_use]
pub fn file_name(name: &str) -> String {
    let mut file = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let harmless = c.is_alphanumeric() || "-_@+=,~".contains(c) || (c == '.' && at > 0);
        if harmless {
            file.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(file, "%{byte:02X}");
        }
    }
    if file.is_empty() {
        return "%".into();
    }
    if file.len() <= LONGEST {
        return file;
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    let mut end = LONGEST - 44;
    while !file.is_char_boundary(end) {
        end -= 1;
    }
    let extension = match file.rsplit_once('.') {
        Some((_, extension)) if extension.len() < 8 => format!(".{extension}"),
        _ => String::new(),
    };
    file.truncate(end);
    file.push('%');
    for byte in &digest.as_ref()[..16] {
        let _ = write!(file, "{byte:02x}");
    }
    file + &extension
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn nothing_leaves_its_folder() {
        for (name, file) in [
            ("a-1_b@c.ics", "a-1_b@c.ics"),
            ("Käse.ics", "Käse.ics"),
            ("..", "%2E."),
            (".hidden", "%2Ehidden"),
            ("a/b\\c:d", "a%2Fb%5Cc%3Ad"),
            ("50% off", "50%25%20off"),
            ("", "%"),
            ("☃", "%E2%98%83"),
        ] {
            assert_eq!(file_name(name), file);
        }
    }

    #[test]
    fn a_long_name_is_cut_and_stays_its_own() {
        let long = |end: &str| file_name(&format!("{}{end}.ics", "ä".repeat(300)));
        assert!(long("1").len() <= 240 && long("1").ends_with(".ics"));
        assert_ne!(long("1"), long("2"));
    }
}
