//! `davbox user …`: people, passwords, devices.

use std::io::{BufRead as _, Read as _};
use std::path::PathBuf;

use lexopt::prelude::*;

use super::{Done, Failed, open, open_existing, person, say, usage};
use crate::signin::{device, password};
use crate::store::{Failure, NewDevice, NewPrincipal, Principal, Store, is_user_name};

pub fn run(mut parser: Parser, data: PathBuf) -> Done {
    match word(&mut parser, "add, list, remove, password or device")?.as_str() {
        "add" => add(parser, &data),
        "list" => {
            end(&mut parser)?;
            list(&open_existing(&data)?)
        }
        "remove" => remove(parser, &data),
        "password" => change_password(parser, &data),
        "device" => match word(&mut parser, "add, list or revoke")?.as_str() {
            "add" => add_device(parser, &data),
            "list" => list_devices(parser, &data),
            "revoke" => revoke_device(parser, &data),
            other => Err(Failed::usage(format!(
                "there is no command user device {other:?}."
            ))),
        },
        other => Err(Failed::usage(format!(
            "there is no command user {other:?}."
        ))),
    }
}

use lexopt::Parser;

/// The next word, which must be there.
fn word(parser: &mut Parser, what: &str) -> Result<String, Failed> {
    match parser.next().map_err(usage)? {
        Some(Value(value)) => Ok(value.to_string_lossy().into_owned()),
        Some(other) => Err(usage(other.unexpected())),
        None => Err(Failed::usage(format!("say {what}."))),
    }
}

fn end(parser: &mut Parser) -> Done {
    match parser.next().map_err(usage)? {
        Some(other) => Err(usage(other.unexpected())),
        None => Ok(()),
    }
}

fn failed(failure: Failure) -> Failed {
    Failed::because(format!("{failure}."))
}

fn add(mut parser: Parser, data: &std::path::Path) -> Done {
    let mut name = None;
    let mut display_name = None;
    let mut emails = Vec::new();
    let (mut admin, mut from_stdin) = (false, false);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("display-name") => display_name = Some(text(&mut parser)?),
            Long("email") => emails.push(text(&mut parser)?),
            Long("admin") => admin = true,
            Long("password-stdin") => from_stdin = true,
            Value(value) if name.is_none() => name = Some(value.to_string_lossy().into_owned()),
            other => return Err(usage(other.unexpected())),
        }
    }
    let name = name.ok_or_else(|| Failed::usage("say the new user's name."))?;
    let name = name.to_lowercase();
    if !is_user_name(&name) {
        return Err(Failed::because(
            "a name has letters, digits and . _ - + @, and no blanks; at most 64 bytes.",
        ));
    }
    for mail in &emails {
        let fits = mail
            .split_once('@')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
            && mail.len() <= 254
            && !mail.chars().any(|c| c.is_whitespace() || c.is_control());
        if !fits {
            return Err(Failed::because(format!("{mail:?} is not a mail address.")));
        }
    }
    if display_name
        .as_ref()
        .is_some_and(|d: &String| d.len() > 256 || d.chars().any(char::is_control))
    {
        return Err(Failed::because(
            "this display name is too long or cannot be shown.",
        ));
    }
    let store = open(data)?;
    let (secret, shown) = secret(from_stdin)?;
    let new = NewPrincipal {
        name: name.clone(),
        display_name,
        emails,
        admin,
        password: password::hash(&secret)?,
        now: crate::dav::now(),
    };
    store
        .write_blocking(move |w| w.add_principal(&new))
        .map_err(failed)?;
    say(&format!("{name} can sign in now.\n"))?;
    show(&shown)
}

fn text(parser: &mut Parser) -> Result<String, Failed> {
    Ok(parser
        .value()
        .map_err(usage)?
        .to_string_lossy()
        .into_owned())
}

