//! The gate as `cargo test` runs it; `cargo test -p book zh/first-bytes` runs a part of it.

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    match book::Book::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")) {
        Ok(book) => book::gate::main(&book, &arguments),
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::exit(101);
        }
    }
}
