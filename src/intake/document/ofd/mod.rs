//! An OFD file becomes a [`Document`]: its text by position, its rulings as tables, its pictures.
//!
//! GB/T 33190: a ZIP archive of XML, in millimetres, y downwards. Pages, the templates under them and the
//! annotations on them are read. Not read: attachments, glyphs without a character, drawn seals, whose picture
//! lies in the signature. A page that is missing or damaged is left out.

mod package;
mod page;
mod path_data;
mod signer;
mod text;
mod xml;

#[cfg(test)]
mod tests;

use self::package::{Package, resolved};
use self::page::Painter;
use self::xml::Node;
use super::layout::{self, Sheet};
use super::{Limits, ReadError};
use crate::model::document::{Document, Format, Picture};
use std::collections::HashMap;

pub use self::signer::signers;

/// Pages read, over all documents of a file.
const MOST_PAGES: usize = 200;

/// Reads a file into a document.
///
/// # Errors
/// [`ReadError::Encrypted`] for an encrypted file, [`ReadError::Corrupt`] for a damaged archive or one without
/// its main part, [`ReadError::TooLarge`] where a limit was met.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes, limits)?;
    let root = package.node("OFD.xml")?;
    let mut reading = Reading { package, pictures: Vec::new(), sheets: Vec::new(), marks: limits.nodes };
    let mut read_any = Err(ReadError::Corrupt("no document".into()));
    for place in root.all("DocBody").filter_map(|body| body.child("DocRoot")) {
        let outcome = reading.document(&resolved("OFD.xml", &place.text));
        if let Err(ReadError::TooLarge(what)) = outcome {
            return Err(ReadError::TooLarge(what));
        }
        read_any = read_any.or(outcome);
    }
    read_any?;
    let (blocks, pages, guessed) = layout::blocks(reading.sheets);
    Ok(Document { format: Format::Ofd, blocks, pictures: reading.pictures, pages, guessed })
}

/// Whether the file bears an electronic signature or seal: one is listed and its value is there.
///
/// It says that one is there, not that it is valid: that takes trusted certificates, and a person.
pub fn has_signature(bytes: &[u8]) -> bool {
    let Ok(mut package) = Package::open(bytes, &Limits::default()) else { return false };
    let Ok(root) = package.node("OFD.xml") else { return false };
    let lists: Vec<String> =
        root.all("DocBody").filter_map(|body| body.child("Signatures")).map(|place| resolved("OFD.xml", &place.text)).collect();
    let valued = package.has_name_ending("signedvalue.dat");
    lists.iter().any(|list| package.node(list).is_ok_and(|signatures| valued || signatures.child("Signature").is_some()))
}

struct Reading<'a> {
    package: Package<'a>,
    pictures: Vec<Picture>,
    sheets: Vec<Sheet>,
    marks: usize,
}

/// What the pages of one document share.
struct Shared {
    media: HashMap<String, String>,
    templates: HashMap<String, Node>,
    annotations: HashMap<String, String>,
    area: Option<String>,
}

