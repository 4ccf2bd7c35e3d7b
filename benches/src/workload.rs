//! The planner's workload W(N): N workers with 20 attributes, an account for nearly each, and a group of 50 for
//! each hundred.
//!
//! In the target 1 % of the accounts are missing, 1 % are orphans, 2 % are not managed, 5 % have one to three
//! wrong values; 1 % of the groups are missing and about 2 % of the memberships differ. 15 % of the names have
//! diacritics, managers are an 8-ary tree with some circles of two, a sixth of the workers is out of scope by
//! company and a tenth as contractors. Everything follows from a seed.
//!
//! An account holds the number of the manager, whoever that is, in `manager`; the manager has to be there before.
//! With us these are two attributes: `manager` is text, and `supervisor` is a reference which is set when an account is
//! created, so that the planner finds the order.

mod pack;
mod read;

use std::fmt::Write as _;
use std::sync::Arc;

use provisio_expression::FunctionTable;
use provisio_model::{
    AttributeSchema, Capabilities, Completeness, Import, Layout, LinkTable, ObjectSchema, Records,
    RecordsBuilder, Schema, Side, Snapshot, SourceSide, TargetSide, Timestamp, ValueRef,
};
use provisio_planner::{CompiledSpec, Generation, Memory, PlanInput, Released, compile, spec};

use crate::organisation::{ACCOUNT_ATTRIBUTES, AS_OF, CONSTANT, Organisation, WORKER_ATTRIBUTES};
use crate::words::{COMPANIES, COUNTRIES};
use pack::Pack;
pub use read::ReadError;

/// The object mapping of workers, under which their links are kept.
pub const WORKERS: &str = "worker -> account";
/// The object mapping of teams.
pub const TEAMS: &str = "team -> group";

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
        let organisation = Organisation::new(workers, seed);
        let spec = compiled();
        let mut links = LinkTable::new();
        let mut pack = Pack::workers(&spec);
        organisation.workers().for_each(|it| pack.worker(it.each_ref().map(Option::as_deref)));
        let packed_workers = pack.finish();
        let mut pack = Pack::teams(&spec);
        organisation
            .teams()
            .for_each(|it| pack.group(&it.id, &it.name, it.members.iter().map(String::as_str)));
        let teams = pack.finish();
        let mut pack = Pack::accounts(&spec);
        for account in organisation.accounts() {
            let values = account.values.each_ref().map(Option::as_deref);
            pack.account(&account.id, account.is_managed, values, &mut links);
        }
        let accounts = pack.finish();
        let mut pack = Pack::groups(&spec);
        for group in organisation.groups() {
            pack.linked_group(&group.id, &group.name, group.members.iter().map(String::as_str), &mut links);
        }
        Self::of(spec, [packed_workers, teams], [accounts, pack.finish()], links)
    }

    fn of(
        spec: CompiledSpec,
        source: [Records<SourceSide>; 2],
        target: [Records<TargetSide>; 2],
        links: LinkTable,
    ) -> Self {
        let (source, target) = (source.map(complete).into(), target.map(complete).into());
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
source = {{ constant = "{CONSTANT}" }}
supervisor = {{ attribute = "managerId", apply = "create" }}
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

/// The mapping, compiled.
///
/// # Panics
/// When the mapping does not fit the schemas, which would be a fault of this file.
#[expect(clippy::expect_used, reason = "a mapping that does not fit is a fault of this file")]
pub fn compiled() -> CompiledSpec {
    let text = |name: &&str| AttributeSchema::text(*name).case_exact();
    let worker = WORKER_ATTRIBUTES.iter().map(|name| match *name {
        "managerId" => AttributeSchema::reference("managerId", ["worker"]),
        _ => text(name),
    });
    let supervisor = AttributeSchema::reference("supervisor", ["account"]);
    let account = ACCOUNT_ATTRIBUTES.iter().map(text).chain([supervisor]);
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
