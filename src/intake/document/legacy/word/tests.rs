use super::*;

/// The streams of a document of two pieces, the second compressed, with formatting at some places.
struct Streams {
    text: Vec<u8>,
    table: Vec<u8>,
}

/// Where the wide piece begins, and the compressed one.
const WIDE: usize = 1024;
const NARROW: usize = 1536;
const PAGE: usize = 2048;

impl Streams {
    fn new(wide: &str, narrow: &str, formatting: &[(usize, &[u8])]) -> Self {
        let mut text = vec![0; PAGE + 512];
        let mut put = |at: usize, bytes: &[u8]| text[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &MAGIC.to_le_bytes());
        put(32, &14u16.to_le_bytes());
        let units: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(WIDE, &units);
        put(NARROW, narrow.as_bytes());
        // A page of runs: those with formatting of two bytes each and what lies between them.
        let mut ends: Vec<u32> = vec![WIDE as u32];
        let mut offsets = Vec::new();
        let mut free = 480;
        for (at, list) in formatting {
            free -= 16;
            put(PAGE + free, &[&[list.len() as u8], *list].concat());
            ends.extend([*at as u32, *at as u32 + 1]);
            offsets.extend([0, (free / 2) as u8]);
        }
        ends.push(PAGE as u32);
        offsets.push(0);
        put(PAGE, &ends.iter().flat_map(|end| end.to_le_bytes()).chain(offsets.iter().copied()).collect::<Vec<u8>>());
        put(PAGE + 511, &[offsets.len() as u8]);
        let (length, all) = (wide.encode_utf16().count() as u32, (wide.encode_utf16().count() + narrow.len()) as u32);
        let positions = [0, length, all].map(u32::to_le_bytes).concat();
        let piece = |first: u32| [&[0, 0][..], &first.to_le_bytes(), &[0, 0]].concat();
        let pieces = [positions, piece(WIDE as u32), piece((NARROW as u32 * 2) | 0x4000_0000)].concat();
        let clx = [&[1, 2, 0, 9, 9, 2][..], &(pieces.len() as u32).to_le_bytes(), &pieces].concat();
        let runs = [WIDE as u32, PAGE as u32, (PAGE / 512) as u32].map(u32::to_le_bytes).concat();
        let font = |name: &str| {
            let record = [vec![0; 39], name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()].concat();
            [vec![record.len() as u8], record].concat()
        };
        let fonts = [vec![3, 0, 0, 0], font("宋体"), font("Wingdings"), font("Wingdings 2")].concat();
        let mut table = Vec::new();
        for (index, part) in [(33, clx), (12, runs), (15, fonts)] {
            put(154 + index * 8, &[(table.len() as u32).to_le_bytes(), (part.len() as u32).to_le_bytes()].concat());
            table.extend(part);
        }
        Self { text, table }
    }

    /// The characters of both pieces after the changes.
    fn changed(&self, data: &[u8]) -> String {
        let header = Header::of(&self.text).unwrap();
        let mut text = self.text.clone();
        for (at, bytes) in changes(&self.text, &self.table, &header, |at| data.get(at..).map(<[u8]>::to_vec)).unwrap() {
            let at = at as usize;
            text[at..at + bytes.get().len()].copy_from_slice(bytes.get());
        }
        let wide = text[WIDE..NARROW].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
        let narrow = text[NARROW..PAGE].iter().copied().map(char::from).take_while(|c| *c != '\0');
        char::decode_utf16(wide).map(Result::unwrap).chain(narrow).collect()
    }
}

const MAGIC: u16 = 0xA5EC;
const FIELD: &str = "\u{13} FORMCHECKBOX \u{1}\u{15}";

/// A record of a ticked box at 4, and of an empty one behind it.
fn data() -> Vec<u8> {
    let record = |result: u16| {
        let mut out = vec![0; 4];
        out.extend(68u16.to_le_bytes());
        out.resize(68, 0);
        out.extend([0xFF; 4]);
        out.extend((1 | result << 2).to_le_bytes());
        out
    };
    [vec![0; 4], record(1), record(0)].concat()
}

