//! The seal finder on a stamped page in every format, and on files made to break it.

use super::{SEARCH, Sight, look, look_within};
use std::path::{Path, PathBuf};

fn pictures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seal");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension != "py"));
    files.sort();
    files
}

fn name(file: &Path) -> &str {
    file.file_name().unwrap().to_str().unwrap()
}

#[test]
fn a_stamp_is_seen_in_every_format_that_has_colour() {
    let files = pictures();
    assert!(files.len() >= 20, "{} pictures", files.len());
    for file in files {
        let wanted = if name(&file).starts_with("stamp") { Sight::Stamp } else { Sight::GreyPage };
        assert_eq!(look(&std::fs::read(&file).unwrap()), wanted, "{}", name(&file));
    }
}

#[test]
fn what_is_cut_short_or_damaged_is_survived() {
    for file in pictures() {
        let whole = std::fs::read(&file).unwrap();
        for part in 0..6 {
            let _ = look(&whole[..whole.len() * part / 6]);
            let mut damaged = whole.clone();
            for at in (part + 20..damaged.len()).step_by(97) {
                damaged[at] ^= 0x5A;
            }
            let _ = look(&damaged);
        }
        assert_eq!(look(&whole[..whole.len().min(40)]), if name(&file) == "grey-fax.tif" { look(&whole[..40]) } else { Sight::Unreadable });
    }
}

