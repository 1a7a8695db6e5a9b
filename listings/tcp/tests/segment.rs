//! Segments: written as read, refused where they must be, the same as Linux writes them.

mod corpus_support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use corpus_support::{Case, corpus};
use link_and_ip::wire::Protocol;
use link_and_ip::wire::checksum::Sum;
use link_and_ip::wire::dissect::dissect;
use proptest::prelude::*;
use tcp::Seq;
use tcp::segment::{Flags, Header, MAX_WINDOW_SCALE, Malformed, Options, Segment, Timestamps};

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const TO: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

/// A segment with these option bytes and the right checksum.
fn with_options(flags: u8, options: &[u8]) -> Vec<u8> {
    assert!(options.len().is_multiple_of(4));
    let mut bytes = vec![0xc0, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0, flags, 1, 0, 0, 0, 0, 0];
    bytes[12] = (5 + options.len() / 4) as u8 * 16;
    bytes.extend_from_slice(options);
    seal(&mut bytes);
    bytes
}

/// Puts the right checksum in.
fn seal(bytes: &mut [u8]) {
    bytes[16..18].fill(0);
    let (IpAddr::V4(from), IpAddr::V4(to)) = (FROM, TO) else { unreachable!() };
    let sum = Sum::pseudo_v4(from, to, Protocol::TCP, bytes.len()).with(bytes).finish();
    bytes[16..18].copy_from_slice(&sum.to_be_bytes());
}

const SYN: u8 = 2;
const ACK: u8 = 16;

fn options(flags: u8, bytes: &[u8]) -> Result<Options, Malformed> {
    Segment::parse(&with_options(flags, bytes), FROM, TO).map(|segment| segment.header.options)
}

#[test]
fn what_linux_sends_is_written_the_same() {
    let cases = corpus();
    assert!(cases.len() >= 20, "{} frames", cases.len());
    for Case { name, from, to, segment: bytes, .. } in &cases {
        let segment = Segment::parse(bytes, *from, *to).expect(name);
        let mut out = b"before".to_vec();
        let (one, two) = segment.payload.split_at(segment.payload.len() / 2);
        segment.header.write(*from, *to, [one, two], &mut out);
        assert_eq!(out[6..], bytes[..], "{name}");
        assert_eq!(segment.header.length(), bytes.len() - segment.payload.len());
    }
}

#[test]
fn what_linux_says() {
    let cases = corpus();
    let header = |name: &str| {
        let case = cases.iter().find(|case| case.name == name).expect(name);
        Segment::parse(&case.segment, case.from, case.to).expect(name).header
    };
    let syn = header("syn");
    assert_eq!(syn.flags, Flags::SYN);
    assert_eq!((syn.options.mss, syn.options.sack_permitted), (Some(1460), true));
    assert!(syn.options.window_scale.is_some() && syn.options.timestamps.is_some());
    assert_eq!(header("syn-v6").options.mss, Some(1440), "IPv6's header is 20 bytes longer");
    assert_eq!(header("syn-ack").flags, Flags::SYN_ACK);
    assert_eq!(header("fin").flags, Flags::FIN_ACK);
    assert_eq!(header("refused").flags, Flags::RST_ACK);
    assert_eq!(header("syn-ecn").flags.to_string(), "SYN ECE CWR");
    assert_eq!((header("urgent").flags.urg, header("urgent").urgent), (true, 1));
    assert_eq!(header("zero-window").window, 0);
    let blocks = |name| header(name).options.sack.iter().flatten().count();
    assert_eq!([blocks("sack"), blocks("sack-3"), blocks("sack-4")], [1, 3, 4]);
    let only = Options { mss: Some(1460), ..Options::default() };
    assert_eq!(header("syn-mss-only").options, only);
}

/// The checksum holds every prefix back, so each is also tried with a checksum of its own.
#[test]
fn cut_at_every_byte() {
    for Case { name, from, to, segment, .. } in corpus() {
        for length in 0..segment.len() {
            let cut = &segment[..length];
            let expected = if length < 20 { Malformed::Short } else { Malformed::Checksum };
            let header = usize::from(segment[12] >> 4) * 4;
            let expected =
                if (20..header).contains(&length) { Malformed::DataOffset } else { expected };
            assert_eq!(Segment::parse(cut, from, to), Err(expected), "{name} cut to {length}");
        }
    }
}

