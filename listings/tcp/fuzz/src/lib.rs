//! What the fuzz targets share. `ci/fuzz.sh` runs them.
//!
//! A target asserts more than that nothing panics: what is accepted is written again and read as the
//! same, and limits hold.

#[path = "../../tests/corpus_support/mod.rs"]
pub mod corpus_support;

use std::fs;
use std::path::Path;

use corpus_support::{Case, corpus_in};

/// Writes the corpus as seeds, in the folder from which `cargo fuzz run` takes them.
///
/// They are derived, so they are made when a target starts instead of being kept.
pub fn write_seeds(target: &str, seed: impl Fn(&Case) -> Vec<u8>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("corpus").join(target);
    fs::create_dir_all(&folder).expect("a folder for seeds");
    for case in corpus_in(&here.join("../tests/corpus")) {
        fs::write(folder.join(&case.name), seed(&case)).expect("a seed");
    }
}