/// From standard input, or made here and shown once.
fn secret(from_stdin: bool) -> Result<(String, Option<String>), Failed> {
    if !from_stdin {
        let made = password::generate()?;
        return Ok((made.clone(), Some(made)));
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(password::LONGEST as u64 + 2)
        .read_line(&mut line)?;
    let secret = line.trim_end_matches(['\n', '\r']).to_owned();
    if secret.is_empty() || secret.len() > password::LONGEST {
        return Err(Failed::because(
            "the password is the first line of standard input; it has 1 to 1024 bytes.",
        ));
    }
    Ok((secret, None))
}

fn show(made: &Option<String>) -> Done {
    match made {
        Some(made) => say(&format!("Password, shown this once: {made}\n")),
        None => Ok(()),
    }
}

fn list(store: &Store) -> Done {
    let snapshot = store.snapshot()?;
    for person in snapshot.view().principals()? {
        let mut line = format!("{}\t{}", person.name, person.display_name);
        for mail in &person.emails {
            line.push('\t');
            line.push_str(mail);
        }
        if person.admin {
            line.push_str("\tadmin");
        }
        line.push('\n');
        say(&line)?;
    }
    Ok(())
}

fn remove(mut parser: Parser, data: &std::path::Path) -> Done {
    let name = word(&mut parser, "whom to remove")?.to_lowercase();
    end(&mut parser)?;
    let store = open_existing(data)?;
    person(store.snapshot()?.view(), &name)?;
    let who = name.clone();
    store
        .write_blocking(move |w| w.remove_principal(&who))
        .map_err(failed)?;
    say(&format!("{name} and all that was theirs is removed.\n"))
}

fn change_password(mut parser: Parser, data: &std::path::Path) -> Done {
    let name = word(&mut parser, "whose password")?.to_lowercase();
    let mut from_stdin = false;
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("password-stdin") => from_stdin = true,
            other => return Err(usage(other.unexpected())),
        }
    }
    let store = open_existing(data)?;
    let person = find(&store, &name)?;
    let (secret, shown) = secret(from_stdin)?;
    let hash = password::hash(&secret)?;
    store
        .write_blocking(move |w| w.put_password(person.id, &hash))
        .map_err(failed)?;
    say(&format!("{name} has a new password.\n"))?;
    show(&shown)
}

fn find(store: &Store, name: &str) -> Result<Principal, Failed> {
    let snapshot = store.snapshot()?;
    snapshot
        .view()
        .principal(name)?
        .ok_or_else(|| Failed::because(format!("there is no user {name:?}.")))
}

fn add_device(mut parser: Parser, data: &std::path::Path) -> Done {
    let name = word(&mut parser, "whose device")?.to_lowercase();
    let label = word(&mut parser, "what the device is called")?;
    end(&mut parser)?;
    if label.is_empty() || label.len() > 128 || label.chars().any(char::is_control) {
        return Err(Failed::because("a device's label has 1 to 128 bytes."));
    }
    let store = open_existing(data)?;
    let person = find(&store, &name)?;
    let (shown, hash) = device::generate()?;
    let new = NewDevice {
        label,
        hash,
        now: crate::dav::now(),
    };
    let id = store
        .write_blocking(move |w| w.add_device(person.id, &new))
        .map_err(failed)?;
    say(&format!(
        "Device {id} of {name}.\nPassword, shown this once: {shown}\n"
    ))
}

fn list_devices(mut parser: Parser, data: &std::path::Path) -> Done {
    let name = word(&mut parser, "whose devices")?.to_lowercase();
    end(&mut parser)?;
    let store = open_existing(data)?;
    let person = find(&store, &name)?;
    let snapshot = store.snapshot()?;
    let devices = snapshot.view().devices(person.id)?;
    if devices.is_empty() {
        say(&format!("{name} has no device passwords.\n"))?;
    }
    for device in devices {
        let made = crate::text::date::rfc3339(device.created);
        say(&format!("{}\t{}\t{made}\n", device.id, device.label))?;
    }
    Ok(())
}

fn revoke_device(mut parser: Parser, data: &std::path::Path) -> Done {
    let name = word(&mut parser, "whose device")?.to_lowercase();
    let id = word(&mut parser, "the number of the device")?;
    end(&mut parser)?;
    let id: u32 = id
        .parse()
        .map_err(|_| Failed::usage("a device is named by its number; see user device list."))?;
    let store = open_existing(data)?;
    let person = find(&store, &name)?;
    store
        .write_blocking(move |w| w.revoke_device(person.id, id))
        .map_err(failed)?;
    say(&format!("Device {id} of {name} cannot sign in any more.\n"))
}
