//! What the figures were taken on.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

pub struct Machine {
    cores: usize,
    processor: String,
    kernel: String,
    page_size: u64,
    file_system: String,
    load: String,
}

impl Machine {
    pub fn look(folder: &Path) -> Machine {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let after = |text: &str, name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned())
                .unwrap_or_default()
        };
        let page = after(&read("/proc/self/smaps"), "KernelPageSize");
        let page = page
            .split(' ')
            .next()
            .and_then(|digits| digits.parse::<u64>().ok());
        Machine {
            cores: std::thread::available_parallelism().map_or(0, |cores| cores.get()),
            processor: after(&read("/proc/cpuinfo"), "model name"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            page_size: page.unwrap_or_default() * 1024,
            file_system: file_system(folder, &read("/proc/mounts")),
            load: load(),
        }
    }

    pub fn print(&self) {
        println!(
            "machine: {} cores ({}), Linux {}, pages of {} bytes, store on {}, load {}",
            self.cores, self.processor, self.kernel, self.page_size, self.file_system, self.load
        );
        if self.file_system == "tmpfs" || self.file_system == "ramfs" {
            println!(
                "warning: this folder is memory, where a flush costs nothing: \
                 give --dir a folder on a disk"
            );
        }
    }

    pub fn json(&self) -> Value {
        json!({
            "cores": self.cores,
            "processor": self.processor,
            "kernel": self.kernel,
            "page_size": self.page_size,
            "file_system": self.file_system,
            "load": self.load,
        })
    }
}

pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn file_system(folder: &Path, mounts: &str) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| folder.starts_with(point))
        // Of two on the same point the later one is the one that shows.
        .max_by_key(|(point, _)| point.len())
        .map_or_else(
            || "an unknown file system".to_owned(),
            |(_, kind)| kind.to_owned(),
        )
}
