//! A name server on loopback (RFC 1035, in as far as TXT is asked for): what it isn't told doesn't exist.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The server. Its thread ends with the test's process.
pub struct Dns {
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Dns {
    /// Knows these TXT records, by name without the last dot.
    pub fn start(records: &[(&str, &str)]) -> Dns {
        let records: BTreeMap<String, String> = records.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut packet = [0_u8; 1500];
            while let Ok((length, peer)) = socket.recv_from(&mut packet) {
                count.fetch_add(1, Ordering::SeqCst);
                if let Some(answer) = packet.get(..length).and_then(|question| answer(question, &records)) {
                    let _sent = socket.send_to(&answer, peer);
                }
            }
        });
        Dns { address, asked }
    }

    /// How many questions came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The question with its answer behind it; NXDOMAIN where nothing is known.
fn answer(question: &[u8], records: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    const TXT: [u8; 2] = [0, 16];
    let mut labels: Vec<String> = Vec::new();
    let mut at = HEADER;
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(question.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
    let asks_text = question.get(at..at + 2)? == TXT;
    let text = records.get(&labels.join(".")).filter(|_| asks_text);
    let mut answer = question.get(..2)?.to_vec();
    // An answer, recursion desired and available; one question, and an answer, or the zone's SOA: a denial may be kept.
    let found = u8::from(text.is_some());
    answer.extend([0x81, if text.is_some() { 0x80 } else { 0x83 }, 0, 1, 0, found, 0, 1 - found, 0, 0]);
    answer.extend(question.get(HEADER..at + 4)?);
    if let Some(text) = text {
        let strings: Vec<u8> =
            text.as_bytes().chunks(255).flat_map(|part| [&[u8::try_from(part.len()).unwrap_or(0)], part].concat()).collect();
        answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 44]);
        answer.extend(u16::try_from(strings.len()).ok()?.to_be_bytes());
        answer.extend(strings);
    } else {
        answer.extend([0, 0, 6, 0, 1, 0, 0, 1, 44, 0, 22, 0, 0]);
        answer.extend([0, 0, 1, 44].repeat(5));
    }
    Some(answer)
}
