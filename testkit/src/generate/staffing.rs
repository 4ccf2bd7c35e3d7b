//! Who does what where, and who reports to whom? Workers and teams as numbers, before anybody has a name.
//!
//! [`Staffing::draw`] fills the posts in the order in which people were hired, then picks those who lead.

use super::departments::DEPARTMENTS;
use super::places::{COUNTRIES, Country, HEAD_OFFICE, Site};
use super::random::{Lottery, Purpose, Random};
use super::{Date, EmployeeType, Settings};

/// A site by country and place in the list of the country.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct SiteIndex {
    pub(super) country: usize,
    site: usize,
}

impl SiteIndex {
    pub(super) fn country(self) -> &'static Country {
        &COUNTRIES[self.country]
    }

    pub(super) fn site(self) -> &'static Site {
        &self.country().sites[self.site]
    }
}

/// What somebody is in the team or above it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Member,
    /// Manages the lead of the team, who manages them: an error that HR systems do not prevent.
    Deputy,
    Lead,
    Head,
    Chief,
}

/// What is known of a worker besides names and numbers.
#[derive(Clone, Copy)]
pub(super) struct Post {
    pub(super) department: usize,
    pub(super) team: usize,
    pub(super) site: SiteIndex,
    pub(super) employee_type: EmployeeType,
    pub(super) hired: Date,
    pub(super) left: Option<Date>,
    pub(super) role: Role,
    pub(super) manager: Option<usize>,
}

/// A team.
pub(super) struct TeamPlan {
    pub(super) department: usize,
    pub(super) topic: usize,
    /// Counts the teams that share a topic.
    pub(super) round: usize,
    pub(super) home: SiteIndex,
    pub(super) members: Vec<usize>,
    pub(super) lead: Option<usize>,
}

/// The whole organisation as numbers.
pub(super) struct Staffing {
    pub(super) posts: Vec<Post>,
    /// All teams, those of a department side by side.
    pub(super) teams: Vec<TeamPlan>,
    pub(super) heads: [Option<usize>; DEPARTMENTS.len()],
    pub(super) chief: Option<usize>,
}

/// The oldest contract is this old.
const HISTORY_DAYS: i32 = 27 * 365;
/// Leavers stay in the export for this long.
const LEAVERS_DAYS: i32 = 540;
/// Every how many teams a contractor leads one.
const CONTRACTOR_LEADS_EVERY: usize = 20;
/// Every how many teams somebody who has left still is the lead of one.
const LEAVER_LEADS_EVERY: usize = 40;
/// How many leads report to the head of the department; the others report to leads.
const LEADS_OF_A_HEAD: usize = 12;
/// How many leads report to a lead.
const LEADS_OF_A_LEAD: usize = 8;

impl Staffing {
    /// Draws posts, teams and the tree of managers.
    pub(super) fn draw(settings: &Settings) -> Self {
        let mut staffing = Self {
            posts: Vec::with_capacity(settings.workers as usize),
            teams: teams(settings),
            heads: [None; DEPARTMENTS.len()],
            chief: None,
        };
        staffing.fill_posts(settings);
        staffing.pick_leaders(settings.seed);
        staffing.connect();
        staffing.cross_two_managers();
        staffing
    }

    fn fill_posts(&mut self, settings: &Settings) {
        let departments = Lottery::new((0..).zip(&DEPARTMENTS).map(|(index, it)| (it.weight, index)));
        let places = all_sites();
        let anywhere = Lottery::new(places.iter().map(|place| (place.site().weight, *place)));
        let abroad = Lottery::new(places.iter().map(|place| (1, *place)));
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for department in 0..DEPARTMENTS.len() {
            let first = self.teams.partition_point(|team| team.department < department);
            let end = self.teams.partition_point(|team| team.department <= department);
            ranges.push((first, end - first));
        }
        for worker in 0..settings.workers as usize {
            let mut random = Random::stream(settings.seed, Purpose::Post, worker);
            let department: usize = departments.draw(&mut random).unwrap_or_default();
            let (first, count) = ranges.get(department).copied().unwrap_or_default();
            // The smaller of two draws now and then, so that teams differ in size.
            let draw = random.index(count);
            let other = random.index(count);
            let team = first + if random.chance(300) { draw.min(other) } else { draw };
            // INVARIANT: every department has a team.
            let plan = &mut self.teams[team];
            plan.members.push(worker);
            let site = if random.chance(DEPARTMENTS[department].at_home_permille) {
                plan.home
            } else if random.chance(150) {
                abroad.draw(&mut random).unwrap_or(plan.home)
            } else {
                anywhere.draw(&mut random).unwrap_or(plan.home)
            };
            let (employee_type, hired, left) = contract(settings, worker, &mut random);
            let role = Role::Member;
            let manager = None;
            self.posts.push(Post { department, team, site, employee_type, hired, left, role, manager });
        }
    }

