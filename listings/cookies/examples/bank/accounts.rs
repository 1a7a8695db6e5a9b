//! Customers and their money.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Name, password, and the balance at opening.
const CUSTOMERS: [(&str, &str, u64); 3] =
    [("alice", "wonderland", 100), ("bob", "builder", 100), ("mallory", "mayhem", 0)];

pub(crate) struct Accounts(Mutex<BTreeMap<&'static str, u64>>);

impl Accounts {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(CUSTOMERS.iter().map(|(name, _, balance)| (*name, *balance)).collect()))
    }

    /// The customer whose name and password these are.
    pub(crate) fn check_password(user: &str, password: &str) -> Option<&'static str> {
        let customer =
            CUSTOMERS.iter().find(|(name, secret, _)| (*name, *secret) == (user, password));
        customer.map(|(name, ..)| *name)
    }

    pub(crate) fn balance(&self, user: &str) -> u64 {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(user).copied().unwrap_or_default()
    }

    /// Moves money; says what was done, or why not.
    pub(crate) fn transfer(&self, from: &str, to: &str, amount: &str) -> Result<String, String> {
        let amount: u64 = amount.parse().map_err(|_| "the amount is a whole number")?;
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let have = accounts.get(from).copied().unwrap_or_default();
        let left = have.checked_sub(amount).ok_or_else(|| format!("{from} has only {have}"))?;
        let (to, has) = accounts
            .get_key_value(to)
            .filter(|(to, _)| **to != from)
            .map(|(to, has)| (*to, *has))
            .ok_or("no such customer")?;
        accounts.insert(to, has.saturating_add(amount));
        if let Some(balance) = accounts.get_mut(from) {
            *balance = left;
        }
        Ok(format!("{from} sent {amount} to {to}"))
    }
}
