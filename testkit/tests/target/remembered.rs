//! What is remembered of a target is trusted, forgotten before it is written, and never taken for proof.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::executor::block_on;
use provisio::connector::Clock as _;
use provisio::incremental::REMEMBERED_FOR_MAX;
use provisio::model::{
    AttributeDelta, AttributeSchema, Object, ObjectSchema, Schema, Secret, TargetId, Value, ValueKind,
    Values, ValuesChange, WriteAction,
};
use provisio::plan::TargetKnowledge;
use provisio::planner::FindingKind;
use provisio::spec::{AttributeMapping, Clause, Deprovision, FilterGroup, ObjectMapping, Operator};
use provisio::store::{JobId, MemoryStore, Recall, Recalled, RedbStore, StateStore};
use provisio::{Cycle, CycleSettings, Job, MappingSpec, Released, WhyEverything};
use provisio_memory::MemoryDirectory;
use provisio_testkit::rig::VirtualClock;

use super::Watched;

const WORKERS: usize = 20;
const SECRET: &str = "correct horse";

/// Workers with accounts that are there and remembered.
struct Company {
    source: Arc<MemoryDirectory>,
    target: Arc<Watched>,
    store: Arc<dyn StateStore>,
    clock: Arc<VirtualClock>,
    cycles: CycleSettings,
    spec: MappingSpec,
}

impl Company {
    fn new(store: Arc<dyn StateStore>) -> Self {
        let clock = Arc::new(VirtualClock::default());
        let text = ["login", "department"].map(AttributeSchema::text);
        let token = AttributeSchema::new("token", ValueKind::Secret);
        let of_worker = text.into_iter().chain([token.clone()]);
        let source = MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", of_worker)]));
        for id in 0..WORKERS {
            source.insert(&worker(id)).expect("fits");
        }
        let user = [
            AttributeSchema::text("userName").required().unique(),
            AttributeSchema::text("department"),
            token,
        ];
        let target = Watched::new(Schema::new([ObjectSchema::new("user", user)]), &clock);
        let mut users = ObjectMapping::new("worker", "user")
            .with(AttributeMapping::direct("userName", "login").matching(1))
            .with(AttributeMapping::direct("department", "department"));
        users.deprovisioning.source_deleted = Some(Deprovision::Delete.into());
        let vault = Clause::new("department", Operator::Equals, Some("Vault".into()));
        users.protect.filter.groups = vec![FilterGroup::of([vault])];
        let mut spec = MappingSpec::default();
        spec.objects.push(users);
        let target = Arc::new(target);
        let cycles = CycleSettings::changes().with_target(TargetKnowledge::Remembered);
        Self { source: Arc::new(source), target, store, clock, cycles, spec }
    }

    /// One that has had its first cycle.
    fn settled(store: Arc<dyn StateStore>) -> Self {
        let company = Self::new(store);
        let first = company.run();
        assert_eq!(first.why_everything, Some(WhyEverything::Initial));
        assert_eq!(company.target.inner.count("user"), WORKERS);
        company.target.reads();
        company
    }

    fn run(&self) -> Cycle {
        let job = self.job();
        let cycle = block_on(job.run(&job.context(), Released::NOTHING)).expect("a cycle");
        // Limits look back for a day.
        block_on(self.clock.sleep_until(self.clock.now().plus(Duration::from_secs(60))));
        cycle
    }

    fn job(&self) -> Job {
        let (source, target) = (Arc::clone(&self.source), Arc::clone(&self.target));
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Job::new(id(), source, target, self.spec.clone(), store, clock).with_cycles(self.cycles.clone())
    }

    fn move_worker(&self, worker: usize, department: &str) {
        set(&self.source, "worker", &worker.to_string(), department);
    }

    fn leave(&self, worker: usize) {
        let delete = WriteAction::Delete { target: TargetId::new(worker.to_string()), version: None };
        self.source.write("worker", delete);
    }

    /// The account of a worker.
    fn account(&self, worker: usize) -> Option<Object> {
        let login = Value::from(login(worker).as_str());
        let is_it = |it: &Object| it.attributes.get("userName").and_then(Values::single) == Some(&login);
        self.target.inner.objects("user").into_iter().find(is_it)
    }

    fn department(&self, worker: usize) -> Option<String> {
        let account = self.account(worker)?;
        account.attributes.get("department")?.single()?.as_text().map(ToOwned::to_owned)
    }

    /// How many accounts are remembered.
    fn remembered(&self) -> usize {
        block_on(self.store.known_targets(&id())).expect("readable").len()
    }
}

fn id() -> JobId {
    JobId::new("company")
}

fn login(worker: usize) -> String {
    format!("login{worker}")
}

fn worker(id: usize) -> Object {
    let worker = Object::new("worker", id.to_string()).with("login", login(id).as_str());
    worker.with("department", "Sales").with("token", Value::Secret(Secret::new(SECRET)))
}

