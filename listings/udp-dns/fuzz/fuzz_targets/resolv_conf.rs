//! Any bytes as a `resolv.conf`: bounded whatever they say, and what is kept, written as such a file
//! again, is kept again.
#![no_main]

use std::fmt::Write;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use udp_dns::resolv_conf::{MAX_NAMESERVERS, MAX_SEARCH, Nameserver, ResolvConf};
use udp_dns::resolver::search;
use udp_dns_fuzz::write_seed;

fuzz_target!(
    init: {
        write_seed("resolv_conf", "demo", include_bytes!("../../demo/resolv.conf"));
        let all = b"; c\nnameserver fe80::1%eth0\nnameserver 192.0.2.1\ndomain a.test\nsearch b\\.c . d\n\
            options ndots:2 timeout:3 attempts:4 rotate edns0 use-vc trust-ad x\n";
        write_seed("resolv_conf", "all", all);
    },
    |bytes: &[u8]| {
        let mut conf = ResolvConf::parse(bytes);
        assert!((1..=MAX_NAMESERVERS).contains(&conf.nameservers.len()));
        assert!(conf.search.len() <= MAX_SEARCH && conf.warnings.len() <= 16);
        assert!(conf.ndots <= 15 && (1..=5).contains(&conf.attempts));
        assert!((1..=30).map(Duration::from_secs).any(|timeout| timeout == conf.timeout));
        let names = search::candidates("printer", &conf.search, conf.ndots).expect("a name");
        assert!((1..=search::MAX_CANDIDATES).contains(&names.len()));

        conf.warnings.clear();
        let again = ResolvConf::parse(text(&conf).as_bytes());
        assert_eq!(again, conf);
    }
);

fn text(conf: &ResolvConf) -> String {
    let mut text = String::new();
    for Nameserver { address, zone } in &conf.nameservers {
        let zone = zone.as_ref().map(|zone| format!("%{}", zone.as_str()));
        writeln!(text, "nameserver {address}{}", zone.unwrap_or_default()).expect("a String");
    }
    let names: String = conf.search.iter().map(|name| format!(" {name}")).collect();
    writeln!(text, "search{names}").expect("a String");
    let (timeout, attempts) = (conf.timeout.as_secs(), conf.attempts);
    write!(text, "options ndots:{} timeout:{timeout} attempts:{attempts}", conf.ndots)
        .expect("a String");
    let switches = [
        (conf.rotate, " rotate"),
        (conf.edns, " edns0"),
        (conf.use_vc, " use-vc"),
        (conf.trust_ad, " trust-ad"),
    ];
    text.extend(switches.iter().filter(|(on, _)| *on).map(|(_, word)| *word));
    text
}
