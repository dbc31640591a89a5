//! A picture as it may be shown to everybody: decoded, upright, small, and written anew as JPEG (ITU-T T.81) from its
//! pixels alone, so that nothing of what stood beside them (EXIF, GPS, comments, thumbnails) comes along. What can be
//! seen in it, a seal above all, is told with it.
//!
//! The same bytes give the same picture.

mod orientation;

use crate::intake::seal::{self, Sight};
use jpeg_encoder::{ColorType, Encoder};
use serde::{Deserialize, Serialize};

/// Good enough for print at half a page's width.
const QUALITY: u8 = 82;

/// It, and what is seen in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// Whether a stamp is in it.
    pub sight: Sight,
    /// Whether most of it is as bright as paper: a page, and not a photograph.
    pub is_page: bool,
    /// The JPEG.
    #[serde(skip)]
    pub jpeg: Vec<u8>,
}

/// Reads a picture; none where it can't be read, is too large, or is a fax without grey.
pub fn shown(bytes: &[u8]) -> Option<Picture> {
    let seen = seal::seen(bytes)?;
    let upright = orientation::upright(orientation::of(bytes), seen.width, seen.height, seen.rgb);
    let (width, height) = (u16::try_from(upright.width).ok()?, u16::try_from(upright.height).ok()?);
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, QUALITY).encode(&upright.rgb, width, height, ColorType::Rgb).ok()?;
    Some(Picture { width, height, sight: seen.sight, is_page: seen.is_page, jpeg })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(name: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seal").join(name)).unwrap()
    }

    #[test]
    fn only_the_pixels_come_along_and_the_same_bytes_each_time() {
        let plain = read("stamp-rgb.jpg");
        let (start, rest) = plain.split_at(2);
        let secret = b"Exif\0\0II*\0GPS 30.5N Zhang San 19900000001";
        let length = u16::try_from(secret.len() + 2).unwrap().to_be_bytes();
        let told = [start, &[0xFF, 0xE1], &length, secret, rest].concat();
        let picture = shown(&told).unwrap();
        assert_eq!(Some(&picture), shown(&plain).as_ref());
        assert!(!picture.jpeg.windows(4).any(|bytes| bytes == b"Exif" || bytes == b"1990" || bytes == b"GPS "));
        assert_eq!(picture.sight, Sight::Stamp);
        let again = shown(&picture.jpeg).unwrap();
        assert_eq!((again.width, again.height), (picture.width, picture.height));
    }

    #[test]
    fn what_is_no_picture_is_none() {
        assert_eq!(shown(b"\xFF\xD8\xFF\xE0 broken"), None);
        assert_eq!(shown(b""), None);
        assert_eq!(shown(&read("grey-fax.tif")), None);
    }
}
