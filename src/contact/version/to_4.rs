//! From vCard 3.0 (RFC 2426) to 4.0 (RFC 6350).

use std::collections::{HashMap, HashSet};

use super::date::{self, Date};
use super::media::{self, as_uri};
use super::names;
use super::property::Property;
use crate::text::line::unescape;

/// The properties of the same card; VERSION is not among them.
pub fn convert(card: Vec<Property>) -> Vec<Property> {
    let labels = names::labels(&card);
    let mut once = Once::of(&card);
    let mut converted = Vec::with_capacity(card.len());
    let has_n = card.iter().any(|property| property.is("N"));
    let mut sort_string = None;
    let mut address_labels = Vec::new();
    for mut property in card {
        parameters(&mut property);
        let label = property
            .group
            .as_ref()
            .and_then(|group| labels.get(&group.to_ascii_lowercase()))
            .map(String::as_str);
        match property.name.to_ascii_uppercase().as_str() {
            // Says that this is a vCard (RFC 2426 section 2.1.2).
            "PROFILE" => continue,
            // The parameter SORT-AS of N (RFC 6350 section 5.9); without N it stays.
            "SORT-STRING" if has_n && sort_string.is_none() => {
                sort_string = Some(unescape(&property.value).into_owned());
                continue;
            }
            // The place is kept, in case that no ADR takes it.
            "LABEL" => address_labels.push(converted.len()),
            _ => one(&mut property, label, &mut once),
        }
        converted.push(property);
    }
    if let Some(text) = sort_string
        && let Some(name) = converted.iter_mut().find(|property| property.is("N"))
    {
        name.drop_parameter("SORT-AS");
        name.add_parameter("SORT-AS", &[text]);
    }
    give_labels(&address_labels, &mut converted);
    converted.retain(|property| !property.name.is_empty());
    names::require_fn(&mut converted);
    converted
}

/// What 4.0 allows once in a card, and a 3.0 card may say in several ways.
struct Once {
    anniversary: bool,
    kind: bool,
    gender: bool,
    handles: HashSet<String>,
}

impl Once {
    fn of(card: &[Property]) -> Once {
        let has = |name: &str| card.iter().any(|property| property.is(name));
        Once {
            anniversary: has("ANNIVERSARY"),
            kind: has("KIND") || has("X-ADDRESSBOOKSERVER-KIND"),
            gender: has("GENDER"),
            handles: card
                .iter()
                .filter(|property| property.is("IMPP"))
                .filter_map(|property| as_uri(&property.value).split_once(':').map(handle))
                .collect(),
        }
    }
}

fn handle((_, handle): (&str, &str)) -> String {
    handle.trim_start_matches('/').to_lowercase()
}

fn parameters(property: &mut Property) {
    // RFC 6350 appendix A: there is no CHARSET any more, and no ENCODING.
    property.drop_parameter("CHARSET");
    if property.says("ENCODING", "8BIT") || property.says("ENCODING", "7BIT") {
        property.drop_parameter("ENCODING");
    }
    for parameter in &mut property.parameters {
        if let Some(name) = names::ONLY_IN_4
            .iter()
            .find(|name| parameter.is(&format!("X-{name}")))
        {
            (*name).clone_into(&mut parameter.name);
        }
    }
    if property.has_parameter("TYPE") {
        let mut types = property.take_types();
        let count = types.len();
        types.retain(|one| !one.eq_ignore_ascii_case("pref"));
        let preferred = types.len() < count;
        if property.is("EMAIL") {
            types.retain(|one| !one.eq_ignore_ascii_case("internet"));
        }
        property.add_types(&types);
        if preferred && !property.has_parameter("PREF") {
            property.add_parameter("PREF", &["1"]);
        }
    }
}

