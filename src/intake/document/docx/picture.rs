//! References to media parts become the document's pictures, undecoded.
//!
//! DrawingML (`a:blip`) and VML (`v:imagedata`). A part used twice is unpacked once. What doesn't fit into
//! the limits is left out: a form stays readable, however many photographs it carries.

use std::collections::HashMap;

use super::package::Package;
use super::rels::Rels;
use crate::model::document::Picture;

/// The pictures found so far.
#[derive(Default)]
pub(super) struct Pictures {
    found: Vec<Picture>,
    known: HashMap<(String, bool), Option<usize>>,
}

impl Pictures {
    /// The index of the picture that a relationship points to.
    pub(super) fn find(&mut self, package: &mut Package<'_>, rels: &Rels, id: &str, floating: bool) -> Option<usize> {
        let part = rels.target(id)?;
        let key = (part.to_owned(), floating);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let index = if package.fits(part) { package.bytes(part).ok().map(|bytes| self.add(part, bytes, floating)) } else { None };
        self.known.insert(key, index);
        index
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Forgets the pictures of a part that isn't kept.
    pub(super) fn truncate(&mut self, len: usize) {
        self.found.truncate(len);
        self.known.retain(|_, index| index.is_none_or(|index| index < len));
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<Picture> {
        self.found
    }

    /// Takes over pictures of another document.
    pub(super) fn extend(&mut self, pictures: Vec<Picture>) {
        self.found.extend(pictures);
    }

    /// Keeps a picture, and tells its index.
    pub(super) fn add(&mut self, part: &str, bytes: Vec<u8>, floating: bool) -> usize {
        let name = part.rsplit('/').next().unwrap_or(part).to_owned();
        self.found.push(Picture { name, bytes, floating });
        self.found.len() - 1
    }
}
