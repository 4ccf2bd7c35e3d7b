//! What does `Replace` do? The arguments present choose one of five modes.

use crate::op::Op;

#[derive(Debug)]
pub(crate) struct Replace {
    source: Op,
}

impl Replace {
    pub(crate) fn operands<'o>(&'o self, visit: &mut dyn FnMut(&'o Op)) {
        visit(&self.source);
    }
}
