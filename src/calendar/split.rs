//! A file of many components into calendar object resources (RFC 4791 section 4.1): one UID each,
//! exceptions with their master, the time zones it names, and what the file says of itself.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::calendar::component::Component;
use crate::calendar::object;
use crate::text::line::{Lines, unescape};
use crate::text::nest::{self, Nest};
use crate::text::piece::{Mark, Roughs, made_uid};

/// What a file says about the collection it came from: no object's affair. METHOD is a message's,
/// and no resource may have one. (RFC 7986 section 5, and what came before it.)
const NOT_AN_OBJECTS: [&str; 15] = [
    "METHOD",
    "NAME",
    "DESCRIPTION",
    "UID",
    "URL",
    "COLOR",
    "IMAGE",
    "SOURCE",
    "REFRESH-INTERVAL",
    "LAST-MODIFIED",
    "X-WR-CALNAME",
    "X-WR-CALDESC",
    "X-WR-RELCALID",
    "X-PUBLISHED-TTL",
    "X-APPLE-CALENDAR-COLOR",
];

/// Bytes of what every object gets a copy of: a time zone, and the lines of the file's own. Real
/// ones have a hundredth of it.
const LARGEST_COPIED: usize = 64 << 10;

/// Components inside components that are followed; what is deeper is refused when it is read.
const DEEPEST: usize = 2 * nest::MAX_DEPTH;

/// A file, cut.
#[derive(Default)]
pub struct Split<'a> {
    calendars: Vec<Calendar<'a>>,
    zones: HashMap<(usize, String), &'a [u8]>,
    pieces: Vec<Piece<'a>>,
    objects: Vec<Vec<usize>>,
    /// What could not be read: line and reason.
    pub refused: Vec<(usize, String)>,
    /// What the file calls its calendar.
    pub name: Option<String>,
}

/// The lines of one VCALENDAR that stand outside of its components.
#[derive(Default)]
struct Calendar<'a> {
    head: Vec<u8>,
    foot: &'a [u8],
}

/// A component of a calendar.
struct Piece<'a> {
    calendar: usize,
    line: usize,
    raw: &'a [u8],
    component: Component,
    /// Length of its BEGIN line, and the UID line that belongs behind it where it has none.
    made: Option<(usize, String)>,
    zones: BTreeSet<String>,
}

/// One object out of a file.
pub struct Made {
    pub bytes: Vec<u8>,
    /// Where its first component stands in the file.
    pub line: usize,
    pub component: Component,
    /// Whether it got its UID here.
    pub uid_was_made: bool,
}

/// Cuts a file. Only its BEGIN and END lines are trusted, so that a broken component costs itself.
#[must_use]
pub fn split(bytes: &[u8]) -> Split<'_> {
    let mut split = Split::default();
    if let Ok(object) = object::read(bytes) {
        split.name = name_of(bytes);
        split.whole(bytes, object.component);
        return split;
    }
    split.cut(bytes);
    split.gather();
    split
}

impl<'a> Split<'a> {
    /// A file that is one object already stays as it is.
    fn whole(&mut self, bytes: &'a [u8], component: Component) {
        self.calendars.push(Calendar::default());
        self.pieces.push(Piece {
            calendar: 0,
            line: 1,
            raw: bytes,
            component,
            made: None,
            zones: BTreeSet::new(),
        });
        self.objects.push(vec![0]);
    }

