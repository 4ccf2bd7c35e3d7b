//! Deletes.

use provisio::model::{Outcome, TargetId, WriteAction};

use super::trial::{Trial, told};
use super::updates::id_of_nothing;
use crate::conformance::{Checked, ensure};

pub(super) async fn what_is_deleted_is_gone(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.delete, "delete")?;
    let made = trial.make().await?;
    trial.must_delete(&made.object_type, &made.id).await?;
    let all = trial.read_all(&made.object_type).await?;
    let is_there = all.contains_key(made.id.as_str());
    ensure!(!is_there, "nothing in a read of all, after a delete", "`{}`", made.id);
    if trial.capabilities.read_by_id {
        let found = trial.read_by_id(&made.object_type, &made.id).await?;
        ensure!(found.is_none(), "nothing in a read by id, after a delete", "`{}`", made.id);
    }
    Ok(())
}

pub(super) async fn a_delete_of_nothing_is_satisfied(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.delete, "delete")?;
    let target: TargetId = id_of_nothing(trial).await?;
    let action = WriteAction::Delete { target, version: None };
    for _ in 0..2 {
        let outcome = trial.write(&subject.object_type, action.clone()).await?;
        let is_satisfied = outcome == Outcome::AlreadySatisfied;
        ensure!(is_satisfied, "`AlreadySatisfied` for a delete of what was deleted", "{}", told(&outcome));
    }
    Ok(())
}

pub(super) async fn others_stay(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.delete, "delete")?;
    let made = [trial.make().await?, trial.make().await?, trial.make().await?];
    let mut before = trial.read_all(&made[0].object_type).await?;
    trial.must_delete(&made[1].object_type, &made[1].id).await?;
    before.remove(made[1].id.as_str());
    let after = trial.read_all(&made[0].object_type).await?;
    ensure!(
        before == after,
        "all other objects as they were, after a delete",
        "{} of {}",
        after.len(),
        before.len()
    );
    Ok(())
}
