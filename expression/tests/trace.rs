//! What a trace shows and what it does not.

use crate::check::NOW;
use bumpalo::Bump;
use provisio_expression::{
    CompileSettings, EvalContext, FunctionTable, Program, SourceAttribute, SourceSchema, Value, ValueKind,
};

struct Schema;

impl SourceSchema for Schema {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let slot = self.names().position(|known| known == name)?;
        Some(SourceAttribute { slot: u16::try_from(slot).ok()?, kind: ValueKind::Any, multi_valued: false })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(["first", "pin"].into_iter())
    }

    fn is_secret(&self, name: &str) -> bool {
        name == "pin"
    }
}

fn trace(text: &str) -> String {
    let (program, _) =
        Program::compile(text, &Schema, &FunctionTable::standard(), &CompileSettings::default())
            .expect("correct");
    let bump = Bump::new();
    let values = [Value::Text("Ann"), Value::Text("4711")];
    program.trace(&values[..], &EvalContext::at(NOW), &bump).to_string()
}

#[test]
fn every_evaluated_part_is_shown_with_its_value() {
    assert_eq!(
        trace("IIF([first] = \"Bob\", Error(\"no\"),\n  ToLower(Join(\".\", [first], Mid(\"xyz\", 2))))"),
        "IIF([first] = \"Bob\", Error(\"no\"), ToLower(Join(\".\", [first], Mid(\"xyz\", 2)))) = \"ann.yz\"
  [first] = \"Bob\" = False
    [first] = \"Ann\"
  ToLower(Join(\".\", [first], Mid(\"xyz\", 2))) = \"ann.yz\"
    Join(\".\", [first], Mid(\"xyz\", 2)) = \"Ann.yz\"
      [first] = \"Ann\"
      Mid(\"xyz\", 2) = \"yz\"
"
    );
    assert_eq!(
        trace("CDate([first])"),
        "CDate([first]) = error conversion: this is not a readable date\n  [first] = \"Ann\"\n"
    );
}

#[test]
fn secrets_and_what_is_made_of_them_are_not_shown() {
    for text in [
        "Redact(Append([first], \"4711\"))",
        "Append([pin], [first])",
        "IIF([pin] = \"4711\", [pin], 1)",
        "Error([pin])",
    ] {
        let shown = trace(text).replace("\"4711\"", "");
        assert!(!shown.contains("4711") && shown.contains("<redacted>"), "{shown}");
    }
    assert_eq!(trace("Redact([first])"), "Redact([first]) = <redacted>\n  [first] = <redacted>\n");
    let functions = FunctionTable::standard();
    let redacted = |text| {
        Program::compile(text, &Schema, &functions, &CompileSettings::default())
            .expect("correct")
            .0
            .is_redacted()
    };
    assert!(redacted("Redact(\"x\")") && redacted("ToLower([pin])") && !redacted("[first]"));
}
