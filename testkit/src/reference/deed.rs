//! What a cycle wants to do with each object, before anybody objects.

use provisio::model::{AttrName, Attributes, LinkOrigin, Object, Text, Value, Values};
use provisio::spec::{Adopted, Apply, Deprovision, FlowType, LeavingValue, MappingSource};
use provisio::store::Trigger;

use super::given::{Given, given, given_unless_taken};
use super::held::change;
use super::pairing::{Pair, Pairs};
use super::place;
use super::protection::is_protected;
use super::referents::{Referent, manages, new_id, referent};
use super::rules::{AttributeRules, ObjectRules, Rules};
use super::state::State;

/// Something that is to be done with one target object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deed {
    /// The position of the object mapping.
    pub(super) mapping: usize,
    /// The id of the source object.
    pub(super) source: Text,
    /// The id of the target object.
    pub(super) target: Text,
    pub(super) what: What,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// It is created with these values, and linked.
    Create { values: Vec<(AttrName, Option<Values>)> },
    /// These attributes get these values, or none; it is linked if it is taken over.
    Change { values: Vec<(AttrName, Option<Values>)>, adopts: bool },
    /// Members join and leave.
    Members { attribute: AttrName, join: Vec<Text>, leave: Vec<Text> },
    /// It is deleted, and its link with it.
    Delete,
    /// The link goes, of which neither end is there any more.
    Unlink,
}

/// An object is left alone, whole.
struct LeftAlone;

pub(super) fn wanted(rules: &Rules<'_>, state: &State, pairs: &Pairs) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for at in 0..rules.mappings.len() {
        let mut wants = Wants { rules, state, pairs, at, mapping: &rules.mappings[at], chosen: Vec::new() };
        for source in rules.sources(at) {
            let (target, what) = match &pairs[&(at, source.id.clone())] {
                Pair::New => (new_id(rules, at, &source.id), wants.create(source)),
                Pair::Linked(target) if wants.is_protected(target) => continue,
                Pair::Linked(target) => (target.clone(), wants.update(source, target, false)),
                Pair::Matched(target, _) => (target.clone(), wants.update(source, target, true)),
                Pair::Left(target, trigger) => {
                    let origin = state.links.get(&(at, source.id.clone())).map(|it| it.1);
                    let what = wants.deprovision(*trigger, origin, target, Some(source));
                    deeds.extend(what.map(|what| wants.deed(&source.id, target, what)));
                    continue;
                }
                Pair::Aside(_) | Pair::Outside | Pair::Blocked => continue,
            };
            let Ok(what) = what else { continue };
            let members = wants.members(source, &target, &what);
            deeds.extend([what].into_iter().chain(members).map(|it| wants.deed(&source.id, &target, it)));
        }
        for ((mapping, source), (target, origin)) in &state.links {
            if *mapping == at && !pairs.contains_key(&(at, source.clone())) {
                let what = wants.source_deleted(target, *origin);
                deeds.extend(what.map(|it| wants.deed(source, target, it)));
            }
        }
    }
    deeds
}

/// What is wanted of the objects of one mapping.
struct Wants<'a, 'w> {
    rules: &'a Rules<'w>,
    state: &'a State,
    pairs: &'a Pairs,
    at: usize,
    mapping: &'a ObjectRules<'w>,
    /// The values that this cycle has chosen so far, of attributes that take what is not taken.
    chosen: Vec<(AttrName, Value)>,
}

impl Wants<'_, '_> {
    fn deed(&self, source: &Text, target: &Text, what: What) -> Deed {
        Deed { mapping: self.at, source: source.clone(), target: target.clone(), what }
    }

    fn is_protected(&self, target: &Text) -> bool {
        is_protected(self.rules, self.state, &self.mapping.spec.target, target)
    }

