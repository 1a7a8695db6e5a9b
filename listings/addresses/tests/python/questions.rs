//! The questions: random ones, ones at the edges of blocks, and texts with a typing mistake.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use addresses::special::{IPV4, IPV6};
use addresses::{Address, Prefix};

/// All questions, the same ones in each run.
pub(crate) fn all() -> Vec<String> {
    let mut random = Random(41);
    let mut questions = Vec::new();
    let mut ask = |count: usize, question: fn(&mut Random) -> String| {
        for _ in 0..count {
            questions.push(question(&mut random));
        }
    };
    ask(30_000, |random| format!("address\t{}", random.address_text()));
    ask(6_000, |random| format!("zone\t{}", random.zoned_text()));
    ask(12_000, |random| format!("network\t{}", random.prefix_text()));
    ask(12_000, |random| format!("interface\t{}", random.prefix_text()));
    ask(6_000, |random| format!("inet_aton\t{}", random.inet_aton_text()));
    ask(5_000, |random| format!("facts\t{}", random.prefix()));
    ask(4_000, |random| format!("subnets\t{}\t{}", random.prefix(), random.length()));
    ask(4_000, |random| format!("supernet\t{}\t{}", random.prefix(), random.length()));
    ask(5_000, Random::contains);
    ask(4_000, |random| {
        let (one, other) = random.two_prefixes();
        format!("overlaps\t{one}\t{other}")
    });
    ask(4_000, |random| {
        let (whole, hole) = random.two_prefixes();
        format!("exclude\t{whole}\t{hole}")
    });
    ask(4_000, Random::collapse);
    ask(4_000, Random::range);
    ask(4_000, |random| format!("kind\t{}", random.address()));
    ask(8_000, |random| format!("global\t{}", random.address()));
    questions
}

