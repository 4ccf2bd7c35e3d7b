//! The mappings of universes: workers become users, teams become groups, everything else varies.

use proptest::prelude::*;
use provisio::MappingSpec;
use provisio::model::Text;
use provisio::spec::{
    Adopted, Adoption, AssignedGroups, Assignment, AttributeMapping, Clause, Deprovision, Deprovisioning,
    FilterGroup, FlowType, LeavingAttribute, LeavingValue, Limit, MappingSource, ObjectMapping, Operator,
    ProtectedMembers, Quantifier, Rehire, Status, Step, Steps, TargetMissing, Through, Tombstone,
};
use provisio::store::Trigger;

/// What varies in a mapping.
#[derive(Clone, Debug)]
pub(super) struct SpecGene {
    scope: u8,
    out_of_scope: Option<Deprovision>,
    source_deleted: Option<Deprovision>,
    group_deleted: Option<Deprovision>,
    status: StatusGene,
    adopts: bool,
    recreates: bool,
    clears: bool,
    has_default: bool,
    maps_manager: bool,
    maps_members: bool,
    limits: u8,
    operations: u8,
    flows: u8,
    graces: u8,
    /// Whether groups are within groups, and whether they come out again when the source says nothing.
    within: u8,
    temporary: bool,
    meant: u8,
    protects: u8,
    leavings: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StatusGene {
    Unmapped,
    Mapped { create_disabled: bool },
}

pub(super) fn spec_gene() -> impl Strategy<Value = SpecGene> {
    let choice = || {
        prop_oneof![
            2 => Just(None),
            2 => Just(Some(Deprovision::Disable)),
            2 => Just(Some(Deprovision::Delete)),
            1 => Just(Some(Deprovision::Leave)),
        ]
    };
    let group_choice = prop_oneof![1 => Just(None), 1 => Just(Some(Deprovision::Delete))];
    let status = prop_oneof![
        2 => Just(StatusGene::Unmapped),
        1 => any::<bool>().prop_map(|create_disabled| StatusGene::Mapped { create_disabled }),
    ];
    let switches = (
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.85),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.9),
    );
    let numbers =
        (0_u8..16, 0_u8..8, 0_u8..10, 0_u8..3, prop::bool::weighted(0.85), 0_u8..20, 0_u8..12, 0_u8..6);
    (0_u8..8, choice(), choice(), group_choice, status, switches, 0_u8..6, numbers).prop_map(
        |(
            scope,
            out_of_scope,
            source_deleted,
            group_deleted,
            status,
            switches,
            limits,
            (operations, flows, graces, within, temporary, meant, protects, leavings),
        )| {
            let (adopts, recreates, clears, has_default, maps_manager, maps_members) = switches;
            SpecGene {
                scope,
                out_of_scope,
                source_deleted,
                group_deleted,
                status,
                adopts,
                recreates,
                clears,
                has_default,
                maps_manager,
                maps_members,
                limits,
                operations,
                flows,
                graces,
                within,
                temporary,
                meant,
                protects,
                leavings,
            }
        },
    )
}

/// Makes the mapping.
pub(super) fn spec(gene: &SpecGene) -> MappingSpec {
    let mut spec = MappingSpec::default();
    spec.name = "universe".into();
    spec.objects = vec![users(gene), groups(gene)];
    let limit = match gene.limits {
        0 => Limit::new(1, Some(1), None),
        1 => Limit::new(0, Some(0), None),
        2 => Limit::default(),
        _ => Limit::OFF,
    };
    spec.limits.deletes = limit;
    spec.limits.disables = limit;
    spec.limits.member_removals = limit;
    spec.limits.group_removals = if gene.limits == 3 { Limit::at_most(1) } else { limit };
    if gene.limits >= 3 {
        // Every group is privileged that is called by two names.
        let two = Clause::new("displayName", Operator::Includes, Some(" ".into()));
        let mut privileged = FilterGroup::default();
        privileged.clauses.push(two);
        spec.objects[1].privileged.groups.push(privileged);
        spec.limits.privileged_changes = Limit::at_most(u64::from(gene.limits - 3));
    }
    if gene.limits % 2 == 1 {
        spec.limits.window = None;
    }
    spec
}

