//! HTTP/1.1 on loopback, as much of it as tests and benches need: a server that is fast, and a proxy that is faulty.

pub(crate) mod message;
pub(crate) mod proxy;
pub(crate) mod server;