#[test]
fn sizes_are_checked_before_anything_is_decoded() {
    let mut png = std::fs::read(pictures().into_iter().find(|file| name(file) == "stamp.png").unwrap()).unwrap();
    png[16..24].copy_from_slice(&[0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0]);
    assert_eq!(look(&png), Sight::Unreadable);
    let mut jpeg = std::fs::read(pictures().into_iter().find(|file| name(file) == "stamp-baseline.jpg").unwrap()).unwrap();
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    assert_eq!(look(&jpeg), Sight::Unreadable);
    assert_eq!(look(b"P6 100000 100000 255\n"), Sight::Unreadable);
    assert_eq!(look(b"P6 99999999999999999999 1 255\n"), Sight::Unreadable);
    assert_eq!(look(b"P6 0 0 255\n"), Sight::Unreadable);
    assert_eq!(look(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Sight::Unreadable);
    assert_eq!(look(b""), Sight::Unreadable);
}

/// A picture of the fixtures, of which another size is told.
fn resized(file: &str, frame: [u8; 2], size: [u8; 4]) -> Vec<u8> {
    let mut jpeg = std::fs::read(pictures().into_iter().find(|path| name(path) == file).unwrap()).unwrap();
    let at = jpeg.windows(2).position(|marker| marker == frame).unwrap();
    jpeg[at + 5..at + 9].copy_from_slice(&size);
    jpeg
}

#[test]
fn the_pixels_of_a_picture_are_taken_from_the_room_for_all() {
    let paper = page(|_, _| None);
    let mut room = 2 * PIXELS - 1;
    assert_eq!([look_within(&paper, &mut room), look_within(&paper, &mut room)], [Sight::GreyPage, Sight::Unreadable]);
    assert_eq!(room, PIXELS - 1, "what isn't decoded takes nothing");
}

#[test]
fn what_has_to_be_looked_at_closely_takes_room_too() {
    // Dots that hang together, in a field as large as a stamp.
    let dots = page(|x, y| {
        let field = (100.0..300.0).contains(&x) && (200.0..400.0).contains(&y);
        (field && x % 12.0 < 4.0 && y % 12.0 < 4.0).then_some(RED)
    });
    let mut room = 100 * PIXELS;
    assert_ne!(look_within(&dots, &mut room), Sight::Unreadable);
    assert!(room < 99 * PIXELS - 4 * SEARCH - 100_000, "four searches, and what they found: {room}");
    let mut room = PIXELS;
    assert_eq!((look_within(&dots, &mut room), room), (Sight::Unreadable, 0), "there was no room to look at it");
}

#[test]
fn the_coefficients_of_a_progressive_picture_count() {
    // 5000 by 5000 pixels: 75 MB come out, and 150 MB of coefficients would be held beside.
    let size = [0x13, 0x88, 0x13, 0x88];
    let mut room = 30_000_000;
    assert_eq!(look_within(&resized("stamp-progressive.jpg", [0xFF, 0xC2], size), &mut room), Sight::Unreadable);
    assert_eq!(room, 30_000_000, "nothing is decoded");
    let mut room = 30_000_000 + 4 * SEARCH;
    look_within(&resized("stamp-baseline.jpg", [0xFF, 0xC0], size), &mut room);
    assert!((4_500_000..=5_000_000 + 4 * SEARCH).contains(&room), "its data counts too, a little: {room}");
}

/// A TIFF of such pages, 8 bits a sample and not packed.
fn tiff(pages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let mut encoder = ::tiff::encoder::TiffEncoder::new(&mut out).unwrap();
    for page in pages {
        let pixels = page.strip_prefix(b"P6 500 700 255\n").unwrap();
        encoder.write_image::<::tiff::encoder::colortype::RGB8>(500, 700, pixels).unwrap();
    }
    out.into_inner()
}

/// Has neither paper nor ink.
fn nothing() -> Vec<u8> {
    page(|x, y| Some([(60.0 + x / 8.0) as u8, (40.0 + y / 9.0) as u8, 110]))
}

#[test]
fn the_further_pages_of_a_picture_leave_room_for_other_files() {
    let pages = tiff(&vec![nothing(); 12]);
    let mut room = 20 * PIXELS;
    look_within(&pages, &mut room);
    assert!(room > 4 * PIXELS, "{room}");
    let mut stamped = vec![nothing(); 29];
    let seen = super::seen(&std::fs::read(pictures().into_iter().find(|file| name(file) == "stamp.png").unwrap()).unwrap()).unwrap();
    stamped.push(page(|x, y| {
        let at = (y as usize * seen.width + x as usize) * 3;
        ((x as usize) < seen.width).then(|| seen.rgb.get(at..at + 3)?.try_into().ok()).flatten()
    }));
    let mut room = 600 * PIXELS;
    assert_eq!(look_within(&tiff(&stamped), &mut room), Sight::Stamp, "a page's own bytes take room, and not the file's");
}

#[test]
fn pages_that_are_not_looked_at_may_bear_a_stamp() {
    let mut three = tiff(&vec![nothing(); 3]);
    assert_eq!(look(&three), Sight::Nothing);
    assert_eq!(look(&tiff(&vec![nothing(); 31])), Sight::Unreadable);
    let first = u32::from_ne_bytes(three[4..8].try_into().unwrap()) as usize;
    let entries = u16::from_ne_bytes(three[first..first + 2].try_into().unwrap()) as usize;
    let next = first + 2 + 12 * entries;
    three[next..next + 4].copy_from_slice(&u32::MAX.to_ne_bytes());
    assert_eq!(look(&three), Sight::Unreadable, "its second page can't be found");
}

/// Of a [`page`].
const PIXELS: usize = 500 * 700;
const RED: [u8; 3] = [205, 30, 40];

/// A page of the PDF reader's plain samples: what `paint` says of each pixel, else paper.
fn page(paint: impl Fn(f32, f32) -> Option<[u8; 3]>) -> Vec<u8> {
    let mut out = b"P6 500 700 255\n".to_vec();
    for y in 0..700 {
        for x in 0..500 {
            out.extend(paint(x as f32, y as f32).unwrap_or([250, 249, 246]));
        }
    }
    out
}

#[test]
fn other_red_things_are_no_stamp() {
    let letterhead =
        page(|x, y| ((60.0..100.0).contains(&y) && (x % 40.0) < 30.0 && (x + y) % 9.0 < 5.0 || (120.0..123.0).contains(&y)).then_some(RED));
    let disc = page(|x, y| ((x - 250.0).hypot(y - 350.0) < 60.0).then_some(RED));
    let frame = page(|x, y| (!(30.0..470.0).contains(&x) || !(30.0..670.0).contains(&y)).then_some(RED));
    let blue = page(|x, y| ((55.0..60.0).contains(&(x - 250.0).hypot(y - 350.0))).then_some([30, 60, 200]));
    for (what, picture) in [("letterhead", letterhead), ("disc", disc), ("frame", frame), ("blue ring", blue), ("paper", page(|_, _| None))]
    {
        assert!(!matches!(look(&picture), Sight::Stamp), "{what}");
    }
}

/// A JPEG of 1280 by 960 pixels in which no place is white, but where `paint` says so.
fn photograph(paint: impl Fn(usize, usize) -> Option<[u8; 3]>) -> Vec<u8> {
    let (width, height) = (1280, 960);
    let shade = |x: usize, y: usize| {
        let wave = |across: f32, down: f32| 0.5 + 0.5 * (x as f32 / across).sin() * (y as f32 / down).cos();
        [60.0 + 150.0 * wave(31.0, 47.0), 40.0 + 90.0 * wave(23.0, 61.0), 30.0 + 110.0 * wave(53.0, 29.0)].map(|value| value as u8)
    };
    let pixels: Vec<u8> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| paint(x, y).unwrap_or_else(|| shade(x, y))).collect();
    let mut out = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut out, 80);
    encoder.encode(&pixels, width as u16, height as u16, jpeg_encoder::ColorType::Rgb).unwrap();
    out
}

