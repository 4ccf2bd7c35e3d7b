//! What the kit finds out about what a target makes of values.

use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio::connector::{
    ChangeStream, CheckReport, Connector, ConnectorInfo, Context, OutcomeStream, ReadQuery, ReadStream,
    Result, Source, Target,
};
use provisio::model::{
    AttributeDelta, Attributes, Capabilities, Dialect, ObjectType, Schema, Values, ValuesChange, Watermark,
    Write, WriteAction,
};
use provisio_memory::MemoryDirectory;
use provisio_testkit::conformance::{Fixture, Prepared, TargetFixture, profile, target};

use super::memory::varied_schema;

/// A directory with habits.
struct Habitual {
    directory: MemoryDirectory,
    dialect: Dialect,
}

impl Habitual {
    fn kept(&self, object_type: &ObjectType, attributes: &Attributes) -> Attributes {
        let kept = attributes.iter().filter_map(|(name, values)| {
            let kept = match self.dialect.of(object_type, name) {
                Some(habit) => habit.keep(values)?,
                None => values.clone(),
            };
            Some((name.clone(), kept))
        });
        kept.collect()
    }

    fn delta(&self, object_type: &ObjectType, delta: &AttributeDelta) -> AttributeDelta {
        let Some(habit) = self.dialect.of(object_type, &delta.attribute) else { return delta.clone() };
        let or_clear = |values: &Values| habit.keep(values).map_or(ValuesChange::Clear, ValuesChange::Set);
        let change = match &delta.change {
            ValuesChange::Set(values) => or_clear(values),
            ValuesChange::Add(values) => match habit.keep(values) {
                Some(values) => ValuesChange::Add(values),
                None => ValuesChange::Remove(values.clone()),
            },
            other => other.clone(),
        };
        AttributeDelta::new(delta.attribute.clone(), change)
    }
}

#[async_trait]
impl Connector for Habitual {
    fn info(&self) -> ConnectorInfo {
        self.directory.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.directory.capabilities()
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.directory.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.directory.check(context).await
    }
}

#[async_trait]
impl Source for Habitual {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        self.directory.read(context, query).await
    }

    async fn changes<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        self.directory.changes(context, query, since).await
    }
}

#[async_trait]
impl Target for Habitual {
    async fn apply<'a>(&'a self, context: &'a Context, mut writes: Vec<Write>) -> OutcomeStream<'a> {
        for Write { object_type, action, .. } in &mut writes {
            match action {
                WriteAction::Create { attributes } => *attributes = self.kept(object_type, attributes),
                WriteAction::Update { deltas, .. } => {
                    *deltas = deltas.iter().map(|it| self.delta(object_type, it)).collect();
                }
                _ => {}
            }
        }
        self.directory.apply(context, writes).await
    }
}

struct Place {
    habits: Dialect,
    /// Whether the kit is told of the habits.
    declared: bool,
}

impl Fixture for Place {
    fn dialect(&self) -> Dialect {
        if self.declared { self.habits.clone() } else { Dialect::new() }
    }
}

#[async_trait]
impl TargetFixture for Place {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        let directory = MemoryDirectory::new(varied_schema());
        Ok(Arc::new(Habitual { directory, dialect: self.habits.clone() }))
    }
}

#[expect(clippy::expect_used, reason = "a test stops at what it does not expect")]
fn place(habits: &str, declared: bool) -> Place {
    Place { habits: toml::from_str(habits).expect("a dialect"), declared }
}

/// The habits that can be seen from outside, one of each.
const HABITS: &str = r#"[user.code]
case = "upper"

[user.tags]
values_max = 100
once_whatever_case = true

[user.title]
trims = true
case = "lower"
cut_to = 200
empty_is_absent = true
"#;

#[test]
fn what_a_target_really_does_is_measured() {
    let measured = block_on(profile::measure(&place(HABITS, false))).unwrap();
    // The directory compares tags without regard to case by itself.
    assert_eq!(measured.to_string(), HABITS);
    assert_eq!(toml::from_str::<Dialect>(&measured.to_string()).unwrap(), measured);
    let nothing = block_on(profile::measure(&place("[user.title]\nignored = true", false))).unwrap();
    assert!(nothing.to_string().contains("[user.title]\nignored = true\n"), "{nothing}");
}

#[test]
fn a_target_without_habits_has_a_short_dialect() {
    let measured = block_on(profile::measure(&place("", false))).unwrap();
    assert_eq!(measured.to_string(), "[user.tags]\nonce_whatever_case = true\n");
}

#[test]
fn a_habit_that_is_declared_is_no_fault_and_one_that_is_not_is_one() {
    let report = block_on(target::report(|| place(HABITS, true)));
    assert!(report.is_clean(), "{report}");
    let report = block_on(target::report(|| place(HABITS, false)));
    assert!(report.broken().any(|it| it == "T-33"), "{report}");
}