fn users(gene: &SpecGene) -> ObjectMapping {
    let clear = |it: AttributeMapping| if gene.clears { it.clear_when_null() } else { it };
    let mut title = clear(AttributeMapping::direct("title", "title"));
    if gene.has_default {
        title = title.default("Member of staff");
    }
    if gene.flows & 4 != 0 && !gene.clears {
        title = title.flow(FlowType::Fill);
    }
    let mut external_id = AttributeMapping::direct("externalId", "number").matching(1);
    if gene.flows & 4 == 0 {
        external_id = external_id.always_exported();
    }
    let tags = AttributeMapping::direct("tags", "tags");
    let tags = match gene.flows & 3 {
        0 => clear(tags),
        1 => tags.flow(FlowType::Add),
        _ => clear(tags.merging("^(?i)hr:")),
    };
    let mut mapping = ObjectMapping::new("worker", "user")
        .with(external_id)
        .with(
            AttributeMapping::expression("userName", "ToLower([mail])").matching(2).temporary(gene.temporary),
        )
        .with(AttributeMapping::direct("displayName", "name"))
        .with(title)
        .with(tags)
        .with(AttributeMapping::direct("emails[type eq \"work\"].value", "mail"))
        .with(AttributeMapping::direct("level", "level").only_on_create());
    if gene.maps_manager {
        mapping = mapping.with(clear(AttributeMapping::direct("manager", "manager")));
    }
    if gene.flows & 3 == 3 {
        mapping = mapping.matching_all(["displayName", "title"], 3);
    }
    let mut status = Status::new("active");
    if let StatusGene::Mapped { create_disabled } = gene.status {
        status.create_disabled = create_disabled;
        mapping = mapping.with(AttributeMapping::direct("active", "employed"));
    }
    mapping.deprovisioning.status = Some(status);
    mapping.deprovisioning.out_of_scope = gene.out_of_scope.map(Into::into);
    mapping.deprovisioning.source_deleted = gene.source_deleted.map(Into::into);
    grace(gene.graces, &mut mapping.deprovisioning);
    protect(gene, &mut mapping);
    leavings(gene, &mut mapping);
    mapping.adoption = if gene.adopts { Adoption::Link } else { Adoption::Report };
    mapping.target_missing = if gene.recreates { TargetMissing::Recreate } else { TargetMissing::Report };
    match gene.operations {
        0 => mapping.operations.create = false,
        1 => mapping.operations.update = false,
        2 => mapping.operations.delete = false,
        _ => {}
    }
    let clause = match gene.scope {
        0 | 1 => Some(Clause::new("department", Operator::NotEquals, Some("Contractors".into()))),
        2 => Some(Clause::new("level", Operator::GreaterThan, Some(1.into()))),
        3 => Some(Clause::new("employed", Operator::IsTrue, None)),
        _ => None,
    };
    mapping.scope.groups.extend(clause.map(|it| FilterGroup::of([it])));
    who_is_meant(gene, &mut mapping);
    mapping
}

/// Asks for an assignment, a membership, or leaves some out of what is looked at.
fn who_is_meant(gene: &SpecGene, mapping: &mut ObjectMapping) {
    let members = || Through::new("team", "members");
    let nested = || {
        let mut through = members();
        through.nested = true;
        through
    };
    let assigned = |through: Through, ids: &[&str]| {
        let ids: Vec<Text> = ids.iter().map(Text::new).collect();
        Some(Assignment::through(AssignedGroups::new(through, ids)))
    };
    match gene.meant {
        0 => mapping.assignment = assigned(members(), &["t0", "t1"]),
        1 => mapping.assignment = assigned(nested(), &["t0", "t2"]),
        2 => {
            let mut assignment = Assignment::by_attribute("employed");
            assignment.ids = vec!["w0".into()];
            mapping.assignment = Some(assignment);
        }
        3 => {
            let clause = Clause::new("department", Operator::NotEquals, Some("Contractors".into()));
            mapping.input.groups = vec![FilterGroup::of([clause])];
        }
        4 => {
            let mut clause = Clause::member_of(vec!["t0".into()], nested());
            clause.operator = Operator::NotMemberOf;
            mapping.scope.groups.push(FilterGroup::of([clause]));
        }
        5 => {
            let clause = Clause::new("tags", Operator::StartsWith, Some("HR:".into()));
            let clause = clause.ignore_case().quantified(Quantifier::Any);
            mapping.scope.groups.push(FilterGroup::of([clause]));
        }
        // What is no number: nobody can tell.
        6 => {
            let clause = Clause::new("title", Operator::LessThan, Some(5.into()));
            mapping.scope.groups.push(FilterGroup::of([clause]));
        }
        _ => {}
    }
}

