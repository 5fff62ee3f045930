//! The processes that are measured: started, watched through /proc and their CPU clock, ended.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// The CPU clock of a whole process: nanoseconds of all its threads, ended ones included. The
/// times in /proc/PID/stat move in steps of 10 ms, too coarse for a request of 0.02 ms.
#[derive(Clone, Copy)]
pub struct Cpu(ClockId);

impl Cpu {
    pub fn of(pid: u32) -> io::Result<Cpu> {
        Ok(Cpu(clock_getcpuclockid(Pid::from_raw(pid as i32))?))
    }

    /// Zero once the process is gone; whoever loses a server notices by its answers.
    pub fn now(self) -> Duration {
        clock_gettime(self.0)
            .map(Duration::from)
            .unwrap_or_default()
    }
}

/// A child that ends with this program, however this program ends.
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command) -> io::Result<Process> {
        // SAFETY: prctl is async-signal-safe and touches nothing that the parent holds.
        unsafe {
            command.pre_exec(|| prctl::set_pdeathsig(Signal::SIGKILL).map_err(io::Error::from));
        }
        Ok(Process(command.spawn()?))
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    /// Asks the process to end and waits for it; None where it does not.
    pub fn stop(&mut self, signal: Signal, patience: Duration) -> Option<ExitStatus> {
        if let Some(status) = self.ended() {
            return Some(status);
        }
        kill(Pid::from_raw(self.pid() as i32), signal).ok();
        let begin = Instant::now();
        while begin.elapsed() < patience {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Removed with everything in it when the run ends.
pub struct Folder {
    pub path: PathBuf,
    keep: bool,
}

impl Folder {
    pub fn new(parent: &Path, name: &str, keep: bool) -> io::Result<Folder> {
        let path = parent.join(format!("davbox-bench-{}-{name}", std::process::id()));
        // A run that was killed had the same number and left its store.
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Folder { path, keep })
    }

    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.keep {
            println!("kept: {}", self.path.display());
        } else {
            fs::remove_dir_all(&self.path).ok();
        }
    }
}

pub struct Server {
    process: Process,
    pub address: SocketAddr,
    pub cpu: Cpu,
    log: PathBuf,
    /// From the start of the process to the first `200` of /healthz.
    pub first_answer: Duration,
}

impl Server {
    pub fn start(binary: &Path, folder: &Folder) -> Result<Server, String> {
        let address = free_address().map_err(|error| format!("no free port: {error}"))?;
        let log = folder.path.join("server.log");
        let (output, errors) = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| format!("{}: {error}", log.display()))?;
        let begin = Instant::now();
        let mut process = Process::start(
            Command::new(binary)
                .arg("serve")
                .arg("--data")
                .arg(folder.data())
                .args([
                    "--http",
                    &address.to_string(),
                    "--https",
                    "off",
                    "--no-mdns",
                ])
                .stdin(Stdio::null())
                .stdout(output)
                .stderr(errors),
        )
        .map_err(|error| format!("{}: {error}", binary.display()))?;
        while !healthy(address) {
            if let Some(status) = process.ended() {
                return Err(format!(
                    "the server ended at once ({status}):\n{}",
                    tail(&log)
                ));
            }
            if begin.elapsed() > Duration::from_secs(30) {
                return Err(format!("no answer from /healthz for 30 s:\n{}", tail(&log)));
            }
            // Short against the 10 ms that are allowed, long enough to leave the server the core.
            std::thread::sleep(Duration::from_micros(100));
        }
        let first_answer = begin.elapsed();
        let cpu = Cpu::of(process.pid())
            .map_err(|error| format!("the CPU clock of the server: {error}"))?;
        Ok(Server {
            process,
            address,
            cpu,
            log,
            first_answer,
        })
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub fn memory(&self) -> Memory {
        Memory::of(self.pid())
    }

    /// What became of a server that should be running, where it is not.
    pub fn obituary(&mut self) -> Option<String> {
        let status = self.process.ended()?;
        Some(format!(
            "the server ended meanwhile ({status}):\n{}",
            tail(&self.log)
        ))
    }

    /// Right only where SIGTERM is followed by exit status 0.
    pub fn stop(mut self) -> Result<(), String> {
        match self.process.stop(Signal::SIGTERM, Duration::from_secs(10)) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!(
                "after SIGTERM the server left with {status}:\n{}",
                tail(&self.log)
            )),
            None => Err("the server did not end within 10 s of SIGTERM".to_owned()),
        }
    }
}

