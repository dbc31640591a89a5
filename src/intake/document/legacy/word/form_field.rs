//! The state of a form's check box, as its record in the data stream tells it (`FFData`, 2.9.78).

use super::{u16_at, u32_at};

/// What the record's header has at least (`NilPICFAndBinData`, 2.9.157).
const HEADER: usize = 68;

/// Bytes that are read of a record: a field's name has at most 20 characters.
pub(super) const RECORD: u64 = 512;

/// Whether a box is ticked; none where it is no box, or can't be read.
pub(super) fn state(record: &[u8]) -> Option<bool> {
    let header = usize::from(u16_at(record, 4)?);
    let field = record.get(header..).filter(|_| header >= HEADER)?;
    if u32_at(field, 0)? != u32::MAX {
        return None;
    }
    let bits = u16_at(field, 4)?;
    if bits & 3 != 1 {
        return None;
    }
    match bits >> 2 & 0x1F {
        0 => Some(false),
        1 => Some(true),
        // Never touched: the default, behind the name and its zero.
        25 => {
            let name = usize::from(u16_at(field, 10)?);
            match u16_at(field, 10 + 2 + name * 2 + 2)? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bits: u16, default: u16) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend(68u16.to_le_bytes());
        out.resize(68, 0);
        out.extend([0xFF; 4]);
        for number in [bits, 0, 20, 2, 0x41, 0x42, 0, default] {
            out.extend(number.to_le_bytes());
        }
        out
    }

    #[test]
    fn a_box_is_ticked_or_not_or_as_it_was_made() {
        let result = |result: u16| 1 | result << 2;
        let state = |bits, default| state(&record(bits, default));
        assert_eq!((state(result(1), 0), state(result(0), 1)), (Some(true), Some(false)));
        assert_eq!((state(result(25), 1), state(result(25), 0)), (Some(true), Some(false)));
        assert_eq!((state(result(7), 1), state(result(25), 9), state(2, 1)), (None, None, None), "unknown, unknown, a list");
        assert_eq!(super::state(&record(result(1), 0)[..70]), None);
    }
}
