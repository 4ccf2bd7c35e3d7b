//! How does an object come back that was deleted? Where it was, or where it is to be, under its name.

use provisio_model::{ErrorKind, Failure, TargetId, Value};

use super::update::{Modified, NUMBERS_MAX, no_container, with_flags};
use super::{Stop, Writing, without_secrets};
use crate::active_directory::{PASSWORD_NOT_REQUIRED, random_password};
use crate::config::NameCollision;
use crate::deleted::{Former, place, undelete};
use crate::dn::Dn;
use crate::draft::Draft;
use crate::form::Form;
use crate::kind::Kind;
use crate::request::{Modification, Operation, Request};
use crate::result::code;
use crate::view::plain_dn;

impl Writing<'_> {
    /// Tells whether an object was deleted, and can be restored.
    pub(super) fn is_deleted(&self, target: &TargetId) -> bool {
        self.held(target, "isdeleted").is_some_and(|it| it == "TRUE")
    }

    fn former(&self, target: &TargetId) -> Option<Former> {
        let dn = self.places.get(target.as_str()).map(|it| it.dn.clone())?;
        let parent = self.held(target, "lastknownparent").and_then(|it| Dn::parse(plain_dn(&it)).ok());
        place(self.held(target, "msds-lastknownrdn"), parent, &dn)
    }

    /// Brings an object back.
    pub(super) async fn restore(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        draft: &Draft,
    ) -> Result<(), Stop> {
        let Some(former) = self.former(target) else {
            let message =
                format!("where {} `{target}` was before it was deleted is not known", kind.object_type);
            return Err(Stop::Refused(Failure::new(ErrorKind::NotFound, message)));
        };
        let parent = draft.parent.clone().unwrap_or_else(|| former.parent.clone());
        let name = draft.rdn.as_deref().unwrap_or(&former.name);
        let mut chosen = name.to_owned();
        let mut has_made_containers = false;
        for number in 2..NUMBERS_MAX {
            let dn = parent.within(former.rdn.with(&kind.config.rdn, &chosen));
            // Samba cannot do it to what is named by its GUID.
            let Some(now) = self.places.get(target.as_str()).map(|it| it.dn.clone()) else {
                return Err(Stop::Nothing);
            };
            let request = Request::Modify { dn: &now, changes: &undelete(&dn) };
            let controls = self.assertion(kind, target);
            let result = self.call(&request, &controls).await?;
            match result.code {
                code::SUCCESS => {
                    self.locate_again().await?;
                    return self.give_password(kind, target, draft).await;
                }
                code::ENTRY_ALREADY_EXISTS if kind.config.name_collision == NameCollision::Number => {
                    chosen = format!("{name} {number}");
                }
                code::ENTRY_ALREADY_EXISTS => return Err(self.refusal(&result, Some(target), false)),
                _ if !has_made_containers && !self.is_there(&parent.to_string()).await? => {
                    if !kind.config.create_containers {
                        return Err(Stop::Refused(no_container(&parent.to_string())));
                    }
                    self.make_containers(kind, &parent).await?;
                    has_made_containers = true;
                }
                _ => return Err(self.refusal(&result, Some(target), false)),
            }
        }
        Err(Stop::Conflict(Failure::new(ErrorKind::AlreadyExists, "too many objects have the name")))
    }

    /// Without the recycle bin an account comes back without a password, and could not be enabled.
    async fn give_password(&mut self, kind: &Kind, target: &TargetId, draft: &Draft) -> Result<(), Stop> {
        let held = self.held(target, "useraccountcontrol").and_then(|it| it.parse::<i64>().ok());
        let needs_one = held.is_some_and(|it| with_flags(it, &draft.flags) & PASSWORD_NOT_REQUIRED == 0);
        if !kind.is_account || self.directory.root.has_recycle_bin || draft.password.is_some() || !needs_one {
            return Ok(());
        }
        let password = random_password().map_err(|it| Stop::Open(it.failure()))?;
        let secrets = [password.expose().to_owned()];
        let encoded = Form::UnicodePassword.encode(&Value::Secret(password));
        let encoded = encoded.map_err(|it| Stop::Open(Failure::new(ErrorKind::Unexpected, it)))?;
        let change = [Modification::new(Operation::Replace, "unicodePwd", [encoded])];
        match self.modify(kind, target, &change).await {
            Ok(Modified::Yes | Modified::Nothing) => Ok(()),
            Ok(Modified::Refused(result)) => {
                Err(without_secrets(self.refusal(&result, Some(target), true), &secrets))
            }
            Err(stop) => Err(without_secrets(stop, &secrets)),
        }
    }
}
