//! How is an object made? With all that it holds; an account of Active Directory first disabled, then with its password,
//! then as it should be.

use provisio_model::{Applied, Attributes, ErrorKind, Failure, TargetId, Text, Value};

use super::update::{
    Modified, NUMBERS_MAX, exchange, group_type_of, must_change_password, no_container, with_flags,
};
use super::{Stop, Writing, without_secrets};
use crate::active_directory::{
    ACCOUNT_DISABLED, NEW_GROUP, NORMAL_ACCOUNT, PASSWORD_NOT_REQUIRED, group_type_text, random_password,
};
use crate::config::NameCollision;
use crate::control::{Control, POST_READ, post_read};
use crate::dn::Dn;
use crate::draft::{Draft, Drafting};
use crate::form::Form;
use crate::kind::Kind;
use crate::ldap::VALUES_PER_CHANGE_MAX;
use crate::references::Place;
use crate::request::{Modification, Operation, Request, Search};
use crate::result::code;

/// What is done to an account once it is there.
struct Account {
    /// Its `userAccountControl` when it is made, and in the end.
    first: i64,
    last: i64,
    password: Option<Vec<u8>>,
    must_change_password: Option<bool>,
}

/// The attributes of an entry as they are sent.
type Wire = Vec<(String, Vec<Vec<u8>>)>;

impl Writing<'_> {
    pub(super) async fn create(&mut self, kind: &Kind, attributes: &Attributes) -> Result<Applied, Stop> {
        let draft = Drafting { kind, places: &self.places }.create(attributes)?;
        let mut secrets = draft.secrets.clone();
        let created = self.create_drafted(kind, draft, &mut secrets).await;
        created.map_err(|it| without_secrets(it, &secrets))
    }

    async fn create_drafted(
        &mut self,
        kind: &Kind,
        draft: Draft,
        secrets: &mut Vec<String>,
    ) -> Result<Applied, Stop> {
        let Some(name) = draft.rdn.clone() else {
            let message = format!("`{}` names the object, and has no value", kind.config.rdn);
            return Err(Stop::Refused(Failure::new(ErrorKind::SchemaViolation, message)));
        };
        let container = draft.parent.clone().unwrap_or_else(|| kind.container.clone());
        let account = account(kind, &draft, secrets)?;
        let primary_group = draft.primary_group.clone();
        let (wire, later) = wire(kind, draft, account.as_ref())?;
        let (target, dn) = self.add(kind, &container, &name, wire).await?;
        self.places.insert(target.text().clone(), Place { dn, ..Place::default() });
        let mut finished = self.finish(kind, &target, later, account).await;
        if let (Ok(()), Some(group)) = (&finished, primary_group) {
            finished = self.set_primary_group(kind, &target, &group, false).await.map(drop);
        }
        if let Err(stop) = finished {
            return Err(self.take_back(kind, &target, stop).await);
        }
        Ok(Applied::to(target))
    }

    /// Adds an entry, and returns its id, where it is, and the name that it got.
    async fn add(
        &mut self,
        kind: &Kind,
        container: &Dn,
        name: &Text,
        mut wire: Wire,
    ) -> Result<(TargetId, String), Stop> {
        let naming = &kind.config.rdn;
        let anchor = kind.anchor.attribute.as_str();
        let mut chosen = name.clone();
        let mut has_made_containers = false;
        let mut number = 1;
        while number < NUMBERS_MAX {
            // Active Directory takes the value from the name.
            if !kind.is_active_directory {
                wire.retain(|(attribute, _)| !attribute.eq_ignore_ascii_case(naming));
                wire.push((naming.clone(), vec![chosen.as_bytes().to_vec()]));
            }
            let dn = container.child(naming, &chosen).to_string();
            let controls: Vec<Control> = match self.directory.root.knows(POST_READ) {
                true => vec![Control::post_read(&[anchor])],
                false => Vec::new(),
            };
            let request = Request::Add { dn: &dn, attributes: &wire };
            let take = |controls: crate::response::Controls<'_>| match post_read(controls)? {
                Some(entry) => Ok(entry.first(anchor)?.and_then(|it| kind.anchor.id(it))),
                None => Ok(None),
            };
            let (result, id) = self.call_for(&request, &controls, take).await?;
            match result.code {
                code::SUCCESS => {
                    let id = match id {
                        Some(id) => id,
                        None => self.id_of(kind, &dn).await?,
                    };
                    return Ok((TargetId::new(id), dn));
                }
                code::NO_SUCH_OBJECT if !has_made_containers => {
                    // One that is there now was made meanwhile, by a write on another connection.
                    if !self.is_there(&container.to_string()).await? {
                        if !kind.config.create_containers {
                            return Err(Stop::Refused(no_container(&container.to_string())));
                        }
                        self.make_containers(kind, container).await?;
                    }
                    has_made_containers = true;
                }
                code::ENTRY_ALREADY_EXISTS
                    if kind.config.name_collision == NameCollision::Number && self.is_there(&dn).await? =>
                {
                    number += 1;
                    chosen = format!("{name} {number}").into();
                }
                _ => return Err(self.refusal(&result, None, false)),
            }
        }
        Err(Stop::Conflict(Failure::new(ErrorKind::AlreadyExists, "too many objects have the name")))
    }

    /// Looks up the id of an entry that was made.
    async fn id_of(&mut self, kind: &Kind, dn: &str) -> Result<Text, Stop> {
        let search = Search::entry(dn, &[kind.anchor.attribute.as_str()]);
        let found = self.reading(async |connection| {
            crate::directory::one(connection, &search, |it| {
                Ok(it.first(&kind.anchor.attribute)?.and_then(|it| kind.anchor.id(it)))
            })
            .await
        });
        // It is there: whatever went wrong, it must be looked for.
        let open = |failure: Failure| Stop::Open(failure);
        match found.await {
            Ok(Some(Some(id))) => Ok(id),
            Ok(_) => {
                let message = format!("`{dn}` was made, and has no readable `{}`", kind.anchor.attribute);
                Err(open(Failure::new(ErrorKind::Unexpected, message)))
            }
            Err(Stop::Refused(failure) | Stop::Conflict(failure) | Stop::Open(failure)) => Err(open(failure)),
            Err(Stop::Nothing) => {
                Err(open(Failure::new(ErrorKind::Unexpected, "the object was made and not found")))
            }
        }
    }

    /// Does to a new object what cannot be done while it is made.
    async fn finish(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        later: Vec<Modification>,
        account: Option<Account>,
    ) -> Result<(), Stop> {
        for modification in later {
            self.must_modify(kind, target, &[modification]).await?;
        }
        let Some(account) = account else { return Ok(()) };
        if let Some(password) = account.password {
            let change = [Modification::new(Operation::Replace, "unicodePwd", [password])];
            self.must_modify(kind, target, &change).await?;
        }
        let mut changes =
            exchange("userAccountControl", &account.first.to_string(), &account.last.to_string());
        changes.extend(account.must_change_password.map(must_change_password));
        if changes.is_empty() { Ok(()) } else { self.must_modify(kind, target, &changes).await }
    }

    async fn must_modify(
        &mut self,
        kind: &Kind,
        target: &TargetId,
        changes: &[Modification],
    ) -> Result<(), Stop> {
        match self.modify(kind, target, changes).await? {
            Modified::Yes | Modified::Nothing => Ok(()),
            Modified::Refused(result) => Err(self.refusal(&result, None, false)),
        }
    }

    /// Removes an object again that was made a moment ago and cannot become what it should be: what is refused has
    /// changed nothing.
    async fn take_back(&mut self, kind: &Kind, target: &TargetId, stop: Stop) -> Stop {
        let (Stop::Refused(failure) | Stop::Conflict(failure)) = &stop else { return stop };
        let Some(dn) = self.dn_of(kind, target) else { return stop };
        let failure = failure.clone();
        let controls = self.assertion(kind, target);
        match self.call(&Request::Delete { dn: &dn }, &controls).await {
            Ok(result) if result.is_success() => {
                self.places.remove(target.as_str());
                stop
            }
            _ => Stop::Open(failure),
        }
    }
}

