//! Tests that need a server are left out, visibly, where there is none.

fn main() {
    for (server, variable) in [
        ("server", "PROVISIO_TEST_POSTGRES"),
        ("slapd", "PROVISIO_TEST_SLAPD"),
        ("samba", "PROVISIO_TEST_SAMBA"),
    ] {
        println!("cargo::rustc-check-cfg=cfg(has_{server})");
        println!("cargo::rerun-if-env-changed={variable}");
        if std::env::var_os(variable).is_some() {
            println!("cargo::rustc-cfg=has_{server}");
        }
    }
}
