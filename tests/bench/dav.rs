//! The requests of the rows, and what a right answer to each of them is.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;

use crate::load::{Answer, Load};
use crate::multistatus::Multistatus;
use crate::seed::{Object, base64};

pub const USER: &str = "anna";
pub const PASSWORD: &str = "correct-horse-battery-staple";
pub const HOME: &str = "/calendars/anna/";
pub const CALENDAR: &str = "/calendars/anna/calendar/";
pub const TASKS: &str = "/calendars/anna/tasks/";
pub const CONTACTS: &str = "/addressbooks/anna/contacts/";
pub const SMALL: &str = "/calendars/anna/small/";

pub struct Account {
    head: String,
}

impl Account {
    pub fn new(server: SocketAddr) -> Account {
        let secret = base64(format!("{USER}:{PASSWORD}").as_bytes());
        let host = format!("Host: {server}\r\n");
        let head = format!("{host}Authorization: Basic {secret}\r\nUser-Agent: davbox-bench\r\n");
        Account { head }
    }

    fn request(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> Bytes {
        let mut text = format!("{method} {path} HTTP/1.1\r\n{}", self.head);
        for (name, value) in fields {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        text.into()
    }

    pub fn get(&self, path: &str) -> Bytes {
        self.request("GET", path, &[], "")
    }

    pub fn delete(&self, path: &str) -> Bytes {
        self.request("DELETE", path, &[], "")
    }

    /// `condition` is the whole field, an If-Match or an If-None-Match.
    pub fn put(&self, path: &str, condition: (&str, &str), text: &str) -> Bytes {
        let media = if path.ends_with(".vcf") {
            "text/vcard"
        } else {
            "text/calendar"
        };
        let media = format!("{media}; charset=utf-8");
        self.request("PUT", path, &[("Content-Type", &media), condition], text)
    }

    pub fn make_calendar(&self, path: &str) -> Bytes {
        self.request("MKCALENDAR", path, &[], "")
    }

    pub fn xml(&self, method: &str, path: &str, depth: &str, body: &str) -> Bytes {
        self.request(
            method,
            path,
            &[("Depth", depth), ("Content-Type", XML)],
            body,
        )
    }

    pub fn xml_gzip(&self, method: &str, path: &str, depth: &str, body: &str) -> Bytes {
        let fields = [
            ("Depth", depth),
            ("Content-Type", XML),
            ("Accept-Encoding", "gzip"),
        ];
        self.request(method, path, &fields, body)
    }
}

const XML: &str = "application/xml; charset=utf-8";

const OPENING: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

const NAMESPACES: &str = concat!(
    r#"xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" "#,
    r#"xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/" "#,
    r#"xmlns:ical="http://apple.com/ns/ical/" xmlns:me="http://me.com/_namespace/""#,
);

pub fn propfind(properties: &[&str]) -> String {
    let elements: String = properties.iter().map(|name| format!("<{name}/>")).collect();
    format!("{OPENING}<d:propfind {NAMESPACES}><d:prop>{elements}</d:prop></d:propfind>")
}

pub const COLLECTION: [&str; 4] = [
    "d:displayname",
    "d:resourcetype",
    "cs:getctag",
    "d:sync-token",
];

pub const POLL: [&str; 6] = [
    "d:displayname",
    "d:resourcetype",
    "cs:getctag",
    "d:sync-token",
    "d:current-user-privilege-set",
    "c:supported-calendar-component-set",
];

/// What Apple's Calendar asks of every collection of a home.
pub const APPLE: [&str; 45] = [
    "d:add-member",
    "cs:allowed-sharing-modes",
    "ical:autoprovisioned",
    "me:bulk-requests",
    "c:calendar-alarm",
    "ical:calendar-color",
    "c:calendar-description",
    "c:calendar-free-busy-set",
    "ical:calendar-order",
    "c:calendar-timezone",
    "d:current-user-privilege-set",
    "c:default-alarm-vevent-date",
    "c:default-alarm-vevent-datetime",
    "d:displayname",
    "cs:getctag",
    "cs:invite",
    "ical:language-code",
    "ical:location-code",
    "c:max-image-size",
    "c:max-resource-size",
    "d:owner",
    "cs:pre-publish-url",
    "cs:publish-url",
    "cs:push-transports",
    "cs:pushkey",
    "d:quota-available-bytes",
    "d:quota-used-bytes",
    "ical:refreshrate",
    "d:resource-id",
    "d:resourcetype",
    "c:schedule-calendar-transp",
    "c:schedule-default-calendar-URL",
    "cs:source",
    "cs:subscribed-strip-alarms",
    "cs:subscribed-strip-attachments",
    "cs:subscribed-strip-todos",
    "c:supported-calendar-component-set",
    "c:supported-calendar-component-sets",
    "d:supported-report-set",
    "d:sync-token",
    "cs:me-card",
    "cs:xmpp-server",
    "cs:xmpp-uri",
    "cs:email-address-set",
    "d:principal-URL",
];

pub fn sync(token: &str) -> String {
    format!(
        "{OPENING}<d:sync-collection {NAMESPACES}><d:sync-token>{token}</d:sync-token>\
         <d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
    )
}

pub fn multiget(report: &str, data: &str, hrefs: &[String]) -> String {
    let hrefs: String = hrefs
        .iter()
        .map(|href| format!("<d:href>{href}</d:href>"))
        .collect();
    let wanted = format!("<d:prop><d:getetag/><{data}/></d:prop>");
    self::report(report, &format!("{wanted}{hrefs}"))
}

pub fn report(name: &str, content: &str) -> String {
    format!("{OPENING}<{name} {NAMESPACES}>{content}</{name}>")
}

/// Checks an answer that must come out the same every time: the first is read as XML and checked
/// by `right`, the others must equal one that was.
pub fn steady(
    request: Bytes,
    right: impl Fn(&Multistatus) -> Result<(), String> + 'static,
) -> Load {
    let known: RefCell<Vec<u8>> = RefCell::default();
    Load {
        ask: Rc::new(move |_| request.clone()),
        check: Rc::new(move |_, answer| {
            expect(answer, &[207])?;
            if *known.borrow() == answer.body {
                return Ok(());
            }
            right(&read(answer)?)?;
            *known.borrow_mut() = answer.body.to_vec();
            Ok(())
        }),
    }
}

/// The same, and the answer must be packed.
pub fn steady_gzip(
    request: Bytes,
    right: impl Fn(&Multistatus) -> Result<(), String> + 'static,
) -> Load {
    let Load { ask, check } = steady(request, right);
    Load {
        ask,
        check: Rc::new(
            move |number, answer| match answer.field("content-encoding") {
                Some("gzip") => check(number, answer),
                _ => Err("the answer is not packed".to_owned()),
            },
        ),
    }
}

fn read(answer: &Answer) -> Result<Multistatus, String> {
    if answer.field("content-encoding") == Some("gzip") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(answer.body)
            .read_to_end(&mut plain)
            .map_err(|error| format!("the packed answer does not unpack: {error}"))?;
        Multistatus::read(&plain)
    } else {
        Multistatus::read(answer.body)
    }
}

pub fn expect(answer: &Answer, statuses: &[u16]) -> Result<(), String> {
    if statuses.contains(&answer.status) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&answer.body[..answer.body.len().min(200)]);
    let said = said.replace(['\r', '\n'], " ");
    Err(format!(
        "status {} in place of {}: {said}",
        answer.status, statuses[0]
    ))
}

