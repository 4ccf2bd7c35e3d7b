//! The planner's workload W(N): N workers with 20 attributes, an account for nearly each, and a group of 50 for
//! each hundred.
//!
//! In the target 1 % of the accounts are missing, 1 % are orphans, 2 % are not managed, 5 % have one to three
//! wrong values; 1 % of the groups are missing and about 2 % of the memberships differ. 15 % of the names have
//! diacritics, managers are an 8-ary tree with some circles of two, a sixth of the workers is out of scope by
//! company and a tenth as contractors. Everything follows from a seed.

use std::fmt::Write as _;
use std::sync::Arc;

use provisio_expression::FunctionTable;
use provisio_model::{
    AttributeSchema, Capabilities, Completeness, Import, Layout, Link, LinkOrigin, LinkTable, ObjectSchema,
    Records, RecordsBuilder, Schema, Side, Slot, Snapshot, SourceId, SourceSide, TargetId, TargetSide,
    Timestamp, ValueKind, ValueRef,
};
use provisio_planner::{CompiledSpec, Generation, Memory, PlanInput, Released, compile, spec};

use crate::words::{
    ACCENTED, COMPANIES, COUNTRIES, DEPARTMENTS, FIRST_END, FIRST_START, LAST_END, LAST_MIDDLE, LAST_START,
    TITLES,
};

/// The day that the workload is planned for.
const AS_OF: &str = "2026-01-01";
const MEMBERS: u64 = 50;
const SOURCE_ATTRIBUTES: [&str; 20] = [
    "workerId",
    "firstName",
    "lastName",
    "preferredName",
    "email",
    "department",
    "title",
    "city",
    "countryCode",
    "hireDate",
    "terminationDate",
    "managerId",
    "costCentre",
    "phone",
    "mobile",
    "locationId",
    "employeeType",
    "active",
    "company",
    "grade",
];
const TARGET_ATTRIBUTES: [&str; 20] = [
    "externalId",
    "givenName",
    "familyName",
    "email",
    "department",
    "title",
    "city",
    "country",
    "manager",
    "costCenter",
    "mobile",
    "grade",
    "userName",
    "displayName",
    "active",
    "region",
    "building",
    "hired",
    "phone",
    "source",
];

/// Both sides of W(N), the links, and the compiled mapping.
pub struct Workload {
    /// The mapping of 20 attributes, seven of them expressions, and of the groups.
    pub spec: CompiledSpec,
    /// Workers and teams.
    pub source: Vec<Import<SourceSide>>,
    /// Accounts and groups.
    pub target: Vec<Import<TargetSide>>,
    /// Who belongs to whom.
    pub links: LinkTable,
}

impl Workload {
    /// Generates W(N).
    ///
    /// # Panics
    /// When the mapping does not fit the schemas, which would be a fault of this file.
    pub fn generate(workers: u64, seed: u64) -> Self {
        let spec = compiled();
        let make = Maker { workers, seed };
        let mut links = LinkTable::new();
        let source = vec![complete(make.workers(&spec)), complete(make.teams(&spec))];
        let target =
            vec![complete(make.accounts(&spec, &mut links)), complete(make.groups(&spec, &mut links))];
        Self { spec, source, target, links }
    }

    /// Takes everything out of the target and forgets all links: what an initial cycle finds.
    #[must_use]
    pub fn without_target(mut self) -> Self {
        let empty = |layout: &Arc<Layout>| complete(RecordsBuilder::new(Arc::clone(layout)).finish());
        self.target = self.spec.target_layouts().iter().map(empty).collect();
        self.links = LinkTable::new();
        self
    }

    /// Returns what a plan is made from.
    pub fn input(&self) -> PlanInput<'_> {
        PlanInput {
            spec: &self.spec,
            source: &self.source,
            target: &self.target,
            links: &self.links,
            memory: Memory::nothing(),
            capabilities: Capabilities::READ_WRITE,
            now: AS_OF.parse().unwrap_or(Timestamp::from_second(0)),
            parent: Generation(0),
            released: Released::NOTHING,
            evidence: None,
        }
    }

    /// Returns how many objects there are on both sides.
    pub fn objects(&self) -> usize {
        let source: usize = self.source.iter().map(|it| it.records().len()).sum();
        source + self.target.iter().map(|it| it.records().len()).sum::<usize>()
    }

    /// Returns the bytes that both snapshots occupy.
    pub fn memory_bytes(&self) -> usize {
        let source: usize = self.source.iter().map(|it| it.records().memory_bytes()).sum();
        source + self.target.iter().map(|it| it.records().memory_bytes()).sum::<usize>()
    }

    /// Returns the bytes of the values themselves.
    pub fn value_bytes(&self) -> usize {
        let source: usize = self.source.iter().map(|it| value_bytes(it.records())).sum();
        source + self.target.iter().map(|it| value_bytes(it.records())).sum::<usize>()
    }
}

fn value_bytes<S: Side>(records: &Records<S>) -> usize {
    let of_value = |value: ValueRef<'_>| match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => text.len(),
        ValueRef::Bool(_) => 1,
        _ => 8,
    };
    let of_record = |record: provisio_model::Record<'_, S>| {
        let values = record.layout().attributes().flat_map(|(slot, _)| record.values(slot).iter());
        record.id_str().len() + values.map(of_value).sum::<usize>()
    };
    records.iter().map(of_record).sum()
}

