//! Fragments in order, out of order, overlapping, too many, too late.

mod wire_support;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use link_and_ip::reassembly::{Limits, Reassembly};
use link_and_ip::wire::ipv6::Problem;
use link_and_ip::wire::{Malformed, Protocol, ethernet, icmpv4, icmpv6, ipv4, ipv6};
use proptest::collection::vec;
use proptest::prelude::*;
use wire_support::corpus_in;

const A4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const B4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const A6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);
const B6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 2);
const NOW: Duration = Duration::ZERO;

type Whole = Result<Option<Vec<u8>>, Malformed>;

fn add(reassembly: &mut Reassembly, packet: &[u8], now: Duration) -> Whole {
    reassembly.add_v4(&ipv4::Packet::parse(packet).expect("a packet"), now)
}

fn add_v6(reassembly: &mut Reassembly, packet: &[u8]) -> Result<Option<Vec<u8>>, ipv6::Refusal> {
    let packet = ipv6::Packet::parse(packet).expect("a packet");
    reassembly.add_v6(&packet, &packet.chain().expect("a chain"), 0, NOW)
}

/// A piece of a UDP datagram, made by hand.
fn piece(identification: u16, offset: usize, more: bool, data: &[u8]) -> Vec<u8> {
    let header = ipv4::Header {
        identification,
        more_fragments: more,
        fragment_offset: offset,
        ..ipv4::Header::new(Protocol::UDP, A4, B4, data.len())
    };
    let mut packet = Vec::new();
    header.write(&mut packet);
    packet.extend_from_slice(data);
    packet
}

fn piece_v6(offset: usize, more: bool, next_header: Protocol, data: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    ipv6::Header::new(Protocol::FRAGMENT, A6, B6, 8 + data.len()).write(&mut packet);
    let (header_at, named_at) = (40, 6);
    ipv6::Fragment { next_header, offset, more, identification: 7, header_at, named_at }
        .write(&mut packet);
    packet.extend_from_slice(data);
    packet
}

fn corpus(name: &str) -> Vec<u8> {
    let cases = corpus_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"));
    let case = cases.into_iter().find(|case| case.name == name).expect("a frame of that name");
    case.frame[ethernet::LENGTH..].to_vec()
}

#[test]
fn the_kernels_fragments_in_every_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut reassembly = Reassembly::default();
        let mut whole = None;
        for number in order {
            assert_eq!(whole, None);
            whole = add(&mut reassembly, &corpus(&format!("fragment-{number}")), NOW).unwrap();
        }
        let whole = whole.expect("a whole packet");
        let packet = ipv4::Packet::parse(&whole).expect("a packet with its checksum");
        assert!(!packet.is_fragment());
        let message = icmpv4::Message::parse(packet.payload()).expect("the sum over all pieces");
        assert_eq!(message.length(), 3008);
        assert_eq!((reassembly.packets(), reassembly.bytes()), (0, 0));

        let mut whole = None;
        for number in order {
            assert_eq!(whole, None);
            whole = add_v6(&mut reassembly, &corpus(&format!("fragment-v6-{number}"))).unwrap();
        }
        let whole = whole.expect("a whole packet");
        let packet = ipv6::Packet::parse(&whole).expect("a packet");
        let chain = packet.chain().expect("a chain");
        assert!(chain.fragment.is_none());
        let message = icmpv6::Message::parse(chain.payload, packet.source(), packet.destination());
        assert_eq!(message.expect("the sum over all pieces").length(), 3008);
    }
}

#[test]
fn our_fragments_are_cut_as_the_kernel_cuts() {
    let mut reassembly = Reassembly::default();
    let mut whole = None;
    let pieces: Vec<_> = (1..=3).map(|number| corpus(&format!("fragment-{number}"))).collect();
    for piece in &pieces {
        whole = add(&mut reassembly, piece, NOW).unwrap();
    }
    let whole = whole.expect("a whole packet");
    let packet = ipv4::Packet::parse(&whole).expect("a packet");
    let cut = packet.fragments(1500).map(|fragment| {
        let mut out = Vec::new();
        fragment.write(&mut out);
        out
    });
    assert_eq!(cut.collect::<Vec<_>>(), pieces);
}

