//! How does the connector talk to one server? One connection, used by one operation at a time.
//!
//! Nothing runs in the background, so what is not read waits at the server: memory is bounded by one message, and that
//! by [`MESSAGE_BYTES_MAX`]. Several requests may be sent before their answers are read.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::poll_immediate;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::ber::{Malformed, element_bytes};
use crate::control::Control;
use crate::request::{Request, Search};
use crate::response::{Answer, Controls, Message, notice_name, parse_result};
use crate::result::LdapResult;
use crate::server::Server;
use crate::tls;
use crate::trouble::Trouble;

/// The largest message that is taken from a server, in bytes: an entry with a million members is smaller.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How much is read at once.
const READ_BYTES: usize = 64 * 1024;

/// A connection to a server.
pub(crate) struct Connection {
    channel: Channel,
    /// INVARIANT: `start <= end <= buffer.len()`; between them is what came and was not read.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    last_id: i32,
    patience: Duration,
}

/// What bytes go over.
enum Channel {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

impl Connection {
    /// Connects to a server, under TLS where that is asked for. Nobody has said who he is yet.
    pub(crate) async fn open(
        server: &Server,
        tls: Option<&TlsConnector>,
        start_tls: bool,
        patience: Duration,
    ) -> Result<Self, Trouble> {
        let opening = async {
            match server {
                Server::Local { path } => {
                    let stream = UnixStream::connect(path).await.map_err(unreachable)?;
                    Ok(Self::over(Channel::Unix(stream), patience))
                }
                Server::Clear { host, port } => {
                    let stream = connect(host, *port).await?;
                    match tls.filter(|_| start_tls) {
                        Some(tls) => Self::upgrade(stream, tls, host, patience).await,
                        None => Ok(Self::over(Channel::Tcp(stream), patience)),
                    }
                }
                Server::Tls { host, port } => {
                    let stream = connect(host, *port).await?;
                    let tls =
                        tls.ok_or_else(|| Trouble::Untrusted("there are no settings for TLS".to_owned()))?;
                    Ok(Self::over(Channel::Tls(Box::new(tls::secure(tls, host, stream).await?)), patience))
                }
            }
        };
        match timeout(patience, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(Trouble::Unreachable("it did not answer in time".to_owned())),
        }
    }

    async fn upgrade(
        stream: TcpStream,
        tls: &TlsConnector,
        host: &str,
        patience: Duration,
    ) -> Result<Self, Trouble> {
        let mut clear = Self::over(Channel::Tcp(stream), patience);
        let result = clear.call(&Request::StartTls, &[]).await?;
        if !result.is_success() {
            return Err(Trouble::Refused(result));
        }
        // Whatever came in clear behind the answer did not come from whom the certificate is for.
        if clear.start < clear.end {
            return Err(Trouble::Nonsense(Malformed("something was sent in clear while TLS began")));
        }
        let Channel::Tcp(stream) = clear.channel else {
            return Err(Trouble::Untrusted("StartTLS is for connections over a network".to_owned()));
        };
        Ok(Self::over(Channel::Tls(Box::new(tls::secure(tls, host, stream).await?)), patience))
    }

    fn over(channel: Channel, patience: Duration) -> Self {
        Self { channel, buffer: Vec::new(), start: 0, end: 0, last_id: 0, patience }
    }

    /// Tells whether everything that is sent can be read by nobody else.
    pub(crate) fn is_private(&self) -> bool {
        match self.channel {
            Channel::Tcp(_) => false,
            Channel::Tls(_) | Channel::Unix(_) => true,
        }
    }

    /// Sends a request, and returns its id.
    pub(crate) async fn send(&mut self, request: &Request<'_>, controls: &[Control]) -> Result<i32, Trouble> {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        let message = request.message(self.last_id, controls);
        let sending = async {
            self.channel.write_all(&message).await?;
            self.channel.flush().await
        };
        match timeout(self.patience, sending).await {
            Ok(Ok(())) => Ok(self.last_id),
            Ok(Err(error)) => Err(Trouble::Lost(format!("the connection broke: {error}"))),
            Err(_) => Err(Trouble::Late),
        }
    }

    /// Returns the next message, which must answer this request.
    pub(crate) async fn receive(&mut self, id: i32) -> Result<Message<'_>, Trouble> {
        self.receive_of(std::slice::from_ref(&id)).await
    }

    /// Hands the messages that answer some requests to `take`, with the place of the request among them, until each has
    /// come to its end. A server may answer them in any order.
    pub(crate) async fn receive_all(
        &mut self,
        ids: &[i32],
        mut take: impl FnMut(usize, Message<'_>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut open = ids.to_vec();
        while !open.is_empty() {
            let message = self.receive_of(&open).await?;
            let id = message.id;
            if matches!(message.answer, Answer::Done(_)) {
                open.retain(|it| *it != id);
            }
            take(ids.iter().position(|it| *it == id).unwrap_or_default(), message)?;
        }
        Ok(())
    }

    /// Returns the next message, which must answer one of some requests. When it comes too late it may be waited for again.
    pub(crate) async fn receive_one_of(&mut self, ids: &[i32]) -> Result<Message<'_>, Trouble> {
        self.receive_of(ids).await
    }

