//! The house's rules, checked: floors, the top level, and what may not stand in the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Top to bottom, as in the crate's own documentation. A module imports only from floors below it.
const FLOORS: [&[&str]; 9] = [
    &["main", "command"],
    &["appliance", "server", "discovery"],
    &["dav", "console", "onboarding"],
    &["scheduling", "signin"],
    &["store"],
    &["calendar", "contact", "certificate"],
    &["zone"],
    &["recurrence"],
    &["text", "xml", "http", "settings", "health", "order"],
];

/// Inside dav: what the tables are made of lies below the tables.
const DAV_FLOORS: [&[&str]; 9] = [
    &["mod"],
    &["method"],
    &["report", "creation"],
    &["patch", "object", "listing"],
    &["state"],
    &["multistatus"],
    &["property", "request"],
    &["site"],
    &[
        "path",
        "on",
        "privilege",
        "precondition",
        "resource",
        "card_version",
    ],
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|e| e.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The modules named after `prefix` in code: `crate::a`, `crate::{a::b, c}`.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        // `mycrate::` is another word.
        if code[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_')
        {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let word = |text: &str| -> String {
            text.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && (c.is_alphabetic() || c == '_') => {
                        names.insert(word(&group[i..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            names.insert(word(rest));
        }
    }
    names.remove("");
    names
}

fn without_comments(code: &str) -> String {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn floor(floors: &[&[&str]], module: &str) -> Option<usize> {
    floors.iter().position(|floor| floor.contains(&module))
}

/// The first folder or file below `base`.
fn module_of(base: &Path, path: &Path) -> String {
    let below = path.strip_prefix(base).expect("below the base");
    let first = below.components().next().expect("a name");
    let name = first.as_os_str().to_string_lossy();
    name.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_look_down() {
    let base = root().join("src");
    let mut files = Vec::new();
    sources(&base, &mut files);
    assert!(files.len() > 50, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files {
        let from = module_of(&base, &file);
        if from == "lib" {
            continue;
        }
        let code = without_comments(&fs::read_to_string(&file).expect("a source"));
        let here = floor(&FLOORS, &from)
            .unwrap_or_else(|| panic!("{from} has no floor: give it one in FLOORS"));
        let mut names = named_after(&code, "crate::");
        names.extend(named_after(&code, "davbox::"));
        for to in names {
            let Some(there) = floor(&FLOORS, &to) else {
                continue;
            };
            // The binary calls the commands: the one step within a floor.
            if to != from && there <= here && from != "main" {
                wrong.push(format!("{}: {from} imports {to}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_inside_dav_look_down() {
    let base = root().join("src/dav");
    let mut files = Vec::new();
    sources(&base, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let from = module_of(&base, &file);
        let code = without_comments(&fs::read_to_string(&file).expect("a source"));
        let here = floor(&DAV_FLOORS, &from)
            .unwrap_or_else(|| panic!("dav::{from} has no floor: give it one in DAV_FLOORS"));
        let mut names = named_after(&code, "crate::dav::");
        // `super::` of a file directly in dav is dav itself.
        if file.parent() == Some(base.as_path()) && from != "mod" {
            names.extend(named_after(&code, "super::"));
        }
        for to in names {
            let Some(there) = floor(&DAV_FLOORS, &to) else {
                continue;
            };
            let foundation = here == DAV_FLOORS.len() - 1;
            if to != from && (there < here || (there == here && !foundation)) {
                wrong.push(format!("{}: dav::{from} imports dav::{to}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_store_names_heed() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    for file in files {
        let code = without_comments(&fs::read_to_string(&file).expect("a source"));
        let inside = file.starts_with(root().join("src/store"));
        assert!(inside || !code.contains("heed::"), "{}", file.display());
    }
}

#[test]
fn no_module_is_named_for_nothing() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    for file in files {
        for part in file.components() {
            let part = part.as_os_str().to_string_lossy();
            let name = part.trim_end_matches(".rs");
            assert!(
                ![
                    "utils", "util", "helpers", "helper", "manager", "common", "misc"
                ]
                .contains(&name),
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn the_top_level_is_the_designs() {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "board",
        "image",
        "web",
        "cross",
        "tests",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "build.rs",
    ];
    let top: BTreeSet<&str> = std::str::from_utf8(&listed.stdout)
        .expect("names are UTF-8")
        .split('\0')
        .filter_map(|path| path.split('/').next())
        .filter(|name| !name.is_empty() && !name.starts_with('.'))
        .collect();
    assert!(top.contains("src"), "the files were not found");
    for name in top {
        assert!(
            allowed.contains(&name),
            "{name} does not belong to the top level"
        );
    }
}

#[test]
fn the_reader_of_imports_can_see() {
    let code = "use crate::{store::{self, x}, xml};\nfn f() { crate::dav::g(); mycrate::no(); }";
    let names: Vec<String> = named_after(code, "crate::").into_iter().collect();
    assert_eq!(names, ["dav", "store", "xml"]);
}
