//! What a process costs, as the kernel counts it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What one run came to.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub wall: Duration,
    /// User and system time.
    pub cpu: Duration,
}

/// Runs a command to its end, which must be exit code 0. What it prints goes to `log`.
pub async fn run(command: &mut Command, log: &Path) -> Result<Cost> {
    let before = children()?;
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(file(log)?).stderr(file(log)?).spawn().context("can't start wirepress")?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    let wall = start.elapsed();
    if !status.success() {
        bail!("{command:?} ended with {status}:\n{}", std::fs::read_to_string(log)?);
    }
    Ok(Cost { wall, cpu: children()? - before })
}

/// A file to append to.
pub fn file(path: &Path) -> Result<std::fs::File> {
    Ok(std::fs::OpenOptions::new().create(true).append(true).open(path)?)
}

/// A line of `/proc/PID/status`, in bytes: `VmRSS`, `VmHWM`.
pub fn memory(pid: u32, name: &str) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find(|line| line.starts_with(name)).context("a process that is gone has no memory")?;
    let number = line.split_whitespace().nth(1).context("a number")?;
    Ok(number.parse::<u64>()? * 1024)
}

/// The processor time of all threads so far, in nanoseconds exact.
pub fn processor_time(pid: u32) -> Result<Duration> {
    let mut sum = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += text.split_whitespace().next().context("schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}

/// Our own user and system time, threads that have ended included.
pub fn own_time() -> Result<Duration> {
    ticks(11)
}

/// User and system time of all our children that have ended (proc(5): cutime, cstime).
fn children() -> Result<Duration> {
    ticks(13)
}

/// Two fields of proc(5)'s `stat`, in ticks of 10 ms; the third field is number 0 here.
fn ticks(first: usize) -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // the name, in parentheses, may hold anything
    let fields: Vec<&str> = text.rsplit_once(')').context("stat")?.1.split_whitespace().collect();
    let ticks: u64 = fields[first].parse::<u64>()? + fields[first + 1].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}
