//! Which file is the representation that a request selects.

use std::fs;
use std::path::{Path, PathBuf};

use http_messages::{Fields, Status};

use super::file::Selected;
use super::path::{Location, encode, inside};
use super::{Problem, Site, combined, media, put};
use crate::negotiate;

/// The codings that a file beside another may hold, in the server's order: name and extension.
pub(super) const CODINGS: &[(&str, &str)] = &[("br", "br"), ("gzip", "gz")];

/// A resource: a file, or several of which one is chosen.
#[derive(Debug)]
pub(super) struct Resource {
    /// The folder that they are in, without links.
    folder: PathBuf,
    /// Names without a language: one, or several if the path has no extension.
    bases: Vec<String>,
}

/// A name and the language that it is in.
struct Variant<'a> {
    name: String,
    language: Option<&'a str>,
}

impl Site {
    /// The resource at a path; `None` if there is none. A path that ends with a slash is that
    /// folder's `index`.
    pub(super) fn find(&self, location: &Location) -> Option<Resource> {
        let folder = location.folder(&self.root)?;
        let name = if location.name.is_empty() { "index.html" } else { &location.name };
        let exists = |base: &String| !self.variants(&folder, base).is_empty();
        let mut bases = vec![name.to_string()];
        if !bases.iter().any(exists) && !name.contains('.') {
            bases = media::extensions().map(|extension| format!("{name}.{extension}")).collect();
        }
        bases.retain(exists);
        (!bases.is_empty()).then_some(Resource { folder, bases })
    }

    /// The files that are `base`: that one itself, or else one for each language.
    fn variants(&self, folder: &Path, base: &str) -> Vec<Variant<'_>> {
        if is_file(&self.root, &folder.join(base)) {
            return vec![Variant { name: base.to_string(), language: None }];
        }
        let variants = self.config.languages.iter().map(|language| Variant {
            name: format!("{base}.{language}"),
            language: Some(language),
        });
        variants.filter(|variant| is_file(&self.root, &folder.join(&variant.name))).collect()
    }

    // ANCHOR: select
    /// Chooses the representation: by type, then by language, then by coding. What had a say in it
    /// goes into `Vary`, whether or not it changed the choice.
    pub(super) fn select(
        &self,
        resource: &Resource,
        request: &Fields,
    ) -> Result<Selected, Problem> {
        let mut vary = Vec::new();
        let mut negotiated = false;
        let mut base = &resource.bases[0];
        if resource.bases.len() > 1 {
            vary.push("Accept");
            negotiated = true;
            let types: Vec<_> = resource.bases.iter().map(|base| media::of(base)).collect();
            let accept = combined(request, "Accept");
            let choice = negotiate::media_type(accept.as_deref(), &types);
            base = &resource.bases[self.or_default(choice, &resource.bases, &vary)?];
        }

        let mut variants = self.variants(&resource.folder, base);
        let languages: Vec<_> = variants.iter().filter_map(|variant| variant.language).collect();
        let mut index = 0;
        if !languages.is_empty() {
            vary.push("Accept-Language");
            negotiated = true;
            let accept = combined(request, "Accept-Language");
            let choice = negotiate::language(accept.as_deref(), &languages);
            let names: Vec<_> = variants.iter().map(|variant| variant.name.clone()).collect();
            index = self.or_default(choice, &names, &vary)?;
        }
        if index >= variants.len() {
            // It was there a moment ago.
            return Err(Problem::not_found());
        }
        let Variant { name, language } = variants.swap_remove(index);

        let mut selected = Selected {
            media_type: media::of(base),
            language: language.map(String::from),
            content_location: negotiated.then(|| encode(&name)),
            path: resource.folder.join(&name),
            ..Selected::default()
        };
        self.select_coding(&mut selected, base, &mut vary, request)?;
        selected.vary = vary;
        Ok(selected)
    }
    // ANCHOR_END: select

    fn select_coding(
        &self,
        selected: &mut Selected,
        base: &str,
        vary: &mut Vec<&'static str>,
        request: &Fields,
    ) -> Result<(), Problem> {
        let files =
            CODINGS.iter().map(|(coding, ext)| (*coding, self.compressed(&selected.path, ext)));
        let mut codings: Vec<_> = files.filter(|(_, file)| file.is_some()).collect();
        if codings.is_empty() && self.config.encode && selected.is_worth_encoding(base) {
            codings = CODINGS.iter().map(|(coding, _)| (*coding, None)).collect();
        }
        if codings.is_empty() {
            return Ok(());
        }
        vary.push("Accept-Encoding");
        codings.push(("identity", None));
        let names: Vec<_> = codings.iter().map(|(coding, _)| *coding).collect();
        let accept = combined(request, "Accept-Encoding");
        let choice = match negotiate::coding(accept.as_deref(), &names) {
            Some(choice) => choice,
            None if self.config.strict => return Err(not_acceptable(&names, vary)),
            None => names.len() - 1,
        };
        if let (coding @ ("br" | "gzip"), file) = codings.swap_remove(choice) {
            selected.coding = Some(coding);
            selected.compressed = file;
        }
        Ok(())
    }

    /// The compressed file beside `path`, unless it is older than what it should hold.
    fn compressed(&self, path: &Path, extension: &str) -> Option<PathBuf> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{extension}"));
        let beside = PathBuf::from(name);
        let modified =
            |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let current = is_file(&self.root, &beside) && modified(&beside)? >= modified(path)?;
        current.then_some(beside)
    }

    /// What to send if nothing is acceptable: the first, or nothing.
    fn or_default(
        &self,
        choice: Option<usize>,
        names: &[String],
        vary: &[&str],
    ) -> Result<usize, Problem> {
        match choice {
            Some(choice) => Ok(choice),
            None if self.config.strict => Err(not_acceptable(names, vary)),
            None => Ok(0),
        }
    }

    /// The names of the files that a resource has, if a choice is made among them.
    pub(super) fn alternatives(&self, resource: &Resource) -> Vec<String> {
        let all = resource.bases.iter().flat_map(|base| {
            self.variants(&resource.folder, base).into_iter().map(|variant| variant.name)
        });
        all.collect()
    }
}

/// 406 with what there is ([RFC 9110] §15.5.7).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.7
fn not_acceptable(names: &[impl AsRef<str>], vary: &[&str]) -> Problem {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    let text = format!("nothing here is acceptable to you; there is: {}", names.join(", "));
    let mut problem = Problem::new(Status::NOT_ACCEPTABLE, text);
    put(&mut problem.fields, "Vary", vary.join(", "));
    problem
}

/// Whether there is such a file inside `root`.
pub(super) fn is_file(root: &Path, path: &Path) -> bool {
    inside(root, path).is_some_and(|real| real.is_file())
}
