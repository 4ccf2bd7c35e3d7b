//! One message of HTTP/1.1, taken off a stream. Bodies have a length; nothing here is chunked.

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Where the parts of a message are in the bytes that were received.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    /// The end of the head, with its empty line.
    pub(crate) head: usize,
    /// The end of the body.
    pub(crate) end: usize,
}

/// Receives until there is a whole message at the beginning of the buffer; `None` when the stream ends before.
pub(crate) async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> std::io::Result<Option<Extent>> {
    let mut searched = 0;
    loop {
        if let Some(head) = end_of_head(buffer, searched) {
            let end = head + content_length(&buffer[..head]);
            buffer.reserve(end.saturating_sub(buffer.len()));
            while buffer.len() < end {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            return Ok(Some(Extent { head, end }));
        }
        searched = buffer.len().saturating_sub(3);
        buffer.reserve(8_192);
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

fn end_of_head(buffer: &[u8], from: usize) -> Option<usize> {
    let rest = buffer.get(from..)?;
    rest.windows(4).position(|it| it == b"\r\n\r\n").map(|at| from + at + 4)
}

fn content_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap_or_default();
    headers(head)
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0)
}

/// The headers of a head, without its first line.
pub(crate) fn headers(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
}
