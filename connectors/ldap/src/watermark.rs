//! Where does a read of changes start? What a server said of it, as bytes that nobody else looks into.

use provisio_model::Watermark;

use crate::ber::{INTEGER, Malformed, OCTETS, Reader, SEQUENCE, Writer};

/// The form of the bytes. Watermarks of another form ask for a full read.
const FORM: i64 = 1;

/// How a server tells what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Content synchronisation (RFC 4533).
    Sync,
    /// What Active Directory replicates (MS-ADTS section 3.1.1.3.4.1.3).
    DirSync,
    /// The numbers that a domain controller gives to its changes, `uSNChanged`.
    UpdateNumbers,
    /// Lists of entries with the times of their last changes.
    Timestamps,
}

/// What a watermark holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) method: Method,
    /// Which objects were read: where, and which filter.
    pub(crate) content: String,
    /// Which server said so; empty where it does not matter.
    pub(crate) server: String,
    /// What it said, for one part of the directory after the other.
    pub(crate) cookies: Vec<Vec<u8>>,
}

impl Method {
    const ALL: [Self; 4] = [Self::Sync, Self::DirSync, Self::UpdateNumbers, Self::Timestamps];

    /// Returns it in words, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sync => "content synchronisation",
            Self::DirSync => "DirSync",
            Self::UpdateNumbers => "update numbers",
            Self::Timestamps => "times of the last changes",
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Sync => 1,
            Self::DirSync => 2,
            Self::UpdateNumbers => 3,
            Self::Timestamps => 4,
        }
    }
}

impl Mark {
    pub(crate) fn write(&self) -> Watermark {
        let mut writer = Writer::default();
        writer.nested(SEQUENCE, |it| {
            it.integer(INTEGER, FORM);
            it.integer(INTEGER, self.method.number());
            it.octets(OCTETS, self.content.as_bytes());
            it.octets(OCTETS, self.server.as_bytes());
            it.nested(SEQUENCE, |it| self.cookies.iter().for_each(|cookie| it.octets(OCTETS, cookie)));
        });
        Watermark::new(writer.into_bytes())
    }

    /// Reads a watermark; `None` if it is not one of these.
    pub(crate) fn read(watermark: &Watermark) -> Option<Self> {
        Self::parse(watermark.as_bytes()).ok()
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        const FOREIGN: Malformed = Malformed("a watermark");
        let mut outer = Reader::new(bytes);
        let mut mark = outer.enter(SEQUENCE)?;
        if mark.integer(INTEGER)? != FORM {
            return Err(FOREIGN);
        }
        let number = mark.integer(INTEGER)?;
        let method = Method::ALL.into_iter().find(|it| it.number() == number).ok_or(FOREIGN)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| FOREIGN);
        let (content, server) = (text(mark.expect(OCTETS)?)?, text(mark.expect(OCTETS)?)?);
        let mut list = mark.enter(SEQUENCE)?;
        let mut cookies = Vec::new();
        while !list.is_empty() {
            cookies.push(list.expect(OCTETS)?.to_vec());
        }
        let is_whole = mark.is_empty() && outer.is_empty();
        if is_whole { Ok(Self { method, content, server, cookies }) } else { Err(FOREIGN) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_watermark_comes_back(
            at in 0..Method::ALL.len(),
            content in ".{0,40}",
            server in ".{0,40}",
            cookies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4),
        ) {
            let mark = Mark { method: Method::ALL[at], content, server, cookies };
            let watermark = mark.write();
            prop_assert_eq!(Mark::read(&watermark), Some(mark));
            let cut = &watermark.as_bytes()[..watermark.as_bytes().len() - 1];
            prop_assert_eq!(Mark::read(&Watermark::new(cut)), None);
            let longer = [watermark.as_bytes(), b"\0"].concat();
            prop_assert_eq!(Mark::read(&Watermark::new(longer)), None);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Mark::read(&Watermark::new(bytes));
        }
    }
}
