//! How does an object change? Its name and place first, then its password, then everything else at once.

use provisio_model::{Applied, AttributeDelta, ErrorKind, Failure, TargetId, Text};

use super::{Stop, Writing, without_secrets};
use crate::active_directory::{group_type, group_type_text, with_scope, with_security};
use crate::config::NameCollision;
use crate::dn::{Dn, Rdn};
use crate::draft::{Draft, Drafting};
use crate::filter::Filter;
use crate::kind::{Kind, Origin};
use crate::request::{Modification, Operation, Request, Search};
use crate::response::{Answer, Message, parse_result};
use crate::result::{LdapResult, code};
use crate::trouble::Trouble;

/// How many names are tried when a number is put behind them.
pub(super) const NUMBERS_MAX: usize = 100;
/// How many questions are under way at once.
const PIPELINE: usize = 100;

impl Writing<'_> {
    pub(super) async fn update(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        deltas: &[AttributeDelta],
    ) -> Result<Applied, Stop> {
        for is_again in [false, true] {
            if !self.places.contains_key(target.as_str()) {
                let message = format!("there is no {} `{target}`", kind.object_type);
                return Err(Stop::Refused(Failure::new(ErrorKind::NotFound, message)));
            }
            self.check_leavers(kind, target, deltas)?;
            let draft = Drafting { kind, places: &self.places }.update(deltas)?;
            let secrets = draft.secrets.clone();
            match self.carry_out(kind, target, draft).await.map_err(|it| without_secrets(it, &secrets))? {
                Done::Applied(applied) => return Ok(applied),
                Done::Moved if !is_again => self.locate_again().await?,
                Done::Moved if self.expected.is_some() => {
                    let message = "the object is no longer as it was when the plan was made";
                    return Err(Stop::Conflict(Failure::new(ErrorKind::PreconditionFailed, message)));
                }
                Done::Moved => break,
            }
        }
        let message = format!("`{target}` changes its name again and again");
        Err(Stop::Conflict(Failure::new(ErrorKind::PreconditionFailed, message)))
    }

    async fn carry_out(&mut self, kind: &Kind, target: &TargetId, draft: Draft) -> Result<Done, Stop> {
        let mut begun = false;
        let mut draft = draft;
        if self.is_deleted(target) {
            if draft.deleted != Some(false) {
                let is_all = draft.deleted.is_some() && draft.changes_nothing_else();
                let message = "the object was deleted: it can be restored, and not changed otherwise";
                let failure = Failure::new(ErrorKind::ReadOnly, message);
                return Err(if is_all { Stop::Nothing } else { Stop::Refused(failure) });
            }
            self.restore(kind, target, &draft).await?;
            (begun, draft.rdn, draft.parent) = (true, None, None);
        }
        if draft.rdn.is_some() || draft.parent.is_some() {
            match self.rename(kind, target, &draft).await? {
                Renamed::Moved => return Ok(Done::Moved),
                Renamed::Yes => begun = true,
                Renamed::No => {}
            }
        }
        let mut modifications = draft.modifications;
        self.add_account(kind, target, &draft.flags, &mut modifications)?;
        self.add_group(target, draft.group_scope.as_deref(), draft.group_security, &mut modifications)?;
        if let Some(must_change) = draft.must_change_password {
            modifications.push(must_change_password(must_change));
        }
        if let Some(password) = draft.password {
            let change = [Modification::new(Operation::Replace, "unicodePwd", [password])];
            match self.modify(kind, target, &change).await? {
                Modified::Refused(result) if is_gone(&result) && !begun => return Ok(Done::Moved),
                Modified::Refused(result) => return Err(self.refusal(&result, Some(target), begun)),
                Modified::Yes | Modified::Nothing => begun = true,
            }
        }
        if !modifications.is_empty() {
            match self.modify_held_open(kind, target, modifications).await? {
                Modified::Yes => begun = true,
                Modified::Nothing => {}
                Modified::Refused(result) if is_gone(&result) && !begun => return Ok(Done::Moved),
                Modified::Refused(result) => return Err(self.refusal(&result, Some(target), begun)),
            }
        }
        if let Some(group) = &draft.primary_group {
            begun |= self.set_primary_group(kind, target, group, begun).await?;
        }
        if draft.deleted == Some(true) {
            return match self.delete(kind, target).await {
                Err(Stop::Refused(failure)) if begun => Err(Stop::Open(failure)),
                deleted => deleted.map(Done::Applied),
            };
        }
        if !begun {
            return Err(Stop::Nothing);
        }
        Ok(Done::Applied(Applied::to(target.clone())))
    }

    /// Gives an object another name or another place, if it has not got them.
    async fn rename(&mut self, kind: &Kind, target: &TargetId, draft: &Draft) -> Result<Renamed, Stop> {
        let Some(place) = self.places.get(target.as_str()) else { return Ok(Renamed::Moved) };
        let unreadable = |fault| Stop::Refused(Failure::new(ErrorKind::InvalidValue, fault));
        let old = Dn::parse(&place.dn).map_err(unreadable)?;
        let (Some(old_rdn), Some(old_parent)) = (old.rdn(), old.parent()) else { return Ok(Renamed::No) };
        let parent = draft.parent.as_ref().unwrap_or(&old_parent);
        let moves = parent.key() != old_parent.key();
        let attribute = &kind.config.rdn;
        let rdn = match &draft.rdn {
            Some(value) if old_rdn.value(attribute) != Some(value) => old_rdn.with(attribute, value),
            _ => old_rdn.clone(),
        };
        if !moves && rdn == *old_rdn {
            return Ok(Renamed::No);
        }
        let dn = self.dn_of(kind, target).unwrap_or_default();
        let parent_text = parent.to_string();
        let mut chosen = rdn;
        let mut has_made_containers = false;
        // Where an object is named by its GUID, Samba does not find its container by itself.
        let names_parent = moves || kind.is_active_directory;
        for number in 2..NUMBERS_MAX {
            let text = chosen.to_string();
            let request = Request::ModifyDn {
                dn: &dn,
                rdn: &text,
                parent: names_parent.then_some(parent_text.as_str()),
            };
            let controls = self.assertion(kind, target);
            let result = self.call(&request, &controls).await?;
            match result.code {
                code::SUCCESS => {
                    self.note_renamed(target, &old, &parent.within(chosen)).await?;
                    return Ok(Renamed::Yes);
                }
                code::ASSERTION_FAILED => return Ok(Renamed::Moved),
                code::ENTRY_ALREADY_EXISTS if kind.config.name_collision == NameCollision::Number => {
                    let base = draft.rdn.as_deref().or_else(|| old_rdn.value(attribute)).unwrap_or_default();
                    chosen = chosen.with(attribute, &format!("{base} {number}"));
                }
                // Servers say in many ways that the new container is not there.
                _ if moves && !self.is_there(&parent_text).await? => {
                    if !kind.config.create_containers || has_made_containers {
                        return Err(Stop::Refused(no_container(&parent_text)));
                    }
                    self.make_containers(kind, parent).await?;
                    has_made_containers = true;
                }
                code::NO_SUCH_OBJECT => return Ok(Renamed::Moved),
                _ => return Err(self.refusal(&result, Some(target), false)),
            }
        }
        Err(Stop::Conflict(Failure::new(ErrorKind::AlreadyExists, "too many objects have the name")))
    }

    /// Keeps that an object has another name. Those beneath it have too.
    async fn note_renamed(&mut self, target: &TargetId, old: &Dn, new: &Dn) -> Result<(), Stop> {
        let moves = |(id, place): (&Text, &crate::references::Place)| {
            *id != *target.text() && Dn::parse(&place.dn).is_ok_and(|it| old.holds(&it))
        };
        if self.places.iter().any(moves) {
            return self.locate_again().await;
        }
        if let Some(place) = self.places.get_mut(target.as_str()) {
            place.dn = new.to_string();
        }
        Ok(())
    }

    /// Changes bits of `userAccountControl`: the value that it has for the one that it gets, so that a bit that somebody
    /// else changed meanwhile is never set back.
    fn add_account(
        &self,
        kind: &Kind,
        target: &TargetId,
        flags: &[(i64, bool)],
        modifications: &mut Vec<Modification>,
    ) -> Result<(), Stop> {
        if flags.is_empty() {
            return Ok(());
        }
        let held = self.held(target, "useraccountcontrol").and_then(|it| it.parse::<i64>().ok());
        let Some(held) = held else {
            let message =
                format!("the `userAccountControl` of {} `{target}` cannot be read", kind.object_type);
            return Err(Stop::Refused(Failure::new(ErrorKind::PermissionDenied, message)));
        };
        let wanted = with_flags(held, flags);
        modifications.extend(exchange("userAccountControl", &held.to_string(), &wanted.to_string()));
        Ok(())
    }

    fn add_group(
        &self,
        target: &TargetId,
        scope: Option<&str>,
        security: Option<bool>,
        modifications: &mut Vec<Modification>,
    ) -> Result<(), Stop> {
        if scope.is_none() && security.is_none() {
            return Ok(());
        }
        let held = self.held(target, "grouptype").unwrap_or_default();
        let Some(old) = group_type(&held) else {
            let failure =
                Failure::new(ErrorKind::PermissionDenied, "the `groupType` of the group cannot be read");
            return Err(Stop::Refused(failure));
        };
        let wanted = group_type_of(old, scope, security)?;
        modifications.extend(exchange("groupType", &group_type_text(old), &group_type_text(wanted)));
        Ok(())
    }

    pub(super) fn held(&self, target: &TargetId, name: &str) -> Option<String> {
        let value = self.places.get(target.as_str())?.values.get(name)?;
        std::str::from_utf8(value).ok().map(str::to_owned)
    }

    /// Changes attributes; a group whose last member leaves keeps its placeholder.
    async fn modify_held_open(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        modifications: Vec<Modification>,
    ) -> Result<Modified, Stop> {
        let modified = self.modify(kind, target, &modifications).await?;
        let Modified::Refused(result) = &modified else { return Ok(modified) };
        let (code::OBJECT_CLASS_VIOLATION, Some(placeholder)) = (result.code, &kind.config.placeholder)
        else {
            return Ok(modified);
        };
        let held_open =
            |it: &&Modification| kind.held_open.iter().any(|name| name.eq_ignore_ascii_case(&it.attribute));
        let names: Vec<String> =
            modifications.iter().filter(held_open).map(|it| it.attribute.clone()).collect();
        if names.is_empty() {
            return Ok(modified);
        }
        let keep = names
            .into_iter()
            .map(|it| Modification::new(Operation::Add, it, [placeholder.as_bytes().to_vec()]));
        let all: Vec<Modification> = keep.chain(modifications).collect();
        self.modify(kind, target, &all).await
    }

    /// Changes attributes, all or none. What is as it should be already is no fault.
    pub(super) async fn modify(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        modifications: &[Modification],
    ) -> Result<Modified, Stop> {
        let Some(dn) = self.dn_of(kind, target) else { return Ok(Modified::Nothing) };
        let mut controls = self.assertion(kind, target);
        controls.extend(self.permissive());
        let result = self.call(&Request::Modify { dn: &dn, changes: modifications }, &controls).await?;
        match result.code {
            code::SUCCESS => Ok(Modified::Yes),
            // Samba has codes of its own for members that are there, or are not.
            code::NO_SUCH_ATTRIBUTE
            | code::ATTRIBUTE_OR_VALUE_EXISTS
            | code::ENTRY_ALREADY_EXISTS
            | code::UNWILLING_TO_PERFORM
                if modifications.iter().any(|it| it.operation != Operation::Replace) =>
            {
                let effective = self.effective(kind, &dn, modifications).await?;
                if effective == modifications {
                    return Ok(Modified::Refused(result));
                }
                if effective.is_empty() {
                    return Ok(Modified::Nothing);
                }
                let result = self.call(&Request::Modify { dn: &dn, changes: &effective }, &controls).await?;
                Ok(if result.is_success() { Modified::Yes } else { Modified::Refused(result) })
            }
            _ => Ok(Modified::Refused(result)),
        }
    }

    /// Leaves out values that are there and are added, and those that are not and are removed. The server compares.
    async fn effective(
        &mut self,
        kind: &Kind,
        dn: &str,
        modifications: &[Modification],
    ) -> Result<Vec<Modification>, Stop> {
        let is_searched = |name: &str| match kind.attribute(name).map(|it| &it.origin) {
            Some(Origin::Stored { searched, .. }) => *searched,
            _ => false,
        };
        let mut effective = Vec::with_capacity(modifications.len());
        for modification in modifications {
            let goes_on = match modification.operation {
                Operation::Add => false,
                Operation::Delete => true,
                Operation::Replace => {
                    effective.push(modification.clone());
                    continue;
                }
            };
            if !is_searched(&modification.attribute) {
                effective.push(modification.clone());
                continue;
            }
            let questions: Vec<(&Vec<u8>, Search)> = modification
                .values
                .iter()
                .map(|value| {
                    let mut search = Search::entry(dn, &["1.1"]);
                    search.filter = Filter::equal(&modification.attribute, value.clone());
                    (value, search)
                })
                .collect();
            let mut values = Vec::new();
            for questions in questions.chunks(PIPELINE) {
                let held = self.reading(async |connection| {
                    let mut ids = Vec::with_capacity(questions.len());
                    for (_, search) in questions {
                        ids.push(connection.send(&Request::Search(search), &[]).await?);
                    }
                    let mut held = vec![false; ids.len()];
                    connection.receive_all(&ids, |at, message| take_found(message, held.get_mut(at))).await?;
                    Ok(held)
                });
                let held = held.await?;
                let matters = questions.iter().zip(held).filter(|(_, held)| *held == goes_on);
                values.extend(matters.map(|((value, _), _)| (*value).clone()));
            }
            if !values.is_empty() {
                effective.push(Modification::new(
                    modification.operation,
                    modification.attribute.as_str(),
                    values,
                ));
            }
        }
        Ok(effective)
    }

    /// Tells whether there is an entry of this name.
    pub(super) async fn is_there(&mut self, dn: &str) -> Result<bool, Stop> {
        let search = Search::entry(dn, &["1.1"]);
        let seen =
            self.reading(async |connection| crate::directory::one(connection, &search, |_| Ok(())).await);
        Ok(seen.await?.is_some())
    }

    /// Makes containers that are not there, from the outermost to the innermost.
    pub(super) async fn make_containers(&mut self, kind: &Kind, container: &Dn) -> Result<(), Stop> {
        let mut missing: Vec<Dn> = Vec::new();
        let mut next = Some(container.clone());
        while let Some(dn) = next {
            // Nothing is made outside of what the job is about.
            if !kind.is_place(&dn) || self.is_there(&dn.to_string()).await? {
                break;
            }
            next = dn.parent();
            missing.push(dn);
        }
        for dn in missing.into_iter().rev() {
            let rdn = dn.rdn().filter(|it: &&Rdn| it.len() == 1 && it.attribute().eq_ignore_ascii_case("ou"));
            let Some(name) = rdn.and_then(|it| it.value("ou")) else {
                return Err(Stop::Refused(no_container(&dn.to_string())));
            };
            let attributes = [
                ("objectClass".to_owned(), vec![b"organizationalUnit".to_vec()]),
                ("ou".to_owned(), vec![name.as_bytes().to_vec()]),
            ];
            let text = dn.to_string();
            let result = self.call(&Request::Add { dn: &text, attributes: &attributes }, &[]).await?;
            if !matches!(result.code, code::SUCCESS | code::ENTRY_ALREADY_EXISTS) {
                return Err(self.refusal(&result, None, false));
            }
        }
        Ok(())
    }
}