#[test]
fn a_picture_without_ink_or_paper_is_not_decoded_whole() {
    let blue = |x: usize, y: usize| if y % 40 < 12 && x % 16 < 9 { [30, 60, 200] } else { [250, 249, 246] };
    for (what, picture) in [("no paper", photograph(|_, _| None)), ("no red", photograph(|x, y| Some(blue(x, y))))] {
        let mut room = 2_000_000;
        assert_eq!(look_within(&picture, &mut room), Sight::Nothing, "{what}");
        assert!(room > 2_000_000 - 1280 * 960, "{what}: {room}");
    }
}

#[test]
fn a_page_of_tinted_paper_or_without_colour_is_not_decoded_whole() {
    let letters = |x: usize, y: usize| y % 40 < 12 && x % 16 < 9;
    let tinted = photograph(|x, y| Some(if letters(x, y) { [70, 70, 80] } else { [251, 246, 239] }));
    let grey = photograph(|x, y| Some(if letters(x, y) { [70; 3] } else { [250; 3] }));
    for (picture, wanted) in [(tinted, Sight::Nothing), (grey, Sight::GreyPage)] {
        let mut room = 2_000_000;
        assert_eq!(look_within(&picture, &mut room), wanted);
        assert!(room > 2_000_000 - 1280 * 960, "{wanted:?}: {room}");
    }
}

#[test]
fn a_stamped_page_that_is_a_part_of_a_photograph_is_looked_at() {
    let page = super::seen(&std::fs::read(pictures().into_iter().find(|file| name(file) == "stamp.png").unwrap()).unwrap()).unwrap();
    let at = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(500)?, y.checked_sub(200)?);
        let from = (y * page.width + x) * 3;
        (x < page.width && y < page.height).then(|| [page.rgb[from], page.rgb[from + 1], page.rgb[from + 2]])
    };
    assert_eq!(look(&photograph(at)), Sight::Stamp);
    // By the light of a lamp, too dark for its paper to be made white.
    let by_lamp = |[r, g, b]: [u8; 3]| [(f32::from(r) * 0.35) as u8, (f32::from(g) * 0.28) as u8, (f32::from(b) * 0.16) as u8];
    assert_ne!(look(&photograph(|x, y| Some(by_lamp(at(x, y).unwrap_or([90, 70, 60]))))), Sight::Nothing);
}

#[test]
fn a_green_desk_beside_the_page_hides_no_faint_stamp() {
    let page = super::seen(&std::fs::read(pictures().into_iter().find(|file| name(file) == "stamp.png").unwrap()).unwrap()).unwrap();
    let faint = |x: usize, y: usize| {
        let from = (y * page.width + x) * 3;
        let ink = (x < page.width && y < page.height).then(|| page.rgb.get(from..from + 3)).flatten().unwrap_or(&[255; 3]);
        [0, 1, 2].map(|at| (236.0 - 0.25 * f32::from(255 - ink[at])) as u8)
    };
    let desk = |y: usize| !(16..944).contains(&y);
    assert_eq!(look(&photograph(|x, y| Some(if desk(y) { [130, 176, 90] } else { faint(x, y) }))), Sight::Stamp);
}
