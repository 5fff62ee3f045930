//! Reads a request body into a tree. Every dimension has a bound; a document type is refused,
//! and with it every entity but XML's own five.

use std::borrow::Cow;
use std::fmt;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::name::{XML, is_char, is_ncname, known};
use super::{Attribute, Element, Node};

/// RFC 4791's deepest filter is 6 levels; a property's own markup gets the rest. It guards the
/// stack, which nothing can catch.
const DEEPEST: usize = 32;
/// A multiget of 10,000 hrefs fits.
const MOST_ELEMENTS: usize = 20_000;
const MOST_ATTRIBUTES: usize = 32;

/// Why a body was not read; a sentence for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    NotUtf8,
    DocumentType,
    Entity(String),
    TooDeep,
    TooManyElements,
    TooManyAttributes,
    UnboundPrefix(String),
    Malformed(String),
    NoRoot,
    TwoRoots,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NotUtf8 => write!(f, "the XML is not in UTF-8"),
            Refused::DocumentType => write!(f, "a document type is not accepted in a request"),
            Refused::Entity(name) => write!(f, "the entity {name} is not one of XML's own five"),
            Refused::TooDeep => write!(f, "elements are nested deeper than {DEEPEST}"),
            Refused::TooManyElements => write!(f, "there are more than {MOST_ELEMENTS} elements"),
            Refused::TooManyAttributes => {
                write!(f, "an element has more than {MOST_ATTRIBUTES} attributes")
            }
            Refused::UnboundPrefix(prefix) => {
                write!(f, "the prefix {prefix} is not bound to a namespace")
            }
            Refused::Malformed(what) => write!(f, "the XML is not well-formed: {what}"),
            Refused::NoRoot => write!(f, "there is no XML element in the request"),
            Refused::TwoRoots => write!(f, "there is more than one root element"),
        }
    }
}

impl std::error::Error for Refused {}

fn malformed(e: impl fmt::Display) -> Refused {
    let mut what: String = e.to_string();
    if let Some((cut, _)) = what.char_indices().nth(200) {
        what.truncate(cut);
    }
    Refused::Malformed(what)
}

/// The root element of a document.
///
/// # Errors
/// [`Refused`], with nothing kept.
pub fn read(bytes: &[u8]) -> Result<Element<'_>, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(start) => {
                elements += 1;
                if elements > MOST_ELEMENTS {
                    return Err(Refused::TooManyElements);
                }
                if open.len() >= DEEPEST {
                    return Err(Refused::TooDeep);
                }
                if open.is_empty() && root.is_some() {
                    return Err(Refused::TwoRoots);
                }
                open.push(element(text, &reader, &start)?);
            }
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err(Refused::Malformed("an end without a start".into()));
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(Node::Element(done)),
                    None => root = Some(done),
                }
            }
            Event::Text(text) => push_text(&mut open, one_line_end(text.into_inner()))?,
            Event::CData(text) => push_text(&mut open, one_line_end(text.into_inner()))?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(malformed)? {
                    Some(character) => character,
                    None => match &*reference.xml10_content() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        other => return Err(Refused::Entity(other.chars().take(40).collect())),
                    },
                };
                push_text(&mut open, Cow::Owned(character.to_string()))?;
            }
            Event::DocType(_) => return Err(Refused::DocumentType),
            Event::Decl(declaration) => {
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(malformed)?;
                    if !encoding.eq_ignore_ascii_case("utf-8")
                        && !encoding.eq_ignore_ascii_case("us-ascii")
                    {
                        return Err(Refused::NotUtf8);
                    }
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Empty(_) => return Err(Refused::Malformed("an empty element".into())),
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(Refused::Malformed("the document ends too early".into()));
    }
    root.ok_or(Refused::NoRoot)
}

/// XML 1.0 section 2.11: a line end is one LF, unless a character reference says otherwise.
fn one_line_end(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    }
}

/// XML 1.0 section 2.2: what no XML document may hold could not be written back either.
fn checked(text: &str) -> Result<(), Refused> {
    if text.chars().all(is_char) {
        Ok(())
    } else {
        Err(Refused::Malformed("a control character".into()))
    }
}

/// A local name that can be written back as it is.
fn named<'d>(document: &'d str, name: &str) -> Result<Cow<'d, str>, Refused> {
    if is_ncname(name) {
        Ok(slice(document, name))
    } else {
        Err(Refused::Malformed(
            "an element or attribute without a proper name".into(),
        ))
    }
}

fn push_text<'d>(open: &mut [Element<'d>], text: Cow<'d, str>) -> Result<(), Refused> {
    checked(&text)?;
    let Some(parent) = open.last_mut() else {
        return if text.trim().is_empty() {
            Ok(())
        } else {
            Err(Refused::Malformed("text outside the root element".into()))
        };
    };
    match parent.children.last_mut() {
        Some(Node::Text(before)) => before.to_mut().push_str(&text),
        _ => parent.children.push(Node::Text(text)),
    }
    Ok(())
}

