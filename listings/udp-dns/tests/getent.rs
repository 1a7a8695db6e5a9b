//! The C library reads the same files in the same way: `getent` in a lab with a hosts file and a
//! resolv.conf of its own.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use addresses::lab::Lab;
use testkit::{Process, require};
use udp_dns::hosts::Hosts;

const LIMIT: Duration = Duration::from_secs(60);
const HOSTS: &str = include_str!("names/hosts");

struct Machine {
    lab: Lab,
    folder: PathBuf,
}

impl Machine {
    /// A lab in which these files lie in `/etc`, and nothing but them is asked.
    fn new() -> Self {
        for program in ["mount", "getent", "ip"] {
            require(program);
        }
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("getent-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let machine = Self { lab: Lab::open().expect("a lab"), folder };
        let files =
            [("hosts", HOSTS), ("nsswitch.conf", "hosts: files\n"), ("host.conf", "multi on\n")];
        for (name, text) in files {
            let file = machine.folder.join(name);
            fs::write(&file, text).unwrap();
            let target = Path::new("/etc").join(name);
            machine.run(&["mount", "--bind", file.to_str().unwrap(), target.to_str().unwrap()]);
        }
        // getent asks for no addresses of a version of which the machine has none but ::1's kind.
        for address in ["192.0.2.200/32", "2001:db8::200/128"] {
            machine.run(&["ip", "address", "add", address, "dev", "lo"]);
        }
        machine
    }

    fn run(&self, words: &[&str]) -> String {
        let mut command = self.lab.command(words[0]);
        let process = Process::start(command.args(&words[1..])).unwrap();
        let finished = process.finish(LIMIT).unwrap();
        assert!(finished.status.success(), "{words:?}: {}", finished.text());
        finished.text()
    }

    /// What getent prints; it says "not found" by its exit status.
    fn getent(&self, database: &str, key: &str) -> String {
        let mut command = self.lab.command("getent");
        Process::start(command.args([database, key])).unwrap().finish(LIMIT).unwrap().text()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
#[ignore = "needs getent and a lab: ci/setup.sh"]
fn hosts_agree_with_getent() {
    let machine = Machine::new();
    let ours = Hosts::parse(HOSTS.as_bytes());
    for name in HOSTS.lines().filter_map(|line| line.strip_prefix("#? ")) {
        let addresses = ours.addresses(&name.parse().unwrap());
        for (database, is_v6) in [("ahostsv4", false), ("ahostsv6", true)] {
            let text = machine.getent(database, name);
            let theirs: BTreeSet<_> =
                text.lines().map(|line| line.split(' ').next().unwrap()).collect();
            // ahostsv6 shows IPv4 addresses as mapped ones; we have no such thing.
            let theirs = theirs.into_iter().filter(|address| !address.starts_with("::ffff:"));
            let of_version = addresses.iter().filter(|address| address.is_ipv6() == is_v6);
            let ours: BTreeSet<_> = of_version.map(ToString::to_string).collect();
            assert_eq!(ours, theirs.map(str::to_owned).collect(), "{database} {name}");
        }
    }
    for address in HOSTS.lines().filter_map(|line| line.strip_prefix("#@ ")) {
        let text = machine.getent("hosts", address);
        let theirs: Vec<_> = text.split_whitespace().skip(1).collect();
        let names = ours.names(address.parse().unwrap()).unwrap_or_default();
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let names: Vec<_> = names.iter().map(|name| name.trim_end_matches('.')).collect();
        assert_eq!(names, theirs, "{address}");
    }
}
