//! The numbers of object mappings, so that their name does not stand in front of every id.

use provisio_model::Text;
use redb::{ReadTransaction, ReadableTable as _, TableDefinition, WriteTransaction};

use super::error::Fault;
use super::tables::FACTS;
use crate::store::JobId;

/// Job and name of an object mapping to the number of the mapping. An object mapping keeps its number.
pub(super) const MAPPINGS: TableDefinition<'_, (&str, &str), u32> = TableDefinition::new("mappings");

/// Where [`FACTS`] has the number that the next new object mapping gets.
const NEXT_MAPPING_KEY: &str = "next mapping";

/// An id under the number of an object mapping.
pub(super) type Id<'a> = (u32, &'a [u8]);

/// Returns the object mappings of a job by name, with their numbers.
pub(super) fn of_job(transaction: &ReadTransaction, job: &JobId) -> Result<Vec<(Text, u32)>, Fault> {
    let mut mappings = Vec::new();
    for entry in transaction.open_table(MAPPINGS)?.range((job.as_str(), "")..)? {
        let (key, number) = entry?;
        let (of_job, mapping) = key.value();
        if of_job != job.as_str() {
            break;
        }
        mappings.push((Text::new(mapping), number.value()));
    }
    Ok(mappings)
}

/// Finds the numbers of a job's object mappings, and gives out new ones.
pub(super) struct MappingNumbers<'a> {
    transaction: &'a WriteTransaction,
    job: &'a JobId,
    known: Vec<(Text, u32)>,
}

impl<'a> MappingNumbers<'a> {
    pub(super) fn new(transaction: &'a WriteTransaction, job: &'a JobId) -> Self {
        Self { transaction, job, known: Vec::new() }
    }

    pub(super) fn find(&mut self, mapping: &Text) -> Result<Option<u32>, Fault> {
        if let Some((_, number)) = self.known.iter().find(|(name, _)| name == mapping) {
            return Ok(Some(*number));
        }
        let mappings = self.transaction.open_table(MAPPINGS)?;
        let number = mappings.get((self.job.as_str(), mapping.as_str()))?.map(|it| it.value());
        self.known.extend(number.map(|it| (mapping.clone(), it)));
        Ok(number)
    }

    pub(super) fn find_or_make(&mut self, mapping: &Text) -> Result<u32, Fault> {
        if let Some(number) = self.find(mapping)? {
            return Ok(number);
        }
        let mut facts = self.transaction.open_table(FACTS)?;
        let next = facts.get(NEXT_MAPPING_KEY)?.map_or(0, |it| it.value());
        // The last number is not given out: the links of a mapping end where those of the next begin.
        let number = u32::try_from(next).ok().filter(|it| *it < u32::MAX);
        let number = number.ok_or_else(|| Fault::damaged("its numbers for object mappings are used up"))?;
        facts.insert(NEXT_MAPPING_KEY, u64::from(number) + 1)?;
        self.transaction.open_table(MAPPINGS)?.insert((self.job.as_str(), mapping.as_str()), number)?;
        self.known.push((mapping.clone(), number));
        Ok(number)
    }
}
