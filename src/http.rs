//! Edge: the three pages that a monitoring system asks for, over HTTP/1.1 (RFC 9112).
//!
//! What a page says comes from whoever answers; here it is only served. Nobody logs in, so nothing personal may ever be on
//! one. Whoever can reach the port may be slow, send rubbish, or come in numbers: a request is small, a connection carries
//! one of them and lasts a few seconds, and there are few connections at a time.

use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// So many are served at the same time; the others wait in the kernel's queue.
const CONNECTIONS: usize = 16;
/// How long one may last, from its first byte to its last.
const WITHIN: Duration = Duration::from_secs(10);
/// The least that hyper allows; a monitoring system sends a few hundred bytes.
const REQUEST_BYTES: usize = 8192;
/// Until the next try after the kernel gave no connection: it is short of something.
const PAUSE: Duration = Duration::from_millis(500);
/// Prometheus' text format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// `/healthz`: whether the process lives.
    Alive,
    /// `/readyz`: whether it does its work.
    Ready,
    /// `/metrics`: its figures.
    Metrics,
}

impl Page {
    fn of(path: &str) -> Option<Page> {
        match path {
            "/healthz" => Some(Page::Alive),
            "/readyz" => Some(Page::Ready),
            "/metrics" => Some(Page::Metrics),
            _ => None,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Page::Alive | Page::Ready => "text/plain; charset=utf-8",
            Page::Metrics => EXPOSITION,
        }
    }
}

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200 where it is, 503 where it is not.
    pub is_well: bool,
    /// The page.
    pub text: String,
}

/// Serves for as long as it is polled.
pub async fn serve<F, R>(listener: &TcpListener, answer: F)
where
    F: Fn(Page) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = places.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let answer = answer.clone();
                tokio::spawn(async move {
                    connection(stream, answer).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(error = %error, "no connection can be taken");
                sleep(PAUSE).await;
            }
        }
    }
}

/// A client that goes away, or says what is no HTTP, is nobody's concern.
async fn connection<F, R>(stream: TcpStream, answer: F)
where
    F: Fn(Page) -> R + Send + Sync,
    R: Future<Output = Answer> + Send,
{
    let answer = &answer;
    let service = service_fn(|request: Request<Incoming>| {
        let asked = asked(&request);
        async move { Ok::<_, Infallible>(respond(asked, answer).await) }
    });
    let mut builder = http1::Builder::new();
    builder.keep_alive(false).max_buf_size(REQUEST_BYTES);
    let _over = timeout(WITHIN, builder.serve_connection(TokioIo::new(stream), service)).await;
}

fn asked(request: &Request<Incoming>) -> Result<Page, StatusCode> {
    let page = Page::of(request.uri().path()).ok_or(StatusCode::NOT_FOUND)?;
    match *request.method() {
        Method::GET | Method::HEAD => Ok(page),
        _ => Err(StatusCode::METHOD_NOT_ALLOWED),
    }
}

async fn respond<F, R>(asked: Result<Page, StatusCode>, answer: &F) -> Response<String>
where
    F: Fn(Page) -> R,
    R: Future<Output = Answer>,
{
    let page = match asked {
        Ok(page) => page,
        Err(status) => return refusal(status),
    };
    let Answer { is_well, text } = answer(page).await;
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    plain(status, page.media_type(), text)
}

fn refusal(status: StatusCode) -> Response<String> {
    let mut response = plain(status, Page::Alive.media_type(), format!("{status}\n"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn plain(status: StatusCode, media_type: &'static str, text: String) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Sends these bytes, and reads until the server hangs up.
    async fn exchange(request: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = |page| async move { Answer { is_well: page != Page::Ready, text: format!("{page:?}\n") } };
        let client = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request).await.unwrap();
            let mut answer = Vec::new();
            // What the server didn't read of a request that it refused may reset the connection.
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8(answer).unwrap()
        };
        tokio::select! {
            () = serve(&listener, answer) => unreachable!(),
            answer = client => answer,
        }
    }

    #[tokio::test]
    async fn each_page_has_its_status_and_is_the_last_of_its_connection() {
        let asked = async |line: &str| exchange(format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await;
        let alive = asked("GET /healthz").await;
        assert!(alive.starts_with("HTTP/1.1 200 OK\r\n") && alive.ends_with("\r\n\r\nAlive\n"), "{alive}");
        assert!(alive.contains("connection: close"), "{alive}");
        let ready = asked("GET /readyz?verbose").await;
        assert!(ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("Ready\n"), "{ready}");
        let metrics = asked("GET /metrics").await;
        assert!(metrics.contains(EXPOSITION), "{metrics}");
        let head = asked("HEAD /healthz").await;
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
        let post = asked("POST /healthz").await;
        assert!(post.starts_with("HTTP/1.1 405 ") && post.contains("allow: GET, HEAD"), "{post}");
        assert!(asked("GET /").await.starts_with("HTTP/1.1 404 "));
        assert!(asked("GET /metrics/../etc/passwd").await.starts_with("HTTP/1.1 404 "));
    }

    #[tokio::test]
    async fn rubbish_is_refused_and_costs_nothing() {
        assert!(exchange(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
        let long = format!("GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(REQUEST_BYTES * 4));
        assert!(exchange(long.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    }
}
