//! What changes of links come to, once they are carried out in their order.

use std::collections::BTreeMap;

use provisio_model::{LinkOrigin, SourceId, TargetId};
use provisio_runtime::{JobId, LinkChange, StoreError};
use tokio_postgres::types::Type;

use crate::connections::{Parameter, Transaction};
use crate::fault::Fault;
use crate::load::{Mapping, name_of, origin_of};
use crate::text::{original, stored};

/// A link of an object mapping, by number.
type End<I> = (i64, I);

/// The links that a change is about, before and after.
#[derive(Default)]
struct Touched {
    before: BTreeMap<End<SourceId>, (TargetId, LinkOrigin)>,
    after: BTreeMap<End<SourceId>, (TargetId, LinkOrigin)>,
    /// INVARIANT: exactly the links of `after`, turned round.
    holders: BTreeMap<End<TargetId>, SourceId>,
}

/// Changes links: reads those that the changes are about, carries the changes out on them, and writes the difference.
pub(crate) async fn change(
    transaction: &Transaction<'_>,
    job: &JobId,
    mappings: &[Mapping],
    changes: &[LinkChange],
) -> Result<(), Fault> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut touched = read(transaction, mappings, changes).await?;
    for change in changes {
        touched.carry_out(job, mappings, change)?;
    }
    touched.write(transaction).await
}

fn number_of(mappings: &[Mapping], name: &str) -> Option<i64> {
    mappings.iter().find(|(it, _)| **it == *name).map(|(_, number)| *number)
}

async fn read(
    transaction: &Transaction<'_>,
    mappings: &[Mapping],
    changes: &[LinkChange],
) -> Result<Touched, Fault> {
    let (mut source_mappings, mut sources) = (Vec::new(), Vec::new());
    let (mut target_mappings, mut targets) = (Vec::new(), Vec::new());
    for change in changes {
        let (mapping, source) = match change {
            LinkChange::Put { mapping, link } => (mapping, &link.source),
            LinkChange::Remove { mapping, source } => (mapping, source),
        };
        let Some(number) = number_of(mappings, mapping) else { continue };
        source_mappings.push(number);
        sources.push(stored(source.as_str()));
        if let LinkChange::Put { link, .. } = change {
            target_mappings.push(number);
            targets.push(stored(link.target.as_str()));
        }
    }
    let sql = "SELECT l.mapping, l.source, l.target, l.origin FROM unnest($1::bigint[], $2::text[]) AS c (mapping, id) \
               JOIN links l ON l.mapping = c.mapping AND id_key(l.source) = id_key(c.id) \
               UNION \
               SELECT l.mapping, l.source, l.target, l.origin FROM unnest($3::bigint[], $4::text[]) AS c (mapping, id) \
               JOIN links l ON l.mapping = c.mapping AND id_key(l.target) = id_key(c.id)";
    let parameters: [Parameter<'_>; 4] = [
        (&source_mappings, Type::INT8_ARRAY),
        (&sources, Type::TEXT_ARRAY),
        (&target_mappings, Type::INT8_ARRAY),
        (&targets, Type::TEXT_ARRAY),
    ];
    let mut touched = Touched::default();
    for row in transaction.query(sql, &parameters).await? {
        let mapping: i64 = row.try_get(0)?;
        let source = SourceId::new(original(row.try_get(1)?)?);
        let target = TargetId::new(original(row.try_get(2)?)?);
        touched.before.insert((mapping, source.clone()), (target.clone(), origin_of(row.try_get(3)?)?));
        touched.holders.insert((mapping, target), source);
    }
    touched.after.clone_from(&touched.before);
    Ok(touched)
}

impl Touched {
    fn carry_out(&mut self, job: &JobId, mappings: &[Mapping], change: &LinkChange) -> Result<(), Fault> {
        match change {
            LinkChange::Remove { mapping, source } => {
                if let Some(number) = number_of(mappings, mapping) {
                    self.remove(&(number, source.clone()));
                }
            }
            LinkChange::Put { mapping, link } => {
                let number = number_of(mappings, mapping).ok_or_else(|| {
                    Fault::damaged(format_args!("object mapping `{mapping}` got no number"))
                })?;
                let target = (number, link.target.clone());
                if let Some(holder) = self.holders.get(&target).filter(|it| **it != link.source) {
                    let taken = StoreError::taken(job, mapping, link.target.as_str(), holder.as_str());
                    return Err(taken.into());
                }
                let source = (number, link.source.clone());
                self.remove(&source);
                self.holders.insert(target, link.source.clone());
                self.after.insert(source, (link.target.clone(), link.origin));
            }
        }
        Ok(())
    }

    fn remove(&mut self, source: &End<SourceId>) {
        if let Some((target, _)) = self.after.remove(source) {
            self.holders.remove(&(source.0, target));
        }
    }

    async fn write(&self, transaction: &Transaction<'_>) -> Result<(), Fault> {
        let gone = self.before.iter().filter(|(source, link)| self.after.get(*source) != Some(*link));
        let (mappings, sources): (Vec<i64>, Vec<_>) =
            gone.map(|((mapping, source), _)| (*mapping, stored(source.as_str()))).unzip();
        if !mappings.is_empty() {
            let sql = "DELETE FROM links l USING unnest($1::bigint[], $2::text[]) AS c (mapping, source) \
                       WHERE l.mapping = c.mapping AND id_key(l.source) = id_key(c.source) AND l.source = c.source";
            transaction.execute(sql, &[(&mappings, Type::INT8_ARRAY), (&sources, Type::TEXT_ARRAY)]).await?;
        }
        let (mut mappings, mut sources, mut targets, mut origins) = (vec![], vec![], vec![], vec![]);
        for (end, link) in self.after.iter().filter(|(source, link)| self.before.get(*source) != Some(*link))
        {
            let ((mapping, source), (target, origin)) = (end, link);
            mappings.push(*mapping);
            sources.push(stored(source.as_str()));
            targets.push(stored(target.as_str()));
            origins.push(name_of(*origin));
        }
        if !mappings.is_empty() {
            let sql = "INSERT INTO links (mapping, source, target, origin) \
                       SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])";
            let parameters: [Parameter<'_>; 4] = [
                (&mappings, Type::INT8_ARRAY),
                (&sources, Type::TEXT_ARRAY),
                (&targets, Type::TEXT_ARRAY),
                (&origins, Type::TEXT_ARRAY),
            ];
            transaction.execute(sql, &parameters).await?;
        }
        Ok(())
    }
}