/// One's complement sums notice every flipped bit.
#[test]
fn every_bit_flipped_is_noticed() {
    for Case { name, from, to, mut segment, .. } in corpus() {
        for bit in 0..segment.len() * 8 {
            segment[bit / 8] ^= 1 << (bit % 8);
            assert!(Segment::parse(&segment, from, to).is_err(), "{name}, bit {bit}");
            segment[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_segment_that_went_astray_is_noticed() {
    let case = corpus().into_iter().find(|case| case.name == "data").expect("the request");
    let astray = Segment::parse(&case.segment, case.from, IpAddr::from([192, 0, 2, 3]));
    assert_eq!(astray, Err(Malformed::Checksum));
    // Source and destination swapped add up to the same: the checksum cannot tell.
    assert!(Segment::parse(&case.segment, case.to, case.from).is_ok());
}

#[test]
fn the_dissector_knows_every_byte() {
    for Case { name, frame, from, to, segment } in corpus() {
        let parts = dissect(&frame);
        assert!(parts.iter().flat_map(|part| part.bytes).eq(&frame), "{name}");
        let lines: Vec<&str> =
            parts.iter().flat_map(|part| part.fields.iter().map(String::as_str)).collect();
        assert!(lines.iter().any(|line| line.ends_with(", right") && line.starts_with("checksum")));
        assert!(!lines.iter().any(|line| line.contains("bad length")), "{name}");
        let segment = Segment::parse(&segment, from, to).expect(&name);
        let data = parts.iter().any(|part| part.owner == "data");
        assert_eq!(data, !segment.payload.is_empty(), "{name}");
    }
}

#[test]
fn data_offsets_that_cannot_be() {
    for words in 0..16_u8 {
        let mut bytes = with_options(ACK, &[]);
        bytes[12] = words << 4;
        seal(&mut bytes);
        let parsed = Segment::parse(&bytes, FROM, TO).map(|segment| segment.payload.len());
        assert_eq!(parsed, if words == 5 { Ok(0) } else { Err(Malformed::DataOffset) });
    }
    let mut longest = with_options(ACK, &[1; 40]);
    assert_eq!(Segment::parse(&longest, FROM, TO).map(|segment| segment.payload.len()), Ok(0));
    longest.extend_from_slice(b"odd");
    seal(&mut longest);
    assert_eq!(Segment::parse(&longest, FROM, TO).map(|segment| segment.payload), Ok(&b"odd"[..]));
}

/// RFC 9293 §3.1: zero when sent, and ignored when received.
#[test]
fn reserved_bits_are_ignored() {
    let mut bytes = with_options(ACK, &[]);
    bytes[12] |= 0x0f;
    seal(&mut bytes);
    let segment = Segment::parse(&bytes, FROM, TO).expect("ignored");
    let mut out = Vec::new();
    segment.header.write(FROM, TO, [b"", b""], &mut out);
    assert_eq!(out[12], 0x50);
}

#[test]
fn options_with_bad_lengths() {
    let bad: [&[u8]; 12] = [
        &[2, 0, 5, 180],            // a length of zero would never end
        &[2, 1, 5, 180],            // the length counts itself
        &[1, 1, 1, 2],              // no length at all
        &[2, 5, 5, 180],            // longer than the header
        &[2, 3, 5, 1],              // half an MSS
        &[3, 4, 7, 0],              // a shift of two bytes
        &[4, 3, 0, 1],              // nothing to permit
        &[8, 4, 0, 0],              // half of the timestamps
        &[5, 2, 1, 1],              // a SACK of nothing
        &[5, 8, 0, 0, 0, 0, 0, 0],  // half a block
        &[99, 0, 1, 1],             // an unknown one has a length too
        &[99, 9, 1, 1, 1, 1, 1, 1], // beyond the header
    ];
    for bytes in bad {
        assert_eq!(options(SYN, bytes), Err(Malformed::Option), "{bytes:?}");
    }
    assert_eq!(options(SYN, &[0, 2, 0, 99]), Ok(Options::default()), "behind the end is nothing");
}

#[test]
fn options_that_are_skipped() {
    let mss = Options { mss: Some(1460), ..Options::default() };
    assert_eq!(options(SYN, &[99, 4, 9, 9, 2, 4, 5, 180]), Ok(mss));
    assert_eq!(options(SYN, &[34, 2, 1, 1, 2, 4, 5, 180]), Ok(mss), "TCP Fast Open");
    assert_eq!(options(SYN, &[1, 2, 4, 5, 180, 0, 7, 7]), Ok(mss));
    // RFC 9293 §3.7.1, RFC 7323 §2.2, RFC 2018 §2: only a SYN says such things.
    let all = [2, 4, 5, 180, 1, 3, 3, 7, 1, 1, 4, 2];
    assert_eq!(options(ACK, &all), Ok(Options::default()));
    let syn = Options { window_scale: Some(7), sack_permitted: true, ..mss };
    assert_eq!(options(SYN | ACK, &all), Ok(syn));
    let sack = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9];
    assert_eq!(options(SYN, &sack), Ok(Options::default()), "nothing has come before a SYN");
    assert_eq!(options(ACK, &sack).expect("good").sack[0], Some((Seq(1), Seq(9))));
}

/// RFC 7323 §2.3.
#[test]
fn a_window_scale_beyond_14_means_14() {
    for (said, meant) in [(0, 0), (14, 14), (15, MAX_WINDOW_SCALE), (255, MAX_WINDOW_SCALE)] {
        let options = options(SYN, &[1, 3, 3, said]).expect("good");
        assert_eq!(options.window_scale, Some(meant));
    }
}

#[test]
fn a_header_never_grows_beyond_sixty_bytes() {
    let block = Some((Seq(1), Seq(2)));
    let all = Options {
        mss: Some(1460),
        window_scale: Some(7),
        sack_permitted: true,
        timestamps: Some(Timestamps::default()),
        sack: [block; 4],
    };
    let header = Header { options: all, ..Header::default() };
    let mut out = Vec::new();
    header.write(FROM, TO, [b"data", b""], &mut out);
    assert_eq!((header.length(), out.len()), (60, 64), "two blocks fit beside all others");
    assert!(Segment::parse(&out, FROM, TO).is_ok());
}

fn any_options(syn: bool) -> impl Strategy<Value = Options> {
    let timestamps = proptest::option::of(any::<(u32, u32)>());
    let start =
        (proptest::option::of(any::<u16>()), proptest::option::of(0..=14_u8), any::<bool>());
    let blocks = prop::collection::vec(any::<(u32, u32)>(), 0..=4);
    (timestamps, start, blocks).prop_map(move |(timestamps, start, blocks)| {
        let timestamps = timestamps.map(|(value, echo)| Timestamps { value, echo });
        let mut options = Options { timestamps, ..Options::default() };
        if syn {
            (options.mss, options.window_scale, options.sack_permitted) = start;
        } else {
            let most = if timestamps.is_some() { 3 } else { 4 };
            for (place, (left, right)) in options.sack[..most].iter_mut().zip(blocks) {
                *place = Some((Seq(left), Seq(right)));
            }
        }
        options
    })
}

fn any_header() -> impl Strategy<Value = Header> {
    let flags = any::<[bool; 8]>().prop_map(|[fin, syn, rst, psh, ack, urg, ece, cwr]| Flags {
        fin,
        syn,
        rst,
        psh,
        ack,
        urg,
        ece,
        cwr,
    });
    let numbers = any::<(u16, u16, u32, u32, u16, u16)>();
    (flags, numbers).prop_flat_map(|(flags, (source, destination, seq, ack, window, urgent))| {
        any_options(flags.syn).prop_map(move |options| Header {
            source,
            destination,
            seq: Seq(seq),
            ack: Seq(ack),
            flags,
            window,
            urgent,
            options,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        header in any_header(),
        payload in prop::collection::vec(any::<u8>(), 0..100),
        split in 0..100_usize,
        v6: bool,
    ) {
        let ends = if v6 {
            [Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), Ipv6Addr::LOCALHOST].map(IpAddr::from)
        } else {
            [FROM, TO]
        };
        let (one, two) = payload.split_at(split.min(payload.len()));
        let mut out = Vec::new();
        header.write(ends[0], ends[1], [one, two], &mut out);
        prop_assert_eq!(out.len(), header.length() + payload.len());
        let segment = Segment::parse(&out, ends[0], ends[1]);
        prop_assert_eq!(segment, Ok(Segment { header, payload: &payload }));
    }

    /// Bytes that pass the checksum, whatever they are, are refused or read, and what is read is
    /// written as something that is read the same.
    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 20..80), fix: bool) {
        if fix {
            bytes[12] = 0xf0.min((bytes.len() / 4 * 16) as u8);
        }
        seal(&mut bytes);
        if let Ok(segment) = Segment::parse(&bytes, FROM, TO) {
            let mut out = Vec::new();
            segment.header.write(FROM, TO, [segment.payload, b""], &mut out);
            prop_assert_eq!(Segment::parse(&out, FROM, TO), Ok(segment));
        }
    }
}
