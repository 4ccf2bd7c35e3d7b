//! A proxy between a client and a server that does to requests and answers what bad networks and gateways do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::message::receive;
use super::server::Reply;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing bad.
    Passes,
    /// It takes its time.
    Delayed(Duration),
    /// The proxy answers, and the server never sees the request.
    Refused(u16),
    /// The connection is reset before the server sees the request.
    ResetBefore,
    /// The server does what it is asked for, and the proxy answers something else.
    Replaced(u16),
    /// The server does what it is asked for, and the connection is reset.
    ResetAfter,
    /// The server does what it is asked for, and the answer ends within.
    CutShort,
    /// The server does what it is asked for, and no answer ever comes.
    Stalled,
}

/// How often what happens, of a thousand requests.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) seed: u64,
    pub(crate) fates: Vec<(u64, Fate)>,
}

impl Weather {
    /// Three of ten requests go wrong in one way or another; some others are late.
    pub(crate) fn foul(seed: u64) -> Self {
        let fates = vec![
            (60, Fate::Refused(503)),
            (30, Fate::Refused(429)),
            (30, Fate::Refused(500)),
            (40, Fate::ResetBefore),
            (40, Fate::Replaced(502)),
            (20, Fate::Replaced(504)),
            (40, Fate::ResetAfter),
            (37, Fate::CutShort),
            (3, Fate::Stalled),
            (50, Fate::Delayed(Duration::from_millis(3))),
        ];
        Self { seed, fates }
    }

    /// Decides for the request with this number.
    fn fate(&self, number: u64) -> (Fate, u64) {
        let chance = mixed(self.seed ^ mixed(number));
        let mut at = chance % 1_000;
        for (share, fate) in &self.fates {
            if at < *share {
                return (*fate, chance >> 32);
            }
            at -= share;
        }
        (Fate::Passes, chance >> 32)
    }
}

/// A number in which every bit depends on every bit (splitmix64).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A proxy that ends when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    accepting: AbortHandle,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    weather: Weather,
    requests: AtomicU64,
    faults: AtomicU64,
    /// How many connections there are.
    connections: AtomicU64,
}

impl Proxy {
    /// Starts one in the runtime around it.
    pub(crate) async fn start(upstream: SocketAddr, weather: Weather) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let zero = || AtomicU64::new(0);
        let shared =
            Arc::new(Shared { upstream, weather, requests: zero(), faults: zero(), connections: zero() });
        let serving = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                shared.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    // Either side may be gone.
                    let _ = shared.carry(stream).await;
                    shared.connections.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Self { address, accepting: accepting.abort_handle(), shared }
    }

    /// The base URL of a SCIM service.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// Waits until nothing is under way, once the client has gone: what it gave up may still be on its way to the server.
    pub(crate) async fn settle(&self) {
        let mut quiet = 0;
        while quiet < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let is_quiet = self.shared.connections.load(Ordering::Relaxed) == 0;
            quiet = if is_quiet { quiet + 1 } else { 0 };
        }
    }

    /// How many requests came, and how many of them went wrong.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.shared.requests.load(Ordering::Relaxed), self.shared.faults.load(Ordering::Relaxed))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    async fn carry(&self, mut client: TcpStream) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        let mut server = TcpStream::connect(self.upstream).await?;
        server.set_nodelay(true)?;
        let (mut requests, mut answers) = (Vec::new(), Vec::new());
        while let Some(request) = receive(&mut client, &mut requests).await? {
            let (fate, chance) = self.weather.fate(self.requests.fetch_add(1, Ordering::Relaxed));
            if !matches!(fate, Fate::Passes | Fate::Delayed(_)) {
                self.faults.fetch_add(1, Ordering::Relaxed);
            }
            match fate {
                Fate::Refused(status) => {
                    requests.drain(..request.end);
                    client.write_all(&error_page(status)).await?;
                    continue;
                }
                Fate::ResetBefore => return client.set_zero_linger(),
                Fate::Delayed(time) => tokio::time::sleep(time).await,
                _ => {}
            }
            server.write_all(&requests[..request.end]).await?;
            requests.drain(..request.end);
            let Some(answer) = receive(&mut server, &mut answers).await? else { return Ok(()) };
            let whole = &answers[..answer.end];
            match fate {
                Fate::ResetAfter => return client.set_zero_linger(),
                Fate::Replaced(status) => client.write_all(&error_page(status)).await?,
                Fate::CutShort => {
                    let most = usize::try_from(chance).expect("32 bits") % whole.len().max(1);
                    client.write_all(&whole[..most]).await?;
                    return client.shutdown().await;
                }
                // Until whoever asked has had enough.
                Fate::Stalled => return receive(&mut client, &mut requests).await.map(drop),
                _ => client.write_all(whole).await?,
            }
            answers.drain(..answer.end);
        }
        Ok(())
    }
}

/// What a gateway says: nothing of SCIM.
fn error_page(status: u16) -> Vec<u8> {
    let mut reply = Reply::new(status, "<html><body>The gateway is unwell</body></html>");
    reply.headers.push(("content-type".to_owned(), "text/html".to_owned()));
    let mut out = Vec::new();
    reply.write(&mut out);
    out
}
