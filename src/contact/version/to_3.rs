//! From vCard 4.0 (RFC 6350) to 3.0 (RFC 2426).

use std::collections::{HashMap, HashSet};

use super::date::{self, Date};
use super::media;
use super::names;
use super::property::Property;
use crate::text::line::{escape, unescape};

/// The properties of the same card; VERSION is not among them.
pub fn convert(card: Vec<Property>) -> Vec<Property> {
    let preferred = preferred(&card);
    let mut groups = Groups::of(&card);
    let mut has_n = false;
    let mut converted = Vec::with_capacity(card.len());
    for mut property in card {
        let relation = parameters(&mut property, &preferred);
        let mut beside = None;
        match property.name.to_ascii_uppercase().as_str() {
            // 3.0 has one name, and no alternatives to it.
            "N" if has_n => property.rename("X-N"),
            "N" => {
                has_n = true;
                beside = sort_string(&mut property);
            }
            "ADR" => beside = address_label(&mut property),
            "ANNIVERSARY" if day(&mut property) => {
                property.rename("X-ABDATE");
                beside = groups.label(&mut property, names::ANNIVERSARY);
            }
            "ANNIVERSARY" => property.rename("X-ANNIVERSARY"),
            "RELATED" if property.says("VALUE", "text") => {
                property.rename("X-ABRELATEDNAMES");
                property.drop_parameter("VALUE");
                if let Some(relation) = relation {
                    beside = groups.label(&mut property, &relation);
                }
            }
            _ => one(&mut property),
        }
        if property.name.is_empty() {
            converted.extend(beside);
        } else {
            converted.push(property);
            converted.extend(beside);
        }
    }
    names::require_fn(&mut converted);
    if !has_n {
        require_n(&mut converted);
    }
    converted
}

/// The best PREF of the properties of each name: what 3.0 calls preferred.
fn preferred(card: &[Property]) -> HashMap<String, u8> {
    let mut best = HashMap::new();
    for property in card {
        if let Some(pref) = pref(property) {
            let name = property.name.to_ascii_uppercase();
            let least = best.entry(name).or_insert(pref);
            *least = pref.min(*least);
        }
    }
    best
}

fn pref(property: &Property) -> Option<u8> {
    property.values("PREF").first()?.trim().parse().ok()
}

/// Gives Apple's label for the type of a relation, which 3.0 has in its place.
fn parameters(property: &mut Property, preferred: &HashMap<String, u8>) -> Option<String> {
    property.drop_parameter("CHARSET");
    let mut types = property.take_types();
    let mut relation = None;
    if property.is("RELATED") && property.says("VALUE", "text") {
        let known = types
            .iter()
            .position(|one| names::label_of_relation(one).is_some());
        relation = known
            .and_then(|at| names::label_of_relation(&types.remove(at)))
            .map(str::to_owned);
    }
    if let Some(pref) = pref(property)
        && preferred.get(&property.name.to_ascii_uppercase()) == Some(&pref)
    {
        property.drop_parameter("PREF");
        types.push("pref".into());
    }
    property.add_types(&types);
    let is_media = media::is_of(property);
    for parameter in &mut property.parameters {
        let only_in_4 = names::ONLY_IN_4.iter().find(|name| parameter.is(name));
        // What is media says it in its own way.
        if let Some(name) = only_in_4.filter(|name| !(is_media && **name == "MEDIATYPE")) {
            parameter.name = format!("X-{name}");
        }
    }
    relation
}

fn one(property: &mut Property) {
    match property.name.to_ascii_uppercase().as_str() {
        _ if media::is_of(property) => media::to_3(property),
        "UID" => property.drop_parameter("VALUE"),
        "BDAY" if day(property) => {}
        "BDAY" => property.rename("X-BDAY"),
        "REV" => {
            if let Some(rev) = Date::parse(&property.value) {
                property.value = rev.extended(names::OMITTED);
            }
        }
        "X-REV" => property.rename("REV"),
        "TEL" => telephone(property),
        "GEO" => geo(property),
        "TZ" => zone(property),
        "KIND" => kind(property),
        "MEMBER" => property.rename("X-ADDRESSBOOKSERVER-MEMBER"),
        "GENDER" => gender(property),
        "CLIENTPIDMAP" => property.rename("X-CLIENTPIDMAP"),
        "X-AGENT" => property.rename("AGENT"),
        "RELATED" => related(property),
        _ => {}
    }
}

/// A day in the form of 3.0; false where 3.0 has none for it.
fn day(property: &mut Property) -> bool {
    if property.says("VALUE", "text") {
        return false;
    }
    match Date::parse(&property.value) {
        Some(date) if date.year.is_some() || !date.has_time() => {
            property.drop_parameter("VALUE");
            if date.has_time() {
                property.add_parameter("VALUE", &["date-time"]);
            }
            if date.year.is_none() {
                property.add_parameter(names::OMIT_YEAR, &[names::OMITTED]);
            }
            property.value = date.extended(names::OMITTED);
            true
        }
        _ => false,
    }
}

/// SORT-AS of a name is the property SORT-STRING (RFC 2426 section 3.6.5).
fn sort_string(name: &mut Property) -> Option<Property> {
    let keys = name.take_parameter("X-SORT-AS");
    let text = keys.join(",");
    (!text.is_empty()).then(|| Property::new("SORT-STRING", escape(&text)))
}

