//! A server on a port of its own, with connections that are kept.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::message::{headers, receive};

/// A request as it was received.
pub(crate) struct Received<'r> {
    pub(crate) method: &'r str,
    /// The path and the query.
    pub(crate) target: &'r str,
    head: &'r str,
    pub(crate) body: &'r [u8],
}

impl<'r> Received<'r> {
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'r str, &'r str)> + use<'r> {
        headers(self.head)
    }
}

/// An answer.
#[derive(Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        use std::io::Write as _;
        write!(out, "HTTP/1.1 {} -\r\ncontent-length: {}\r\n", self.status, self.body.len()).expect("memory");
        for (name, value) in &self.headers {
            write!(out, "{name}: {value}\r\n").expect("memory");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
    }
}

/// What answers requests.
pub(crate) trait Answering: Send + Sync + 'static {
    fn answer(&self, request: &Received<'_>) -> Reply;
}

impl<F: Fn(&Received<'_>) -> Reply + Send + Sync + 'static> Answering for F {
    fn answer(&self, request: &Received<'_>) -> Reply {
        self(request)
    }
}

/// A server that ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepting: AbortHandle,
}

impl Server {
    /// Starts one in the runtime around it.
    pub(crate) async fn start(answering: impl Answering) -> Self {
        let answering: Arc<dyn Answering> = Arc::new(answering);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a connection");
                let answering = Arc::clone(&answering);
                tokio::spawn(async move {
                    // Whoever asks may be gone before the answer.
                    let _ = converse(stream, &*answering).await;
                });
            }
        });
        Self { address, accepting: accepting.abort_handle() }
    }

    /// The base URL of a SCIM service.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Answers one request after the other.
pub(crate) async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answering: &dyn Answering,
) -> std::io::Result<()> {
    let (mut buffer, mut out) = (Vec::new(), Vec::new());
    while let Some(extent) = receive(&mut stream, &mut buffer).await? {
        let head = std::str::from_utf8(&buffer[..extent.head]).unwrap_or_default();
        let mut first = head.split(' ');
        let request = Received {
            method: first.next().unwrap_or_default(),
            target: first.next().unwrap_or_default(),
            head,
            body: &buffer[extent.head..extent.end],
        };
        out.clear();
        answering.answer(&request).write(&mut out);
        buffer.drain(..extent.end);
        stream.write_all(&out).await?;
    }
    Ok(())
}
