//! JPEG of one sequential scan, at a few eighths of its size: a large photograph is to become a small
//! picture, and most of what a full decoding works out would be averaged away again.
//!
//! Each block of 8 by 8 gives the fewer samples, down to a single one, that its lowest frequencies stand for (ITU-T T.81,
//! annex A.3.3); the codes of higher ones are only passed over. What is written in any other way, or is damaged, gives
//! none, and is a full decoder's to read or to refuse.

use super::huffman::{Bits, Code};

/// Where the coefficients of a block stand, line by line, in the order in which they come.
#[rustfmt::skip]
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The last that counts where so many samples are made each way.
const LAST: [usize; 9] = [0, 0, 4, 12, 24, 39, 51, 59, 63];

/// Samples of eight, weighed by frequency.
type Basis = [[f32; 8]; 8];

/// One colour of the picture.
struct Component {
    id: u8,
    /// Blocks in a unit of the scan.
    blocks: (usize, usize),
    /// Samples that a block gives.
    points: (usize, usize),
    quantisation: usize,
    tables: (usize, usize),
    before: i32,
    /// A row of units.
    plane: Vec<u8>,
    stride: usize,
}

/// What the segments before the scan say.
#[derive(Default)]
struct Tables {
    quantisation: [Option<[f32; 64]>; 4],
    dc: [Option<Code>; 4],
    ac: [Option<Code>; 4],
    restart: usize,
}

/// What a picture becomes.
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Reads a picture with `points` samples of each eight. `begin` is told its size, and makes what takes its
/// rows: of three samples a pixel where there are three colours, else of one.
pub(super) fn decode<T>(bytes: &[u8], points: usize, begin: impl FnOnce(Size) -> T, mut row: impl FnMut(&mut T, &[u8])) -> Option<T> {
    let mut tables = Tables::default();
    let mut frame = None;
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let (marker, body, after) = segment(rest)?;
        match marker {
            0xC0 | 0xC1 => frame = Some(Frame::read(body, points)?),
            0xC4 => tables.huffman(body)?,
            0xDB => tables.quantise(body)?,
            0xDD => tables.restart = usize::from(u16::from_be_bytes(*body.first_chunk()?)),
            0xDA => {
                let mut frame = frame?;
                frame.scan(body)?;
                let mut out = begin(frame.size());
                frame.read_rows(after, &tables, |samples| row(&mut out, samples))?;
                return Some(out);
            }
            0xFE | 0xE0..=0xEF => {}
            _ => return None,
        }
        rest = after;
    }
}

/// The next segment: its marker, what it says, and what follows.
fn segment(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte != 0xFF).filter(|at| *at > 0)?;
    let (marker, rest) = bytes.get(at..)?.split_first()?;
    let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
    let (body, after) = rest.split_at_checked(length)?;
    Some((*marker, body.get(2..)?, after))
}

impl Tables {
    fn huffman(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((which, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (values, rest) = rest.split_at_checked(counts.iter().map(|count| usize::from(*count)).sum())?;
            let tables = if which >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(which & 15))? = Some(Code::new(counts, values, which >> 4 != 0)?);
            body = rest;
        }
        Some(())
    }

    fn quantise(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((which, rest)) = body.split_first() {
            let wide = usize::from(which >> 4) + 1;
            let (values, rest) = rest.split_at_checked(64 * wide)?;
            let mut table = [0.0; 64];
            for (entry, value) in table.iter_mut().zip(values.chunks_exact(wide)) {
                *entry = value.iter().fold(0.0, |sum, byte| sum * 256.0 + f32::from(*byte));
            }
            *self.quantisation.get_mut(usize::from(which & 15))? = Some(table);
            body = rest;
        }
        Some(())
    }
}

struct Frame {
    width: usize,
    height: usize,
    points: usize,
    most: (usize, usize),
    components: Vec<Component>,
}

