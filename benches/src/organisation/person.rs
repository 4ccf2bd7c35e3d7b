//! One worker, and what an account should hold for them.

use super::draw::{mix, pick};
use super::{AS_OF, CONSTANT, Organisation, Values};
use crate::words::{
    ACCENTED, CITY_END, COMPANIES, COUNTRIES, DEPARTMENTS, FIRST_END, FIRST_START, LAST_END, LAST_MIDDLE,
    LAST_START, NICK_END, TITLES,
};

pub(super) struct Person {
    worker: Values,
}

impl Person {
    pub(super) fn new(of: &Organisation, at: u64) -> Self {
        let draw = |stream: u64| of.draw.of(stream, at);
        let (first, last) = name(draw(1), draw(2));
        let email = email(&first, &last, draw(7));
        let (first, last) = marked(first, last, draw(3), draw(4), draw(5));
        let mixed = draw(8);
        let (department, title) = (mixed % 200, (mixed >> 8) % 500);
        let (hired, leaves, mobile, location) = (draw(9), draw(10), draw(14), draw(15));
        // From 1985 on, and from the middle of 2024 to the end of 2027.
        let leaves_at = leaves.is_multiple_of(20).then(|| date(19_875 + (leaves >> 8) % 1_300));
        let is_active = leaves_at.is_none() || (leaves >> 60) & 1 == 1;
        let worker = [
            Some(of.worker_id(at)),
            Some(first),
            Some(last),
            nick(draw(6)),
            email,
            Some(format!("{} {department:03}", pick(&DEPARTMENTS, department))),
            Some(format!("{} {title:03}", pick(&TITLES, title))),
            Some(city((mixed >> 20) % 300)),
            Some(pick(&COUNTRIES, (mixed >> 32) % 40).0.to_owned()),
            Some(date(hired % 14_600 + 5_479)),
            leaves_at,
            of.manager(at).map(|it| of.worker_id(it)),
            Some(format!("CC{:05}", 10_000 + 7 * (draw(12) % 800))),
            Some(phone(draw(13))),
            (mobile % 10 >= 4).then(|| phone(mix(mobile))),
            Some(format!("L-{:04}-{:02}", location % 1_000, (location >> 32) % 20)),
            Some(of.employee_type(at).to_owned()),
            Some(is_active.to_string()),
            Some(COMPANIES[of.company(at)].to_owned()),
            Some(format!("G{:02}", 1 + draw(20) % 16)),
        ];
        Self { worker }
    }

    pub(super) fn into_worker(self) -> Values {
        self.worker
    }

    /// What the mapping gives for the worker.
    pub(super) fn into_account(self) -> Values {
        let text = |at: usize| self.worker[at].as_deref().unwrap_or_default();
        let user = format!("{}.{}{}", plain(text(1)), plain(text(2)), &text(0)[1..]).to_lowercase();
        let display = format!("{} {}", self.worker[3].as_deref().unwrap_or(text(1)), text(2));
        let is_active = self.worker[10].as_deref().is_none_or(|date| date > AS_OF);
        let region = COUNTRIES.iter().find(|it| it.0 == text(8)).map_or("OTHER", |it| it.1);
        let hired = text(9);
        let hired = format!("{}/{}/{}", &hired[8..10], &hired[5..7], &hired[..4]);
        let building = text(15)[2..6].to_owned();
        let digits = text(13).chars().filter(char::is_ascii_digit).collect();
        let [id, first, last, _, email, department, title, city, country, _, _, manager, rest @ ..] =
            self.worker;
        let [cost_centre, _, mobile, _, _, _, _, grade] = rest;
        [
            id,
            first,
            last,
            email,
            department,
            title,
            city,
            country,
            manager,
            cost_centre,
            mobile,
            grade,
            Some(user),
            Some(display),
            Some(is_active.to_string()),
            Some(region.to_owned()),
            Some(building),
            Some(hired),
            Some(digits),
            Some(CONSTANT.to_owned()),
        ]
    }
}

fn name(first: u64, last: u64) -> (String, String) {
    let first = format!("{}{}", pick(&FIRST_START, first), pick(&FIRST_END, first >> 16));
    let last = format!(
        "{}{}{}",
        pick(&LAST_START, last),
        pick(&LAST_MIDDLE, last >> 16),
        pick(&LAST_END, last >> 32)
    );
    (first, last)
}

/// Puts marks on the first name, the last, or both, of 15 %.
fn marked(first: String, last: String, draw: u64, of_first: u64, of_last: u64) -> (String, String) {
    if draw % 100 >= 15 {
        return (first, last);
    }
    match (draw >> 8) % 3 {
        0 => (with_marks(&first, of_first), last),
        1 => (first, with_marks(&last, of_last)),
        _ => (with_marks(&first, of_first), with_marks(&last, of_last)),
    }
}

/// Puts a mark on one letter, or two.
fn with_marks(text: &str, draw: u64) -> String {
    let variants = |letter: char| ACCENTED.iter().find(|it| it.0 == letter).map(|it| it.1);
    let places: Vec<usize> =
        text.char_indices().filter(|it| variants(it.1).is_some()).map(|it| it.0).collect();
    if places.is_empty() {
        return format!("{text}é");
    }
    let first = pick(&places, draw);
    let second = if (draw >> 20) & 3 == 0 { pick(&places, draw >> 24) } else { first };
    let mark = |(place, letter): (usize, char)| match variants(letter) {
        Some(variants) if place == first || place == second => {
            let variants: Vec<char> = variants.chars().collect();
            pick(&variants, draw >> 8)
        }
        _ => letter,
    };
    text.char_indices().map(mark).collect()
}

fn plain(text: &str) -> String {
    let plain = |letter: char| ACCENTED.iter().find(|it| it.1.contains(letter)).map_or(letter, |it| it.0);
    text.chars().map(plain).collect()
}

fn nick(draw: u64) -> Option<String> {
    (draw % 10 >= 7).then(|| format!("{}{}", pick(&FIRST_START, draw >> 8), pick(&NICK_END, draw >> 16)))
}

fn email(first: &str, last: &str, draw: u64) -> Option<String> {
    (!draw.is_multiple_of(10)).then(|| {
        let (first, last) = (first.to_lowercase(), last.to_lowercase());
        format!("{first}.{last}{}@corp{}.example", (draw >> 8) % 1_000, (draw >> 24) % 4)
    })
}

fn city(at: u64) -> String {
    let city = format!("{}{}", pick(&LAST_START, at), CITY_END[(at / 100) as usize]);
    if at.is_multiple_of(7) { with_marks(&city, mix(at)) } else { city }
}

fn phone(draw: u64) -> String {
    let (country, area, first, second) =
        (20 + draw % 78, 200 + (draw >> 8) % 700, (draw >> 20) % 1_000, (draw >> 32) % 10_000);
    format!("+{country} ({area}) {first:03}-{second:04}")
}

/// The date so many days after 1 January 1970.
fn date(days: u64) -> String {
    // Counted from 1 March of the year 0, in periods of 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next)
}
