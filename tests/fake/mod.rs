//! A scripted server on loopback: it greets, then answers each line by the next step of its script.
//!
//! It knows no protocol. A step is what the line must contain and what is answered; `{tag}` in an answer is
//! the line's first word, `{last}` that of the line before, [`HANG_UP`] ends the connection, an empty answer is silence. A line that isn't in
//! the script hangs up, and [`Fake::heard`] shows it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Ends the connection.
pub const HANG_UP: &str = "\0";

/// A server for one connection after another, each with a script of its own.
pub struct Fake {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What a line must contain, and what is answered.
pub type Step = (&'static str, String);

impl Fake {
    /// Starts it: a greeting and a script for each connection.
    pub async fn start(scripts: Vec<(&'static str, Vec<Step>)>) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            for (greeting, steps) in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that hangs up early is a client's right.
                let _ = serve(stream, greeting, steps, &log).await;
            }
        });
        Self { port, heard }
    }

    /// Every line that came, without its line end.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// How many of the lines contain this.
    pub fn count(&self, part: &str) -> usize {
        self.heard().iter().filter(|line| line.contains(part)).count()
    }
}

async fn serve(stream: TcpStream, greeting: &str, steps: Vec<Step>, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(greeting.as_bytes()).await?;
    let mut line = Vec::new();
    let mut last = String::new();
    for (part, answer) in steps {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        log.lock().unwrap().push(text.clone());
        if !text.contains(part) {
            return Ok(());
        }
        let tag = text.split(' ').next().unwrap();
        let answer = answer.replace("{tag}", tag).replace("{last}", &last);
        last = tag.to_owned();
        let (answer, hang_up) = answer.strip_suffix(HANG_UP).map_or((answer.as_str(), false), |answer| (answer, true));
        // Small pieces, so that a client which reads a response at once is found out.
        for piece in answer.as_bytes().chunks(if answer.len() > 100_000 { 65_536 } else { 7 }) {
            stream.write_all(piece).await?;
            stream.flush().await?;
            tokio::task::yield_now().await;
        }
        if hang_up {
            return Ok(());
        }
    }
    // The script is over: whatever else comes is only written down.
    while stream.read_until(b'\n', &mut line).await? > 0 {
        log.lock().unwrap().push(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    Ok(())
}