fn set(directory: &MemoryDirectory, object_type: &str, id: &str, department: &str) {
    let deltas = vec![AttributeDelta::new("department", ValuesChange::Set(Values::one(department)))];
    directory.write(object_type, WriteAction::Update { target: TargetId::new(id), version: None, deltas });
}

/// Runs a test with each store of the engine.
fn with_each_store(test: impl Fn(Arc<dyn StateStore>)) {
    test(Arc::new(MemoryStore::new()));
    let folder = tempfile::tempdir().expect("a folder");
    test(Arc::new(RedbStore::open(folder.path().join("state")).expect("made")));
}

fn settled() -> Company {
    Company::settled(Arc::new(MemoryStore::new()))
}

#[test]
fn what_is_remembered_is_not_read() {
    with_each_store(|store| {
        let company = Company::settled(store);
        assert_eq!(company.remembered(), WORKERS);
        for department in ["Research", "Legal"] {
            company.move_worker(3, department);
            let cycle = company.run();
            assert_eq!(cycle.why_everything, None);
            assert_eq!(cycle.planned.plan.target_known_by, TargetKnowledge::Remembered);
            assert_eq!(company.department(3).as_deref(), Some(department));
            assert_eq!(company.target.reads(), (0, 0, 0), "the target said what it holds after the write");
        }
        assert_eq!(company.remembered(), WORKERS);
    });
}

#[test]
fn what_the_target_does_not_tell_is_looked_up_when_it_is_needed() {
    with_each_store(|store| {
        let company = Company::settled(store);
        company.target.tells.store(false, Ordering::Relaxed);
        company.move_worker(3, "Research");
        company.run();
        assert_eq!((company.target.reads(), company.remembered()), ((0, 0, 0), WORKERS - 1));
        company.target.tells.store(true, Ordering::Relaxed);
        company.move_worker(3, "Legal");
        company.run();
        assert_eq!((company.target.reads(), company.remembered()), ((0, 1, 0), WORKERS));
        assert_eq!(company.department(3).as_deref(), Some("Legal"));
    });
}

#[test]
fn who_joins_is_sought_in_the_target() {
    with_each_store(|store| {
        let company = Company::settled(store);
        company.source.insert(&worker(WORKERS)).expect("fits");
        company.run();
        assert_eq!(
            company.target.reads(),
            (0, 0, 1),
            "nothing that is remembered proves that nobody is there"
        );
        assert_eq!((company.target.inner.count("user"), company.remembered()), (WORKERS + 1, WORKERS + 1));
    });
}

#[test]
fn who_leaves_is_looked_at_first() {
    with_each_store(|store| {
        let company = Company::settled(store);
        company.leave(3);
        company.run();
        assert_eq!(company.target.reads(), (0, 1, 0));
        assert_eq!((company.target.inner.count("user"), company.remembered()), (WORKERS - 1, WORKERS - 1));
    });
}

#[test]
fn who_was_protected_meanwhile_stays() {
    let company = settled();
    let account = company.account(3).expect("there");
    set(&company.target.inner, "user", &account.id, "Vault");
    company.leave(3);
    let cycle = company.run();
    assert!(cycle.planned.plan.operations.is_empty(), "{}", cycle.planned.plan.text());
    assert!(company.account(3).is_some());
}

#[test]
fn what_strangers_did_is_seen_by_the_next_full_cycle() {
    let company = settled();
    let account = company.account(3).expect("there");
    set(&company.target.inner, "user", &account.id, "Elsewhere");
    company.move_worker(4, "Research");
    company.run();
    assert_eq!(company.department(3).as_deref(), Some("Elsewhere"), "nothing of it is known");
    block_on(company.clock.sleep_until(company.clock.now().plus(company.cycles.full_after())));
    assert_eq!(company.run().why_everything, Some(WhyEverything::Due));
    assert_eq!(company.department(3).as_deref(), Some("Sales"));
}

#[test]
fn an_account_that_is_gone_is_created_again() {
    let company = settled();
    let account = company.account(3).expect("there");
    let delete = WriteAction::Delete { target: TargetId::new(&account.id), version: None };
    company.target.inner.write("user", delete);
    company.move_worker(3, "Research");
    let cycle = company.run();
    assert_eq!((cycle.summary.failed.len(), company.remembered()), (1, WORKERS - 1), "the target refuses");
    let cycle = company.run();
    assert_eq!(cycle.why_everything, None);
    assert_eq!(company.department(3).as_deref(), Some("Research"));
}

#[test]
fn a_target_that_refuses_for_now_is_remembered_on() {
    let company = settled();
    company.move_worker(3, "Research");
    company.target.refuse(usize::MAX, Some(Duration::from_secs(3_600)));
    let cycle = company.run();
    assert_eq!((cycle.summary.failed.len(), company.remembered()), (1, WORKERS));
    company.target.refuse(0, None);
    block_on(company.clock.sleep_until(company.clock.now().plus(Duration::from_secs(3_600))));
    company.run();
    assert_eq!((company.target.reads(), company.department(3).as_deref()), ((0, 0, 0), Some("Research")));
}

