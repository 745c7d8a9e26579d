//! Memory and CPU time of a process, from /proc.

use std::fs;

/// Clock ticks a second: fixed at 100 in the kernel's interface to user space.
const TICKS: f64 = 100.0;

/// Resident memory in KiB.
pub(crate) fn memory_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// CPU time used so far, user and system, seconds.
pub(crate) fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, field 2, may hold blanks; it ends with the last bracket. utime and stime are fields 14 and 15.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_uses_time() {
        let me = std::process::id();
        assert!(memory_kib(me).unwrap() > 100);
        let before = cpu_seconds(me).unwrap();
        while cpu_seconds(me).unwrap() <= before {}
        assert_eq!(memory_kib(u32::MAX), None);
    }
}
