//! The bytes of a connection on their way to the protocol's parser: counted, and mended where servers are
//! known to write what it doesn't take.
//!
//! Lines (RFC 3501 section 2.2) are passed on whole; literals (section 4.3) pass untouched, so that no byte
//! of a mail is ever changed. Each command may bring only so many bytes as [`Wire::allow`] says: a literal
//! that is announced larger ends the connection before any of it takes memory.
//!
//! Mended are: text right behind a response code (`[ALERT]请…`, a panic of the parser), `INTERNALDATE NIL`
//! (another one), words in GBK (which would hide that a login was refused), and lines that end in LF alone.

use encoding_rs::GB18030;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest line; a listing's are short, and bytes of mail come as literals.
const LINE_BYTES: usize = 1 << 20;
/// How much is read at once.
const READ_BYTES: usize = 16 << 10;

/// A stream that a parser of IMAP reads from.
#[derive(Debug)]
pub(super) struct Wire<S> {
    /// None once it was closed.
    inner: Option<S>,
    /// What is left of the command's allowance.
    allowed: u64,
    /// The line so far.
    line: Vec<u8>,
    /// What is to come of a literal.
    literal: u64,
    /// What the reader hasn't taken yet, from `taken` on.
    ready: Vec<u8>,
    taken: usize,
}

impl<S> Wire<S> {
    /// A wire on which nothing is allowed yet.
    pub fn new(inner: S) -> Self {
        Self { inner: Some(inner), allowed: 0, line: Vec::new(), literal: 0, ready: Vec::new(), taken: 0 }
    }

    /// Closes the connection for good; what the server still says is refused.
    pub fn close(&mut self) {
        self.inner = None;
    }