/// A static copy of a known namespace, so that a tree of 5,000 elements holds it once.
fn namespace_of<'d>(result: ResolveResult<'_>) -> Result<Cow<'d, str>, Refused> {
    match result {
        ResolveResult::Bound(Namespace(uri)) => {
            checked(uri)?;
            Ok(known(uri).map_or_else(|| Cow::Owned(uri.to_owned()), Cow::Borrowed))
        }
        ResolveResult::Unbound => Ok(Cow::Borrowed("")),
        ResolveResult::Unknown(prefix) => Err(Refused::UnboundPrefix(prefix)),
    }
}

/// `part` as a slice of the document, where it is one.
fn slice<'d>(document: &'d str, part: &str) -> Cow<'d, str> {
    let at = (part.as_ptr() as usize).wrapping_sub(document.as_ptr() as usize);
    match document.get(at..at.saturating_add(part.len())) {
        Some(slice) if slice == part => Cow::Borrowed(slice),
        _ => Cow::Owned(part.to_owned()),
    }
}

fn element<'d>(
    document: &'d str,
    reader: &NsReader<&[u8]>,
    start: &BytesStart<'_>,
) -> Result<Element<'d>, Refused> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    let mut attributes = Vec::new();
    for (count, attribute) in start.attributes().enumerate() {
        if count >= MOST_ATTRIBUTES {
            return Err(Refused::TooManyAttributes);
        }
        let attribute = attribute.map_err(malformed)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_err(malformed)?;
        checked(&value)?;
        attributes.push(Attribute {
            prefix: prefix(document, attribute.key.prefix())?,
            namespace: namespace_of(namespace)?,
            name: named(document, local.into_inner())?,
            value: slice(document, &value),
        });
    }
    let namespace = namespace_of(namespace)?;
    if namespace == XML {
        return Err(Refused::Malformed(
            "an element in XML's own namespace".into(),
        ));
    }
    Ok(Element {
        prefix: prefix(document, start.name().prefix())?,
        namespace,
        name: named(document, local.into_inner())?,
        attributes,
        children: Vec::new(),
    })
}

fn prefix<'d>(
    document: &'d str,
    prefix: Option<quick_xml::name::Prefix<'_>>,
) -> Result<Cow<'d, str>, Refused> {
    prefix.map_or(Ok(Cow::Borrowed("")), |p| named(document, p.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Refused {
        read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn namespaces_are_the_identity() {
        let a = read(b"<a:x xmlns:a='DAV:'><a:y/></a:x>").unwrap();
        let b = read(b"<x xmlns='DAV:'><y/></x>").unwrap();
        assert!(a.is("DAV:", "x") && b.is("DAV:", "x"));
        assert!(a.child("DAV:", "y").is_some() && b.child("DAV:", "y").is_some());
    }

    #[test]
    fn an_element_stands_alone_when_written() {
        let source = "<p:a xmlns:p='urn:p' xmlns:q='urn:q' xmlns='urn:d' xml:lang='de'>\
            <b q:c='1 &amp; \"2\"'>t&#13;\n<p:d/></b><e xmlns=''><f/></e></p:a>";
        let tree = read(source.as_bytes()).unwrap();
        let mut out = crate::xml::Writer::default();
        tree.write(&mut out);
        assert_eq!(read(&out.into_bytes()).unwrap(), tree);
    }

    #[test]
    fn bounds_hold() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        assert_eq!(refused(&deep), Refused::TooDeep);
        assert_eq!(refused(&"<a>".repeat(10_000)), Refused::TooDeep);
        let wide = format!("<a>{}</a>", "<b/>".repeat(MOST_ELEMENTS));
        assert_eq!(refused(&wide), Refused::TooManyElements);
        let attributes: String = (0..40).map(|i| format!(" a{i}='x'")).collect();
        assert_eq!(
            refused(&format!("<a{attributes}/>")),
            Refused::TooManyAttributes
        );
    }

    #[test]
    fn what_could_hurt_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>";
        assert_eq!(refused(bomb), Refused::DocumentType);
        assert_eq!(refused("<a>&b;</a>"), Refused::Entity("b".into()));
        assert_eq!(refused("<p:a/>"), Refused::UnboundPrefix("p".into()));
        assert_eq!(read(b"<a>\xff</a>").unwrap_err(), Refused::NotUtf8);
        for bad in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a",
            "<a>&#1;</a>",
            "<a b='&#1;'/>",
            "<a b='\u{1}'/>",
            "<a xmlns='\u{1}'/>",
            "<1/>",
            "<p&lt;q/>",
            "<a 1='x'/>",
            "<xml:a/>",
            "<a/>x",
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
