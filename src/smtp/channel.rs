//! A stream for lettre's SMTP client that has had its greeting already, and that knows whether a mail's end
//! has left.
//!
//! The first: after STARTTLS no greeting follows (RFC 3207 section 4.2), and lettre always reads one. The
//! second: a connection lost before the final dot has delivered nothing, one lost behind it may have.

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

/// The stream.
#[derive(Debug)]
pub(super) struct Channel {
    inner: BoxStream,
    /// Read before anything of `inner`.
    greeting: &'static [u8],
    peer: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Channel {
    /// `ended` becomes true with the first byte of a mail's end.
    pub fn new(inner: BoxStream, greeting: &'static [u8], peer: SocketAddr, ended: Arc<AtomicBool>) -> Self {
        Self { inner, greeting, peer, ended }
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
            return Pin::new(&mut self.inner).poll_read(cx, buf);
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
