//! What does the HR system know of each worker? Names, titles, numbers.

use super::departments::{DEPARTMENTS, Department, Ladder};
use super::names::{DrawnName, NameBook, long_name};
use super::person::worker_id;
use super::places::COUNTRIES;
use super::random::{Lottery, Purpose, Random};
use super::staffing::{Post, Role, Staffing};
use super::teams::team_name;
use super::{EmployeeType, Person, Settings, Text};

/// Every how many workers one has a very long name.
const LONG_NAME_EVERY: usize = 400;
/// Every how many workers one has exactly the name of somebody else.
const NAMESAKE_EVERY: usize = 200;

/// Who contractors are employed by.
const AGENCIES: [&str; 4] = [
    "Fernhill Staffing Ltd",
    "Kestrel & Vale Consulting",
    "Sommerau Personal GmbH",
    "Larkspur Projects, Inc.",
];

/// Returns all people, ordered by id.
pub(super) fn people(settings: &Settings, staffing: &Staffing) -> Vec<Person> {
    let book = NameBook::read();
    let cultures: Vec<_> =
        COUNTRIES.iter().map(|country| Lottery::new(country.cultures.iter().copied())).collect();
    let mut people: Vec<Person> = Vec::with_capacity(staffing.posts.len());
    let mut last_of_team: Vec<Option<usize>> = vec![None; staffing.teams.len()];
    let mut last_of_country: Vec<Option<usize>> = vec![None; COUNTRIES.len()];
    for (worker, post) in staffing.posts.iter().enumerate() {
        let mut random = Random::stream(settings.seed, Purpose::Name, worker);
        let twin = match worker % (2 * NAMESAKE_EVERY) {
            150 => last_of_team[post.team],
            350 => last_of_country[post.site.country],
            _ => None,
        };
        let name = if worker % LONG_NAME_EVERY == 321 {
            long_name(worker / LONG_NAME_EVERY)
        } else if let Some(twin) = twin.and_then(|twin| people.get(twin)) {
            DrawnName { first: twin.first_name.clone(), last: twin.last_name.clone(), preferred: None }
        } else if let Some(culture) = cultures[post.site.country].draw(&mut random) {
            book.draw(culture, &mut random)
        } else {
            DrawnName::default()
        };
        last_of_team[post.team] = Some(worker);
        last_of_country[post.site.country] = Some(worker);
        people.push(person(settings, staffing, worker, name));
    }
    people
}

fn person(settings: &Settings, staffing: &Staffing, worker: usize, name: DrawnName) -> Person {
    let post = &staffing.posts[worker];
    let department = &DEPARTMENTS[post.department];
    let mut random = Random::stream(settings.seed, Purpose::Person, worker);
    let tenure_years = (settings.as_of.days() - post.hired.days()) / 365;
    let step = step(post, department, tenure_years, &mut random);
    let desk = post.role != Role::Member || !random.chance(department.no_desk_permille);
    let mobile = random.chance(if post.role == Role::Member { 580 } else { 950 });
    let style = random.below(100);
    let (site, country) = (post.site.site(), post.site.country());
    let floor = random.below(6) + 1;
    let building = random.below(site.buildings) + 1;
    let location = format!("{}-{}{building}-{floor:02}", country.code, site.code);
    let company = match post.employee_type {
        EmployeeType::Contractor => random.pick(&AGENCIES),
        _ => country.company,
    };
    Person {
        id: worker_id(worker),
        first_name: name.first,
        last_name: name.last,
        preferred_name: name.preferred,
        department: department.name.into(),
        department_id: format!("D{}", department.number).into(),
        title: title(staffing, post, step, &mut random),
        city: site.city.into(),
        country_code: country.code.into(),
        hire_date: post.hired,
        termination_date: post.left,
        manager: post.manager.map(worker_id),
        cost_centre: cost_centre(staffing, post).into(),
        phone: desk.then(|| telephone(site.phone, style, &mut random).into()),
        mobile: mobile.then(|| telephone(country.mobile, style, &mut random).into()),
        location_id: desk.then(|| location.into()),
        employee_type: post.employee_type,
        company: company.into(),
        grade: grade(post, step, &mut random),
    }
}

