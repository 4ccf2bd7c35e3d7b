//! Does a job keep its word for years, whatever goes wrong?
//!
//! [`simulate`] runs a job on a random world for a while: people come, go and change, and between the engine, its systems
//! and its store everything fails now and then: writes are refused, lost before or after they were done, reads break off or
//! show what was a while ago, the process dies anywhere. After each cycle nothing may have been taken away that a cycle with
//! full knowledge would not take away (R1, R2). Then the weather clears, and the job has to come to rest: with nothing left
//! to do, and everything that it ever created linked once (R5, R9).
//!
//! Where the job trusts what it remembers of the target, strangers write the target as well. Then only a cycle that reads
//! everything sees what there is to do, and until then nothing wrong may be taken away.
//!
//! The target may have a habit as well: it keeps texts in another form, takes so many members and no more, says that it did
//! what it did not do, keeps the names of whom it deleted, or gives their ids to others. Then the job comes to rest all
//! the same, and what the target holds is what was sent, as far as that target holds anything.
//!
//! Everything follows from the seed, time is virtual.

mod habits;
mod strangers;
mod systems;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::executor::block_on;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use provisio::connector::{Clock as _, Context};
use provisio::incremental::SelectionLimits;
use provisio::model::{ObjectType, Rate, Text, Values};
use provisio::plan::{Action, Change, LimitKind, OpId, Operation, TargetKnowledge, TargetRef};
use provisio::planner::FindingKind;
use provisio::store::MemoryChange;
use provisio::{Cycle, CycleSettings, Event, Finding, Job, Observer, Plan, Released, RunError, StartFrom};

use crate::chance::Chance;
use crate::laws::{Broken, Verdict};
use crate::rig::Rig;
use crate::strategies::{Edit, complete_universe, edits};
use crate::world::World;
use habits::{Habit, Odd};
use systems::{RoughSource, RoughStore, RoughTarget, Weather};

/// How many cycles a simulation has in rough weather.
const ROUGH_CYCLES: u64 = 10;

/// After how many cycles in fair weather a job that has not come to rest never will.
const FAIR_CYCLES: u64 = 30;

/// Strangers do nothing in this time before a cycle: reads of the target may show what was until then.
const QUIET: Duration = Duration::from_secs(60);

/// A plan is made within this time after a cycle is asked for.
const MOMENT: Duration = Duration::from_secs(10 * 60);

/// Runs a job on the world of a seed.
///
/// # Errors
/// When the job does not keep its word; says how, with everything that happened before.
pub fn simulate(seed: u64) -> Verdict {
    let mut simulation = Simulation::new(seed)?;
    simulation.run().map_err(|it| Broken(format!("{it}\n{}", simulation.story)))
}

struct Simulation {
    rig: Rig,
    target: Arc<RoughTarget>,
    source: Arc<RoughSource>,
    store: Arc<RoughStore>,
    weather: Arc<Weather>,
    runner: TestRunner,
    cycles: CycleSettings,
    /// What strangers do to the target, if they do anything.
    strangers: Option<Chance>,
    /// Every target object that was there at first, or was linked at some time.
    known: BTreeSet<(Text, Text)>,
    /// What happened, for people.
    story: String,
}

