//! `davbox import`: files of events, tasks and contacts into a person's collections.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use lexopt::prelude::*;

use super::{Done, Failed, open_existing, say, usage};
use crate::calendar::{self, Component, Components};
use crate::dav::property::default_components;
use crate::store::{
    Failure, Indexed, Kind, NewCollection, Principal, PropertyName, Refused, Store, Writing,
};
use crate::text::file::file_name;
use crate::text::piece::{Mark, Roughs, made_uid};
use crate::xml::{Element, Node, Writer, name};
use crate::{contact, settings};

/// Bytes of one file: it is read as a whole.
const LARGEST_FILE: u64 = 512 << 20;

/// Objects in one command of the writer, and bytes after which it goes off before.
const BATCH: usize = 100;
const BATCH_BYTES: usize = 8 << 20;

/// Bytes of a collection's name in a URL, as for one that a client makes.
const LONGEST_SLUG: usize = 255;

struct Options {
    user: String,
    into: Option<String>,
    replace: bool,
    files: Vec<PathBuf>,
}

pub fn run(parser: lexopt::Parser, data: PathBuf) -> Done {
    let options = options(parser)?;
    let store = open_existing(&data)?;
    let (person, object, quota) = {
        let snapshot = store.snapshot()?;
        let view = snapshot.view();
        let number = |s: &settings::Setting| view.setting(s.name).map(|stored| s.number(stored));
        (
            super::person(view, &options.user)?,
            number(&settings::OBJECT_BYTES)? as usize,
            number(&settings::QUOTA_BYTES)?,
        )
    };
    let mut import = Import {
        store,
        person,
        object,
        quota,
        replace: options.replace,
        into: options.into,
        targets: HashMap::new(),
        waiting: Vec::new(),
        waiting_bytes: 0,
        tally: Tally::default(),
    };
    let mut done = Ok(());
    for path in &options.files {
        done = import.file(path).and_then(|()| import.send());
        if done.is_err() {
            break;
        }
    }
    // What was stored is told even where the store then failed.
    say(&import.tally.line())?;
    done?;
    match import.tally.refused {
        0 => Ok(()),
        1 => Err(Failed::because("1 entry or file was refused.")),
        n => Err(Failed::because(format!(
            "{n} entries or files were refused."
        ))),
    }
}

fn options(mut parser: lexopt::Parser) -> Result<Options, Failed> {
    let (mut user, mut into, mut replace) = (None, None, false);
    let mut files = Vec::new();
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("user") => {
                user = Some(
                    parser
                        .value()
                        .map_err(usage)?
                        .to_string_lossy()
                        .into_owned(),
                )
            }
            Long("into") => {
                into = Some(
                    parser
                        .value()
                        .map_err(usage)?
                        .to_string_lossy()
                        .into_owned(),
                )
            }
            Long("replace") => replace = true,
            Value(value) => files.push(PathBuf::from(value)),
            other => return Err(usage(other.unexpected())),
        }
    }
    let user = user.ok_or_else(|| Failed::usage("say with --user to whom."))?;
    if files.is_empty() {
        return Err(Failed::usage("say which files."));
    }
    if into.as_deref().is_some_and(|slug| {
        slug.is_empty()
            || slug.len() > LONGEST_SLUG
            || matches!(slug, "." | "..")
            || slug.chars().any(|c| c == '/' || c.is_control())
    }) {
        return Err(Failed::because(
            "--into is one name of a collection, without a slash.",
        ));
    }
    Ok(Options {
        user,
        into,
        replace,
        files,
    })
}

struct Import {
    store: Store,
    person: Principal,
    /// Bytes of an object, of a home.
    object: usize,
    quota: u64,
    replace: bool,
    into: Option<String>,
    /// cid of a collection that was found or made.
    targets: HashMap<(Family, String), u32>,
    waiting: Vec<Ready>,
    waiting_bytes: usize,
    tally: Tally,
}

/// Whether it is about calendars or address books.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Family {
    Calendars,
    Addressbooks,
}

/// An object on its way to the writer.
#[derive(Clone)]
struct Ready {
    cid: u32,
    uid: String,
    extension: &'static str,
    bytes: Bytes,
    indexed: Indexed,
    /// For what is said about it.
    file: PathBuf,
    line: usize,
    uid_was_made: bool,
}

enum Outcome {
    Added,
    Replaced,
    Same,
    Kept,
    Refused(Refused),
}

#[derive(Default)]
struct Tally {
    added: u64,
    replaced: u64,
    same: u64,
    kept: u64,
    uids: u64,
    refused: u64,
}

