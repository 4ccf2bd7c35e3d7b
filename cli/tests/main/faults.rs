//! Files with faults: all of them at once, each with its place and what to do about it.

use super::support::Fixture;

#[test]
fn all_faults_of_a_job_file_are_shown_at_once() {
    let fixture = Fixture::new();
    fixture.edit("job.toml", "name = \"hr\"", "nmae = \"hr\"");
    fixture.edit("job.toml", "type = \"reference\", references = [\"worker\"] },", "type = \"referense\" },");
    fixture.edit("job.toml", "path = \"teams.csv\"", "path = 5\nheadr = true");
    fixture.edit("job.toml", "connector = \"directory\"", "connector = \"mainframe\"");
    let ran = fixture.expect(5, &["run", "job.toml"]);
    ran.complains(&[
        "error[J0103]: unknown key `nmae` in the file\n --> job.toml:3:1",
        "help: did you mean `name`?",
        "error[J0106]: `type` cannot be `referense`",
        "help: did you mean `reference`?",
        "error[J0105]: `path` must be text, not the number 5",
        "error[J0103]: unknown key `headr` in `source.files`",
        "error[J0106]: `connector` cannot be `mainframe`",
        "help: `connector` is `directory`, `ldap` or `scim`",
        "5 faults; nothing was done",
    ]);
    assert!(!fixture.path("out").exists());
}

#[test]
#[cfg(feature = "ldap")]
fn a_job_for_an_ldap_directory_is_read_with_its_password() {
    let fixture = Fixture::new();
    let target = |password: &str, url: &str| {
        format!(
            "connector = \"ldap\"\nurls = [\"{url}\"]\nbind_dn = \"cn=admin\"\n{password}\n[[target.types]]\nname = \"user\"\n\
             base = \"dc=x\"\nobject_classes = [\"inetOrgPerson\"]\nrdn = \"uid\""
        )
    };
    let before = "connector = \"directory\"\nfile = \"out/directory.jsonl\"";
    let clear = target("password = \"hunter2\"", "ldap://127.0.0.1:1");
    fixture.edit("job.toml", before, &clear);
    let ran = fixture.expect(5, &["run", "job.toml"]);
    ran.complains(&["`password` does not say where it stands"]);
    fixture.write("password", "hunter2\n");
    let fit = target("password = \"file:password\"", "ldaps://127.0.0.1:1");
    fixture.edit("job.toml", &clear, &fit);
    let ran = fixture.expect(6, &["run", "job.toml"]);
    ran.complains(&["`ldaps://127.0.0.1:1`"]);
}

#[test]
fn what_is_missing_is_named_once() {
    let fixture = Fixture::new();
    fixture.write("job.toml", "format = 1\n");
    let ran = fixture.expect(5, &["check", "job.toml"]);
    ran.complains(&["no `source`", "no `target`", "no `state`", "no `name`", "no `mapping`", "5 faults"]);
}

#[test]
fn settings_that_contradict_each_other_are_shown_in_their_place() {
    let fixture = Fixture::new();
    fixture.edit("job.toml", "{ name = \"firstName\" }", "{ name = \"firstName\", format = \"%Y\" }");
    fixture.expect(5, &["check", "job.toml"]).complains(&[
        "error[J0108]",
        "--> job.toml:15:",
        "`format` is for the types",
    ]);
}

#[test]
fn a_file_that_is_not_toml_is_shown_with_line_and_column() {
    let fixture = Fixture::new();
    fixture.edit("job.toml", "name = \"hr\"", "name = \"hr");
    fixture.expect(5, &["run", "job.toml"]).complains(&["error[J0101]: not valid TOML", "--> job.toml:3:"]);
    fixture.write("job.toml", "format = 2\nanything = \"else\"\n");
    let ran = fixture.expect(5, &["run", "job.toml"]);
    ran.complains(&["error[J0102]: format 2 is not known", "1 fault;"]);
    fixture.expect(5, &["run", "nothing.toml"]).complains(&["cannot read `nothing.toml`", "help:"]);
}

#[test]
fn faults_of_the_mapping_are_shown_with_those_of_the_job() {
    let fixture = Fixture::new();
    fixture.edit("job.toml", "[state]\nfile", "[state]\nfiel");
    fixture.edit("mapping.toml", "source = \"team\"", "source = \"team\"\nadoption = \"lnik\"");
    let ran = fixture.expect(5, &["run", "job.toml"]);
    ran.complains(&[
        "unknown key `fiel`",
        "error[S0107]",
        "--> mapping.toml:",
        "did you mean `link`",
        "2 faults",
    ]);
}

#[test]
fn a_mapping_that_does_not_fit_the_systems_is_shown_in_its_file() {
    let fixture = Fixture::new();
    fixture.edit("mapping.toml", "attribute = \"lastName\"", "attribute = \"lsatName\"");
    fixture.edit("mapping.toml", "ToLower(", "ToLwer(");
    let ran = fixture.expect(5, &["run", "job.toml"]);
    ran.complains(&[
        "ToLwer",
        "--> mapping.toml:",
        "lsatName",
        "--> mapping.toml:",
        "2 faults; nothing was done",
    ]);
}

#[test]
fn own_object_types_are_checked_and_used() {
    let fixture = Fixture::new();
    let types = r#"file = "out/directory.jsonl"
[[target.types]]
name = "user"
attributes = [
    { name = "externalId", unique = true, case_exact = true },
    { name = "userName", required = true, unique = true },
    { name = "active", type = "bool" },
    { name = "givenName", length_max = 64 },
    { name = "familyName" },
    { name = "department" },
    { name = "manager", type = "reference", references = ["person"] },
]
[[target.types]]
name = "group"
attributes = [
    { name = "externalId", unique = true },
    { name = "displayName" },
    { name = "members", type = "reference", references = ["user"], multi_valued = true },
]
"#;
    fixture.edit("job.toml", "file = \"out/directory.jsonl\"\n", types);
    fixture.expect(5, &["run", "job.toml"]).complains(&[
        "error[J0108]: attribute `manager`: there is no object type `person` to point to",
        "--> job.toml:",
    ]);
    fixture.edit("job.toml", "references = [\"person\"]", "references = [\"user\"]");
    fixture.expect(0, &["run", "job.toml"]).says(&["19 users created"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}

#[test]
fn a_target_that_is_something_else_is_not_touched() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path("out")).expect("made");
    fixture.write("out/directory.jsonl", "my notes\n");
    fixture
        .expect(5, &["run", "job.toml"])
        .complains(&["the target cannot be used", "is not a directory file"]);
    assert_eq!(fixture.read("out/directory.jsonl"), "my notes\n");
}