    fn cut(&mut self, bytes: &'a [u8]) {
        // Names of what is open inside VCALENDAR; empty between components.
        let mut open: Vec<String> = Vec::new();
        let mut begun = (0, 0);
        let mut inside = false;
        let mut strayed = false;
        for line in Roughs::new(bytes) {
            let mark = line.mark();
            // What stands at the top of a calendar cannot stand inside another component: the one
            // that is open has lost its END.
            if let Mark::Begin(name) = &mark
                && !open.is_empty()
                && is_top(name)
            {
                self.refuse(begun.0, nest::Reason::NotClosed);
                open.clear();
            }
            match mark {
                Mark::Begin(name) if name == "VCALENDAR" => {
                    self.calendars.push(Calendar {
                        head: line.raw.to_vec(),
                        foot: b"",
                    });
                    (inside, strayed) = (true, false);
                }
                Mark::End(name) if name == "VCALENDAR" && inside => {
                    if !open.is_empty() {
                        self.refuse(begun.0, nest::Reason::NotClosed);
                        open.clear();
                    }
                    if let Some(calendar) = self.calendars.last_mut() {
                        calendar.foot = line.raw;
                    }
                    inside = false;
                }
                _ if !inside => {
                    // One word about a run of lines, and none about blank ones.
                    if !strayed && !line.raw.trim_ascii().is_empty() {
                        strayed = true;
                        self.refuse(line.number, nest::Reason::Outside);
                    }
                }
                Mark::Begin(name) => {
                    if open.is_empty() {
                        begun = (line.number, line.start);
                    }
                    if open.len() < DEEPEST {
                        open.push(name);
                    }
                }
                Mark::End(name) if open.is_empty() => {
                    self.refused
                        .push((line.number, format!("END:{name} ends nothing.")));
                }
                Mark::End(name) => {
                    if let Some(at) = open.iter().rposition(|n| *n == name) {
                        open.truncate(at);
                        if open.is_empty() {
                            let end = line.start + line.raw.len();
                            self.piece(begun.0, &bytes[begun.1..end]);
                        }
                    }
                }
                Mark::Other if open.is_empty() => self.of_calendar(line.number, line.raw),
                Mark::Other => {}
            }
        }
        if !open.is_empty() {
            self.refuse(begun.0, nest::Reason::NotClosed);
        } else if inside {
            self.refused
                .push((0, "The end of the file is missing.".into()));
        } else if self.calendars.is_empty() && self.refused.is_empty() {
            self.refused
                .push((0, object::Reason::NotCalendar.to_string()));
        }
    }

    fn refuse(&mut self, line: usize, reason: nest::Reason) {
        self.refused.push((line, reason.to_string()));
    }

    fn of_calendar(&mut self, number: usize, raw: &'a [u8]) {
        let line = match Lines::new(raw).next() {
            Some(Ok(line)) => line,
            Some(Err(e)) => return self.refused.push((number, e.reason.to_string())),
            None => return,
        };
        if line.is("X-WR-CALNAME") || (line.is("NAME") && self.name.is_none()) {
            self.name = Some(unescape(line.value()).into_owned());
        }
        if !line.is_blank()
            && !NOT_AN_OBJECTS.iter().any(|name| line.is(name))
            && let Some(calendar) = self.calendars.last_mut()
        {
            if calendar.head.len() + raw.len() > LARGEST_COPIED {
                let why = "Too much stands outside of the file's components.";
                return self.refused.push((number, why.into()));
            }
            calendar.head.extend_from_slice(raw);
        }
    }

    fn piece(&mut self, number: usize, raw: &'a [u8]) {
        let Some(calendar) = self.calendars.len().checked_sub(1) else {
            return;
        };
        let mut kind = String::new();
        let mut uid = false;
        let mut zones = BTreeSet::new();
        let mut tzid = None;
        let mut begin = 0;
        for step in Nest::new(raw) {
            let step = match step {
                Ok(step) => step,
                Err(e) => {
                    let line = number + e.line - 1;
                    return self.refused.push((line, e.reason.to_string()));
                }
            };
            let line = &step.line;
            match (step.kind, step.depth) {
                (nest::Kind::Begin, 1) => {
                    kind = step.component().to_ascii_uppercase();
                    begin = line.raw().len();
                }
                (nest::Kind::Property, 1) if line.is("UID") => {
                    uid |= !unescape(line.value()).trim().is_empty();
                }
                (nest::Kind::Property, 1) if line.is("TZID") => {
                    tzid = Some(line.value().trim().to_owned());
                }
                _ => {}
            }
            if let Some(zone) = line.parameter("TZID") {
                zones.insert(zone.into_owned());
            }
        }
        if kind == "VTIMEZONE" {
            if raw.len() > LARGEST_COPIED {
                let why = "This is no time zone: it is too long.";
                return self.refused.push((number, why.into()));
            }
            if let Some(tzid) = tzid {
                self.zones.entry((calendar, tzid)).or_insert(raw);
            }
            return;
        }
        let Some(component) = Component::from_name(&kind) else {
            return self.refused.push((
                number,
                format!("{kind} is no component that can be stored."),
            ));
        };
        self.pieces.push(Piece {
            calendar,
            line: number,
            raw,
            component,
            made: (!uid).then(|| (begin, made_uid(raw))),
            zones,
        });
    }

