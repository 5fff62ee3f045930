//! The rows, in the order they are run: filling the store, reading, syncing, writing.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use crate::ceiling::{Bare, SMALLEST};
use crate::commits::Commits;
use crate::dav::{
    self, APPLE, Account, CALENDAR, COLLECTION, CONTACTS, HOME, POLL, SMALL, Stored, TASKS,
};
use crate::load::{Answer, Client, Connection, Load, Until, Window};
use crate::multistatus::Multistatus;
use crate::option::Options;
use crate::process::{OneCore, Server};
use crate::report::{Figure, median};
use crate::seed::card::card;
use crate::seed::event::event;

/// Objects in the calendar that shares the store with the large one.
const FEW: usize = 20;

/// Numbers of events that are not part of the filled store.
const OTHERS: usize = 1_000_000;

pub struct Rows<'a> {
    pub client: &'a Client,
    pub bare: &'a Bare,
    pub server: &'a Server,
    pub options: &'a Options,
    pub commits: Commits,
    pub size: usize,
    pub account: Rc<Account>,
    pub figures: Vec<Figure>,
}

impl Rows<'_> {
    pub fn wanted(&self, name: &str) -> bool {
        self.options
            .only
            .as_deref()
            .is_none_or(|only| name.contains(only))
    }

    pub fn keep(&mut self, figure: Figure) {
        figure.print();
        self.figures.push(figure);
    }

    pub fn connections(&self, count: usize) -> Vec<Connection> {
        (0..count)
            .map(|_| Connection::to(self.server.address))
            .collect()
    }

    pub fn window(
        &self,
        open: &mut Vec<Connection>,
        load: &Load,
        number: &mut usize,
        until: Until,
    ) -> Window {
        self.client
            .window(open, load, number, until, self.server.cpu)
    }

    fn pin(&self, connections: usize) -> Option<OneCore> {
        let pids = [self.server.pid(), self.bare.pid()];
        self.options.pins(connections).then(|| OneCore::pin(&pids))
    }

    /// A row that can be asked any number of times. Its windows take turns with the bare server's,
    /// so that a machine that is busy for a second is busy for all of them.
    pub fn timed(&mut self, name: &str, connections: usize, load: Load) {
        if !self.wanted(name) {
            return;
        }
        let mut open = self.connections(connections);
        let mut number = 0;
        let first = self.window(&mut open, &load, &mut number, Until::Count(2 * connections));
        if first.wrong > 0 {
            return self.keep(Figure::new(self.size, name, connections, first));
        }
        let (bare, client) = (self.bare, self.client);
        let smallest = bare.load(SMALLEST);
        let same = bare.load((first.bytes / first.requests.max(1) as u64) as usize);
        let mut beside = bare.connections(connections);
        let mut at = 0;
        let mut bare_cost = |load: &Load, until: Until| {
            client
                .window(&mut beside, load, &mut at, until, bare.cpu)
                .cpu_ms()
        };
        bare_cost(&same, Until::Count(2 * connections));

        let _pinned = self.pin(connections);
        let mut all = Window::default();
        let (mut costs, mut to_bare, mut to_same) = (Vec::new(), Vec::new(), Vec::new());
        let share = self.options.row / self.options.rounds / 4;
        for _ in 0..self.options.rounds {
            let smallest_cost = bare_cost(&smallest, Until::Time(share));
            let same_cost = bare_cost(&same, Until::Time(share));
            let window = self.window(&mut open, &load, &mut number, Until::Time(2 * share));
            costs.push(window.cpu_ms());
            to_bare.push(window.cpu_ms() / smallest_cost);
            to_same.push(window.cpu_ms() / same_cost);
            all.add(window);
        }
        let mut figure = Figure::new(self.size, name, connections, all);
        figure.cpu_ms = median(&mut costs);
        figure.bare = Some(median(&mut to_bare));
        figure.same = Some(median(&mut to_same));
        self.keep(figure);
    }

    /// A row that changes the store, so that every request of it is sent once. Gives how many were.
    fn once(&mut self, name: &str, connections: usize, load: &Load, until: Until) -> usize {
        let mut open = self.connections(connections);
        let account = self.account.clone();
        let ready = Load {
            ask: Rc::new(move |_| account.xml("PROPFIND", TASKS, "0", &dav::propfind(&COLLECTION))),
            check: Rc::new(|_, answer| dav::expect(answer, &[207])),
        };
        self.window(&mut open, &ready, &mut 0, Until::Count(connections));
        let _pinned = self.pin(connections);
        let share = self.options.row / 10;
        let mut bare = self.bare.measure(self.client, connections, SMALLEST, share);
        let before = self.commits.count().ok();
        let mut number = 0;
        let window = self.window(&mut open, load, &mut number, until);
        let after = self.commits.count().ok();
        bare.add(self.bare.measure(self.client, connections, SMALLEST, share));
        let mut figure = Figure::new(self.size, name, connections, window);
        figure.bare = Some(figure.cpu_ms / bare.cpu_ms());
        figure.commits = after
            .zip(before)
            .map(|(after, before)| after.saturating_sub(before));
        self.keep(figure);
        number
    }

    pub fn ask<T>(
        &self,
        request: &Bytes,
        take: impl FnOnce(&Answer) -> Result<T, String>,
    ) -> Result<T, String> {
        self.client.once(self.server.address, request, take)
    }

    pub fn all(&mut self) -> Result<(), String> {
        let size = self.size;
        let events: Rc<Vec<Stored>> = Rc::new(
            (0..size)
                .map(|number| Stored::new(CALENDAR, event(number, 0)))
                .collect(),
        );
        let cards: Rc<Vec<Stored>> = Rc::new(
            (0..size)
                .map(|number| Stored::new(CONTACTS, card(number)))
                .collect(),
        );
        println!(
            "\nN = {size}: events of {} bytes and cards of {} bytes on average",
            mean(&events),
            mean(&cards)
        );
        Figure::print_heading();
        self.filling(&events, &cards)?;
        self.reading(&events, &cards);
        self.querying(&events)?;
        self.searching(&cards)?;
        self.week_among()?;
        self.syncing(&events)?;
        self.writing(&events);
        Ok(())
    }

    fn filling(&mut self, events: &Rc<Vec<Stored>>, cards: &Rc<Vec<Stored>>) -> Result<(), String> {
        for (name, stored) in [("PUT new event", events), ("PUT new card", cards)] {
            let (account, put, told) = (self.account.clone(), stored.clone(), stored.clone());
            let load = Load {
                ask: Rc::new(move |number| {
                    let one = &put[number];
                    account.put(&one.href, ("If-None-Match", "*"), &one.text.borrow())
                }),
                check: Rc::new(move |number, answer| {
                    dav::expect(answer, &[201])?;
                    told[number].tagged(answer)
                }),
            };
            self.once(name, 4, &load, Until::Count(stored.len()));
        }
        if self.figures.iter().any(|figure| figure.wrong > 0) {
            return Err("the store could not be filled".to_owned());
        }
        let created = |answer: &Answer| dav::expect(answer, &[201]);
        self.ask(&self.account.make_calendar(SMALL), created)
            .map_err(|error| format!("MKCALENDAR: {error}"))?;
        for number in 0..FEW {
            let one = Stored::new(SMALL, event(OTHERS + number, 0));
            let condition = ("If-None-Match", "*");
            self.ask(
                &self.account.put(&one.href, condition, &one.text.borrow()),
                created,
            )
            .map_err(|error| format!("PUT to the small calendar: {error}"))?;
        }
        Ok(())
    }

    fn reading(&mut self, events: &Rc<Vec<Stored>>, cards: &Rc<Vec<Stored>>) {
        let account = self.account.clone();
        let get = self.get(events);
        self.timed("GET one event", 1, get.clone());
        self.timed("GET one event", 16, get);

        for connections in [1, 16] {
            let request = account.xml("PROPFIND", CALENDAR, "0", &dav::propfind(&COLLECTION));
            let load = dav::steady(request, |all| {
                dav::describes(all, CALENDAR, "calendar")?;
                counts(all, 1)
            });
            self.timed("PROPFIND depth 0 on the calendar", connections, load);
        }

        let etags = dav::propfind(&["d:getetag"]);
        for (name, collection, stored) in [
            ("PROPFIND depth 1, getetag of all N", CALENDAR, events),
            ("PROPFIND depth 1 on the address book", CONTACTS, cards),
        ] {
            let plain = account.xml("PROPFIND", collection, "1", &etags);
            let expected = stored.clone();
            let right = move |all: &Multistatus| dav::lists(all, collection, &expected);
            self.timed(name, 1, dav::steady(plain, right.clone()));
            let packed = account.xml_gzip("PROPFIND", collection, "1", &etags);
            self.timed(
                &format!("{name}, packed"),
                1,
                dav::steady_gzip(packed, right),
            );
        }

        for count in [50, 500] {
            let load = self.multiget("c:calendar", "c:calendar-data", CALENDAR, events, count);
            self.timed(&format!("calendar-multiget of {count}"), 1, load);
        }
        let load = self.multiget("card:addressbook", "card:address-data", CONTACTS, cards, 50);
        self.timed("addressbook-multiget of 50", 1, load);

        for connections in [1, 100] {
            self.timed(
                "a phone's poll: depth 1 on the home",
                connections,
                poll(&account),
            );
        }
        let request = account.xml("PROPFIND", HOME, "1", &dav::propfind(&APPLE));
        self.timed(
            "Apple's poll: 45 properties",
            1,
            dav::steady(request, is_home),
        );
    }

    fn get(&self, events: &Rc<Vec<Stored>>) -> Load {
        let size = self.size;
        let requests: Vec<Bytes> = events
            .iter()
            .map(|one| self.account.get(&one.href))
            .collect();
        let expected = events.clone();
        // A step that divides no N of ours: all objects, in no order the store knows.
        let object = move |number: usize| number.wrapping_mul(7919) % size;
        Load {
            ask: Rc::new(move |number| requests[object(number)].clone()),
            check: Rc::new(move |number, answer| {
                dav::expect(answer, &[200])?;
                let one = &expected[object(number)];
                if answer.body != one.text.borrow().as_bytes() {
                    return Err(format!("{} came back changed", one.href));
                }
                one.has_etag(answer.field("etag").unwrap_or_default())
            }),
        }
    }

    fn multiget(
        &self,
        kind: &str,
        data: &str,
        collection: &str,
        stored: &Rc<Vec<Stored>>,
        count: usize,
    ) -> Load {
        // Spread over the whole collection, as what a client misses is.
        let chosen: Vec<usize> = (0..count)
            .map(|number| number * stored.len() / count)
            .collect();
        let hrefs: Vec<String> = chosen
            .iter()
            .map(|number| stored[*number].href.clone())
            .collect();
        let body = dav::multiget(&format!("{kind}-multiget"), data, &hrefs);
        let request = self.account.xml("REPORT", collection, "0", &body);
        let stored = stored.clone();
        let data = data.rsplit(':').next().unwrap_or(data).to_owned();
        dav::steady(request, move |all| {
            let wanted: Vec<&Stored> = chosen.iter().map(|number| &stored[*number]).collect();
            dav::gives(all, &data, &wanted)
        })
    }

    fn sync_token(&self) -> Result<String, String> {
        let request = self
            .account
            .xml("PROPFIND", CALENDAR, "0", &dav::propfind(&COLLECTION));
        self.ask(&request, |answer| {
            dav::expect(answer, &[207])?;
            let all = Multistatus::read(answer.body)?;
            dav::describes(&all, CALENDAR, "calendar").map(str::to_owned)
        })
    }

    fn syncing(&mut self, events: &Rc<Vec<Stored>>) -> Result<(), String> {
        let account = self.account.clone();
        let before = self.sync_token()?;

        let (all_events, token) = (events.clone(), before.clone());
        let request = account.xml("REPORT", CALENDAR, "0", &dav::sync(""));
        let load = dav::steady(request, move |all| {
            has_token(all, &token)?;
            dav::lists(all, CALENDAR, &all_events)
        });
        self.timed("sync-collection from nothing", 1, load);

        let since = account.xml("REPORT", CALENDAR, "0", &dav::sync(&before));
        let token = before.clone();
        let load = dav::steady(since.clone(), move |all| {
            has_token(all, &token)?;
            counts(all, 0)
        });
        self.timed("sync-collection, nothing changed", 1, load);

        let changed: Vec<usize> = (0..10).map(|number| number * self.size / 10 + 7).collect();
        for number in &changed {
            let one = &events[*number];
            one.edit(event(*number, 1));
            let request = {
                let etag = one.etag.borrow();
                account.put(&one.href, ("If-Match", &etag), &one.text.borrow())
            };
            self.ask(&request, |answer| {
                dav::expect(answer, &[204, 200])?;
                one.tagged(answer)
            })
            .map_err(|error| format!("PUT over {}: {error}", one.href))?;
        }
        let after = self.sync_token()?;
        if after == before {
            return Err("ten events were changed and the sync-token was not".to_owned());
        }
        let events = events.clone();
        let load = dav::steady(since, move |all| {
            has_token(all, &after)?;
            counts(all, changed.len())?;
            for number in &changed {
                let one = &events[*number];
                one.has_etag(all.of(&one.href)?.text("getetag")?)?;
            }
            Ok(())
        });
        self.timed("sync-collection, 10 changes", 1, load);
        Ok(())
    }

    fn writing(&mut self, events: &Rc<Vec<Stored>>) {
        let most = if self.options.quick { 200 } else { 4000 };
        let long = self.options.row.max(Duration::from_millis(500));
        let mut made: Vec<Bytes> = Vec::new();
        for (place, connections) in [1, 16, 64].into_iter().enumerate() {
            if !self.wanted("PUT new") {
                continue;
            }
            let first = OTHERS * (place + 2);
            let count = (most * (place + 1) / 3).max(connections * 4);
            let load = self.put_more(first);
            let sent = self.once("PUT new", connections, &load, Until::Either(long, count));
            made.extend((first..first + sent).map(|number| {
                self.account
                    .delete(&format!("{CALENDAR}{}", event(number, 0).name))
            }));
        }
        if self.wanted("PUT over, If-Match") {
            let until = Until::Either(long, self.size.min(most));
            self.once("PUT over, If-Match", 1, &self.put_over(events), until);
        }
        if !made.is_empty() {
            let count = made.len();
            let load = Load {
                ask: Rc::new(move |number| made[number].clone()),
                check: Rc::new(|_, answer| dav::expect(answer, &[204, 200])),
            };
            self.once("DELETE", 4, &load, Until::Count(count));
        }
    }

    pub fn put_more(&self, first: usize) -> Load {
        let account = self.account.clone();
        Load {
            ask: Rc::new(move |number| {
                let object = event(first + number, 0);
                let href = format!("{CALENDAR}{}", object.name);
                account.put(&href, ("If-None-Match", "*"), &object.text)
            }),
            check: Rc::new(|_, answer| {
                dav::expect(answer, &[201])?;
                answer
                    .field("etag")
                    .map(|_| ())
                    .ok_or_else(|| "PUT says no etag".to_owned())
            }),
        }
    }

    fn put_over(&self, events: &Rc<Vec<Stored>>) -> Load {
        let (account, put, told) = (self.account.clone(), events.clone(), events.clone());
        Load {
            ask: Rc::new(move |number| {
                let one = &put[number];
                one.edit(event(number, 2));
                account.put(
                    &one.href,
                    ("If-Match", &one.etag.borrow()),
                    &one.text.borrow(),
                )
            }),
            check: Rc::new(move |number, answer| {
                dav::expect(answer, &[204, 200])?;
                told[number].tagged(answer)
            }),
        }
    }
}

