//! Why bytes were refused.

/// Makes the enum, and with it the list of all that counters need.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident: $text:literal,)*) => {
        /// Why bytes are not what they should be. Every refused frame has exactly one reason, so
        /// that a counter for each of them adds up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum Malformed {
            $($(#[$doc])* #[error($text)] $name,)*
        }

        impl Malformed {
            /// All of them, each at the index that `reason as usize` gives.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The same text as its `Display`.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    EthernetShort: "ethernet: fewer than 14 bytes",
    /// IEEE 802.3: a type below 1536 is a length, and another header follows it.
    EthernetLength: "ethernet: a length (802.3) where Ethernet II has a type",

    ArpShort: "arp: fewer than 28 bytes",
    ArpHardware: "arp: hardware other than Ethernet",
    ArpProtocol: "arp: protocol other than IPv4",
    ArpLengths: "arp: address lengths other than 6 and 4",
    ArpOperation: "arp: neither a request nor a reply",
    /// A group address as sender would send everyone's packets to everyone.
    ArpSender: "arp: the sender's MAC address is a group's",

    Ipv4Short: "ipv4: fewer than 20 bytes",
    Ipv4Version: "ipv4: the version is not 4",
    Ipv4HeaderLength: "ipv4: a header length below 5 words, or beyond the packet",
    Ipv4TotalLength: "ipv4: the total length is smaller than the header",
    Ipv4Truncated: "ipv4: the total length is larger than the frame holds",
    Ipv4Checksum: "ipv4: wrong header checksum",
    Ipv4Options: "ipv4: an option has a bad length",

    Ipv6Short: "ipv6: fewer than 40 bytes",
    Ipv6Version: "ipv6: the version is not 6",
    Ipv6Truncated: "ipv6: the payload length is larger than the frame holds",
    Ipv6ExtensionShort: "ipv6: an extension header is cut short",
    Ipv6TooManyExtensions: "ipv6: too many extension headers",
    Ipv6HopByHop: "ipv6: hop-by-hop options that are not first",
    Ipv6Option: "ipv6: an option is cut short",
    Ipv6TooManyOptions: "ipv6: too many options",
    Ipv6UnknownOption: "ipv6: an unknown option that forbids to go on",
    Ipv6Routing: "ipv6: a routing header of an unknown type, with segments left",

    Icmpv4Short: "icmpv4: shorter than its header",
    Icmpv4Checksum: "icmpv4: wrong checksum",
    Icmpv6Short: "icmpv6: shorter than its header",
    Icmpv6Checksum: "icmpv6: wrong checksum",

    /// A packet that a router handed on has a smaller one, so it is none of our neighbors'.
    NdpHopLimit: "ndp: the hop limit is not 255",
    NdpCode: "ndp: the code is not 0",
    NdpShort: "ndp: shorter than its header",
    NdpTarget: "ndp: the target is a multicast address",
    NdpSource: "ndp: a source address that this message must not have",
    NdpDestination: "ndp: a destination address that this message must not have",
    NdpOption: "ndp: an option is cut short, or has no length",
    NdpTooManyOptions: "ndp: too many options",

    /// RFC 791 §3.2: all fragments but the last hold a multiple of 8 bytes.
    FragmentLength: "fragment: not the last, and its length is not a multiple of 8",
    FragmentEmpty: "fragment: without data",
    /// The ping of death: offset and length add up to more than a packet can have.
    FragmentTooLarge: "fragment: reaches beyond the largest packet",
    FragmentOverlap: "fragment: overlaps another with other bytes",
    FragmentEnd: "fragment: disagrees about where the packet ends",
    FragmentTooMany: "fragment: too many of one packet",
    /// RFC 1858 §3, RFC 7112 §5.
    FragmentTiny: "fragment: too small to hold the headers that filters look at",
    FragmentMemory: "fragment: too many bytes wait",
}