#[test]
fn a_target_that_cannot_be_asked_is_read_in_full_before_anything_is_taken_away() {
    let company = settled();
    company.target.can_be_asked.store(false, Ordering::Relaxed);
    company.move_worker(3, "Research");
    assert_eq!(company.run().why_everything, None);
    assert_eq!((company.target.reads(), company.department(3).as_deref()), ((0, 0, 0), Some("Research")));

    company.leave(4);
    assert_eq!(company.run().why_everything, Some(WhyEverything::OnlyRemembered { objects: 1 }));
    assert_eq!((company.target.reads(), company.account(4)), ((1, 0, 0), None));
}

#[test]
fn whom_nothing_is_remembered_of_waits_where_the_target_cannot_be_asked() {
    let company = settled();
    company.target.can_be_asked.store(false, Ordering::Relaxed);
    company.source.insert(&worker(WORKERS)).expect("fits");
    for _ in 0..2 {
        let cycle = company.run();
        assert_eq!(cycle.why_everything, None);
        let kinds: Vec<&FindingKind> = cycle.planned.findings.iter().map(|it| &it.kind).collect();
        assert_eq!(kinds, [&FindingKind::TargetNotRemembered { waiting: 1 }]);
        assert_eq!(
            kinds[0].to_string(),
            "the target cannot be asked, and is read again in the next full cycle; 1 object that is not remembered is \
             left alone"
        );
    }
    assert_eq!(company.target.inner.count("user"), WORKERS);
    block_on(company.clock.sleep_until(company.clock.now().plus(company.cycles.full_after())));
    company.run();
    assert_eq!(company.target.inner.count("user"), WORKERS + 1);
}

#[test]
fn everything_is_read_now_and_then_whatever_the_setting() {
    let mut company = settled();
    company.cycles.full_every = Duration::MAX;
    assert_eq!(company.cycles.full_after(), REMEMBERED_FOR_MAX);
    assert_eq!(company.run().why_everything, None);
    block_on(company.clock.sleep_until(company.clock.now().plus(REMEMBERED_FOR_MAX)));
    assert_eq!(company.run().why_everything, Some(WhyEverything::Due));
}

#[test]
fn a_job_says_since_when_the_target_is_remembered() {
    let company = Company::new(Arc::new(MemoryStore::new()));
    let continues = || block_on(company.job().standing()).expect("readable").continues;
    assert_eq!(continues(), None);
    let began = company.clock.now();
    company.run();
    company.move_worker(3, "Research");
    company.run();
    let continues = continues().expect("goes on");
    assert_eq!((continues.full_at, continues.remembers_target), (began, true));
}

#[test]
fn another_setting_forgets() {
    with_each_store(|store| {
        let mut company = Company::settled(store);
        company.cycles.target = TargetKnowledge::LookUp;
        company.move_worker(3, "Research");
        assert_eq!(company.run().why_everything, None);
        assert_eq!((company.target.reads(), company.remembered()), ((0, 1, 0), 0));
        company.cycles.target = TargetKnowledge::Remembered;
        assert_eq!(company.run().why_everything, Some(WhyEverything::NothingRemembered));
        assert_eq!(company.remembered(), WORKERS);
    });
}

#[test]
fn a_cycle_that_does_not_remember_lets_go_of_what_is_remembered() {
    let mut company = settled();
    company.cycles.from = provisio::StartFrom::Everything;
    company.move_worker(3, "Research");
    company.run();
    company.cycles.from = provisio::StartFrom::Changes;
    assert_eq!(company.run().why_everything, Some(WhyEverything::Initial));
}

#[test]
fn a_target_that_is_listed_need_not_be_asked() {
    let mut company = settled();
    company.cycles.target = TargetKnowledge::Listing;
    company.target.can_be_asked.store(false, Ordering::Relaxed);
    company.move_worker(3, "Research");
    let cycle = company.run();
    assert_eq!((cycle.why_everything, cycle.planned.plan.target_known_by), (None, TargetKnowledge::LookUp));
    assert_eq!((company.target.reads(), company.department(3).as_deref()), ((1, 0, 0), Some("Research")));
}

#[test]
fn strangers_and_secrets_are_not_remembered() {
    let mut company = Company::new(Arc::new(MemoryStore::new()));
    company.spec.objects[0].attributes.push(AttributeMapping::direct("token", "token"));
    let stranger = Object::new("user", "x").with("userName", "stranger").with("department", "Elsewhere");
    company.target.inner.insert(&stranger).expect("fits");
    company.run();
    company.run();
    let known = block_on(company.store.known_targets(&id())).expect("readable");
    assert_eq!(known.len(), WORKERS);
    let asked: Vec<Recall> = known.iter().map(|(key, _)| Recall::Target(key.clone())).collect();
    let recalled = block_on(company.store.recall(&id(), &asked)).expect("readable");
    for answer in &recalled {
        let Recalled::Targets(targets) = answer else { panic!("{answer:?}") };
        let body = String::from_utf8_lossy(&targets[0].1.body).into_owned();
        assert!(!body.contains(SECRET) && !body.contains("stranger"), "{body}");
    }
}
