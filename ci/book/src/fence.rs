//! The words after the three backticks of a code block.

/// A parsed info string such as `console session=hello ready="listening on" background`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fence {
    /// The first word up to a comma: `rust` in `rust,no_run`.
    pub lang: String,
    /// What follows it, each with its value; a word without `=` has an empty value.
    pub attributes: Vec<(String, String)>,
}

impl Fence {
    /// Parses `info`, or says what is wrong with it.
    pub fn parse(info: &str) -> Result<Self, String> {
        let words =
            shlex::split(info).ok_or_else(|| format!("the quotes in `{info}` do not close"))?;
        let mut words = words.into_iter();
        let first = words.next().unwrap_or_default();
        let mut parts = first.split(',').map(str::trim);
        let lang = parts.next().unwrap_or_default().to_owned();
        let mut attributes: Vec<_> =
            parts.filter(|p| !p.is_empty()).map(|p| (p.to_owned(), String::new())).collect();
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((&word, ""));
            if attributes.iter().any(|(other, _)| other == key) {
                return Err(format!("`{key}` stands twice in `{info}`"));
            }
            attributes.push((key.to_owned(), value.to_owned()));
        }
        Ok(Self { lang, attributes })
    }

    pub fn has(&self, key: &str) -> bool {
        self.attributes.iter().any(|(k, _)| k == key)
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// The first attribute that is not among `known`.
    pub fn unknown<'a>(&'a self, known: &[&str]) -> Option<&'a str> {
        self.attributes.iter().map(|(k, _)| k.as_str()).find(|k| !known.contains(k))
    }
}

#[cfg(test)]
mod tests {
    use super::Fence;

    #[test]
    fn words_values_and_quotes() {
        let fence = Fence::parse(r#"console session=a ready="listening on" background"#).unwrap();
        assert_eq!(fence.lang, "console");
        assert_eq!(fence.get("ready"), Some("listening on"));
        assert!(fence.has("background"));
        assert_eq!(fence.unknown(&["session", "ready"]), Some("background"));
    }

    #[test]
    fn commas_as_rustdoc_writes_them() {
        let fence = Fence::parse("rust,compile_fail,E0382").unwrap();
        assert_eq!(fence.lang, "rust");
        assert!(fence.has("compile_fail") && fence.has("E0382"));
    }

    #[test]
    fn an_open_quote_is_refused() {
        assert!(Fence::parse("console ready=\"x").is_err());
    }
}
