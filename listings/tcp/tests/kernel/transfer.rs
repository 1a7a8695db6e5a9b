//! Ten megabytes, both ways, over a link that loses and reorders frames.

use std::fs;
use std::sync::Mutex;
use std::thread;

use crate::net::{LIMIT, Net};

/// How bad the link is, in each direction.
const BAD: &str = "--loss 5 --reorder 5";

/// How many labs there are at a time.
const AT_ONCE: usize = 6;

/// Runs `one` for 20 seeds.
fn for_20_seeds(one: fn(u64)) {
    let seeds = Mutex::new(1..=20);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = seeds.lock().expect("nobody panics with it").next();
                    let Some(seed) = next else { return };
                    one(seed);
                }
            });
        }
    });
}

/// The sum that `sha256sum` prints.
fn sum_of(net: &Net, file: &str) -> String {
    let said = net.run(&format!("sha256sum @/{file}"));
    said.split_whitespace().next().expect("a sum").to_owned()
}

fn make_file(net: &Net, name: &str, count: usize) {
    let mut random = fastrand::Rng::with_seed(2);
    let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(count).collect();
    fs::write(net.path(name), bytes).expect("a file");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_fetches_ten_megabytes_over_a_bad_link() {
    for_20_seeds(|seed| {
        let net = Net::open();
        let line = format!("serve {BAD} --seed {seed} --bytes 10000000");
        let server = net.taptcp(&line, "serving on port 80");
        net.run("curl --silent --show-error --max-time 90 -o @/got http://192.0.2.2/");
        let said = server.text_so_far();
        assert!(said.contains(&format!("sha256 {}", sum_of(&net, "got"))), "seed {seed}: {said}");
    });
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_uploads_over_a_bad_link() {
    for_20_seeds(|seed| {
        let net = Net::open();
        make_file(&net, "file", 5_000_000);
        let line = format!("serve {BAD} --seed {seed} --bytes 1");
        let _server = net.taptcp(&line, "serving on port 80");
        let said = net.run("curl --silent --show-error --max-time 90 -T @/file http://192.0.2.2/");
        let expected = format!("5000000 bytes, sha256 {}\n", sum_of(&net, "file"));
        assert_eq!(said, expected, "seed {seed}");
    });
}

/// In the foreground, and only what is needed.
const NGINX: &str = "
daemon off;
user root;
pid @/nginx.pid;
error_log @/error.log;
events {}
http { access_log off; server { listen 192.0.2.1:80; root @; } }
";

#[test]
#[ignore = "needs nginx: ci/setup.sh"]
fn we_fetch_ten_megabytes_from_nginx_over_a_bad_link() {
    for_20_seeds(|seed| {
        let net = Net::open();
        make_file(&net, "file", 10_000_000);
        let config = NGINX.replace('@', &net.path("").display().to_string());
        fs::write(net.path("nginx.conf"), config).expect("a file");
        let nginx = net.start("nginx -c @/nginx.conf -e @/error.log");
        let deadline = std::time::Instant::now() + LIMIT;
        while !net.run("ss --tcp --listening --numeric").contains("192.0.2.1:80") {
            assert!(std::time::Instant::now() < deadline, "nginx: {}", nginx.text_so_far());
        }
        let line = format!("get {BAD} --seed {seed} -o @/got http://192.0.2.1/file");
        let (get, _) = net.taptcp_reading(&line);
        let finished = get.finish(LIMIT).expect("it ends");
        assert!(finished.status.success(), "seed {seed}: {}", finished.text());
        assert_eq!(sum_of(&net, "got"), sum_of(&net, "file"), "seed {seed}");
    });
}

#[test]
#[ignore = "needs curl and tshark: ci/setup.sh"]
fn tshark_has_nothing_to_complain_about() {
    let net = Net::open();
    let line = format!("serve {BAD} --seed 7 --bytes 3000000 --delay 20 --capture @/ours.pcap");
    let server = net.taptcp(&line, "serving on port 80");
    for host in ["192.0.2.2", "[2001:db8::2]"] {
        net.run(&format!("curl --silent --show-error --max-time 90 -o @/got http://{host}/"));
        let said = server.text_so_far();
        assert!(said.contains(&format!("sha256 {}", sum_of(&net, "got"))), "{host}: {said}");
    }
    let tshark = "tshark -r @/ours.pcap -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE";
    let bad = "_ws.malformed||tcp.checksum.status==0||ip.checksum.status==0||tcp.options.invalid";
    let said = net.run(&format!("{tshark} -n -Y {}", bad.replace("||tcp.options.invalid", "")));
    let complaints: Vec<_> = said.lines().filter(|line| line.contains("192.0.2.")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
#[ignore = "needs curl and tshark: ci/setup.sh"]
fn more_is_in_flight_than_an_unscaled_window_holds() {
    let net = Net::open();
    let line = "serve --bytes 5000000 --delay 20 --capture @/ours.pcap";
    let _server = net.taptcp(line, "serving on port 80");
    net.run("curl --silent --show-error --max-time 60 -o @/got http://192.0.2.2/");
    let said = net.run(
        "tshark -r @/ours.pcap -n -Y ip.src==192.0.2.2 -T fields -e tcp.analysis.bytes_in_flight",
    );
    let most = said.lines().filter_map(|line| line.trim().parse::<u64>().ok()).max();
    assert!(most.is_some_and(|most| most > 65_535), "{most:?} bytes in flight at most");
}
