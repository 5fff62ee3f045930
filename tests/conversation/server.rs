//! A davbox of its own for every file: own data folder, own port, gone afterwards.

use crate::exchange::User;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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

pub struct Server {
    child: Option<Child>,
    folder: PathBuf,
    pub address: String,
}

impl Server {
    pub fn start(label: &str, users: &[User]) -> Result<Server, String> {
        let label = label.replace('/', "-");
        let folder = std::env::temp_dir().join(format!(
            "davbox-conversation-{}-{label}",
            std::process::id()
        ));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut server = Server {
            child: None,
            folder,
            address: String::new(),
        };
        for user in users {
            server.add(user)?;
        }
        server.serve()?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn add(&self, user: &User) -> Result<(), String> {
        let mut child = Command::new(program())
            .args(["user", "add", &user.name, "--data"])
            .arg(self.data())
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

    fn serve(&mut self) -> Result<(), String> {
        let log = fs::File::create(self.log()).map_err(|error| format!("log: {error}"))?;
        let mut child = Command::new(program())
            .args([
                "serve",
                "--http",
                "127.0.0.1:0",
                "--https",
                "off",
                "--no-mdns",
                "--data",
            ])
            .arg(self.data())
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

    /// SIGTERM must end it with 0, and the store it leaves must pass davbox's own check.
    pub fn stop(mut self) -> Result<(), String> {
        if let Some(mut child) = self.child.take() {
            let ended = terminate(&mut child);
            ended.map_err(|error| format!("{error}\n{}", self.complaints()))?;
        }
        let check = Command::new(program())
            .args(["check", "--data"])
            .arg(self.data())
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
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        remove(&self.folder);
    }
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