    fn create(&mut self, source: &Object) -> Result<What, LeftAlone> {
        if !self.mapping.spec.operations.create {
            return Err(LeftAlone);
        }
        let mut values = Vec::new();
        for attribute in self.mapping.attributes.iter().filter(|it| !it.is_membership()) {
            let name = &attribute.target.name;
            let taken = |candidate: &str| self.is_taken(attribute, candidate);
            let given = given_unless_taken(self.mapping, attribute, source, self.rules.world.now, &taken);
            let given = match given {
                Given::Values(given) => given,
                Given::LeaveAttribute => Vec::new(),
                Given::LeaveObject | Given::Fault => return Err(LeftAlone),
            };
            if attribute.program.as_ref().is_some_and(|it| it.needs_uniqueness()) {
                self.chosen.extend(given.first().map(|it| (name.clone(), it.clone())));
            }
            let was_given = !given.is_empty();
            let given = if attribute.is_reference() { self.targets(attribute, &given) } else { given };
            let is_lost = attribute.target.container && given.is_empty() && was_given;
            if is_lost {
                return Err(LeftAlone);
            }
            let given = Values::from_many(given).or_else(|| attribute.default.clone());
            let is_status = self.mapping.is_status_name(name);
            let says_disabled =
                self.mapping.says_disabled(given.as_ref().map(Values::as_slice).unwrap_or_default());
            let creates_disabled = self.mapping.status().is_some_and(|it| it.create_disabled);
            if is_status && says_disabled && !creates_disabled {
                return Err(LeftAlone);
            }
            match given {
                Some(given) => values.push((name.clone(), Some(given))),
                None if attribute.target.required => return Err(LeftAlone),
                None => {}
            }
        }
        if let Some(status) = self.mapping.unmapped_status() {
            let change = self.mapping.status_change(&Attributes::new(), &status.enabled);
            values.extend(change.map(|it| it.change));
        }
        Ok(What::Create { values })
    }

    /// Tells whether some object has a value or gets it in this cycle.
    fn is_taken(&self, attribute: &AttributeRules<'_>, candidate: &str) -> bool {
        let (name, candidate) = (&attribute.target.name, Value::from(candidate));
        let mut of_type = self.state.of_type(&self.mapping.spec.target);
        let is_chosen = self.chosen.iter().any(|(it, value)| it == name && attribute.same(value, &candidate));
        let holds = |it: &Attributes| attribute.has(&place::read(&attribute.target, it), &candidate);
        is_chosen || of_type.any(|(_, it)| holds(it))
    }

    fn targets(&self, attribute: &AttributeRules<'_>, given: &[Value]) -> Vec<Value> {
        let targets = given.iter().filter_map(|it| match it {
            Value::Reference(id) => match referent(self.rules, self.pairs, attribute, id) {
                Referent::One(target) => Some(Value::Reference(target)),
                Referent::Several(_) | Referent::Nothing | Referent::NotYet => None,
            },
            _ => None,
        });
        targets.collect()
    }

    fn update(&self, source: &Object, target: &Text, adopts: bool) -> Result<What, LeftAlone> {
        let object = self.state.object(&self.mapping.spec.target, target).ok_or(LeftAlone)?;
        let mut values: Vec<(AttrName, Option<Values>)> = Vec::new();
        let is_updated = |it: &&AttributeRules<'_>| !it.is_membership() && it.spec.apply == Apply::Always;
        for attribute in self.mapping.attributes.iter().filter(is_updated) {
            let name = &attribute.target.name;
            let given = given(self.mapping, attribute, source, self.rules.world.now);
            if matches!(given, Given::LeaveObject | Given::Fault) {
                return Err(LeftAlone);
            }
            let change =
                change(self.rules, self.pairs, attribute, &given, &place::read(&attribute.target, object));
            values.extend(change.map(|it| (name.clone(), it)));
        }
        if let Some(status) = self.mapping.unmapped_status() {
            let change = self.mapping.status_change(object, &status.enabled);
            values.extend(change.filter(|it| !it.is_there).map(|it| it.change));
        }
        if !values.is_empty() && !self.mapping.spec.operations.update {
            return Err(LeftAlone);
        }
        Ok(What::Change { values, adopts })
    }

    /// Who joins and who leaves the groups that an object is.
    fn members(&self, source: &Object, target: &Text, what: &What) -> Vec<What> {
        let is_new = matches!(what, What::Create { .. });
        if !is_new && !self.mapping.spec.operations.update {
            return Vec::new();
        }
        let memberships = self
            .mapping
            .attributes
            .iter()
            .filter(|it| it.is_membership() && (is_new || it.spec.apply == Apply::Always));
        memberships.filter_map(|it| self.members_of(it, source, target)).collect()
    }

