//! What can be done to a job from outside: pause it, let it go on, have it begin anew, and see what stands in its way.

use std::fmt;
use std::time::Duration;

use provisio_connector::Context;
use provisio_model::{Text, Timestamp};
use provisio_planner::{LimitKind, MemoryChange};

use crate::alert::Alert;
use crate::control::{Control, Paused};
use crate::error::RunError;
use crate::escrow::{Escrow, EscrowKey, Escrows};
use crate::event::Event;
use crate::incremental::{CONTINUATION_RECORD, Continuation};
use crate::job::Job;
use crate::store::{Head, JobId, RecordChanges, StateChange, StateStore, StoreError};

/// How often a change is tried again that somebody else's commit came before.
const TRIES: usize = 20;

/// How long the deletes pass that a restart releases.
const RELEASED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What a restart lets go of (Entra CYC-18 to CYC-21, DEP-20). Links are never among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RestartCriterion {
    /// Where changes are read from: the next cycle reads everything and decides anew about everybody.
    Watermark,
    /// Operations that failed: each is tried in the next cycle.
    Escrows,
    /// The quarantine: the next cycle is not put off.
    QuarantineState,
    /// All of these.
    Full,
    /// What limits on deletes hold back: it passes in the cycles of a day. `Full` does not contain it.
    ForceDeletes,
}

impl RestartCriterion {
    /// What is let go of unless somebody says otherwise, as Entra does (CYC-21).
    pub const USUAL: [Self; 3] = [Self::QuarantineState, Self::Watermark, Self::Escrows];

    /// All criteria.
    pub const ALL: [Self; 5] =
        [Self::Watermark, Self::Escrows, Self::QuarantineState, Self::Full, Self::ForceDeletes];

    /// Returns its name, as Entra has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Watermark => "Watermark",
            Self::Escrows => "Escrows",
            Self::QuarantineState => "QuarantineState",
            Self::Full => "Full",
            Self::ForceDeletes => "ForceDeletes",
        }
    }

    /// Finds a criterion by its name, in upper or lower case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for RestartCriterion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What stands in the way of a job, and which of its operations failed.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Standing {
    /// Whether it is paused or in quarantine.
    pub control: Control,
    /// The operations that failed, and when they are tried again.
    pub escrows: Vec<(EscrowKey, Escrow)>,
    /// When everything was read last, and whether the target is remembered since then; `None` when the next cycle reads
    /// everything, or each does.
    pub continues: Option<Continues>,
}

/// What cycles from changes go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Continues {
    /// When everything was read last.
    pub full_at: Timestamp,
    /// Whether target objects are remembered.
    pub remembers_target: bool,
}

/// The controls of a job, for whoever has its state open and not its systems: a job can be paused because its source
/// cannot be reached.
#[derive(Clone, Copy)]
pub struct Controls<'a> {
    store: &'a dyn StateStore,
    job: &'a JobId,
}

impl<'a> Controls<'a> {
    /// Makes the controls of a job.
    pub fn new(store: &'a dyn StateStore, job: &'a JobId) -> Self {
        Self { store, job }
    }

    /// As [`Job::standing`].
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn standing(self) -> Result<Standing, RunError> {
        let head = self.store.head(self.job).await?;
        Ok(Standing::find(&head.records, self.job)?)
    }

    /// As [`Job::pause`].
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn pause(self, now: Timestamp, by: &str, why: &str) -> Result<Control, RunError> {
        self.change(|head| {
            let mut control = Control::find(&head.records, self.job)?;
            control.paused.get_or_insert_with(|| Paused::new(now, by, why));
            Ok((of_records(vec![control.to_record()]), control))
        })
        .await
    }

    /// As [`Job::resume`], but nobody is told that the job left quarantine: that is up to the caller.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn resume(self) -> Result<Control, RunError> {
        self.change(|head| {
            let was = Control::find(&head.records, self.job)?;
            Ok((of_records(vec![Control::default().to_record()]), was))
        })
        .await
    }

    /// As [`Job::restart`].
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn restart(self, now: Timestamp, criteria: &[RestartCriterion]) -> Result<(), RunError> {
        let has = |it| criteria.contains(&it) || criteria.contains(&RestartCriterion::Full);
        self.change(|head| {
            let mut records = Vec::new();
            if has(RestartCriterion::Watermark) {
                records.push((Text::new(CONTINUATION_RECORD), None));
            }
            if has(RestartCriterion::Escrows) {
                records.extend(Escrows::find(&head.records).forget());
            }
            if has(RestartCriterion::QuarantineState) {
                let mut control = Control::find(&head.records, self.job)?;
                (control.quarantine, control.failed_cycles) = (None, 0);
                records.push(control.to_record());
            }
            let mut memory = MemoryChange::default();
            if criteria.contains(&RestartCriterion::ForceDeletes) {
                let deletes = head.memory.staged().filter(|(it, _)| LimitKind::Deletes.counts(it.action));
                let until = Some(now.plus(RELEASED_FOR));
                memory.releases = deletes.map(|(it, _)| (it.release(), until)).collect();
            }
            Ok((StateChange { records, memory, ..StateChange::default() }, ()))
        })
        .await
    }

    /// Changes the state, also while a cycle is under way.
    async fn change<T>(
        self,
        change: impl Fn(&Head) -> Result<(StateChange, T), StoreError>,
    ) -> Result<T, RunError> {
        let mut tries = 0;
        loop {
            let head = self.store.head(self.job).await?;
            let (change, result) = change(&head)?;
            match self.store.commit(self.job, head.generation, change).await {
                Ok(_) => return Ok(result),
                Err(StoreError::Conflict { .. }) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn of_records(records: RecordChanges) -> StateChange {
    StateChange { records, ..StateChange::default() }
}

impl Standing {
    /// Finds it among the records of a job's state.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn find(records: &[(Text, Vec<u8>)], job: &JobId) -> Result<Self, StoreError> {
        let escrows = Escrows::find(records);
        Ok(Self {
            control: Control::find(records, job)?,
            escrows: escrows.iter().map(|(key, it)| (key.clone(), it.clone())).collect(),
            continues: Continuation::find(records, job)?
                .map(|it| Continues { full_at: it.full_at, remembers_target: it.remembers }),
        })
    }
}

impl Job {
    fn controls(&self) -> Controls<'_> {
        Controls::new(self.store(), self.id())
    }

    /// Says what stands in the way of the job.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn standing(&self) -> Result<Standing, RunError> {
        self.controls().standing().await
    }

    /// Pauses the job: no cycle begins, and one that is under way stops when it next remembers something: what was sent is
    /// finished. Everything is kept. One that is paused stays as it was paused first.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn pause(&self, context: &Context, by: &str, why: &str) -> Result<Control, RunError> {
        self.controls().pause(context.now(), by, why).await
    }

    /// Lets a paused job go on where it left off. It also leaves quarantine, as Entra's start does (CYC-16); the next
    /// cycle shows whether what was wrong is mended.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn resume(&self, context: &Context) -> Result<Control, RunError> {
        let was = self.controls().resume().await?;
        if was.quarantine.is_some() {
            self.tell(&Event::Alert { alert: &Alert::QuarantineLeft, at: context.now() });
        }
        Ok(was)
    }

    /// Lets go of what the criteria name. A job that is paused stays paused.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn restart(&self, criteria: &[RestartCriterion]) -> Result<(), RunError> {
        self.controls().restart(self.context().now(), criteria).await
    }
}
