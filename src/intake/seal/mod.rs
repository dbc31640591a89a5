//! Is there an official seal in a picture? A file's bytes become a [`Sight`].
//!
//! ```text
//! bytes ─► decode: an eighth ─► paper: is there any, and red? ─► Nothing, GreyPage
//!       ─► decode: small, on white ─► paper: maps of redness ─► mask: what is red ink
//!       ─► candidates: ink that lies together, circles ─► ellipse ─► features ─► score ─► Sight
//! ```
//!
//! A seal is a red ring, round or oval, with letters along it. It is looked for twice: for plain ink, and, where none
//! was found, for faint ink in smoothed maps. What is found is a guess (疑似有章): a printed or pasted stamp looks the
//! same, its letters aren't read, and a person confirms it. Only red is looked for; a picture without colour can't
//! tell. `benches/seal/` makes the pictures that it was taught and measured with.

mod candidates;
mod chop;
mod components;
mod conic;
mod decode;
mod ellipse;
mod features;
mod hough;
mod mask;
mod paper;
mod plane;
mod score;
mod trees;

#[cfg(test)]
mod tests;

use self::candidates::Candidate;
use self::decode::Decoded;
use self::mask::{Mask, Pass};
use self::paper::Maps;
use serde::{Deserialize, Serialize};

/// What can be seen in a picture. Of several pages the least of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// A round or oval red stamp.
    Stamp,
    /// Something that looks a little like one.
    Doubtful,
    /// A square red stamp (方章), which is no unit's official seal.
    Square,
    /// A page without any colour: a stamp on it can't be made out.
    GreyPage,
    /// It can't be decoded: damaged, too large, or of a format that isn't read.
    Unreadable,
    /// No stamp.
    Nothing,
}

/// Looks for a stamp.
pub fn look(bytes: &[u8]) -> Sight {
    let mut room = usize::MAX;
    look_within(bytes, &mut room)
}

/// Looks for a stamp, where there is room left for as many pixels as the picture has; they are taken from it, and more
/// for all in it that has to be looked at closely. Its pages behind the first take half of what is left at most: another
/// picture may be the stamped one.
pub fn look_within(bytes: &[u8], room: &mut usize) -> Sight {
    let mut best = look_at_page(bytes, 0, room);
    let pages = decode::pages(bytes);
    let mut share = *room / 2;
    *room -= share;
    for page in 1..pages.looked_at {
        if best == Sight::Stamp {
            break;
        }
        best = best.min(look_at_page(bytes, page, &mut share));
    }
    *room += share;
    if pages.are_all { best } else { best.min(Sight::Unreadable) }
}

fn look_at_page(bytes: &[u8], page: usize, room: &mut usize) -> Sight {
    let raster = match worth_a_look(bytes, page, room) {
        Ok(raster) => raster,
        Err(sight) => return sight,
    };
    let grey = paper::is_grey(&raster);
    let maps = paper::maps(&raster);
    drop(raster);
    sight(grey, &maps, room)
}

/// The picture made small, or what is certain without looking closely.
fn worth_a_look(bytes: &[u8], page: usize, room: &mut usize) -> Result<decode::Raster, Sight> {
    let glance = decode::glance(bytes, room);
    if let Some(sight) = glance.as_ref().and_then(at_a_glance) {
        return Err(sight);
    }
    let raster = match decode::decode(bytes, page, room) {
        None => return Err(Sight::Unreadable),
        Some(Decoded::BlackAndWhite) => return Err(Sight::GreyPage),
        Some(Decoded::Pixels(raster)) => raster,
    };
    let eighth = if glance.is_none() { raster.eighth() } else { None };
    eighth.as_ref().and_then(at_a_glance).map_or(Ok(raster), Err)
}

/// What a very small picture is enough to tell. One without any colour that isn't bright may yet be a page full of writing.
fn at_a_glance(small: &decode::Raster) -> Option<Sight> {
    let maps = paper::maps(small);
    match paper::is_grey(small) {
        true => maps.is_page.then_some(Sight::GreyPage),
        false => maps.is_without_ink().then_some(Sight::Nothing),
    }
}