    /// Picks the chief, the heads of departments and the team leads, each among those who came early.
    fn pick_leaders(&mut self, seed: u64) {
        let mut random = Random::stream(seed, Purpose::Lead, usize::MAX);
        let head_office = site_of(HEAD_OFFICE);
        let mut pools: Vec<Vec<usize>> = vec![Vec::new(); DEPARTMENTS.len()];
        for (worker, post) in self.posts.iter().enumerate() {
            if post.is_regular() {
                pools[post.department].push(worker);
            }
        }
        for (department, pool) in pools.iter_mut().enumerate().rev() {
            let early = (pool.len() / 6).min(24);
            if self.chief.is_none() && pool.len() > 2 {
                let chief = pool.remove(random.index(early));
                self.promote(chief, Role::Chief, head_office);
                self.chief = Some(chief);
            }
            if pool.len() > 1 {
                let head = pool.remove(random.index(early));
                let site = if random.chance(600) { head_office } else { self.posts[head].site };
                self.promote(head, Role::Head, site);
                self.heads[department] = Some(head);
            }
        }
        let (mut contractors, mut leavers) = (0, 0);
        for team in 0..self.teams.len() {
            let mut random = Random::stream(seed, Purpose::Lead, team);
            let plan = &self.teams[team];
            let posts = &self.posts;
            let candidates = |suits: fn(&Post) -> bool| -> Vec<usize> {
                plan.members.iter().copied().filter(|worker| suits(&posts[*worker])).collect()
            };
            // Where a team has nobody who suits, the next one is asked.
            let mut pool = Vec::new();
            if contractors < (team + CONTRACTOR_LEADS_EVERY - 7) / CONTRACTOR_LEADS_EVERY {
                pool = candidates(Post::is_contractor);
                contractors += usize::from(!pool.is_empty());
            } else if leavers < (team + LEAVER_LEADS_EVERY - 22) / LEAVER_LEADS_EVERY {
                pool = candidates(Post::is_former_employee);
                leavers += usize::from(!pool.is_empty());
            }
            if pool.is_empty() {
                pool = candidates(Post::is_regular);
                pool.truncate((pool.len() / 4).max(1));
            }
            let lead = pool.get(random.index(pool.len())).copied();
            let home = plan.home;
            self.teams[team].lead = lead;
            if let Some(lead) = lead {
                self.promote(lead, Role::Lead, home);
            }
        }
    }

    fn promote(&mut self, worker: usize, role: Role, site: SiteIndex) {
        let post = &mut self.posts[worker];
        post.role = role;
        post.site = site;
        if matches!(role, Role::Chief | Role::Head) {
            let team = post.team;
            self.teams[team].members.retain(|member| *member != worker);
        }
    }

    /// Says who reports to whom: members to leads, leads to leads or heads, heads to the chief.
    fn connect(&mut self) {
        let mut first_team = 0;
        for team in 0..self.teams.len() {
            let plan = &self.teams[team];
            if self.teams[first_team].department != plan.department {
                first_team = team;
            }
            let head = self.heads[plan.department].or(self.chief);
            let above = match (team - first_team).checked_sub(LEADS_OF_A_HEAD) {
                None => head,
                Some(place) => self.teams[first_team + place / LEADS_OF_A_LEAD].lead.or(head),
            };
            for worker in &plan.members {
                let manager = plan.lead.filter(|lead| lead != worker).or(above);
                self.posts[*worker].manager = manager;
            }
            if let Some(lead) = plan.lead {
                self.posts[lead].manager = above;
            }
        }
        for head in self.heads.into_iter().flatten() {
            self.posts[head].manager = self.chief;
        }
    }

    /// Makes one lead report to somebody in the lead's own team.
    fn cross_two_managers(&mut self) {
        let middle = self.teams.len() / 2;
        let found = (middle..self.teams.len()).chain(0..middle).find_map(|team| {
            let plan = &self.teams[team];
            let lead = plan.lead.filter(|lead| self.posts[*lead].is_regular())?;
            let deputy = plan
                .members
                .iter()
                .copied()
                .find(|worker| *worker != lead && self.posts[*worker].is_regular())?;
            Some((lead, deputy))
        });
        if let Some((lead, deputy)) = found {
            self.posts[lead].manager = Some(deputy);
            self.posts[deputy].role = Role::Deputy;
        }
    }
}

impl Post {
    fn is_regular(&self) -> bool {
        self.employee_type == EmployeeType::Employee && self.left.is_none()
    }

    fn is_contractor(&self) -> bool {
        self.employee_type == EmployeeType::Contractor && self.left.is_none()
    }