impl Frame {
    fn read(body: &[u8], points: usize) -> Option<Frame> {
        let [8, h1, h0, w1, w0, count @ (1 | 3), rest @ ..] = body else { return None };
        let mut components = Vec::new();
        for one in rest.chunks_exact(3).take(usize::from(*count)) {
            let [id, sampling, quantisation] = *one else { return None };
            let mut blocks = (usize::from(sampling >> 4), usize::from(sampling & 15));
            if *count == 1 {
                blocks = (1, 1);
            }
            let (quantisation, points) = (usize::from(quantisation), (0, 0));
            components.push(Component { id, blocks, points, quantisation, tables: (0, 0), before: 0, plane: Vec::new(), stride: 0 });
        }
        let most = |of: fn(&Component) -> usize| components.iter().map(of).max();
        let most = (most(|one| one.blocks.0)?, most(|one| one.blocks.1)?);
        let (width, height) = (usize::from(u16::from_be_bytes([*w1, *w0])), usize::from(u16::from_be_bytes([*h1, *h0])));
        let units = width.div_ceil(8 * most.0);
        for one in &mut components {
            let samples =
                |most: usize, own: usize| (own > 0 && most.is_multiple_of(own)).then(|| points * most / own).filter(|points| *points <= 8);
            one.points = (samples(most.0, one.blocks.0)?, samples(most.1, one.blocks.1)?);
            one.stride = units * one.blocks.0 * one.points.0;
            one.plane = vec![0; one.stride * one.blocks.1 * one.points.1];
        }
        (width > 0 && height > 0 && components.len() == usize::from(*count)).then_some(Frame { width, height, points, most, components })
    }

    /// The header of the one scan, which has every colour.
    fn scan(&mut self, header: &[u8]) -> Option<()> {
        let (count, rest) = header.split_first()?;
        for (own, [id, tables]) in self.components.iter_mut().zip(rest.as_chunks::<2>().0) {
            own.tables = (usize::from(tables >> 4), usize::from(tables & 15));
            if own.id != *id {
                return None;
            }
        }
        (usize::from(*count) == self.components.len() && rest.len() == 2 * self.components.len() + 3).then_some(())
    }

    fn size(&self) -> Size {
        let part = |side: usize| (side * self.points).div_ceil(8);
        Size { width: part(self.width), height: part(self.height) }
    }

    fn read_rows(&mut self, data: &[u8], tables: &Tables, mut row: impl FnMut(&[u8])) -> Option<()> {
        let bases = [1, 2, 3, 4, 5, 6, 7, 8].map(basis);
        let (across, down) = (self.width.div_ceil(8 * self.most.0), self.height.div_ceil(8 * self.most.1));
        let Size { width, height } = self.size();
        let mut parts = Parts { rest: data, plain: Vec::new() };
        parts.next()?;
        let mut plain = std::mem::take(&mut parts.plain);
        let mut bits = Bits::new(&plain);
        let (mut units, mut line, mut done) = (0, Vec::new(), 0);
        for _ in 0..down {
            for unit in 0..across {
                if tables.restart > 0 && units == tables.restart {
                    parts.plain = plain;
                    parts.next()?;
                    plain = std::mem::take(&mut parts.plain);
                    bits = Bits::new(&plain);
                    units = 0;
                    self.components.iter_mut().for_each(|one| one.before = 0);
                }
                units += 1;
                for one in &mut self.components {
                    one.unit(unit, &mut bits, tables, &bases)?;
                }
            }
            bits.intact()?;
            for at in 0..(self.most.1 * self.points).min(height - done) {
                line.clear();
                let mut planes = self.components.iter().map(|one| one.plane.get(at * one.stride..).and_then(|plane| plane.get(..width)));
                match (planes.next()??, planes.next().flatten(), planes.next().flatten()) {
                    (y, Some(cb), Some(cr)) => line.extend(y.iter().zip(cb).zip(cr).flat_map(|((y, cb), cr)| [*y, *cb, *cr])),
                    (y, ..) => line.extend_from_slice(y),
                }
                row(&line);
                done += 1;
            }
        }
        Some(())
    }
}

/// The coded data between two restarts.
struct Parts<'a> {
    rest: &'a [u8],
    plain: Vec<u8>,
}

