//! ARP for IPv4 on Ethernet (RFC 826).

use std::net::Ipv4Addr;

use addresses::Mac;

use super::ethernet::EtherType;
use super::{Malformed, split};
use crate::field::{Field, Table};

const HARDWARE: Field = Field::first("hardware type", 16);
const PROTOCOL: Field = HARDWARE.then("protocol type", 16);
const HARDWARE_LENGTH: Field = PROTOCOL.then("hardware length", 8);
const PROTOCOL_LENGTH: Field = HARDWARE_LENGTH.then("protocol length", 8);
const OPERATION: Field = PROTOCOL_LENGTH.then("operation", 16);
const SENDER_MAC: Field = OPERATION.then("sender MAC", 48);
const SENDER_IP: Field = SENDER_MAC.then("sender IP", 32);
const TARGET_MAC: Field = SENDER_IP.then("target MAC", 48);
const TARGET_IP: Field = TARGET_MAC.then("target IP", 32);

/// RFC 826, "Packet format", with addresses of 6 and 4 bytes.
pub const HEADER: Table = Table::new(
    "arp",
    "RFC 826",
    &[
        HARDWARE,
        PROTOCOL,
        HARDWARE_LENGTH,
        PROTOCOL_LENGTH,
        OPERATION,
        SENDER_MAC,
        SENDER_IP,
        TARGET_MAC,
        TARGET_IP,
    ],
);

/// Bytes of a packet.
pub const LENGTH: usize = HEADER.length();

const ETHERNET: u16 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Request,
    Reply,
}

/// Who asks or answers, and about whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    pub operation: Operation,
    pub sender_mac: Mac,
    pub sender_ip: Ipv4Addr,
    /// Nobody knows it in a request: zeros, as a rule.
    pub target_mac: Mac,
    pub target_ip: Ipv4Addr,
}

impl Packet {
    /// Reads a frame's payload; what follows the packet is padding.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let (packet, _padding): (&[u8; LENGTH], _) = split(bytes, Malformed::ArpShort)?;
        if HARDWARE.u16(packet) != ETHERNET {
            return Err(Malformed::ArpHardware);
        }
        if PROTOCOL.u16(packet) != EtherType::IPV4.0 {
            return Err(Malformed::ArpProtocol);
        }
        if (HARDWARE_LENGTH.u8(packet), PROTOCOL_LENGTH.u8(packet)) != (6, 4) {
            return Err(Malformed::ArpLengths);
        }
        let operation = match OPERATION.u16(packet) {
            1 => Operation::Request,
            2 => Operation::Reply,
            _ => return Err(Malformed::ArpOperation),
        };
        let sender_mac = Mac(SENDER_MAC.bytes(packet));
        if sender_mac.is_group() {
            return Err(Malformed::ArpSender);
        }
        Ok(Self {
            operation,
            sender_mac,
            sender_ip: Ipv4Addr::from(SENDER_IP.bytes(packet)),
            target_mac: Mac(TARGET_MAC.bytes(packet)),
            target_ip: Ipv4Addr::from(TARGET_IP.bytes(packet)),
        })
    }

    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut packet = [0; LENGTH];
        HARDWARE.set(&mut packet, ETHERNET.into());
        PROTOCOL.set(&mut packet, EtherType::IPV4.0.into());
        HARDWARE_LENGTH.set(&mut packet, 6);
        PROTOCOL_LENGTH.set(&mut packet, 4);
        let operation = match self.operation {
            Operation::Request => 1,
            Operation::Reply => 2,
        };
        OPERATION.set(&mut packet, operation);
        SENDER_MAC.set_bytes(&mut packet, self.sender_mac.0);
        SENDER_IP.set_bytes(&mut packet, self.sender_ip.octets());
        TARGET_MAC.set_bytes(&mut packet, self.target_mac.0);
        TARGET_IP.set_bytes(&mut packet, self.target_ip.octets());
        out.extend_from_slice(&packet);
    }
}