impl Simulation {
    fn new(seed: u64) -> Result<Self, Broken> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, random);
        let world: World = draw(&mut runner, &complete_universe())?;
        let chance = Chance::new(seed);
        let rig = Rig::new(&world)?;
        let mut cycles = if chance.percent(50) { from_changes(&chance) } else { CycleSettings::everything() };
        let remembers = cycles.from == StartFrom::Changes && seed % 3 == 1;
        // Draws of its own: what else happens under a seed does not depend on them.
        let strangers = remembers.then(|| Chance::new(!seed));
        if remembers {
            cycles.target = TargetKnowledge::Remembered;
        }
        let weather = Arc::new(Weather {
            chance,
            clock: rig.clock(),
            is_rough: AtomicBool::new(true),
            is_dead: AtomicBool::new(false),
        });
        let mut types: Vec<ObjectType> = world.spec.objects.iter().map(|it| it.target.clone()).collect();
        types.sort();
        types.dedup();
        // Draws of its own here, too.
        let habit = Habit::draw(&Chance::new(seed ^ 0x5eed), &world.spec);
        let story = format!("-- a target that {}\n", habit.story());
        let odd = Odd::new(Arc::clone(&rig.target), world.target.schema.clone(), habit);
        let mut target = RoughTarget::new(odd, Arc::clone(&weather), types);
        target.can_be_asked = strangers.as_ref().is_none_or(|it| it.percent(60));
        target.rate = (seed % 4 == 1).then(|| Rate::per_minute(20).with_burst(3));
        let source = RoughSource { inner: Arc::clone(&rig.source), weather: Arc::clone(&weather) };
        let store = RoughStore { inner: Arc::clone(&rig.store), weather: Arc::clone(&weather) };
        let known = world.target.objects.iter().map(|it| (Text::new(it.object_type.as_str()), it.id.clone()));
        Ok(Self {
            known: known.collect(),
            rig,
            target: Arc::new(target),
            source: Arc::new(source),
            store: Arc::new(store),
            weather,
            runner,
            cycles,
            strangers,
            story,
        })
    }

    fn run(&mut self) -> Verdict {
        for _ in 0..ROUGH_CYCLES {
            if self.weather.chance.percent(60) {
                let script: Vec<Edit> = draw(&mut self.runner, &edits())?;
                self.rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
                self.story.push_str(&format!("-- the source: {script:?}\n"));
            }
            if self.weather.chance.percent(30) {
                self.rig.pass(self.weather.chance.below(12));
            }
            self.meddle()?;
            self.cycle()?;
        }
        self.weather.is_rough.store(false, Ordering::Relaxed);
        self.story.push_str("-- the weather clears\n");
        // A target that cannot be asked is seen in full cycles only, and there are some weeks between them.
        let is_seen = self.target.can_be_asked && !self.target.odd.habit.deceives();
        let cycles = if is_seen { FAIR_CYCLES } else { FAIR_CYCLES * 5 };
        for _ in 0..cycles {
            // Whatever waits for its time gets it.
            self.rig.pass(2);
            if self.cycle()? {
                return self.at_rest();
            }
        }
        Err(Broken(format!("there is still something to do after {cycles} cycles without trouble")))
    }

    /// Strangers write the target, now and then.
    fn meddle(&mut self) -> Verdict {
        let Some(chance) = self.strangers.as_ref().filter(|it| it.percent(40)) else { return Ok(()) };
        let (world, _) = self.rig.world().map_err(|it| Broken(it.to_string()))?;
        for _ in 0..=chance.below(3) {
            let mut objects = self.rig.objects();
            // Nobody could tell who an object is that was created without an answer, and is another by now.
            objects.retain(|it| self.known.contains(&(Text::new(it.object_type.as_str()), it.id.clone())));
            let done = strangers::meddle(&self.rig.target, &world.target.schema, &objects, chance);
            self.story.extend(done.map(|it| it + "\n"));
        }
        self.target.remember();
        let clock = self.rig.clock();
        block_on(clock.sleep_until(clock.now().plus(QUIET)));
        Ok(())
    }

    /// Runs a cycle; tells whether it had nothing to do, and nothing is open.
    fn cycle(&mut self) -> Result<bool, Broken> {
        self.weather.is_dead.store(false, Ordering::Relaxed);
        self.target.begin();
        let allowed = self.allowed()?;
        let plans = Arc::new(Plans::default());
        let job = Job::new(
            Rig::job_id(),
            Arc::clone(&self.source) as Arc<_>,
            Arc::clone(&self.target) as Arc<_>,
            self.rig.spec.clone(),
            Arc::clone(&self.store) as Arc<_>,
            self.rig.clock() as Arc<_>,
        );
        let job =
            job.with_cycles(self.cycles.clone()).with_observer(Arc::clone(&plans) as Arc<_>).trying_at_once();
        let context = Context::new(self.rig.clock() as Arc<_>);
        let result = block_on(job.run(&context, self.rig.released));
        let plans = plans.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let end = match &result {
            Ok(cycle) if cycle.summary.is_complete() => "done".to_owned(),
            Ok(cycle) => format!("{} not done", cycle.summary.failed.len()),
            Err(error) => format!("{error}"),
        };
        for Ready { plan, findings } in &plans {
            self.story.push_str(&format!("at {} {}{findings}", plan.at, plan.text()));
        }
        self.story.push_str(&format!("   {end}\n"));
        if let Err(RunError::Unsound(violations)) = &result {
            return Err(Broken(format!("an unsound plan: {violations:?}")));
        }
        for taken in plans.iter().flat_map(|it| taken_away(&it.plan, &allowed)) {
            if !allowed.contains(&taken) {
                return Err(Broken(format!("taken away without need: {taken:?}")));
            }
        }
        self.known.extend(self.rig.linked());
        let (world, _) = self.rig.world().map_err(|it| Broken(it.to_string()))?;
        let is_open = world.memory.unanswered().next().is_some();
        self.target.kept_its_rate().map_err(Broken)?;
        // What strangers did is seen by a cycle that reads everything.
        let rests = |it: Cycle| {
            let sees_enough = self.strangers.is_none() && !self.target.odd.habit.deceives();
            let saw_everything =
                sees_enough || it.why_everything.is_some() || self.cycles.from == StartFrom::Everything;
            let plan = &it.planned.plan;
            let left: Vec<&Operation> =
                plan.operations.iter().filter(|it| !self.is_in_vain(it, &world)).collect();
            // What is held back for somebody who is seen in full cycles only is noted anew in each.
            let is_noted = plan.is_empty() || !self.target.can_be_asked || left.len() < plan.operations.len();
            let failed = it.summary.failed.iter();
            let is_done = failed.clone().all(|it| {
                plan.operations.iter().any(|known| known.id == it.operation && self.is_in_vain(known, &world))
            });
            saw_everything && is_noted && left.is_empty() && is_done && it.summary.left_out.is_empty()
        };
        Ok(result.is_ok_and(rests) && !is_open)
    }

    /// What the target was said to hold it holds, whoever lied meanwhile: without the notes of what was sent, there is
    /// nothing to do but for values that it keeps in another form, and those that are reported.
    fn is_true(&self, mut world: World, findings: &[Finding]) -> Verdict {
        let mut change = MemoryChange::default();
        for (mapping, source, _) in world.memory.notes().filter(|(.., it)| !it.sent.is_empty()) {
            change.edit_note(&world.memory, mapping, source, |it| it.sent.clear());
        }
        world.memory.apply(&change);
        let plan = world.plan()?.planned.plan;
        let is_reported = |operation: &Operation, change: &Change| {
            findings.iter().any(|it| {
                it.mapping == operation.mapping
                    && it.source.as_ref() == Some(&operation.source)
                    && it.attribute.as_ref() == Some(&change.attribute)
                    && matches!(it.kind, FindingKind::NotKept { .. })
            })
        };
        let mut others = plan.operations.iter().flat_map(|operation| {
            let others = operation.action.changes().iter().filter(|it| !is_reported(operation, it));
            others.filter(|it| !self.target.odd.habit.keeps_form(it))
        });
        match others.next() {
            None => Ok(()),
            Some(it) => Err(Broken(format!(
                "it rests, and `{}` is not what was sent:\n{}",
                it.attribute,
                plan.text()
            ))),
        }
    }

    /// Tells whether a target that takes so many members and no more refuses an operation for ever, or drops what it
    /// brings. Who is to leave has to leave all the same.
    fn is_in_vain(&self, operation: &Operation, world: &World) -> bool {
        let (Action::ChangeMembers { attribute, add, remove }, TargetRef::Existing(id)) =
            (&operation.action, &operation.target)
        else {
            return false;
        };
        let object = world.target.objects.iter().find(|it| it.id == *id.text());
        let held = object.and_then(|it| it.attributes.get(attribute.as_str())).map_or(0, Values::len);
        remove.is_empty() && self.target.odd.habit.caps(held + add.len())
    }

    /// What a cycle that knew everything would take away now, or in a moment, if no limit held it back.
    fn allowed(&self) -> Result<BTreeSet<Taken>, Broken> {
        let (mut world, _) = self.rig.world().map_err(|it| Broken(it.to_string()))?;
        world.released = LimitKind::ALL.into_iter().fold(Released::NOTHING, Released::and);
        let mut allowed = BTreeSet::new();
        for _ in 0..2 {
            let planned = world.plan()?.planned;
            let operations = &planned.plan.operations;
            allowed.extend(operations.iter().flat_map(|it| of_operation(&planned.plan, it)));
            world.now = world.now.plus(MOMENT);
        }
        for (mapping, source, _) in world.memory.unanswered() {
            allowed.insert(Taken::Anything { mapping: mapping.clone(), source: source.text().clone() });
        }
        Ok(allowed)
    }

    /// Nothing is left to do for a full plan either, and nothing was forgotten or made twice.
    fn at_rest(&self) -> Verdict {
        let (world, _) = self.rig.world().map_err(|it| Broken(it.to_string()))?;
        let planning = world.plan()?;
        let mut operations = planning.planned.plan.operations.iter();
        if !operations.all(|it| self.is_in_vain(it, &world)) {
            let text = planning.planned.plan.text().to_string();
            return Err(Broken(format!("it rests, and a full plan has something to do:\n{text}")));
        }
        self.is_true(world, &planning.planned.findings)?;
        let all = self.rig.objects();
        let forgotten: Vec<(Text, Text)> = all
            .iter()
            .map(|it| (Text::new(it.object_type.as_str()), it.id.clone()))
            .filter(|(of, id)| {
                !self.known.contains(&(of.clone(), id.clone())) && !self.target.odd.is_undead(of, id)
            })
            .collect();
        if forgotten.is_empty() {
            Ok(())
        } else {
            Err(Broken(format!("created and never linked: {forgotten:?}\n{:#?}", self.rig.directory())))
        }
    }
}

