//! The connection to the server breaks at a commit: before the server hears of it, or with its answer on the way.

use crate::{
    record::{Database, Engine, Record},
    scene::Scene,
};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// No pass has so many.
const MOST: usize = 200;
/// The end of a message of the simple query protocol.
const COMMIT: &[u8] = b"COMMIT\0";

/// Which half of it is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    Commit,
    Answer,
}

/// A wire between the program and the server, which breaks once.
struct Wire {
    port: u16,
    has_broken: Arc<AtomicBool>,
}

impl Wire {
    /// It breaks at the commit of this number, whichever connection that takes.
    fn start(server: u16, at: usize, lost: Lost) -> Wire {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let (commits, has_broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let told = has_broken.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The server may be on its way down at the end of a test.
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else { return };
                let (client, server) = (Arc::new(client), Arc::new(server));
                let is_cut = Arc::new(AtomicBool::new(false));
                let (commits, told, cut) = (commits.clone(), told.clone(), is_cut.clone());
                pipe(&client, &server, move |bytes| {
                    let is_it = bytes.ends_with(COMMIT) && commits.fetch_add(1, Ordering::SeqCst) + 1 == at;
                    if is_it {
                        told.store(true, Ordering::SeqCst);
                        cut.store(true, Ordering::SeqCst);
                    }
                    !is_it || lost == Lost::Answer
                });
                pipe(&server, &client, move |_| !is_cut.load(Ordering::SeqCst));
            }
        });
        Wire { port, has_broken }
    }
}

/// Carries bytes for as long as they may pass; then, and at the end of either side, both are closed.
fn pipe(from: &Arc<TcpStream>, to: &Arc<TcpStream>, may_pass: impl Fn(&[u8]) -> bool + Send + 'static) {
    let (from, to) = (from.clone(), to.clone());
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = (&*from).read(&mut buffer) {
            let bytes = &buffer[..count];
            if !may_pass(bytes) || (&*to).write_all(bytes).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}

#[test]
fn a_connection_to_the_server_that_breaks_at_any_commit_is_made_good_by_the_next_pass() {
    let engine = Engine::server();
    let scene = Scene::on(&engine);
    scene.site.done(&["case", "list"]);
    let before = scene.copy();
    scene.site.poll();
    scene.assert_whole("without a fault");
    let wanted = scene.outcome();
    for lost in [Lost::Commit, Lost::Answer] {
        let broken = (1..MOST).take_while(|at| breaks(&Scene::of_copy(&before), *at, lost, &wanted)).count();
        assert!((8..MOST - 1).contains(&broken), "{lost:?}: {broken} commits");
    }
}

/// One pass over a wire that breaks, and one without; whether it came to that.
fn breaks(scene: &Scene, at: usize, lost: Lost, wanted: &crate::scene::Outcome) -> bool {
    let Record::Server(Database { postgres, .. }) = &scene.record else { return false };
    let wire = Wire::start(postgres.port, at, lost);
    let port = |port: u16| format!("127.0.0.1:{port}/");
    scene.site.change(&port(postgres.port), &port(wire.port));
    let ended = scene.site.run(&["poll"]);
    assert!([Some(0), Some(75)].contains(&ended.code), "{lost:?} {at}: {ended:?}");
    scene.site.change(&port(wire.port), &port(postgres.port));
    scene.record.a_minute_later();
    scene.site.poll();
    scene.assert_whole(&format!("{lost:?} {at}"));
    assert_eq!(scene.outcome(), *wanted, "{lost:?} {at}");
    wire.has_broken.load(Ordering::SeqCst)
}
