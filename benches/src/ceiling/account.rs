//! What an account should hold, compared without being made; and made, where it differs.

use super::field::{Field, ROOM};
use super::rows::Row;
use crate::organisation::{AS_OF, CONSTANT};
use crate::words::{ACCENTED, COMPANIES, COUNTRIES};

// Places 0 to 11 are copied, and the same on both sides.
const COPIED: usize = 12;
const FIRST: usize = 1;
const LAST: usize = 2;
const COUNTRY: usize = 7;
pub(super) const MANAGER: usize = 8;
const PREFERRED: usize = 12;
const HIRED: usize = 13;
const TERMINATED: usize = 14;
const PHONE: usize = 15;
const LOCATION: usize = 16;
const EMPLOYEE_TYPE: usize = 17;
const COMPANY: usize = 19;

// Of accounts.
pub(super) const ACTIVE: usize = 14;
pub(super) const ID: usize = 20;
pub(super) const MANAGED: usize = 21;

/// A short text with room behind it.
type Short = ([u8; 48], usize);

const fn short(text: &str) -> Short {
    let (mut bytes, text) = ([0; 48], text.as_bytes());
    let mut at = 0;
    while at < text.len() {
        bytes[at] = text[at];
        at += 1;
    }
    (bytes, text.len())
}

fn field(short: &Short) -> Field<'_> {
    Field::new(&short.0, short.1)
}

static TRUE: Short = short("true");
static FALSE: Short = short("false");
static SOURCE: Short = short(CONSTANT);
/// The regions, and the one of all other countries.
static REGIONS: [Short; 41] = {
    let mut regions = [short("OTHER"); 41];
    let mut at = 0;
    while at < 40 {
        regions[at] = short(COUNTRIES[at].1);
        at += 1;
    }
    regions
};
/// By the two letters of a country: its region.
static REGION_OF: [u8; 26 * 26] = {
    let mut table = [40; 26 * 26];
    let mut at = 0;
    while at < 40 {
        let country = COUNTRIES[at].0.as_bytes();
        table[(country[0] - b'A') as usize * 26 + (country[1] - b'A') as usize] = at as u8;
        at += 1;
    }
    table
};
/// The letters below U+0180 without their marks; 0 where there is none.
static PLAIN: [u8; 0x180] = {
    let mut table = [0; 0x180];
    let mut letter = 0;
    while letter < ACCENTED.len() {
        let (plain, marked) = (ACCENTED[letter].0 as u8, ACCENTED[letter].1.as_bytes());
        let mut at = 0;
        // All of two bytes in UTF-8.
        while at < marked.len() {
            let code = ((marked[at] & 0x1f) as usize) << 6 | (marked[at + 1] & 0x3f) as usize;
            table[code] = plain;
            at += 2;
        }
        letter += 1;
    }
    table
};

#[inline(always)]
pub(super) fn is_in_scope(worker: Row<'_>) -> bool {
    let company = worker.field(COMPANY).bytes();
    worker.field(EMPLOYEE_TYPE).bytes() != b"Contractor"
        && company != COMPANIES[10].as_bytes()
        && company != COMPANIES[11].as_bytes()
}

/// Returns which attributes of an account differ from what they should be, as bits.
#[inline(always)]
pub(super) fn compare(worker: Row<'_>, account: Row<'_>, buffer: &mut Vec<u8>) -> u32 {
    let mut differs = 0;
    let mut note = |at: usize, same: bool| differs |= u32::from(!same) << at;
    if !worker.begins_as(account, COPIED) {
        for at in 1..COPIED {
            note(at, worker.field(at).is(account.field(at)));
        }
    }
    note(12, is_user_name(worker, account.field(12), buffer));
    note(13, is_display_name(worker, account.field(13)));
    note(14, account.field(14).is(field(active(worker))));
    note(15, account.field(15).is(field(region(worker))));
    note(16, account.field(16).is(building(worker)));
    note(17, is_date(worker.field(HIRED), account.field(17)));
    note(18, is_digits(worker.field(PHONE), account.field(18)));
    note(19, account.field(19).is(field(&SOURCE)));
    differs
}

/// Appends what an attribute should be.
pub(super) fn make(worker: Row<'_>, attribute: usize, out: &mut Vec<u8>) {
    match attribute {
        at if at < COPIED => out.extend_from_slice(worker.field(at).bytes()),
        12 => user_name(worker, out),
        13 => {
            out.extend_from_slice(called(worker).bytes());
            out.push(b' ');
            out.extend_from_slice(worker.field(LAST).bytes());
        }
        14 => out.extend_from_slice(field(active(worker)).bytes()),
        15 => out.extend_from_slice(field(region(worker)).bytes()),
        16 => out.extend_from_slice(building(worker).bytes()),
        17 => {
            if let &[y1, y2, y3, y4, _, m1, m2, _, d1, d2] = worker.field(HIRED).bytes() {
                out.extend_from_slice(&[d1, d2, b'/', m1, m2, b'/', y1, y2, y3, y4]);
            }
        }
        18 => out.extend(worker.field(PHONE).bytes().iter().filter(|it| it.is_ascii_digit())),
        _ => out.extend_from_slice(field(&SOURCE).bytes()),
    }
}

