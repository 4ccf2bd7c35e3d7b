//! Which questions wait for an answer, and which will be asked next?

use provisio_model::ObjectType;

use super::question::{Question, SourceKey, TargetKey};
use crate::prefix::{self, first_bytes};

/// The questions of one round, and those that come up while they are answered.
#[derive(Default)]
pub(super) struct Asked {
    /// Those of this round, sorted, each once.
    questions: Vec<Question>,
    /// By position in `questions`.
    is_answered: Vec<bool>,
    answered: usize,
    /// Where the question is that is likely to be answered next: drivers go through them in their order.
    next: usize,
    /// For the next round, in any order.
    more: Vec<Question>,
}

impl Asked {
    /// Asks in the next round, unless it is answered by then.
    pub(super) fn add(&mut self, question: Question) {
        self.more.push(question);
    }

    /// Asks in the next round, too.
    pub(super) fn append(&mut self, mut questions: Vec<Question>) {
        self.more.append(&mut questions);
    }

    /// Finds a question that waits for its answer.
    pub(super) fn find(&self, question: &Question) -> Option<usize> {
        let expected = self.questions.get(self.next).is_some_and(|it| it == question);
        let at = if expected { Some(self.next) } else { self.questions.binary_search(question).ok() };
        at.filter(|it| !self.is_answered[*it])
    }

    /// Notes that the question at a position is answered.
    pub(super) fn note_answer(&mut self, at: usize) {
        self.is_answered[at] = true;
        self.answered += 1;
        self.next = at + 1;
    }

    /// Begins the next round: with what came up, and with what was not answered.
    pub(super) fn turn(&mut self) {
        if self.more.is_empty() && self.answered == 0 {
            return;
        }
        sort(&mut self.more);
        let Self { questions, is_answered, more, .. } = self;
        // What was answered meanwhile is not asked again, and what was not is asked once.
        let mut at = 0;
        if questions.last() >= more.first() {
            more.retain(|question| {
                while questions.get(at).is_some_and(|it| it < question) {
                    at += 1;
                }
                questions.get(at) != Some(question)
            });
        }
        let mut answered = is_answered.drain(..);
        questions.retain(|_| !answered.next().unwrap_or_default());
        drop(answered);
        if questions.is_empty() {
            std::mem::swap(questions, more);
        } else {
            questions.append(more);
            sort(questions);
        }
        self.is_answered.resize(self.questions.len(), false);
        (self.answered, self.next) = (0, 0);
    }

    /// Returns the questions of this round, sorted, each once; right after [`Asked::turn`] all of them wait.
    pub(super) fn questions(&self) -> &[Question] {
        &self.questions
    }
}

/// Sorts questions, and leaves each once.
pub(super) fn sort(questions: &mut Vec<Question>) {
    if questions.is_sorted_by(|left, right| left < right) {
        return;
    }
    let mut kinds: Vec<(Kind<'_>, Vec<(u128, usize)>)> = Vec::new();
    let mut last = 0;
    for (at, question) in questions.iter().enumerate() {
        let (kind, begins) = kind(question);
        if kinds.get(last).is_none_or(|it| it.0 != kind) {
            last = kinds.iter().position(|it| it.0 == kind).unwrap_or_else(|| {
                kinds.push((kind, Vec::new()));
                kinds.len() - 1
            });
        }
        kinds[last].1.push((begins, at));
    }
    kinds.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    let mut place_of = vec![0; questions.len()];
    let mut place = 0;
    for (_, mut some) in kinds {
        some.sort_unstable_by(|left, right| {
            let closer = || questions[left.1].cmp(&questions[right.1]).then(left.1.cmp(&right.1));
            left.0.cmp(&right.0).then_with(closer)
        });
        for (_, at) in some {
            place_of[at] = place;
            place += 1;
        }
    }
    prefix::put_in_place(questions, place_of);
    questions.dedup();
}

/// Which question, and of which object type: those of the same are sorted by what they ask about alone.
type Kind<'q> = (u8, &'q str);

/// Returns the kind of a question, and how that begins which tells it apart from others of its kind.
fn kind(question: &Question) -> (Kind<'_>, u128) {
    fn of<'q>(kind: u8, object_type: &'q ObjectType, id: &str) -> (Kind<'q>, u128) {
        ((kind, object_type.as_str()), first_bytes(id))
    }
    match question {
        Question::Remembered(SourceKey { object_type, id }) => of(0, object_type, id.as_str()),
        Question::Source(SourceKey { object_type, id }) => of(1, object_type, id.as_str()),
        Question::Referrers(id) => ((2, ""), first_bytes(id.as_str())),
        Question::Alike(_) => ((3, ""), 0),
        Question::Target(TargetKey { object_type, id }) => of(4, object_type, id.as_str()),
        Question::TargetWith { .. } => ((5, ""), 0),
        Question::LinksTo(TargetKey { object_type, id }) => of(6, object_type, id.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use provisio_model::{SourceId, TargetId};

    use super::*;
    use crate::incremental::footprint::MatchKey;
    use crate::plan::MappingId;

    fn remembered(object_type: &str, id: &str) -> Question {
        Question::Remembered(SourceKey { object_type: object_type.into(), id: SourceId::new(id) })
    }

    fn source(object_type: &str, id: &str) -> Question {
        Question::Source(SourceKey { object_type: object_type.into(), id: SourceId::new(id) })
    }

    fn target(object_type: &str, id: &str) -> Question {
        Question::Target(TargetKey { object_type: object_type.into(), id: TargetId::new(id) })
    }

    #[test]
    fn questions_are_sorted_as_by_their_order_alone() {
        let types = ["", "a", "a\0", "same beginning, a", "same beginning, b", "b", "same beginning,"];
        let ids = ["2", "1", "", "same beginning of 2", "same beginning of 1", "1\0"];
        let mut questions = Vec::new();
        for (object_type, id) in types.iter().flat_map(|it| ids.map(|id| (*it, id))) {
            questions.extend([target(object_type, id), remembered(object_type, id), source(object_type, id)]);
            let links = TargetKey { object_type: object_type.into(), id: TargetId::new(id) };
            questions.extend([Question::LinksTo(links), Question::Referrers(SourceId::new(id))]);
            let key = MatchKey { mapping: MappingId(1), precedence: 0, key: id.into() };
            questions.push(Question::Alike(key));
        }
        let mut expected = questions.clone();
        expected.sort();
        expected.dedup();
        sort(&mut questions);
        assert_eq!(questions, expected);
    }

    #[test]
    fn what_is_answered_is_not_asked_again_and_what_is_not_is() {
        let mut asked = Asked::default();
        asked.append(vec![
            remembered("a", "2"),
            remembered("a", "1"),
            remembered("a", "2"),
            source("a", "1"),
        ]);
        asked.turn();
        let first = asked.questions().to_vec();
        assert_eq!(first, [remembered("a", "1"), remembered("a", "2"), source("a", "1")]);
        for question in [remembered("a", "2"), source("a", "1")] {
            let at = asked.find(&question).expect("it waits");
            asked.note_answer(at);
            assert_eq!(asked.find(&question), None, "it is answered");
        }
        for more in [source("a", "1"), target("b", "1"), remembered("a", "1"), remembered("a", "0")] {
            asked.add(more);
        }
        asked.turn();
        let second = asked.questions().to_vec();
        assert_eq!(second, [remembered("a", "0"), remembered("a", "1"), target("b", "1")]);
        for question in second {
            let at = asked.find(&question).expect("it waits");
            asked.note_answer(at);
        }
        asked.turn();
        assert_eq!(asked.questions(), []);
    }
}