impl Tally {
    fn line(&self) -> String {
        let mut line = format!(
            "{} added, {} replaced, {} were there already, {} kept as they are, {} refused",
            self.added, self.replaced, self.same, self.kept, self.refused
        );
        if self.uids > 0 {
            line += &format!("; {} had no UID and got one", self.uids);
        }
        line += ".\n";
        if self.kept > 0 {
            line += "Kept are those that differ from the file; --replace takes the file's.\n";
        }
        line
    }

    /// One line per refusal: where it stands and why.
    fn refuse(&mut self, file: &Path, line: usize, why: &dyn std::fmt::Display) {
        self.refused += 1;
        let file = file.display();
        let _ = match line {
            0 => writeln!(std::io::stderr(), "{file}: {why}"),
            line => writeln!(std::io::stderr(), "{file}:{line}: {why}"),
        };
    }
}

impl Import {
    fn file(&mut self, path: &Path) -> Done {
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.tally.refuse(path, 0, &why);
                return Ok(());
            }
        };
        match sort(path, &bytes) {
            Family::Calendars => self.calendar(path, &bytes),
            Family::Addressbooks => self.cards(path, &bytes),
        }
    }

    fn calendar(&mut self, path: &Path, bytes: &[u8]) -> Done {
        let split = calendar::split::split(bytes);
        let found: Components = split.components().collect();
        let title = split.name.clone().unwrap_or_else(|| stem(path));
        for (line, reason) in &split.refused {
            self.tally.refuse(path, *line, reason);
        }
        for made in split.objects() {
            let object = match calendar::read(&made.bytes) {
                Ok(object) => object,
                Err(e) => {
                    self.tally.refuse(path, made.line, &e.reason);
                    continue;
                }
            };
            let (slug, takes) = match (&self.into, made.component) {
                (Some(slug), _) => (slug.clone(), union(default_components(), found)),
                (None, Component::Vtodo) => ("tasks".into(), Component::Vtodo.into()),
                (None, _) => ("calendar".into(), Component::Vevent.into()),
            };
            let cid = self.target(Family::Calendars, &slug, takes, &title)?;
            let indexed = Indexed::of_calendar(&object, &made.bytes);
            self.object(
                path,
                made.line,
                cid,
                object.uid,
                made.bytes,
                made.uid_was_made,
                ".ics",
                indexed,
            )?;
        }
        Ok(())
    }

    fn cards(&mut self, path: &Path, bytes: &[u8]) -> Done {
        let split = contact::split::split(bytes);
        for (line, reason) in &split.refused {
            self.tally.refuse(path, *line, reason);
        }
        for made in split.objects() {
            let card = match contact::read(&made.bytes) {
                Ok(card) => card,
                Err(e) => {
                    let line = made.line + e.line.saturating_sub(1);
                    self.tally.refuse(path, line, &e.reason);
                    continue;
                }
            };
            let slug = self.into.clone().unwrap_or_else(|| "contacts".into());
            let cid = self.target(Family::Addressbooks, &slug, Components::NONE, &stem(path))?;
            let indexed = Indexed::of_card(&card, &made.bytes);
            self.object(
                path,
                made.line,
                cid,
                card.uid,
                made.bytes,
                made.uid_was_made,
                ".vcf",
                indexed,
            )?;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn object(
        &mut self,
        path: &Path,
        line: usize,
        cid: u32,
        uid: String,
        bytes: Vec<u8>,
        uid_was_made: bool,
        extension: &'static str,
        indexed: Indexed,
    ) -> Done {
        if bytes.len() > self.object {
            let why = format!(
                "It has {} bytes; an entry may have {}.",
                bytes.len(),
                self.object
            );
            self.tally.refuse(path, line, &why);
            return Ok(());
        }
        let bytes = Bytes::from(bytes);
        self.waiting_bytes += bytes.len();
        self.waiting.push(Ready {
            cid,
            indexed,
            uid,
            extension,
            bytes,
            file: path.to_owned(),
            line,
            uid_was_made,
        });
        if self.waiting.len() >= BATCH || self.waiting_bytes >= BATCH_BYTES {
            return self.send();
        }
        Ok(())
    }

    /// One command for all that wait: one of them that is refused does not hold up the others.
    fn send(&mut self) -> Done {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let batch = std::sync::Arc::new(std::mem::take(&mut self.waiting));
        self.waiting_bytes = 0;
        let (quota, replace, now) = (self.quota, self.replace, crate::dav::now());
        let objects = batch.clone();
        let outcomes = self.store.write_blocking(move |w| {
            let objects = objects.iter();
            let each = objects.map(|object| match place(w, object, replace, quota, now) {
                Err(Failure::Refused(refused)) => Ok(Outcome::Refused(refused)),
                other => other,
            });
            each.collect::<Result<Vec<Outcome>, Failure>>()
        });
        let outcomes = outcomes.map_err(|e| Failed::because(format!("{e}.")))?;
        for (object, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                Outcome::Added => {
                    self.tally.added += 1;
                    self.tally.uids += u64::from(object.uid_was_made);
                }
                Outcome::Replaced => self.tally.replaced += 1,
                Outcome::Same => self.tally.same += 1,
                Outcome::Kept => self.tally.kept += 1,
                Outcome::Refused(why) => {
                    let why = sentence(&why.to_string());
                    self.tally.refuse(&object.file, object.line, &why);
                }
            }
        }
        Ok(())
    }

    /// The collection of this name, made where there is none.
    fn target(
        &mut self,
        kind: Family,
        slug: &str,
        takes: Components,
        title: &str,
    ) -> Result<u32, Failed> {
        if let Some(cid) = self.targets.get(&(kind, slug.to_owned())) {
            return Ok(*cid);
        }
        let (home, made) = match kind {
            Family::Calendars => (self.person.calendars, Kind::Calendar),
            Family::Addressbooks => (self.person.addressbooks, Kind::Addressbook),
        };
        let found = self.store.snapshot()?.view().member(home, slug)?;
        let cid = match found {
            Some(found) if found.kind == made => found.cid,
            Some(_) => {
                return Err(Failed::because(format!(
                    "nothing can be put into {slug:?}."
                )));
            }
            None => {
                let new = NewCollection {
                    home,
                    kind: made,
                    owner: self.person.id,
                    slug: slug.into(),
                    components: takes.bits(),
                    properties: vec![displayname(title)],
                    now: crate::dav::now(),
                };
                let made = self.store.write_blocking(move |w| w.add_collection(&new));
                made.map_err(|e| Failed::because(format!("{e}.")))?.cid
            }
        };
        self.targets.insert((kind, slug.to_owned()), cid);
        Ok(cid)
    }
}

