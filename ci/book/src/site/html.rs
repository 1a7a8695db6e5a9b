//! Reads rendered pages with the tokenizer that browsers' rules define.

use std::cell::RefCell;
use std::collections::BTreeMap;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Open { name: String, attributes: BTreeMap<String, String> },
    Close { name: String },
    Text(String),
}

#[derive(Default)]
struct Sink {
    pieces: RefCell<Vec<Piece>>,
    /// Scripts and styles hold no text for a reader.
    raw: RefCell<bool>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => return self.tag(tag),
            Token::CharacterTokens(text) if !*self.raw.borrow() => {
                let mut pieces = self.pieces.borrow_mut();
                if let Some(Piece::Text(before)) = pieces.last_mut() {
                    before.push_str(&text);
                } else {
                    pieces.push(Piece::Text(text.to_string()));
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink {
    fn tag(&self, tag: Tag) -> TokenSinkResult<()> {
        let name = tag.name.to_string();
        // As the parser of a browser does: what looks like a tag in a script is none.
        let raw = match name.as_str() {
            "script" => Some(RawKind::ScriptData),
            "style" => Some(RawKind::Rawtext),
            _ => None,
        };
        match tag.kind {
            TagKind::StartTag => {
                *self.raw.borrow_mut() = raw.is_some();
                let attributes = tag
                    .attrs
                    .into_iter()
                    .map(|attribute| {
                        (attribute.name.local.to_string(), attribute.value.to_string())
                    })
                    .collect();
                self.pieces.borrow_mut().push(Piece::Open { name, attributes });
                raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
            }
            TagKind::EndTag => {
                *self.raw.borrow_mut() = false;
                self.pieces.borrow_mut().push(Piece::Close { name });
                TokenSinkResult::Continue
            }
        }
    }
}

/// The tags and texts of a page in order.
pub fn pieces(html: &str) -> Vec<Piece> {
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.pieces.into_inner()
}

/// What a page offers to links, and where its own point.
#[derive(Debug, Default)]
pub struct Outline {
    pub ids: Vec<String>,
    /// Where in the page, as `a href`, and the target of everything that it refers to.
    pub references: Vec<(String, String)>,
}

pub fn outline(html: &str) -> Outline {
    let mut outline = Outline::default();
    for piece in pieces(html) {
        let Piece::Open { name, attributes } = piece else { continue };
        if let Some(id) = attributes.get("id") {
            outline.ids.push(id.clone());
        }
        for attribute in ["href", "src", "srcset", "poster", "data", "action", "xlink:href"] {
            if let Some(target) = attributes.get(attribute) {
                outline.references.push((format!("{name} {attribute}"), target.clone()));
            }
        }
    }
    outline
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn ids_and_references() {
        let page = outline("<h2 id=a>x</h2><a href='b.html#c'>y</a><script>'<a href=no>'</script>");
        assert_eq!(page.ids, ["a"]);
        assert_eq!(page.references, [("a href".to_owned(), "b.html#c".to_owned())]);
    }
}
