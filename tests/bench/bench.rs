//! What a request costs the server, beside what the same machine gives a server that does nothing.
//!
//! `cargo bench --bench bench -- [OPTIONS]`; tests/README.md says how to read the figures.

mod ceiling;
mod commits;
mod dav;
mod isolation;
mod load;
mod machine;
mod multistatus;
mod option;
mod process;
mod queries;
mod reach;
mod report;
mod rows;
mod search;
mod seed;
mod strace;

use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ceiling::{BARE, Bare, SMALLEST};
use crate::commits::Commits;
use crate::dav::{Account, CALENDAR, COLLECTION, PASSWORD, USER};
use crate::load::Client;
use crate::machine::Machine;
use crate::option::Options;
use crate::process::{Folder, Memory, OneCore, Sampler, Server};
use crate::report::{Facts, Figure, Target, median, milliseconds};
use crate::rows::Rows;

/// How often a filled store is started, so that one late timer does not decide.
const STARTS: usize = 10;

/// Long enough for a server to fall silent after the last answer.
const SILENCE: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(BARE) {
        let address = arguments.next().and_then(|text| text.parse().ok());
        let address = address.expect("the bench gives the bare server its address");
        return match ceiling::serve_bare(address) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("the bare server: {error}")),
        };
    }
    let options = match Options::read() {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{}", option::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(&format!("{error}\n\n{}", option::USAGE)),
    };
    match Run::start(options).and_then(Run::go) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(wrong) => fail(&format!("wrong: {wrong} (a slow figure is not counted)")),
        Err(sentence) => fail(&sentence),
    }
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::FAILURE
}

struct Run {
    options: Options,
    machine: Machine,
    client: Client,
    bare: Bare,
    figures: Vec<Figure>,
    facts: Facts,
    /// What was wrong besides answers.
    faults: Vec<String>,
    measured: reach::Measured,
    stores: Vec<(usize, Folder)>,
}

impl Run {
    fn start(options: Options) -> Result<Run, String> {
        let folder = &options.folder;
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        if !options.server.is_file() {
            return Err(format!(
                "{} is no davbox to measure",
                options.server.display()
            ));
        }
        Ok(Run {
            machine: Machine::look(folder),
            client: Client::new().map_err(|error| format!("the client: {error}"))?,
            bare: Bare::start()?,
            figures: Vec::new(),
            facts: Facts::default(),
            faults: Vec::new(),
            measured: reach::Measured::default(),
            stores: Vec::new(),
            options,
        })
    }

    /// Gives how many things were wrong.
    fn go(mut self) -> Result<usize, String> {
        println!("server: {}", self.options.server.display());
        self.machine.print();
        self.ceilings()?;
        for size in self.options.sizes.clone() {
            self.store(size)?;
        }
        self.isolation()?;
        let targets = reach::targets(&self.figures, &self.measured);
        Target::print_heading();
        targets.iter().for_each(Target::print);
        println!("\nload at the end: {}", machine::load());
        for fault in &self.faults {
            println!("WRONG: {fault}");
        }
        if let Some(path) = &self.options.json {
            self.write_json(path, &targets)?;
        }
        let rows = self
            .figures
            .iter()
            .filter(|figure| figure.wrong > 0)
            .count();
        Ok(rows + self.faults.len())
    }