impl Reading<'_> {
    fn document(&mut self, place: &str) -> Result<(), ReadError> {
        let document = self.package.node(place)?;
        let shared = self.shared(&document, place)?;
        for listed in document.child("Pages").into_iter().flat_map(|pages| pages.all("Page")) {
            if self.sheets.len() >= MOST_PAGES {
                break;
            }
            let page_place = resolved(place, listed.attribute("BaseLoc").unwrap_or_default());
            let Some(page) = self.part(&page_place)? else { continue };
            let annotations = listed.attribute("ID").and_then(|id| shared.annotations.get(id));
            let annotations = annotations.map(|place| self.part(place)).transpose()?.flatten();
            let sheet = self.page(&page, &page_place, annotations.as_ref(), &shared)?;
            self.sheets.push(sheet);
        }
        Ok(())
    }

    /// A part that need not be there.
    fn part(&mut self, place: &str) -> Result<Option<Node>, ReadError> {
        match self.package.node(place) {
            Ok(node) => Ok(Some(node)),
            Err(ReadError::Corrupt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn shared(&mut self, document: &Node, place: &str) -> Result<Shared, ReadError> {
        let common = document.child("CommonData").cloned().unwrap_or_default();
        let mut shared = Shared { media: HashMap::new(), templates: HashMap::new(), annotations: HashMap::new(), area: None };
        shared.area = common.child("PageArea").and_then(|area| area.child("PhysicalBox")).map(|area| area.text.clone());
        for listed in common.children.iter().filter(|child| matches!(child.name.as_str(), "PublicRes" | "DocumentRes")) {
            self.media(&resolved(place, &listed.text), &mut shared.media)?;
        }
        for listed in common.all("TemplatePage") {
            let template = self.part(&resolved(place, listed.attribute("BaseLoc").unwrap_or_default()))?;
            if let (Some(id), Some(template)) = (listed.attribute("ID"), template) {
                shared.templates.insert(id.to_owned(), template);
            }
        }
        if let Some(listed) = document.child("Annotations") {
            let list_place = resolved(place, &listed.text);
            for page in self.part(&list_place)?.iter().flat_map(|list| list.all("Page")) {
                if let (Some(id), Some(file)) = (page.attribute("PageID"), page.child("FileLoc")) {
                    shared.annotations.insert(id.to_owned(), resolved(&list_place, &file.text));
                }
            }
        }
        Ok(shared)
    }

    /// Where the media of a resource part lie, by their identifiers.
    fn media(&mut self, place: &str, media: &mut HashMap<String, String>) -> Result<(), ReadError> {
        let Some(resources) = self.part(place)? else { return Ok(()) };
        let base = resources.attribute("BaseLoc").map(|base| resolved(place, &format!("{base}/"))).unwrap_or_else(|| place.to_owned());
        for listed in resources.all("MultiMedias").flat_map(|list| list.all("MultiMedia")) {
            if let (Some(id), Some(file)) = (listed.attribute("ID"), listed.child("MediaFile")) {
                media.insert(id.to_owned(), resolved(&base, &file.text));
            }
        }
        Ok(())
    }

    fn page(&mut self, page: &Node, place: &str, annotations: Option<&Node>, shared: &Shared) -> Result<Sheet, ReadError> {
        let mut media = shared.media.clone();
        for own in page.all("PageRes") {
            self.media(&resolved(place, &own.text), &mut media)?;
        }
        let area = page.child("Area").and_then(|area| area.child("PhysicalBox")).map(|area| &area.text).or(shared.area.as_ref());
        let mut painter = Painter::new(area.map(String::as_str), self.marks);
        for used in page.all("Template").filter_map(|used| shared.templates.get(used.attribute("TemplateID")?)) {
            painter.layers(used);
        }
        painter.layers(page);
        for annotation in annotations.into_iter().flat_map(|list| list.all("Annot")) {
            painter.annotation(annotation);
        }
        let (mut sheet, pictures) = painter.finish();
        self.marks = self.marks.checked_sub(sheet.marks.len()).ok_or(ReadError::TooLarge("characters"))?;
        for (resource, edges) in pictures {
            let picture = media.get(&resource).and_then(|place| self.picture(place));
            sheet.pictures.extend(picture.map(|picture| layout::Placed { picture, edges }));
        }
        Ok(sheet)
    }

    /// The picture of a media part; none where it is missing or too large.
    fn picture(&mut self, place: &str) -> Option<usize> {
        let name = place.rsplit('/').next().unwrap_or(place).to_owned();
        let known = self.pictures.iter().position(|picture| picture.name == name);
        known.or_else(|| {
            let bytes = self.package.bytes(place).ok()?;
            self.pictures.push(Picture { name, bytes, floating: false });
            Some(self.pictures.len() - 1)
        })
    }
}
