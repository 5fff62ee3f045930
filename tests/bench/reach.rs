//! What davbox is to reach, each beside what this run measured.

use crate::queries::{BUSY_MONTH, WEEK_AMONG, WEEK_DATA, WEEK_ETAGS, WEEK_EXPANDED};
use crate::report::{Figure, Limit, Target};
use crate::search::FN_CONTAINS;

/// The size that the limits which depend on one are given for.
const LARGE: usize = 10_000;

const POLL: &str = "a phone's poll: depth 1 on the home";

/// Figures that are no rows; of several stores, those of the last.
#[derive(Default)]
pub struct Measured {
    /// MiB of anonymous memory.
    pub idle: Option<f64>,
    pub after: Option<(usize, f64)>,
    /// Milliseconds to the first answer.
    pub start: Option<(usize, f64)>,
    /// Costs on the large store as multiples of those on the small one.
    pub isolation: Vec<(&'static str, f64)>,
}

pub fn targets(figures: &[Figure], measured: &Measured) -> Vec<Target> {
    // Ratios are judged on the largest store that was measured.
    let largest = figures
        .iter()
        .map(|figure| figure.size)
        .max()
        .unwrap_or_default();
    let row = |size: usize, name: &str, connections: usize| {
        figures
            .iter()
            .filter(|figure| figure.size == size && figure.wrong == 0)
            .find(|figure| figure.name == name && figure.connections == connections)
    };
    let plain = |name: String, measured: Option<f64>, limit: Limit, unit: &'static str| Target {
        name,
        measured,
        limit,
        unit,
        remark: String::new(),
    };
    let mut targets = Vec::new();

    for (name, connections, limit) in [
        ("GET one event", 1, 3.0),
        ("GET one event", 16, 3.0),
        ("PROPFIND depth 0 on the calendar", 1, 3.0),
        ("PROPFIND depth 0 on the calendar", 16, 3.0),
        (POLL, 1, 5.0),
        (POLL, 100, 5.0),
    ] {
        let figure = row(largest, name, connections);
        let title = match connections {
            1 => name.to_owned(),
            many => format!("{name}, {many} connections"),
        };
        let ratio = figure.and_then(|figure| figure.bare);
        let mut target = plain(title, ratio, Limit::AtMost(limit), "x bare");
        if let Some(same) = figure.and_then(|figure| figure.same) {
            target.remark = format!("  ({same:.2} x a bare answer of the same size)");
        }
        targets.push(target);
    }
    for name in [
        "PROPFIND depth 1, getetag of all N",
        "PROPFIND depth 1 on the address book",
    ] {
        targets.push(plain(
            format!("{name}, N = {LARGE}"),
            row(LARGE, name, 1).map(|figure| figure.cpu_ms),
            Limit::AtMost(15.0),
            "ms CPU",
        ));
    }
    for (name, limit, sending) in [
        (WEEK_ETAGS, 1.0, true),
        (WEEK_DATA, 1.0, true),
        (WEEK_EXPANDED, 4.0, false),
        (BUSY_MONTH, 4.0, false),
        (FN_CONTAINS, 8.0, false),
    ] {
        let figure = row(LARGE, name, 1);
        let sent = figure.and_then(|figure| Some(figure.cpu_ms / figure.same?));
        let mut target = plain(
            format!("{name}, N = {LARGE}"),
            figure.map(|figure| {
                figure.cpu_ms
                    - if sending {
                        sent.unwrap_or_default()
                    } else {
                        0.0
                    }
            }),
            Limit::AtMost(limit),
            "ms CPU",
        );
        if let (true, Some(sent)) = (sending, sent) {
            target.remark = format!("  (and {sent:.3} ms for a bare answer of the same size)");
        }
        targets.push(target);
    }
    let [few, many] = WEEK_AMONG.map(|name| row(largest, name, 1).map(|figure| figure.cpu_ms));
    targets.push(plain(
        "a week, with 99,000 events more outside of it".to_owned(),
        many.zip(few).map(|(many, few)| many / few),
        Limit::AtMost(1.2),
        "x",
    ));
    // Both against the bare answers beside them, for the two rows are far apart in the run.
    let against_bare = |name: &str| row(LARGE, name, 1).and_then(|figure| figure.bare);
    let changes = against_bare("sync-collection, 10 changes");
    targets.push(plain(
        format!("sync-collection, 10 changes among {LARGE}"),
        changes
            .zip(against_bare(POLL))
            .map(|(changes, poll)| changes / poll),
        Limit::AtMost(2.0),
        "x poll",
    ));
    targets.push(plain(
        "64 concurrent durable PUTs".to_owned(),
        row(largest, "PUT new", 64).and_then(Figure::per_commit),
        Limit::AtLeast(8.0),
        "/ commit",
    ));
    targets.push(plain(
        "anonymous memory, idle".to_owned(),
        measured.idle,
        Limit::AtMost(8.0),
        "MiB",
    ));
    targets.push(plain(
        format!("anonymous memory after the rows, N = {LARGE}"),
        measured
            .after
            .filter(|(size, _)| *size == LARGE)
            .map(|(_, after)| after),
        Limit::AtMost(24.0),
        "MiB",
    ));
    targets.push(plain(
        format!(
            "start to first answer, N = {}",
            measured.start.map_or(LARGE, |(size, _)| size)
        ),
        measured.start.map(|(_, start)| start),
        Limit::AtMost(10.0),
        "ms",
    ));
    for (name, ratio) in &measured.isolation {
        // The same cost, with room for what a busy machine adds to one of two.
        let limit = Limit::AtMost(1.2);
        targets.push(plain(
            format!("{name}: large store against small"),
            Some(*ratio),
            limit,
            "x",
        ));
    }
    targets
}