    fn ceilings(&mut self) -> Result<(), String> {
        let time = self.options.row / 10;
        println!("\nceilings of this machine, in this run");
        Figure::print_heading();
        for (size, what) in [
            (SMALLEST, "bare hyper, 5-byte answer"),
            (2_000, "bare hyper, 2 KB"),
            (100_000, "bare hyper, 100 KB"),
            (2_500_000, "bare hyper, 2.5 MB"),
        ] {
            for connections in [1, 16, 100] {
                let _pinned = self
                    .options
                    .pins(connections)
                    .then(|| OneCore::pin(&[self.bare.pid()]));
                let window = self.bare.measure(&self.client, connections, size, time);
                let figure = Figure::new(0, what, connections, window);
                figure.print();
                self.figures.push(figure);
            }
        }
        let flushes = ceiling::flush(&self.options.folder, self.options.row / 3)
            .map_err(|error| format!("{}: {error}", self.options.folder.display()))?;
        let mut times: Vec<f64> = flushes
            .iter()
            .map(|time| time.as_secs_f64() * 1e3)
            .collect();
        let per_second = times.len() as f64 / times.iter().sum::<f64>() * 1e3;
        let middle = median(&mut times);
        self.facts.say(
            "fdatasync",
            json!({ "per_second": per_second, "p50_ms": middle }),
            &format!(
                "fdatasync of 4 KiB: {per_second:.0} per second, {middle:.3} ms in the middle"
            ),
        );
        Ok(())
    }

    /// All that is measured on one store, from empty to filled and started again.
    fn store(&mut self, size: usize) -> Result<(), String> {
        let folder = Folder::new(&self.options.folder, &size.to_string(), self.options.keep)
            .map_err(|error| format!("{}: {error}", self.options.folder.display()))?;
        let mut server = Server::start(&self.options.server, &folder)?;
        let sampler = Sampler::start(server.pid());
        std::thread::sleep(SILENCE);
        let empty = server.memory();
        self.user(&folder)?;
        let account = Rc::new(Account::new(server.address));
        self.sign_in(&server, &account)?;
        std::thread::sleep(SILENCE);
        let signed_in = server.memory();

        let commits = Commits::of(&folder.data()).map_err(|error| format!("the store: {error}"))?;
        let mut rows = Rows {
            client: &self.client,
            bare: &self.bare,
            server: &server,
            options: &self.options,
            commits,
            size,
            account,
            figures: Vec::new(),
        };
        let ran = rows.all();
        let strace = (ran.is_ok() && self.options.strace).then(|| strace::flushes(&rows));
        self.figures.append(&mut rows.figures);
        if let Some(sentence) = server.obituary() {
            return Err(sentence);
        }
        ran?;
        std::thread::sleep(SILENCE);
        let after = server.memory();
        let highest = sampler.finish();

        println!();
        match strace {
            Some(Ok(said)) => self
                .facts
                .say(&format!("strace_{size}"), said.clone(), &said),
            Some(Err(sentence)) => println!("strace: {sentence}"),
            None => {}
        }
        self.memory(size, "empty", empty);
        self.memory(size, "after the first sign-in", signed_in);
        self.memory(size, "after the rows", after);
        self.facts.say(
            &format!("anonymous_peak_{size}"),
            highest,
            &format!(
                "anonymous memory at its highest, sampled: {:.1} MiB",
                mebibytes(highest)
            ),
        );
        self.measured.idle = Some(mebibytes(empty.anonymous.max(signed_in.anonymous)));
        self.measured.after = Some((size, mebibytes(after.anonymous)));

        server
            .stop()
            .unwrap_or_else(|fault| self.faults.push(fault));
        self.check(&folder)?;
        self.starts(size, &folder)?;
        self.stores.push((size, folder));
        Ok(())
    }

    fn user(&self, folder: &Folder) -> Result<(), String> {
        let password = format!("{PASSWORD}\n");
        let add = ["user", "add", USER, "--password-stdin"];
        match process::run(&self.options.server, &add, &folder.data(), &password)? {
            (status, _) if status.success() => Ok(()),
            (status, said) => Err(format!("`davbox user add` left with {status}: {said}")),
        }
    }

    /// Gives how long the first signed-in answer takes, the slow hash of the password included.
    fn sign_in(&self, server: &Server, account: &Account) -> Result<Duration, String> {
        let request = account.xml("PROPFIND", CALENDAR, "0", &dav::propfind(&COLLECTION));
        let begin = Instant::now();
        self.client.once(server.address, &request, |answer| {
            dav::expect(answer, &[207])
        })?;
        Ok(begin.elapsed())
    }

