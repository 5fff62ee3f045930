//! PHOTO, LOGO, SOUND and KEY: inline as `ENCODING=b;TYPE=JPEG` in 3.0 (RFC 2426 section 3.1.4), as
//! a `data:` URI in 4.0 (RFC 6350 section 6.2.4).

use super::property::Property;

const NAMES: [&str; 4] = ["PHOTO", "LOGO", "SOUND", "KEY"];
const UNKNOWN: &str = "application/octet-stream";

/// Types that are not known from the rule that `JPEG` is `image/jpeg`.
const KEYS: [(&str, &str); 3] = [
    ("PGP", "application/pgp-keys"),
    ("X509", "application/pkix-cert"),
    ("X509", "application/x-x509-user-cert"),
];

pub fn is_of(property: &Property) -> bool {
    NAMES.iter().any(|name| property.is(name))
}

pub fn to_4(property: &mut Property) {
    if property.says("ENCODING", "b") || property.says("ENCODING", "BASE64") {
        property.drop_parameter("ENCODING");
        property.drop_parameter("VALUE");
        property.value.retain(|c| !c.is_ascii_whitespace());
        let mut types = property.take_types();
        let media = take_media(property, &mut types)
            .or_else(|| sniff(&property.value).map(str::to_owned))
            .unwrap_or_else(|| UNKNOWN.into());
        property.add_types(&types);
        property.value = format!("data:{media};base64,{}", property.value);
        return;
    }
    let uri = as_uri(&property.value);
    let says = property.says("VALUE", "uri") || property.says("VALUE", "url");
    if says || uri.starts_with("data:") || uri.contains("://") {
        property.drop_parameter("VALUE");
        let mut types = property.take_types();
        let media = take_media(property, &mut types);
        property.add_types(&types);
        if let Some(media) = media.filter(|_| !uri.starts_with("data:")) {
            property.add_parameter("MEDIATYPE", &[media]);
        }
        property.value = uri;
    } else if property.is("KEY") && !property.has_parameter("VALUE") {
        // RFC 6350 section 6.8.1: without it, the value is a URI.
        property.add_parameter("VALUE", &["text"]);
    }
}

pub fn to_3(property: &mut Property) {
    // Written as 3.0 has it already.
    if property.has_parameter("ENCODING") {
        return;
    }
    if let Some((media, start)) = inline(&property.value) {
        let media = media.to_owned();
        property.value.drain(..start);
        property.drop_parameter("VALUE");
        property.drop_parameter("MEDIATYPE");
        property.add_parameter("ENCODING", &["b"]);
        add_media(property, &media);
    } else if property.says("VALUE", "text") {
        property.drop_parameter("VALUE");
    } else {
        let media = property.take_parameter("MEDIATYPE");
        property.drop_parameter("VALUE");
        property.add_parameter("VALUE", &["uri"]);
        if let [media, ..] = media.as_slice() {
            add_media(property, media);
        }
    }
}

/// The media type of a `data:` URI in base64, and where its data start. Some clients escape the
/// comma as in a text.
fn inline(uri: &str) -> Option<(&str, usize)> {
    let rest = uri
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("data:"))
        .and(uri.get(5..))?;
    let (head, data) = rest.split_once(',')?;
    let head = head.trim_end_matches('\\').replace("\\;", ";");
    let is_base64 = head
        .get(head.len().checked_sub(7)?..)?
        .eq_ignore_ascii_case(";base64");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    if !is_base64 || !data.bytes().all(plain) {
        return None;
    }
    let media = rest.split([';', ',', '\\']).next().unwrap_or_default();
    Some((media, uri.len() - data.len()))
}

/// The media type among the types of 3.0.
fn take_media(property: &Property, types: &mut Vec<String>) -> Option<String> {
    let media_of = |one: &String| {
        let one = one.to_ascii_lowercase();
        let is_token = |c: char| c.is_ascii_alphanumeric() || "+-./_".contains(c);
        if !one.chars().all(is_token) || ["home", "work", "pref"].contains(&one.as_str()) {
            return None;
        }
        if one.contains('/') {
            return Some(one);
        }
        if property.is("KEY") {
            return KEYS
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(&one))
                .map(|(_, media)| (*media).to_owned());
        }
        Some(match (property.is("SOUND"), one.as_str()) {
            (true, "wave") => "audio/wav".into(),
            (true, kind) => format!("audio/{kind}"),
            (false, "jpg") => "image/jpeg".into(),
            (false, kind) => format!("image/{kind}"),
        })
    };
    let (at, media) = types
        .iter()
        .enumerate()
        .find_map(|(at, one)| media_of(one).map(|media| (at, media)))?;
    types.remove(at);
    Some(media)
}

fn add_media(property: &mut Property, media: &str) {
    let media = media.to_ascii_lowercase();
    let kind = match (
        media.split_once('/'),
        property.is("SOUND"),
        property.is("KEY"),
    ) {
        (None, ..) => return,
        _ if media == UNKNOWN => return,
        (_, _, true) => KEYS
            .iter()
            .find(|(_, m)| *m == media)
            .map_or(media.clone(), |(key, _)| (*key).to_owned()),
        (Some(("audio", kind)), true, _) | (Some(("image", kind)), false, _) => {
            kind.to_ascii_uppercase()
        }
        _ => media,
    };
    let mut types = property.take_types();
    types.insert(0, kind);
    property.add_types(&types);
}

/// By how the files of these types begin, in base64.
fn sniff(base64: &str) -> Option<&'static str> {
    const STARTS: [(&str, &str); 4] = [
        ("/9j/", "image/jpeg"),
        ("iVBORw0KGgo", "image/png"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
    ];
    let found = STARTS.iter().find(|(start, _)| base64.starts_with(start));
    found.map(|(_, media)| *media)
}

/// A URI without the escapes of a text, which some clients write into it.
pub fn as_uri(value: &str) -> String {
    value
        .replace("\\:", ":")
        .replace("\\,", ",")
        .replace("\\;", ";")
}
