//! The control bits (RFC 9293 §3.1).

use std::fmt;
use std::ops::BitOr;

use link_and_ip::field::Field;
use link_and_ip::wire::tcp::{ACK, CWR, ECE, FIN, LENGTH, PSH, RST, SYN, URG};

/// The control bits that this TCP knows what to do with. ECN's two are read and never set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are bits of a header, not states
pub struct Flags {
    pub fin: bool,
    pub syn: bool,
    pub rst: bool,
    pub psh: bool,
    pub ack: bool,
    pub urg: bool,
    pub ece: bool,
    pub cwr: bool,
}

impl Flags {
    const NONE: Self = Self {
        fin: false,
        syn: false,
        rst: false,
        psh: false,
        ack: false,
        urg: false,
        ece: false,
        cwr: false,
    };
    pub const SYN: Self = Self { syn: true, ..Self::NONE };
    pub const ACK: Self = Self { ack: true, ..Self::NONE };
    pub const RST: Self = Self { rst: true, ..Self::NONE };
    pub const SYN_ACK: Self = Self { syn: true, ..Self::ACK };
    pub const FIN_ACK: Self = Self { fin: true, ..Self::ACK };
    pub const PSH_ACK: Self = Self { psh: true, ..Self::ACK };
    pub const RST_ACK: Self = Self { rst: true, ..Self::ACK };

    pub(super) fn get(header: &[u8; LENGTH]) -> Self {
        Self {
            fin: FIN.is_set(header),
            syn: SYN.is_set(header),
            rst: RST.is_set(header),
            psh: PSH.is_set(header),
            ack: ACK.is_set(header),
            urg: URG.is_set(header),
            ece: ECE.is_set(header),
            cwr: CWR.is_set(header),
        }
    }

    pub(super) fn set(self, header: &mut [u8; LENGTH]) {
        // One by one: a loop over the fields would not know them while compiling, and take ten times
        // as long.
        FIN.set(header, self.fin.into());
        SYN.set(header, self.syn.into());
        RST.set(header, self.rst.into());
        PSH.set(header, self.psh.into());
        ACK.set(header, self.ack.into());
        URG.set(header, self.urg.into());
        ECE.set(header, self.ece.into());
        CWR.set(header, self.cwr.into());
    }

    /// In the order in which people say them: SYN before ACK.
    const fn bits(self) -> [(Field, bool); 8] {
        [
            (SYN, self.syn),
            (FIN, self.fin),
            (RST, self.rst),
            (PSH, self.psh),
            (URG, self.urg),
            (ECE, self.ece),
            (CWR, self.cwr),
            (ACK, self.ack),
        ]
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            fin: self.fin | other.fin,
            syn: self.syn | other.syn,
            rst: self.rst | other.rst,
            psh: self.psh | other.psh,
            ack: self.ack | other.ack,
            urg: self.urg | other.urg,
            ece: self.ece | other.ece,
            cwr: self.cwr | other.cwr,
        }
    }
}

/// `SYN ACK`, or `none`.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<_> =
            self.bits().into_iter().filter(|(_, set)| *set).map(|(field, _)| field.name).collect();
        // `pad` honors a width, which tables need.
        f.pad(&if set.is_empty() { "none".to_owned() } else { set.join(" ") })
    }
}
