//! The rows as they come, and at the end what was to be reached.

use std::time::Duration;

use serde_json::{Value, json};

use crate::load::Window;

/// A row that was measured.
pub struct Figure {
    pub size: usize,
    pub name: String,
    pub connections: usize,
    pub requests: usize,
    /// Of the server, per request.
    pub cpu_ms: f64,
    /// Against a bare answer of 5 bytes over as many connections, measured in turn with the row.
    pub bare: Option<f64>,
    /// Against a bare answer as long as the row's.
    pub same: Option<f64>,
    pub median: Duration,
    pub slow: Duration,
    pub bytes: u64,
    pub per_second: f64,
    /// Commits of the store meanwhile.
    pub commits: Option<u64>,
    pub wrong: usize,
    pub complaint: Option<String>,
}

impl Figure {
    pub fn new(size: usize, name: &str, connections: usize, window: Window) -> Figure {
        let cpu_ms = window.cpu_ms();
        let mut latencies = window.latencies;
        latencies.sort_unstable();
        let at = |percent: usize| {
            let place = latencies.len().saturating_sub(1) * percent / 100;
            latencies.get(place).copied().unwrap_or_default()
        };
        Figure {
            size,
            name: name.to_owned(),
            connections,
            requests: window.requests,
            cpu_ms,
            bare: None,
            same: None,
            median: at(50),
            slow: at(99),
            bytes: window.bytes / window.requests.max(1) as u64,
            per_second: window.requests as f64 / window.elapsed.as_secs_f64().max(1e-9),
            commits: None,
            wrong: window.wrong,
            complaint: window.complaint,
        }
    }

    pub fn print_heading() {
        println!(
            "{:<54} {:>8} {:>9} {:>7} {:>7} {:>9} {:>9} {:>9} {:>8}",
            "row", "requests", "CPU ms", "x bare", "x same", "p50 ms", "p99 ms", "bytes", "/s"
        );
    }

    pub fn print(&self) {
        let ratio = |ratio: Option<f64>| {
            ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
        };
        print!(
            "{:<54} {:>8} {:>9} {:>7} {:>7} {:>9.3} {:>9.3} {:>9} {:>8.0}",
            self.title(),
            self.requests,
            milliseconds(self.cpu_ms),
            ratio(self.bare),
            ratio(self.same),
            self.median.as_secs_f64() * 1e3,
            self.slow.as_secs_f64() * 1e3,
            self.bytes,
            self.per_second,
        );
        if let Some(per) = self.per_commit() {
            print!("  {per:.1} per commit");
        }
        println!();
        if self.wrong > 0 {
            let first = self.complaint.as_deref().unwrap_or_default();
            println!("    WRONG: {} of {}: {first}", self.wrong, self.requests);
        }
    }

    fn title(&self) -> String {
        match self.connections {
            1 => self.name.clone(),
            many => format!("{}, {many} connections", self.name),
        }
    }

    pub fn per_commit(&self) -> Option<f64> {
        self.commits
            .map(|commits| self.requests as f64 / commits.max(1) as f64)
    }

    pub fn json(&self) -> Value {
        json!({
            "n": self.size,
            "row": self.name,
            "connections": self.connections,
            "requests": self.requests,
            "cpu_ms": self.cpu_ms,
            "ratio_bare": self.bare,
            "ratio_bare_same_size": self.same,
            "p50_ms": self.median.as_secs_f64() * 1e3,
            "p99_ms": self.slow.as_secs_f64() * 1e3,
            "bytes": self.bytes,
            "per_second": self.per_second,
            "commits": self.commits,
            "wrong": self.wrong,
            "complaint": self.complaint,
        })
    }
}

/// Three figures that count, whether a request takes 0.01 ms or 300.
pub fn milliseconds(value: f64) -> String {
    match value {
        ..1.0 => format!("{value:.4}"),
        ..10.0 => format!("{value:.3}"),
        _ => format!("{value:.1}"),
    }
}

#[derive(Clone, Copy)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// One of the figures that were promised.
pub struct Target {
    pub name: String,
    /// None where its row was not measured in this run.
    pub measured: Option<f64>,
    pub limit: Limit,
    pub unit: &'static str,
    pub remark: String,
}

impl Target {
    fn verdict(&self) -> &'static str {
        match (self.measured, self.limit) {
            (None, _) => "-",
            (Some(measured), Limit::AtMost(limit)) if measured <= limit => "ok",
            (Some(measured), Limit::AtLeast(limit)) if measured >= limit => "ok",
            _ => "MISSED",
        }
    }

    pub fn print_heading() {
        println!(
            "\n{:<58} {:>10} {:>14}  reach",
            "target", "measured", "limit"
        );
    }

    pub fn print(&self) {
        let measured = self
            .measured
            .map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        let limit = match self.limit {
            Limit::AtMost(limit) => format!("<= {limit} {}", self.unit),
            Limit::AtLeast(limit) => format!(">= {limit} {}", self.unit),
        };
        let verdict = self.verdict();
        println!(
            "{:<58} {measured:>10} {limit:>14}  {verdict}{}",
            self.name, self.remark
        );
    }

    pub fn json(&self) -> Value {
        let (least, most) = match self.limit {
            Limit::AtLeast(limit) => (Some(limit), None),
            Limit::AtMost(limit) => (None, Some(limit)),
        };
        json!({
            "target": self.name,
            "measured": self.measured,
            "at_least": least,
            "at_most": most,
            "unit": self.unit,
            "verdict": self.verdict(),
        })
    }
}

/// The figures of whole processes and of the machine, which are no rows.
#[derive(Default)]
pub struct Facts(Vec<(String, Value)>);

impl Facts {
    pub fn say(&mut self, name: &str, value: impl Into<Value>, sentence: &str) {
        println!("{sentence}");
        self.0.push((name.to_owned(), value.into()));
    }

    pub fn json(&self) -> Value {
        self.0
            .iter()
            .cloned()
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// Sorts the values on the way.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => (values[even / 2 - 1] + values[even / 2]) / 2.0,
    }
}
