//! Is the object in scope, and what does each clause say?

use std::fmt::{self, Display, Formatter};

use provisio_model::{AttrName, EscapedText, Record, SourceId, SourceSide, Text, Values};

use crate::compiled::{CompiledFilter, CompiledObject};
use crate::finding::Undecided;
use crate::input::PlanInput;
use crate::scope::{Answer, Assigned, Judge, Judgement, Members};

/// Whether an object is in scope, and what says so.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScopeStory {
    /// What comes of it.
    pub verdict: ScopeVerdict,
    /// The groups of the input filter; none if everything is looked at.
    pub input: Vec<GroupStory>,
    /// Whether it is assigned; `None` if nobody has to be.
    pub assignment: Option<AssignmentStory>,
    /// The groups of the scoping filter; none if everything passes.
    pub groups: Vec<GroupStory>,
}

/// Whether an object is in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeVerdict {
    /// It is.
    InScope,
    /// It fails the input filter, so it is as if it had not been read.
    Filtered,
    /// It is not assigned.
    Unassigned,
    /// It fails the scoping filter.
    OutOfScope,
    /// It is, and says that it is disabled.
    Disabled,
    /// It cannot be told, so it is left alone.
    Unknown,
}

impl ScopeVerdict {
    /// Returns the verdict in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::InScope => "in scope",
            Self::Filtered => "not looked at",
            Self::Unassigned => "not assigned",
            Self::OutOfScope => "out of scope",
            Self::Disabled => "in scope, disabled in the source",
            Self::Unknown => "not known",
        }
    }
}

/// One group of a filter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupStory {
    /// Its name; empty if it has none.
    pub name: Text,
    /// Its clauses.
    pub clauses: Vec<ClauseStory>,
}

/// One clause of a filter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClauseStory {
    /// The clause as people read it.
    pub clause: Text,
    /// The attribute that it tests; `None` if it asks for a membership.
    pub attribute: Option<AttrName>,
    /// What the object has.
    pub value: Option<Values>,
    /// Whether the object passes; why not, if nobody can tell.
    pub passes: Result<bool, Undecided>,
}

/// How an object is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssignmentStory {
    /// It is assigned itself.
    Directly,
    /// It is a member of a group that is assigned.
    Through {
        /// The group that is assigned.
        group: SourceId,
        /// The group in it that has the object as a member, if it is another one.
        nested: Option<SourceId>,
    },
    /// It is not.
    No,
    /// It cannot be told.
    Unknown(Undecided),
}

pub(super) fn tell(
    input: &PlanInput<'_>,
    mapping: &CompiledObject,
    members: &[Members],
    record: Record<'_, SourceSide>,
) -> ScopeStory {
    let judge = Judge::new(input, mapping, members);
    let groups = |filter: &CompiledFilter| {
        let groups = filter.groups.iter().zip(&filter.names).map(|(clauses, name)| GroupStory {
            name: name.clone(),
            clauses: clauses
                .iter()
                .map(|clause| ClauseStory {
                    clause: clause.text.clone(),
                    attribute: clause.slot().map(|slot| record.layout().attribute(slot).name.clone()),
                    value: clause.slot().and_then(|slot| record.values(slot).to_values()),
                    passes: match judge.clause(clause, record) {
                        Answer::Yes => Ok(true),
                        Answer::No => Ok(false),
                        Answer::Unknown(why) => Err(why),
                    },
                })
                .collect(),
        });
        groups.collect()
    };
    ScopeStory {
        verdict: match judge.judge(record) {
            Judgement::InScope => ScopeVerdict::InScope,
            Judgement::Filtered(_) => ScopeVerdict::Filtered,
            Judgement::Unassigned => ScopeVerdict::Unassigned,
            Judgement::OutOfScope(_) => ScopeVerdict::OutOfScope,
            Judgement::Disabled => ScopeVerdict::Disabled,
            Judgement::Unknown(..) => ScopeVerdict::Unknown,
        },
        input: groups(&mapping.scope.input),
        assignment: assignment(input, mapping, judge.assigned(record)),
        groups: groups(&mapping.scope.filter),
    }
}

fn assignment(
    input: &PlanInput<'_>,
    mapping: &CompiledObject,
    assigned: Assigned,
) -> Option<AssignmentStory> {
    let of = mapping.scope.assignment.as_ref()?.groups;
    Some(match assigned {
        Assigned::NotAsked => return None,
        Assigned::Directly => AssignmentStory::Directly,
        Assigned::Through { direct, root } => {
            let groups = input.source[mapping.scope.memberships[of?].groups].records();
            let id = |row| groups.record(row).id();
            AssignmentStory::Through { group: id(root), nested: (direct != root).then(|| id(direct)) }
        }
        Assigned::No => AssignmentStory::No,
        Assigned::Unknown(why) => AssignmentStory::Unknown(why),
    })
}

impl Display for AssignmentStory {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directly => formatter.write_str("assigned directly"),
            Self::Through { group, nested: None } => {
                write!(formatter, "assigned through {}", EscapedText(group.as_str()))
            }
            Self::Through { group, nested: Some(nested) } => {
                let (group, nested) = (EscapedText(group.as_str()), EscapedText(nested.as_str()));
                write!(formatter, "assigned through {group}, as a member of {nested}")
            }
            Self::No => formatter.write_str("neither assigned directly nor through a group"),
            Self::Unknown(why) => write!(formatter, "whether it is assigned cannot be told: {why}"),
        }
    }
}

impl Display for ScopeStory {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.input.is_empty() && self.assignment.is_none() && self.groups.is_empty() {
            return writeln!(formatter, "in scope: there is no scoping filter");
        }
        writeln!(formatter, "{}", self.verdict.name())?;
        if !self.input.is_empty() {
            writeln!(formatter, "    input filter")?;
            write_groups(&self.input, formatter)?;
        }
        if let Some(assignment) = &self.assignment {
            writeln!(formatter, "    {assignment}")?;
        }
        if !self.input.is_empty() && !self.groups.is_empty() {
            writeln!(formatter, "    scoping filter")?;
        }
        write_groups(&self.groups, formatter)
    }
}

fn write_groups(groups: &[GroupStory], formatter: &mut Formatter<'_>) -> fmt::Result {
    for (position, GroupStory { name, clauses }) in groups.iter().enumerate() {
        match (position, &**name) {
            (0, "") => {}
            (0, name) => writeln!(formatter, "    {}", EscapedText(name))?,
            (_, "") => writeln!(formatter, "    or")?,
            (_, name) => writeln!(formatter, "    or {}", EscapedText(name))?,
        }
        for ClauseStory { clause, attribute, value, passes } in clauses {
            let verdict = match passes {
                Ok(true) => "yes",
                Ok(false) => "no ",
                Err(_) => "?  ",
            };
            write!(formatter, "    {verdict} {clause}")?;
            match (value, attribute) {
                (Some(value), _) => write!(formatter, ": it is {value}")?,
                (None, Some(_)) => write!(formatter, ": it is absent")?,
                (None, None) => {}
            }
            match passes {
                Err(why) => writeln!(formatter, "; {why}")?,
                Ok(_) => writeln!(formatter)?,
            }
        }
    }
    Ok(())
}