enum Done {
    Applied(Applied),
    /// The object is not where it was: nothing was changed.
    Moved,
}

enum Renamed {
    Yes,
    No,
    Moved,
}

/// What came of a change of attributes.
pub(super) enum Modified {
    Yes,
    /// All was as it should be.
    Nothing,
    Refused(LdapResult),
}

fn is_gone(result: &LdapResult) -> bool {
    matches!(result.code, code::NO_SUCH_OBJECT | code::ASSERTION_FAILED)
}

/// Says that the container of an object is not there.
pub(super) fn no_container(dn: &str) -> Failure {
    let message = format!(
        "there is no container `{dn}`; create it, or set `create_containers` if it is named by `ou` beneath the base"
    );
    Failure::new(ErrorKind::NotFound, message)
}

/// Exchanges the one value of an attribute for another; nothing if they are the same.
pub(super) fn exchange(attribute: &str, held: &str, wanted: &str) -> Vec<Modification> {
    if held == wanted {
        return Vec::new();
    }
    let change =
        |operation, value: &str| Modification::new(operation, attribute, [value.as_bytes().to_vec()]);
    vec![change(Operation::Delete, held), change(Operation::Add, wanted)]
}

/// Sets and clears bits.
pub(super) fn with_flags(held: i64, flags: &[(i64, bool)]) -> i64 {
    flags.iter().fold(held, |held, (bit, is_set)| if *is_set { held | bit } else { held & !bit })
}