fn complete<S: Side>(records: Records<S>) -> Import<S> {
    Import::Complete(Snapshot::complete(records, Completeness::declared("generated"), []))
}

/// The mapping, as somebody would write it.
pub fn mapping() -> String {
    let mut regions = String::new();
    for (country, region) in COUNTRIES {
        // Writing to a String cannot fail.
        let _ = write!(regions, ", \"{country}\", \"{region}\"");
    }
    let [.., litware, proseware] = COMPANIES;
    format!(
        r#"
format = 1
name = "workload"
[limits]
deletes = false
disables = false
member_removals = false
[[object]]
source = "worker"
target = "account"
[[object.scope]]
all = [
    {{ attribute = "employeeType", operator = "NOT EQUALS", value = "Contractor" }},
    {{ attribute = "company", operator = "NOT EQUALS", value = "{litware}" }},
    {{ attribute = "company", operator = "NOT EQUALS", value = "{proseware}" }},
]
[object.deprovisioning]
out_of_scope = "disable"
source_deleted = "disable"
status = {{ attribute = "active", enabled = "true", disabled = "false", create_disabled = true }}
[object.attributes]
externalId = {{ attribute = "workerId", matching = 1 }}
givenName = {{ attribute = "firstName" }}
familyName = {{ attribute = "lastName" }}
email = {{ attribute = "email", null = "clear" }}
department = {{ attribute = "department" }}
title = {{ attribute = "title" }}
city = {{ attribute = "city" }}
country = {{ attribute = "countryCode" }}
manager = {{ attribute = "managerId", null = "clear" }}
costCenter = {{ attribute = "costCentre" }}
mobile = {{ attribute = "mobile", null = "clear" }}
grade = {{ attribute = "grade" }}
userName = {{ expression = 'Append(ToLower(Join(".", NormalizeDiacritics([firstName]), NormalizeDiacritics([lastName]))), Mid([workerId], 2, 20))' }}
displayName = {{ expression = 'Join(" ", Coalesce([preferredName], [firstName]), [lastName])' }}
active = {{ expression = 'IIF(IsNullOrEmpty([terminationDate]), "true", IIF([terminationDate] > "{AS_OF}", "true", "false"))' }}
region = {{ expression = 'Switch([countryCode], "OTHER"{regions})' }}
building = {{ expression = 'Mid([locationId], 3, 4)' }}
hired = {{ expression = 'FormatDateTime([hireDate], , "yyyy-MM-dd", "dd/MM/yyyy")' }}
phone = {{ expression = 'Replace([phone], , "[^0-9]", , "", , )' }}
source = {{ constant = "hr-core" }}
[[object]]
source = "team"
target = "group"
[object.attributes]
externalId = {{ attribute = "groupId", matching = 1 }}
displayName = {{ attribute = "name" }}
members = {{ attribute = "members" }}
"#
    )
}

#[expect(clippy::expect_used, reason = "a mapping that does not fit is a fault of this file")]
fn compiled() -> CompiledSpec {
    let text = |name: &&str| AttributeSchema::text(*name).case_exact();
    let worker = SOURCE_ATTRIBUTES.iter().map(|name| match *name {
        "managerId" => AttributeSchema::reference("managerId", ["worker"]),
        _ => text(name),
    });
    let account = TARGET_ATTRIBUTES.iter().map(|name| match *name {
        "manager" => AttributeSchema::reference("manager", ["account"]),
        "userName" => AttributeSchema::text("userName").required(),
        _ => text(name),
    });
    let team =
        [text(&"groupId"), text(&"name"), AttributeSchema::reference("members", ["worker"]).multi_valued()];
    let group = [
        text(&"externalId"),
        text(&"displayName"),
        AttributeSchema::reference("members", ["account"]).multi_valued(),
    ];
    let source = Schema::new([ObjectSchema::new("worker", worker), ObjectSchema::new("team", team)]);
    let target = Schema::new([ObjectSchema::new("account", account), ObjectSchema::new("group", group)]);
    let spec = spec::load(&mapping()).expect("the mapping is valid");
    compile(&spec, &source, &target, &FunctionTable::standard()).expect("the mapping fits the schemas").0
}

struct Maker {
    workers: u64,
    seed: u64,
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

    fn workers(&self, spec: &CompiledSpec) -> Records<SourceSide> {
        let mut pack = Pack::new(&spec.source_layouts()[0], &SOURCE_ATTRIBUTES);
        for at in 0..self.workers {
            let worker = self.worker(at);
            pack.row(&Self::worker_id(at), &worker);
        }
        pack.builder.finish()
    }

    fn accounts(&self, spec: &CompiledSpec, links: &mut LinkTable) -> Records<TargetSide> {
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

    fn teams(&self, spec: &CompiledSpec) -> Records<SourceSide> {
        let mut pack = Pack::new(&spec.source_layouts()[1], &["groupId", "name"]);
        for group in 0..self.workers / 100 {
            let id = format!("G{:07}", group + 1);
            let members: Vec<String> = self.members(group).into_iter().map(Self::worker_id).collect();
            pack.group(&id, &[Some(id.clone()), Some(format!("group {group}"))], &members);
        }
        pack.builder.finish()
    }

    fn groups(&self, spec: &CompiledSpec, links: &mut LinkTable) -> Records<TargetSide> {
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