/// `sprmCPicLocation`.
fn location(at: u8) -> Vec<u8> {
    vec![0x55, 0x08, 1, 0x03, 0x6A, at, 0, 0, 0]
}

#[test]
fn boxes_of_forms_have_their_state() {
    let (box_of_wide, box_of_narrow) = (WIDE + 2 * 15, NARROW + 15);
    let (ticked, empty) = (location(4), location(78));
    let streams = Streams::new(&format!("{FIELD}甲"), &format!("{FIELD}b"), &[(box_of_wide, &ticked), (box_of_narrow, &empty)]);
    let expected = "\u{13} FORMCHECKBOX\u{14}\u{10}\u{15}甲\u{13} FORMCHECKBOX\u{14}\u{11}\u{15}b";
    assert_eq!(streams.changed(&data()), expected);
    // One of them without its state: a person looks at all.
    let lost = Streams::new(&format!("{FIELD}甲"), &format!("{FIELD}b"), &[(box_of_wide, &ticked)]);
    assert_eq!(lost.changed(&data()), format!("{FIELD}甲{FIELD}b"));
    assert_eq!(streams.changed(&[]), format!("{FIELD}甲{FIELD}b"));
}

#[test]
fn symbols_show_their_glyph() {
    let symbol = |font: u8, code: u8| vec![0x09, 0x6A, font, 0, code, 0xF0];
    let (ticked, empty, circle, other) = (symbol(1, 0xFE), symbol(1, 0xA8), symbol(1, 0x6C), symbol(0, 0x28));
    let formatting: [(usize, &[u8]); 5] =
        [(WIDE, &ticked), (WIDE + 2, &circle), (WIDE + 4, &other), (NARROW, &empty), (NARROW + 1, &circle)];
    let streams = Streams::new("((((甲", "((b", &formatting);
    assert_eq!(streams.changed(&[]), "\u{12}●((甲\u{16}(b", "a compressed piece has no place for ●");
}

#[test]
fn codes_of_a_symbol_font_show_its_glyph() {
    let font = |font: u8| vec![0x4F, 0x4A, font, 0];
    let (plain, first, second) = (font(0), font(1), font(2));
    let formatting: [(usize, &[u8]); 5] =
        [(WIDE, &first), (WIDE + 2, &second), (WIDE + 4, &second), (WIDE + 6, &first), (WIDE + 8, &plain)];
    let streams = Streams::new("\u{f0fe}\u{f054}\u{f02a}\u{f04a}\u{f0fe}甲", "b", &formatting);
    assert_eq!(streams.changed(&[]), "\u{12}☒\u{16}\u{f04a}\u{f0fe}甲b", "what is no tick, or of no such font, stays");
    let plain = Streams::new("xþ甲", "R", &[(WIDE, &first), (WIDE + 2, &first), (NARROW, &second)]);
    assert_eq!(plain.changed(&[]), "☒\u{12}甲\u{12}");
}

#[test]
fn fields_that_show_themselves_have_a_result() {
    let changed = |wide: &str| Streams::new(wide, "x", &[]).changed(&[]);
    assert_eq!(changed("\u{13} eq \\o\\ac(□,√)\u{15}计量"), "\u{13} eq \\o\\ac(□,\u{14}\u{17}\u{15}计量x");
    assert_eq!(changed("\u{13}SYMBOL 254 \\f \"Wingdings\"\u{14}\u{15}计量"), "\u{13}SYMBOL 254 \\f \"Wingdings\u{14}\u{12}\u{15}计量x");
    assert_eq!(changed("\u{13}eq \\o\\ac(○,甲)\u{15}"), "\u{13}eq \\o\\ac(\u{14}\u{19}甲\u{1a}\u{15}x");
    for kept in ["\u{13}PAGE\u{14}1\u{15}", "\u{13} IF \u{13}PAGE\u{14}\u{15}\u{15}", "\u{13}eq", "\u{15}"] {
        assert_eq!(changed(kept), format!("{kept}x"));
    }
}

