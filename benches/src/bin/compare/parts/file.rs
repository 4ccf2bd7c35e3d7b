//! CSV to snapshot, beside the `csv` crate that does nothing with what it reads.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};
use provisio_benches::reading::{self, FILE};
use provisio_benches::workload;
use provisio_hr::CsvSource;
use provisio_model::Layout;

use super::{middle, show, timed};
use crate::Result;
use crate::bar::Bar;

pub(super) fn measure(pairs: usize, folder: &Path) -> Result<()> {
    let spec = workload::compiled();
    let layout = &spec.source_layouts()[0];
    let source = reading::connector(folder)?;
    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let (seconds, rows) = timed(|| read_bare(&folder.join(FILE)))?;
        bare.push(seconds);
        let (seconds, read) = timed(|| read_ours(&source, layout))?;
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

fn read_ours(source: &CsvSource, layout: &Arc<Layout>) -> Result<usize> {
    let read = reading::read(source, layout);
    if read.unreadable.count > 0 {
        return Err("there are rows that cannot be read".into());
    }
    Ok(black_box(read.import).records().len())
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
