//! A small tree that keeps what RFC 4918 section 4.3 says a property's value is made of:
//! namespaces, local names, prefixes, attributes, elements and text.

use std::borrow::Cow;

use super::Writer;
use super::name::XML;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'d> {
    pub prefix: Cow<'d, str>,
    pub namespace: Cow<'d, str>,
    pub name: Cow<'d, str>,
    pub value: Cow<'d, str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'d> {
    Element(Element<'d>),
    Text(Cow<'d, str>),
}

/// Borrows from the document it was read from, wherever that says it word by word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'d> {
    pub prefix: Cow<'d, str>,
    pub namespace: Cow<'d, str>,
    pub name: Cow<'d, str>,
    pub attributes: Vec<Attribute<'d>>,
    pub children: Vec<Node<'d>>,
}

impl<'d> Element<'d> {
    /// An element with nothing in it.
    #[must_use]
    pub fn empty(namespace: impl Into<Cow<'d, str>>, name: impl Into<Cow<'d, str>>) -> Element<'d> {
        Element {
            prefix: Cow::Borrowed(""),
            namespace: namespace.into(),
            name: name.into(),
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// The same, apart from its document.
    #[must_use]
    pub fn into_owned(self) -> Element<'static> {
        let own = |text: Cow<'d, str>| Cow::Owned(text.into_owned());
        Element {
            prefix: own(self.prefix),
            namespace: own(self.namespace),
            name: own(self.name),
            attributes: self
                .attributes
                .into_iter()
                .map(|a| Attribute {
                    prefix: own(a.prefix),
                    namespace: own(a.namespace),
                    name: own(a.name),
                    value: own(a.value),
                })
                .collect(),
            children: self
                .children
                .into_iter()
                .map(|node| match node {
                    Node::Element(element) => Node::Element(element.into_owned()),
                    Node::Text(text) => Node::Text(own(text)),
                })
                .collect(),
        }
    }

    /// Whether this is the element `name` of `namespace`.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// Child elements, in order.
    pub fn elements(&self) -> impl DoubleEndedIterator<Item = &Element<'d>> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child of that name.
    #[must_use]
    pub fn child(&self, namespace: &str, name: &str) -> Option<&Element<'d>> {
        self.elements().find(|e| e.is(namespace, name))
    }

    /// All text directly inside, joined.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_ref()),
            Node::Element(_) => None,
        });
        match (texts.next(), texts.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(one), None) => Cow::Borrowed(one),
            (Some(one), Some(two)) => {
                let mut all = format!("{one}{two}");
                all.extend(texts);
                Cow::Owned(all)
            }
        }
    }

    /// The value of an attribute without namespace.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| a.namespace.is_empty() && a.name == name)
            .map(|a| a.value.as_ref())
    }

    /// `xml:lang`, where this element itself says it.
    #[must_use]
    pub fn lang(&self) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| a.namespace == XML && a.name == "lang")
            .map(|a| a.value.as_ref())
    }

    /// Gives the element a language that it had in scope (RFC 4918 section 4.3).
    pub fn set_lang(&mut self, lang: &'d str) {
        if self.lang().is_none() {
            self.attributes.push(Attribute {
                prefix: Cow::Borrowed("xml"),
                namespace: Cow::Borrowed(XML),
                name: Cow::Borrowed("lang"),
                value: Cow::Borrowed(lang),
            });
        }
    }

    /// Writes the element so that it stands alone: it declares every prefix it uses.
    pub fn write(&self, out: &mut Writer) {
        self.write_in(out, &mut Vec::new());
    }

    fn write_in<'e>(&'e self, out: &mut Writer, scope: &mut Vec<(&'e str, &'e str)>) {
        let outer = scope.len();
        let mut declared = Vec::new();
        let names = std::iter::once((&*self.prefix, &*self.namespace)).chain(
            self.attributes
                .iter()
                .filter(|a| !a.prefix.is_empty())
                .map(|a| (&*a.prefix, &*a.namespace)),
        );
        for (prefix, namespace) in names {
            let bound = scope.iter().rev().find(|(p, _)| *p == prefix);
            let holds = match bound {
                Some((_, uri)) => *uri == namespace,
                None => prefix == "xml" || (prefix.is_empty() && namespace.is_empty()),
            };
            if !holds {
                scope.push((prefix, namespace));
                declared.push((prefix, namespace));
            }
        }
        out.raw("<");
        out.qualified(&self.prefix, &self.name);
        for (prefix, namespace) in declared {
            out.raw(if prefix.is_empty() {
                " xmlns"
            } else {
                " xmlns:"
            });
            out.raw(prefix);
            out.raw("=\"");
            out.attribute_value(namespace);
            out.raw("\"");
        }
        for attribute in &self.attributes {
            out.raw(" ");
            out.qualified(&attribute.prefix, &attribute.name);
            out.raw("=\"");
            out.attribute_value(&attribute.value);
            out.raw("\"");
        }
        if self.children.is_empty() {
            out.raw("/>");
        } else {
            out.raw(">");
            for child in &self.children {
                match child {
                    Node::Element(element) => element.write_in(out, scope),
                    Node::Text(text) => out.text(text),
                }
            }
            out.raw("</");
            out.qualified(&self.prefix, &self.name);
            out.raw(">");
        }
        scope.truncate(outer);
    }
}
