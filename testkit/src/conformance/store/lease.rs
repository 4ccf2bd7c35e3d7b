//! Who works on a job.

use std::time::Duration;

use futures::future::join_all;
use provisio::Generation;
use provisio::store::{Fence, JobId, Lease, StateChange, StateStore, StoreError, Tenure};

use super::sample::{commit, put, text_of};
use super::{Checked, Fault, StorePlace, ensure, ensure_eq};

/// Long enough that it does not end while a check goes on.
const LONG: Duration = Duration::from_secs(600);

/// Short enough to wait for its end.
const SHORT: Duration = Duration::from_millis(1_000);

/// A store with the clock of its place.
struct Office<'a> {
    place: &'a dyn StorePlace,
    store: &'a dyn StateStore,
}

impl Office<'_> {
    async fn lease(&self, job: &str, holder: &str, ttl: Duration) -> Result<Lease, StoreError> {
        self.store.lease(&JobId::new(job), holder, ttl, self.place.clock().now()).await
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError> {
        self.store.renew(lease, ttl, self.place.clock().now()).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease, self.place.clock().now()).await
    }

    async fn commit(&self, lease: &Lease, expected: u64) -> Result<Generation, StoreError> {
        let change = StateChange {
            links: vec![put("users", &format!("{}", lease.fence), "a")],
            fence: Some(lease.fence),
            ..StateChange::default()
        };
        self.store.commit(&lease.job, Generation(expected), change).await
    }

    async fn tenure(&self, job: &str) -> Result<Tenure, Fault> {
        let jobs = self.store.jobs(self.place.clock().now()).await?;
        let found = jobs.into_iter().find(|it| it.job.as_str() == job);
        Ok(found.ok_or_else(|| Fault::new(format!("job `{job}` is not listed")))?.tenure)
    }

    async fn wait(&self, duration: Duration) {
        let clock = self.place.clock();
        clock.sleep_until(clock.now().plus(duration)).await;
    }

    /// Waits until a lease of this length is over, and a little longer.
    async fn wait_for_end_of(&self, ttl: Duration) {
        self.wait(ttl + ttl / 4).await;
    }
}

fn is_held_by(result: &Result<Lease, StoreError>, name: &str) -> bool {
    matches!(result, Err(StoreError::Leased { holder, remaining, .. })
        if **holder == *name && *remaining > Duration::ZERO)
}

fn is_lost<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::LeaseLost { .. }))
}

/// While somebody holds the lease of a job nobody else gets it, not even under the same name; who holds it is said.
/// Other jobs are free. What was released is free at once.
pub(super) async fn a_lease_has_one_holder(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let lease = office.lease("job", "first\0", LONG).await?;
    for holder in ["second", "first\0"] {
        let result = office.lease("job", holder, LONG).await;
        ensure!(is_held_by(&result, "first\0"), "expected a refusal, found {result:?}");
    }
    office.lease("jo", "second", LONG).await?;
    office.release(&lease).await?;
    let second = office.lease("job", "second", LONG).await?;
    ensure_eq!(second.job, JobId::new("job"));
    Ok(())
}

/// Each lease of a job has a higher fence than all before.
pub(super) async fn a_later_lease_has_a_higher_fence(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let mut last = Fence(0);
    for _ in 0..5 {
        let lease = office.lease("job", "worker", LONG).await?;
        ensure!(lease.fence > last, "{} came after {last}", lease.fence);
        last = lease.fence;
        office.release(&lease).await?;
    }
    Ok(())
}

/// A lease that is not renewed ends, and then the next who asks gets it.
pub(super) async fn a_lease_ends_when_its_time_is_over(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let first = office.lease("job", "first", SHORT).await?;
    ensure!(is_held_by(&office.lease("job", "second", SHORT).await, "first"));
    office.wait_for_end_of(SHORT).await;
    let second = office.lease("job", "second", LONG).await?;
    ensure!(second.fence > first.fence);
    Ok(())
}

/// A lease that is renewed ends that much later.
pub(super) async fn a_lease_that_is_renewed_goes_on(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let lease = office.lease("job", "first", SHORT).await?;
    office.renew(&lease, LONG).await?;
    office.wait_for_end_of(SHORT).await;
    ensure!(is_held_by(&office.lease("job", "second", LONG).await, "first"));
    office.renew(&lease, SHORT).await?;
    office.wait_for_end_of(SHORT).await;
    office.lease("job", "second", LONG).await?;
    Ok(())
}

/// A lease whose time is over, and that nobody took, is still good for a commit and can be renewed.
pub(super) async fn a_lease_that_nobody_took_can_be_renewed_late(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let lease = office.lease("job", "first", SHORT).await?;
    office.wait_for_end_of(SHORT).await;
    office.commit(&lease, 0).await?;
    office.renew(&lease, LONG).await?;
    ensure!(is_held_by(&office.lease("job", "second", LONG).await, "first"));
    Ok(())
}