fn one(property: &mut Property, label: Option<&str>, once: &mut Once) {
    match property.name.to_ascii_uppercase().as_str() {
        _ if media::is_of(property) => media::to_4(property),
        "URL" | "SOURCE" | "FBURL" | "CALURI" | "CALADRURI" | "IMPP" => {
            property.value = as_uri(&property.value);
        }
        "UID" => uid(property),
        "BDAY" | "DEATHDATE" => day(property),
        "X-BDAY" => text_day(property, "BDAY"),
        "ANNIVERSARY" => day(property),
        "X-ANNIVERSARY" | "X-EVOLUTION-ANNIVERSARY" | "X-KADDRESSBOOK-X-ANNIVERSARY"
            if !once.anniversary =>
        {
            once.anniversary = true;
            text_day(property, "ANNIVERSARY");
        }
        "X-ABDATE" if !once.anniversary && label.is_some_and(names::is_anniversary) => {
            once.anniversary = true;
            property.rename("ANNIVERSARY");
            day(property);
        }
        "REV" => match Date::parse(&property.value) {
            Some(rev) => {
                property.drop_parameter("VALUE");
                property.value = rev.basic();
                if !rev.has_time() {
                    property.value.push_str("T000000Z");
                }
            }
            // 4.0 has no other form.
            None => property.rename("X-REV"),
        },
        "X-REV" => property.rename("REV"),
        "GEO" => geo(property),
        "TZ" => zone(property),
        "X-ADDRESSBOOKSERVER-KIND" => property.rename("KIND"),
        "X-ADDRESSBOOKSERVER-MEMBER" => property.rename("MEMBER"),
        "X-ABSHOWAS" if property.value.eq_ignore_ascii_case("company") && !once.kind => {
            once.kind = true;
            property.rename("KIND");
            property.value = "org".into();
        }
        "X-GENDER" if !once.gender => {
            once.gender = true;
            gender(property);
        }
        "X-ABRELATEDNAMES" => {
            property.rename("RELATED");
            property.drop_parameter("VALUE");
            property.add_parameter("VALUE", &["text"]);
            if let Some(relation) = label.and_then(names::relation_of_label) {
                let mut types = property.take_types();
                types.push(relation.to_owned());
                property.add_types(&types);
            }
        }
        "AGENT" => agent(property),
        "X-N" => property.rename("N"),
        "X-CLIENTPIDMAP" => property.rename("CLIENTPIDMAP"),
        name => {
            if let Some((scheme, service)) = names::messenger(name) {
                messenger(property, scheme, service, once);
            }
        }
    }
}

/// A UID is never another one: bare ones stay what they are, as text (RFC 6350 section 6.7.6).
fn uid(property: &mut Property) {
    property.drop_parameter("VALUE");
    let is_uri = property
        .value
        .split_once(':')
        .is_some_and(|(scheme, rest)| {
            let mut bytes = scheme.bytes();
            !rest.is_empty()
                && bytes
                    .next()
                    .is_some_and(|first| first.is_ascii_alphabetic())
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        });
    if !is_uri {
        property.add_parameter("VALUE", &["text"]);
    }
}

/// A date in the form of 4.0; as text where it is none.
fn day(property: &mut Property) {
    let omitted = property.take_parameter(names::OMIT_YEAR);
    if property.says("VALUE", "text") {
        return;
    }
    property.drop_parameter("VALUE");
    match Date::parse(&property.value) {
        Some(mut date) => {
            // Apple's way of a day without year.
            if date
                .year
                .as_ref()
                .is_some_and(|year| omitted.contains(year))
            {
                date.year = None;
            }
            property.value = date.basic();
        }
        None if is_short_date(&property.value) => {}
        None => property.add_parameter("VALUE", &["text"]),
    }
}

/// What only 4.0 can say, kept in 3.0 under another name.
fn text_day(property: &mut Property, name: &str) {
    property.rename(name);
    day(property);
}

/// The shorter forms of 4.0 (RFC 6350 section 4.3): `1985`, `1985-04`, `---12`, `T1022`.
fn is_short_date(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    let (date, time) = match shape.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (shape.as_str(), None),
    };
    let dates = ["9999", "9999-99", "--99", "---99", "--9999", "99999999"];
    let times = ["99", "9999", "999999", "-9999", "-99", "--99"];
    let zones = ["", "Z", "+99", "-99", "+9999", "-9999"];
    let is_time = |time: &str| {
        zones
            .iter()
            .any(|zone| time.strip_suffix(zone).is_some_and(|t| times.contains(&t)))
    };
    match time {
        None => dates.contains(&date),
        Some(time) => (date.is_empty() || dates.contains(&date)) && is_time(time),
    }
}

