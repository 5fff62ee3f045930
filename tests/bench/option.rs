//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, ValueExt};

pub const USAGE: &str = "\
cargo bench --bench bench -- [OPTIONS]

  --server PATH    measure this davbox binary (default: the one built for the bench)
  --n N,N          numbers of events and of cards (default: 1000,10000)
  --seconds S      time per row, the bare server's share included (default: 3)
  --quick          N = 1000 and short rows: whether everything works, not how fast
  --only TEXT      only the rows whose name contains TEXT (the store is filled all the same)
  --dir DIR        where the stores lie (default: the target folder); its disk is measured
  --json FILE      write every figure to FILE as well
  --strace         count the flushes of 64 connections with strace as well
  --unpinned       do not hold client and server on one core in the rows of one connection
  --keep           leave the data folders
";

pub struct Options {
    pub server: PathBuf,
    pub sizes: Vec<usize>,
    pub row: Duration,
    pub rounds: u32,
    pub quick: bool,
    pub only: Option<String>,
    pub folder: PathBuf,
    pub json: Option<PathBuf>,
    pub strace: bool,
    pub unpinned: bool,
    pub keep: bool,
}

impl Options {
    /// Whether a row of so many connections is measured on one core. With more of them, the threads
    /// of a server are to get in each other's way if they do.
    pub fn pins(&self, connections: usize) -> bool {
        connections == 1 && !self.unpinned
    }

    /// None where only the usage was asked for.
    pub fn read() -> Result<Option<Options>, lexopt::Error> {
        // Cargo gives every benchmark `--bench`; nothing at all is `cargo test --all-targets`, which
        // has nothing to find here and should not wait for minutes.
        if std::env::args_os().len() < 2 {
            return Ok(None);
        }
        let mut options = Options {
            server: env!("CARGO_BIN_EXE_davbox").into(),
            sizes: Vec::new(),
            row: Duration::from_secs(3),
            rounds: 5,
            quick: false,
            only: None,
            folder: env!("CARGO_TARGET_TMPDIR").into(),
            json: None,
            strace: false,
            unpinned: false,
            keep: false,
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("server") => options.server = arguments.value()?.into(),
                Arg::Long("n") => {
                    let numbers = |text: &str| text.split(',').map(str::parse).collect();
                    options.sizes = arguments
                        .value()?
                        .parse_with::<_, _, std::num::ParseIntError>(numbers)?;
                }
                Arg::Long("seconds") => {
                    options.row = Duration::try_from_secs_f64(arguments.value()?.parse()?)
                        .map_err(|error| format!("--seconds: {error}"))?;
                }
                Arg::Long("quick") => options.quick = true,
                Arg::Long("only") => options.only = Some(arguments.value()?.string()?),
                Arg::Long("dir") => options.folder = arguments.value()?.into(),
                Arg::Long("json") => options.json = Some(arguments.value()?.into()),
                Arg::Long("strace") => options.strace = true,
                Arg::Long("unpinned") => options.unpinned = true,
                Arg::Long("keep") => options.keep = true,
                Arg::Long("bench") => {}
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        if options.quick {
            options.row = Duration::from_millis(150);
            options.rounds = 1;
        }
        if options.sizes.is_empty() {
            options.sizes = if options.quick {
                vec![1000]
            } else {
                vec![1000, 10_000]
            };
        }
        if options.sizes.iter().any(|size| *size < 500) {
            return Err("--n: at least 500, for the multiget of 500".into());
        }
        options.sizes.sort_unstable();
        options.sizes.dedup();
        Ok(Some(options))
    }
}
