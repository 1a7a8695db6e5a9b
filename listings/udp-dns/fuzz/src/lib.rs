//! What the fuzz targets share. `ci/fuzz.sh` runs them.
//!
//! A target asserts more than that nothing panics: what is accepted is written again and read as the
//! same.

use std::fs;
use std::path::Path;

/// Writes the corpus as seeds, in the folder from which `cargo fuzz run` takes them.
///
/// They are derived, so they are made when a target starts instead of being kept.
pub fn write_seeds(target: &str, seed: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(here.join("../tests/corpus")).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a readable file");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let bytes = lines.flat_map(str::split_whitespace);
        let bytes: Vec<u8> =
            bytes.map(|byte| u8::from_str_radix(byte, 16).expect("a byte in hex")).collect();
        if let (Some(seed), Some(name)) = (seed(&bytes), path.file_stem()) {
            write_seed(target, name, &seed);
        }
    }
}

/// Writes one seed, under a name of its own.
pub fn write_seed(target: &str, name: impl AsRef<Path>, seed: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("a folder for seeds");
    fs::write(folder.join(name), seed).expect("a seed");
}
