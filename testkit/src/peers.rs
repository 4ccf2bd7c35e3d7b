//! What went wrong elsewhere, and does it go wrong here?
//!
//! Each [`Story`] is a failure that users of other engines reported, the heaviest of a hundred and twenty-seven: people lost
//! accounts because a read broke off, groups were emptied by an answer of 200, a rename was a delete and a create. A story is
//! played with an [`Engine`]: with the naive one, which does what looks right and is kept here as a control, it goes wrong;
//! with ours it does not. A story that the naive engine survives shows nothing.
//!
//! | number | what happened | reported to |
//! |---|---|---|
//! | 1 | a search hit its time limit; the partial list was taken for the truth and everybody else deactivated | go-gitea/gitea#4402 |
//! | 2 | an empty answer deactivated everybody | go-gitea/gitea#9879 |
//! | 3 | an empty answer that broke off deleted federated users | keycloak/keycloak#24669 |
//! | 4 | a 503 of the source was read as "gone" | awslabs/ssosync#278 |
//! | 5 | the target's own groups were deleted | awslabs/ssosync#88 |
//! | 6 | groups were deleted and created again with another id; their rights were lost | awslabs/ssosync#291 |
//! | 8 | nothing stopped a run that deleted most | owncloud/core#29547 |
//! | 22 | a group was emptied, and everybody in scope through it lost the account | reports of outages, 2018 to 2026 |
//! | 24 | a member who left was not seen to leave | goauthentik/authentik#25024 |
//! | 26 | a removal was answered with 200 and ignored | goauthentik/authentik#24173 |
//! | 27 | a change of a group of which the target shows a part removed members | FusionAuth/fusionauth-issues#2784 |
//! | 28 | a stale read and a list written back removed members | fleetdm/fleet#50724 |
//! | 31 | a list with an unknown member emptied the group | Metatavu/keycloak-scim-server#107 |
//! | 41 | a rename was a delete and a create | bitwarden/directory-connector#397 |
//! | 42 | a renamed unit gave everybody another account | nextcloud/server#8764 |
//! | 43 | people were known by their login, which changes hands | grokability/snipe-it#16189 |
//! | 45 | one collision kept all others out | owncloud/user_ldap#751 |
//! | 47 | an account was there that the list did not show; the create was refused | Metatavu/keycloak-scim-server#74 |
//! | 58 | a field that is never read back was written in every run | awslabs/ssosync#329 |
//! | 66 | 429, then 409, since the first attempt had worked | awslabs/ssosync#13 |
//! | 72 | bad records were found one at each run | adobe-apiplatform/user-sync.py#411 |
//! | 81 | nobody saw who would be deleted before it was done | goauthentik/authentik#13244 |
//! | 83 | the dry run failed before the first run | awslabs/ssosync#281 |
//! | 84 | the dry run said that all was well, and the real one failed | kanidm/kanidm#3936 |
//! | 100 | pages were missing, and with them users, groups and members | jelhub/scimgateway 6.1.4 |
//! | 102 | groups with more members than one answer holds were cut | apache/ranger#966 |
//! | 121 | people were asked for one by one | goauthentik/authentik#6052 |
//!
//! ```
//! use provisio_testkit::peers::{Engine, stories};
//!
//! let story = &stories()[0];
//! assert!(story.play(Engine::Naive).is_err());
//! assert!(story.play(Engine::Ours).is_ok());
//! ```

mod deletion;
mod identity;
mod membership;
mod naive;
mod theatre;

pub use theatre::Engine;

use crate::laws::{Broken, Verdict};
use theatre::Theatre;

/// A failure that was reported elsewhere.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Story {
    /// Its number in the table.
    pub number: u8,
    /// What it is called.
    pub name: &'static str,
    play: fn(Engine) -> Verdict,
}

impl Story {
    /// Plays it.
    ///
    /// # Errors
    /// When it goes wrong as it was reported; says how.
    pub fn play(&self, engine: Engine) -> Verdict {
        (self.play)(engine)
    }
}

/// Returns all stories, by number.
pub fn stories() -> Vec<Story> {
    let story = |number, name, play| Story { number, name, play };
    vec![
        story(1, "a list that is not complete", deletion::partial_list),
        story(2, "an empty answer", deletion::empty_answer),
        story(3, "an empty answer that broke off", deletion::empty_answer_that_broke_off),
        story(4, "somebody who could not be read", deletion::unavailable_is_not_gone),
        story(5, "groups of the vendor", deletion::groups_of_the_vendor),
        story(6, "a renamed group", deletion::renamed_group),
        story(8, "most are gone", deletion::most_are_gone),
        story(22, "an emptied group", deletion::emptied_group),
        story(24, "the last member leaves", membership::last_member_leaves),
        story(26, "a removal that is ignored", membership::removal_that_is_ignored),
        story(27, "a large group that is shown in part", membership::large_group_shown_in_part),
        story(28, "a stale read", membership::stale_read),
        story(31, "a member whom nobody knows", membership::unknown_member),
        story(41, "a rename", identity::rename),
        story(42, "a renamed unit", identity::renamed_unit),
        story(43, "swapped names", identity::swapped_names),
        story(45, "one collision", identity::one_collision),
        story(47, "an account that was there", identity::account_that_was_there),
        story(58, "a value that is never read back", identity::value_that_is_never_read_back),
        story(66, "throttled after the deed", identity::throttled_after_the_deed),
        story(72, "all bad records at once", deletion::all_bad_records_at_once),
        story(81, "a dry run names who goes", deletion::dry_run_names_who_goes),
        story(83, "a dry run before the first run", deletion::dry_run_before_the_first_run),
        story(84, "a dry run finds bad values", deletion::dry_run_finds_bad_values),
        story(100, "missing pages", deletion::missing_pages),
        story(102, "a cut group", deletion::cut_group),
        story(121, "one request for each", identity::one_request_for_each),
    ]
}

fn check(holds: bool, otherwise: &str) -> Verdict {
    if holds { Ok(()) } else { Err(Broken(otherwise.to_owned())) }
}

/// Runs the first cycles, in which nothing goes wrong.
fn settle(theatre: &Theatre) -> Verdict {
    let report = theatre.cycles(2);
    check(report.problems.is_empty(), &format!("the story does not begin: {:?}", report.problems))
}