/// Decides how an account becomes what it should be.
fn account(kind: &Kind, draft: &Draft, secrets: &mut Vec<String>) -> Result<Option<Account>, Stop> {
    if !kind.is_account {
        return Ok(None);
    }
    let last = with_flags(NORMAL_ACCOUNT, &draft.flags);
    let first = last | ACCOUNT_DISABLED;
    let needs_password = last & PASSWORD_NOT_REQUIRED == 0;
    let password = match &draft.password {
        Some(password) => Some(password.clone()),
        None if needs_password => {
            let password = random_password().map_err(|it| Stop::Refused(it.failure()))?;
            secrets.push(password.expose().to_owned());
            let encoded = Form::UnicodePassword.encode(&Value::Secret(password));
            Some(encoded.map_err(|it| Stop::Refused(Failure::new(ErrorKind::Unexpected, it)))?)
        }
        None => None,
    };
    Ok(Some(Account { first, last, password, must_change_password: draft.must_change_password }))
}

/// Puts together what is sent when the entry is made, and what is added later because it is too much at once.
fn wire(kind: &Kind, draft: Draft, account: Option<&Account>) -> Result<(Wire, Vec<Modification>), Stop> {
    let classes = kind.config.object_classes.iter().map(|it| it.as_bytes().to_vec()).collect();
    let mut wire: Wire = vec![("objectClass".to_owned(), classes)];
    let mut later = Vec::new();
    for modification in draft.modifications {
        let mut values = modification.values;
        while values.len() > VALUES_PER_CHANGE_MAX {
            let rest = values.split_off(values.len() - VALUES_PER_CHANGE_MAX);
            later.push(Modification::new(Operation::Add, modification.attribute.as_str(), rest));
        }
        wire.push((modification.attribute, values));
    }
    if let Some(account) = account {
        wire.push(("userAccountControl".to_owned(), vec![account.first.to_string().into_bytes()]));
    }
    if kind.is_group {
        let wanted = group_type_of(NEW_GROUP, draft.group_scope.as_deref(), draft.group_security)?;
        wire.push(("groupType".to_owned(), vec![group_type_text(wanted).into_bytes()]));
    }
    Ok((wire, later))
}
