//! A multistatus answer, read by an XML parser, so that a listing counts only when it says what it
//! should.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

/// What was found (status 200) of one property.
#[derive(Default, Clone)]
pub struct Found {
    pub text: String,
    pub children: Vec<String>,
}

#[derive(Default)]
pub struct Response {
    pub href: String,
    /// By local name.
    pub found: HashMap<String, Found>,
}

#[derive(Default)]
pub struct Multistatus {
    pub responses: Vec<Response>,
    pub sync_token: Option<String>,
}

impl Multistatus {
    pub fn read(body: &[u8]) -> Result<Multistatus, String> {
        let text = std::str::from_utf8(body).map_err(|error| format!("not UTF-8: {error}"))?;
        let mut reader = Reader::from_str(text);
        let mut walk = Walk::default();
        loop {
            match reader
                .read_event()
                .map_err(|error| format!("not XML: {error}"))?
            {
                Event::Start(tag) => walk.enter(tag.local_name().as_ref()),
                Event::Empty(tag) => {
                    walk.enter(tag.local_name().as_ref());
                    walk.leave();
                }
                Event::End(_) => walk.leave(),
                Event::Text(piece) => walk.text.push_str(&piece.xml10_content()),
                Event::CData(piece) => walk.text.push_str(&piece.xml10_content()),
                Event::GeneralRef(name) => match name.resolve_char_ref() {
                    Ok(Some(letter)) => walk.text.push(letter),
                    _ => walk.text.push(match &*name {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        other => return Err(format!("an unknown entity: {other}")),
                    }),
                },
                Event::Eof => break,
                _ => {}
            }
        }
        if !walk.path.is_empty() {
            return Err("the XML ends in the middle".to_owned());
        }
        Ok(walk.result)
    }

    pub fn of(&self, href: &str) -> Result<&Response, String> {
        self.responses
            .iter()
            .find(|response| response.href == href)
            .ok_or_else(|| format!("no response for {href}"))
    }
}

impl Response {
    pub fn text(&self, property: &str) -> Result<&str, String> {
        self.found
            .get(property)
            .map(|found| found.text.as_str())
            .ok_or_else(|| format!("no {property} for {}", self.href))
    }
}

#[derive(Default)]
struct Walk {
    path: Vec<String>,
    text: String,
    propstat: HashMap<String, Found>,
    status: String,
    result: Multistatus,
}

impl Walk {
    fn enter(&mut self, name: &str) {
        let depth = self.path.len();
        match (depth, name) {
            (1, "response") => self.result.responses.push(Response::default()),
            (2, "propstat") => {
                self.propstat.clear();
                self.status.clear();
            }
            (4, name) if self.path[3] == "prop" => {
                self.propstat.insert(name.to_owned(), Found::default());
            }
            (5, name) if self.path[3] == "prop" => {
                if let Some(property) = self.propstat.get_mut(&self.path[4]) {
                    property.children.push(name.to_owned());
                }
            }
            _ => {}
        }
        // All text below a property is the property's.
        if depth < 5 {
            self.text.clear();
        }
        self.path.push(name.to_owned());
    }

    fn leave(&mut self) {
        let Some(name) = self.path.pop() else { return };
        match (self.path.len(), name.as_str()) {
            (1, "sync-token") => self.result.sync_token = Some(self.text.trim().to_owned()),
            (2, "href") => {
                if let Some(response) = self.result.responses.last_mut() {
                    response.href = self.text.trim().to_owned();
                }
            }
            (3, "status") if self.path[2] == "propstat" => self.status = self.text.clone(),
            (4, name) => {
                if let Some(property) = self.propstat.get_mut(name) {
                    property.text = std::mem::take(&mut self.text);
                }
            }
            (2, "propstat") => {
                let found = std::mem::take(&mut self.propstat);
                if self.status.contains(" 200")
                    && let Some(response) = self.result.responses.last_mut()
                {
                    response.found.extend(found);
                }
            }
            _ => {}
        }
    }
}
