//! Two stores side by side: a request about the same small thing must cost the same on both.

use crate::dav::Account;
use crate::load::{Client, Connection, Load, Until};
use crate::option::Options;
use crate::process::{Folder, OneCore, Server};
use crate::report::median;
use crate::rows;

/// Short turns, so that whatever else the machine does meets both stores.
const TURNS: u32 = 20;

pub struct Side {
    pub name: &'static str,
    /// Milliseconds of CPU on each store.
    pub small: f64,
    pub large: f64,
    pub ratio: f64,
    pub complaint: Option<String>,
}

pub fn compare(
    client: &Client,
    options: &Options,
    small: &Folder,
    large: &Folder,
) -> Result<Vec<Side>, String> {
    let servers = [
        Server::start(&options.server, small)?,
        Server::start(&options.server, large)?,
    ];
    let sides = vec![
        alternate(
            client,
            options,
            "listing a calendar of 20",
            &servers,
            rows::list_few,
        ),
        alternate(client, options, "a phone's poll", &servers, rows::poll),
    ];
    for server in servers {
        server.stop()?;
    }
    Ok(sides)
}

fn alternate(
    client: &Client,
    options: &Options,
    name: &'static str,
    servers: &[Server; 2],
    load: fn(&Account) -> Load,
) -> Side {
    let loads = servers
        .each_ref()
        .map(|server| load(&Account::new(server.address)));
    let mut open = servers
        .each_ref()
        .map(|server| vec![Connection::to(server.address)]);
    let mut number = 0;
    let mut complaint = None;
    let mut turn = |place: usize, until: Until| {
        let server = &servers[place];
        let window = client.window(
            &mut open[place],
            &loads[place],
            &mut number,
            until,
            server.cpu,
        );
        complaint = complaint.take().or(window.complaint.clone());
        window.cpu_ms()
    };
    // The first requests sign in.
    turn(0, Until::Count(10));
    turn(1, Until::Count(10));
    let pids = servers.each_ref().map(Server::pid);
    let _pinned = options.pins(1).then(|| OneCore::pin(&pids));
    let (mut small, mut large, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let until = Until::Time(options.row / TURNS);
        let costs = [turn(0, until), turn(1, until)];
        small.push(costs[0]);
        large.push(costs[1]);
        ratios.push(costs[1] / costs[0]);
    }
    let (small, large) = (median(&mut small), median(&mut large));
    Side {
        name,
        small,
        large,
        ratio: median(&mut ratios),
        complaint,
    }
}