/// How far somebody has come on the ladder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Junior,
    Plain,
    Senior,
    Principal,
}

fn step(post: &Post, department: &Department, tenure_years: i32, random: &mut Random) -> Step {
    let roll = random.below(100);
    match (department.ladder, tenure_years) {
        _ if post.employee_type == EmployeeType::Intern => Step::Junior,
        _ if post.employee_type == EmployeeType::Temp => Step::Plain,
        (Ladder::Long, ..2) if roll < 25 => Step::Junior,
        (Ladder::Long, 12..) if roll < 15 => Step::Principal,
        (_, 6..) if roll < 45 => Step::Senior,
        _ => Step::Plain,
    }
}

fn title(staffing: &Staffing, post: &Post, step: Step, random: &mut Random) -> Text {
    let department = &DEPARTMENTS[post.department];
    let team = &staffing.teams[post.team];
    let topic = &department.topics[team.topic];
    let name = team_name(team);
    let word = random.pick(topic.titles);
    match (post.role, post.employee_type) {
        (Role::Chief, _) => "Chief Executive Officer".into(),
        (Role::Head, _) => department.head.into(),
        (Role::Lead, _) if topic.name == "Zero Trust" => format!("Head of \"{name}\"").into(),
        (Role::Lead, EmployeeType::Contractor) => format!("Interim Team Lead, {name}").into(),
        (Role::Lead, _) => format!("Team Lead, {name}").into(),
        (Role::Deputy, _) => format!("Deputy Team Lead, {name}").into(),
        (Role::Member, EmployeeType::Intern) => format!("Intern, {}", department.name).into(),
        (Role::Member, _) => match step {
            Step::Junior => format!("Junior {word}").into(),
            Step::Plain => word.into(),
            Step::Senior => format!("Senior {word}").into(),
            Step::Principal => format!("Principal {word}").into(),
        },
    }
}

fn grade(post: &Post, step: Step, random: &mut Random) -> Text {
    let upper = random.chance(500);
    let grade = match (post.role, post.employee_type, step) {
        (Role::Chief, ..) => "M5",
        (Role::Head, ..) => "M4",
        (Role::Lead, ..) if upper => "M2",
        (Role::Lead | Role::Deputy, ..) => "M1",
        (_, EmployeeType::Intern, _) => "T1",
        (_, EmployeeType::Contractor, _) => "X0",
        (_, _, Step::Junior) => "P1",
        (_, _, Step::Plain) if upper => "P3",
        (_, _, Step::Plain) => "P2",
        (_, _, Step::Senior) if upper => "P5",
        (_, _, Step::Senior) => "P4",
        (_, _, Step::Principal) => "P6",
    };
    grade.into()
}

fn cost_centre(staffing: &Staffing, post: &Post) -> String {
    let number = DEPARTMENTS[post.department].number;
    let team = &staffing.teams[post.team];
    match post.role {
        Role::Chief | Role::Head => format!("{number}00"),
        _ => format!("{number}{:02}", (team.topic + 1) * 10 % 100),
    }
}

/// Fills in the digits of a pattern; some people type other separators than most.
fn telephone(pattern: &str, style: u32, random: &mut Random) -> String {
    let mut number = String::with_capacity(pattern.len() + 2);
    let mut groups = 0;
    for letter in pattern.chars() {
        match letter {
            '#' => number.extend(char::from_digit(random.below(10), 10)),
            'N' => number.extend(char::from_digit(random.below(9) + 1, 10)),
            ' ' => {
                groups += 1;
                match (style, groups) {
                    (0..6, _) => number.push('-'),
                    (6..10, 1) => number.push_str(" ("),
                    (6..10, 2) => number.push_str(") "),
                    (10..14, 2..) => {}
                    _ => number.push(' '),
                }
            }
            other => number.push(other),
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_styles() {
        let show = |style| {
            let mut random = Random::stream(1, Purpose::Person, 1);
            telephone("+49 30 23125 0", style, &mut random)
        };
        assert_eq!(show(0), "+49-30-23125-0");
        assert_eq!(show(7), "+49 (30) 23125 0");
        assert_eq!(show(12), "+49 30231250");
        assert_eq!(show(50), "+49 30 23125 0");
    }
}