    /// Pieces of one UID are one object, wherever they stand in the file; one that stands in it
    /// twice is one.
    fn gather(&mut self) {
        let mut places: HashMap<(u8, String), usize> = HashMap::new();
        let mut seen: HashSet<(usize, &[u8])> = HashSet::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            let uid = match &piece.made {
                Some((_, uid)) => uid.clone(),
                None => uid_of(piece.raw),
            };
            let next = self.objects.len();
            let place = *places
                .entry((piece.component.number(), uid))
                .or_insert(next);
            if place == next {
                self.objects.push(Vec::new());
            }
            if seen.insert((place, piece.raw)) {
                self.objects[place].push(at);
            }
        }
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The kinds of component the file holds.
    pub fn components(&self) -> impl Iterator<Item = Component> + '_ {
        self.pieces.iter().map(|piece| piece.component)
    }

    /// The objects, put together one by one; every line is one of the file, but for a UID that was
    /// missing and an end that is cut off.
    pub fn objects(&self) -> impl Iterator<Item = Made> + '_ {
        self.objects.iter().filter_map(|pieces| self.object(pieces))
    }

    fn object(&self, pieces: &[usize]) -> Option<Made> {
        let pieces = || pieces.iter().filter_map(|at| self.pieces.get(*at));
        let first = pieces().next()?;
        let calendar = self.calendars.get(first.calendar)?;
        let mut bytes = calendar.head.clone();
        let mut named = HashSet::new();
        for piece in pieces() {
            for tzid in &piece.zones {
                if let Some(zone) = self.zones.get(&(piece.calendar, tzid.clone()))
                    && named.insert(tzid)
                {
                    push_lines(&mut bytes, zone);
                }
            }
        }
        for piece in pieces() {
            match &piece.made {
                Some((begin, uid)) => {
                    let (begin, rest) = piece.raw.split_at(*begin);
                    bytes.extend_from_slice(begin);
                    bytes.extend_from_slice(b"UID:");
                    bytes.extend_from_slice(uid.as_bytes());
                    bytes.extend_from_slice(if begin.ends_with(b"\r\n") {
                        b"\r\n"
                    } else {
                        b"\n"
                    });
                    push_lines(&mut bytes, rest);
                }
                // A file that is one object has no head, and nothing is put behind it.
                None if calendar.head.is_empty() => bytes.extend_from_slice(piece.raw),
                None => push_lines(&mut bytes, piece.raw),
            }
        }
        if !calendar.head.is_empty() {
            let foot: &[u8] = match calendar.foot {
                [] => b"END:VCALENDAR\r\n",
                foot => foot,
            };
            bytes.extend_from_slice(foot);
        }
        Some(Made {
            bytes,
            line: first.line,
            component: first.component,
            uid_was_made: first.made.is_some(),
        })
    }
}

fn is_top(name: &str) -> bool {
    matches!(name, "VCALENDAR" | "VTIMEZONE") || Component::from_name(name).is_some()
}

fn push_lines(bytes: &mut Vec<u8>, lines: &[u8]) {
    bytes.extend_from_slice(lines);
    if !lines.ends_with(b"\n") {
        bytes.extend_from_slice(b"\r\n");
    }
}

fn uid_of(raw: &[u8]) -> String {
    let mut steps = Nest::new(raw).filter_map(Result::ok);
    let uids = steps.find_map(|step| {
        let uid = unescape(step.line.value());
        let found = step.depth == 1
            && step.kind == nest::Kind::Property
            && step.line.is("UID")
            && !uid.trim().is_empty();
        found.then(|| uid.into_owned())
    });
    uids.unwrap_or_default()
}