fn mean(stored: &[Stored]) -> usize {
    stored
        .iter()
        .map(|one| one.text.borrow().len())
        .sum::<usize>()
        / stored.len()
}

/// The poll of a phone, right when every calendar is there and says where it stands.
pub fn poll(account: &Account) -> Load {
    let request = account.xml("PROPFIND", HOME, "1", &dav::propfind(&POLL));
    dav::steady(request, |all| {
        is_home(all)?;
        for property in [
            "current-user-privilege-set",
            "supported-calendar-component-set",
        ] {
            let found = all.of(CALENDAR)?.found.get(property);
            if found.is_none_or(|found| found.children.is_empty()) {
                return Err(format!("{property} of {CALENDAR} is empty"));
            }
        }
        Ok(())
    })
}

fn is_home(all: &Multistatus) -> Result<(), String> {
    for calendar in [CALENDAR, TASKS, SMALL] {
        dav::describes(all, calendar, "calendar")?;
    }
    all.of(HOME).map(|_| ())
}

/// The listing of the calendar that holds few objects.
pub fn list_few(account: &Account) -> Load {
    let request = account.xml("PROPFIND", SMALL, "1", &dav::propfind(&["d:getetag"]));
    dav::steady(request, |all| {
        match all
            .responses
            .iter()
            .filter(|response| response.href != SMALL)
            .count()
        {
            FEW => Ok(()),
            others => Err(format!("{others} objects in place of {FEW}")),
        }
    })
}

fn counts(all: &Multistatus, expected: usize) -> Result<(), String> {
    match all.responses.len() {
        right if right == expected => Ok(()),
        wrong => Err(format!("{wrong} responses in place of {expected}")),
    }
}

fn has_token(all: &Multistatus, expected: &str) -> Result<(), String> {
    match all.sync_token.as_deref() {
        Some(token) if token == expected => Ok(()),
        Some(token) => Err(format!("the sync-token is {token} in place of {expected}")),
        None => Err("no sync-token".to_owned()),
    }
}