#[test]
fn damage_changes_nothing() {
    let streams = Streams::new(FIELD, FIELD, &[(WIDE + 30, &[0x03, 0x6A])]);
    let header = Header::of(&streams.text).unwrap();
    for at in 0..streams.table.len() {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut table = streams.table.clone();
            table[at] = value;
            let _ = changes(&streams.text, &table, &header, |at| data().get(at..).map(<[u8]>::to_vec));
            let _ = changes(&streams.text, &table[..at], &header, |at| data().get(at..).map(<[u8]>::to_vec));
        }
    }
    assert!(Header::of(&streams.text[..100]).is_none());
    assert!(prepare(b"nothing", &Limits::default()).changed.is_none());
}

#[test]
fn a_page_of_many_runs_becomes_two() {
    let bold: &[u8] = &[0x35, 0x08, 1];
    let wide: String = "甲".repeat(70);
    // Of 35 characters with formatting and what lies between them there are 71 runs. All share one list.
    let mut streams = Streams::new(&wide, "b", &[(WIDE, bold)]);
    let ends: Vec<u32> = (0..=70).map(|run| WIDE as u32 + run * 2).chain([PAGE as u32]).collect();
    let offsets: Vec<u8> = (0..71).map(|run| if run % 2 == 0 { 232 } else { 0 }).collect();
    let head: Vec<u8> = ends.iter().flat_map(|end| end.to_le_bytes()).chain(offsets).collect();
    streams.text[PAGE..PAGE + head.len()].copy_from_slice(&head);
    streams.text[PAGE + 464..PAGE + 468].copy_from_slice(&[3, 0x35, 0x08, 1]);
    streams.text[PAGE + 511] = 71;
    let mut header = Header::of(&streams.text).unwrap();
    let split = pages::split(&streams.text, &streams.table, &header).unwrap();
    assert_eq!(split.pages.iter().map(|(at, page)| (*at, page[511])).collect::<Vec<_>>(), [(PAGE, 35), (streams.text.len(), 36)]);
    let before = Properties::new(&streams.text, &streams.table, &header);
    let is_bold = |properties: &Properties<'_>| (0..71).map(|run| properties.is(WIDE + run * 2, 0x0835)).collect::<Vec<_>>();
    let expected = is_bold(&before);
    assert_eq!(expected.iter().filter(|bold| **bold).count(), 36);
    let mut text = streams.text.clone();
    text.resize(text.len() + PAGE, 0);
    split.pages.iter().for_each(|(at, page)| text[*at..at + 512].copy_from_slice(page));
    header.formatting = (streams.table.len(), split.list.len());
    let table = [streams.table.as_slice(), &split.list].concat();
    assert_eq!(is_bold(&Properties::new(&text, &table, &header)), expected);
    // A list that names pages again and again is not followed.
    let again = |count: usize| {
        let list: Vec<u8> = (0..=count as u32).chain(std::iter::repeat_n(PAGE as u32 / 512, count)).flat_map(u32::to_le_bytes).collect();
        let mut header = Header::of(&streams.text).unwrap();
        header.formatting = (0, list.len());
        pages::split(&streams.text, &list, &header).map(|split| split.pages.len())
    };
    assert_eq!((again(2), again(200)), (Some(2), None));
    // A page that the parser takes stays.
    streams.text[PAGE + 511] = 63;
    assert_eq!(pages::split(&streams.text, &streams.table, &Header::of(&streams.text).unwrap()), None);
}

#[test]
fn a_table_of_sectors_that_ends_too_early_ends_no_reader() {
    let damaged = include_bytes!("../../../../../fixtures/documents/form-damaged-sectors.doc");
    assert!(prepare(damaged, &Limits::default()).changed.is_none());
}