#[test]
fn a_duplicate_is_harmless_and_an_overlap_is_not() {
    let mut reassembly = Reassembly::default();
    let first = piece(1, 0, true, &[1; 16]);
    assert_eq!(add(&mut reassembly, &first, NOW), Ok(None));
    assert_eq!(add(&mut reassembly, &first, NOW), Ok(None));
    assert_eq!(reassembly.bytes(), 16);
    // Teardrop: a second piece that begins inside of the first.
    let overlap = add(&mut reassembly, &piece(1, 8, false, &[2; 16]), NOW);
    assert_eq!(overlap, Err(Malformed::FragmentOverlap));
    assert_eq!(reassembly.bytes(), 0);
    // All that is still to come is dropped too: else the rest could be a packet of its own.
    let next = add(&mut reassembly, &piece(1, 0, true, &[1; 16]), NOW);
    assert_eq!(next, Err(Malformed::FragmentOverlap));
    let last = add(&mut reassembly, &piece(1, 16, false, &[2; 16]), NOW);
    assert_eq!(last, Err(Malformed::FragmentOverlap));
}

#[test]
fn a_ping_of_death_is_refused() {
    let mut reassembly = Reassembly::default();
    let far = piece(1, 65_528, false, &[0; 600]);
    assert_eq!(add(&mut reassembly, &far, NOW), Err(Malformed::FragmentTooLarge));
    // The data alone would fit, but not with the first fragment's options.
    let mut first = Vec::new();
    let header = ipv4::Header::new(Protocol::UDP, A4, B4, 65_000);
    ipv4::Header { more_fragments: true, ..header }.write_with_options(&[1; 40], &mut first);
    first.resize(first.len() + 65_000, 0);
    assert_eq!(add(&mut reassembly, &first, NOW), Ok(None));
    let last = piece(0, 65_000, false, &[0; 500]);
    assert_eq!(add(&mut reassembly, &last, NOW), Err(Malformed::FragmentTooLarge));
    assert_eq!((reassembly.packets(), reassembly.bytes()), (0, 0));

    let far = piece_v6(65_528, false, Protocol::UDP, &[0; 600]);
    let refusal = add_v6(&mut reassembly, &far).unwrap_err();
    assert_eq!(refusal.reason, Malformed::FragmentTooLarge);
    let answer = refusal.answer.expect("an answer");
    assert_eq!((answer.problem, answer.pointer), (Problem::Field, 42));
}

#[test]
fn a_piece_that_contradicts_is_refused() {
    let mut reassembly = Reassembly::default();
    let odd = piece(1, 0, true, &[0; 9]);
    assert_eq!(add(&mut reassembly, &odd, NOW), Err(Malformed::FragmentLength));
    let empty = piece(1, 8, false, &[]);
    assert_eq!(add(&mut reassembly, &empty, NOW), Err(Malformed::FragmentEmpty));
    assert_eq!(add(&mut reassembly, &piece(2, 8, false, &[0; 8]), NOW), Ok(None));
    let beyond = add(&mut reassembly, &piece(2, 16, true, &[0; 8]), NOW);
    assert_eq!(beyond, Err(Malformed::FragmentEnd));
    assert_eq!(add(&mut reassembly, &piece(3, 16, true, &[0; 8]), NOW), Ok(None));
    let before = add(&mut reassembly, &piece(3, 8, false, &[0; 8]), NOW);
    assert_eq!(before, Err(Malformed::FragmentEnd));
    let odd = piece_v6(0, true, Protocol::UDP, &[0; 9]);
    let answer = add_v6(&mut reassembly, &odd).unwrap_err().answer.expect("an answer");
    assert_eq!((answer.problem, answer.pointer), (Problem::Field, 4));
}

