//! Answers questions about single objects: all of a kind with one statement, and all statements on one journey.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join3};
use provisio_model::{AttrName, Id, Link, LinkOrigin, SourceId, TargetId, Text};
use provisio_planner::{Fingerprint, MappingId, MatchKey, SourceKey, TargetKey};
use provisio_runtime::{JobId, KnownSource, KnownTarget, KnownValue, Recall, Recalled};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connections::{Access, Connections, Parameter, Transaction};
use crate::fault::Fault;
use crate::known::{scoped_of, stored_attribute};
use crate::load::origin_of;
use crate::names;
use crate::names::{Names, Side};
use crate::notes::{self, Notes};
use crate::text::{original, stored};

/// An object, or a link, by the number of its type or object mapping.
type Numbered<I> = (i64, I);

pub(crate) async fn recall(
    connections: &Connections,
    job: &JobId,
    asked: &[Recall],
) -> Result<Vec<Recalled>, Fault> {
    let (transaction, names) = names::begin(connections, Access::LookUp, job).await?;
    let names = names.unwrap_or_default();
    let answers = Questions::new(&names, asked).ask(&transaction, &names).await?;
    transaction.roll_back().await?;
    Ok(asked.iter().map(|it| answers.of(&names, it)).collect())
}

/// What is asked, each thing once.
#[derive(Default)]
struct Questions<'a> {
    sources: BTreeSet<Numbered<&'a SourceId>>,
    linked: BTreeSet<Numbered<&'a SourceId>>,
    linked_to: BTreeSet<Numbered<&'a TargetId>>,
    referred: BTreeSet<&'a SourceId>,
    alike: BTreeSet<&'a MatchKey>,
    targets: BTreeSet<Numbered<&'a TargetId>>,
    values: BTreeSet<Numbered<&'a KnownValue>>,
}

impl<'a> Questions<'a> {
    /// What belongs to a type or a mapping that nothing is known of has no answer, and is not asked.
    fn new(names: &Names, asked: &'a [Recall]) -> Self {
        let mut questions = Self::default();
        for asked in asked {
            match asked {
                Recall::Source { key, mappings } => {
                    let number = names.number_of(Side::Source, &key.object_type);
                    questions.sources.extend(number.map(|it| (it, &key.id)));
                    let mappings = mappings.iter().filter_map(|it| names.mapping(it));
                    questions.linked.extend(mappings.map(|it| (it, &key.id)));
                }
                Recall::Referrers(id) => drop(questions.referred.insert(id)),
                Recall::Alike(key) => drop(questions.alike.insert(key)),
                Recall::LinksTo { target, mappings } => {
                    let mappings = mappings.iter().filter_map(|it| names.mapping(it));
                    questions.linked_to.extend(mappings.map(|it| (it, target)));
                }
                Recall::Target(key) => {
                    let number = names.number_of(Side::Target, &key.object_type);
                    questions.targets.extend(number.map(|it| (it, &key.id)));
                }
                Recall::TargetsWith { object_type, value } => {
                    let number = names.number_of(Side::Target, object_type);
                    questions.values.extend(number.map(|it| (it, value)));
                }
            }
        }
        questions
    }

    async fn ask(&self, transaction: &Transaction<'_>, names: &Names) -> Result<Answers, Fault> {
        let ((sources, referrers, alike), (links, links_to, notes), (targets, holders)) = join3(
            join3(
                self.ask_sources(transaction),
                self.ask_referrers(transaction, names),
                self.ask_alike(transaction, names),
            ),
            join3(self.ask_links(transaction), self.ask_links_to(transaction), self.ask_notes(transaction)),
            join(self.ask_targets(transaction), self.ask_holders(transaction, names)),
        )
        .await;
        Ok(Answers {
            sources: sources?,
            referrers: referrers?,
            alike: alike?,
            links: links?,
            links_to: links_to?,
            notes: notes?,
            targets: targets?,
            holders: holders?,
        })
    }