    fn members_of(&self, attribute: &AttributeRules<'_>, source: &Object, target: &Text) -> Option<What> {
        let given = given(self.mapping, attribute, source, self.rules.world.now);
        let Given::Values(given) = given else { return None };
        let ids = given.iter().filter_map(|it| match it {
            Value::Reference(id) => Some(id),
            _ => None,
        });
        let (mut join, mut unclear) = (Vec::new(), Vec::new());
        for id in ids {
            match referent(self.rules, self.pairs, attribute, id) {
                Referent::One(target) if !join.contains(&target) => join.push(target),
                Referent::Several(targets) => unclear.extend(targets),
                Referent::One(_) | Referent::Nothing | Referent::NotYet => {}
            }
        }
        let object = self.state.object(&self.mapping.spec.target, target);
        let held = object.and_then(|it| it.get(attribute.target.name.as_str()));
        let held: Vec<Text> = held
            .map(|it| it.as_slice())
            .unwrap_or_default()
            .iter()
            .filter_map(|it| match it {
                Value::Reference(id) => Some(id.clone()),
                _ => None,
            })
            .collect();
        let leaves = |it: &&Text| {
            attribute.spec.flow == FlowType::Always
                && !join.contains(it)
                && !unclear.contains(it)
                && manages(self.state, self.pairs, attribute, it)
        };
        let leave: Vec<Text> = held.iter().filter(leaves).cloned().collect();
        join.retain(|it| !held.contains(it));
        // Who is protected neither joins nor leaves, of whatever type that may be. A group in a group that protects the
        // users in it is no user.
        let is_free = |id: &Text| {
            let types = attribute.refers_to.iter().map(|&at| &self.rules.mappings[at].spec.target);
            let mut types = types.filter(|it| self.state.object(it, id).is_some());
            !types.any(|it| is_protected(self.rules, self.state, it, id))
        };
        join.retain(is_free);
        let leave: Vec<Text> = leave.into_iter().filter(is_free).collect();
        let changes = !join.is_empty() || !leave.is_empty();
        changes.then(|| What::Members { attribute: attribute.target.name.clone(), join, leave })
    }

    fn source_deleted(&self, target: &Text, origin: LinkOrigin) -> Option<What> {
        if self.state.object(&self.mapping.spec.target, target).is_none() {
            return Some(What::Unlink);
        }
        self.deprovision(Trigger::SourceDeleted, Some(origin), target, None)
    }

    /// What becomes of the target object of a source object that left.
    /// Time stands still here: only what is done at once is done.
    fn deprovision(
        &self,
        trigger: Trigger,
        origin: Option<LinkOrigin>,
        target: &Text,
        source: Option<&Object>,
    ) -> Option<What> {
        let policy = &self.mapping.spec.deprovisioning;
        let most = match (origin, policy.adopted) {
            (Some(LinkOrigin::Adopted), Adopted::Leave) => Deprovision::Leave,
            (Some(LinkOrigin::Adopted), Adopted::Disable) if policy.status.is_some() => Deprovision::Disable,
            (Some(LinkOrigin::Adopted), Adopted::Disable) => Deprovision::Leave,
            _ => Deprovision::Delete,
        };
        if self.is_protected(target) {
            return None;
        }
        let first = policy.when(trigger).get(0).filter(|it| it.after_days == 0)?;
        let action = first.action.min(most);
        let object = self.state.object(&self.mapping.spec.target, target)?;
        let operations = self.mapping.spec.operations;
        match action {
            Deprovision::Delete if operations.delete => Some(What::Delete),
            Deprovision::Disable if operations.update => {
                let status = self.mapping.status()?;
                let change = self.mapping.status_change(object, &status.disabled)?;
                let mut values = self.of_leaver(object, source);
                values.extend((!change.is_there).then_some(change.change));
                (!values.is_empty()).then_some(What::Change { values, adopts: false })
            }
            // The worlds that are compared have no attribute for it.
            Deprovision::SoftDelete => None,
            Deprovision::Delete | Deprovision::Disable | Deprovision::Leave => None,
        }
    }

    /// What the attributes of a disabled leaver should hold, where they do not.
    fn of_leaver(&self, object: &Attributes, source: Option<&Object>) -> Vec<(AttrName, Option<Values>)> {
        let differing = self.mapping.leaving.iter().filter_map(|it| {
            let wanted: Vec<Value> = match (it.value, &it.given, source) {
                (LeavingValue::Clear, ..) => Vec::new(),
                (LeavingValue::Target(id), ..) => {
                    let types = &it.target.references;
                    types.iter().find(|object_type| self.state.object(object_type, id).is_some())?;
                    vec![Value::Reference(id.clone())]
                }
                (LeavingValue::Source(MappingSource::Constant(_)), Some(given_by), None) => {
                    let nobody = Object::new("nobody", "");
                    given(self.mapping, given_by, &nobody, self.rules.world.now).values().to_vec()
                }
                // Of who is gone, nothing is known.
                (_, Some(given_by), Some(source)) => {
                    let given = given(self.mapping, given_by, source, self.rules.world.now);
                    Some(given.values().to_vec()).filter(|it| !it.is_empty())?
                }
                _ => return None,
            };
            let held = place::read(&it.target, object);
            let same = it.rule.same_set(wanted.iter().map(Value::borrow), held.iter().map(Value::borrow));
            (!same).then(|| (it.target.name.clone(), Values::from_many(wanted)))
        });
        differing.collect()
    }
}