/// Returns the type of a group with another scope and security.
pub(super) fn group_type_of(old: i64, scope: Option<&str>, security: Option<bool>) -> Result<i64, Stop> {
    let scoped = match scope {
        Some(scope) => with_scope(old, scope)
            .map_err(|fault| Stop::Refused(Failure::new(ErrorKind::InvalidValue, fault)))?,
        None => old,
    };
    Ok(security.map_or(scoped, |it| with_security(scoped, it)))
}

/// Lets a password be changed at the next logon, or not: the two values that can be written.
pub(super) fn must_change_password(must_change: bool) -> Modification {
    let value: &[u8] = if must_change { b"0" } else { b"-1" };
    Modification::new(Operation::Replace, "pwdLastSet", [value.to_vec()])
}

/// Notes whether a search for one entry found it.
fn take_found(message: Message<'_>, found: Option<&mut bool>) -> Result<(), Trouble> {
    match message.answer {
        Answer::Entry(_) => {
            if let Some(found) = found {
                *found = true;
            }
        }
        Answer::Reference(_) | Answer::Intermediate(_) => {}
        Answer::Done(body) => {
            let result = parse_result(body)?;
            if !matches!(result.code, code::SUCCESS | code::NO_SUCH_OBJECT) {
                return Err(Trouble::Refused(result));
            }
        }
    }
    Ok(())
}
