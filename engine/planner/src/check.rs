//! Is a plan fit to be carried out? ([`PlanInput`], [`Plan`]) to [`Violation`]s.
//!
//! This judges a plan by the rules that never bend, without calling the stages that make plans, so that it does
//! not share their mistakes. It reads the compiled spec, both reads, the links and the plan; it evaluates no
//! expression. It finds what a plan does wrongly, not what it leaves out.
//!
//! * `facts`: what the rules ask again and again, looked up once;
//! * `header`: made from this spec and this state;
//! * `reasons`: why an operation is there, and whether the mapping allows it;
//! * `situations`: what its object is;
//! * `identity`: whose objects are touched (R2, R7), and absence only where it is proved (R1);
//! * `scope`, `memberships`: which source objects are in scope;
//! * `leaving`: whether it is time for what happens to leavers, and whether what is noted is true;
//! * `attributes`, `values`, `origin`: what is written;
//! * `blend`: values that must stay;
//! * `members`: who joins and who leaves;
//! * `protection`: what is protected stays as it is (R2);
//! * `references`: what is referred to is there;
//! * `exchange`: temporary values are needed and replaced;
//! * `containers`: nothing is in itself, and nothing is left in what is deleted;
//! * `waits`, `sequence`: everything waits for what it depends on and for nothing else, and revocations come first;
//! * `writes`: everything is written once;
//! * `unique`, `matches`: no second object for what is one;
//! * `sent`: what is sent again, and what is remembered of it;
//! * `limits`: what had to be held back (R4);
//! * `undoing`: plans that undo earlier cycles, which are not made from the source.

mod attributes;
mod blend;
mod containers;
mod exchange;
mod facts;
mod header;
mod identity;
mod leaving;
mod limits;
mod matches;
mod members;
mod memberships;
mod origin;
mod protection;
mod reasons;
mod references;
mod report;
mod scope;
mod sent;
mod sequence;
mod situations;
mod staged;
mod undoing;
mod unique;
mod values;
mod violation;
mod waits;
mod writes;

use crate::input::PlanInput;
use crate::plan::Plan;

use facts::Facts;
use report::Report;
pub use violation::{Violation, ViolationKind};

/// Finds what is wrong with a plan, sorted; nothing in a plan that may be carried out.
///
/// The cost grows with the plan, the links and the reads, a little more than in proportion.
pub fn check(input: &PlanInput<'_>, plan: &Plan) -> Vec<Violation> {
    let mut report = Report::default();
    if let Err(error) = input.validate() {
        report.add(None, ViolationKind::UnfitInput { why: error.to_string().into() });
        return report.finish();
    }
    header::check(input, plan, &mut report);
    let facts = Facts::new(input, plan);
    if undoing::is_meant(plan) {
        undoing::check(&facts, &mut report);
        return report.finish();
    }
    let protection = protection::Protection::of(input);
    for subject in facts.subjects(&mut report) {
        let before = report.len();
        reasons::check(&subject, &mut report);
        leaving::check(&facts, &subject, &mut report);
        let identified = identity::check(&facts, &subject, &mut report);
        if report.len() == before {
            // Of an object that is not what the operation says, the situation means nothing.
            situations::check(&facts, &subject, &mut report);
        }
        undoing::check_lost(&facts, &subject, &mut report);
        protection.check(&facts, &subject, &mut report);
        references::check(&facts, &subject, &mut report);
        waits::check(&facts, &subject, &mut report);
        if identified {
            attributes::check(&facts, &subject, &mut report);
            members::check(&facts, &subject, &mut report);
        }
    }
    let writers = writes::check(&facts, &mut report);
    unique::check(&facts, &writers, &mut report);
    containers::check(&facts, &mut report);
    // Judges what the others found out about who waits for whom.
    sequence::check(&facts, &mut report);
    matches::check(&facts, &mut report);
    limits::check(&facts, &mut report);
    staged::check(&facts, &mut report);
    sent::check(&facts, &mut report);
    leaving::check_memory(&facts, &mut report);
    report.finish()
}