#[test]
fn headers_must_not_hide_in_a_second_piece() {
    let mut reassembly = Reassembly::default();
    let tcp = |offset, data: &[u8]| {
        let header = ipv4::Header::new(Protocol::TCP, A4, B4, data.len());
        let mut packet = Vec::new();
        ipv4::Header { more_fragments: true, fragment_offset: offset, ..header }.write(&mut packet);
        packet.extend_from_slice(data);
        packet
    };
    assert_eq!(add(&mut reassembly, &tcp(0, &[0; 8]), NOW), Err(Malformed::FragmentTiny));
    assert_eq!(add(&mut reassembly, &tcp(8, &[0; 16]), NOW), Err(Malformed::FragmentTiny));
    assert_eq!(add(&mut reassembly, &tcp(0, &[0; 24]), NOW), Ok(None));
    let tiny = piece_v6(0, true, Protocol::TCP, &[0; 16]);
    let refusal = add_v6(&mut reassembly, &tiny).unwrap_err();
    assert_eq!(refusal.reason, Malformed::FragmentTiny);
    assert_eq!(refusal.answer.map(|answer| answer.problem), Some(Problem::FirstFragment));
    // Another header is announced that is not there.
    let options = [17, 1, 1, 4, 0, 0, 0, 0];
    let hidden = piece_v6(0, true, Protocol::DESTINATION_OPTIONS, &options);
    assert_eq!(add_v6(&mut reassembly, &hidden).unwrap_err().reason, Malformed::FragmentTiny);
}

#[test]
fn a_packet_has_sixty_seconds() {
    let mut reassembly = Reassembly::default();
    let first = piece(1, 0, true, &[1; 8]);
    let late = Duration::from_secs(60);
    assert_eq!(add(&mut reassembly, &first, NOW), Ok(None));
    let second = Duration::from_secs(1);
    assert_eq!(add(&mut reassembly, &piece(2, 8, false, &[2; 8]), second), Ok(None));
    assert_eq!(reassembly.deadline(), Some(late));
    assert_eq!(reassembly.expire(late.checked_sub(Duration::from_nanos(1)).unwrap()), None);
    // Its first fragment is what the error quotes. Who has not sent that gets none.
    let expired = reassembly.expire(late).expect("one");
    assert_eq!(expired.first, Some(first));
    assert_eq!(reassembly.expire(late), None);
    let expired = reassembly.expire(late + second).expect("another");
    assert_eq!(expired.first, None);
    assert_eq!((reassembly.deadline(), reassembly.bytes()), (None, 0));
    // Nobody asked for the expiry, and a piece comes: it is a new packet's.
    assert_eq!(add(&mut reassembly, &piece(3, 0, true, &[1; 8]), NOW), Ok(None));
    assert_eq!(add(&mut reassembly, &piece(3, 8, false, &[2; 8]), late), Ok(None));
    assert_eq!(reassembly.packets(), 1);
}

#[test]
fn a_flood_stays_within_the_limits() {
    let limits = Limits { packets: 10, bytes: 4096, fragments: 8, ..Limits::default() };
    let mut reassembly = Reassembly::new(limits);
    for number in 0..20_000u32 {
        let data = vec![0; 8 * (number as usize % 100 + 1)];
        let _ = add(&mut reassembly, &piece(number as u16, 8, true, &data), NOW);
        assert!(reassembly.packets() <= limits.packets && reassembly.bytes() <= limits.bytes);
    }
    assert!(reassembly.evicted() > 19_000);
    // Somebody else's pieces come through all the same, if they come together.
    assert_eq!(add(&mut reassembly, &piece(1, 0, true, &[1; 8]), NOW), Ok(None));
    assert!(add(&mut reassembly, &piece(1, 8, false, &[1; 8]), NOW).is_ok_and(|it| it.is_some()));
    for number in 0..8 {
        assert_eq!(add(&mut reassembly, &piece(9, number * 16, true, &[0; 8]), NOW), Ok(None));
    }
    let ninth = add(&mut reassembly, &piece(9, 8 * 16, true, &[0; 8]), NOW);
    assert_eq!(ninth, Err(Malformed::FragmentTooMany));
    let huge = piece(10, 0, true, &[0; 4104]);
    assert_eq!(add(&mut reassembly, &huge, NOW), Err(Malformed::FragmentMemory));
    assert!(reassembly.bytes() <= limits.bytes);
}

