//! A story as text: import, scope, match, flow, plan.

use std::fmt::{self, Display, Formatter};

use provisio_model::EscapedText;

use super::{Explanation, MatchStory, Story, Unmanaged};
use crate::situation::Situation;

impl Display for Story<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mapping = self.plan.mapping(self.mapping);
        let object_type = mapping.map_or("object", |it| it.source.as_str());
        let name = mapping.map_or("", |it| &it.name);
        writeln!(formatter, "{object_type} {} ({name})", EscapedText(self.source.as_str()))?;
        self.write_import(formatter)?;
        self.write_scope(formatter)?;
        writeln!(formatter, "3 match   {}", self.matching)?;
        writeln!(formatter, "    {}: {}", self.situation, self.situation.meaning())?;
        writeln!(formatter, "    answer: {}", self.response)?;
        self.write_flow(formatter)?;
        self.write_plan(formatter)
    }
}

impl Story<'_> {
    fn write_import(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Some(import) = &self.import else {
            return writeln!(formatter, "1 import  not read from the source");
        };
        writeln!(formatter, "1 import")?;
        let width = import.iter().map(|(name, _)| name.as_str().len()).max().unwrap_or(0);
        for (name, values) in import {
            writeln!(formatter, "    {:width$} {values}", name.as_str())?;
        }
        Ok(())
    }

    fn write_scope(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Some(scope) => write!(formatter, "2 scope   {scope}"),
            None => writeln!(formatter, "2 scope   not known"),
        }
    }

    fn write_flow(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.flow.is_empty() {
            return writeln!(formatter, "4 flow    nothing");
        }
        writeln!(formatter, "4 flow")?;
        for flow in &self.flow {
            let when = if flow.only_on_create { " (only on create)" } else { "" };
            let mut rule = flow.rule.trim().lines();
            writeln!(formatter, "    {}{when} <- {}", flow.attribute, rule.next().unwrap_or_default())?;
            rule.try_for_each(|line| writeln!(formatter, "        {line}"))?;
            writeln!(formatter, "        gives  {}", flow.result)?;
            match &flow.current {
                Some(current) => writeln!(formatter, "        target {current}")?,
                None => writeln!(formatter, "        target holds nothing")?,
            }
        }
        Ok(())
    }

    fn write_plan(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let nothing = self.operations.is_empty() && self.held.is_empty();
        match self.skipped {
            Some(why) => writeln!(formatter, "5 plan    skipped: {why}")?,
            None if nothing && self.findings.is_empty() => {
                writeln!(formatter, "5 plan    nothing to do: the target is as it should be")?;
            }
            None => writeln!(formatter, "5 plan")?,
        }
        for finding in &self.findings {
            writeln!(formatter, "    finding: {}", finding.text(self.plan))?;
        }
        for operation in &self.operations {
            write_indented(formatter, &self.plan.operation_text(operation))?;
        }
        for (limit, operation) in &self.held {
            writeln!(formatter, "    held back by the limit on {limit}:")?;
            write_indented(formatter, &self.plan.operation_text(operation))?;
        }
        Ok(())
    }
}

fn write_indented(formatter: &mut Formatter<'_>, text: &str) -> fmt::Result {
    text.lines().try_for_each(|line| writeln!(formatter, "    {line}"))
}

impl Display for Unmanaged {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} {} of the target", self.object_type, EscapedText(self.target.as_str()))?;
        let width = self.attributes.iter().map(|(name, _)| name.as_str().len()).max().unwrap_or(0);
        for (name, values) in &self.attributes {
            writeln!(formatter, "    {:width$} {values}", name.as_str())?;
        }
        let situation = Situation::Unmanaged;
        writeln!(formatter, "    {situation}: {}; it is not touched", situation.meaning())
    }
}

impl Display for Explanation<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (position, story) in self.stories.iter().enumerate() {
            write!(formatter, "{}{story}", if position > 0 { "\n" } else { "" })?;
        }
        for (position, unmanaged) in self.unmanaged.iter().enumerate() {
            write!(formatter, "{}{unmanaged}", if position > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl Display for MatchStory {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linked(id) => write!(formatter, "linked to {id}"),
            Self::LinkedToGone(id) => write!(formatter, "linked to {id}, which is gone from the target"),
            Self::LinkedUnseen(id) => {
                write!(formatter, "linked to {id}, which was not seen: the target was not completely read")
            }
            Self::Matches(id, attribute) => write!(formatter, "not linked; {id} has the same {attribute}"),
            Self::NoMatch => formatter.write_str("not linked, and nothing in the target matches"),
            Self::Unclear => formatter.write_str("not linked; see the findings"),
            Self::NotLooked => formatter.write_str("not linked, and not looked for"),
        }
    }
}
