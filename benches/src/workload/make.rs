//! The objects of the workload, each from the seed and its number alone.

use std::sync::Arc;

use provisio_model::{
    Layout, Link, LinkOrigin, LinkTable, Records, RecordsBuilder, Side, Slot, SourceId, SourceSide, TargetId,
    TargetSide, ValueKind, ValueRef,
};
use provisio_planner::CompiledSpec;

use super::{AS_OF, SOURCE_ATTRIBUTES, TARGET_ATTRIBUTES};
use crate::words::{
    ACCENTED, COMPANIES, COUNTRIES, DEPARTMENTS, FIRST_END, FIRST_START, LAST_END, LAST_MIDDLE, LAST_START,
    TITLES,
};

const MEMBERS: u64 = 50;

/// Makes the workers, the teams and what belongs to them.
pub(super) struct Maker {
    pub(super) workers: u64,
    pub(super) seed: u64,
}

type Row = [Option<String>; 20];

impl Maker {
    fn draw(&self, stream: u64, at: u64) -> u64 {
        mix(mix(self.seed ^ stream.wrapping_mul(0xd6e8_feb8_6659_fd93))
            ^ at.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    fn worker_id(at: u64) -> String {
        format!("W{:08}", at + 1)
    }

    /// The manager: an 8-ary tree; some first siblings make a circle with the next one.
    fn manager(&self, at: u64) -> Option<u64> {
        if at == 0 {
            return None;
        }
        let place = (at - 1) % 8;
        if at > 8 && place == 0 && at + 1 < self.workers && self.draw(40, at).is_multiple_of(20) {
            return Some(at + 1);
        }
        if at > 9 && place == 1 && self.draw(40, at - 1).is_multiple_of(20) {
            return Some(at - 1);
        }
        Some((at - 1) / 8)
    }

    fn in_scope(&self, at: u64) -> bool {
        self.employee_type(at) != "Contractor" && self.company(at) < 10
    }

    fn employee_type(&self, at: u64) -> &'static str {
        match self.draw(17, at) % 100 {
            0..=69 => "Employee",
            70..=81 => "Temp",
            82..=91 => "Contractor",
            _ => "Intern",
        }
    }

    fn company(&self, at: u64) -> usize {
        (self.draw(19, at) % 12) as usize
    }

    fn has_account(&self, at: u64) -> bool {
        !self.draw(30, at).is_multiple_of(100)
    }

    fn name(&self, at: u64) -> (String, String) {
        let (first, last, marks) = (self.draw(1, at), self.draw(2, at), self.draw(3, at));
        let first = format!("{}{}", pick(&FIRST_START, first), pick(&FIRST_END, first >> 16));
        let last = format!(
            "{}{}{}",
            pick(&LAST_START, last),
            pick(&LAST_MIDDLE, last >> 16),
            pick(&LAST_END, last >> 32)
        );
        if marks % 100 < 15 { (accented(&first), accented(&last)) } else { (first, last) }
    }

    fn worker(&self, at: u64) -> Row {
        let (first, last) = self.name(at);
        let mixed = self.draw(8, at);
        let (department, title, city) = (mixed % 200, (mixed >> 8) % 500, (mixed >> 20) % 300);
        let preferred = self.draw(6, at);
        let email = self.draw(7, at);
        let leaves = self.draw(10, at);
        let mobile = self.draw(14, at);
        let location = self.draw(15, at);
        let hired = self.draw(9, at);
        let date = |years: u64, draw: u64| {
            format!("{}-{:02}-{:02}", years + (draw >> 8) % 3, 1 + (draw >> 16) % 12, 1 + (draw >> 24) % 28)
        };
        [
            Some(Self::worker_id(at)),
            Some(first.clone()),
            Some(last.clone()),
            preferred.is_multiple_of(3).then(|| pick(&FIRST_START, preferred >> 8).to_owned()),
            (!email.is_multiple_of(10))
                .then(|| format!("{first}.{last}{}@corp.example", (email >> 8) % 1000)),
            Some(format!("{} {department:03}", pick(&DEPARTMENTS, department))),
            Some(format!("{} {title:03}", pick(&TITLES, title))),
            Some(format!("{}ville {city:03}", pick(&LAST_START, city))),
            Some(pick(&COUNTRIES, mixed >> 32).0.to_owned()),
            Some(date(1986 + hired % 38, hired)),
            leaves.is_multiple_of(20).then(|| date(2024, leaves)),
            self.manager(at).map(Self::worker_id),
            Some(format!("CC{:05}", 10_000 + 7 * (self.draw(12, at) % 800))),
            Some(phone(self.draw(13, at))),
            (mobile % 10 >= 4).then(|| phone(mix(mobile))),
            Some(format!("L-{:04}-{:02}", location % 1000, (location >> 32) % 20)),
            Some(self.employee_type(at).to_owned()),
            Some(if leaves.is_multiple_of(40) { "false" } else { "true" }.to_owned()),
            Some(COMPANIES[self.company(at)].to_owned()),
            Some(format!("G{:02}", 1 + self.draw(20, at) % 16)),
        ]
    }

    /// What the target should hold for a worker.
    fn mapped(&self, worker: &Row) -> Row {
        let text = |at: usize| worker[at].as_deref().unwrap_or("");
        let copy = |at: usize| worker[at].clone();
        let plain = |text: &str| -> String { text.chars().map(without_accent).collect() };
        let user = format!("{}.{}{}", plain(text(1)), plain(text(2)), &text(0)[1..]).to_lowercase();
        let display = format!("{} {}", worker[3].as_deref().unwrap_or(text(1)), text(2));
        let active = worker[10].as_deref().is_none_or(|date| date > AS_OF);
        let region = COUNTRIES.iter().find(|it| it.0 == text(8)).map_or("OTHER", |it| it.1);
        let hired = text(9);
        let manager = worker[11].as_ref().map(|id| id.replacen('W', "T", 1));
        [
            copy(0),
            copy(1),
            copy(2),
            copy(4),
            copy(5),
            copy(6),
            copy(7),
            copy(8),
            manager,
            copy(12),
            copy(14),
            copy(19),
            Some(user),
            Some(display),
            Some(active.to_string()),
            Some(region.to_owned()),
            Some(text(15)[2..6].to_owned()),
            Some(format!("{}/{}/{}", &hired[8..10], &hired[5..7], &hired[..4])),
            Some(text(13).chars().filter(char::is_ascii_digit).collect()),
            Some("hr-core".to_owned()),
        ]
    }

    pub(super) fn workers(&self, spec: &CompiledSpec) -> Records<SourceSide> {
        let mut pack = Pack::new(&spec.source_layouts()[0], &SOURCE_ATTRIBUTES);
        for at in 0..self.workers {
            let worker = self.worker(at);
            pack.row(&Self::worker_id(at), &worker);
        }
        pack.builder.finish()
    }

    pub(super) fn accounts(&self, spec: &CompiledSpec, links: &mut LinkTable) -> Records<TargetSide> {
        let mut pack = Pack::new(&spec.target_layouts()[0], &TARGET_ATTRIBUTES);
        let links = links.of_mut("worker -> account");
        let mut link = |source: String, target: &str| {
            let link = Link {
                source: SourceId::new(source),
                target: TargetId::new(target),
                origin: LinkOrigin::Created,
            };
            // Ids are numbered, so no two links share an end.
            let _ = links.insert(link);
        };
        for at in (0..self.workers).filter(|&at| self.has_account(at)) {
            let mut account = self.mapped(&self.worker(at));
            let draw = self.draw(50, at);
            if !self.in_scope(at) {
                account[14] = Some((self.draw(52, at).is_multiple_of(50)).to_string());
            } else if draw.is_multiple_of(20) {
                for change in 0..1 + (draw >> 8) % 3 {
                    let which = [1, 3, 4, 5, 6, 9, 13, 16, 18][((draw >> (16 + 8 * change)) % 9) as usize];
                    account[which] = Some(format!("{}~", account[which].as_deref().unwrap_or("stale")));
                }
            }
            if account[8].as_deref().is_some_and(|it| !self.refers_to_account(it)) {
                account[8] = None;
            }
            let id = format!("T{:08}", at + 1);
            link(Self::worker_id(at), &id);
            pack.row(&id, &account);
        }
        for extra in 0..self.workers / 100 * 3 {
            let mut account = self.mapped(&self.worker(self.draw(60, extra) % self.workers));
            let id = format!("X{extra:08}");
            account[12] = Some(format!("extra.{extra}"));
            account[8] = None;
            account[14] = Some("true".to_owned());
            let orphan = extra % 3 == 0;
            account[0] = orphan.then(|| format!("W9{extra:07}"));
            if orphan {
                link(format!("W9{extra:07}"), &id);
            }
            pack.row(&id, &account);
        }
        pack.builder.finish()
    }

    /// Tells whether a manager has an account and is in scope.
    fn refers_to_account(&self, id: &str) -> bool {
        id[1..].parse::<u64>().is_ok_and(|number| self.has_account(number - 1) && self.in_scope(number - 1))
    }

    fn members(&self, group: u64) -> Vec<u64> {
        let mut members: Vec<u64> =
            (0..MEMBERS).map(|at| self.draw(70 ^ (at << 8), group) % self.workers).collect();
        members.sort_unstable();
        members.dedup();
        members
    }

    pub(super) fn teams(&self, spec: &CompiledSpec) -> Records<SourceSide> {
        let mut pack = Pack::new(&spec.source_layouts()[1], &["groupId", "name"]);
        for group in 0..self.workers / 100 {
            let id = format!("G{:07}", group + 1);
            let members: Vec<String> = self.members(group).into_iter().map(Self::worker_id).collect();
            pack.group(&id, &[Some(id.clone()), Some(format!("group {group}"))], &members);
        }
        pack.builder.finish()
    }

    pub(super) fn groups(&self, spec: &CompiledSpec, links: &mut LinkTable) -> Records<TargetSide> {
        let mut pack = Pack::new(&spec.target_layouts()[1], &["externalId", "displayName"]);
        let links = links.of_mut("team -> group");
        for group in (0..self.workers / 100).filter(|&it| !self.draw(71, it).is_multiple_of(100)) {
            let (source, id) = (format!("G{:07}", group + 1), format!("TG{:07}", group + 1));
            let there = |&at: &u64| {
                self.in_scope(at)
                    && self.has_account(at)
                    && !self.draw(72, group ^ (at << 20)).is_multiple_of(100)
            };
            let mut members: Vec<String> =
                self.members(group).into_iter().filter(there).map(|at| format!("T{:08}", at + 1)).collect();
            let stray = self.draw(73, group) % self.workers;
            if self.draw(74, group).is_multiple_of(2) && self.has_account(stray) {
                members.push(format!("T{:08}", stray + 1));
            }
            members.sort_unstable();
            members.dedup();
            pack.group(&id, &[Some(source.clone()), Some(format!("group {group}"))], &members);
            let link = Link {
                source: SourceId::new(source),
                target: TargetId::new(id),
                origin: LinkOrigin::Created,
            };
            let _ = links.insert(link);
        }
        pack.builder.finish()
    }
}

/// Packs rows of text into the slots of a layout.
struct Pack<S: Side> {
    builder: RecordsBuilder<S>,
    slots: Vec<Option<(Slot, ValueKind)>>,
    members: Option<Slot>,
}

impl<S: Side> Pack<S> {
    fn new(layout: &Arc<Layout>, names: &[&str]) -> Self {
        let slots =
            names.iter().map(|name| layout.slot(name).map(|slot| (slot, layout.attribute(slot).kind)));
        Self {
            slots: slots.collect(),
            members: layout.slot("members"),
            builder: RecordsBuilder::new(Arc::clone(layout)),
        }
    }

