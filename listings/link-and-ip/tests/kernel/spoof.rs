//! A liar on the link: a switch with three ports, for the kernel, for us, and for the liar.

use crate::net::{KERNEL_MAC, Net, OUR_MAC};

const LIAR: &str = "02:00:00:00:00:66";

/// The kernel is 192.0.2.1 on the switch `br0`, whose ports are `tap0` (ours) and `tap1`.
fn three_ports() -> Net {
    let net = Net::empty();
    net.ip("
link add br0 type bridge
link set br0 address 02:00:00:00:00:01
tuntap add dev tap0 mode tap
tuntap add dev tap1 mode tap
link set tap0 master br0
link set tap1 master br0
address add 192.0.2.1/24 dev br0
link set tap0 up
link set tap1 up
link set br0 up
");
    net
}

fn kernel_knows(net: &Net) -> String {
    net.run("ip neighbor show 192.0.2.2")
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_kernel_believes_whoever_spoke_last() {
    for form in ["request", "reply"] {
        let net = three_ports();
        let _host = net.host("host --tap tap0 --address 192.0.2.2/24");
        net.run("ping -c 1 -W 1 192.0.2.2");
        assert!(kernel_knows(&net).contains(&format!("lladdr {OUR_MAC} REACHABLE")));
        let told = net.tapstack_says(&format!("spoof 192.0.2.2 --tap tap1 --form {form}"));
        assert_eq!(told, format!("told everyone: 192.0.2.2 is at {LIAR}\n"));
        let known = net.wait_for("ip neighbor show 192.0.2.2", LIAR);
        assert!(known.contains(&format!("lladdr {LIAR}")), "{form}: {known}");
        // And so the kernel's packets go to the liar.
        let said = net.say("ping -c 1 -W 0.3 192.0.2.2");
        assert!(said.contains("0 received"), "{form}: {said}");
    }
}

/// Runs the lie about the kernel's address and returns what our stack printed at its end, and what
/// the kernel's next ping said.
fn lie_to_us(options: &str) -> (crate::net::Ended, String) {
    let net = three_ports();
    let host = net.host(&format!("host --tap tap0 --address 192.0.2.2/24 {options}"));
    net.run("ping -c 1 -W 1 192.0.2.2");
    // To us alone: the kernel would object if it heard of it.
    let victim = format!("192.0.2.2={OUR_MAC}");
    net.tapstack_says(&format!("spoof 192.0.2.1 --tap tap1 --victim {victim}"));
    let said = net.say("ping -c 1 -W 0.3 192.0.2.2");
    (host.end(), said)
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn we_believe_it_if_told_to_trust_anyone() {
    let (ended, said) = lie_to_us("--trust any");
    assert!(said.contains("0 received"), "our answer went to the liar: {said}");
    assert!(ended.text.contains(&format!("192.0.2.1 dev tap0 lladdr {LIAR}")), "{}", ended.text);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn we_refuse_it_as_a_rule_and_count_it() {
    let (ended, said) = lie_to_us("");
    assert!(said.contains("1 received"), "{said}");
    let known = format!("192.0.2.1 dev tap0 lladdr {KERNEL_MAC}");
    assert!(ended.text.contains(&known), "{}", ended.text);
    let refused = ended.count("arp: would replace a neighbor that is known and alive")
        + ended.count("arp: a reply that nobody asked for");
    assert_eq!(refused, 1, "{}", ended.text);
}

#[test]
#[ignore = "needs ip: ci/setup.sh"]
fn a_stranger_gets_no_entry_by_speaking_unasked() {
    let net = three_ports();
    let host = net.host("host --tap tap0 --address 192.0.2.2/24");
    net.tapstack_says("spoof 192.0.2.77 --tap tap1");
    net.tapstack_says("spoof 192.0.2.78 --tap tap1 --form request");
    // A ping shows that what came before it has been read.
    net.run("ping -c 1 -W 1 192.0.2.2");
    let ended = host.end();
    assert!(!ended.text.contains("192.0.2.77 dev"), "{}", ended.text);
    assert!(!ended.text.contains("192.0.2.78 dev"), "{}", ended.text);
}
