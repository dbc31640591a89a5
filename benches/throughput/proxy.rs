//! A wire to the IMAP server that counts round trips, and that can be long.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

/// It lives as long as the bench.
pub struct Proxy {
    pub port: u16,
    round_trips: Arc<AtomicU64>,
}

impl Proxy {
    /// Bytes need half of `latency` in each direction; as many as come are on their way at once.
    pub fn start(server: u16, latency: Duration) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let round_trips = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&round_trips);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).expect("the server listens");
                client.set_nodelay(true).expect("an option");
                server.set_nodelay(true).expect("an option");
                let answered = Arc::new(AtomicBool::new(true));
                let (asked, trips) = (Arc::clone(&answered), Arc::clone(&counted));
                // A trip begins with what the client says after the server has spoken.
                pipe(&client, &server, latency / 2, move || {
                    if asked.swap(false, Ordering::SeqCst) {
                        trips.fetch_add(1, Ordering::SeqCst);
                    }
                });
                pipe(&server, &client, latency / 2, move || answered.store(true, Ordering::SeqCst));
            }
        });
        Proxy { port, round_trips }
    }

    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::SeqCst)
    }
}

fn pipe(from: &TcpStream, to: &TcpStream, delay: Duration, seen: impl Fn() + Send + 'static) {
    let (mut from, mut to) = (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 18];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            seen();
            if sender.send((Instant::now() + delay, buffer.iter().take(length).copied().collect())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // Whoever is gone already is gone.
        let _gone = to.shutdown(Shutdown::Both);
    });
}
