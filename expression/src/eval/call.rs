//! How are functions called that take all their arguments evaluated?

use super::tracer::Tracer;
use super::{Evaluator, Raised};
use crate::function::{Arguments, Implementation};
use crate::op::{Call, Op};
use crate::random::mix;
use crate::record::Record;
use crate::value::Value;

/// Arguments of a call that need no room in the bump.
const FEW: usize = 8;

impl<'a, R: Record + ?Sized, T: Tracer> Evaluator<'a, R, T> {
    #[inline(never)]
    pub(super) fn call(&mut self, op: &'a Op, call: &'a Call) -> Result<Value<'a>, Raised> {
        if call.arguments.len() <= FEW {
            let mut values = [None; FEW];
            let values = &mut values[..call.arguments.len()];
            self.arguments(call, values)?;
            self.apply(op, call, values)
        } else {
            let values = self.bump.alloc_slice_fill_copy(call.arguments.len(), None);
            self.arguments(call, values)?;
            self.apply(op, call, values)
        }
    }

    fn arguments(&mut self, call: &'a Call, values: &mut [Option<Value<'a>>]) -> Result<(), Raised> {
        for (value, argument) in values.iter_mut().zip(&call.arguments) {
            if let Some(argument) = argument {
                *value = Some(self.value(argument)?);
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        op: &'a Op,
        call: &'a Call,
        values: &[Option<Value<'a>>],
    ) -> Result<Value<'a>, Raised> {
        let arguments = Arguments {
            values,
            context: self.context,
            bump: self.bump,
            seed: mix(self.context.seed, call.site),
            text_left: self.text_left,
        };
        let outcome = match &call.function.implementation {
            Implementation::Eager(function) => function(&arguments),
            Implementation::Custom(function) => function(&arguments),
            // The compiler lowers every form to an operation of its own.
            Implementation::Form(_) => Ok(Value::Null),
        };
        match outcome {
            Ok(value) => {
                let produced = match value {
                    Value::Text(text) => text.len(),
                    Value::List(values) => size_of_val(values),
                    _ => 0,
                };
                self.charge(op, produced)?;
                Ok(value)
            }
            Err(fault) => {
                let blamed = fault.argument.and_then(|index| call.arguments.get(index)?.as_ref());
                Err(Box::new(fault.at(blamed.map_or(op.span, |argument| argument.span))))
            }
        }
    }
}
