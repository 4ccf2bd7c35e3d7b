//! What does one line of the file look like, and is it whole?
//!
//! ```text
//! {"check":"0f2d41c3a8b7e659","line":2,"bytes":57,BODY}
//! ```
//!
//! `bytes` is the length of BODY, `line` counts from 1, and `check` is the beginning of the SHA-256 of all that
//! follows it: of `"line":2,"bytes":57,BODY}`. A line is JSON and ends with a line feed. Since it says its length
//! before its content, a line that was not written to its end can be told from one that was damaged later.

use sha2::{Digest as _, Sha256};

/// The longest line that is written or read, in bytes, with its line feed (64 MiB).
pub const LINE_BYTES_MAX: usize = 64 << 20;

/// How much of a line is not its body, at most.
pub(crate) const FRAME_BYTES_MAX: usize = 128;

const BEGIN: &str = "{\"check\":\"";
const CHECK_DIGITS: usize = 16;

/// Appends a line with this body.
pub(crate) fn write_line(number: u64, body: &[u8], file: &mut Vec<u8>) {
    let begin = file.len();
    let head = format!("\"line\":{number},\"bytes\":{},", body.len());
    let mut hasher = Sha256::new();
    hasher.update(head.as_bytes());
    hasher.update(body);
    hasher.update(b"}");
    let check = hex(hasher.finalize().as_slice());
    file.reserve(body.len() + FRAME_BYTES_MAX);
    file.extend_from_slice(format!("{BEGIN}{check}\",{head}").as_bytes());
    file.extend_from_slice(body);
    file.extend_from_slice(b"}\n");
    debug_assert!(file.len() - begin <= body.len() + FRAME_BYTES_MAX, "the frame has its size");
}

/// What can be said of a piece of the file that should be line `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is what was written.
    Whole,
    /// It is the beginning of what was to be written.
    Torn,
    /// It is neither, and why.
    Damaged(&'static str),
}

/// Looks at a piece of the file up to its line feed, or to the end of the file.
pub(crate) fn inspect(number: u64, piece: &[u8]) -> Line {
    let (content, is_ended) = match piece.strip_suffix(b"\n") {
        Some(content) => (content, true),
        None => (piece, false),
    };
    let torn_or = |why| if is_ended { Line::Damaged(why) } else { Line::Torn };
    let Some(rest) = content.strip_prefix(BEGIN.as_bytes()) else {
        let is_beginning = BEGIN.as_bytes().starts_with(content);
        return if is_beginning {
            torn_or("it is too short")
        } else {
            Line::Damaged("it is no line of a directory")
        };
    };
    let (check, rest) = rest.split_at(rest.len().min(CHECK_DIGITS));
    if !check.iter().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) {
        return Line::Damaged("its checksum is not a number");
    }
    let expected = format!("\",\"line\":{number},\"bytes\":");
    let Some(counted) = rest.strip_prefix(expected.as_bytes()) else {
        let is_beginning = expected.as_bytes().starts_with(rest);
        return if is_beginning {
            torn_or("it is too short")
        } else {
            Line::Damaged("it has another line number")
        };
    };
    let digits = counted.iter().take_while(|it| it.is_ascii_digit()).count();
    let Some(rest) = counted[digits..].strip_prefix(b",") else {
        let is_beginning = counted.len() == digits;
        return if is_beginning {
            torn_or("it is too short")
        } else {
            Line::Damaged("its length is not a number")
        };
    };
    let bytes = str::from_utf8(&counted[..digits]).ok().and_then(|it| it.parse::<usize>().ok());
    let Some(bytes) = bytes.filter(|&it| it <= LINE_BYTES_MAX) else {
        return Line::Damaged("its length is out of range");
    };
    if rest.len() <= bytes {
        return torn_or("it is shorter than it says");
    }
    if rest.len() > bytes + 1 {
        return Line::Damaged("it is longer than it says");
    }
    if !is_ended {
        // The last byte of a line is its line feed, so only that can be missing here.
        return if is_checked(check, content) { Line::Torn } else { Line::Damaged("its checksum differs") };
    }
    if is_checked(check, content) { Line::Whole } else { Line::Damaged("its checksum differs") }
}

/// Tells whether a piece that begins at `offset` has a sector that was never written: after a power cut a file may
/// be longer than what reached the disk, and what did not reads as zeros. JSON has no zero byte.
pub(crate) fn has_unwritten_sector(offset: u64, piece: &[u8]) -> bool {
    let first = SECTOR_BYTES - usize::try_from(offset % SECTOR_BYTES as u64).unwrap_or(0);
    let (first, rest) = piece.split_at(piece.len().min(first));
    let is_zero = |it: &[u8]| !it.is_empty() && it.iter().all(|&byte| byte == 0);
    is_zero(first) || rest.chunks(SECTOR_BYTES).any(is_zero)
}

/// What a disk writes at once, in bytes.
const SECTOR_BYTES: usize = 512;

/// Returns the first 16 digits of a hash.
pub(crate) fn hex(hash: &[u8]) -> String {
    hash.iter().take(CHECK_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn is_checked(check: &[u8], content: &[u8]) -> bool {
    // What is checked begins after `{"check":"` + 16 digits + `",`.
    let checked = content.get(BEGIN.len() + CHECK_DIGITS + 2..).unwrap_or_default();
    hex(Sha256::digest(checked).as_slice()).as_bytes() == check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Vec<u8> {
        let mut line = Vec::new();
        write_line(7, br#""from":1,"batch":[]"#, &mut line);
        line
    }

    #[test]
    fn a_line_is_json_and_readable() {
        let text = String::from_utf8(line()).expect("is text");
        assert_eq!(
            text,
            "{\"check\":\"acebe91416d50135\",\"line\":7,\"bytes\":19,\"from\":1,\"batch\":[]}\n"
        );
    }

    #[test]
    fn every_beginning_of_a_line_is_torn() {
        let line = line();
        assert_eq!(inspect(7, &line), Line::Whole);
        for end in 0..line.len() {
            assert_eq!(inspect(7, &line[..end]), Line::Torn, "{end}");
        }
    }

    #[test]
    fn every_flipped_bit_of_a_line_is_damage() {
        let line = line();
        for bit in 0..line.len() * 8 {
            let mut flipped = line.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(inspect(7, &flipped), Line::Damaged(_)), "{bit}: {:?}", flipped.escape_ascii());
        }
        assert_eq!(inspect(8, &line), Line::Damaged("it has another line number"));
    }

    #[test]
    fn a_sector_of_zeros_was_never_written() {
        assert!(has_unwritten_sector(500, &[&[b'{'; 12][..], &[0; 512], &[b'x'; 3]].concat()));
        assert!(!has_unwritten_sector(500, &[&[b'{'; 20][..], &[0; 4], b"}"].concat()));
        assert!(has_unwritten_sector(500, &[&[b'{'; 12][..], &[0; 4]].concat()), "at the end of the file");
        assert!(!has_unwritten_sector(0, &[b'{'; 2_000]));
        assert!(!has_unwritten_sector(0, &[]));
    }
}