    #[expect(clippy::expect_used, reason = "generated rows fit their own layout")]
    fn begin(&mut self, id: &str, values: &[Option<String>]) {
        self.builder.begin(id).expect("ids are numbered");
        for (value, slot) in values.iter().zip(&self.slots) {
            if let (Some(value), Some((slot, kind))) = (value, slot) {
                let value = if *kind == ValueKind::Reference {
                    ValueRef::Reference(value)
                } else {
                    ValueRef::Text(value)
                };
                self.builder.set(*slot, value).expect("the value fits");
            }
        }
    }

    fn row(&mut self, id: &str, values: &[Option<String>]) {
        self.begin(id, values);
        self.builder.commit();
    }

    #[expect(clippy::expect_used, reason = "generated rows fit their own layout")]
    fn group(&mut self, id: &str, values: &[Option<String>], members: &[String]) {
        self.begin(id, values);
        if let Some(slot) = self.members {
            let members = members.iter().map(|it| ValueRef::Reference(it));
            self.builder.set_many(slot, members).expect("the members fit");
        }
        self.builder.commit();
    }
}

fn pick<T: Copy>(list: &[T], draw: u64) -> T {
    list[(draw % list.len() as u64) as usize]
}

fn accented(name: &str) -> String {
    let mark = |letter: char| ACCENTED.iter().find(|it| it.0 == letter).map_or(letter, |it| it.1);
    name.chars().map(mark).collect()
}

fn without_accent(letter: char) -> char {
    ACCENTED.iter().find(|it| it.1 == letter).map_or(letter, |it| it.0)
}

fn phone(draw: u64) -> String {
    let (country, area, first, second) =
        (20 + draw % 78, 200 + (draw >> 8) % 700, (draw >> 20) % 1000, (draw >> 32) % 10_000);
    format!("+{country} ({area}) {first:03}-{second:04}")
}

/// The mixing step of SplitMix64.
fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
