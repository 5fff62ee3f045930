//! A property that is on its way from one version to the other.

use crate::contact::value;
use crate::text::fold::fold;
use crate::text::line::{Line, Lines};
use crate::xml::name::is_char;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    pub group: Option<String>,
    pub name: String,
    pub parameters: Vec<Parameter>,
    /// As it is written, escapes and all.
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// The list of values as it is written.
    raw: String,
}

impl Property {
    pub fn new(name: &str, value: impl Into<String>) -> Property {
        Property {
            name: name.into(),
            value: value.into(),
            ..Property::default()
        }
    }

    /// A line of a card. What vCard 2.1 wrote without the names of parameters, and encoded in its
    /// own way, is there in other cards too; neither version has it.
    pub fn of(line: &Line) -> Property {
        let mut property = Property {
            group: line.group().map(str::to_owned),
            name: line.name().to_owned(),
            parameters: line
                .parameters()
                .map(|parameter| Parameter {
                    name: parameter.name().to_owned(),
                    raw: parameter.raw().to_owned(),
                })
                .collect(),
            value: String::new(),
        };
        if value::is_quoted_printable(line) {
            property.drop_parameter("ENCODING");
            let decoded = value::decoded(line).replace("\r\n", "\n");
            property.value = decoded.replace('\n', "\\n");
            property.value.retain(|c| is_char(c) && c != '\r');
        } else {
            property.value = line.value().to_owned();
        }
        property
    }

    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The same place in the card, another name.
    pub fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    pub fn has_parameter(&self, name: &str) -> bool {
        self.parameters.iter().any(|p| p.is(name))
    }

    /// The values of all parameters of this name, decoded.
    pub fn values(&self, name: &str) -> Vec<String> {
        let named = self.parameters.iter().filter(|p| p.is(name));
        named.flat_map(Parameter::values).collect()
    }

    /// Whether one of the values is this, in any case.
    pub fn says(&self, name: &str, value: &str) -> bool {
        let named = self.parameters.iter().filter(|p| p.is(name));
        named
            .flat_map(Parameter::values)
            .any(|v| v.eq_ignore_ascii_case(value))
    }

    pub fn drop_parameter(&mut self, name: &str) {
        self.parameters.retain(|p| !p.is(name));
    }

    /// Takes the parameters of this name out; gives their values.
    pub fn take_parameter(&mut self, name: &str) -> Vec<String> {
        let values = self.values(name);
        self.drop_parameter(name);
        values
    }

    pub fn add_parameter<S: AsRef<str>>(&mut self, name: &str, values: &[S]) {
        let raw: Vec<String> = values.iter().map(|v| encode(v.as_ref())).collect();
        self.parameters.push(Parameter {
            name: name.into(),
            raw: raw.join(","),
        });
    }

    /// Takes the types out, one by one also where they stand in quotes together (RFC 6350 section
    /// 5.6).
    pub fn take_types(&mut self) -> Vec<String> {
        let values = self.take_parameter("TYPE");
        let split = values.iter().flat_map(|value| value.split(','));
        split
            .map(|one| one.trim().to_owned())
            .filter(|one| !one.is_empty())
            .collect()
    }

    pub fn add_types(&mut self, types: &[String]) {
        if !types.is_empty() {
            self.add_parameter("TYPE", types);
        }
    }

    /// Appends the line.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut line = String::with_capacity(self.value.len() + 64);
        if let Some(group) = &self.group {
            line.push_str(group);
            line.push('.');
        }
        line.push_str(&self.name);
        for parameter in &self.parameters {
            line.push(';');
            line.push_str(&parameter.name);
            line.push('=');
            line.push_str(&parameter.raw);
        }
        line.push(':');
        line.push_str(&self.value);
        fold(&line, "\r\n", out);
    }
}

impl Parameter {
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn values(&self) -> Vec<String> {
        // Read as it would be in a card: lists, quotes and carets are the reader's.
        let line = format!("X;X={}:", self.raw);
        match Lines::new(line.as_bytes()).next() {
            Some(Ok(line)) => line
                .parameters()
                .flat_map(|p| p.values().map(|v| v.into_owned()).collect::<Vec<_>>())
                .collect(),
            _ => vec![self.raw.clone()],
        }
    }
}

/// A parameter's value as it is written (RFC 6868 section 3.1).
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        match c {
            '^' => encoded.push_str("^^"),
            '\n' => encoded.push_str("^n"),
            '"' => encoded.push_str("^'"),
            _ => encoded.push(c),
        }
    }
    if encoded.contains([',', ';', ':']) || encoded.is_empty() {
        format!("\"{encoded}\"")
    } else {
        encoded
    }
}
