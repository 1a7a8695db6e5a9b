//! A listing as a project of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use regex::Regex;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::Book;
use crate::layout::files_below;

static ANCHOR_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ \t]*(?://|#)[ \t]*ANCHOR(?:_END)?:.*\n").expect("a constant pattern")
});

/// Writes `listing` and the crates of this repository that it needs to `dest`, so that they build
/// and pass their tests there.
///
/// ```text
/// dest/            the listing: Cargo.toml, src/, tests/ …
/// dest/crates/*    the path crates that it needs
/// ```
pub fn eject(book: &Book, listing: &str, dest: &Path) -> Result<()> {
    let source = book.path("listings").join(listing);
    if !source.join("Cargo.toml").is_file() {
        bail!("there is no listing {listing}: choose one of {}", book.listings()?.join(", "));
    }
    if dest.exists() && std::fs::read_dir(dest)?.next().is_some() {
        bail!("{} is not empty: name a folder that is new or empty", dest.display());
    }
    let workspace: DocumentMut = book.read("Cargo.toml")?.parse()?;
    let mut crates: BTreeMap<String, PathBuf> = BTreeMap::new();
    collect_paths(&source, &mut crates)?;
    let inner = |name: &str| format!("crates/{name}");
    copy_crate(&source, dest, &workspace, &|name| inner(name))?;
    for (name, folder) in &crates {
        copy_crate(folder, &dest.join(inner(name)), &workspace, &|name| format!("../{name}"))?;
    }
    let path = dest.join("Cargo.toml");
    let mut manifest: DocumentMut = std::fs::read_to_string(&path)?.parse()?;
    let mut table = Table::new();
    let members: toml_edit::Array = crates.keys().map(|name| inner(name)).collect();
    table["members"] = value(members);
    table["resolver"] = value("3");
    manifest["workspace"] = Item::Table(table);
    std::fs::write(&path, manifest.to_string())?;
    for file in ["Cargo.lock", "rustfmt.toml", "LICENSE-MIT", "LICENSE-APACHE"] {
        if book.path(file).is_file() {
            std::fs::copy(book.path(file), dest.join(file))?;
        }
    }
    std::fs::write(dest.join(".gitignore"), "/target\n")?;
    Ok(())
}

const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The path crates that the crate in `folder` needs, by package name, with theirs.
fn collect_paths(folder: &Path, crates: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    let manifest: DocumentMut = std::fs::read_to_string(folder.join("Cargo.toml"))?.parse()?;
    for section in DEPENDENCIES {
        let Some(table) = manifest.get(section).and_then(Item::as_table_like) else { continue };
        for (_, dependency) in table.iter() {
            let Some(path) = path_of(dependency) else { continue };
            let other = folder.join(path).canonicalize().with_context(|| {
                format!("{}: the path crate {path} is not there", folder.display())
            })?;
            let name = other.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if crates.insert(name, other.clone()).is_none() {
                collect_paths(&other, crates)?;
            }
        }
    }
    Ok(())
}

fn path_of(dependency: &Item) -> Option<&str> {
    dependency.as_table_like()?.get("path")?.as_str()
}

fn copy_crate(
    source: &Path,
    dest: &Path,
    workspace: &DocumentMut,
    place: &dyn Fn(&str) -> String,
) -> Result<()> {
    for file in files_below(source)? {
        let target = dest.join(file.strip_prefix(source)?);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        match std::fs::read_to_string(&file) {
            Ok(text) if file.extension().is_some_and(|ext| ext == "rs" || ext == "toml") => {
                std::fs::write(&target, ANCHOR_LINE.replace_all(&text, "").as_bytes())?;
            }
            _ => {
                std::fs::copy(&file, &target)?;
            }
        }
    }
    let path = dest.join("Cargo.toml");
    let mut manifest: DocumentMut = std::fs::read_to_string(&path)?.parse()?;
    inherit(&mut manifest, workspace)?;
    for section in DEPENDENCIES {
        let Some(table) = manifest.get_mut(section).and_then(Item::as_table_like_mut) else {
            continue;
        };
        for (_, dependency) in table.iter_mut() {
            let Some(old) = path_of(dependency).map(PathBuf::from) else { continue };
            let name = old.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(table) = dependency.as_table_like_mut() {
                table.insert("path", value(place(&name)));
            }
        }
    }
    std::fs::write(&path, manifest.to_string())?;
    Ok(())
}

/// Puts the workspace's value where the manifest says `workspace = true`.
fn inherit(manifest: &mut DocumentMut, workspace: &DocumentMut) -> Result<()> {
    let shared = |table: &str, key: &str| -> Result<Item> {
        let found = workspace.get("workspace").and_then(|w| w.get(table)).and_then(|t| t.get(key));
        found.cloned().with_context(|| format!("the workspace has no {table}.{key} to inherit"))
    };
    if let Some(package) = manifest.get_mut("package").and_then(Item::as_table_mut) {
        let inherited: Vec<String> = package
            .iter()
            .filter(|(_, item)| is_inherited(item))
            .map(|(key, _)| key.to_owned())
            .collect();
        for key in inherited {
            package[&key] = shared("package", &key)?;
        }
    }
    if manifest.get("lints").is_some_and(is_inherited) {
        let lints = workspace.get("workspace").and_then(|w| w.get("lints")).cloned();
        manifest["lints"] = lints.context("the workspace has no lints to inherit")?;
    }
    for section in DEPENDENCIES {
        let Some(table) = manifest.get(section).and_then(Item::as_table_like) else { continue };
        if let Some((name, _)) = table.iter().find(|(_, item)| is_inherited(item)) {
            bail!(
                "{name} inherits its version: a listing names its own, so that it can be copied out"
            );
        }
    }
    Ok(())
}

fn is_inherited(item: &Item) -> bool {
    item.as_table_like()
        .and_then(|table| table.get("workspace"))
        .and_then(Item::as_bool)
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::ANCHOR_LINE;

    #[test]
    fn anchors_go_with_their_line() {
        let text = "a\n    // ANCHOR: x\nb\n# ANCHOR_END: x\n";
        assert_eq!(ANCHOR_LINE.replace_all(text, ""), "a\nb\n");
    }
}
