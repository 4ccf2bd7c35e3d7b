//! What should somebody do about it, and whose business is it?

use provisio_model::{ErrorKind, Failure, Text};

use super::record::{Category, ErrorNote};

/// Returns the stable word of a kind of failure.
pub(crate) fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "unauthenticated",
        ErrorKind::PermissionDenied => "permission_denied",
        ErrorKind::NotFound => "not_found",
        ErrorKind::AlreadyExists => "already_exists",
        ErrorKind::UniquenessViolated => "uniqueness_violated",
        ErrorKind::InvalidValue => "invalid_value",
        ErrorKind::SchemaViolation => "schema_violation",
        ErrorKind::ReadOnly => "read_only",
        ErrorKind::PreconditionFailed => "precondition_failed",
        ErrorKind::TooLarge => "too_large",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Unreachable => "unreachable",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::ConfigInvalid => "config_invalid",
        _ => "unexpected",
    }
}

/// Returns the error of a failure.
pub(super) fn of_failure(failure: &Failure, reason: Text) -> ErrorNote {
    note(word(failure.kind), reason)
}

/// Returns the error with this code.
pub(super) fn note(code: &str, reason: Text) -> ErrorNote {
    let (category, advice) = advice(code);
    ErrorNote { code: code.into(), category, reason, recommended_action: advice.into() }
}

/// Returns whose business a code is, and what to do about it.
fn advice(code: &str) -> (Category, &'static str) {
    use Category::{Access, Configuration, Conflict, Data, Dependency, Other, Safety, Transient};
    match code {
        "unauthenticated" => {
            (Access, "renew the credentials of the target; nothing more is sent until they work")
        }
        "permission_denied" => (Access, "allow the account that provisions to do this"),
        "not_found" => (Transient, "none: the next cycle reads the target anew and decides again"),
        "already_exists" => {
            (Conflict, "none if it matches: the next cycle finds it; else change a matching attribute")
        }
        "uniqueness_violated" | "not_unique" => {
            (Conflict, "find out who has the value, or let the mapping make another one")
        }
        "cannot_exchange" => (
            Conflict,
            "allow `temporary` values for the attribute, or give one of the objects another value for a cycle",
        ),
        "container_circle" => (Data, "mend in the source which of the containers is within the other"),
        "container_not_empty" => {
            (Safety, "move or remove what is still in it; it is deleted when it is known to be empty")
        }
        "invalid_value" | "wrong_kind" | "several_values" | "too_long" => {
            (Data, "mend the value in the source, or convert it in the mapping")
        }
        "required_missing" => (Data, "fill the attribute in the source, or give it a default in the mapping"),
        "expression_failed" => (Data, "try the expression with `provisio eval` on the values of this object"),
        "unreadable" => (Data, "mend the object in its system; it is left alone until it can be read"),
        "schema_violation" | "unsupported" => {
            (Configuration, "compare the mapping with what the target can hold: `provisio check`")
        }
        "read_only" => {
            (Configuration, "take the attribute out of the mapping: the target does not let it be written")
        }
        "config_invalid" => (Configuration, "mend the settings of the connector"),
        "precondition_failed" => {
            (Transient, "none: somebody changed the object meanwhile; the next cycle decides again")
        }
        "too_large" => (Data, "shorten the value, or write fewer at once"),
        "rate_limited" => {
            (Transient, "none: it is sent again in the next cycle; ask for a higher rate if it lasts")
        }
        "timeout" => (Transient, "none: the next cycle reads whether it was done"),
        "unreachable" => (Transient, "see whether the target is up; it is sent again in the next cycle"),
        "blocked" => (Dependency, "mend what is wrong with the operation that it waits for"),
        "postponed" => (Dependency, "mend what made it fail; it is tried again ever more rarely"),
        "not_sent" => (Safety, "none: the run ended before; the next cycle sends it"),
        "held_back" => (Safety, "look at what is held back, then release it, or mend the source"),
        "create_unanswered" => {
            (Transient, "none: it is looked for in the target before anything is created again")
        }
        "ambiguous_target" | "ambiguous_source" | "same_matching_value" => {
            (Conflict, "make the matching attributes tell the objects apart, or link them by hand")
        }
        "match_is_linked" => {
            (Conflict, "find out which of the two source objects the target object belongs to")
        }
        "match_not_adopted" => (Configuration, "let the mapping adopt objects, or link this one by hand"),
        "no_matching_value" => (Data, "fill a matching attribute in the source"),
        "target_missing" => (Configuration, "let the mapping create it again, or remove the link"),
        "unresolved" => (Data, "none if the object is still to come: the reference is set when it is there"),
        "rehired" => {
            (Safety, "none if it can wait; else let the mapping create a new object, or restore the old one")
        }
        "not_kept" => (
            Conflict,
            "find out why the target keeps another value, or take the attribute out of the mapping",
        ),
        "changed_back" => (Conflict, "find out what else writes the attribute"),
        "not_undone" => (Safety, "look at what the target holds, and change it by hand if need be"),
        "scope_unknown" => (Configuration, "mend the clause, or give the object what it asks for"),
        _ => (Other, "look at the reason; `provisio explain` tells the story of the object"),
    }
}