    fn is_former_employee(&self) -> bool {
        self.employee_type == EmployeeType::Employee && self.left.is_some()
    }
}

/// The place of a worker among all is counted in parts of this.
const WHOLE: u32 = 65_536;
/// Contractors are among those who came after this place.
const CONTRACTORS_SINCE: u32 = 29_500;
/// Temps are among those who came after this place.
const TEMPS_SINCE: i64 = 49_000;
/// Those who came after this place often are interns or temps.
const RECENT: i64 = 60_300;

/// Draws the kind of contract and its dates. Workers are numbered roughly in the order of their first day.
fn contract(settings: &Settings, worker: usize, random: &mut Random) -> (EmployeeType, Date, Option<Date>) {
    let place = (worker as u64 * u64::from(WHOLE) / u64::from(settings.workers.max(1))) as i64;
    let whole = i64::from(WHOLE);
    let growth = whole - (whole - place) * (whole - place) / whole;
    let day = i64::from(HISTORY_DAYS) * (place + growth) / (2 * whole);
    let noise = random.below(241) as i32 - 120;
    let earliest = settings.as_of.plus_days(-HISTORY_DAYS);
    let latest = settings.as_of.plus_days(-15);
    let drawn = earliest.plus_days(day as i32 + noise).clamp(earliest, latest);
    let hired = match random.below(100) {
        0..55 => drawn.start_of_month(),
        55..75 => drawn.start_of_month().plus_days(14).min(latest),
        _ => drawn.monday(),
    };
    let recent = place > RECENT;
    let contractors = settings.contractors_permille.min(1000) * WHOLE / (WHOLE - CONTRACTORS_SINCE);
    let employee_type = if place > i64::from(CONTRACTORS_SINCE) && random.chance(contractors) {
        EmployeeType::Contractor
    } else if recent && random.chance(420) {
        EmployeeType::Intern
    } else if recent && random.chance(500) || place > TEMPS_SINCE && random.chance(40) {
        EmployeeType::Temp
    } else {
        EmployeeType::Employee
    };
    let first_leave = hired.plus_days(60).max(settings.as_of.plus_days(-LEAVERS_DAYS));
    let window = settings.as_of.days() - first_leave.days();
    let leaves = random.chance(settings.leavers_permille) && window > 30;
    let left = leaves.then(|| {
        let day = first_leave.plus_days(random.below(window.unsigned_abs()) as i32);
        let last_day = if random.chance(700) { day.end_of_month() } else { day };
        last_day.min(settings.as_of.plus_days(-1))
    });
    (employee_type, hired, left)
}

/// Lays out the teams of all departments: the listed topics in turn, as many as the size asks for.
fn teams(settings: &Settings) -> Vec<TeamPlan> {
    let mut teams = Vec::new();
    for (department, it) in DEPARTMENTS.iter().enumerate() {
        let people = settings.workers as usize * it.weight as usize / 1000;
        for number in 0..((people + it.team_size / 2) / it.team_size).max(1) {
            let topic = number % it.topics.len();
            let round = number / it.topics.len();
            let mut random = Random::stream(settings.seed, Purpose::Team, teams.len());
            // Another team of the same topic sits elsewhere, unless its work is bound to the place.
            let home = if round == 0 || it.at_home_permille > 800 {
                site_of(it.topics[topic].home)
            } else {
                let country = random.index(COUNTRIES.len());
                SiteIndex { country, site: random.index(COUNTRIES[country].sites.len()) }
            };
            teams.push(TeamPlan { department, topic, round, home, members: Vec::new(), lead: None });
        }
    }
    teams
}

fn all_sites() -> Vec<SiteIndex> {
    let mut sites = Vec::new();
    for (country, it) in COUNTRIES.iter().enumerate() {
        sites.extend((0..it.sites.len()).map(|site| SiteIndex { country, site }));
    }
    sites
}

/// Finds a site by its code; the first one of all if nobody has the code.
fn site_of(code: &str) -> SiteIndex {
    let place = all_sites().into_iter().find(|place| place.site().code == code);
    place.unwrap_or(SiteIndex { country: 0, site: 0 })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tables_agree_with_each_other() {
        let codes: Vec<_> = all_sites().iter().map(|place| place.site().code).collect();
        let distinct: BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len(), "two sites share a code");
        assert!(codes.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
        let mut homes = DEPARTMENTS.iter().flat_map(|it| it.topics).map(|topic| topic.home);
        assert!(homes.all(|home| codes.contains(&home)), "a team has its home at a site that is not listed");
        assert!(codes.contains(&HEAD_OFFICE));
        assert_eq!(DEPARTMENTS.iter().map(|it| it.weight).sum::<u32>(), 1000);
    }
}