/// `37.386013;-122.082932` is `geo:37.386013,-122.082932` (RFC 6350 section 6.5.2).
fn geo(property: &mut Property) {
    let plain = unescape(&property.value).into_owned();
    let numbers: Vec<&str> = plain.split([';', ',']).map(str::trim).collect();
    if let [latitude, longitude] = numbers.as_slice()
        && numbers.iter().all(|n| n.parse::<f64>().is_ok())
    {
        property.value = format!("geo:{latitude},{longitude}");
    }
}

/// An offset is the default in 3.0, a text in 4.0 (RFC 6350 section 6.5.1).
fn zone(property: &mut Property) {
    let value = property.take_parameter("VALUE");
    match date::zone(property.value.trim()) {
        Some(offset) if offset != "Z" && !value.iter().any(|v| v.eq_ignore_ascii_case("text")) => {
            property.add_parameter("VALUE", &["utc-offset"]);
            property.value = offset;
        }
        _ => {
            if let Some(uri) = value.iter().find(|v| v.eq_ignore_ascii_case("uri")) {
                property.add_parameter("VALUE", &[uri]);
            }
        }
    }
}

fn gender(property: &mut Property) {
    property.rename("GENDER");
    let text = property.value.clone();
    let sex = text.split(';').next().unwrap_or_default();
    property.value = match text.to_ascii_lowercase().as_str() {
        "male" => "M".into(),
        "female" => "F".into(),
        _ if ["", "M", "F", "O", "N", "U"].contains(&sex) => text,
        _ => format!(";{text}"),
    };
}

/// RFC 6350 has no AGENT: one that is elsewhere is a relation, one that is here stays as it is.
fn agent(property: &mut Property) {
    if property.says("VALUE", "uri") {
        property.rename("RELATED");
        property.drop_parameter("VALUE");
        property.add_types(&["agent".to_owned()]);
    } else {
        property.rename("X-AGENT");
    }
}

/// RFC 6350 section 6.4.3. Apple writes some addresses twice.
fn messenger(property: &mut Property, scheme: &str, service: &str, once: &mut Once) {
    let address = unescape(&property.value).trim().to_owned();
    let plain = address
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"@._-+~".contains(&byte));
    if address.is_empty() || !plain || !once.handles.insert(address.to_lowercase()) {
        return;
    }
    property.rename("IMPP");
    property.drop_parameter("VALUE");
    property.add_parameter("X-SERVICE-TYPE", &[service]);
    property.value = format!("{scheme}:{address}");
}

/// LABEL is a parameter of the ADR it belongs to: that of the same group or, without one, the next
/// of the same types. Without such an ADR it makes one.
fn give_labels(labels: &[usize], converted: &mut [Property]) {
    let key = |property: &Property| {
        let mut types = property.clone().take_types();
        types.iter_mut().for_each(|one| one.make_ascii_lowercase());
        types.sort();
        let group = property.group.as_ref().map(|g| g.to_ascii_lowercase());
        (group, types)
    };
    let mut addresses: HashMap<_, Vec<usize>> = HashMap::new();
    if !labels.is_empty() {
        for (at, property) in converted.iter().enumerate().rev() {
            if property.is("ADR") && !property.has_parameter("LABEL") {
                addresses.entry(key(property)).or_default().push(at);
            }
        }
    }
    for at in labels {
        let Some(label) = converted.get_mut(*at) else {
            continue;
        };
        let text = unescape(&label.value).into_owned();
        let found = addresses.get_mut(&key(label)).and_then(Vec::pop);
        match found {
            Some(address) => {
                // Taken out with the others that have no name.
                label.name.clear();
                if let Some(address) = converted.get_mut(address) {
                    address.add_parameter("LABEL", &[text]);
                }
            }
            None => {
                label.rename("ADR");
                label.drop_parameter("VALUE");
                label.add_parameter("LABEL", &[text]);
                label.value = ";;;;;;".into();
            }
        }
    }
}
