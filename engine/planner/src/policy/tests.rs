//! The table, row by row.

use provisio_model::{AttributeSchema, Capabilities, ObjectSchema, Schema, ValueKind};

use super::*;
use crate::spec::load;

use Situation as S;

/// What a mapping with all defaults and a status attribute does.
const DEFAULT: [(Situation, Response); S::ALL.len()] = [
    (S::Filtered, Response::Skip),
    (S::ScopeUnknown, Response::Wait),
    (S::Unassigned, Response::Skip),
    (S::OutOfScope, Response::Skip),
    (S::Unmatched, Response::Create),
    (S::MatchUnproved, Response::Wait),
    (S::CreateUnanswered, Response::Wait),
    (S::Matched, Response::Adopt),
    (S::MatchTaken, Response::Report),
    (S::AmbiguousTarget, Response::Report),
    (S::AmbiguousSource, Response::Report),
    (S::SameMatchingValue, Response::Report),
    (S::NoMatchingValue, Response::Report),
    (S::MatchingFailed, Response::Report),
    (S::Linked, Response::Update),
    (S::LinkedUnseen, Response::Wait),
    (S::LinkedGone, Response::Create),
    (S::LostAssignment, Response::Disable),
    (S::LostAssignmentUnseen, Response::Wait),
    (S::LostAssignmentGone, Response::Nothing),
    (S::LeftScope, Response::Disable),
    (S::LeftScopeUnseen, Response::Wait),
    (S::LeftScopeGone, Response::Nothing),
    (S::DisabledUnlinked, Response::Skip),
    (S::Rehired, Response::Create),
    (S::SourceDisabled, Response::Disable),
    (S::SourceDisabledUnseen, Response::Wait),
    (S::SourceDisabledGone, Response::Nothing),
    (S::SourceDeleted, Response::Disable),
    (S::SourceDeletedUnseen, Response::Wait),
    (S::SourceDeletedGone, Response::Unlink),
    (S::SourceUnproved, Response::Wait),
    (S::Protected, Response::Skip),
    (S::ProtectedMatch, Response::Report),
    (S::ProtectedLeaver, Response::Skip),
    (S::ProtectionUnknown, Response::Wait),
    (S::Unmanaged, Response::Nothing),
];

/// Returns the rows that differ from those of a mapping with all defaults.
fn differences(settings: &str, capabilities: Capabilities) -> Vec<(Situation, Response)> {
    let rows = table(settings, capabilities);
    let differs = rows.into_iter().zip(DEFAULT).filter(|(row, default)| row != default);
    differs.map(|(row, _)| row).collect()
}

fn table(settings: &str, capabilities: Capabilities) -> Vec<(Situation, Response)> {
    rows(settings, capabilities).into_iter().map(|it| (it.situation, it.response)).collect()
}

fn rows(settings: &str, capabilities: Capabilities) -> Vec<PolicyRow> {
    let status = "status = { attribute = \"active\" }";
    let deprovisioning = match settings.split_once("[deprovisioning]") {
        Some((_, keys)) => format!("{keys}\n{status}"),
        None => status.to_owned(),
    };
    let keys = settings.split("[deprovisioning]").next().unwrap_or_default();
    let text = format!(
        "format = 1\n[[object]]\nsource = \"worker\"\ntarget = \"user\"\n{keys}\n\
         [object.deprovisioning]\n{deprovisioning}\n\
         [object.attributes]\nuserName = {{ attribute = \"mail\", matching = 1 }}\n"
    );
    let spec = load(&text).unwrap();
    let source = Schema::new([ObjectSchema::new("worker", [AttributeSchema::text("mail")])]);
    let user = [AttributeSchema::text("userName"), AttributeSchema::new("active", ValueKind::Bool)];
    let target = Schema::new([ObjectSchema::new("user", user)]);
    let functions = provisio_expression::FunctionTable::standard();
    let (compiled, _) = crate::compile(&spec, &source, &target, &functions).unwrap();
    compiled.policy(&capabilities)
}

