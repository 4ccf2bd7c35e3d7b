//! What the check says of plans that are made from changes alone.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

use provisio_expression::FunctionTable;
use provisio_model::{
    AttributeSchema, Capabilities, Change, LinkTable, Object, ObjectSchema, Schema, Timestamp,
};
use provisio_planner::{
    Answer, Baseline, Generation, Memory, Open, Plan, PlanError, PlanInput, Question, Released, Remembered,
    Selection, SelectionLimits, Standing, Step, TargetKnowledge, Totals, WhyFull, check, compile, plan, spec,
};

const MAPPING: &str = r#"
format = 1
[[object]]
source = "worker"
target = "user"
[object.attributes]
userName = { attribute = "mail", matching = 1 }
"#;

fn with_selection(baseline: impl Fn(&mut Baseline), act: impl FnOnce(Selection<'_>)) {
    let source = Schema::new([ObjectSchema::new("worker", [AttributeSchema::text("mail")])]);
    let user_name = AttributeSchema::text("userName").required().unique();
    let target = Schema::new([ObjectSchema::new("user", [user_name])]);
    let spec = spec::load(MAPPING).expect("the mapping is valid");
    let (spec, _) = compile(&spec, &source, &target, &FunctionTable::standard()).expect("the mapping fits");
    let links = LinkTable::new();
    let frame = PlanInput {
        spec: &spec,
        source: &[],
        target: &[],
        links: &links,
        memory: Memory::nothing(),
        capabilities: Capabilities::READ_WRITE,
        now: Timestamp::from_second(0),
        parent: Generation(1),
        released: Released::NOTHING,
        evidence: None,
    };
    let mut from = Baseline::new(spec.fingerprint(), 10, [Totals::new(10, 0)], Open::Objects(Vec::new()));
    baseline(&mut from);
    let joiner = Object::new("worker", "1").with("mail", "a@x.example");
    let (known_by, limits) = (TargetKnowledge::LookUp, SelectionLimits::default());
    act(Selection::new(frame, &from, [Change::Upsert(joiner)], known_by, limits));
}

/// Answers everything: there is nobody.
fn answer_all(selection: &mut Selection<'_>) -> Plan {
    loop {
        match selection.step().expect("it can be planned") {
            Step::Ask(questions) => {
                for question in questions {
                    let answer = match question {
                        Question::Remembered(_) => Answer::Remembered(Remembered::new(Standing::Gone, [])),
                        Question::Referrers(_) | Question::Alike(_) => Answer::Sources(Vec::new()),
                        Question::TargetWith { .. } => Answer::Objects(Vec::new()),
                        _ => Answer::Absent,
                    };
                    selection.answer(&question, answer).expect("an answer to the question");
                }
            }
            Step::Planned(planned) => return planned.plan,
            Step::Full(why) => panic!("{why}"),
        }
    }
}

fn violations(input: &PlanInput<'_>, plan: &Plan) -> Vec<String> {
    let names = check(input, plan).into_iter().map(|it| format!("{:?}", it.kind));
    names.map(|it| it.split([' ', '{']).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_plan_from_changes_is_sound() {
    with_selection(
        |_| {},
        |mut selection| {
            let plan = answer_all(&mut selection);
            assert_eq!(plan.operations.len(), 1, "{}", plan.text());
            assert_eq!(violations(&selection.input(), &plan), [""; 0]);
        },
    );
}

#[test]
fn what_was_not_asked_proves_nothing() {
    with_selection(
        |_| {},
        |mut selection| {
            let plan = answer_all(&mut selection);
            with_selection(
                |_| {},
                |unasked| {
                    let found = violations(&unasked.input(), &plan);
                    for kind in ["TargetAbsenceNotProved", "LinksNotAsked", "ValueNotAsked"] {
                        assert!(found.iter().any(|it| it == kind), "{kind} is not among {found:?}");
                    }
                },
            );
        },
    );
}

#[test]
fn a_plan_says_how_the_target_was_known() {
    with_selection(
        |_| {},
        |mut selection| {
            let mut plan = answer_all(&mut selection);
            plan.target_known_by = TargetKnowledge::Listing;
            assert_eq!(violations(&selection.input(), &plan), ["OtherKnowledge"]);
        },
    );
}

#[test]
fn there_is_no_plan_while_questions_are_left() {
    with_selection(
        |_| {},
        |selection| {
            assert!(matches!(plan(&selection.input()), Err(PlanError::Lacking { questions: 1.. })));
        },
    );
}

#[test]
fn look_ups_and_reads_do_not_mix() {
    with_selection(
        |_| {},
        |selection| {
            let mixed = PlanInput { evidence: None, ..selection.input() };
            assert_eq!(plan(&mixed), Err(PlanError::Mixed));
        },
    );
}

#[test]
fn an_answer_to_another_question_is_refused() {
    with_selection(
        |_| {},
        |mut selection| {
            let Ok(Step::Ask(questions)) = selection.step() else { panic!("something is asked") };
            assert!(selection.answer(&questions[0], Answer::Absent).is_err());
        },
    );
}

#[test]
fn a_full_plan_is_asked_for_when_changes_alone_do_not_do() {
    let why = |change: fn(&mut Baseline)| {
        let mut found = None;
        with_selection(change, |mut selection| {
            if let Ok(Step::Full(why)) = selection.step() {
                found = Some(why);
            }
        });
        found
    };
    assert_eq!(why(|_| {}), None);
    assert_eq!(why(|it| it.spec = provisio_planner::Fingerprint::of("another")), Some(WhyFull::OtherSpec));
    assert_eq!(why(|it| it.open = Open::Everything), Some(WhyFull::Incomplete));
}
