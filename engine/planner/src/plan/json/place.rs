//! Which place in the document is at this line and column? The JSON reader knows only the latter.

use super::path::write_key;

/// An object or list that is open at some point of the text.
enum Open<'t> {
    Object { key: Option<&'t str>, before_key: bool },
    List { position: usize },
}

/// Returns the path of what stands directly before a line and column (as `serde_json` counts them: lines from
/// 1, columns in bytes).
pub(super) fn path_before(text: &str, line: usize, column: usize) -> String {
    let line_start = match line.checked_sub(2) {
        Some(newlines) => text.match_indices('\n').nth(newlines).map_or(0, |(at, _)| at + 1),
        None => 0,
    };
    let end = line_start.saturating_add(column).min(text.len());
    render(&open_at(text, end))
}

fn open_at(text: &str, end: usize) -> Vec<Open<'_>> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).filter(|_| at < end) {
        match byte {
            b'{' => open.push(Open::Object { key: None, before_key: true }),
            b'[' => open.push(Open::List { position: 0 }),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Object { key, before_key }) => (*key, *before_key) = (None, true),
                Some(Open::List { position }) => *position += 1,
                None => {}
            },
            b'"' => {
                let close = string_end(bytes, at);
                if let Some(Open::Object { key, before_key: before_key @ true }) = open.last_mut() {
                    (*key, *before_key) = (text.get(at..close), false);
                }
                at = close;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    open
}

/// Returns where the string that begins at `at` is over.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn render(open: &[Open<'_>]) -> String {
    let mut path = String::new();
    for step in open {
        let written = match step {
            Open::Object { key: Some(key), .. } => {
                let decoded = serde_json::from_str::<String>(key);
                let key = decoded.as_deref().unwrap_or(key);
                let first = path.is_empty();
                write_key(&mut path, key, first)
            }
            Open::Object { key: None, .. } => Ok(()),
            Open::List { position } => {
                path.push_str(&format!("[{position}]"));
                Ok(())
            }
        };
        // INVARIANT: writing to a string cannot fail.
        debug_assert!(written.is_ok());
    }
    path
}
