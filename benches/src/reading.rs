//! Reading the workers of a workload with the CSV connector, as a job would.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio_connector::{Clock, Context, Result};
use provisio_hr::{ColumnKind, CsvColumn, CsvConfig, CsvFile, CsvSource};
use provisio_model::{Layout, SourceSide, Timestamp};
use provisio_runtime::{Imported, import};

use crate::organisation::{AS_OF, WORKER_ATTRIBUTES};

/// The file of the workers in the folder of a workload.
pub const FILE: &str = "workers.csv";

/// Time stands still while a file is read.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        AS_OF.parse().unwrap_or(Timestamp::from_second(0))
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

/// The connector of the workers in a folder.
///
/// # Errors
/// When there is no such folder.
pub fn connector(folder: &Path) -> Result<CsvSource> {
    let column = |name: &&str| {
        let mut column = CsvColumn::new(*name);
        if *name == "managerId" {
            column.kind = ColumnKind::Reference;
            column.references = vec!["worker".to_owned()];
        }
        column
    };
    let mut file = CsvFile::new("worker", FILE, "workerId");
    file.columns = WORKER_ATTRIBUTES.iter().map(column).collect();
    CsvSource::new(CsvConfig::new([file]), folder)
}

/// Reads all workers.
pub fn read(connector: &CsvSource, layout: &Arc<Layout>) -> Imported<SourceSide> {
    block_on(import::<SourceSide>(connector, &Context::new(Arc::new(Still)), layout))
}