    fn memory(&mut self, size: usize, moment: &str, memory: Memory) {
        self.facts.say(
            &format!("memory_{size}_{}", moment.replace([' ', '-'], "_")),
            json!({
                "anonymous": memory.anonymous,
                "file": memory.file,
                "peak": memory.peak,
                "proportional": memory.proportional,
            }),
            &format!(
                "memory {moment}: anonymous {:.1} MiB, of files {:.1}, \
                 proportional (PSS) {:.1}, peak (VmHWM) {:.1}",
                mebibytes(memory.anonymous),
                mebibytes(memory.file),
                mebibytes(memory.proportional),
                mebibytes(memory.peak)
            ),
        );
    }

    fn check(&mut self, folder: &Folder) -> Result<(), String> {
        let (status, said) = process::run(&self.options.server, &["check"], &folder.data(), "")?;
        println!("davbox check: {status}");
        if !status.success() {
            self.faults
                .push(format!("`davbox check` after the run ({status}):\n{said}"));
        }
        Ok(())
    }

    fn starts(&mut self, size: usize, folder: &Folder) -> Result<(), String> {
        let (mut first, mut signed_in) = (Vec::new(), Vec::new());
        for _ in 0..if self.options.quick { 3 } else { STARTS } {
            let server = Server::start(&self.options.server, folder)?;
            let sign_in = self.sign_in(&server, &Account::new(server.address))?;
            first.push(server.first_answer.as_secs_f64() * 1e3);
            signed_in.push((server.first_answer + sign_in).as_secs_f64() * 1e3);
            server
                .stop()
                .unwrap_or_else(|fault| self.faults.push(fault));
        }
        let (middle, middle_signed_in) = (median(&mut first), median(&mut signed_in));
        let (least, least_signed_in) = (first[0], signed_in[0]);
        self.facts.say(
            &format!("start_{size}"),
            json!({
                "healthz_ms": { "least": least, "median": middle },
                "signed_in_ms": { "least": least_signed_in, "median": middle_signed_in },
            }),
            &format!(
                "start on the filled store, {} times: /healthz after {least:.2} ms at best and \
                 {middle:.2} in the middle, a signed-in PROPFIND after {least_signed_in:.2} and \
                 {middle_signed_in:.2}",
                first.len(),
            ),
        );
        self.measured.start = Some((size, middle));
        Ok(())
    }

    /// Whether what one collection holds slows another down.
    fn isolation(&mut self) -> Result<(), String> {
        let [(small_size, small), .., (large_size, large)] = &self.stores[..] else {
            return Ok(());
        };
        println!("\nthe same request on the store of {large_size} and on that of {small_size}");
        for side in isolation::compare(&self.client, &self.options, small, large)? {
            self.facts.say(
                &format!("isolation: {}", side.name),
                json!({ "small_ms": side.small, "large_ms": side.large, "ratio": side.ratio }),
                &format!(
                    "{:<54} {} ms and {} ms: x {:.2}",
                    side.name,
                    milliseconds(side.large),
                    milliseconds(side.small),
                    side.ratio
                ),
            );
            if let Some(sentence) = side.complaint {
                self.faults.push(format!("{}: {sentence}", side.name));
            }
            self.measured.isolation.push((side.name, side.ratio));
        }
        Ok(())
    }

    fn write_json(&self, path: &Path, targets: &[Target]) -> Result<(), String> {
        let all = json!({
            "machine": self.machine.json(),
            "rows": self.figures.iter().map(Figure::json).collect::<Vec<Value>>(),
            "facts": self.facts.json(),
            "reach": targets.iter().map(Target::json).collect::<Vec<Value>>(),
            "faults": self.faults,
        });
        std::fs::write(path, format!("{all:#}\n"))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
