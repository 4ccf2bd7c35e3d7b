//! A job made in code: two directories in memory, a mapping, a plan that is looked at, and two runs.
//!
//! ```text
//! cargo run -p provisio --example embed
//! ```

use std::error::Error;
use std::io::{Write as _, stdout};
use std::sync::Arc;

use futures::executor::block_on;
use provisio::model::{AttributeSchema, Object, ObjectSchema, Schema, Values};
use provisio::spec::{AttributeMapping, Deprovision, ObjectMapping, Status};
use provisio::store::{JobId, MemoryStore};
use provisio::{Event, Job, MappingSpec, Observer, Released, TokioClock};
use provisio_memory::{MemoryDirectory, directory_schema};

fn main() -> Result<(), Box<dyn Error>> {
    let source = Arc::new(personnel()?);
    let target = Arc::new(MemoryDirectory::new(directory_schema()));
    let job = Job::new(
        JobId::new("personnel to directory"),
        source.clone(),
        target.clone(),
        mapping(),
        Arc::new(MemoryStore::default()),
        Arc::new(TokioClock),
    )
    .with_observer(Arc::new(Announcer));
    let context = job.context();
    let mut out = stdout().lock();

    // Look before you leap: read, plan, show.
    let view = block_on(job.read(&context))?;
    let planned = view.plan(context.now(), Released::NOTHING)?;
    writeln!(out, "{}", planned.plan.text())?;
    for finding in &planned.findings {
        writeln!(out, "finding: {}", finding.text(&planned.plan))?;
    }

    // Carry out exactly that.
    let summary = block_on(job.apply(&context, &planned.plan))?;
    writeln!(out, "done: {}\n", summary.done)?;

    // Somebody joins; then everything in one step.
    source.insert(&worker("1003", "Cleo", "Laine").with("manager", Values::one(reference("1001"))))?;
    let cycle = block_on(job.run(&context, Released::NOTHING))?;
    writeln!(out, "{}", cycle.planned.plan.text())?;

    // Why is somebody as they are?
    let view = block_on(job.read(&context))?;
    let planned = view.plan(context.now(), Released::NOTHING)?;
    writeln!(out, "{}", view.explain(&planned, "1002"))?;
    writeln!(out, "{} users in the directory", target.count("user"))?;
    Ok(())
}

/// The source: two workers, one of whom is the manager of another.
fn personnel() -> Result<MemoryDirectory, Box<dyn Error>> {
    let text = ["firstName", "lastName", "status"].map(AttributeSchema::text);
    let attributes = text.into_iter().chain([AttributeSchema::reference("manager", ["worker"])]);
    let directory = MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", attributes)]));
    directory.insert(&worker("1001", "Adele", "Vance"))?;
    directory.insert(&worker("1002", "Renée", "Ångström").with("manager", Values::one(reference("1001"))))?;
    Ok(directory)
}

fn worker(id: &str, first_name: &str, last_name: &str) -> Object {
    Object::new("worker", id).with("firstName", first_name).with("lastName", last_name)
}

fn reference(id: &str) -> provisio::model::Value {
    provisio::model::Value::Reference(id.into())
}

/// What is wanted: a user for each worker, found by its worker number, disabled when the worker leaves.
fn mapping() -> MappingSpec {
    let mut users = ObjectMapping::new("worker", "user")
        .with(AttributeMapping::direct("givenName", "firstName"))
        .with(AttributeMapping::direct("familyName", "lastName"))
        .with(AttributeMapping::direct("manager", "manager").clear_when_null())
        .with(
            AttributeMapping::expression(
                "userName",
                r#"Append(ToLower(NormalizeDiacritics(Join(".", [firstName], [lastName]))), "@contoso.example")"#,
            )
            .matching(1),
        );
    users.deprovisioning.status = Some(Status::new("active"));
    users.deprovisioning.source_deleted = Some(Deprovision::Disable.into());
    let mut spec = MappingSpec::default();
    spec.name = "personnel to directory".into();
    spec.objects.push(users);
    spec
}

/// Tells what happens while it happens; a program would write a log or move a progress bar.
struct Announcer;

impl Observer for Announcer {
    fn event(&self, event: &Event<'_>) {
        let mut out = std::io::stderr();
        // Nothing can be done about an error stream that is gone.
        let _ = match event {
            Event::ReadFinished { side, object_type, objects, incomplete: None, .. } => {
                writeln!(out, "{side}: {objects} {object_type} objects, all of them")
            }
            Event::OperationFinished { operation, fate: Some(fate), .. } => {
                writeln!(out, "{} was not done: {fate:?}", operation.label)
            }
            _ => Ok(()),
        };
    }
}
