//! What is asked for a span of time: a week, the same week expanded, a month of free and busy.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::dav::{self, CALENDAR, Stored};
use crate::load::{Answer, Load, Until};
use crate::multistatus::Multistatus;
use crate::report::Figure;
use crate::rows::Rows;
use crate::seed::event::{elsewhere, event};

/// In the middle of the three years that the seed's events lie in.
const WEEK: (&str, &str) = ("20260615T000000Z", "20260622T000000Z");
const MONTH: (&str, &str) = ("20260601T000000Z", "20260701T000000Z");

pub const WEEK_ETAGS: &str = "calendar-query, one week, getetag";
pub const WEEK_DATA: &str = "calendar-query, one week, data";
pub const WEEK_EXPANDED: &str = "calendar-query, one week, expand";
pub const BUSY_MONTH: &str = "free-busy-query, one month";
pub const WEEK_AMONG: [&str; 2] = [
    "the week among 1,000 events",
    "the week among 99,000 more outside of it",
];

const AMONG_FEW: &str = "/calendars/anna/among-few/";
const AMONG_MANY: &str = "/calendars/anna/among-many/";
const FEW: usize = 1_000;
const MANY: usize = 99_000;

/// `test` is a further condition that every event meets and no index answers, so that the server has
/// to look at each event itself.
fn query(prop: &str, (start, end): (&str, &str), test: &str) -> String {
    dav::report(
        "c:calendar-query",
        &format!(
            "<d:prop><d:getetag/>{prop}</d:prop><c:filter><c:comp-filter name=\"VCALENDAR\">\
             <c:comp-filter name=\"VEVENT\"><c:time-range start=\"{start}\" end=\"{end}\"/>{test}\
             </c:comp-filter></c:comp-filter></c:filter>"
        ),
    )
}

const EVERY_EVENT: &str = "<c:prop-filter name=\"UID\"/>";

fn hrefs(all: &Multistatus) -> BTreeSet<String> {
    let responses = all.responses.iter();
    responses.map(|response| response.href.clone()).collect()
}

/// The hrefs are these, and `right` holds of each text.
fn gives(
    all: &Multistatus,
    expected: &BTreeSet<String>,
    right: impl Fn(&str, &str) -> Result<(), String>,
) -> Result<(), String> {
    let found = hrefs(all);
    if found != *expected {
        let missing = expected.difference(&found).count();
        let extra = found.difference(expected).count();
        return Err(format!(
            "{missing} objects are missing, {extra} are too many"
        ));
    }
    for response in &all.responses {
        right(&response.href, response.text("calendar-data")?)?;
    }
    Ok(())
}

impl Rows<'_> {
    pub fn querying(&mut self, events: &Rc<Vec<Stored>>) -> Result<(), String> {
        let expected = self.looked_at(CALENDAR)?;
        if expected.is_empty() {
            return Err("no event of the seed lies in the week".to_owned());
        }
        println!("{} events lie in the week", expected.len());
        let (account, stored, right) = (self.account.clone(), events.clone(), expected.clone());
        let (request, plain) = (query("", WEEK, ""), expected.clone());
        let load =
            dav::steady(
                account.xml("REPORT", CALENDAR, "1", &request),
                move |all| match hrefs(all) == plain {
                    true => Ok(()),
                    false => Err("other objects than in the week".to_owned()),
                },
            );
        self.timed(WEEK_ETAGS, 1, load);
        let body = query("<c:calendar-data/>", WEEK, "");
        let load = dav::steady(account.xml("REPORT", CALENDAR, "1", &body), move |all| {
            gives(all, &right, |href, text| {
                let one = stored.iter().find(|one| one.href == href);
                let put = one.ok_or_else(|| format!("{href} was never put"))?;
                if text.replace('\r', "") == put.text.borrow().replace('\r', "") {
                    Ok(())
                } else {
                    Err(format!("{href} has another text than was put"))
                }
            })
        });
        self.timed(WEEK_DATA, 1, load);

        let (start, end) = WEEK;
        let expand = format!(
            "<c:calendar-data><c:expand start=\"{start}\" end=\"{end}\"/></c:calendar-data>"
        );
        let body = query(&expand, WEEK, "");
        let load = dav::steady(account.xml("REPORT", CALENDAR, "1", &body), move |all| {
            gives(all, &expected, |href, text| {
                let whole = text.contains("RRULE") || text.contains("TZID");
                match text.contains("BEGIN:VEVENT") && !whole {
                    true => Ok(()),
                    false => Err(format!("{href} is not expanded: {text}")),
                }
            })
        });
        self.timed(WEEK_EXPANDED, 1, load);

        let (start, end) = MONTH;
        let range = format!("<c:time-range start=\"{start}\" end=\"{end}\"/>");
        let body = dav::report("c:free-busy-query", &range);
        let request = account.xml("REPORT", CALENDAR, "1", &body);
        let load = Load {
            ask: Rc::new(move |_| request.clone()),
            check: Rc::new(|_, answer| {
                dav::expect(answer, &[200])?;
                let text = String::from_utf8_lossy(answer.body);
                match text.matches("FREEBUSY").count() {
                    0..4 => Err(format!("the month is free: {text}")),
                    _ => Ok(()),
                }
            }),
        };
        self.timed(BUSY_MONTH, 1, load);
        Ok(())
    }

    /// The events of the week, by looking at all.
    fn looked_at(&self, calendar: &str) -> Result<BTreeSet<String>, String> {
        let body = query("", WEEK, EVERY_EVENT);
        let request = self.account.xml("REPORT", calendar, "1", &body);
        self.ask(&request, |answer| {
            dav::expect(answer, &[207])?;
            Ok(hrefs(&Multistatus::read(answer.body)?))
        })
    }

    /// Whether events outside of a week make it cost more.
    pub fn week_among(&mut self) -> Result<(), String> {
        if self.options.quick || !WEEK_AMONG.iter().any(|name| self.wanted(name)) {
            return Ok(());
        }
        let created = |answer: &Answer| dav::expect(answer, &[201]);
        for calendar in [AMONG_FEW, AMONG_MANY] {
            self.ask(&self.account.make_calendar(calendar), created)?;
            self.put_all(calendar, FEW, |number| event(number, 0));
        }
        self.put_all(AMONG_MANY, MANY, elsewhere);
        let body = query("<c:calendar-data/>", WEEK, "");
        for (name, calendar) in WEEK_AMONG.into_iter().zip([AMONG_FEW, AMONG_MANY]) {
            let expected = self.looked_at(calendar)?;
            let request = self.account.xml("REPORT", calendar, "1", &body);
            let load = dav::steady(request, move |all| gives(all, &expected, |_, _| Ok(())));
            self.timed(name, 1, load);
        }
        for calendar in [AMONG_FEW, AMONG_MANY] {
            let removed = |answer: &Answer| dav::expect(answer, &[204, 200]);
            self.ask(&self.account.delete(calendar), removed)?;
        }
        Ok(())
    }

    fn put_all(
        &mut self,
        calendar: &'static str,
        count: usize,
        object: fn(usize) -> crate::seed::Object,
    ) {
        let account = self.account.clone();
        let load = Load {
            ask: Rc::new(move |number| {
                let object = object(number);
                let href = format!("{calendar}{}", object.name);
                account.put(&href, ("If-None-Match", "*"), &object.text)
            }),
            check: Rc::new(|_, answer| dav::expect(answer, &[201])),
        };
        let mut open = self.connections(64);
        let window = self.window(&mut open, &load, &mut 0, Until::Count(count));
        if window.wrong > 0 {
            self.keep(Figure::new(count, "filling a calendar", 64, window));
        }
    }
}
