//! How many operations go into one request?

use serde_json::Value as Json;

use super::Operation;

/// Operations of one request.
pub(crate) type Batch = Vec<Operation>;

/// Puts operations into requests, in their order: so many operations in each, and so many members and other values of
/// lists, and so many of those in one operation.
pub(crate) fn batches(
    operations: Vec<Operation>,
    operations_max: Option<usize>,
    values_max: Option<usize>,
    values_per_operation_max: Option<usize>,
) -> Vec<Batch> {
    let values_max = values_max.unwrap_or(usize::MAX).max(1);
    let operations_max = operations_max.unwrap_or(usize::MAX).max(1);
    let piece = values_per_operation_max.unwrap_or(usize::MAX).max(1).min(values_max);
    let mut batches: Vec<Batch> = Vec::new();
    let mut weight = 0;
    for operation in operations.into_iter().flat_map(|it| pieces(it, piece)) {
        let more = self::weight(&operation);
        match batches.last_mut() {
            Some(last) if last.len() < operations_max && weight + more <= values_max => {
                last.push(operation);
                weight += more;
            }
            _ => {
                batches.push(vec![operation]);
                weight = more;
            }
        }
    }
    batches
}

/// Cuts a batch into two; `None` when it is one operation with one value.
pub(crate) fn halves(mut batch: Batch) -> Option<(Batch, Batch)> {
    if batch.len() > 1 {
        let second = batch.split_off(batch.len() / 2);
        return Some((batch, second));
    }
    let operation = batch.pop()?;
    let length = weight(&operation);
    if !operation.is_divisible || length < 2 {
        return None;
    }
    let mut halves = pieces(operation, length.div_ceil(2)).into_iter();
    Some((vec![halves.next()?], halves.collect()))
}

/// How many values of a list an operation holds; one for an operation that removes a member by its path.
fn weight(operation: &Operation) -> usize {
    match &operation.value {
        Some(Json::Array(list)) if operation.is_divisible => list.len(),
        _ => usize::from(operation.path.as_deref().is_some_and(|it| it.ends_with(']'))),
    }
}

fn pieces(operation: Operation, most: usize) -> Vec<Operation> {
    match &operation.value {
        Some(Json::Array(list)) if operation.is_divisible && list.len() > most => list
            .chunks(most)
            .map(|chunk| Operation { value: Some(Json::Array(chunk.to_vec())), ..operation.clone() })
            .collect(),
        _ => vec![operation],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::Op;

    fn add(count: usize) -> Operation {
        let value = Json::Array((0..count).map(Json::from).collect());
        Operation { op: Op::Add, path: Some("members".to_owned()), value: Some(value), is_divisible: true }
    }

    fn remove() -> Operation {
        Operation {
            op: Op::Remove,
            path: Some("members[value eq \"1\"]".to_owned()),
            value: None,
            is_divisible: false,
        }
    }

    fn shape(batches: &[Batch]) -> Vec<Vec<usize>> {
        batches.iter().map(|it| it.iter().map(weight).collect()).collect()
    }

    #[test]
    fn limits_are_kept() {
        let of = |operations, operations_max, values_max, each| {
            shape(&batches(operations, operations_max, values_max, each))
        };
        assert_eq!(of(vec![add(250)], None, Some(100), None), [vec![100], vec![100], vec![50]]);
        assert_eq!(of(vec![remove(), remove(), add(3)], None, Some(3), None), [vec![1, 1], vec![3]]);
        assert_eq!(of(vec![add(3)], Some(2), None, Some(1)), [vec![1, 1], vec![1]]);
        assert_eq!(of(vec![], Some(2), None, None), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn what_is_too_large_is_halved_down_to_one_value() {
        let (first, second) = halves(vec![add(5)]).expect("five can be halved");
        assert_eq!((shape(&[first]), shape(&[second])), (vec![vec![3]], vec![vec![2]]));
        assert_eq!(halves(vec![add(1)]), None);
        assert_eq!(halves(vec![remove()]), None);
        assert!(halves(vec![remove(), remove()]).is_some());
    }
}