    async fn receive_of(&mut self, ids: &[i32]) -> Result<Message<'_>, Trouble> {
        let range = self.next_message().await?;
        let message = Message::parse(self.buffer.get(range).unwrap_or_default())?;
        if ids.contains(&message.id) {
            return Ok(message);
        }
        if message.id == 0 {
            let said = match message.answer {
                Answer::Done(body) => {
                    let name = notice_name(body).unwrap_or_default();
                    parse_result(body).map(|it| it.failure().message.to_string()).unwrap_or(name)
                }
                _ => String::new(),
            };
            return Err(Trouble::Lost(format!("the server ended the connection: {said}")));
        }
        Err(Trouble::Nonsense(Malformed("the answer to something that nobody asked")))
    }

    /// Sends a request and waits for its end.
    pub(crate) async fn call(
        &mut self,
        request: &Request<'_>,
        controls: &[Control],
    ) -> Result<LdapResult, Trouble> {
        self.call_for(request, controls, |_| Ok(())).await.map(|(result, ())| result)
    }

    /// Sends a request, waits for its end, and takes something out of the controls of the answer.
    pub(crate) async fn call_for<T>(
        &mut self,
        request: &Request<'_>,
        controls: &[Control],
        take: impl FnOnce(Controls<'_>) -> Result<T, Malformed>,
    ) -> Result<(LdapResult, T), Trouble> {
        let id = self.send(request, controls).await?;
        let message = self.receive(id).await?;
        match message.answer {
            Answer::Done(body) => Ok((parse_result(body)?, take(message.controls)?)),
            _ => Err(Trouble::Nonsense(Malformed("an entry that nobody searched for"))),
        }
    }

    /// Searches, and hands everything that comes to `take`, the end too. Returns how it ended.
    pub(crate) async fn search(
        &mut self,
        search: &Search,
        controls: &[Control],
        mut take: impl FnMut(Message<'_>) -> Result<(), Trouble>,
    ) -> Result<LdapResult, Trouble> {
        let id = self.send(&Request::Search(search), controls).await?;
        loop {
            let message = self.receive(id).await?;
            let end = match message.answer {
                Answer::Done(body) => Some(parse_result(body)?),
                _ => None,
            };
            take(message)?;
            if let Some(result) = end {
                return Ok(result);
            }
        }
    }

    /// Tells whether the connection is still good: the server neither closed it nor said anything.
    pub(crate) async fn is_alive(&mut self) -> bool {
        let mut byte = [0];
        self.start == self.end && poll_immediate(self.channel.read(&mut byte)).await.is_none()
    }

    /// Says goodbye.
    pub(crate) async fn close(mut self) {
        let _ = self.send(&Request::Unbind, &[]).await;
        let _ = timeout(self.patience, self.channel.shutdown()).await;
    }

    async fn next_message(&mut self) -> Result<Range<usize>, Trouble> {
        // Most messages came together with the one before.
        if let Some(range) = self.whole_message()? {
            return Ok(range);
        }
        let patience = self.patience;
        match timeout(patience, self.wait_for_message()).await {
            Ok(range) => range,
            Err(_) => Err(Trouble::Late),
        }
    }

    async fn wait_for_message(&mut self) -> Result<Range<usize>, Trouble> {
        loop {
            self.make_room();
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.channel.read(room).await {
                Ok(0) => return Err(Trouble::Lost("the server closed the connection".to_owned())),
                Ok(count) => self.end += count,
                Err(error) => return Err(Trouble::Lost(format!("the connection broke: {error}"))),
            }
            if let Some(range) = self.whole_message()? {
                return Ok(range);
            }
        }
    }

    /// Returns where the next message stands, if all of it came.
    fn whole_message(&mut self) -> Result<Option<Range<usize>>, Trouble> {
        let came = self.buffer.get(self.start..self.end).unwrap_or_default();
        let wanted = element_bytes(came)?;
        if wanted.is_some_and(|it| it > MESSAGE_BYTES_MAX) {
            return Err(Trouble::TooMuch(format!(
                "the server sends a message of more than {MESSAGE_BYTES_MAX} bytes"
            )));
        }
        Ok(wanted.filter(|it| came.len() >= *it).map(|bytes| {
            let range = self.start..self.start + bytes;
            self.start += bytes;
            range
        }))
    }

    /// Makes room for at least half of [`READ_BYTES`] behind what came.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.end == 0 && self.buffer.len() > 16 * READ_BYTES {
                self.buffer.truncate(READ_BYTES);
                self.buffer.shrink_to_fit();
            }
        }
        if self.buffer.len() - self.end < READ_BYTES / 2 {
            // What is large grows faster, so that it is not copied again and again.
            let more = READ_BYTES.max(self.buffer.len());
            self.buffer.resize(self.buffer.len() + more, 0);
        }
    }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, Trouble> {
    let stream = TcpStream::connect((host, port)).await.map_err(unreachable)?;
    // Requests are small and wait for answers.
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreachable(error: std::io::Error) -> Trouble {
    Trouble::Unreachable(error.to_string())
}

impl AsyncRead for Channel {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Channel {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
