//! The numbers of object mappings and object types, so that their name does not stand in front of every id.

use provisio_model::{ObjectType, Text};
use redb::{ReadTransaction, ReadableTable as _, Table, TableDefinition, WriteTransaction};

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
        let number = next(&mut self.transaction.open_table(FACTS)?, NEXT_MAPPING_KEY)?;
        self.transaction.open_table(MAPPINGS)?.insert((self.job.as_str(), mapping.as_str()), number)?;
        self.known.push((mapping.clone(), number));
        Ok(number)
    }
}

/// Job, side and name of an object type to its number. An object type keeps its number.
const TYPES: TableDefinition<'_, (&str, u8, &str), u32> = TableDefinition::new("object types");

/// Where [`FACTS`] has the number that the next new object type gets.
const NEXT_TYPE_KEY: &str = "next object type";

/// Which side an object type is on.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Source,
    Target,
}

impl Side {
    fn code(self) -> u8 {
        match self {
            Self::Source => 0,
            Self::Target => 1,
        }
    }
}

pub(super) fn make_types(transaction: &WriteTransaction) -> Result<(), Fault> {
    transaction.open_table(TYPES)?;
    Ok(())
}

/// Returns the object types of one side of a job, by name, with their numbers.
pub(super) fn types_of_job(
    transaction: &ReadTransaction,
    job: &JobId,
    side: Side,
) -> Result<Vec<(ObjectType, u32)>, Fault> {
    let mut types = Vec::new();
    for entry in transaction.open_table(TYPES)?.range((job.as_str(), side.code(), "")..)? {
        let (key, number) = entry?;
        let (of_job, of_side, object_type) = key.value();
        if (of_job, of_side) != (job.as_str(), side.code()) {
            break;
        }
        types.push((ObjectType::new(object_type), number.value()));
    }
    Ok(types)
}

/// Finds the numbers of a job's object types, and gives out new ones.
pub(super) struct TypeNumbers<'a> {
    transaction: &'a WriteTransaction,
    job: &'a JobId,
    side: Side,
    known: Vec<(ObjectType, u32)>,
}

impl<'a> TypeNumbers<'a> {
    pub(super) fn new(transaction: &'a WriteTransaction, job: &'a JobId, side: Side) -> Self {
        Self { transaction, job, side, known: Vec::new() }
    }

    pub(super) fn find_or_make(&mut self, object_type: &ObjectType) -> Result<u32, Fault> {
        if let Some((_, number)) = self.known.iter().find(|(name, _)| name == object_type) {
            return Ok(*number);
        }
        let mut types = self.transaction.open_table(TYPES)?;
        let key = (self.job.as_str(), self.side.code(), object_type.as_str());
        let found = types.get(key)?.map(|it| it.value());
        let number = match found {
            Some(number) => number,
            None => {
                let number = next(&mut self.transaction.open_table(FACTS)?, NEXT_TYPE_KEY)?;
                types.insert(key, number)?;
                number
            }
        };
        self.known.push((object_type.clone(), number));
        Ok(number)
    }
}

/// Gives out a number. The last one is not given out: what belongs to a number ends where the next begins.
fn next(facts: &mut Table<'_, &'static str, u64>, key: &str) -> Result<u32, Fault> {
    let next = facts.get(key)?.map_or(0, |it| it.value());
    let number = u32::try_from(next).ok().filter(|it| *it < u32::MAX);
    let number = number.ok_or_else(|| Fault::damaged(format_args!("its numbers are used up: {key}")))?;
    facts.insert(key, u64::from(number) + 1)?;
    Ok(number)
}
