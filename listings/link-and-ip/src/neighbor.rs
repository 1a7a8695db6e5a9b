//! Neighbor caches (ARP, ND).
