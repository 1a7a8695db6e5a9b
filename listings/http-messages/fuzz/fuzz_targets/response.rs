//! A client reads any bytes.
#![no_main]

use http_messages::Method;
use http_messages_fuzz::corpus_support::{Role, drive::fetch};
use http_messages_fuzz::{Setting, write_seeds};
use libfuzzer_sys::fuzz_target;

const METHODS: [Method; 4] = [Method::Get, Method::Head, Method::Connect, Method::Post];

fuzz_target!(
    init: write_seeds("response", |case| {
        let Role::Response { methods, upgrade } = &case.role else { return None };
        let method = METHODS.iter().position(|method| Some(method) == methods.first());
        Some(Setting::seed(case, method.unwrap_or_default() as u8, *upgrade))
    }),
    |input: &[u8]| {
        let Some((setting, bytes)) = Setting::take(input) else { return };
        let method = [METHODS[usize::from(setting.method)].clone()];
        let run = |pieces: Vec<&[u8]>| {
            fetch(&setting.limits(), &method, setting.upgrade, &[pieces], setting.eof)
        };
        let whole = run(vec![bytes]);
        for cut in setting.cuts(bytes) {
            assert_eq!(run(cut), whole);
        }
    }
);
