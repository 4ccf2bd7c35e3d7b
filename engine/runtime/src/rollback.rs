//! The way back: what is needed of a job to plan it.
//!
//! `LogReader::deeds` finds what was done, [`Job::read_target`] reads what the target holds now, and [`View::roll_back`]
//! plans. What comes of it is a plan like any other, for [`Job::apply`], which pauses the job: the next cycle would do
//! everything again.

use provisio_connector::Context;
use provisio_model::{Import, Incomplete, Partial, RecordsBuilder, SourceSide, TargetSide, Timestamp};
use provisio_planner::{Created, Deed, Planned, Released};

use crate::error::RunError;
use crate::event::Event;
use crate::job::Job;
use crate::telemetry;
use crate::view::View;

impl Job {
    /// Reads the target and the state. The source is asked for its schema alone, so that a rollback can be planned while
    /// it is what is wrong.
    ///
    /// # Errors
    /// As for [`Job::read`].
    pub async fn read_target(&self, context: &Context) -> Result<View, RunError> {
        self.tell(&Event::RunStarted { job: self.id(), at: context.now() });
        let (spec, warnings) = self.compile(context).await?;
        let state = self.store().load(self.id()).await?;
        let (target, unreadable) =
            self.import_all::<TargetSide>(self.target(), context, spec.target_layouts()).await;
        let unread = |layout: &std::sync::Arc<provisio_model::Layout>| {
            let records = RecordsBuilder::<SourceSide>::new(layout.clone()).finish();
            Import::Partial(Partial::new(records, Incomplete::NotDeclared))
        };
        let source = spec.source_layouts().iter().map(unread).collect();
        let capabilities = self.target().capabilities();
        Ok(View { spec, warnings, source, target, state, capabilities, unreadable, evidence: None })
    }
}

impl View {
    /// Plans the way back from what was done, and in debug builds has the plan checked.
    ///
    /// # Errors
    /// When nothing can be planned from what was read.
    pub fn roll_back(
        &self,
        deeds: &[Deed],
        created: Created,
        now: Timestamp,
        released: Released,
    ) -> Result<Planned, RunError> {
        let _entered = telemetry::plan_span().entered();
        let input = self.input(now, released);
        let planned = provisio_planner::roll_back(&input, deeds, created)?;
        if cfg!(debug_assertions) {
            let violations = provisio_planner::check(&input, &planned.plan);
            if !violations.is_empty() {
                return Err(RunError::Unsound(violations));
            }
        }
        Ok(planned)
    }
}
