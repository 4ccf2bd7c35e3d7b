//! `links`: shown, added, removed, imported, matched anew.

use super::support::{Fixture, text_of};

fn target_of(fixture: &Fixture, source: &str) -> String {
    let listing = fixture.json(0, &["links", "job.toml", "--object", source]);
    listing["links"][0]["target"].as_str().unwrap_or_default().to_owned()
}

const USERS: &str = "worker -> user";

#[test]
fn links_are_listed_by_object_and_mapping() {
    let fixture = Fixture::new();
    fixture.expect(0, &["links", "job.toml"]).says(&["0 links"]);
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["links", "job.toml"]).says(&[
        "team -> group",
        "T1",
        USERS,
        "W001",
        "created",
        "21 links",
    ]);
    fixture.expect(0, &["links", "job.toml", "--object", "W003"]).says(&["W003", "1 link"]);
    let target = target_of(&fixture, "W003");
    fixture.expect(0, &["links", "job.toml", "--object", &target]).says(&["W003", &target]);
    fixture.expect(0, &["links", "job.toml", "--mapping", "team -> group"]).says(&["T2", "2 links"]);
    fixture.expect(64, &["links", "job.toml", "--mapping", "teams"]).complains(&["worker -> user"]);
}

#[test]
fn a_link_is_moved_by_removing_it_and_adding_another() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let (second, third) = (target_of(&fixture, "W002"), target_of(&fixture, "W003"));
    let add = |code, source: &str, target: &str| {
        fixture.expect(code, &["links", "add", "job.toml", "--mapping", USERS, source, target])
    };
    add(1, "W002", &third).complains(&["no link was changed", "`W002` is linked to"]);
    fixture.expect(0, &["links", "remove", "job.toml", "W002"]).says(&["1 link removed"]);
    add(1, "W002", &third).complains(&["belongs to the source object `W003`"]);
    add(1, "W002", "nobody").complains(&["the target has no object `nobody`"]);
    add(1, "W999", &second).complains(&["the source has no object `W999`"]);
    fixture.expect(64, &["links", "add", "job.toml", "W002", &second]).complains(&["--mapping"]);
    add(0, "W002", &second).says(&["1 link added"]);
    add(0, "W002", &second).says(&["0 links added"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
    fixture.expect(64, &["links", "remove", "job.toml", "W999"]).complains(&["`W999` has no link"]);
}

#[test]
fn a_link_that_is_forgotten_is_matched_anew() {
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    fixture.write("job.toml", &format!("{job}\n[cycle]\nfrom = \"changes\"\n"));
    fixture.expect(0, &["run", "job.toml"]);
    let before = target_of(&fixture, "W005");
    fixture.expect(0, &["links", "rematch", "job.toml", "W005"]).says(&["1 link forgotten"]);
    assert_eq!(target_of(&fixture, "W005"), "");
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker         20 objects"]);
    assert_eq!(target_of(&fixture, "W005"), before);
    fixture.expect(0, &["links", "job.toml", "--object", "W005"]).says(&["adopted"]);
    assert_eq!(text_of(&fixture.user("W005"), "externalId"), "W005");
}

#[test]
fn an_import_adds_all_links_or_none() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let targets: Vec<String> = ["W001", "W002"].iter().map(|it| target_of(&fixture, it)).collect();
    fixture.expect(0, &["links", "remove", "job.toml", "W001"]);
    fixture.expect(0, &["links", "remove", "job.toml", "W002"]);
    let import = |code, text: String| {
        fixture.write("links.txt", &text);
        fixture.expect(code, &["links", "import", "job.toml", "links.txt"])
    };
    let header = "mapping,source,target,origin";
    let (first, second) = (&targets[0], &targets[1]);
    let ran =
        import(1, format!("{header}\n{USERS},W001,{first},created\n{USERS},W002,{first},\nusers,W002,x,\n"));
    ran.complains(&[
        "no link was changed: 2 faults",
        "line 3: the target object",
        "line 4: there is no object mapping",
    ]);
    assert_eq!(target_of(&fixture, "W001"), "");
    let ran = import(5, format!("{header}\n{USERS},W001,{first},made\n{USERS},,{second},\n"));
    ran.complains(&["2 faults", "line 2", "line 3: `source` is empty", "JSON lines"]);
    import(0, format!("{header}\n{USERS},W001,{first},created\n")).says(&["1 link added"]);
    let line = format!("{{\"mapping\": \"{USERS}\", \"source\": \"W002\", \"target\": \"{second}\"}}\n");
    import(0, line).says(&["1 link added"]);
    fixture.expect(0, &["links", "job.toml", "--object", "W001"]).says(&["created"]);
    fixture.expect(0, &["links", "job.toml", "--object", "W002"]).says(&["adopted"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}