    async fn ask_sources(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<BTreeMap<Numbered<SourceId>, KnownSource>, Fault> {
        if self.sources.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (types, ids): (Vec<i64>, Vec<_>) =
            self.sources.iter().map(|(it, id)| (*it, stored(id.as_str()))).unzip();
        let asked: [Parameter<'_>; 2] = [(&types, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)];
        let of_asked = "FROM unnest($1::bigint[], $2::text[]) AS c (object_type, id) \
                        JOIN known_sources s ON s.object_type = c.object_type AND id_key(s.id) = id_key(c.id)";
        let known = format!("SELECT s.object_type, s.id, s.digest, s.scoped {of_asked}");
        let references = format!(
            "SELECT s.object_type, s.id, r.refers_to {of_asked} JOIN known_references r ON r.source = s.number"
        );
        let matches = format!(
            "SELECT s.object_type, s.id, m.position, m.precedence, m.value {of_asked} \
             JOIN known_matches m ON m.source = s.number"
        );
        let (known, references, matches) = join3(
            transaction.query(&known, &asked),
            transaction.query(&references, &asked),
            transaction.query(&matches, &asked),
        )
        .await;
        let mut sources = BTreeMap::new();
        for row in known? {
            let digest = digest(&row, 2)?;
            let mut known = KnownSource { digest, footprint: Default::default() };
            known.footprint.scoped = scoped_of(row.try_get(3)?)?;
            sources.insert(numbered(&row)?, known);
        }
        for row in references? {
            if let Some(known) = sources.get_mut(&numbered(&row)?) {
                known.footprint.refers_to.push(SourceId::new(original(row.try_get(2)?)?));
            }
        }
        for row in matches? {
            if let Some(known) = sources.get_mut(&numbered(&row)?) {
                known.footprint.matching.push(match_key(&row, 2)?);
            }
        }
        for known in sources.values_mut() {
            known.footprint.refers_to.sort_unstable();
            known.footprint.matching.sort_unstable();
        }
        Ok(sources)
    }

    async fn ask_referrers(
        &self,
        transaction: &Transaction<'_>,
        names: &Names,
    ) -> Result<BTreeMap<SourceId, Vec<SourceKey>>, Fault> {
        let mut found: BTreeMap<SourceId, Vec<SourceKey>> = BTreeMap::new();
        if self.referred.is_empty() {
            return Ok(found);
        }
        let ids: Vec<_> = self.referred.iter().map(|it| stored(it.as_str())).collect();
        let sql = "SELECT s.object_type, s.id, r.refers_to FROM unnest($2::text[]) AS c (id) \
                   JOIN known_references r ON r.job = $1 AND id_key(r.refers_to) = id_key(c.id) \
                   JOIN known_sources s ON s.number = r.source";
        for row in transaction.query(sql, &[(&names.job, Type::INT8), (&ids, Type::TEXT_ARRAY)]).await? {
            let referred = SourceId::new(original(row.try_get(2)?)?);
            found.entry(referred).or_default().push(source_key(&row, names)?);
        }
        found.values_mut().for_each(|it| it.sort_unstable());
        Ok(found)
    }

    async fn ask_alike(
        &self,
        transaction: &Transaction<'_>,
        names: &Names,
    ) -> Result<BTreeMap<MatchKey, Vec<SourceKey>>, Fault> {
        let mut found: BTreeMap<MatchKey, Vec<SourceKey>> = BTreeMap::new();
        if self.alike.is_empty() {
            return Ok(found);
        }
        let positions: Vec<i32> = self.alike.iter().map(|it| i32::from(it.mapping.0)).collect();
        let precedences: Vec<i32> = self.alike.iter().map(|it| i32::from(it.precedence)).collect();
        let values: Vec<_> = self.alike.iter().map(|it| stored(&it.key)).collect();
        let sql = "SELECT s.object_type, s.id, m.position, m.precedence, m.value \
                   FROM unnest($2::int[], $3::int[], $4::text[]) AS c (position, precedence, value) \
                   JOIN known_matches m ON m.job = $1 AND m.position = c.position \
                        AND m.precedence = c.precedence AND id_key(m.value) = id_key(c.value) \
                   JOIN known_sources s ON s.number = m.source";
        let parameters: [Parameter<'_>; 4] = [
            (&names.job, Type::INT8),
            (&positions, Type::INT4_ARRAY),
            (&precedences, Type::INT4_ARRAY),
            (&values, Type::TEXT_ARRAY),
        ];
        for row in transaction.query(sql, &parameters).await? {
            found.entry(match_key(&row, 2)?).or_default().push(source_key(&row, names)?);
        }
        found.values_mut().for_each(|it| it.sort_unstable());
        Ok(found)
    }

    async fn ask_links(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<BTreeMap<Numbered<SourceId>, (TargetId, LinkOrigin)>, Fault> {
        let mut links = BTreeMap::new();
        if self.linked.is_empty() {
            return Ok(links);
        }
        let (mappings, ids): (Vec<i64>, Vec<_>) =
            self.linked.iter().map(|(it, id)| (*it, stored(id.as_str()))).unzip();
        let sql = "SELECT l.mapping, l.source, l.target, l.origin \
                   FROM unnest($1::bigint[], $2::text[]) AS c (mapping, id) \
                   JOIN links l ON l.mapping = c.mapping AND id_key(l.source) = id_key(c.id)";
        for row in transaction.query(sql, &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)]).await? {
            let target = TargetId::new(original(row.try_get(2)?)?);
            links.insert(numbered(&row)?, (target, origin_of(row.try_get(3)?)?));
        }
        Ok(links)
    }

    async fn ask_links_to(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<BTreeMap<Numbered<TargetId>, (SourceId, LinkOrigin)>, Fault> {
        let mut links = BTreeMap::new();
        if self.linked_to.is_empty() {
            return Ok(links);
        }
        let (mappings, ids): (Vec<i64>, Vec<_>) =
            self.linked_to.iter().map(|(it, id)| (*it, stored(id.as_str()))).unzip();
        let sql = "SELECT l.mapping, l.target, l.source, l.origin \
                   FROM unnest($1::bigint[], $2::text[]) AS c (mapping, id) \
                   JOIN links l ON l.mapping = c.mapping AND id_key(l.target) = id_key(c.id)";
        for row in transaction.query(sql, &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)]).await? {
            let source = SourceId::new(original(row.try_get(2)?)?);
            links.insert(numbered(&row)?, (source, origin_of(row.try_get(3)?)?));
        }
        Ok(links)
    }