/// Something that a plan takes away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    /// The object of a source object, or its life.
    Object { mapping: Text, source: Text, how: &'static str },
    /// A member of the object of a source object.
    Member { mapping: Text, source: Text, attribute: Text, member: Text },
    /// Of a source object everything may be taken away: its create was not answered, so it may turn out to have an object,
    /// and lose it in the same cycle.
    Anything { mapping: Text, source: Text },
}

/// What is taken from an object that is taken over in the same plan does not count, nor its memberships, nor what has to
/// wait for that: whether it would be taken over, with full knowledge, depends on who else matches it, and who could not be
/// read does not compete. The same goes for whoever may lose anything.
fn taken_away(plan: &Plan, allowed: &BTreeSet<Taken>) -> Vec<Taken> {
    let adoptions = || plan.operations.iter().filter(|it| matches!(it.action, Action::Adopt { .. }));
    let adopted: BTreeSet<(u16, &str)> = adoptions().map(|it| (it.mapping.0, it.source.as_str())).collect();
    let targets: BTreeSet<&str> = adoptions()
        .filter_map(|it| match &it.target {
            TargetRef::Existing(id) => Some(id.as_str()),
            TargetRef::Created(_) => None,
        })
        .collect();
    let mut owed: BTreeSet<OpId> = BTreeSet::new();
    for operation in &plan.operations {
        let mapping = plan.mapping(operation.mapping).map(|it| it.name.clone()).unwrap_or_default();
        if allowed.contains(&Taken::Anything { mapping, source: operation.source.text().clone() })
            || adopted.contains(&(operation.mapping.0, operation.source.as_str()))
            || operation.after.iter().any(|it| owed.contains(&it.operation))
        {
            owed.insert(operation.id);
        }
    }
    let others = plan.operations.iter().filter(|it| !owed.contains(&it.id));
    let is_of_others = |it: &Taken| match it {
        Taken::Member { member, .. } => !targets.contains(member.as_str()),
        _ => true,
    };
    others.flat_map(|it| of_operation(plan, it)).filter(is_of_others).collect()
}

