//! A difference as text: what only the first plan does after `-`, what only the second does after `+`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use provisio_model::EscapedText;

use super::{
    ActionKind, Assignment, MembershipDifference, ObjectDifference, Outlook, PlanDifference, Subject, Turn,
};

impl PlanDifference {
    /// Shows the difference, with names for the two plans, such as their files.
    pub fn text<'a>(&'a self, first: &'a str, second: &'a str) -> impl Display + 'a {
        DifferenceText { difference: self, names: [first, second] }
    }
}

struct DifferenceText<'a> {
    difference: &'a PlanDifference,
    names: [&'a str; 2],
}

impl Display for DifferenceText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let PlanDifference { objects, memberships } = self.difference;
        let [first, second] = self.names.map(EscapedText);
        writeln!(formatter, "- {first}\n+ {second}")?;
        if self.difference.is_empty() {
            return writeln!(formatter, "no difference: both do the same");
        }
        let differ = |number: usize, one: &str, more: &str| {
            format!("{number} {}", if number == 1 { one } else { more })
        };
        writeln!(
            formatter,
            "{} and {} differ",
            differ(objects.len(), "object", "objects"),
            differ(memberships.len(), "membership", "memberships")
        )?;
        if objects.len() > SUMMED_UP_FROM {
            write_summary(formatter, objects)?;
        }
        objects.iter().try_for_each(|it| write_object(formatter, it))?;
        let same_group = |left: &MembershipDifference, right: &MembershipDifference| {
            (&left.group, &left.attribute) == (&right.group, &right.attribute)
        };
        memberships.chunk_by(same_group).try_for_each(|it| write_group(formatter, it))
    }
}

/// So many objects are counted by what happens to them before they are listed.
const SUMMED_UP_FROM: usize = 10;

fn write_summary(formatter: &mut Formatter<'_>, objects: &[ObjectDifference]) -> fmt::Result {
    let mut numbers: BTreeMap<(&str, String, String), usize> = BTreeMap::new();
    for difference in objects {
        let [first, second] = match &difference.outlook {
            Some(outlook) => outlook.each_ref().map(in_short),
            None => [String::from("some values"), String::from("others")],
        };
        *numbers.entry((difference.object.object_type.as_str(), first, second)).or_default() += 1;
    }
    let mut lines: Vec<_> = numbers.into_iter().collect();
    lines.sort_by_key(|(_, number)| Reverse(*number));
    let width = lines.first().map_or(0, |it| it.1.to_string().len());
    lines.iter().try_for_each(|((object_type, first, second), number)| {
        writeln!(formatter, "    {number:width$} {object_type}: - {first} + {second}")
    })
}

/// What happens, without what differs from object to object.
fn in_short(outlook: &Outlook) -> String {
    match outlook {
        Outlook::Skipped(_) => String::from("skipped"),
        other => other.to_string(),
    }
}

fn write_object(formatter: &mut Formatter<'_>, difference: &ObjectDifference) -> fmt::Result {
    writeln!(formatter, "{}", difference.object)?;
    if let Some([first, second]) = &difference.outlook {
        writeln!(formatter, "    - {first}\n    + {second}")?;
    }
    let width = difference.attributes.iter().map(|it| it.attribute.as_str().chars().count()).max();
    let width = width.unwrap_or(0);
    for attribute in &difference.attributes {
        let [first, second] = &attribute.writes;
        writeln!(formatter, "    {:width$} - {first}", attribute.attribute.as_str())?;
        writeln!(formatter, "    {:width$} + {second}", "")?;
    }
    Ok(())
}

fn write_group(formatter: &mut Formatter<'_>, differences: &[MembershipDifference]) -> fmt::Result {
    let Some(first) = differences.first() else { return Ok(()) };
    writeln!(formatter, "{}: {}", first.group, first.attribute)?;
    for difference in differences {
        let [first, second] = difference.turns;
        writeln!(
            formatter,
            "    {}\n        - {first}\n        + {second}",
            EscapedText(&difference.member)
        )?;
    }
    Ok(())
}

impl Display for Subject {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { mapping, source, object_type, label } = self;
        let (label, source) = (EscapedText(label), EscapedText(source.as_str()));
        write!(formatter, "{object_type} {label} ({mapping}: {source})")
    }
}

impl Display for Outlook {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("nothing to do"),
            Self::Skipped(why) => write!(formatter, "skipped: {why}"),
            Self::Held(kinds) => write!(formatter, "held back: {}", kind_names(kinds)),
            Self::Planned(kinds) => formatter.write_str(&kind_names(kinds)),
        }
    }
}

fn kind_names(kinds: &BTreeSet<ActionKind>) -> String {
    kinds.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

impl Display for Assignment {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("is not written"),
            Self::Clear => formatter.write_str("is cleared"),
            Self::Values(text) => formatter.write_str(text),
        }
    }
}

impl Display for Turn {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Stays => "does not change",
            Self::Joins => "joins",
            Self::Leaves => "leaves",
            Self::LeavesLater => "would leave, held back by a limit",
        })
    }
}
