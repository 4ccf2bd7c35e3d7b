//! CSV to snapshot, beside the `csv` crate that does nothing with what it reads.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use csv::{ByteRecord, ReaderBuilder};
use futures::executor::block_on;
use provisio_benches::organisation::{AS_OF, WORKER_ATTRIBUTES};
use provisio_benches::workload;
use provisio_connector::{Clock, Context};
use provisio_hr::{ColumnKind, CsvColumn, CsvConfig, CsvFile, CsvSource};
use provisio_model::{Layout, SourceSide, Timestamp};
use provisio_runtime::import;

use super::{middle, show, timed};
use crate::Result;
use crate::bar::Bar;

const FILE: &str = "workers.csv";

/// Time stands still while a file is read.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        AS_OF.parse().unwrap_or(Timestamp::from_second(0))
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

pub(super) fn measure(pairs: usize, folder: &Path) -> Result<()> {
    let spec = workload::compiled();
    let layout = &spec.source_layouts()[0];
    let context = Context::new(Arc::new(Still));
    let source = CsvSource::new(config(), folder)?;
    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let (seconds, rows) = timed(|| read_bare(&folder.join(FILE)))?;
        bare.push(seconds);
        let (seconds, read) = timed(|| read_ours(&source, &context, layout))?;
        ours.push(seconds);
        if read != rows {
            return Err(format!("{read} objects of {rows} rows").into());
        }
        ratios.extend(ours.last().zip(bare.last()).map(|(ours, bare)| ours / bare));
    }
    let ratio = middle(&mut ratios);
    let measured = format!("{:.2} s to {:.2} s: {ratio:.2}", middle(&mut ours), middle(&mut bare));
    show("CSV to snapshot, to the bare `csv` crate", &measured, Some((Bar::AtMost(2.0), ratio)));
    Ok(())
}

fn config() -> CsvConfig {
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
    CsvConfig::new([file])
}

fn read_ours(source: &CsvSource, context: &Context, layout: &Arc<Layout>) -> Result<usize> {
    let imported = block_on(import::<SourceSide>(source, context, layout));
    if imported.unreadable.count > 0 {
        return Err("there are rows that cannot be read".into());
    }
    Ok(black_box(imported.import).records().len())
}

fn read_bare(path: &Path) -> Result<usize> {
    let mut reader = ReaderBuilder::new().from_path(path)?;
    let mut row = ByteRecord::new();
    let (mut rows, mut bytes) = (0, 0);
    while reader.read_byte_record(&mut row)? {
        rows += 1;
        bytes += row.as_slice().len();
    }
    black_box(bytes);
    Ok(rows)
}
