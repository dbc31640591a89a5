//! A tiny plaintext IMAP client (RFC 3501) that owes nothing to the program's own: it sends one command at a
//! time and gives the untagged lines, with literals in place.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

/// A connection.
pub struct Imap {
    stream: BufReader<TcpStream>,
    tags: u32,
}

impl Imap {
    /// Connects and logs in.
    pub fn login(port: u16, user: &str, password: &str) -> Self {
        let mut imap = Self::connect(port);
        imap.command(&format!("LOGIN {user} {password}"));
        imap
    }

    /// Connects without login.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
        let mut imap = Self { stream: BufReader::new(stream), tags: 0 };
        assert!(imap.line().starts_with(b"* OK"), "the server greets");
        imap
    }

    /// The untagged responses to a command; NO and BAD fail the test.
    pub fn command(&mut self, command: &str) -> Vec<String> {
        self.send(&format!("{command}\r\n"));
        self.responses(command)
    }

    /// A command that ends with a literal, such as APPEND.
    pub fn command_with_literal(&mut self, command: &str, literal: &[u8]) -> Vec<String> {
        self.send(&format!("{command} {{{}}}\r\n", literal.len()));
        let go_on = self.line();
        assert!(go_on.starts_with(b"+"), "{command}: {}", String::from_utf8_lossy(&go_on));
        let stream = self.stream.get_mut();
        stream.write_all(literal).and_then(|()| stream.write_all(b"\r\n")).expect("the server reads");
        self.responses(command)
    }

    fn send(&mut self, command: &str) {
        self.tags += 1;
        let line = format!("T{} {command}", self.tags);
        self.stream.get_mut().write_all(line.as_bytes()).expect("the server reads");
    }

    fn responses(&mut self, command: &str) -> Vec<String> {
        let tag = format!("T{} ", self.tags);
        let mut untagged = Vec::new();
        loop {
            let line = String::from_utf8_lossy(&self.line()).into_owned();
            match line.strip_prefix(&tag) {
                Some(status) if status.starts_with("OK") => return untagged,
                Some(status) => panic!("{command}: {status}"),
                None => untagged.push(line),
            }
        }
    }

    /// One response line; a literal in it is read with it.
    fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        loop {
            let start = line.len();
            self.stream.read_until(b'\n', &mut line).expect("the server answers in time");
            assert!(line.len() > start, "the server hung up");
            let Some(length) = literal_length(&line) else { break };
            let mut literal = vec![0; length];
            self.stream.read_exact(&mut literal).expect("the literal is whole");
            line.extend_from_slice(&literal);
        }
        line.truncate(line.trim_ascii_end().len());
        line
    }
}

fn literal_length(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line.strip_suffix(b"}\r\n")?).ok()?;
    text.rsplit_once('{')?.1.parse().ok()
}
