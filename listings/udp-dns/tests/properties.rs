//! Messages that nobody would think of: written, read, the same; and bytes that are no messages.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;
use udp_dns::message::dissect::{dissect, render};
use udp_dns::message::{
    Class, Data, Edns, Flags, Kind, MAX_MESSAGE, Opcode, Question, Rcode, Record, Soa,
};
use udp_dns::{Message, Name};

fn name() -> impl Strategy<Value = Name> {
    // Few different labels, so that there is something to compress, and some with odd bytes.
    let label = prop_oneof![
        6 => prop::sample::select(vec![&b"a"[..], b"A", b"example", b"www", b"xn--bcher-kva"])
            .prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 1..64),
    ];
    vec(label, 0..6).prop_filter_map("too long", |labels| {
        Name::from_labels(labels.iter().map(Vec::as_slice)).ok()
    })
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|bytes| Data::A(Ipv4Addr::from(bytes))),
        any::<[u8; 16]>().prop_map(|bytes| Data::Aaaa(Ipv6Addr::from(bytes))),
        name().prop_map(Data::Ns),
        name().prop_map(Data::Cname),
        name().prop_map(Data::Ptr),
        (any::<u16>(), name()).prop_map(|(preference, exchange)| Data::Mx { preference, exchange }),
        vec(vec(any::<u8>(), 0..256), 1..3).prop_map(Data::Txt),
        (name(), name(), any::<[u32; 5]>()).prop_map(|(primary, mailbox, numbers)| {
            let [serial, refresh, retry, expire, minimum] = numbers;
            Data::Soa(Soa { primary, mailbox, serial, refresh, retry, expire, minimum })
        }),
        (any::<[u16; 3]>(), name()).prop_map(|([priority, weight, port], target)| Data::Srv {
            priority,
            weight,
            port,
            target
        }),
        (65280..=65534_u16, vec(any::<u8>(), 0..40))
            .prop_map(|(kind, bytes)| Data::Unknown { kind: Kind(kind), bytes }),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    (name(), 0..1_u32 << 31, data()).prop_map(|(name, ttl, data)| Record {
        name,
        class: Class::IN,
        ttl,
        data,
    })
}

fn message() -> impl Strategy<Value = Message> {
    let question = (name(), any::<u16>(), any::<u16>());
    let question = question.prop_map(|(name, kind, class)| Question {
        name,
        kind: Kind(kind),
        class: Class(class),
    });
    let flags = (any::<[bool; 8]>(), 0..16_u8).prop_map(|(bits, opcode)| Flags {
        response: bits[0],
        opcode: Opcode(opcode),
        authoritative: bits[1],
        truncated: bits[2],
        recursion_desired: bits[3],
        recursion_available: bits[4],
        reserved: bits[5],
        authentic_data: bits[6],
        checking_disabled: bits[7],
    });
    let options = vec((any::<u16>(), vec(any::<u8>(), 0..20)), 0..3);
    let edns = (any::<u16>(), any::<u8>(), any::<bool>(), options).prop_map(
        |(udp_size, version, dnssec_ok, options)| Edns { udp_size, version, dnssec_ok, options },
    );
    let sections = [vec(record(), 0..5), vec(record(), 0..5), vec(record(), 0..5)];
    let edns = prop::option::of(edns);
    (any::<u16>(), flags, 0..4096_u16, vec(question, 0..3), sections, edns).prop_map(
        |(id, flags, rcode, questions, [answers, authorities, additionals], edns)| {
            let rcode = Rcode(if edns.is_some() { rcode } else { rcode & 15 });
            Message { id, flags, rcode, questions, answers, authorities, additionals, edns }
        },
    )
}

/// Every name in the message, with its case: `==` does not look at that.
fn exact(message: &Message) -> String {
    format!("{message:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_is_written_is_read_as_the_same(message in message()) {
        let bytes = message.encode(MAX_MESSAGE).unwrap();
        let again = Message::parse(&bytes).unwrap();
        prop_assert_eq!(exact(&again), exact(&message));
    }

    #[test]
    fn a_limit_holds_and_leaves_whole_sets_in_order(message in message(), limit in 12..3000_usize) {
        let Ok(bytes) = message.encode(limit) else { return Ok(()) };
        prop_assert!(bytes.len() <= limit);
        let less = Message::parse(&bytes).unwrap();
        prop_assert_eq!(&less.questions, &message.questions);
        prop_assert_eq!(&less.edns, &message.edns);
        let mut cut = false;
        let sections = [
            (&less.answers, &message.answers),
            (&less.authorities, &message.authorities),
            (&less.additionals, &message.additionals),
        ];
        for (index, (kept, all)) in sections.into_iter().enumerate() {
            prop_assert_eq!(&kept[..], &all[..kept.len()]);
            prop_assert!(!cut || kept.is_empty(), "nothing follows what was left out");
            if let (Some(last), Some(next)) = (kept.last(), all.get(kept.len())) {
                prop_assert!(!last.same_set(next), "half a set");
            }
            cut |= index < 2 && kept.len() < all.len();
        }
        prop_assert!(!cut || less.flags.truncated);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Message::parse(&bytes);
        let parts = dissect(&bytes);
        prop_assert!(parts.iter().flat_map(|part| part.bytes).eq(&bytes));
        render(&parts);
    }

    #[test]
    fn a_broken_message_is_shown_up_to_its_fault(
        message in message(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = message.encode(MAX_MESSAGE).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let parts = dissect(&bytes);
        prop_assert!(parts.iter().flat_map(|part| part.bytes).eq(&bytes));
        let faulty = parts.last().is_some_and(|part| part.owner == "fault");
        // A second OPT record is the one fault that lies between two records.
        let parsed = Message::parse(&bytes);
        let twice = matches!(parsed, Err(udp_dns::message::Malformed::Opt(_)));
        prop_assert!(twice || faulty == parsed.is_err(), "{:?}", parsed.err());
        // What is accepted can be written, and is the same when it is read again.
        if let Ok(message) = parsed {
            let again = Message::parse(&message.encode(MAX_MESSAGE).unwrap());
            prop_assert_eq!(again.map(|again| exact(&again)), Ok(exact(&message)));
        }
    }

    #[test]
    fn a_name_as_text_is_the_same_name(name in name()) {
        let again: Name = name.to_string().parse().unwrap();
        prop_assert!(again.same_case(&name));
    }

    #[test]
    fn any_text_is_a_name_or_is_refused(text in ".{0,80}|[a\\\\.0-9]{0,12}") {
        if let Ok(name) = text.parse::<Name>() {
            let again: Name = name.to_string().parse().unwrap();
            prop_assert!(again.same_case(&name));
        }
    }
}
