//! A stream for lettre's SMTP client that has had its greeting already, and that knows whether a mail's end
//! has left, and whether the server takes commands in one go.
//!
//! The first: after STARTTLS no greeting follows (RFC 3207 section 4.2), and lettre always reads one. The
//! second: a connection lost before the final dot has delivered nothing, one lost behind it may have. The third:
//! lettre keeps of the server's extensions only those that it uses, and PIPELINING (RFC 2920) is none of them.

use crate::net::BoxStream;
use lettre::transport::smtp::client::AsyncTokioStream;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What lettre writes behind a mail, in a write of its own.
const END_OF_MAIL: &[u8] = b"\r\n.\r\n";

/// How much of the server's answers is looked at for its extensions.
const HEARD: usize = 8 << 10;

/// What is marked of a connection.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// True with the first byte of a mail's end.
    pub ended: Arc<AtomicBool>,
    /// True once the answer to EHLO offers it.
    pub pipelining: Arc<AtomicBool>,
}

/// The stream.
#[derive(Debug)]
pub(super) struct Channel {
    inner: BoxStream,
    /// Read before anything of `inner`.
    greeting: &'static [u8],
    peer: SocketAddr,
    ended: Arc<AtomicBool>,
    pipelining: Arc<AtomicBool>,
    /// What the server said until the first mail.
    heard: Vec<u8>,
}

impl Channel {
    /// Marks what it sees.
    pub fn new(inner: BoxStream, greeting: &'static [u8], peer: SocketAddr, marks: &Marks) -> Self {
        let (ended, pipelining) = (Arc::clone(&marks.ended), Arc::clone(&marks.pipelining));
        Self { inner, greeting, peer, ended, pipelining, heard: Vec::new() }
    }

    /// Looks for the extension in what was said so far; EHLO is answered before anything else is.
    fn hear(&mut self, said: &[u8]) {
        if self.heard.len() < HEARD && !self.pipelining.load(Ordering::SeqCst) {
            self.heard.extend_from_slice(said);
            let offers = |line: &[u8]| {
                let word = line.strip_prefix(b"250-").or_else(|| line.strip_prefix(b"250 ")).map(<[u8]>::trim_ascii);
                word.is_some_and(|word| word.eq_ignore_ascii_case(b"PIPELINING"))
            };
            // Whole lines only.
            let whole = self.heard.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
            let found = self.heard.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n').any(offers);
            self.pipelining.store(found, Ordering::SeqCst);
        }
    }
}

impl AsyncTokioStream for Channel {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Channel {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
            let said = buf.filled().get(before..).unwrap_or_default();
            self.hear(said);
            return Poll::Ready(Ok(()));
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Channel {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        if buf == END_OF_MAIL && written > 0 {
            self.ended.store(true, Ordering::SeqCst);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
        self.poll_write(cx, first)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
