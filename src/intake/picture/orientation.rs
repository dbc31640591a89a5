//! How a photograph lies: the orientation of EXIF (CIPA DC-008, tag 0x0112), and its pixels turned upright.

/// Of 1 to 8; 1 stands upright.
type Orientation = u16;

/// Header segments that are looked through.
const MOST_SEGMENTS: usize = 64;
/// Entries of the first directory.
const MOST_ENTRIES: usize = 256;

/// A picture's pixels, three bytes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
}

/// What a JPEG says of itself; whatever says nothing stands upright.
pub(super) fn of(bytes: &[u8]) -> Orientation {
    exif(bytes).and_then(tag).filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// The TIFF within the first APP1 segment of EXIF.
fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    for _ in 0..MOST_SEGMENTS {
        let [0xFF, marker, high, low, body @ ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        let (segment, after) = body.split_at_checked(length)?;
        match (marker, segment.strip_prefix(b"Exif\0\0")) {
            (0xE1, Some(tiff)) => return Some(tiff),
            // The pixels begin.
            (0xDA, _) => return None,
            _ => rest = after,
        }
    }
    None
}

/// The value of the tag in the first directory.
fn tag(tiff: &[u8]) -> Option<u16> {
    let is_little = match tiff.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let (one, other) = (usize::from(short(4)?), usize::from(short(6)?));
    let directory = if is_little { other << 16 | one } else { one << 16 | other };
    let entries = usize::from(short(directory)?).min(MOST_ENTRIES);
    let entry = |index: usize| directory.checked_add(2 + 12 * index);
    let found = (0..entries).filter_map(entry).find(|at| short(*at) == Some(0x0112))?;
    short(found.checked_add(8)?)
}

/// The pixels as they were seen.
pub(super) fn upright(orientation: Orientation, width: usize, height: usize, rgb: Vec<u8>) -> Pixels {
    if orientation <= 1 || rgb.len() != width * height * 3 {
        return Pixels { width, height, rgb };
    }
    let is_on_its_side = orientation >= 5;
    let (across, down) = if is_on_its_side { (height, width) } else { (width, height) };
    let pixels: Vec<&[u8]> = rgb.chunks_exact(3).collect();
    let mut turned = Vec::with_capacity(rgb.len());
    for y in 0..down {
        for x in 0..across {
            let (last_x, last_y) = (width.saturating_sub(1), height.saturating_sub(1));
            let (from_x, from_y) = match orientation {
                2 => (last_x - x, y),
                3 => (last_x - x, last_y - y),
                4 => (x, last_y - y),
                5 => (y, x),
                6 => (y, last_y - x),
                7 => (last_x - y, last_y - x),
                _ => (last_x - y, x),
            };
            turned.extend_from_slice(pixels.get(from_y * width + from_x).copied().unwrap_or(&[255; 3]));
        }
    }
    Pixels { width: across, height: down, rgb: turned }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photograph(order: &[u8; 2], orientation: u8) -> Vec<u8> {
        let little = order == b"II";
        let short = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let mut tiff = [order.as_slice(), &short(42), &long(8), &short(2)].concat();
        for (tag, value) in [(0x010F, 7), (0x0112, u16::from(orientation))] {
            tiff.extend([&short(tag)[..], &short(3), &long(1), &short(value), &short(0)].concat());
        }
        let body = [b"Exif\0\0".as_slice(), &tiff].concat();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xE1][..], &length, &body, &[0xFF, 0xDA, 0, 2]].concat()
    }

    #[test]
    fn the_orientation_is_read_in_either_order_of_bytes_and_nonsense_is_upright() {
        for value in 1..=8 {
            assert_eq!([of(&photograph(b"II", value)), of(&photograph(b"MM", value))], [u16::from(value); 2]);
        }
        assert_eq!([of(&photograph(b"II", 9)), of(b""), of(b"\xFF\xD8\xFF\xE1\0\0")], [1, 1, 1]);
        let whole = photograph(b"II", 6);
        for length in 0..whole.len() {
            of(&whole[..length]);
        }
    }

    /// A picture of two by three, each pixel its own number.
    #[test]
    fn pixels_are_turned_as_each_orientation_says() {
        let rgb: Vec<u8> = (1..=6).flat_map(|number| [number; 3]).collect();
        let seen = |orientation| {
            let turned = upright(orientation, 2, 3, rgb.clone());
            (turned.width, turned.rgb.chunks(3).map(|pixel| pixel[0]).collect::<Vec<u8>>())
        };
        assert_eq!(seen(1), (2, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(seen(2), (2, vec![2, 1, 4, 3, 6, 5]));
        assert_eq!(seen(3), (2, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(seen(4), (2, vec![5, 6, 3, 4, 1, 2]));
        assert_eq!(seen(5), (3, vec![1, 3, 5, 2, 4, 6]));
        assert_eq!(seen(6), (3, vec![5, 3, 1, 6, 4, 2]));
        assert_eq!(seen(7), (3, vec![6, 4, 2, 5, 3, 1]));
        assert_eq!(seen(8), (3, vec![2, 4, 6, 1, 3, 5]));
    }
}
