//! A davbox of its own for every test: own data folder, own port, gone afterwards.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(30);

/// The program under test.
pub fn program() -> PathBuf {
    std::env::var_os("DAVBOX").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_davbox")),
        PathBuf::from,
    )
}

#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub password: String,
}

impl User {
    pub fn email(&self) -> String {
        format!("{}@example.org", self.name)
    }

    pub fn display_name(&self) -> String {
        let mut letters = self.name.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    }
}

pub struct Server {
    child: Option<Child>,
    folder: PathBuf,
    data: PathBuf,
    pub address: String,
    /// For `serve` alone: the commands beside it run as a person would run them.
    pub environment: Vec<(&'static str, &'static str)>,
    /// For `serve` alone: no more than so many MiB of addresses, as on a small 32-bit board.
    pub address_space: Option<u32>,
}

impl Server {
    pub fn start(label: &str, users: &[User]) -> Result<Server, String> {
        let mut server = Server::prepare(label)?;
        for user in users {
            server.add(user)?;
        }
        server.serve()?;
        Ok(server)
    }

    /// A folder of its own, and nothing in it yet.
    pub fn prepare(label: &str) -> Result<Server, String> {
        let label = label.replace('/', "-");
        let folder =
            std::env::temp_dir().join(format!("davbox-test-{}-{label}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Server {
            child: None,
            data: folder.join("data"),
            folder,
            address: String::new(),
            environment: Vec::new(),
            address_space: None,
        })
    }

    /// A second process on the data of this one.
    pub fn beside(&self, label: &str) -> Result<Server, String> {
        let mut other = Server::prepare(label)?;
        other.data.clone_from(&self.data);
        other.serve()?;
        Ok(other)
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// A command of davbox on the data of this server.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(words).arg("--data").arg(&self.data);
        command
    }

    pub fn add(&self, user: &User) -> Result<(), String> {
        let mut child = self
            .command(&["user", "add", &user.name])
            .args([
                "--email",
                &user.email(),
                "--display-name",
                &user.display_name(),
                "--password-stdin",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program().display()))?;
        if let Some(mut input) = child.stdin.take() {
            // A program that reads nothing says why on its own; the broken pipe adds nothing.
            let _ = writeln!(input, "{}", user.password);
        }
        let output = child
            .wait_with_output()
            .map_err(|error| format!("user add: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "user add {}: {} {}",
            user.name,
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))
    }

    pub fn serve(&mut self) -> Result<(), String> {
        let log = fs::File::create(self.log()).map_err(|error| format!("log: {error}"))?;
        let mut command = self.command(&[
            "serve",
            "--http",
            "127.0.0.1:0",
            "--https",
            "off",
            "--no-mdns",
        ]);
        if let Some(mib) = self.address_space {
            command = within(mib, &command);
        }
        let mut child = command
            .envs(self.environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", program().display()))?;
        let output = child.stdout.take();
        self.child = Some(child);
        let (sender, receiver) = mpsc::channel();
        if let Some(output) = output {
            // Reads on to the end, so that the server never waits for a full pipe.
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if let Some(address) = line.strip_prefix("davbox listens on http://") {
                        let _ = sender.send(address.trim_end_matches('/').to_owned());
                    }
                }
            });
        }
        match receiver.recv_timeout(START) {
            Ok(address) => {
                self.address = address;
                Ok(())
            }
            Err(_) => Err(format!(
                "davbox serve did not say where it listens:\n{}",
                self.complaints()
            )),
        }
    }

    /// What the server wrote to its log.
    pub fn complaints(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// 0 where nothing runs.
    pub fn process(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// None: it still runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let child = self.child.as_mut()?;
        child.try_wait().ok().flatten()
    }

    /// The end that no process can prepare for.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM must end it with 0.
    pub fn terminate(&mut self) -> Result<(), String> {
        if let Some(mut child) = self.child.take() {
            let ended = terminate(&mut child);
            ended.map_err(|error| format!("{error}\n{}", self.complaints()))?;
        }
        Ok(())
    }

    /// The store must pass davbox's own check.
    pub fn check(&self) -> Result<(), String> {
        let check = self
            .command(&["check"])
            .output()
            .map_err(|error| format!("davbox check: {error}"))?;
        if check.status.success() {
            return Ok(());
        }
        let said = [check.stdout, check.stderr].concat();
        Err(format!(
            "davbox check: {}\n{}",
            check.status,
            String::from_utf8_lossy(&said)
        ))
    }

    pub fn stop(mut self) -> Result<(), String> {
        self.terminate()?;
        self.check()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        remove(&self.folder);
    }
}

fn within(mib: u32, command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -v \"$1\" && shift && exec \"$@\"", "sh"])
        .arg((u64::from(mib) * 1024).to_string())
        .arg(command.get_program())
        .args(command.get_args());
    limited
}

fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

fn terminate(child: &mut Child) -> Result<(), String> {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    if !sent.is_ok_and(|status| status.success()) {
        return Err("kill -TERM: the server had ended before".into());
    }
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                return Err(format!("after SIGTERM the server ended with {status}"));
            }
            Ok(None) if start.elapsed() < STOP => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                return Err(format!(
                    "the server still ran {} seconds after SIGTERM",
                    STOP.as_secs()
                ));
            }
            Err(error) => return Err(format!("waiting for the server: {error}")),
        }
    }
}
