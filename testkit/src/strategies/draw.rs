//! Values that are drawn by a function and shrink by another one, to a value from which nothing can be taken away.

use std::fmt;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;
use provisio::expression::Random;

/// A source of choices: the same seed gives the same ones.
pub struct Draw(Random);

impl Draw {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// Draws a number below `most`; 0 if there is none.
    pub fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.0.next_u64() % most).unwrap_or(0)
    }

    /// Draws yes in so many of a hundred cases.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// Draws one of a list; `None` if it is empty.
    pub fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        list.get(self.below(list.len()))
    }

    /// Draws one of the words of a list; none if it is empty.
    pub fn word<'l>(&mut self, list: &[&'l str]) -> &'l str {
        self.pick(list).copied().unwrap_or_default()
    }
}

type DrawIt<T> = Arc<dyn Fn(&mut Draw) -> T + Send + Sync>;
type Smaller<T> = Arc<dyn Fn(&T) -> Vec<T> + Send + Sync>;

/// A strategy whose values are drawn by a function, and shrink by taking away.
///
/// A value shrinks to one of its smaller values as long as there is one that fails as well. So the value in which it ends
/// is one of which **none** of the smaller values fails.
#[derive(Clone)]
pub struct Drawn<T> {
    draw: DrawIt<T>,
    smaller: Smaller<T>,
}

impl<T> Drawn<T> {
    /// Draws with one function; the other gives smaller values, the smallest first. A value must be among the smaller
    /// values of no value that is smaller than itself.
    pub fn new(
        draw: impl Fn(&mut Draw) -> T + Send + Sync + 'static,
        smaller: impl Fn(&T) -> Vec<T> + Send + Sync + 'static,
    ) -> Self {
        Self { draw: Arc::new(draw), smaller: Arc::new(smaller) }
    }
}

impl<T> fmt::Debug for Drawn<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Drawn")
    }
}

impl<T: Clone + fmt::Debug> Strategy for Drawn<T> {
    type Tree = Shrinking<T>;
    type Value = T;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = any::<u64>().new_tree(runner)?.current();
        let current = (self.draw)(&mut Draw::new(seed));
        let failing = current.clone();
        Ok(Shrinking {
            failing,
            current,
            untried: Vec::new().into_iter(),
            smaller: Arc::clone(&self.smaller),
        })
    }
}

/// A value of [`Drawn`], and the smaller values that were not tried yet.
pub struct Shrinking<T> {
    failing: T,
    current: T,
    untried: std::vec::IntoIter<T>,
    smaller: Smaller<T>,
}

impl<T: Clone> Shrinking<T> {
    fn try_next(&mut self) -> bool {
        let next = self.untried.next();
        let is_any = next.is_some();
        self.current = next.unwrap_or_else(|| self.failing.clone());
        is_any
    }
}

impl<T: Clone + fmt::Debug> ValueTree for Shrinking<T> {
    type Value = T;

    fn current(&self) -> T {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        self.failing = self.current.clone();
        self.untried = (self.smaller)(&self.failing).into_iter();
        self.try_next()
    }

    fn complicate(&mut self) -> bool {
        self.try_next()
    }
}