#[test]
fn options_are_copied_into_the_pieces_that_need_them() {
    let mut packet = Vec::new();
    // A router alert (RFC 2113), which is copied, and a recorded route, which is not.
    let options = [148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0];
    ipv4::Header::new(Protocol::UDP, A4, B4, 200).write_with_options(&options, &mut packet);
    packet.extend([5; 200]);
    let packet = ipv4::Packet::parse(&packet).expect("a packet");
    let mut lengths = Vec::new();
    for fragment in packet.fragments(100) {
        let mut bytes = Vec::new();
        fragment.write(&mut bytes);
        assert!(bytes.len() <= 100);
        lengths.push(ipv4::Packet::parse(&bytes).expect("a packet").header_length());
    }
    assert_eq!(lengths, [32, 24, 24]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn cut_shuffled_and_put_together(
        data in vec(any::<u8>(), 1..3000),
        mtu in 68usize..1600,
        (words, df) in (0usize..=10, any::<bool>()),
        order in any::<u64>(),
    ) {
        let mut packet = Vec::new();
        let header = ipv4::Header::new(Protocol::UDP, A4, B4, data.len());
        let header = ipv4::Header { identification: 7, dont_fragment: df, ..header };
        header.write_with_options(&vec![1; words * 4], &mut packet);
        packet.extend_from_slice(&data);
        let parsed = ipv4::Packet::parse(&packet).unwrap();
        let mut pieces: Vec<_> = parsed.fragments(mtu).map(|fragment| {
            let mut bytes = Vec::new();
            fragment.write(&mut bytes);
            bytes
        }).collect();
        prop_assert!(pieces.iter().all(|piece| piece.len() <= mtu));
        shuffle(&mut pieces, order);
        let mut reassembly = Reassembly::new(Limits { fragments: 1000, ..Limits::default() });
        if pieces.len() == 1 {
            prop_assert_eq!(&pieces[0], &packet);
            return Ok(());
        }
        let last = pieces.pop().unwrap();
        for piece in &pieces {
            prop_assert_eq!(add(&mut reassembly, piece, NOW), Ok(None));
        }
        prop_assert_eq!(add(&mut reassembly, &last, NOW), Ok(Some(packet)));
    }

    #[test]
    fn ipv6_cut_shuffled_and_put_together(
        data in vec(any::<u8>(), 8..5000), mtu in 1280usize..1600, order in any::<u64>(),
    ) {
        let mut packet = Vec::new();
        ipv6::Header::new(Protocol::UDP, A6, B6, data.len()).write(&mut packet);
        packet.extend_from_slice(&data);
        let parsed = ipv6::Packet::parse(&packet).unwrap();
        let mut pieces: Vec<_> = parsed.fragments(mtu, 9).map(|part| {
            let mut bytes = Vec::new();
            part.write(&mut bytes);
            bytes
        }).collect();
        prop_assert!(pieces.iter().all(|piece| piece.len() <= mtu));
        if pieces.len() == 1 {
            return Ok(());
        }
        shuffle(&mut pieces, order);
        let mut reassembly = Reassembly::default();
        let last = pieces.pop().unwrap();
        for piece in &pieces {
            prop_assert_eq!(add_v6(&mut reassembly, piece), Ok(None));
        }
        prop_assert_eq!(add_v6(&mut reassembly, &last), Ok(Some(packet)));
    }

    /// Whatever comes, the limits hold, and a packet is never made of bytes that overlap.
    #[test]
    fn any_pieces_are_taken_or_refused(
        pieces in vec((0u16..3, 0usize..40, any::<bool>(), 0usize..80, any::<u8>()), 0..60),
    ) {
        let limits = Limits { packets: 2, bytes: 300, fragments: 6, ..Limits::default() };
        let mut reassembly = Reassembly::new(limits);
        for (identification, offset, more, length, fill) in pieces {
            let piece = piece(identification, offset * 8, more, &vec![fill; length]);
            if let Ok(Some(whole)) = add(&mut reassembly, &piece, NOW) {
                let packet = ipv4::Packet::parse(&whole).unwrap();
                prop_assert!(!packet.is_fragment() && packet.payload().len() <= limits.bytes);
            }
            prop_assert!(reassembly.bytes() <= limits.bytes);
            prop_assert!(reassembly.packets() <= limits.packets);
        }
    }
}

/// Puts the pieces into an order that `seed` gives.
fn shuffle<T>(pieces: &mut [T], mut seed: u64) {
    for end in (1..pieces.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        pieces.swap(end, (seed >> 33) as usize % (end + 1));
    }
}
