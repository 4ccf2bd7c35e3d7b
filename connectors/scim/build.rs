//! Tests that need a server are left out, visibly, where there is none.

fn main() {
    for (variable, name) in [
        ("PROVISIO_TEST_SCIM2_SERVER", "has_scim2_server"),
        ("PROVISIO_TEST_SCIM2_SERVER_CURSOR", "has_scim2_server_cursor"),
        ("PROVISIO_TEST_SCIMMY", "has_scimmy"),
    ] {
        println!("cargo::rustc-check-cfg=cfg({name})");
        println!("cargo::rerun-if-env-changed={variable}");
        if std::env::var_os(variable).is_some() {
            println!("cargo::rustc-cfg={name}");
        }
    }
}