fn healthy(address: SocketAddr) -> bool {
    let ask = || -> io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Runs a command of the server's binary to its end; gives all it said.
pub fn run(
    binary: &Path,
    arguments: &[&str],
    data: &Path,
    input: &str,
) -> Result<(ExitStatus, String), String> {
    let go = || -> io::Result<(ExitStatus, String)> {
        let mut child = Command::new(binary)
            .args(arguments)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // A command that reads nothing may be gone by now: its status says more than the pipe's.
        child
            .stdin
            .take()
            .expect("standard input was piped")
            .write_all(input.as_bytes())
            .ok();
        let output = child.wait_with_output()?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((output.status, text))
    };
    go().map_err(|error| format!("{} {}: {error}", binary.display(), arguments.join(" ")))
}

/// In bytes.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    pub anonymous: u64,
    /// Pages of files, the store's map above all: the kernel's to give and take.
    pub file: u64,
    pub peak: u64,
    pub proportional: u64,
}

impl Memory {
    pub fn of(pid: u32) -> Memory {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        Memory {
            anonymous: kibibytes(&status, "RssAnon:"),
            file: kibibytes(&status, "RssFile:"),
            peak: kibibytes(&status, "VmHWM:"),
            proportional: kibibytes(&rollup, "Pss:"),
        }
    }
}

fn kibibytes(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|digits| digits.parse::<u64>().ok())
        .unwrap_or_default()
        * 1024
}

/// One core for this thread and for all threads of some processes, until it is dropped. Over one
/// connection, server and client wake each other for every request: across cores that is an
/// interrupt, which costs up to six times what the answer does, or nothing, as the scheduler pleases.
pub struct OneCore {
    pids: Vec<u32>,
    all: CpuSet,
}

impl OneCore {
    pub fn pin(pids: &[u32]) -> OneCore {
        let all = sched_getaffinity(Pid::from_raw(0)).expect("a process may ask for its cores");
        // The first one has the machine's own interrupts to serve.
        let last = (0..CpuSet::count())
            .rev()
            .find(|core| all.is_set(*core) == Ok(true));
        let mut one = CpuSet::new();
        one.set(last.unwrap_or_default())
            .expect("the core is one of the set's");
        let pinned = OneCore {
            pids: pids.to_vec(),
            all,
        };
        pinned.apply(&one);
        pinned
    }

    fn apply(&self, cores: &CpuSet) {
        sched_setaffinity(Pid::from_raw(0), cores).expect("a process may choose among its cores");
        // Twice, for a thread may start while the others are moved; one that ended is no loss.
        for pid in self.pids.iter().chain(&self.pids) {
            let tasks = fs::read_dir(format!("/proc/{pid}/task"))
                .into_iter()
                .flatten()
                .flatten();
            for thread in tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()) {
                sched_setaffinity(Pid::from_raw(thread), cores).ok();
            }
        }
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        self.apply(&self.all);
    }
}

/// The kernel keeps no peak of anonymous memory alone, so it is sampled.
pub struct Sampler {
    stop: Sender<()>,
    thread: std::thread::JoinHandle<u64>,
}

impl Sampler {
    pub fn start(pid: u32) -> Sampler {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let mut peak = 0;
            let pause = Duration::from_millis(20);
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
                peak = peak.max(kibibytes(&status, "RssAnon:"));
            }
            peak
        });
        Sampler { stop, thread }
    }

    pub fn finish(self) -> u64 {
        self.stop.send(()).ok();
        self.thread.join().unwrap_or_default()
    }
}