fn name_of(bytes: &[u8]) -> Option<String> {
    Nest::new(bytes)
        .filter_map(Result::ok)
        .find(|step| step.depth == 1 && step.line.is("X-WR-CALNAME"))
        .map(|step| unescape(step.line.value()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::read;
    use crate::text::corpus::{self, Chance};

    const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nX-WR-CALNAME:Fam\\, all\r\nMETHOD:PUBLISH\r\n";

    fn zone(name: &str) -> String {
        format!(
            "BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
    }

    fn event(uid: &str, more: &str) -> String {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;TZID=A/B:20260101T100000\r\nSUMMARY:fol\r\n ded\r\n{more}END:VEVENT\r\n"
        )
    }

    fn texts(split: &Split) -> Vec<String> {
        let made = split.objects();
        made.map(|m| String::from_utf8(m.bytes).unwrap()).collect()
    }

    #[test]
    fn components_are_gathered_by_uid_with_the_zones_they_name() {
        let master = event("1", "RRULE:FREQ=DAILY\r\n");
        let other = event("2", "").replace(";TZID=A/B", "");
        let exception = event("1", "RECURRENCE-ID;TZID=C/D:20260102T100000\r\n");
        let (ab, cd, ef) = (zone("A/B"), zone("C/D"), zone("E/F"));
        let file = format!("{HEAD}{ab}{cd}{ef}{master}{other}{exception}END:VCALENDAR\r\n");
        let split = split(file.as_bytes());
        assert_eq!(split.refused, []);
        assert_eq!(split.name.as_deref(), Some("Fam, all"));
        let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n";
        assert_eq!(
            texts(&split),
            [
                format!("{head}{ab}{cd}{master}{exception}END:VCALENDAR\r\n"),
                format!("{head}{other}END:VCALENDAR\r\n"),
            ]
        );
        for made in split.objects() {
            read(&made.bytes).unwrap();
        }
    }

    #[test]
    fn what_is_broken_costs_itself() {
        let good = [event("1", ""), event("2", ""), event("3", "")];
        let file = format!(
            "{HEAD}{}BEGIN:VEVENT\r\nUID:a\r\nno colon\r\nEND:VEVENT\r\n{}BEGIN:VEVENT\r\nUID:b\r\n{}BEGIN:X-OWN\r\nEND:X-OWN\r\nEND:VCALENDAR\r\n",
            good[0], good[1], good[2]
        );
        let split = split(file.as_bytes());
        let lines: Vec<usize> = split.refused.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [14, 22, 30], "{:?}", split.refused);
        assert_eq!(split.len(), 3);
        for (made, text) in split.objects().zip(good) {
            assert!(String::from_utf8(made.bytes).unwrap().contains(&text));
        }
    }

    #[test]
    fn a_missing_uid_is_made_and_stays_the_same() {
        let event = event("x", "").replace("UID:x\r\n", "");
        let twice = format!("{HEAD}{event}{event}END:VCALENDAR\r\n");
        let split = split(twice.as_bytes());
        assert_eq!(split.len(), 1);
        let made = split.objects().next().unwrap();
        assert!(made.uid_was_made);
        let uid = read(&made.bytes).unwrap().uid;
        assert_eq!(uid, made_uid(event.as_bytes()));
        let text = String::from_utf8(made.bytes).unwrap();
        assert!(text.contains(&event.replace(
            "BEGIN:VEVENT\r\n",
            &format!("BEGIN:VEVENT\r\nUID:{uid}\r\n")
        )));
    }

    #[test]
    fn one_object_stays_as_it_is() {
        for (name, bytes) in corpus::files("ical") {
            let split = split(&bytes);
            let made: Vec<Made> = split.objects().collect();
            assert_eq!(made.len(), 1, "{name}");
            assert!(made[0].bytes == bytes, "{name}");
            assert_eq!(split.refused, [], "{name}");
        }
    }

    #[test]
    fn files_end_to_end_give_their_objects() {
        let mut all = Vec::new();
        for (name, bytes) in corpus::files("ical") {
            // A folded BEGIN:VCALENDAR and a missing last line end do not stand in one file.
            if name != "bare-lf-no-last-end.ics" {
                all.extend_from_slice(&bytes);
            }
        }
        let split = split(&all);
        assert!(
            split.len() + 1 >= corpus::files("ical").len() - 1,
            "{:?}",
            split.refused
        );
    }

    #[test]
    fn damage_never_ends_in_a_panic() {
        let mut all = Vec::new();
        for folder in ["ical", "refused"] {
            for (_, bytes) in corpus::files(folder) {
                all.extend_from_slice(&bytes);
                all.extend_from_slice(b"\r\n");
            }
        }
        let mut chance = Chance(0xD1CE);
        for _ in 0..300 {
            let damaged = chance.damage(&all);
            for made in split(&damaged).objects() {
                let _ = read(&made.bytes);
            }
        }
    }

    #[test]
    fn a_hostile_file_costs_what_it_is_long() {
        let begin = std::time::Instant::now();
        for inside in [
            "BEGIN:X-A\r\n".repeat(300_000) + &"END:X-B\r\n".repeat(300_000),
            "BEGIN:VEVENT\r\n".repeat(300_000),
            "END:VEVENT\r\n".repeat(300_000),
            "X-A:b\r\n".repeat(300_000) + &event("1", "").repeat(20_000),
            (0..100_000).fold(event("1", ""), |all, n| all + &format!("X;TZID=z{n}:x\r\n")),
        ] {
            let file = format!("{HEAD}{inside}END:VCALENDAR\r\n");
            let split = split(file.as_bytes());
            let bytes: usize = split.objects().map(|made| made.bytes.len()).sum();
            assert!(bytes <= 2 * file.len());
        }
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }

    #[test]
    fn a_file_that_is_no_calendar_says_so() {
        for text in ["", "<html></html>\r\n", "hello\r\nworld\r\n"] {
            let split = split(text.as_bytes());
            assert!(split.is_empty());
            assert_eq!(split.refused.len(), 1, "{text}: {:?}", split.refused);
        }
    }
}
