//! How does an account get another primary group, and why does nobody leave theirs?

use provisio_model::{AttributeDelta, ErrorKind, Failure, TargetId, Text, Value, ValuesChange};

use super::update::Modified;
use super::{Stop, Writing};
use crate::control::Control;
use crate::draft::by_guid;
use crate::kind::Kind;
use crate::primary_group::{PRIMARY_GROUP_ID, primary_group_of, relative_id};
use crate::request::{Modification, Operation, Request};
use crate::result::code;

impl Writing<'_> {
    /// Refuses to take somebody out of their primary group: there they are not listed, so the directory would find nothing to do.
    pub(super) fn check_leavers(
        &self,
        kind: &Kind,
        target: &TargetId,
        deltas: &[AttributeDelta],
    ) -> Result<(), Failure> {
        let Some(sid) = self.places.get(target.as_str()).and_then(|it| it.values.get("objectsid")) else {
            return Ok(());
        };
        let is_primary = |it: &&Value| match it {
            Value::Reference(id) => {
                self.places.get(id.as_str()).and_then(primary_group_of).is_some_and(|it| it == *sid)
            }
            _ => false,
        };
        for delta in deltas.iter().filter(|it| kind.is_group && it.attribute.is("member")) {
            if let ValuesChange::Remove(values) = &delta.change
                && let Some(Value::Reference(id)) = values.as_slice().iter().find(is_primary)
            {
                let message = format!("it is the primary group of `{id}`, which needs another one first");
                return Err(Failure::new(ErrorKind::PreconditionFailed, message));
            }
        }
        Ok(())
    }

    /// Gives an account another primary group, of which it has to be a member first (MS-SAMR section 3.1.1.8.2). Tells whether
    /// it had another one.
    pub(super) async fn set_primary_group(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        group: &Text,
        is_begun: bool,
    ) -> Result<bool, Stop> {
        let sid = self.places.get(group.as_str()).and_then(|it| it.values.get("objectsid"));
        let Some(number) = sid.and_then(|it| relative_id(it)) else { return Ok(false) };
        if self.held(target, "primarygroupid").is_some_and(|it| it == number.to_string()) {
            return Ok(false);
        }
        let joins = [Modification::new(Operation::Add, "member", [by_guid(target.as_str()).into_bytes()])];
        let request = Request::Modify { dn: &by_guid(group), changes: &joins };
        let controls: Vec<Control> = self.permissive().into_iter().collect();
        let joined = self.call(&request, &controls).await?;
        let is_member = matches!(
            joined.code,
            code::SUCCESS | code::ATTRIBUTE_OR_VALUE_EXISTS | code::ENTRY_ALREADY_EXISTS
        );
        if !is_member {
            return Err(self.refusal(&joined, Some(target), is_begun));
        }
        let change =
            Modification::new(Operation::Replace, PRIMARY_GROUP_ID, [number.to_string().into_bytes()]);
        match self.modify(kind, target, &[change]).await? {
            Modified::Yes | Modified::Nothing => Ok(true),
            Modified::Refused(result) => Err(self.refusal(&result, Some(target), is_begun)),
        }
    }
}