    async fn ask_notes(&self, transaction: &Transaction<'_>) -> Result<Notes, Fault> {
        if self.linked.is_empty() {
            return Ok(Notes::new());
        }
        let (mappings, ids): (Vec<i64>, Vec<_>) =
            self.linked.iter().map(|(it, id)| (*it, stored(id.as_str()))).unzip();
        notes::recall(transaction, &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)]).await
    }

    async fn ask_targets(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<BTreeMap<Numbered<TargetId>, KnownTarget>, Fault> {
        let mut targets = BTreeMap::new();
        if self.targets.is_empty() {
            return Ok(targets);
        }
        let (types, ids): (Vec<i64>, Vec<_>) =
            self.targets.iter().map(|(it, id)| (*it, stored(id.as_str()))).unzip();
        let sql = format!(
            "SELECT t.object_type, t.id, t.digest, t.body, {VALUES} \
             FROM unnest($1::bigint[], $2::text[]) AS c (object_type, id) \
             JOIN known_targets t ON t.object_type = c.object_type AND id_key(t.id) = id_key(c.id)"
        );
        for row in transaction.query(&sql, &[(&types, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)]).await? {
            targets.insert(numbered(&row)?, known_target(&row)?);
        }
        Ok(targets)
    }

    async fn ask_holders(
        &self,
        transaction: &Transaction<'_>,
        names: &Names,
    ) -> Result<BTreeMap<Numbered<KnownValue>, Vec<(TargetKey, KnownTarget)>>, Fault> {
        let mut found: BTreeMap<Numbered<KnownValue>, Vec<(TargetKey, KnownTarget)>> = BTreeMap::new();
        if self.values.is_empty() {
            return Ok(found);
        }
        let types: Vec<i64> = self.values.iter().map(|it| it.0).collect();
        let attributes: Vec<_> =
            self.values.iter().map(|it| stored_attribute(it.1.attribute.as_str())).collect();
        let values: Vec<_> = self.values.iter().map(|it| stored(&it.1.key)).collect();
        let sql = format!(
            "SELECT t.object_type, t.id, t.digest, t.body, {VALUES}, v.attribute, v.value \
             FROM unnest($1::bigint[], $2::text[], $3::text[]) AS c (object_type, attribute, value) \
             JOIN known_values v ON v.object_type = c.object_type AND id_key(v.attribute) = id_key(c.attribute) \
                  AND id_key(v.value) = id_key(c.value) \
             JOIN known_targets t ON t.number = v.target"
        );
        let parameters: [Parameter<'_>; 3] =
            [(&types, Type::INT8_ARRAY), (&attributes, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)];
        for row in transaction.query(&sql, &parameters).await? {
            let (number, id) = numbered(&row)?;
            let key = TargetKey { object_type: names.type_of(Side::Target, number)?, id };
            let value = known_value(row.try_get(6)?, row.try_get(7)?)?;
            found.entry((number, value)).or_default().push((key, known_target(&row)?));
        }
        found.values_mut().for_each(|it| it.sort_unstable_by(|one, other| one.0.cmp(&other.0)));
        Ok(found)
    }
}

/// The values of a known target object `t`: attributes and values, side by side.
const VALUES: &str = "ARRAY(SELECT o.attribute FROM known_values o WHERE o.target = t.number \
                            ORDER BY o.attribute, o.value), \
                      ARRAY(SELECT o.value FROM known_values o WHERE o.target = t.number \
                            ORDER BY o.attribute, o.value)";

/// What was found.
struct Answers {
    sources: BTreeMap<Numbered<SourceId>, KnownSource>,
    referrers: BTreeMap<SourceId, Vec<SourceKey>>,
    alike: BTreeMap<MatchKey, Vec<SourceKey>>,
    links: BTreeMap<Numbered<SourceId>, (TargetId, LinkOrigin)>,
    links_to: BTreeMap<Numbered<TargetId>, (SourceId, LinkOrigin)>,
    notes: Notes,
    targets: BTreeMap<Numbered<TargetId>, KnownTarget>,
    holders: BTreeMap<Numbered<KnownValue>, Vec<(TargetKey, KnownTarget)>>,
}

impl Answers {
    fn of(&self, names: &Names, asked: &Recall) -> Recalled {
        match asked {
            Recall::Source { key, mappings } => {
                let number = names.number_of(Side::Source, &key.object_type);
                let known = number.and_then(|it| self.sources.get(&(it, key.id.clone()))).cloned();
                let link = |name: &Text| {
                    let (target, origin) = self.links.get(&(names.mapping(name)?, key.id.clone()))?;
                    let link = Link { source: key.id.clone(), target: target.clone(), origin: *origin };
                    Some((name.clone(), link))
                };
                let note = |name: &Text| {
                    let note = self.notes.get(&(names.mapping(name)?, key.id.clone()))?;
                    Some((name.clone(), note.clone()))
                };
                Recalled::Source {
                    known,
                    links: mappings.iter().filter_map(link).collect(),
                    notes: mappings.iter().filter_map(note).collect(),
                }
            }
            Recall::Referrers(id) => Recalled::Sources(self.referrers.get(id).cloned().unwrap_or_default()),
            Recall::Alike(key) => Recalled::Sources(self.alike.get(key).cloned().unwrap_or_default()),
            Recall::LinksTo { target, mappings } => {
                let link = |name: &Text| {
                    let (source, origin) = self.links_to.get(&(names.mapping(name)?, target.clone()))?;
                    let link = Link { source: source.clone(), target: target.clone(), origin: *origin };
                    Some((name.clone(), link))
                };
                Recalled::Links(mappings.iter().filter_map(link).collect())
            }
            Recall::Target(key) => {
                let number = names.number_of(Side::Target, &key.object_type);
                let known = number.and_then(|it| self.targets.get(&(it, key.id.clone())));
                Recalled::Targets(known.map(|it| (key.clone(), it.clone())).into_iter().collect())
            }
            Recall::TargetsWith { object_type, value } => {
                let number = names.number_of(Side::Target, object_type);
                let found = number.and_then(|it| self.holders.get(&(it, value.clone())));
                Recalled::Targets(found.cloned().unwrap_or_default())
            }
        }
    }
}

fn numbered<S: provisio_model::Side>(row: &Row) -> Result<Numbered<Id<S>>, Fault> {
    Ok((row.try_get(0)?, Id::new(original(row.try_get(1)?)?)))
}

fn source_key(row: &Row, names: &Names) -> Result<SourceKey, Fault> {
    let (number, id) = numbered(row)?;
    Ok(SourceKey { object_type: names.type_of(Side::Source, number)?, id })
}

fn match_key(row: &Row, at: usize) -> Result<MatchKey, Fault> {
    let number =
        |at| -> Result<u16, Fault> { u16::try_from(row.try_get::<_, i32>(at)?).map_err(Fault::damaged) };
    let key = Text::new(original(row.try_get(at + 2)?)?);
    Ok(MatchKey { mapping: MappingId(number(at)?), precedence: number(at + 1)?, key })
}

fn known_target(row: &Row) -> Result<KnownTarget, Fault> {
    let (attributes, values): (Vec<&str>, Vec<&str>) = (row.try_get(4)?, row.try_get(5)?);
    let values = attributes.into_iter().zip(values).map(|(attribute, value)| known_value(attribute, value));
    let mut values = values.collect::<Result<Vec<_>, _>>()?;
    values.sort_unstable();
    Ok(KnownTarget { digest: digest(row, 2)?, body: row.try_get(3)?, values })
}

fn known_value(attribute: &str, key: &str) -> Result<KnownValue, Fault> {
    Ok(KnownValue { attribute: AttrName::new(original(attribute)?), key: Text::new(original(key)?) })
}

fn digest(row: &Row, at: usize) -> Result<Fingerprint, Fault> {
    fingerprint(row.try_get(at)?)
}

pub(crate) fn fingerprint(bytes: &[u8]) -> Result<Fingerprint, Fault> {
    let bytes = bytes.try_into().map_err(|_| Fault::damaged("a digest has not 16 bytes"))?;
    Ok(Fingerprint::from_bytes(bytes))
}
