//! The entropy coding of a sequential JPEG (ITU-T T.81, annexes C and F.2).

/// Bits that are looked up at once. Longer codes are rare.
const LOOK: u32 = 10;
/// An end of block passes every coefficient there is.
const END: u8 = 128;

/// What a code says, with the bits of the value behind it.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Bits of the code; none where there is no such code.
    code: u8,
    /// Bits of the code and the value.
    total: u8,
    /// Bits of the value.
    value: u8,
    /// Coefficients until the next.
    step: u8,
}

/// One table.
#[derive(Debug)]
pub(super) struct Code {
    short: Vec<Entry>,
    /// Of each length, the first code behind its own, moved to the left of sixteen bits, and what to add to a code for its place.
    lengths: [(u32, i32); 16],
    all: Vec<Entry>,
}

impl Code {
    /// From the number of codes of each length, and what they say; none where they overlap.
    pub(super) fn new(counts: &[u8; 16], values: &[u8], is_ac: bool) -> Option<Code> {
        let mut out = Code { short: vec![Entry::default(); 1 << LOOK], lengths: [(0, 0); 16], all: Vec::new() };
        let mut code = 0u32;
        let mut values = values.iter();
        for ((length, count), entry) in (1u32..).zip(counts).zip(&mut out.lengths) {
            *entry = (0, out.all.len() as i32 - code as i32);
            for value in values.by_ref().take(usize::from(*count)) {
                let one = said(length as u8, *value, is_ac)?;
                out.all.push(one);
                if length <= LOOK {
                    let from = (code << (LOOK - length)) as usize;
                    out.short.get_mut(from..from + (1 << (LOOK - length)))?.fill(one);
                }
                code += 1;
            }
            if code > 1 << length {
                return None;
            }
            entry.0 = code << (16 - length);
            code <<= 1;
        }
        Some(out)
    }

    /// What the next sixteen bits begin with.
    #[inline]
    fn entry(&self, next: u32) -> Option<Entry> {
        match self.short.get((next >> (16 - LOOK)) as usize) {
            Some(entry) if entry.code > 0 => Some(*entry),
            _ => self.long(next),
        }
    }

    #[cold]
    fn long(&self, next: u32) -> Option<Entry> {
        let (length, (_, offset)) = (1u32..).zip(&self.lengths).skip(LOOK as usize).find(|(_, (end, _))| next < *end)?;
        self.all.get(usize::try_from((next >> (16 - length)) as i32 + offset).ok()?).copied()
    }
}

fn said(length: u8, value: u8, is_ac: bool) -> Option<Entry> {
    let (run, bits) = if is_ac { (value >> 4, value & 15) } else { (0, value) };
    let step = if bits > 0 || run == 15 { run + 1 } else { END };
    (bits <= 15).then_some(Entry { code: length, total: length + bits, value: bits, step })
}

/// Reads bits, most significant first. Behind the end come noughts.
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    word: u64,
    held: u32,
    /// Noughts that were added.
    beyond: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Bits { rest: bytes, word: 0, held: 0, beyond: 0 }
    }

    /// At least 32 bits are held then.
    #[inline]
    fn refill(&mut self) {
        if self.held >= 32 {
            return;
        }
        if let Some((four, rest)) = self.rest.split_first_chunk::<4>() {
            self.word |= u64::from(u32::from_be_bytes(*four)) << (32 - self.held);
            (self.rest, self.held) = (rest, self.held + 32);
        } else {
            self.last();
        }
    }

    #[cold]
    fn last(&mut self) {
        while self.held < 32 {
            let next = self.rest.split_first();
            if let Some((byte, rest)) = next {
                self.word |= u64::from(*byte) << (56 - self.held);
                self.rest = rest;
            } else {
                self.beyond = self.beyond.saturating_add(8);
            }
            self.held += 8;
        }
    }

    /// None where more was read than there is.
    pub(super) fn intact(&self) -> Option<()> {
        (self.beyond <= self.held).then_some(())
    }

    #[inline]
    fn next(&mut self, code: &Code) -> Option<Entry> {
        self.refill();
        code.entry((self.word >> 48) as u32)
    }

    #[inline]
    fn drop(&mut self, count: u8) {
        self.word <<= count;
        self.held -= u32::from(count);
    }

    /// The value behind a code, which is dropped with it.
    #[inline]
    fn value(&mut self, entry: Entry) -> i32 {
        let word = self.word << entry.code;
        self.drop(entry.total);
        if entry.value == 0 {
            return 0;
        }
        let bits = (word >> (64 - u32::from(entry.value))) as i32;
        // A first bit of nought stands for a negative number.
        if word >> 63 == 0 { bits - (1 << entry.value) + 1 } else { bits }
    }

    /// How much the first coefficient differs from that of the block before.
    pub(super) fn difference(&mut self, code: &Code) -> Option<i32> {
        let entry = self.next(code)?;
        Some(self.value(entry))
    }

    /// How many coefficients on the next one stands, and what it is.
    #[inline]
    pub(super) fn coefficient(&mut self, code: &Code) -> Option<(usize, i32)> {
        let entry = self.next(code)?;
        Some((usize::from(entry.step), self.value(entry)))
    }

    /// Passes over what is left of a block, from this coefficient on.
    #[inline]
    pub(super) fn pass_over(&mut self, code: &Code, mut at: usize) -> Option<()> {
        while at < 63 {
            let entry = self.next(code)?;
            self.drop(entry.total);
            at += usize::from(entry.step);
        }
        (at == 63 || at >= usize::from(END)).then_some(())
    }
}
