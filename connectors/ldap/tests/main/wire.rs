//! A connection to a server on which things go wrong when a test says so.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::select;
use provisio_testkit::conformance::Trouble;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Tags of messages (RFC 4511 section 4.2.2 and following).
const BIND_RESPONSE: u8 = 0x61;
const SEARCH_ENTRY: u8 = 0x64;
const WRITE_RESPONSES: [u8; 4] = [0x67, 0x69, 0x6b, 0x6d];
/// RFC 4511 appendix A.1.
const INVALID_CREDENTIALS: u8 = 49;

/// What goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// LDAP in clear: each message is understood.
    Clear,
    /// TLS: all that can be done is to cut it.
    Tls,
}

/// A way to a server.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    framing: Framing,
    state: Arc<Mutex<State>>,
    /// Tells that connections end that are open.
    cut: watch::Sender<()>,
}

struct State {
    trouble: Trouble,
    /// How often trouble was caused.
    times: usize,
}

impl Wire {
    /// Listens, and passes everything on to a server.
    pub(crate) async fn to(server: String, framing: Framing) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State { trouble: Trouble::Over, times: 0 }));
        let shared = Arc::clone(&state);
        let (cut, is_cut) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_away = matches!(now(&shared).trouble, Trouble::Unreachable)
                    || (framing == Framing::Tls && !matches!(now(&shared).trouble, Trouble::Over));
                if is_away {
                    continue;
                }
                let server = TcpStream::connect(&server).await.expect("the server");
                // What comes in parts would wait for an acknowledgement that comes late.
                for stream in [&client, &server] {
                    stream.set_nodelay(true).expect("a connection");
                }
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                let asking = tokio::spawn(pass_on(from_client, to_server));
                let answers = Answers { state: Arc::clone(&shared), framing, times: usize::MAX, entries: 0 };
                let mut is_cut = is_cut.clone();
                is_cut.mark_unchanged();
                tokio::spawn(async move {
                    let passing = pin!(answers.pass_on(from_server, to_client));
                    let cutting = pin!(is_cut.changed());
                    select(passing, cutting).await;
                    asking.abort();
                });
            }
        });
        Self { address, framing, state, cut }
    }

    /// Causes trouble, unless it cannot: says whether it did.
    pub(crate) async fn cause(&self, trouble: Trouble) -> bool {
        let is_possible = match &trouble {
            Trouble::Over | Trouble::ReadsBreakOff { .. } | Trouble::Unreachable => true,
            Trouble::CredentialsRefused | Trouble::AnswersLost => self.framing == Framing::Clear,
            _ => false,
        };
        if !is_possible {
            return false;
        }
        // Who is known already would not be asked again.
        let is_cut = matches!(trouble, Trouble::CredentialsRefused | Trouble::Unreachable);
        {
            let mut state = now(&self.state);
            state.trouble = trouble;
            state.times += 1;
        }
        if is_cut {
            self.cut.send_replace(());
            // Until both sides know.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }
}

fn now(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("nobody panicked")
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    // Whatever it is: until one side has enough.
    let _ = tokio::io::copy(&mut from, &mut to).await;
}

/// What a server answers on one connection.
struct Answers {
    state: Arc<Mutex<State>>,
    framing: Framing,
    /// When entries were last counted anew.
    times: usize,
    entries: usize,
}

impl Answers {
    async fn pass_on(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        while let Ok(mut frame) = next_frame(&mut from, self.framing).await {
            if self.cuts(&mut frame) || to.write_all(&frame).await.is_err() {
                return;
            }
        }
    }

    /// Tells whether the connection ends before this; changes it if that is the trouble.
    fn cuts(&mut self, frame: &mut [u8]) -> bool {
        let (trouble, times) = {
            let state = now(&self.state);
            (state.trouble.clone(), state.times)
        };
        if times != self.times {
            (self.times, self.entries) = (times, 0);
        }
        let at = if self.framing == Framing::Clear { operation(frame) } else { None };
        let tag = at.map(|at| frame[at]);
        match trouble {
            Trouble::Over => false,
            Trouble::ReadsBreakOff { after } if self.framing == Framing::Clear => {
                self.entries += usize::from(tag == Some(SEARCH_ENTRY));
                self.entries > after
            }
            Trouble::CredentialsRefused if tag == Some(BIND_RESPONSE) => {
                // The tag, the length, and that of the result code, which is one byte.
                if let Some(code) = at.and_then(|at| frame.get_mut(at + 4)) {
                    *code = INVALID_CREDENTIALS;
                }
                false
            }
            Trouble::CredentialsRefused => false,
            Trouble::AnswersLost => tag.is_some_and(|tag| WRITE_RESPONSES.contains(&tag)),
            _ => true,
        }
    }
}

/// Returns where the operation of a message begins.
fn operation(frame: &[u8]) -> Option<usize> {
    let length = *frame.get(1)?;
    let header = if length < 0x80 { 2 } else { 2 + usize::from(length & 0x7f) };
    // A number of up to four bytes comes first.
    Some(header + 2 + usize::from(*frame.get(header + 1)?))
}

/// Reads a message, or a record of TLS.
async fn next_frame(from: &mut OwnedReadHalf, framing: Framing) -> std::io::Result<Vec<u8>> {
    let mut frame = vec![0; if framing == Framing::Clear { 2 } else { 5 }];
    from.read_exact(&mut frame).await?;
    let length = match (framing, &frame[..]) {
        (Framing::Clear, &[_, length]) if length < 0x80 => usize::from(length),
        (Framing::Clear, &[_, length]) => {
            let mut long = vec![0; usize::from(length & 0x7f)];
            from.read_exact(&mut long).await?;
            let bytes = long.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            frame.extend(long);
            bytes
        }
        (_, &[_, _, _, high, low]) => usize::from(high) << 8 | usize::from(low),
        _ => 0,
    };
    let begun = frame.len();
    frame.resize(begun + length, 0);
    from.read_exact(&mut frame[begun..]).await?;
    Ok(frame)
}
