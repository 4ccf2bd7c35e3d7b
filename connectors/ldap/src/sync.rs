//! What do the messages of content synchronisation say (RFC 4533)?

use crate::ber::{BOOLEAN, ENUMERATED, Malformed, OCTETS, Reader, SEQUENCE, SET, context, context_of};
use crate::control::{Control, SYNC_REQUEST, sequence};
use crate::response::Controls;

/// The control of an entry.
const SYNC_STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
/// The control of the result.
const SYNC_DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
/// The name of a message between entries.
const SYNC_INFO: &str = "1.3.6.1.4.1.4203.1.9.1.4";

/// Asks for everything that changed since the cookie, and then an end. An empty cookie asks for everything.
pub(crate) fn request(cookie: &[u8]) -> Control {
    const REFRESH_ONLY: i64 = 1;
    in_mode(REFRESH_ONLY, cookie)
}

/// Asks for everything that changed since the cookie, and for what changes from now on.
pub(crate) fn listen(cookie: &[u8]) -> Control {
    const REFRESH_AND_PERSIST: i64 = 3;
    in_mode(REFRESH_AND_PERSIST, cookie)
}

fn in_mode(mode: i64, cookie: &[u8]) -> Control {
    let value = sequence(|it| {
        it.integer(ENUMERATED, mode);
        if !cookie.is_empty() {
            it.octets(OCTETS, cookie);
        }
    });
    Control::with_value(SYNC_REQUEST, value)
}

/// What the control of an entry says: its `entryUUID`, and whether it is told for a change.
pub(crate) fn entry_state(controls: Controls<'_>) -> Result<Option<(String, bool)>, Malformed> {
    const PRESENT: i64 = 0;
    let Some(mut value) = controls.value(SYNC_STATE)? else { return Ok(None) };
    let mut state = value.enter(SEQUENCE)?;
    let became = state.integer(ENUMERATED)?;
    Ok(Some((uuid(state.expect(OCTETS)?)?, became != PRESENT)))
}

/// What the result says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// Where to go on from; `None` if that is where it was.
    pub(crate) cookie: Option<Vec<u8>>,
    /// Whether everything that went was told. If not, what was not told to be present went.
    pub(crate) deletes_told: bool,
}

/// Reads the control of the result.
pub(crate) fn done(controls: Controls<'_>) -> Result<Done, Malformed> {
    let Some(mut value) = controls.value(SYNC_DONE)? else { return Ok(Done::default()) };
    let mut done = value.enter(SEQUENCE)?;
    let cookie = done.optional(OCTETS)?.map(<[u8]>::to_vec);
    Ok(Done { cookie, deletes_told: done.boolean_or(BOOLEAN, false)? })
}

/// What a message between entries says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Info {
    /// These went, or were never there.
    Deleted(Vec<String>),
    /// Who is still there is told, and not who went.
    Present,
    /// Nothing that matters here.
    Other,
}

/// Reads a message between entries.
pub(crate) fn info(mut body: Reader<'_>) -> Result<Info, Malformed> {
    const REFRESH_PRESENT: u8 = context_of(2);
    const ID_SET: u8 = context_of(3);
    let name = body.optional(context(0))?;
    let Some(value) = body.optional(context(1))?.filter(|_| name == Some(SYNC_INFO.as_bytes())) else {
        return Ok(Info::Other);
    };
    let (tag, content) = Reader::new(value).next()?;
    let mut content = Reader::new(content);
    match tag {
        REFRESH_PRESENT => Ok(Info::Present),
        ID_SET => {
            content.optional(OCTETS)?;
            if !content.boolean_or(BOOLEAN, false)? {
                return Ok(Info::Present);
            }
            let mut ids = Vec::new();
            let mut set = content.enter(SET)?;
            while !set.is_empty() {
                ids.push(uuid(set.expect(OCTETS)?)?);
            }
            Ok(Info::Deleted(ids))
        }
        _ => Ok(Info::Other),
    }
}

/// Writes a UUID as `entryUUID` has it (RFC 4530 section 2.1).
fn uuid(bytes: &[u8]) -> Result<String, Malformed> {
    if bytes.len() != 16 {
        return Err(Malformed("an entryUUID"));
    }
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ber::Writer;

    #[test]
    fn what_went_is_told_in_sets() {
        let id: Vec<u8> = (0..16).collect();
        let set = |deletes: bool| {
            let mut value = Writer::default();
            value.nested(context_of(3), |it| {
                it.boolean(BOOLEAN, deletes);
                it.nested(SET, |it| it.octets(OCTETS, &id));
            });
            let mut body = Writer::default();
            body.octets(context(0), SYNC_INFO.as_bytes());
            body.octets(context(1), &value.into_bytes());
            body.into_bytes()
        };
        let deleted = info(Reader::new(&set(true)));
        assert_eq!(deleted, Ok(Info::Deleted(vec!["00010203-0405-0607-0809-0a0b0c0d0e0f".to_owned()])));
        assert_eq!(info(Reader::new(&set(false))), Ok(Info::Present));
        assert_eq!(info(Reader::new(&[])), Ok(Info::Other));
    }
}
