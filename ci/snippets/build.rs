//! Passes on where this crate is built, so that blocks are compiled for the same target against the
//! same libraries.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["OUT_DIR", "TARGET"] {
        let value = std::env::var(name).expect("cargo sets OUT_DIR and TARGET for a build script");
        println!("cargo:rustc-env=SNIPPETS_{name}={value}");
    }
}