#[test]
fn every_situation_has_its_answer() {
    assert_eq!(table("", Capabilities::READ_WRITE), DEFAULT);
}

#[test]
fn a_setting_changes_its_own_rows_only() {
    let refused = |kind| Response::NotAllowed(kind);
    let cases: [(&str, &[(Situation, Response)]); 11] = [
        ("adoption = \"report\"", &[(S::Matched, Response::Report)]),
        ("target_missing = \"report\"", &[(S::LinkedGone, Response::Report)]),
        (
            "operations = [\"update\", \"delete\"]",
            &[
                (S::Unmatched, refused(ActionKind::Create)),
                (S::LinkedGone, refused(ActionKind::Create)),
                (S::Rehired, refused(ActionKind::Create)),
            ],
        ),
        (
            "operations = [\"create\", \"delete\"]",
            &[
                (S::LostAssignment, refused(ActionKind::Disable)),
                (S::LeftScope, refused(ActionKind::Disable)),
                (S::SourceDisabled, refused(ActionKind::Disable)),
                (S::SourceDeleted, refused(ActionKind::Disable)),
            ],
        ),
        ("operations = [\"create\", \"update\"]", &[]),
        (
            "[deprovisioning]\nskip_out_of_scope_deletions = true",
            &[(S::LostAssignment, Response::Skip), (S::LeftScope, Response::Skip)],
        ),
        (
            "[deprovisioning]\ntombstone = { days = 90, rehire = \"report\" }",
            &[(S::Rehired, Response::Report)],
        ),
        ("[deprovisioning]\nsource_deleted = \"delete\"", &[(S::SourceDeleted, Response::Delete)]),
        (
            "[deprovisioning]\nout_of_scope = \"delete\"",
            &[
                (S::LostAssignment, Response::Delete),
                (S::LeftScope, Response::Delete),
                (S::SourceDisabled, Response::Delete),
                (S::SourceDeleted, Response::Delete),
            ],
        ),
        (
            "[deprovisioning]\nout_of_scope = \"leave\"",
            &[
                (S::LostAssignment, Response::Skip),
                (S::LeftScope, Response::Skip),
                (S::SourceDisabled, Response::Skip),
                (S::SourceDeleted, Response::Skip),
            ],
        ),
        (
            "operations = [\"create\"]\n[deprovisioning]\nsource_deleted = \"delete\"",
            &[
                (S::LostAssignment, refused(ActionKind::Disable)),
                (S::LeftScope, refused(ActionKind::Disable)),
                (S::SourceDisabled, refused(ActionKind::Disable)),
                (S::SourceDeleted, refused(ActionKind::Delete)),
            ],
        ),
    ];
    for (settings, expected) in cases {
        assert_eq!(differences(settings, Capabilities::READ_WRITE), expected, "{settings}");
    }
}

#[test]
fn steps_are_shown_with_their_days() {
    let policy = "[deprovisioning]\nout_of_scope = [\"disable\", { action = \"delete\", after_days = 30 }]";
    let rows = rows(policy, Capabilities::READ_WRITE);
    let answer = |situation| rows.iter().find(|it| it.situation == situation).map(PolicyRow::answer);
    assert_eq!(answer(S::LeftScope).as_deref(), Some("disable, delete after 30 days"));
    assert_eq!(answer(S::Linked).as_deref(), Some("update"));
}

#[test]
fn what_the_target_cannot_do_is_not_allowed() {
    let mut capabilities = Capabilities::READ_WRITE;
    capabilities.create = false;
    let expected =
        [S::Unmatched, S::LinkedGone, S::Rehired].map(|it| (it, Response::NotAllowed(ActionKind::Create)));
    assert_eq!(differences("", capabilities), expected);
}

#[test]
fn names_are_unique_and_found_again() {
    for situation in Situation::ALL {
        assert_eq!(Situation::parse(situation.name()), Some(situation));
    }
    assert_eq!(Situation::parse("nothing"), None);
}
