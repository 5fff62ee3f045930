//! Holds an answer against what the file expects and says, in words, everything that differs.

use crate::exchange::{
    BodyRule, CLOSED, Content, Expect, HeaderRule, Multistatus, Property, Response,
};
use crate::http::Answer;
use crate::pattern::Memory;
use crate::xml::{self, Element, Name, Node};

/// Every difference; none means the answer is as expected.
pub fn judge(memory: &mut Memory, expect: &Expect, answer: &Answer, method: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !expect.status.contains(&answer.status) {
        let wanted = either(&expect.status);
        faults.push(format!(
            "wanted {wanted}, got {}{}",
            answer.status,
            excerpt(answer)
        ));
        // What follows would only repeat that.
        return faults;
    }
    for rule in &expect.headers {
        header(memory, rule, answer, &mut faults);
    }
    manners(answer, method, &mut faults);
    body(memory, &expect.body, answer, method, &mut faults);
    faults
}

fn either(statuses: &[u16]) -> String {
    let say = |status: &u16| match *status {
        CLOSED => "a closed connection".to_owned(),
        status => status.to_string(),
    };
    statuses.iter().map(say).collect::<Vec<_>>().join(" or ")
}

fn excerpt(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.chars().take(600).collect::<String>();
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

/// What holds for every answer, so that no file has to repeat it.
fn manners(answer: &Answer, method: &str, faults: &mut Vec<String>) {
    let mut must = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    must(
        answer.status >= 500 || answer.header("date").is_some(),
        "no Date header (RFC 9110 section 6.6.1)",
    );
    must(
        answer.status != 401 || answer.header("www-authenticate").is_some(),
        "401 without WWW-Authenticate (RFC 9110 section 15.5.2)",
    );
    must(
        answer.status != 405 || answer.header("allow").is_some(),
        "405 without Allow (RFC 9110 section 15.5.6)",
    );
    let xml = answer.header("content-type").is_some_and(|value| {
        let media = value.split(';').next().unwrap_or_default().trim();
        media == "application/xml" || media == "text/xml"
    });
    must(
        answer.status != 207 || xml,
        "207 without an XML content type (RFC 4918 section 8.2)",
    );
    must(
        method == "HEAD" || answer.body.is_empty() || answer.header("content-type").is_some(),
        "a body without Content-Type",
    );
    for etag in answer.all("etag") {
        let strong = etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"');
        // RFC 4791 section 5.3.4 and RFC 6352 section 6.3.2.3: a strong entity tag.
        must(strong, "an ETag that is not strong");
    }
}

fn header(memory: &mut Memory, rule: &HeaderRule, answer: &Answer, faults: &mut Vec<String>) {
    let joined = |name: &str| {
        let values = answer.all(name).collect::<Vec<_>>();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let items = |name: &str| {
        let joined = joined(name).unwrap_or_default();
        joined
            .split(',')
            .map(|item| item.trim().to_owned())
            .collect::<Vec<_>>()
    };
    match rule {
        HeaderRule::Fits(name, pattern) => match joined(name) {
            None => faults.push(format!("no {name} header; wanted {pattern}")),
            Some(value) => {
                if let Some(unknown) = memory.unknown(pattern) {
                    faults.push(unknown);
                } else if !memory.fits(pattern, &value) {
                    faults.push(format!(
                        "{name}: wanted {}, got {value}",
                        meaning(memory, pattern)
                    ));
                }
            }
        },
        HeaderRule::Absent(name) => {
            if let Some(value) = joined(name) {
                faults.push(format!("{name} must be absent, got {value}"));
            }
        }
        HeaderRule::Has(name, wanted) => {
            for item in wanted.iter().filter(|item| !items(name).contains(item)) {
                faults.push(format!(
                    "{name} lacks {item}: {}",
                    joined(name).unwrap_or_default()
                ));
            }
        }
        HeaderRule::Lacks(name, unwanted) => {
            for item in unwanted.iter().filter(|item| items(name).contains(item)) {
                faults.push(format!(
                    "{name} must not have {item}: {}",
                    joined(name).unwrap_or_default()
                ));
            }
        }
    }
}

/// The pattern as the reader of a failure wants it: with what is known filled in.
fn meaning(memory: &Memory, pattern: &str) -> String {
    memory.fill(pattern).unwrap_or_else(|_| pattern.to_owned())
}

fn body(
    memory: &mut Memory,
    rule: &BodyRule,
    answer: &Answer,
    method: &str,
    faults: &mut Vec<String>,
) {
    let text = || std::str::from_utf8(&answer.body).map_err(|_| "the body is not UTF-8".to_owned());
    let result = match rule {
        BodyRule::Any => Ok(()),
        BodyRule::Empty if answer.body.is_empty() => Ok(()),
        BodyRule::Empty => Err(format!("wanted no body{}", excerpt(answer))),
        BodyRule::Unsaid => unsaid(answer, method),
        BodyRule::Text(pattern) => text().and_then(|text| {
            let text = text.trim_end_matches(['\r', '\n']);
            if let Some(unknown) = memory.unknown(pattern) {
                Err(unknown)
            } else if memory.fits_lines(pattern, text) {
                Ok(())
            } else {
                Err(format!(
                    "wanted the text\n{}\ngot\n{text}",
                    meaning(memory, pattern)
                ))
            }
        }),
        BodyRule::Bytes(bytes) => same(bytes, &answer.body),
        BodyRule::SameAs(name) => match memory.body(name) {
            Some(bytes) => same(bytes, &answer.body),
            None => Err(format!("no body was kept as {name}")),
        },
        BodyRule::Contains(words) => text().and_then(|text| {
            match words
                .iter()
                .find(|words| !memory.fits_lines(&format!("…{words}…"), text))
            {
                Some(words) => Err(format!("wanted {words:?} in {text:?}")),
                None => Ok(()),
            }
        }),
        BodyRule::Xml(root, ordered) => text().and_then(xml::read).and_then(|actual| {
            if xml::fits_element(memory, root, &actual, *ordered) {
                Ok(())
            } else {
                Err(format!("wanted {root}\n     got {actual}"))
            }
        }),
        BodyRule::Error(wanted) => text()
            .and_then(xml::read)
            .and_then(|root| error(memory, wanted, &root, faults)),
        BodyRule::Propstats(name, wanted, at_least) => {
            text().and_then(xml::read).and_then(|root| {
                if root.name != *name {
                    return Err(format!("wanted {name}, got {root}"));
                }
                let have = propstats(&root, "")?;
                properties(memory, "", wanted, &have, *at_least, faults);
                Ok(())
            })
        }
        BodyRule::Multistatus(wanted) => text()
            .and_then(|text| xml::read(text).map_err(|error| format!("not XML: {error}: {text}")))
            .and_then(|root| multistatus(memory, wanted, &root, faults)),
    };
    if let Err(fault) = result {
        faults.push(fault);
    }
}

/// Where a file says nothing about the body: a success has none, an error may have a sentence for
/// people, and XML is never unexpected news.
fn unsaid(answer: &Answer, method: &str) -> Result<(), String> {
    let xml = answer
        .header("content-type")
        .is_some_and(|value| value.contains("xml"));
    if method == "HEAD" || answer.body.is_empty() || (answer.status >= 300 && !xml) {
        return Ok(());
    }
    Err(format!("a body that nobody expected{}", excerpt(answer)))
}

fn same(wanted: &[u8], got: &[u8]) -> Result<(), String> {
    if wanted == got {
        return Ok(());
    }
    let at = wanted
        .iter()
        .zip(got)
        .position(|(a, b)| a != b)
        .unwrap_or(wanted.len().min(got.len()));
    let near = |bytes: &[u8]| {
        let end = bytes.len().min(at + 60);
        bytes[at.saturating_sub(20).min(end)..end]
            .escape_ascii()
            .to_string()
    };
    Err(format!(
        "{} bytes wanted, {} got; they part at byte {at}: wanted …{}… got …{}…",
        wanted.len(),
        got.len(),
        near(wanted),
        near(got)
    ))
}

/// RFC 4918 section 16: preconditions are children of DAV:error. A responsedescription (section
/// 14.25) and elements of other namespaces may tell people more.
fn error(
    memory: &mut Memory,
    wanted: &[(Vec<Name>, Content)],
    root: &Element,
    faults: &mut Vec<String>,
) -> Result<(), String> {
    if !root.name.is_dav("error") {
        return Err(format!("wanted DAV:error, got {root}"));
    }
    for (names, content) in wanted {
        let name = names
            .iter()
            .map(Name::to_string)
            .collect::<Vec<_>>()
            .join(" or ");
        match root.children().find(|child| names.contains(&child.name)) {
            None => faults.push(format!("wanted {name} in {root}")),
            Some(have) if !content_fits(memory, content, have) => {
                faults.push(format!(
                    "wanted {name} = {}, got {have}",
                    content_text(memory, content)
                ));
            }
            Some(_) => {}
        }
    }
    let standard = |name: &Name| {
        let for_people = name.is_dav("responsedescription");
        !for_people && (name.space == "DAV:" || name.space.starts_with("urn:ietf:params:xml:ns:"))
    };
    for have in root.children().filter(|child| standard(&child.name)) {
        if !wanted.iter().any(|(names, _)| names.contains(&have.name)) {
            faults.push(format!("nobody expected {have}"));
        }
    }
    Ok(())
}

struct HaveProperty {
    status: u16,
    element: Element,
    errors: Vec<Name>,
}

struct HaveResponse {
    href: String,
    status: Option<u16>,
    errors: Vec<Name>,
    properties: Vec<HaveProperty>,
}

fn status_line(element: &Element) -> Result<u16, String> {
    let text = element.text();
    let digits = text
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("not a status line: {text:?}"))
}

fn error_names(element: &Element) -> Vec<Name> {
    element
        .child("error")
        .map(|error| error.children().map(|e| e.name.clone()).collect())
        .unwrap_or_default()
}

fn propstats(parent: &Element, href: &str) -> Result<Vec<HaveProperty>, String> {
    let mut have: Vec<HaveProperty> = Vec::new();
    for propstat in parent
        .children()
        .filter(|child| child.name.is_dav("propstat"))
    {
        let status = propstat
            .child("status")
            .ok_or_else(|| format!("{href}: a propstat without status"))?;
        let status = status_line(status)?;
        let errors = error_names(propstat);
        let prop = propstat
            .child("prop")
            .ok_or_else(|| format!("{href}: a propstat without prop"))?;
        for element in prop.children() {
            if have.iter().any(|known| known.element.name == element.name) {
                return Err(format!("{href}: {} is answered twice", element.name));
            }
            have.push(HaveProperty {
                status,
                element: element.clone(),
                errors: errors.clone(),
            });
        }
    }
    Ok(have)
}

fn responses(root: &Element) -> Result<Vec<HaveResponse>, String> {
    let mut all: Vec<HaveResponse> = Vec::new();
    for response in root
        .children()
        .filter(|child| child.name.is_dav("response"))
    {
        let status = response.child("status").map(status_line).transpose()?;
        let properties = propstats(response, "response")?;
        let hrefs = response
            .children()
            .filter(|child| child.name.is_dav("href"))
            .collect::<Vec<_>>();
        // RFC 4918 section 14.24: one href with propstats, or hrefs with a status.
        if hrefs.is_empty() || (status.is_none() && hrefs.len() > 1) {
            return Err(format!("a response with {} hrefs: {response}", hrefs.len()));
        }
        let has_propstat = response.child("propstat").is_some();
        if status.is_some() == has_propstat {
            return Err(format!(
                "a response needs either a status or propstats: {response}"
            ));
        }
        let mut properties = Some(properties);
        for href in hrefs {
            let href = href.text();
            if all.iter().any(|known| known.href == href) {
                return Err(format!("{href} is answered twice"));
            }
            let errors = error_names(response);
            let properties = properties.take().unwrap_or_default();
            all.push(HaveResponse {
                href,
                status,
                errors,
                properties,
            });
        }
    }
    Ok(all)
}

fn multistatus(
    memory: &mut Memory,
    wanted: &Multistatus,
    root: &Element,
    faults: &mut Vec<String>,
) -> Result<(), String> {
    if !root.name.is_dav("multistatus") {
        return Err(format!("wanted DAV:multistatus, got {root}"));
    }
    let mut have = responses(root)?;
    for want in &wanted.responses {
        if let Some(unknown) = memory.unknown(&want.href) {
            faults.push(unknown);
            continue;
        }
        // Where an href is a pattern, several may fit it: the one whose properties fit too is meant.
        let fitting = |memory: &Memory, full: bool| {
            have.iter().position(|have| {
                let mut trial = memory.clone();
                let mut faults = Vec::new();
                trial.fits(&want.href, &have.href)
                    && (!full || {
                        response(&mut trial, want, have, &mut faults);
                        faults.is_empty()
                    })
            })
        };
        match fitting(memory, true).or_else(|| fitting(memory, false)) {
            Some(place) => {
                let have = have.remove(place);
                memory.fits(&want.href, &have.href);
                response(memory, want, &have, faults);
            }
            None => faults.push(format!("no response for {}", meaning(memory, &want.href))),
        }
    }
    if !wanted.at_least {
        for have in have {
            let properties = have
                .properties
                .iter()
                .map(|p| format!("{} {}", p.status, p.element));
            let status = have.status.map(|status| status.to_string());
            let what = status
                .into_iter()
                .chain(properties)
                .collect::<Vec<_>>()
                .join(" ");
            faults.push(format!(
                "nobody expected a response for {}: {what}",
                have.href
            ));
        }
    }
    let token = root.child("sync-token").map(Element::text);
    match (&wanted.sync_token, token) {
        (None, None) => {}
        (None, Some(token)) => faults.push(format!("nobody expected sync-token {token}")),
        (Some(pattern), None) => faults.push(format!("no sync-token; wanted {pattern}")),
        (Some(pattern), Some(token)) => {
            if let Some(unknown) = memory.unknown(pattern) {
                faults.push(unknown);
            } else if !memory.fits(pattern, &token) {
                faults.push(format!(
                    "sync-token: wanted {}, got {token}",
                    meaning(memory, pattern)
                ));
            }
        }
    }
    let known = ["response", "sync-token", "responsedescription"];
    for child in root.children() {
        if !known.iter().any(|local| child.name.is_dav(local)) {
            faults.push(format!("nobody expected {child}"));
        }
    }
    Ok(())
}

fn response(memory: &mut Memory, want: &Response, have: &HaveResponse, faults: &mut Vec<String>) {
    let href = &have.href;
    if want.status != have.status {
        let say = |status: Option<u16>| {
            status.map_or("properties".to_owned(), |status| status.to_string())
        };
        faults.push(format!(
            "{href}: wanted {}, got {}",
            say(want.status),
            say(have.status)
        ));
    }
    compare_errors(href, &want.errors, &have.errors, faults);
    properties(
        memory,
        href,
        &want.properties,
        &have.properties,
        want.at_least,
        faults,
    );
}

fn compare_errors(place: &str, want: &[Name], have: &[Name], faults: &mut Vec<String>) {
    for name in want.iter().filter(|name| !have.contains(name)) {
        faults.push(format!("{place}: wanted the error {name}"));
    }
    for name in have.iter().filter(|name| !want.contains(name)) {
        faults.push(format!("{place}: nobody expected the error {name}"));
    }
}

fn properties(
    memory: &mut Memory,
    href: &str,
    wanted: &[Property],
    have: &[HaveProperty],
    at_least: bool,
    faults: &mut Vec<String>,
) {
    for want in wanted {
        let Some(have) = have.iter().find(|have| have.element.name == want.name) else {
            faults.push(format!(
                "{href}: nothing about {}; wanted {}",
                want.name,
                either(&want.status)
            ));
            continue;
        };
        if !want.status.contains(&have.status) {
            let (name, status) = (&want.name, either(&want.status));
            faults.push(format!(
                "{href}: {name}: wanted {status}, got {} {}",
                have.status, have.element
            ));
            continue;
        }
        if have.status >= 300 && want.status.len() > 1 {
            continue;
        }
        compare_errors(
            &format!("{href}: {}", want.name),
            &want.errors,
            &have.errors,
            faults,
        );
        if let Some(unknown) = unknown_in(memory, &want.content) {
            faults.push(format!("{href}: {}: {unknown}", want.name));
        } else if !content_fits(memory, &want.content, &have.element) {
            let wanted = content_text(memory, &want.content);
            let got = xml::show(&have.element.content);
            faults.push(format!(
                "{href}: {}:\n  wanted {wanted}\n     got {got}",
                want.name
            ));
        }
    }
    if !at_least {
        for have in have
            .iter()
            .filter(|have| !wanted.iter().any(|want| want.name == have.element.name))
        {
            faults.push(format!(
                "{href}: nobody expected {} {}",
                have.status, have.element
            ));
        }
    }
}

fn content_fits(memory: &mut Memory, content: &Content, have: &Element) -> bool {
    match content {
        Content::Unordered(nodes) => xml::fits(memory, nodes, &have.content, false),
        Content::Ordered(nodes) => xml::fits(memory, nodes, &have.content, true),
        Content::Text(text) => memory.fits_lines(text, have.text().trim_end_matches(['\r', '\n'])),
        Content::Whole(element) => xml::fits_element(memory, element, have, true),
        Content::Free => true,
    }
}

fn content_text(memory: &Memory, content: &Content) -> String {
    meaning(
        memory,
        &match content {
            Content::Unordered(nodes) | Content::Ordered(nodes) => xml::show(nodes),
            Content::Text(text) => text.clone(),
            Content::Whole(element) => element.to_string(),
            Content::Free => "anything".into(),
        },
    )
}

fn unknown_in(memory: &Memory, content: &Content) -> Option<String> {
    fn nodes(memory: &Memory, content: &[Node]) -> Option<String> {
        content.iter().find_map(|node| match node {
            Node::Text(text) => memory.unknown(text),
            Node::Element(element) => nodes(memory, &element.content),
        })
    }
    match content {
        Content::Unordered(content) | Content::Ordered(content) => nodes(memory, content),
        Content::Text(text) => memory.unknown(text),
        Content::Whole(element) => nodes(memory, &element.content),
        Content::Free => None,
    }
}