fn user_name(worker: Row<'_>, out: &mut Vec<u8>) {
    push_plain(worker.field(FIRST).bytes(), out);
    out.push(b'.');
    push_plain(worker.field(LAST).bytes(), out);
    out.extend_from_slice(&worker.field(0).bytes()[1..]);
}

/// Appends a name in lower case and without marks.
fn push_plain(name: &[u8], out: &mut Vec<u8>) {
    let mut bytes = name.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii() {
            out.push(byte.to_ascii_lowercase());
            continue;
        }
        let second = bytes.next().unwrap_or_default();
        let code = usize::from(byte & 0x1f) << 6 | usize::from(second & 0x3f);
        match PLAIN.get(code) {
            Some(&plain) if plain != 0 => out.push(plain),
            _ => out.extend_from_slice(&[byte, second]),
        }
    }
}

#[inline(always)]
fn is_user_name(worker: Row<'_>, found: Field<'_>, buffer: &mut Vec<u8>) -> bool {
    let (first, last, id) = (worker.field(FIRST), worker.field(LAST), worker.field(0));
    if found.len() == first.len() + last.len() + 9 {
        let rest = found.after(first.len() + 1);
        if let (Some(is_first), Some(is_last)) = (found.is_lower_case_of(first), rest.is_lower_case_of(last))
        {
            let is_id = rest.word(last.len()) == id.word(1);
            return is_first & is_last & is_id & (found.byte(first.len()) == b'.');
        }
    }
    buffer.clear();
    user_name(worker, buffer);
    found.bytes() == buffer.as_slice()
}

#[inline(always)]
fn called(worker: Row<'_>) -> Field<'_> {
    let preferred = worker.field(PREFERRED);
    if preferred.is_empty() { worker.field(FIRST) } else { preferred }
}

#[inline(always)]
fn is_display_name(worker: Row<'_>, found: Field<'_>) -> bool {
    let (first, last) = (called(worker), worker.field(LAST));
    found.len() == first.len() + 1 + last.len()
        && found.first(first.len()).is(first)
        && found.byte(first.len()) == b' '
        && found.after(first.len() + 1).is(last)
}

#[inline(always)]
fn active(worker: Row<'_>) -> &'static Short {
    let date = worker.field(TERMINATED).bytes();
    if date.is_empty() || date > AS_OF.as_bytes() { &TRUE } else { &FALSE }
}

#[inline(always)]
fn region(worker: Row<'_>) -> &'static Short {
    let place = match *worker.field(COUNTRY).bytes() {
        [first, second] => {
            usize::from(first.wrapping_sub(b'A')) * 26 + usize::from(second.wrapping_sub(b'A'))
        }
        _ => usize::MAX,
    };
    &REGIONS[usize::from(REGION_OF.get(place).copied().unwrap_or(40)).min(40)]
}

#[inline(always)]
fn building(worker: Row<'_>) -> Field<'_> {
    let location = worker.field(LOCATION);
    if location.len() < 6 { location.first(0) } else { location.after(2).first(4) }
}

#[inline(always)]
fn is_date(iso: Field<'_>, found: Field<'_>) -> bool {
    if iso.len() != 10 || found.len() != 10 {
        return iso.len() != 10 && found.is_empty();
    }
    // 2006-01-02 as 02/01/2006, eight bytes and two.
    let (first, rest) = (iso.word(0), iso.word(8) & 0xffff);
    let (year, month) = (first & 0xffff_ffff, first >> 40 & 0xffff);
    let wanted = rest | 0x2f << 16 | month << 24 | 0x2f << 40 | year << 48;
    found.word(0) == wanted && found.word(8) & 0xffff == year >> 16
}

#[inline(always)]
fn is_digits(from: Field<'_>, found: Field<'_>) -> bool {
    let (bytes, wanted) = (from.chunk(), found.chunk());
    let (mut at, mut differs) = (0, 0);
    for &byte in bytes.iter().take(from.len()) {
        let is_digit = u8::from(byte.wrapping_sub(b'0') < 10);
        differs |= (wanted[at % ROOM] ^ byte) & is_digit.wrapping_neg();
        at += usize::from(is_digit);
    }
    from.len() <= ROOM && at == found.len() && differs == 0
}
