//! Availability: when somebody works at all (RFC 7953).

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::calendar::freebusy::{BusyType, join};
use crate::calendar::instance::RecurrenceSet;
use crate::calendar::overlap::{Period, Range, availability_range};
use crate::calendar::series::Budget;
use crate::text::tree::Tree;
use crate::zone::Zones;

/// A VAVAILABILITY, as far as it matters in a range.
#[derive(Clone, Debug)]
pub(super) struct Availability {
    /// By PRIORITY, "the lowest to highest PRIORITY values are 0, 9, 8, 7, 6, 5, 4, 3, 2, 1".
    rank: u8,
    covers: Period,
    busy: BusyType,
    /// What its AVAILABLE leave free, rising and apart.
    free: Vec<Period>,
}

impl Availability {
    /// None where it does not intersect the range.
    pub(super) fn of(
        component: &Tree,
        zones: &Zones,
        range: Range,
        budget: &mut Budget,
    ) -> Option<Availability> {
        let covers = availability_range(component, zones).unwrap_or(Period {
            start: i64::MIN,
            end: i64::MAX,
        });
        let covers = Period {
            start: covers.start.max(range.start),
            end: covers.end.min(range.end),
        };
        if covers.start >= covers.end {
            return None;
        }
        let value = |name| component.property(name).map(|line| line.value().trim());
        let priority = value("PRIORITY").and_then(|value| value.parse().ok());
        let rank = match priority {
            Some(priority @ 1..=9) => 10 - priority,
            _ => 0,
        };
        let busy = value("BUSYTYPE").and_then(BusyType::from_name);
        Some(Availability {
            rank,
            covers,
            busy: busy.unwrap_or(BusyType::Unavailable),
            free: free(component, zones, covers, budget),
        })
    }

    /// How much there is to combine.
    pub(super) fn periods(&self) -> usize {
        1 + self.free.len()
    }

    fn covers(&self, moment: i64) -> bool {
        self.covers.start <= moment && moment < self.covers.end
    }

    fn frees(&self, moment: i64) -> bool {
        let next = self.free.partition_point(|period| period.start <= moment);
        next.checked_sub(1)
            .and_then(|at| self.free.get(at))
            .is_some_and(|period| moment < period.end)
    }
}

/// The instances of its AVAILABLE, those of one UID together.
fn free(component: &Tree, zones: &Zones, covers: Period, budget: &mut Budget) -> Vec<Period> {
    let mut groups: HashMap<&str, Vec<&Tree>> = HashMap::new();
    for available in component.components().filter(|inner| inner.is("AVAILABLE")) {
        let uid = available.property("UID").map_or("", |line| line.value());
        groups.entry(uid).or_default().push(available);
    }
    let range = Range {
        start: covers.start,
        end: covers.end,
    };
    let mut free = Vec::new();
    for group in groups.into_values() {
        let set = RecurrenceSet::of_components(group, zones);
        // What cannot be evaluated frees only what is known of it.
        let _ = set
            .series()
            .visit(None, range.window(), budget, &mut |instance| {
                let period = Period {
                    start: instance.starts.max(covers.start),
                    end: instance.ends.min(covers.end),
                };
                if period.start < period.end {
                    free.push(period);
                }
                ControlFlow::Continue(())
            });
    }
    join(&mut free);
    free
}

/// Busy time by availability alone (RFC 7953 section 4): by rising rank, what a VAVAILABILITY covers
/// is set busy, and then what its AVAILABLE say is set free.
///
/// The procedure of section 5, an "example", frees what a lower rank leaves free although a higher
/// one says busy; section 4 says otherwise, and is followed.
pub(super) fn unavailable(
    availabilities: &[Availability],
    range: Range,
) -> Vec<(Period, BusyType)> {
    let mut bounds: Vec<i64> = availabilities
        .iter()
        .flat_map(|own| own.free.iter().chain([&own.covers]))
        .flat_map(|period| [period.start, period.end])
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut ranked: Vec<&Availability> = availabilities.iter().collect();
    ranked.sort_by_key(|own| std::cmp::Reverse(own.rank));
    let mut busy = Vec::new();
    for (start, end) in bounds.iter().zip(bounds.iter().skip(1)) {
        let (start, end) = (*start, *end);
        let Some(highest) = ranked
            .iter()
            .find(|own| own.covers(start))
            .map(|own| own.rank)
        else {
            continue;
        };
        let equals = || {
            ranked
                .iter()
                .filter(|own| own.rank == highest && own.covers(start))
        };
        if equals().any(|own| own.frees(start)) {
            continue;
        }
        let period = Period {
            start: start.max(range.start),
            end: end.min(range.end),
        };
        busy.extend(
            equals()
                .map(|own| own.busy)
                .max()
                .map(|kind| (period, kind)),
        );
    }
    busy
}
