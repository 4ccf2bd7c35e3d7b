//! The requirements of `docs/connector-spec.md`.

use std::sync::Arc;

use async_trait::async_trait;
use provisio::TokioClock;
use provisio::connector::Clock;
use provisio::store::{StateStore, StoreError};
use provisio_postgres::PostgresStore;
use provisio_testkit::conformance::store::StorePlace;

use crate::support::{new_schema, run, settings};

struct Schema(String);

#[async_trait]
impl StorePlace for Schema {
    async fn open(&self) -> Result<Arc<dyn StateStore>, StoreError> {
        Ok(Arc::new(PostgresStore::open(settings(&self.0)).await?))
    }

    fn clock(&self) -> &dyn Clock {
        &TokioClock
    }
}

provisio_testkit::store_conformance!(
    with [#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]]
    Schema(new_schema()),
    run
);