    fn open(&mut self) -> io::Result<&mut S> {
        self.inner.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// From now on so many bytes may come.
    pub fn allow(&mut self, bytes: u64) {
        self.allowed = bytes;
    }

    fn digest(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.allowed = self.allowed.checked_sub(length).ok_or_else(too_much)?;
        while !bytes.is_empty() {
            if self.literal > 0 {
                let share = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                let (literal, rest) = bytes.split_at(share);
                self.ready.extend_from_slice(literal);
                self.literal -= u64::try_from(share).unwrap_or_default();
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.line.extend_from_slice(line);
            bytes = rest;
            if self.line.len() > LINE_BYTES {
                return Err(io::Error::other("an endless line"));
            }
            if end.is_some() {
                self.finish_line()?;
            }
        }
        Ok(())
    }

    fn finish_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.literal = literal_length(&line).unwrap_or(0);
        if self.literal > self.allowed {
            return Err(too_much());
        }
        self.ready.extend(mended(line));
        Ok(())
    }

    fn is_drained(&self) -> bool {
        self.taken >= self.ready.len()
    }
}

fn too_much() -> io::Error {
    io::Error::other("the server sends more than was asked for")
}

/// `… {123}` at the end of a line.
fn literal_length(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let digits = line.rsplit(|byte| *byte == b'{').next().filter(|digits| digits.len() < line.len())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A line as the parser takes it.
fn mended(line: Vec<u8>) -> Vec<u8> {
    let line = if std::str::from_utf8(&line).is_ok() { line } else { in_utf8(line) };
    let line = replaced(line, b"INTERNALDATE NIL", b"INTERNALDATE \"\"");
    ended(spaced(line))
}

/// CRLF at the end.
fn ended(mut line: Vec<u8>) -> Vec<u8> {
    if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
        line.insert(line.len().saturating_sub(1), b'\r');
    }
    line
}

/// Words that are not UTF-8 are GBK, if the line is a status; elsewhere bytes are left alone.
fn in_utf8(line: Vec<u8>) -> Vec<u8> {
    if !is_status(&line) {
        return line;
    }
    let (text, _, _) = GB18030.decode(&line);
    text.into_owned().into_bytes()
}

/// `* OK …`, `A1 NO …`: the second word is a status (RFC 3501 section 7.1).
fn is_status(line: &[u8]) -> bool {
    let word = line.split(|byte| *byte == b' ').nth(1).unwrap_or_default().trim_ascii_end();
    [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|status| word.eq_ignore_ascii_case(status))
}

fn replaced(line: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    match line.windows(from.len()).position(|window| window.eq_ignore_ascii_case(from)) {
        Some(at) => {
            let (before, rest) = line.split_at(at);
            [before, to, rest.get(from.len()..).unwrap_or_default()].concat()
        }
        None => line,
    }
}

/// A blank behind a response code where text follows at once.
fn spaced(mut line: Vec<u8>) -> Vec<u8> {
    let code = line.iter().position(|byte| *byte == b'[').filter(|_| is_status(&line));
    let end = code.and_then(|start| line.iter().skip(start).position(|byte| *byte == b']').map(|at| start + at + 1));
    if let Some(end) = end.filter(|end| line.get(*end).is_some_and(|next| !matches!(next, b' ' | b'\r' | b'\n'))) {
        line.insert(end, b' ');
    }
    line
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.is_drained() {
            this.ready.clear();
            this.taken = 0;
            let mut space = [0; READ_BYTES];
            let mut read = ReadBuf::new(&mut space);
            ready!(Pin::new(this.open()?).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                // The end: a line that was cut off is passed on as it is, and says so to the parser.
                this.ready = std::mem::take(&mut this.line);
                if this.ready.is_empty() {
                    return Poll::Ready(Ok(()));
                }
            } else {
                this.digest(read.filled())?;
            }
        }
        let waiting = this.ready.get(this.taken..).unwrap_or_default();
        let share = waiting.get(..into.remaining()).unwrap_or(waiting);
        into.put_slice(share);
        this.taken += share.len();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.get_mut().open()?).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().open()?).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().open()?).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    async fn read(bytes: &[u8], allowed: u64) -> io::Result<Vec<u8>> {
        let mut wire = Wire::new(tokio::io::BufReader::new(bytes));
        wire.allow(allowed);
        let mut read = Vec::new();
        wire.read_to_end(&mut read).await.map(|_| read)
    }

    #[tokio::test]
    async fn what_servers_write_wrongly_is_mended_and_a_mail_is_not() {
        let mail = "INTERNALDATE NIL\r\n* OK [ALERT]x\r\n\u{fffd}";
        let fetch = format!("* 1 FETCH (INTERNALDATE NIL BODY[] {{{}}}\r\n{mail} UID 1)\r\n", mail.len());
        let mended = format!("* 1 FETCH (INTERNALDATE \"\" BODY[] {{{}}}\r\n{mail} UID 1)\r\n", mail.len());
        assert_eq!(read(fetch.as_bytes(), 1000).await.unwrap(), mended.as_bytes());
        assert_eq!(read("* OK [ALERT]请修改\r\n".as_bytes(), 99).await.unwrap(), "* OK [ALERT] 请修改\r\n".as_bytes());
        assert_eq!(read(b"a NO \xb5\xc7\xc2\xbc\xca\xa7\xb0\xdc\r\n", 99).await.unwrap(), "a NO 登录失败\r\n".as_bytes());
        assert_eq!(read(b"* OK bare\n", 99).await.unwrap(), b"* OK bare\r\n");
        for untouched in ["* OK [UIDNEXT 4] next\r\n", "* LIST () \"/\" \"[x]y\"\r\n", "* OK [READ-ONLY]\r\n", "cut o"] {
            assert_eq!(read(untouched.as_bytes(), 99).await.unwrap(), untouched.as_bytes());
        }
    }

    #[tokio::test]
    async fn more_than_is_allowed_ends_the_connection_before_it_takes_memory() {
        assert!(read(b"* 1 FETCH (BODY[] {4000000000}\r\n", 1000).await.is_err());
        assert!(read(&[b'x'; 1001], 1000).await.is_err());
        assert!(read(&vec![b'x'; LINE_BYTES + 1], u64::MAX).await.is_err());
    }
}
