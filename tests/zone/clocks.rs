//! What clocks show, for the suites beside it: a question a line, an answer a line.
//!
//! `ask`, a zone, moments, local times; separated by tabs. The zone is a name, or a VTIMEZONE with
//! `|` where its lines end; moments are seconds since 1970, local times as ISO 8601 writes them, both
//! separated by commas. Answered are the local times of the moments and the moments of the local times,
//! or `unknown`.
//!
//! `write`, a name, a moment: the VTIMEZONE that davbox writes, right from that moment on.

use std::error::Error;
use std::io::{self, BufRead, Write};

use davbox::text::tree::Tree;
use davbox::zone::{Zone, write};
use jiff::civil::DateTime;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["ask", zone, moments, locals] => ask(zone, moments, locals)?,
            ["write", name, since] => write::vtimezone(name, since.parse()?)
                .unwrap_or("unknown".into())
                .replace("\r\n", "|"),
            _ => return Err(format!("no question: {line}").into()),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn ask(zone: &str, moments: &str, locals: &str) -> Result<String, Box<dyn Error>> {
    let text = zone.replace('|', "\r\n");
    let found = match Tree::read(text.as_bytes()) {
        Ok(definition) => Zone::defined(&definition),
        Err(_) => Zone::named(zone),
    };
    let Some(zone) = found else {
        return Ok("unknown".into());
    };
    let list = |values: &str| -> Vec<String> {
        let values = values.split(',').filter(|value| !value.is_empty());
        values.map(str::to_owned).collect()
    };
    let mut shown = Vec::new();
    for moment in list(moments) {
        shown.push(zone.local(moment.parse()?).to_string());
    }
    let mut meant = Vec::new();
    for local in list(locals) {
        meant.push(zone.instant(local.parse::<DateTime>()?).to_string());
    }
    Ok(format!("{}\t{}", shown.join(","), meant.join(",")))
}