fn sight(grey: bool, maps: &Maps, room: &mut usize) -> Sight {
    match grey {
        true if maps.is_page => Sight::GreyPage,
        true => Sight::Nothing,
        false => judge(maps, room),
    }
}

/// A picture made small, and what can be seen in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Three bytes a pixel.
    pub rgb: Vec<u8>,
    /// Whether a stamp is in it.
    pub sight: Sight,
    /// Whether it is a page.
    pub is_page: bool,
}

/// Looks for a stamp on a picture's first page alone, and keeps that small; none where there are no pixels with any colour or grey.
pub fn seen(bytes: &[u8]) -> Option<Seen> {
    let mut room = usize::MAX;
    let Decoded::Pixels(raster) = decode::decode(bytes, 0, &mut room)? else { return None };
    let grey = paper::is_grey(&raster);
    let maps = paper::maps(&raster);
    let decode::Raster { width, height, rgb } = raster;
    Some(Seen { width, height, rgb, sight: sight(grey, &maps, &mut room), is_page: maps.is_page })
}

/// Pixels that could be decoded in the time that one search of a picture with red in it takes, whatever it finds.
const SEARCH: usize = 1_500_000;

fn judge(maps: &Maps, room: &mut usize) -> Sight {
    let mut best: Option<Candidate> = None;
    let mut squares = Vec::new();
    for pass in [Pass::Plain, Pass::Faint] {
        let Some(mask) = mask::mask(maps, pass) else { continue };
        for find in [candidates::of_components, candidates::of_circles] {
            if *room == 0 {
                break;
            }
            *room = room.saturating_sub(SEARCH);
            let found = find(&mask, room).into_iter().max_by(|one, other| one.score.total_cmp(&other.score));
            best = [best, found].into_iter().flatten().max_by(|one, other| one.score.total_cmp(&other.score));
            if best.is_some_and(|best| best.score >= score::STAMP) {
                break;
            }
        }
        if pass == Pass::Plain {
            squares = chop::find(&mask);
        }
        if best.is_some_and(|best| best.score >= score::STAMP) {
            break;
        }
    }
    match best {
        Some(best) if best.score >= score::DOUBT && !best.is_ring() && squares.iter().any(|square| square.holds(&best.ellipse)) => {
            Sight::Square
        }
        Some(best) if best.score >= score::STAMP => Sight::Stamp,
        Some(best) if best.score >= score::DOUBT => Sight::Doubtful,
        Some(_) | None if !squares.is_empty() => Sight::Square,
        // Not all of it was looked at.
        Some(_) | None if *room == 0 => Sight::Unreadable,
        Some(_) | None => Sight::Nothing,
    }
}

/// What a candidate is like: for teaching and measuring.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// Left, top, right and bottom, in parts of the picture.
    pub area: [f32; 4],
    /// Between 0 and 1.
    pub score: f32,
    /// Named numbers.
    pub features: Vec<(&'static str, f32)>,
}

/// Every candidate of a picture's first page, whatever it scores; none where it can't be decoded.
pub fn survey(bytes: &[u8]) -> Option<Vec<Survey>> {
    let mut room = usize::MAX;
    let raster = match worth_a_look(bytes, 0, &mut room) {
        Ok(raster) => raster,
        Err(Sight::Unreadable) => return None,
        Err(_) => return Some(Vec::new()),
    };
    let (width, height) = (raster.width as f32, raster.height as f32);
    let maps = paper::maps(&raster);
    let masks: Vec<Mask<'_>> = [Pass::Plain, Pass::Faint].iter().filter_map(|pass| mask::mask(&maps, *pass)).collect();
    let mut all = Vec::new();
    for mask in &masks {
        all.extend(candidates::of_components(mask, &mut room));
        all.extend(candidates::of_circles(mask, &mut room));
    }
    let survey = |candidate: Candidate| {
        let (half_width, half_height) = candidate.ellipse.half_box();
        let (x, y) = (candidate.ellipse.x, candidate.ellipse.y);
        Survey {
            area: [(x - half_width) / width, (y - half_height) / height, (x + half_width) / width, (y + half_height) / height],
            score: candidate.score,
            features: features::NAMES.into_iter().zip(candidate.features).collect(),
        }
    };
    Some(all.into_iter().map(survey).collect())
}