fn place(
    w: &mut Writing<'_>,
    object: &Ready,
    replace: bool,
    quota: u64,
    now: u64,
) -> Result<Outcome, Failure> {
    let view = w.view();
    let (name, outcome) = match view.uid_holder(object.cid, &object.indexed.uid)? {
        Some(holder) if view.body(holder.oid)? == object.bytes => return Ok(Outcome::Same),
        Some(_) if !replace => return Ok(Outcome::Kept),
        Some(holder) => (holder.name().to_owned(), Outcome::Replaced),
        None => {
            let mut name = resource_name(&object.uid, object.extension);
            if view.object(object.cid, &name)?.is_some() {
                name = made_uid(&object.bytes) + object.extension;
            }
            (name, Outcome::Added)
        }
    };
    w.put_object(
        object.cid,
        &name,
        &object.bytes,
        &object.indexed,
        |_, _| true,
        quota,
        now,
    )?;
    Ok(outcome)
}

/// The UID where it is as plain as a file's name, else something made of it.
fn resource_name(uid: &str, extension: &str) -> String {
    if file_name(uid) == uid {
        format!("{uid}{extension}")
    } else {
        made_uid(uid.as_bytes()) + extension
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|e| sentence(&e.to_string()))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err("The file is too large: 512 MiB are read at most.".into());
    }
    Ok(bytes)
}

/// What begins in the file counts, then how it is called.
fn sort(path: &Path, bytes: &[u8]) -> Family {
    let begin = Roughs::new(bytes)
        .take(100)
        .find_map(|line| match line.mark() {
            Mark::Begin(name) => Some(name),
            _ => None,
        });
    let is_cards = match begin.as_deref() {
        Some("VCARD") => true,
        Some("VCALENDAR") => false,
        _ => path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("vcf") || e.eq_ignore_ascii_case("vcard")),
    };
    if is_cards {
        Family::Addressbooks
    } else {
        Family::Calendars
    }
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn union(a: Components, b: Components) -> Components {
    b.iter().fold(a, Components::with)
}

fn displayname(title: &str) -> (PropertyName, Vec<u8>) {
    // A name out of a file may hold what XML cannot.
    let title: String = title
        .chars()
        .filter(|c| !c.is_control())
        .take(256)
        .collect();
    let element = Element {
        prefix: "D".into(),
        namespace: name::DAV.into(),
        name: "displayname".into(),
        attributes: Vec::new(),
        children: vec![Node::Text(title.into())],
    };
    let mut out = Writer::default();
    element.write(&mut out);
    let property = PropertyName {
        namespace: name::DAV.into(),
        name: "displayname".into(),
    };
    (property, out.into_bytes())
}

/// As the reasons of the formats are written.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}