/// Who lost a lease, or gave it back, can neither renew it nor commit under it, whatever the generation; and releasing
/// it takes nothing from the next holder.
pub(super) async fn who_lost_the_lease_can_do_nothing_with_it(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let lost = office.lease("job", "first", SHORT).await?;
    office.commit(&lost, 0).await?;
    office.wait_for_end_of(SHORT).await;
    let held = office.lease("job", "second", LONG).await?;
    let before = text_of(office.store, "job").await?;
    ensure!(is_lost(&office.renew(&lost, LONG).await));
    for expected in [0, 1, 2] {
        let result = office.commit(&lost, expected).await;
        ensure!(is_lost(&result), "expected that the lease is lost, found {result:?}");
    }
    ensure_eq!(text_of(office.store, "job").await?, before);
    office.release(&lost).await?;
    ensure!(is_held_by(&office.lease("job", "third", LONG).await, "second"));

    office.release(&held).await?;
    ensure!(is_lost(&office.renew(&held, LONG).await));
    ensure!(is_lost(&office.commit(&held, 1).await));
    office.release(&held).await?;
    // A lease that never was.
    let invented = Lease::new(JobId::new("other"), Fence(1));
    ensure!(is_lost(&office.renew(&invented, LONG).await));
    ensure!(is_lost(&office.commit(&invented, 0).await));
    ensure_eq!(text_of(office.store, "other").await?, "generation 0\n");
    Ok(())
}

/// A commit that names no lease is judged by its generation alone, also while somebody holds the lease.
pub(super) async fn a_commit_without_a_lease_needs_none(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    let lease = office.lease("job", "first", LONG).await?;
    commit(office.store, "job", 0, [put("users", "1", "b")]).await?;
    let conflict = office.commit(&lease, 0).await;
    ensure!(matches!(conflict, Err(StoreError::Conflict { .. })), "expected a conflict, found {conflict:?}");
    office.commit(&lease, 1).await?;
    Ok(())
}

/// Of many who ask at once, one gets the lease.
pub(super) async fn of_many_who_ask_one_gets_the_lease(place: &dyn StorePlace) -> Checked {
    const WORKERS: usize = 8;
    let office = &Office { place, store: &*place.open().await? };
    for _ in 0..3 {
        let asked = (0..WORKERS).map(|at| async move { office.lease("job", &at.to_string(), LONG).await });
        let results = join_all(asked).await;
        let mut leases = results.iter().filter_map(|it| it.as_ref().ok());
        let lease = leases.next().ok_or_else(|| Fault::new("nobody got the lease"))?;
        ensure!(leases.next().is_none(), "more than one got the lease");
        for error in results.iter().filter_map(|it| it.as_ref().err()) {
            ensure!(matches!(error, StoreError::Leased { .. }), "expected a refusal, found: {error}");
        }
        office.release(lease).await?;
    }
    Ok(())
}

/// Jobs that were committed or leased are listed by name, with generation and who works on them.
pub(super) async fn jobs_are_listed_with_who_works_on_them(place: &dyn StorePlace) -> Checked {
    let office = Office { place, store: &*place.open().await? };
    ensure_eq!(office.store.jobs(place.clock().now()).await?, []);
    for job in ["b", "", "a\0", "a"] {
        commit(office.store, job, 0, []).await?;
    }
    commit(office.store, "a", 1, []).await?;
    // What was refused leaves no job behind.
    let refused = commit(office.store, "never", 7, []).await;
    ensure!(refused.is_err());
    let contradiction = [put("users", "1", "a"), put("users", "2", "a")];
    ensure!(commit(office.store, "never", 0, contradiction).await.is_err());
    let held = office.lease("held", "worker", LONG).await?;
    let jobs = office.store.jobs(place.clock().now()).await?;
    let listed: Vec<(&str, u64)> = jobs.iter().map(|it| (it.job.as_str(), it.generation.0)).collect();
    ensure_eq!(listed, [("", 1), ("a", 2), ("a\0", 1), ("b", 1), ("held", 0)]);

    ensure_eq!(office.tenure("a").await?, Tenure::Vacant);
    let tenure = office.tenure("held").await?;
    ensure!(
        matches!(&tenure, Tenure::Held { holder, remaining }
            if **holder == *"worker" && *remaining <= LONG && *remaining > LONG / 2),
        "expected `worker`, found {tenure:?}"
    );
    office.release(&held).await?;
    let tenure = office.tenure("held").await?;
    ensure!(matches!(tenure, Tenure::Free { since } if since < LONG / 2), "expected free, found {tenure:?}");
    // One that was not released is free from its end.
    office.lease("b", "worker", SHORT).await?;
    office.wait(SHORT + SHORT / 2).await;
    let tenure = office.tenure("b").await?;
    ensure!(
        matches!(tenure, Tenure::Free { since } if since >= SHORT / 4 && since < LONG / 2),
        "expected free since the end of the lease, found {tenure:?}"
    );
    Ok(())
}
