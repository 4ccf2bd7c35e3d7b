//! Plans for leavers whose attributes hold something of their own, changed in ways that the planner never would.

use provisio_model::{Value, Values};
use provisio_planner::spec::{Deprovision, LeavingAttribute, LeavingValue, MappingSource, Step, Steps};
use provisio_planner::{Action, ActionKind as Kind, Operation, Plan};

use super::corruptions::{Corruption, forged, misplaced};
use super::forge::{change, changed, changes, operation, referring, value};
use super::universe::Universe;

impl Universe {
    /// Makes a world in which leavers get a name, lose their manager, and one of them is disabled already.
    pub(super) fn with_attributes_of_leavers() -> Self {
        let mut it = Self::new();
        let name = LeavingValue::Source(MappingSource::Constant("Left".into()));
        it.spec.objects[0].deprovisioning.attributes = vec![
            LeavingAttribute::new("displayName", name),
            LeavingAttribute::new("manager", LeavingValue::Clear),
        ];
        it.target("u6").attributes.set("manager", Value::Reference("u4".into()));
        it.worker(super::universe::worker("w20", "SE"));
        it.user(super::universe::user("20").with("active", false));
        it.link(super::universe::USERS, "w20", "u20");
        it
    }
}

fn disable(plan: &mut Plan) -> &mut Operation {
    operation(plan, Kind::Disable, "login6")
}

fn update(plan: &mut Plan) -> &mut Operation {
    operation(plan, Kind::Update, "login20")
}

pub(super) const LEAVING: &[Corruption] = &[
    forged(
        "a leaver gets another value",
        |plan| change(disable(plan), "displayName").after = Some(value("Gone")),
        &["NotFromSource", "RememberedWrongly"],
    ),
    forged(
        "a leaver gets a manager",
        |plan| change(disable(plan), "manager").after = Some(referring("u3")),
        &["NotFromSource"],
    ),
    forged(
        "a leaver gets what is none of leavers",
        |plan| changes(disable(plan)).push(changed("tags", None, Some(value("left")))),
        &["NotFromSource"],
    ),
    forged(
        "a leaver who is disabled already is disabled again",
        |plan| {
            let operation = update(plan);
            let changes = changes(operation).clone();
            operation.action = Action::Disable { changes };
        },
        &["NotRemembered", "RevokesTooLate", "StatusDiffers"],
    ),
    forged(
        "a leaver is disabled by what only goes with it",
        |plan| {
            let before = Some(Values::one(true));
            let operation = disable(plan);
            let mut changes = changes(operation).clone();
            changes.retain(|it| !it.attribute.is("active"));
            changes.push(changed("active", before, Some(value(false))));
            operation.action = Action::Update { changes };
        },
        &["RemembersWhatIsNot", "RevokesTooLate", "StatusDiffers"],
    ),
    misplaced(
        "the step that sets what leavers hold has not come",
        |it| {
            let late = [Step { action: Deprovision::Disable, after_days: 5 }];
            it.spec.objects[0].deprovisioning.out_of_scope = Steps::new(late);
        },
        &["OtherSpec", "TooEarly"],
    ),
];
