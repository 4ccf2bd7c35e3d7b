//! Tests that need a server are left out, visibly, where there is none.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_server)");
    println!("cargo::rerun-if-env-changed=PROVISIO_TEST_POSTGRES");
    if std::env::var_os("PROVISIO_TEST_POSTGRES").is_some() {
        println!("cargo::rustc-cfg=has_server");
    }
}