fn of_operation(plan: &Plan, operation: &Operation) -> Vec<Taken> {
    let mapping = plan.mapping(operation.mapping).map(|it| it.name.clone()).unwrap_or_default();
    let source = operation.source.text().clone();
    match &operation.action {
        Action::Delete | Action::SoftDelete { .. } | Action::Disable { .. } => {
            vec![Taken::Object { mapping, source, how: operation.action.kind().name() }]
        }
        Action::ChangeMembers { attribute, remove, .. } => {
            let of = |it: &provisio::plan::Referent| match &it.target {
                TargetRef::Existing(id) => id.text().clone(),
                TargetRef::Created(_) => Text::new(""),
            };
            let attribute = Text::new(attribute.as_str().to_ascii_lowercase());
            let taken = remove.iter().map(|it| Taken::Member {
                mapping: mapping.clone(),
                source: source.clone(),
                attribute: attribute.clone(),
                member: of(it),
            });
            taken.collect()
        }
        _ => Vec::new(),
    }
}

/// Keeps the plans of a run, also of one that dies.
#[derive(Default)]
struct Plans(Mutex<Vec<Ready>>);

/// A plan, and its findings in words.
#[derive(Clone)]
struct Ready {
    plan: Plan,
    findings: String,
}

impl Observer for Plans {
    fn event(&self, event: &Event<'_>) {
        if let Event::PlanReady { plan, findings, .. } = event {
            let findings = findings.iter().map(|it| format!("?? {}\n", it.text(plan))).collect();
            let ready = Ready { plan: (*plan).clone(), findings };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(ready);
        }
    }
}

fn from_changes(chance: &Chance) -> CycleSettings {
    let mut limits = SelectionLimits::default();
    limits.rounds_max = u32::MAX;
    limits.objects_free = u64::MAX;
    let days = 1 + chance.below(30);
    let mut cycles = CycleSettings::changes().with_full_every(Duration::from_secs(days * 86_400));
    cycles.limits = limits;
    cycles
}

fn draw<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> Result<S::Value, Broken> {
    Ok(strategy.new_tree(runner).map_err(|it| Broken(it.to_string()))?.current())
}