/// An object as it is in the store: its URL, its text and the etag it was given.
pub struct Stored {
    pub href: String,
    pub text: RefCell<String>,
    pub etag: RefCell<String>,
}

impl Stored {
    pub fn new(collection: &str, object: Object) -> Stored {
        Stored {
            href: format!("{collection}{}", object.name),
            text: RefCell::new(object.text),
            etag: RefCell::default(),
        }
    }

    pub fn edit(&self, object: Object) {
        *self.text.borrow_mut() = object.text;
    }

    /// Remembers the etag of the answer to a PUT. A server that keeps the bytes can say it.
    pub fn tagged(&self, answer: &Answer) -> Result<(), String> {
        let etag = answer.field("etag").ok_or("PUT says no etag")?;
        *self.etag.borrow_mut() = etag.to_owned();
        Ok(())
    }

    pub fn has_etag(&self, etag: &str) -> Result<(), String> {
        let put = self.etag.borrow();
        if etag == *put {
            return Ok(());
        }
        Err(format!("{} has the etag {etag}, PUT said {put}", self.href))
    }
}

/// A listing names all of `stored` with the etags they got, and nothing else but the collection.
pub fn lists(all: &Multistatus, collection: &str, stored: &[Stored]) -> Result<(), String> {
    let etags: HashMap<&str, &str> = all
        .responses
        .iter()
        .filter(|response| response.href != collection)
        .map(|response| Ok((response.href.as_str(), response.text("getetag")?)))
        .collect::<Result<_, String>>()?;
    if etags.len() != stored.len() {
        return Err(format!(
            "{} objects in place of {}",
            etags.len(),
            stored.len()
        ));
    }
    for one in stored {
        let etag = etags
            .get(one.href.as_str())
            .ok_or_else(|| format!("{} is missing", one.href))?;
        one.has_etag(etag)?;
    }
    Ok(())
}

/// A multiget gives exactly `stored`, each with the text that was put.
pub fn gives(all: &Multistatus, data: &str, stored: &[&Stored]) -> Result<(), String> {
    if all.responses.len() != stored.len() {
        return Err(format!(
            "{} objects in place of {}",
            all.responses.len(),
            stored.len()
        ));
    }
    for one in stored {
        let response = all.of(&one.href)?;
        one.has_etag(response.text("getetag")?)?;
        // XML turns CRLF into LF unless the server writes the CR as a reference: both are in use.
        if response.text(data)?.replace('\r', "") != one.text.borrow().replace('\r', "") {
            return Err(format!("{} has another text than was put", one.href));
        }
    }
    Ok(())
}

/// A collection with all that `COLLECTION` asks for; gives its sync-token.
pub fn describes<'a>(
    all: &'a Multistatus,
    collection: &str,
    kind: &str,
) -> Result<&'a str, String> {
    let response = all.of(collection)?;
    for property in ["displayname", "getctag", "sync-token"] {
        if response.text(property)?.is_empty() {
            return Err(format!("{property} of {collection} is empty"));
        }
    }
    let kinds = response
        .found
        .get("resourcetype")
        .map(|found| &found.children[..]);
    if !kinds.unwrap_or_default().iter().any(|child| child == kind) {
        return Err(format!("{collection} is no {kind}"));
    }
    response.text("sync-token")
}