/// What accounts of leavers hold, where there are any that are disabled.
fn leavings(gene: &SpecGene, mapping: &mut ObjectMapping) {
    let disables = [Trigger::OutOfScope, Trigger::SourceDisabled, Trigger::SourceDeleted]
        .into_iter()
        .any(|it| mapping.deprovisioning.when(it).iter().any(|step| step.action == Deprovision::Disable));
    if !disables {
        return;
    }
    let maps = |name: &str| {
        let fits = |it: &&AttributeMapping| it.target.is(name) && it.flow == FlowType::Always;
        mapping.attributes.iter().any(|it| fits(&it))
    };
    let matches = mapping.matches.iter().flat_map(|it| &it.all).any(|it| it.is("displayName"));
    let mut attributes = Vec::new();
    if gene.leavings & 1 != 0 && !matches {
        let text = "Join(\" \", \"Left\", [name])".into();
        let source = MappingSource::Expression { text, span: 0..0 };
        attributes.push(LeavingAttribute::new("displayName", LeavingValue::Source(source)));
    }
    if gene.leavings & 2 != 0 && maps("manager") {
        attributes.push(LeavingAttribute::new("manager", LeavingValue::Clear));
    }
    if gene.leavings & 2 != 0 && maps("title") && !matches {
        let left = LeavingValue::Source(MappingSource::Constant("Left".into()));
        attributes.push(LeavingAttribute::new("title", left));
    }
    mapping.deprovisioning.attributes = attributes;
}

/// Which accounts stay as they are: by id, by what they hold, or as members of a group.
fn protect(gene: &SpecGene, mapping: &mut ObjectMapping) {
    match gene.protects {
        0 => mapping.protect.ids = vec!["u0".into(), "s0".into()],
        1 => {
            let mut group = FilterGroup::default();
            group.clauses = vec![Clause::new("note", Operator::Equals, Some("vip".into()))];
            mapping.protect.filter.groups = vec![group];
        }
        nested @ (2 | 3) => {
            let mut through = Through::new("group", "members");
            through.nested = nested == 3;
            mapping.protect.members_of = vec![ProtectedMembers::new(through, ["g0".into()])];
        }
        _ => {}
    }
}

/// What depends on time, or on what the source says of its objects.
fn grace(gene: u8, leaving: &mut Deprovisioning) {
    let step = |action, after_days| Step { action, after_days };
    match gene {
        0 => {
            leaving.out_of_scope = Steps::new([step(Deprovision::Disable, 0), step(Deprovision::Delete, 30)]);
        }
        1 => leaving.out_of_scope = Steps::new([step(Deprovision::Disable, 7)]),
        2 => {
            leaving.source_deleted = Some(Deprovision::Delete.into());
            leaving.tombstone = Some(Tombstone { days: 90, rehire: Rehire::Create });
            leaving.adopted = Adopted::Disable;
        }
        3 => {
            let disabled = Clause::new("employed", Operator::IsFalse, None);
            leaving.source_disabled_when = vec![disabled];
            leaving.source_disabled =
                Steps::new([step(Deprovision::Disable, 0), step(Deprovision::Delete, 3)]);
            leaving.skip_out_of_scope_deletions = true;
        }
        _ => {}
    }
}

fn groups(gene: &SpecGene) -> ObjectMapping {
    let mut mapping =
        ObjectMapping::new("team", "group").with(AttributeMapping::direct("displayName", "name").matching(1));
    if gene.within > 0 {
        let parent = AttributeMapping::direct("parent", "parent");
        mapping = mapping.with(if gene.within > 1 { parent.clear_when_null() } else { parent });
    }
    if gene.maps_members {
        let members = match gene.flows {
            6 => AttributeMapping::expression("members", "IgnoreFlowIfNullOrEmpty([members])"),
            _ => AttributeMapping::direct("members", "members"),
        };
        let joins_only = gene.flows == 7;
        mapping = mapping.with(if joins_only { members.flow(FlowType::Add) } else { members });
    }
    mapping.deprovisioning.source_deleted = gene.group_deleted.map(Into::into);
    mapping.adoption = if gene.adopts { Adoption::Link } else { Adoption::Report };
    mapping
}
