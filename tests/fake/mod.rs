//! A scripted server on loopback: it greets, then answers each line by the next step of its script.
//!
//! It knows no protocol. A step is what the line must contain and what is answered; `{tag}` in an answer is
//! the line's first word, `{last}` that of the line before, [`HANG_UP`] ends the connection, [`ENDLESS`] repeats
//! what stands before it for ever, an empty answer is silence. A line that isn't in the script hangs up, and
//! [`Fake::heard`] shows it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};

/// Ends the connection.
pub const HANG_UP: &str = "\0";
/// What stands before it is said again and again.
pub const ENDLESS: &str = "\u{1}";

/// A server for one connection after another, each with a script of its own.
pub struct Fake {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What a line must contain, and what is answered.
pub type Step = (&'static str, String);

/// How the server says what it says.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// After so many bytes the first connection breaks.
    pub cut: usize,
    /// Between two bytes.
    pub wait: Option<Duration>,
}

/// Everything, at once.
pub const PLAIN: Pace = Pace { cut: usize::MAX, wait: None };

impl Fake {
    /// Starts it: a greeting and a script for each connection.
    pub async fn start(scripts: Vec<(&'static str, Vec<Step>)>) -> Self {
        Self::paced(scripts, PLAIN).await
    }

    /// The same with another pace.
    pub async fn paced(scripts: Vec<(&'static str, Vec<Step>)>, pace: Pace) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut left = pace.cut;
            for (greeting, steps) in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                // Small pieces would each wait for an ACK otherwise.
                stream.set_nodelay(true).unwrap();
                let mut mouth = Mouth { stream: BufReader::new(stream), left, wait: pace.wait };
                // A client that hangs up early is a client's right.
                let _ = serve(&mut mouth, greeting, steps, &log).await;
                left = usize::MAX;
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

/// What the server speaks with.
struct Mouth {
    stream: BufReader<TcpStream>,
    left: usize,
    wait: Option<Duration>,
}

impl Mouth {
    async fn say(&mut self, answer: &str) -> std::io::Result<()> {
        let (answer, is_endless) = answer.strip_suffix(ENDLESS).map_or((answer, false), |answer| (answer, true));
        loop {
            // Small pieces, so that a client which reads a response at once is found out.
            let size = if self.wait.is_some() {
                1
            } else if answer.len() > 100_000 {
                65_536
            } else {
                7
            };
            let mut ticks = self.wait.map(interval);
            for piece in answer.as_bytes().chunks(size) {
                if let Some(ticks) = &mut ticks {
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    ticks.tick().await;
                }
                self.write(piece).await?;
            }
            if !is_endless {
                return Ok(());
            }
        }
    }

    async fn write(&mut self, piece: &[u8]) -> std::io::Result<()> {
        let share = piece.len().min(self.left);
        self.stream.write_all(piece.get(..share).unwrap_or(piece)).await?;
        self.stream.flush().await?;
        self.left -= share;
        if self.left == 0 {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        tokio::task::yield_now().await;
        Ok(())
    }
}

async fn serve(mouth: &mut Mouth, greeting: &str, steps: Vec<Step>, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    mouth.say(greeting).await?;
    let mut line = Vec::new();
    let mut last = String::new();
    for (part, answer) in steps {
        line.clear();
        if mouth.stream.read_until(b'\n', &mut line).await? == 0 {
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
        mouth.say(answer).await?;
        if hang_up {
            return Ok(());
        }
    }
    // The script is over: whatever else comes is only written down.
    while mouth.stream.read_until(b'\n', &mut line).await? > 0 {
        log.lock().unwrap().push(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    Ok(())
}
