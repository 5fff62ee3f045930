//! The command line: one file per subcommand.

mod backup;
mod check;
mod export;
mod import;
mod log;
mod restore;
mod serve;
mod user;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::store::{Principal, Store, View};

/// Where the data lies when nobody says.
const DATA: &str = "davbox-data";

const USAGE: &str = "davbox: calendars and contacts that stay in the house

davbox [serve] [--http PORT|ADDR:PORT|off] [--https off] [--no-mdns]
davbox user add NAME [--display-name TEXT] [--email ADDRESS] [--admin] [--password-stdin]
davbox user list
davbox user remove NAME
davbox user password NAME [--password-stdin]
davbox user device add NAME LABEL | list NAME | revoke NAME ID
davbox import --user NAME [--into SLUG] [--replace] FILE...     .ics and .vcf
davbox export --user NAME [--from SLUG] DIR
davbox backup FILE                     - is standard output
davbox restore [--replace] FILE
davbox check

SLUG is the last part of a collection's address, such as calendar, tasks, contacts; an import makes one
that is not there. --replace lets an import put newer entries over those with the same UID, and a restore
put the backup in the place of everything there is. HTTPS and mDNS are not built yet.

Every command takes --data DIR; else DAVBOX_DATA counts, else ./davbox-data.
All commands work beside a running server.
";

/// A sentence for the person at the terminal, and the exit code.
pub struct Failed {
    pub sentence: String,
    pub code: u8,
}

impl Failed {
    fn usage(sentence: impl Into<String>) -> Failed {
        Failed {
            sentence: format!("{}\nSee davbox --help.", sentence.into()),
            code: 2,
        }
    }

    fn because(sentence: impl Into<String>) -> Failed {
        Failed {
            sentence: sentence.into(),
            code: 1,
        }
    }
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(e: E) -> Failed {
        Failed::because(e.to_string())
    }
}

type Done = Result<(), Failed>;

/// Runs the command that the arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    log::start();
    let mut parser = lexopt::Parser::from_args(arguments);
    match dispatch(&mut parser) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            let _ = writeln!(std::io::stderr(), "davbox: {}", failed.sentence);
            ExitCode::from(failed.code)
        }
    }
}

fn dispatch(parser: &mut lexopt::Parser) -> Done {
    // Options may stand before the command too: `davbox --data DIR user list`.
    let mut raw = parser.raw_args().map_err(usage)?;
    let words: Vec<OsString> = raw.by_ref().collect();
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    if words
        .iter()
        .any(|w| matches!(text(w).as_str(), "--help" | "-h" | "help"))
    {
        return say(USAGE);
    }
    if words
        .iter()
        .any(|w| matches!(text(w).as_str(), "--version" | "-V"))
    {
        return say(&format!("davbox {}\n", env!("CARGO_PKG_VERSION")));
    }
    let (data, mut words) = take_data(words)?;
    let command = match words.first().map(text) {
        Some(first) if !first.starts_with('-') => {
            words.remove(0);
            first
        }
        _ => "serve".into(),
    };
    let parser = lexopt::Parser::from_args(words);
    match command.as_str() {
        "serve" => serve::run(parser, data),
        "user" => user::run(parser, data),
        "import" => import::run(parser, data),
        "export" => export::run(parser, data),
        "backup" => backup::run(parser, data),
        "restore" => restore::run(parser, data),
        "check" => check::run(parser, data),
        other => Err(Failed::usage(format!("there is no command {other:?}."))),
    }
}

/// Takes `--data DIR` out of the words, wherever it stands.
fn take_data(mut words: Vec<OsString>) -> Result<(PathBuf, Vec<OsString>), Failed> {
    let mut data = None;
    while let Some(at) = words
        .iter()
        .position(|w| w == "--data" || w.to_string_lossy().starts_with("--data="))
    {
        let word = words.remove(at);
        data = match word.to_string_lossy().strip_prefix("--data=") {
            Some(value) => Some(PathBuf::from(value)),
            None if at < words.len() => Some(PathBuf::from(words.remove(at))),
            None => return Err(Failed::usage("--data needs a folder.")),
        };
    }
    let data = data
        .or_else(|| std::env::var_os("DAVBOX_DATA").map(PathBuf::from))
        .unwrap_or_else(|| DATA.into());
    Ok((data, words))
}

fn usage(e: lexopt::Error) -> Failed {
    Failed::usage(e.to_string())
}

/// To standard output; a reader that went away is no error.
fn say(text: &str) -> Done {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

/// The person of this name.
fn person(view: View<'_>, name: &str) -> Result<Principal, Failed> {
    view.principal(&name.to_lowercase())?
        .ok_or_else(|| Failed::because(format!("there is no user {name:?}.")))
}

fn open(data: &std::path::Path) -> Result<Store, Failed> {
    Store::open(data).map_err(|e| Failed::because(e.to_string()))
}

/// For commands beside the server: a store that must be there.
fn open_existing(data: &std::path::Path) -> Result<Store, Failed> {
    match std::fs::metadata(data.join("data.mdb")) {
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failed::because(format!(
                "there is no davbox store in {}. Say with --data where it lies.",
                data.display()
            )));
        }
        Err(e) => return Err(Failed::because(format!("{}: {e}.", data.display()))),
    }
    open(data)
}
