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

    /// A scene in this many colours a pixel.
    fn scene(width: u16, height: u16, colours: usize) -> Vec<u8> {
        let pixel = |at: usize| -> u8 { u8::try_from(40 + at / colours / usize::from(width) * 160 / usize::from(height)).unwrap() };
        (0..usize::from(width) * usize::from(height) * colours).map(pixel).collect()
    }

    #[test]
    fn what_cameras_and_printers_write_is_shown_as_plain_rgb() {
        for (colour, colours, is_progressive) in
            [(ColorType::Rgb, 3, true), (ColorType::Cmyk, 4, false), (ColorType::Ycck, 4, false), (ColorType::Luma, 1, true)]
        {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes, 90);
            encoder.set_progressive(is_progressive);
            encoder.encode(&scene(640, 480, colours), 640, 480, colour).unwrap();
            let picture = shown(&bytes).unwrap_or_else(|| panic!("{colour:?}"));
            assert_eq!((picture.width, picture.height), (640, 480), "{colour:?}");
            // Three components, 8 bits each, baseline (ITU-T T.81 B.2.2).
            let frame = picture.jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
            assert_eq!((picture.jpeg[frame + 4], picture.jpeg[frame + 9]), (8, 3), "{colour:?}");
            // A part of it is none, or what could be read of it, and never anybody else's.
            let cut = shown(&bytes[..bytes.len() / 2]);
            assert!(cut.is_none_or(|cut| (cut.width, cut.height) == (640, 480)));
        }
    }

    #[test]
    fn a_photograph_of_twelve_megapixels_becomes_small() {
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, 90).encode(&scene(4000, 3000, 3), 4000, 3000, ColorType::Rgb).unwrap();
        let picture = shown(&bytes).unwrap();
        assert!(picture.width <= 2000 && picture.width * 3 == picture.height * 4, "{} {}", picture.width, picture.height);
    }

    #[test]
    fn what_is_no_picture_is_none() {
        assert_eq!(shown(b"\xFF\xD8\xFF\xE0 broken"), None);
        assert_eq!(shown(b""), None);
        assert_eq!(shown(&read("grey-fax.tif")), None);
    }
}
