//! Expands the rules that it reads and checks every one against itself. `oracles/run` compares what
//! it answers with what others say.
//!
//! In: one rule a line, `date` or `time`, DTSTART, the rule, moments to seek, separated by tabs; the
//! moments by commas. Out: one line each, `refused` and why, or how the instances stop (`end`, or
//! `more` of them), how the rule's extent was told, and the first forty. A rule whose seek, stored
//! form or extent does not agree with its own instances is answered `WRONG`.

use std::error::Error;
use std::io::{self, BufRead, Write};

use davbox::recurrence::{Compiled, Extent, Kind, Next, Rule, Until, Work};
use jiff::civil::DateTime;

const SHOWN: usize = 40;
/// As many are walked through before seek and extent are asked.
const WALKED: usize = 1_500;
const WORK: u64 = 3_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        let fields: Vec<&str> = line.split('\t').collect();
        let &[kind, start, rule, seeks] = fields.as_slice() else {
            return Err(format!("not four fields: {line}").into());
        };
        let kind = if kind == "date" {
            Kind::Date
        } else {
            Kind::DateTime
        };
        match Rule::parse(rule) {
            Err(refused) => writeln!(out, "refused\t{refused}\t")?,
            Ok(rule) => {
                let seeks = seeks.split(',').filter(|m| !m.is_empty());
                let seeks = seeks
                    .map(str::parse)
                    .collect::<Result<Vec<DateTime>, _>>()?;
                writeln!(out, "{}", answer(rule, start.parse()?, kind, &seeks))?;
            }
        }
    }
    Ok(())
}

fn answer(mut rule: Rule, start: DateTime, kind: Kind, seeks: &[DateTime]) -> String {
    // All rules of the corpus lie in one zone without offset.
    if let Some(Until::Utc(until)) = rule.until() {
        rule = rule.with_until(until);
    }
    let mut work = Work::new(WORK);
    let mut instances = rule.instances(start, kind);
    let mut walked = Vec::new();
    let stop = loop {
        match instances.next_within(&mut work) {
            Next::Instance(_) if walked.len() == WALKED => break "more",
            Next::Instance(moment) => walked.push(moment),
            Next::End => break "end",
            Next::Spent => break "spent",
        }
    };
    let extent = rule.extent(start, kind, &mut Work::new(WORK));
    let wrong = wrong(&rule, start, kind, seeks, &walked, stop, extent);
    let extent = match extent {
        Extent::Open => "open".to_owned(),
        Extent::Ends(moment) => moment.to_string(),
    };
    let shown: Vec<String> = walked.iter().take(SHOWN).map(DateTime::to_string).collect();
    match wrong {
        Some(why) => format!("WRONG\t{why}\t{}", shown.join(",")),
        None => {
            let stop = if walked.len() > SHOWN { "more" } else { stop };
            format!("{stop}\t{extent}\t{}", shown.join(","))
        }
    }
}

/// What the engine says in one place and denies in another.
fn wrong(
    rule: &Rule,
    start: DateTime,
    kind: Kind,
    seeks: &[DateTime],
    walked: &[DateTime],
    stop: &str,
    extent: Extent,
) -> Option<String> {
    if !walked.is_sorted_by(|a, b| a < b) {
        return Some("instances do not rise".to_owned());
    }
    let compiled = Compiled {
        rule: rule.clone(),
        kind,
        extent,
    };
    if Compiled::from_bytes(&compiled.to_bytes()).as_ref() != Ok(&compiled) {
        return Some("the stored form is another rule".to_owned());
    }
    let last = walked.last().copied();
    let agrees = match extent {
        Extent::Open => !rule.is_bounded() || stop != "end",
        Extent::Ends(end) if stop == "end" => Some(end) == last,
        Extent::Ends(end) => last.is_none_or(|last| last <= end),
    };
    if !agrees {
        return Some(format!(
            "the extent is {extent:?}, the last instance {last:?} ({stop})"
        ));
    }
    let second = jiff::Span::new().seconds(1);
    // Between instances, on them, and where the caller says.
    let near = walked
        .iter()
        .step_by(29)
        .flat_map(|m| [*m, m.saturating_add(second)]);
    for moment in seeks.iter().copied().chain(near) {
        let at = walked.partition_point(|instance| *instance < moment);
        if at == walked.len() && stop != "end" {
            continue;
        }
        let mut sought = rule.instances(start, kind);
        sought.seek(moment);
        let mut work = Work::new(WORK);
        for expected in walked[at..].iter().take(3) {
            let found = sought.next_within(&mut work);
            if found != Next::Instance(*expected) {
                return Some(format!("seek {moment} gives {found:?}, not {expected}"));
            }
        }
        if stop == "end" && at + 3 > walked.len() {
            let found = sought.next_within(&mut work);
            if found != Next::End {
                return Some(format!("seek {moment} gives {found:?} after the end"));
            }
        }
    }
    // Seeking on from where one is.
    let mut sought = rule.instances(start, kind);
    let mut work = Work::new(WORK);
    for (at, expected) in walked.iter().enumerate().step_by(97) {
        sought.seek(*expected);
        for expected in walked[at..].iter().take(2) {
            let found = sought.next_within(&mut work);
            if found != Next::Instance(*expected) {
                return Some(format!("seeking on to {expected} gives {found:?}"));
            }
        }
    }
    None
}