impl Parts<'_> {
    /// Takes what is stuffed in out of the next part.
    fn next(&mut self) -> Option<()> {
        self.plain.clear();
        loop {
            let at = self.rest.iter().position(|byte| *byte == 0xFF)?;
            let (own, after) = self.rest.split_at_checked(at)?;
            self.plain.extend_from_slice(own);
            match after {
                [_, 0, rest @ ..] => {
                    self.plain.push(0xFF);
                    self.rest = rest;
                }
                [_, 0xFF, ..] => self.rest = after.get(1..)?,
                [_, _, rest @ ..] => {
                    self.rest = rest;
                    return Some(());
                }
                _ => return None,
            }
        }
    }
}

/// What each sample of so many takes of each frequency of eight.
fn basis(points: usize) -> Basis {
    let mut out = Basis::default();
    for (frequency, line) in out.iter_mut().enumerate().take(points) {
        for (at, value) in line.iter_mut().enumerate().take(points) {
            let turn = (2 * at + 1) as f32 * frequency as f32 / (2 * points) as f32 * std::f32::consts::PI;
            *value = turn.cos() * if frequency == 0 { 0.125f32.sqrt() } else { 0.5 };
        }
    }
    out
}

impl Component {
    /// The blocks of one unit.
    fn unit(&mut self, unit: usize, bits: &mut Bits<'_>, tables: &Tables, bases: &[Basis; 8]) -> Option<()> {
        let quantisation = tables.quantisation.get(self.quantisation)?.as_ref()?;
        let (dc, ac) = (tables.dc.get(self.tables.0)?.as_ref()?, tables.ac.get(self.tables.1)?.as_ref()?);
        for y in 0..self.blocks.1 {
            for x in 0..self.blocks.0 {
                self.before = self.before.wrapping_add(bits.difference(dc)?);
                let mut block = Basis::default();
                let flat = coefficients(bits, ac, quantisation, self.points, &mut block)?;
                let level = 128.5 + self.before as f32 * quantisation.first()? / 8.0;
                let from = y * self.points.1 * self.stride + (unit * self.blocks.0 + x) * self.points.0;
                let mut lines = self.plane.get_mut(from..)?.chunks_mut(self.stride).filter_map(|line| line.get_mut(..self.points.0));
                if flat {
                    lines.by_ref().take(self.points.1).for_each(|line| line.fill(level as u8));
                } else {
                    let (across, down) = (bases.get(self.points.0 - 1)?, bases.get(self.points.1 - 1)?);
                    for (line, samples) in lines.zip(inverse(&block, across, down, self.points, level)).take(self.points.1) {
                        line.iter_mut().zip(samples).for_each(|(to, sample)| *to = sample as u8);
                    }
                }
            }
        }
        Some(())
    }
}

/// The coefficients that are needed, and whether all of them but the first are nothing.
fn coefficients(bits: &mut Bits<'_>, code: &Code, quantisation: &[f32; 64], points: (usize, usize), block: &mut Basis) -> Option<bool> {
    let last = *LAST.get(points.0.max(points.1))?;
    let (mut at, mut flat) = (0, true);
    while at < last {
        let (skip, value) = bits.coefficient(code)?;
        at += skip;
        if value == 0 {
            continue;
        }
        let (place, quantum) = (usize::from(*ZIGZAG.get(at)?), quantisation.get(at)?);
        if place % 8 < points.0 && place / 8 < points.1 {
            *block.as_flattened_mut().get_mut(place)? = value as f32 * quantum;
            flat = false;
        }
    }
    bits.pass_over(code, at)?;
    Some(flat)
}

/// The inverse transform of the lowest frequencies; the very lowest comes as a level.
fn inverse(block: &Basis, across: &Basis, down: &Basis, points: (usize, usize), level: f32) -> Basis {
    let mut half = Basis::default();
    for (half, frequencies) in half.iter_mut().zip(block).take(points.1) {
        for (frequency, weights) in frequencies.iter().zip(across).take(points.0) {
            half.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += frequency * weight);
        }
    }
    let mut out = [[level; 8]; 8];
    for (half, weights) in half.iter().zip(down).take(points.1) {
        for (out, weight) in out.iter_mut().zip(weights).take(points.1) {
            out.iter_mut().zip(half).for_each(|(sum, value)| *sum += value * weight);
        }
    }
    out
}
