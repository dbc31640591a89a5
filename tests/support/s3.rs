//! A private S3 server: OpenStack Swift with its S3 interface, which checks signatures and conditions; and a way to it on which
//! what a test asks for goes wrong.

use super::process::{Server, free_port};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// Who asks.
pub const ACCESS_KEY: &str = "test:tester";
/// And with what.
pub const SECRET_KEY: &str = "testing";
/// The buckets that there are.
pub const BUCKETS: &[&str] = &["cases", "cases-versions"];

/// A running server, which keeps what it has when it is stopped.
pub struct S3 {
    folder: TempDir,
    ports: [String; 4],
    /// Whether it knows `If-None-Match` with a PUT.
    is_conditional: bool,
    server: Mutex<Option<Server>>,
}

impl S3 {
    /// Starts an empty one.
    pub fn start() -> Self {
        Self::new(true)
    }

    /// Starts one that answers 501 to a condition on a PUT, as older servers do.
    pub fn without_conditions() -> Self {
        Self::new(false)
    }

    fn new(is_conditional: bool) -> Self {
        let folder = TempDir::new().expect("a folder");
        let ports = [(); 4].map(|()| free_port().to_string());
        let s3 = Self { folder, ports, is_conditional, server: Mutex::new(None) };
        s3.again();
        s3
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.ports[0].parse().expect("a number")
    }

    /// Stops it.
    pub fn stop(&self) {
        drop(self.server.lock().expect("nobody panics with it").take());
    }

    /// Starts it again, with what it had.
    pub fn again(&self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/s3_server.py").display().to_string();
        let is_there = Path::new("/usr/lib/python3/dist-packages/swift").is_dir();
        assert!(is_there, "this test needs Swift: please install the Debian package python3-swift (tests/run does it as root)");
        let folder = self.folder.path().display().to_string();
        let ports = self.ports.iter().map(String::as_str);
        let mode = if self.is_conditional { "conditional" } else { "plain" };
        let arguments: Vec<&str> =
            [script.as_str(), &folder].into_iter().chain(ports).chain([mode]).chain(BUCKETS.iter().copied()).collect();
        let server = Server::start(Path::new("/usr/bin/python3"), &arguments);
        server.wait_for(self.port());
        *self.server.lock().expect("nobody panics with it") = Some(server);
    }
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server answers so, and does nothing.
    Status(&'static str),
    /// It never answers.
    Silence,
    /// The request is cut off halfway.
    Cut,
    /// The server does it, and its answer is lost.
    LostAnswer,
    /// Half of the answer's bytes come.
    Half,
    /// One of them is another.
    Garbled,
}

/// The way to a server.
pub struct Way {
    port: u16,
    faults: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Way {
    /// To the server on this port.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let way = Self { port, faults: Arc::default(), seen: Arc::default() };
        let (faults, seen) = (way.faults.clone(), way.seen.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (faults, seen) = (faults.clone(), seen.clone());
                std::thread::spawn(move || pass(&client, server, &faults, &seen));
            }
        });
        way
    }

    /// Where it begins.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next requests of this method go wrong.
    pub fn fails(&self, method: &'static str, fault: Fault, times: usize) {
        self.faults.lock().expect("nobody panics with it").extend(std::iter::repeat_n((method, fault), times));
    }

    /// Nothing goes wrong any more; what has not yet is the result.
    pub fn is_mended(&self) -> usize {
        std::mem::take(&mut *self.faults.lock().expect("nobody panics with it")).len()
    }

    /// The requests since the last look: method and path.
    pub fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().expect("nobody panics with it"))
    }
}

/// One request and its answer; the next comes on another connection.
fn pass(client: &TcpStream, server: u16, faults: &Mutex<Vec<(&'static str, Fault)>>, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client);
    let head = head(&mut reader)?;
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    seen.lock().ok()?.push(format!("{method} {path}"));
    let fault = {
        let mut faults = faults.lock().ok()?;
        let at = faults.iter().position(|(of, _)| *of == method);
        at.map(|at| faults.remove(at).1)
    };
    let mut body = vec![0; length(&head)];
    if fault == Some(Fault::Cut) {
        let half = body.len() / 2;
        reader.read_exact(body.get_mut(..half)?).ok()?;
        return client.shutdown(Shutdown::Both).ok();
    }
    reader.read_exact(&mut body).ok()?;
    let mut out = client;
    match fault {
        Some(Fault::Status(status)) => {
            let text = "<Error><Code>ServiceUnavailable</Code></Error>";
            return write!(out, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len()).ok();
        }
        Some(Fault::Silence) => return out.read(&mut [0]).map(drop).ok(),
        _ => {}
    }
    let mut upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).ok()?;
    upstream.write_all(head.trim_end().replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes()).ok()?;
    upstream.write_all(b"\r\n\r\n").ok()?;
    upstream.write_all(&body).ok()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).ok()?;
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let half = start + (answer.len() - start) / 2;
    match fault {
        Some(Fault::LostAnswer) => answer.clear(),
        Some(Fault::Half) => answer.truncate(half),
        Some(Fault::Garbled) => *answer.get_mut(half)? ^= 1,
        _ => {}
    }
    out.write_all(&answer).ok()?;
    client.shutdown(Shutdown::Both).ok()
}

fn head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn length(head: &str) -> usize {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")).find_map(|(_, value)| value.trim().parse().ok());
    length.unwrap_or_default()
}