/// Numbers that look random (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `count`.
    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn v4(&mut self) -> Ipv4Addr {
        let random = Ipv4Addr::from_bits(self.next() as u32);
        match self.below(3) {
            0 => random,
            1 => random.octets().map(|octet| octet & 0x81).into(),
            _ => {
                let row = self.below(IPV4.len());
                self.edge(IPV4[row].prefix)
            }
        }
    }

    fn v6(&mut self) -> Ipv6Addr {
        let random = u128::from(self.next()) << 64 | u128::from(self.next());
        // Groups of zeros, so that there is something to compress.
        let zeros = self.next() as u8;
        let holes = Ipv6Addr::from_bits(random).segments();
        let mut holes = holes.map(|group| if group & 0x100 == 0 { group & 0xff } else { group });
        holes.iter_mut().enumerate().for_each(|(at, group)| *group *= u16::from(zeros >> at & 1));
        match self.below(4) {
            0 => Ipv6Addr::from_bits(random),
            1 => holes.into(),
            2 => self.v4().to_ipv6_mapped(),
            _ => {
                let row = self.below(IPV6.len());
                self.edge(IPV6[row].prefix)
            }
        }
    }

    /// An address at the border of a prefix, or anywhere in it.
    fn edge<A: Address>(&mut self, prefix: Prefix<A>) -> A {
        let one = 1_u128 << (128 - u32::from(A::BITS));
        let (first, last) = (prefix.network().to_left_bits(), prefix.last().to_left_bits());
        let inside = u128::from(self.next()) << 64 | u128::from(self.next());
        A::from_left_bits(match self.below(5) {
            0 => first,
            1 => last,
            2 => first.wrapping_sub(one),
            3 => last.wrapping_add(one),
            _ => first | inside & prefix.hostmask().to_left_bits(),
        })
    }

    fn address(&mut self) -> IpAddr {
        if self.below(2) == 0 { self.v4().into() } else { self.v6().into() }
    }

    fn prefix_v4(&mut self) -> Prefix<Ipv4Addr> {
        let length = self.below(33) as u8;
        Prefix::containing(self.v4(), length).unwrap()
    }

    fn prefix_v6(&mut self) -> Prefix<Ipv6Addr> {
        let length = self.below(129) as u8;
        Prefix::containing(self.v6(), length).unwrap()
    }

    fn prefix(&mut self) -> String {
        if self.below(2) == 0 { self.prefix_v4().to_string() } else { self.prefix_v6().to_string() }
    }

    /// Two prefixes of one version, which have something in common more often than not.
    fn two_prefixes(&mut self) -> (String, String) {
        fn near<A: Address>(random: &mut Random, one: Prefix<A>) -> Prefix<A> {
            let address = random.edge(one);
            let length = random.below(usize::from(A::BITS) + 1) as u8;
            Prefix::containing(address, length).unwrap()
        }
        if self.below(2) == 0 {
            let one = self.prefix_v4();
            (one.to_string(), near(self, one).to_string())
        } else {
            let one = self.prefix_v6();
            (one.to_string(), near(self, one).to_string())
        }
    }

    fn length(&mut self) -> usize {
        let most = self.pick(&[34, 130]);
        self.below(most)
    }

    fn contains(&mut self) -> String {
        let (text, address): (String, IpAddr) = if self.below(2) == 0 {
            let prefix = self.prefix_v4();
            (prefix.to_string(), self.edge(prefix).into())
        } else {
            let prefix = self.prefix_v6();
            (prefix.to_string(), self.edge(prefix).into())
        };
        let address = if self.below(8) == 0 { self.address() } else { address };
        format!("in\t{text}\t{address}")
    }

    /// A list of neighbors: parts of one prefix, some of them twice, some missing.
    fn collapse(&mut self) -> String {
        let count = 1 + self.below(12);
        let mut list = String::from("collapse");
        let (v4, v6) = (self.v4(), self.v6());
        let is_v4 = self.below(2) == 0;
        for _ in 0..count {
            let (low, cut) = (self.below(16), self.below(5) as u8);
            if is_v4 {
                let address = Ipv4Addr::from_bits(v4.to_bits() & !15 | low as u32);
                list += &format!("\t{}", Prefix::containing(address, 32 - cut).unwrap());
            } else {
                let address = Ipv6Addr::from_bits(v6.to_bits() & !15 | low as u128);
                list += &format!("\t{}", Prefix::containing(address, 128 - cut).unwrap());
            }
        }
        list
    }

    fn range(&mut self) -> String {
        let shift = self.below(128) as u32;
        if self.below(2) == 0 {
            let first = self.v4();
            let more = (self.next() as u32) >> (shift % 32);
            let last = Ipv4Addr::from_bits(first.to_bits().wrapping_add(more));
            format!("range\t{first}\t{last}")
        } else {
            let first = self.v6();
            let more = (u128::from(self.next()) << 64 | u128::from(self.next())) >> shift;
            let last = Ipv6Addr::from_bits(first.to_bits().wrapping_add(more));
            format!("range\t{first}\t{last}")
        }
    }

    // Texts.

    /// An address in one of its forms.
    fn any_form(&mut self) -> String {
        if self.below(2) == 0 {
            return self.v4().to_string();
        }
        let address = self.v6();
        let groups = address.segments();
        let text = match self.below(5) {
            0 => address.to_string(),
            1 => groups.map(|group| format!("{group:04x}")).join(":"),
            2 => groups.map(|group| format!("{group:X}")).join(":"),
            3 => {
                // "::" at any place, for any number of groups, zero or not.
                let from = self.below(9);
                let to = from + self.below(9 - from);
                let part = |groups: &[u16]| {
                    groups.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":")
                };
                format!("{}::{}", part(&groups[..from]), part(&groups[to..]))
            }
            _ => {
                let head = groups[..6].iter().map(|group| format!("{group:x}"));
                format!("{}:{}", head.collect::<Vec<_>>().join(":"), self.v4())
            }
        };
        if self.below(4) == 0 { text.to_uppercase() } else { text }
    }

    /// `text` with up to three typing mistakes.
    fn mistyped(&mut self, text: &str) -> String {
        const KEYS: [&str; 24] = [
            "0", "1", "00", "5", "9", "a", "F", "g", "x", "0x", ":", "::", ".", "%", "/", " ", "-",
            "+", "_", "255", "256", "\u{661}", "\u{ff11}", "e",
        ];
        let mut characters: Vec<String> = text.chars().map(String::from).collect();
        for _ in 0..self.below(4) {
            let at = self.below(characters.len() + 1);
            let key = self.pick(&KEYS).to_owned();
            match self.below(3) {
                0 => characters.insert(at, key),
                1 if at < characters.len() => characters[at] = key,
                _ if at < characters.len() => drop(characters.remove(at)),
                _ => {}
            }
        }
        characters.concat()
    }

    fn address_text(&mut self) -> String {
        let text = self.any_form();
        if self.below(3) == 0 { text } else { self.mistyped(&text) }
    }

    fn zoned_text(&mut self) -> String {
        let zones = [
            "eth0",
            "1",
            "4294967296",
            "lo",
            "",
            "wlan-guest",
            "a b",
            "%",
            "eth0%",
            "/64",
            "\u{e9}",
            "a-name-that-is-too-long",
            "vlan.7",
            "[0]",
            "a:b",
        ];
        let zone = self.pick(&zones);
        let starts = ["fe80::1", "ff02::1", "ff0e::1", "::1", "::", "2001:db8::1", "fd00::1"];
        let address = match self.below(3) {
            0 => self.v6().to_string(),
            1 => self.pick(&starts).to_owned(),
            _ => {
                let start = self.pick(&starts);
                self.mistyped(start)
            }
        };
        format!("{address}%{zone}")
    }

    fn prefix_text(&mut self) -> String {
        let address = match self.below(4) {
            0 => self.any_form(),
            1 => {
                let text = self.prefix();
                text.split('/').next().unwrap_or_default().to_owned()
            }
            _ => {
                return {
                    let text = self.prefix();
                    self.mistyped(&text)
                };
            }
        };
        let back = match self.below(6) {
            0 => self.v4().to_string(),
            1 => self.prefix_v4().netmask().to_string(),
            2 => self.prefix_v4().hostmask().to_string(),
            3 => format!("0{}", self.length()),
            4 => return address,
            _ => self.length().to_string(),
        };
        format!("{address}/{back}")
    }

    /// One to five numbers as C writes them, and something behind them now and then.
    fn inet_aton_text(&mut self) -> String {
        let count = 1 + self.below(5);
        let numbers: Vec<String> = (0..count)
            .map(|_| {
                let size = self.pick(&[8, 8, 8, 16, 24, 32, 33]);
                let number = self.next() & ((1 << size) - 1);
                match self.below(5) {
                    0 => format!("{number:#x}"),
                    1 => format!("0{number:o}"),
                    2 => format!("00{number}"),
                    _ => number.to_string(),
                }
            })
            .collect();
        let text = numbers.join(".");
        match self.below(6) {
            0 => self.mistyped(&text),
            1 => text + self.pick(&[" ", " home", ";", "x", ".", "\u{b}x"]),
            _ => text,
        }
    }
}
