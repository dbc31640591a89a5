//! A zip archive in volumes (APPNOTE.TXT section 8) → one without: places in the directory become places in
//! the joined bytes.

/// The end of the central directory.
const END: &[u8] = b"PK\x05\x06";
/// A header in the central directory.
const HEADER: &[u8] = b"PK\x01\x02";
/// How far from the end the directory's end is looked for: its comment has at most 65,535 bytes.
const TAIL: usize = 65_535 + 22;

/// Whether the end of the central directory is there.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    end(bytes).is_some()
}

/// Joins the volumes, the `.zip` last.
///
/// # Errors
/// The number of volumes that there should be, where it is another one.
pub(super) fn join(volumes: &[&[u8]]) -> Result<Vec<u8>, u32> {
    let starts: Vec<usize> = volumes.iter().scan(0, |sum, volume| Some(std::mem::replace(sum, *sum + volume.len()))).collect();
    let mut whole = volumes.concat();
    let Some(end) = end(&whole) else { return Ok(whole) };
    let last = u32::from(number16(&whole, end + 4).unwrap_or_default());
    if last != 0xFFFF && last as usize + 1 != volumes.len() {
        return Err(last + 1);
    }
    let start = |disk: u16| starts.get(usize::from(disk)).copied().unwrap_or_default();
    let directory = start(number16(&whole, end + 6).unwrap_or_default()) + number32(&whole, end + 16).unwrap_or_default() as usize;
    let mut at = directory;
    while at < end && whole.get(at..at + 4) == Some(HEADER) {
        let place = start(number16(&whole, at + 34).unwrap_or_default()) + number32(&whole, at + 42).unwrap_or_default() as usize;
        write(&mut whole, at + 34, &[0, 0]);
        write(&mut whole, at + 42, &u32::try_from(place).unwrap_or(u32::MAX).to_le_bytes());
        let lengths = [28, 30, 32].map(|field| usize::from(number16(&whole, at + field).unwrap_or_default()));
        at += 46 + lengths.iter().sum::<usize>();
    }
    let total = number16(&whole, end + 10).unwrap_or_default().to_le_bytes();
    write(&mut whole, end + 4, &[0, 0, 0, 0]);
    write(&mut whole, end + 8, &total);
    write(&mut whole, end + 16, &u32::try_from(directory).unwrap_or(u32::MAX).to_le_bytes());
    Ok(whole)
}

fn end(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(TAIL);
    let tail = bytes.get(from..)?;
    tail.windows(END.len()).rposition(|window| window == END).map(|at| from + at)
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).and_then(|found| found.try_into().ok()).map(u16::from_le_bytes)
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|found| found.try_into().ok()).map(u32::from_le_bytes)
}

fn write(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}
