//! Which questions wait for an answer, and which will be asked next?

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
        // What was answered meanwhile is not asked again.
        let mut old =
            std::mem::take(&mut self.questions).into_iter().zip(self.is_answered.drain(..)).peekable();
        for question in self.more.drain(..) {
            while let Some((before, is_answered)) = old.next_if(|it| it.0 < question) {
                if !is_answered {
                    self.questions.push(before);
                }
            }
            if old.peek().is_none_or(|it| it.0 != question) {
                self.questions.push(question);
            }
        }
        self.questions.extend(old.filter(|it| !it.1).map(|it| it.0));
        self.is_answered.resize(self.questions.len(), false);
        (self.answered, self.next) = (0, 0);
    }

    /// Iterates over the questions of this round that wait, sorted, each once.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().zip(&self.is_answered).filter(|it| !it.1).map(|it| it.0)
    }
}

/// Sorts questions, and leaves each once.
pub(super) fn sort(questions: &mut Vec<Question>) {
    prefix::sort(questions, Beginning::of, Question::cmp);
    questions.dedup();
}

/// By what most questions are told apart already, in their order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Beginning {
    kind: u8,
    object_type: u128,
    /// How long the type is: of two that begin alike, the shorter comes first, and nothing is known of long ones.
    length: u8,
    id: u128,
}

impl Beginning {
    pub(super) fn of(question: &Question) -> Self {
        match question {
            Question::Remembered(SourceKey { object_type, id }) => {
                Self::new(0, object_type.as_str(), id.as_str())
            }
            Question::Source(SourceKey { object_type, id }) => {
                Self::new(1, object_type.as_str(), id.as_str())
            }
            Question::Referrers(id) => Self::new(2, "", id.as_str()),
            Question::Alike(_) => Self::new(3, "", ""),
            Question::Target(TargetKey { object_type, id }) => {
                Self::new(4, object_type.as_str(), id.as_str())
            }
            Question::TargetWith { .. } => Self::new(5, "", ""),
            Question::LinksTo(TargetKey { object_type, id }) => {
                Self::new(6, object_type.as_str(), id.as_str())
            }
        }
    }

    /// That of a source object, among others of those.
    pub(super) fn of_source(key: &SourceKey) -> Self {
        Self::new(0, key.object_type.as_str(), key.id.as_str())
    }

    fn new(kind: u8, object_type: &str, id: &str) -> Self {
        const WHOLE: usize = size_of::<u128>();
        let length = object_type.len().min(WHOLE + 1);
        let id = if length > WHOLE { 0 } else { first_bytes(id) };
        Self { kind, object_type: first_bytes(object_type), length: length as u8, id }
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
        let first: Vec<Question> = asked.iter().cloned().collect();
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
        let second: Vec<Question> = asked.iter().cloned().collect();
        assert_eq!(second, [remembered("a", "0"), remembered("a", "1"), target("b", "1")]);
        for question in second {
            let at = asked.find(&question).expect("it waits");
            asked.note_answer(at);
        }
        asked.turn();
        assert_eq!(asked.iter().count(), 0);
    }
}