/// LABEL of an address is a property of the same types (RFC 2426 section 3.2.2). The example of RFC
/// 6350 section 6.3.1 has `\n` in it, as clients do, and RFC 6868 `^n`.
fn address_label(address: &mut Property) -> Option<Property> {
    let labels = address.take_parameter("LABEL");
    let text = labels.first()?.replace("\\n", "\n").replace("\\N", "\n");
    let mut label = Property {
        group: address.group.clone(),
        ..Property::new("LABEL", escape(&text))
    };
    label.add_types(&address.clone().take_types());
    // An address that was made for its label alone.
    if address.value.bytes().all(|byte| byte == b';') {
        address.name.clear();
    }
    Some(label)
}

/// Groups, for the names that Apple gives to properties through them.
struct Groups {
    labelled: HashSet<String>,
    /// The number of the last `itemN`.
    last: u32,
}

impl Groups {
    fn of(card: &[Property]) -> Groups {
        let mut last = 0;
        for property in card {
            let number = property.group.as_ref().and_then(|group| {
                group
                    .to_ascii_lowercase()
                    .strip_prefix("item")?
                    .parse()
                    .ok()
            });
            last = last.max(number.unwrap_or(0));
        }
        Groups {
            labelled: names::labels(card).into_keys().collect(),
            last,
        }
    }

    /// Gives the property a label, unless its group has one.
    fn label(&mut self, property: &mut Property, label: &str) -> Option<Property> {
        let group = property.group.get_or_insert_with(|| {
            self.last = self.last.saturating_add(1);
            format!("item{}", self.last)
        });
        self.labelled
            .insert(group.to_ascii_lowercase())
            .then(|| Property {
                group: Some(group.clone()),
                ..Property::new("X-ABLabel", label)
            })
    }
}

/// RFC 6350 section 6.4.1: 3.0 has the number without its scheme.
fn telephone(property: &mut Property) {
    let value = property.take_parameter("VALUE");
    let scheme = property
        .value
        .get(..4)
        .is_some_and(|s| s.eq_ignore_ascii_case("tel:"));
    if scheme && value.iter().any(|v| v.eq_ignore_ascii_case("uri")) {
        property.value = escape(property.value.get(4..).unwrap_or_default());
    }
}

fn geo(property: &mut Property) {
    let plain = unescape(&property.value);
    let place = plain
        .get(..4)
        .filter(|s| s.eq_ignore_ascii_case("geo:"))
        .and(plain.get(4..));
    let numbers: Vec<&str> = place.unwrap_or_default().split(',').collect();
    match numbers.as_slice() {
        [latitude, longitude] if numbers.iter().all(|n| n.parse::<f64>().is_ok()) => {
            property.value = format!("{latitude};{longitude}");
            property.drop_parameter("VALUE");
        }
        // A height, a reference system, another kind of URI: 3.0 has two numbers.
        _ => property.rename("X-GEO"),
    }
}

fn zone(property: &mut Property) {
    let value = property.take_parameter("VALUE");
    let is = |kind: &str| value.iter().any(|v| v.eq_ignore_ascii_case(kind));
    match date::zone(property.value.trim())
        .as_deref()
        .and_then(|z| z.split_at_checked(3))
    {
        Some((hours, minutes)) if is("utc-offset") => property.value = format!("{hours}:{minutes}"),
        _ if is("uri") => property.add_parameter("VALUE", &["uri"]),
        _ => property.add_parameter("VALUE", &["text"]),
    }
}

/// What Apple calls a group and a company; 3.0 has no word for other kinds.
fn kind(property: &mut Property) {
    if property.value.eq_ignore_ascii_case("group") {
        property.rename("X-ADDRESSBOOKSERVER-KIND");
    } else if property.value.eq_ignore_ascii_case("org") {
        property.rename("X-ABShowAs");
        property.value = "COMPANY".into();
    }
}

fn gender(property: &mut Property) {
    property.rename("X-GENDER");
    property.value = match property.value.trim_end_matches(';') {
        "M" | "m" => "Male".into(),
        "F" | "f" => "Female".into(),
        other => other.strip_prefix(';').unwrap_or(other).to_owned(),
    };
}

/// Somebody who acts for another is an AGENT (RFC 2426 section 3.5.4). Other relations that are
/// not texts stay as they are.
fn related(property: &mut Property) {
    let mut types = property.clone().take_types();
    types.retain(|one| !one.eq_ignore_ascii_case("agent"));
    if types.is_empty() && property.says("TYPE", "agent") {
        property.rename("AGENT");
        property.drop_parameter("TYPE");
        property.drop_parameter("VALUE");
        property.add_parameter("VALUE", &["uri"]);
    }
}

/// RFC 2426 section 3.1.2 demands a name by its parts. Which parts a full name has cannot be known;
/// as the family name it is shown as it is.
fn require_n(card: &mut Vec<Property>) {
    let full = card.iter().position(|property| property.is("FN"));
    let Some(full) = full else { return };
    let name = card
        .get(full)
        .map(|property| unescape(&property.value).into_owned());
    let name = escape(&name.unwrap_or_default());
    card.insert(full + 1, Property::new("N", format!("{name};;;;")));
}
