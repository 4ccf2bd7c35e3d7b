//! How do tokens become a tree? Text in, [`Expression`] and all faults out; it never fails.
//!
//! After a fault the parser goes on at the next `,` or `)` of the call it is in, so that one run shows all
//! faults; a hole is left as [`NodeKind::Missing`].

use crate::ast::{Call, Comparison, Expression, Node, NodeKind, Span, Word};
use crate::error::code;
use crate::lexer::tokenize;
use crate::limits::{MAX_CHARACTERS, MAX_DEPTH};
use crate::token::{Token, TokenKind};
use provisio_model::Diagnostic;
use provisio_model::closest;

/// Reads an expression. It never fails: faults come as diagnostics beside a tree that may have holes.
///
/// ```
/// let (expression, faults) = provisio_expression::parse(r#"ToLower([mail])"#);
/// assert!(faults.is_empty());
/// assert_eq!(expression.to_string(), "ToLower([mail])");
///
/// let (_, faults) = provisio_expression::parse(r#"Join("", [first"#);
/// assert_eq!(faults[0].message, "attribute name has no closing `]`");
/// ```
pub fn parse(text: &str) -> (Expression, Vec<Diagnostic>) {
    let characters = text.chars().count();
    if characters > MAX_CHARACTERS {
        let fault = Diagnostic::error(
            code::TOO_LONG,
            0..text.len(),
            format!("expression has {characters} characters; at most {MAX_CHARACTERS} are allowed"),
        );
        let root = Node { span: Span::new(0, text.len()), kind: NodeKind::Missing };
        return (Expression { root }, vec![fault]);
    }
    let mut faults = Vec::new();
    let tokens = tokenize(text, &mut faults);
    // A string or attribute without end has swallowed whatever would have closed the calls round it.
    let cut_off = faults.iter().any(|fault| fault.code == code::UNTERMINATED && fault.span.end == text.len());
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, too_deep: false, cut_off, faults };
    let root = parser.whole();
    let mut faults = parser.faults;
    faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
    (Expression { root }, faults)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    too_deep: bool,
    cut_off: bool,
    faults: Vec<Diagnostic>,
}

impl<'t> Parser<'t> {
    fn whole(&mut self) -> Node {
        let root = self.comparison("an expression");
        let rest = self.peek();
        if rest.kind != TokenKind::End && !self.too_deep {
            let message = match rest.kind {
                TokenKind::Close => "`)` closes nothing".to_owned(),
                TokenKind::Operator(_) => "comparisons cannot be chained".to_owned(),
                _ => format!("{} stands after the end of the expression", rest.kind.describe()),
            };
            let help = match rest.kind {
                TokenKind::Close => "remove it, or add the missing `(`",
                TokenKind::Operator(_) => "nest `IIF` calls to combine conditions",
                _ => "a mapping holds one expression; join texts with `Append`, `Join` or `&`",
            };
            // Unreadable text has been reported by the lexer.
            if rest.kind != TokenKind::Unreadable {
                self.fault(code::UNEXPECTED, rest.span, message, Some(help.to_owned()));
            }
        }
        root
    }

    fn comparison(&mut self, wanted: &str) -> Node {
        if self.depth == MAX_DEPTH {
            return self.nested_too_deep();
        }
        self.depth += 1;
        let left = self.concatenation(wanted);
        let node = match self.peek().kind {
            TokenKind::Operator(operator) => {
                self.at += 1;
                let right = self.concatenation("an operand");
                let span = left.span.to(right.span);
                Node { span, kind: NodeKind::Compare(Box::new(Comparison { operator, left, right })) }
            }
            _ => left,
        };
        self.depth -= 1;
        node
    }

    fn concatenation(&mut self, wanted: &str) -> Node {
        let first = self.primary(wanted);
        if self.peek().kind != TokenKind::Ampersand {
            return first;
        }
        let mut operands = vec![first];
        while self.peek().kind == TokenKind::Ampersand {
            self.at += 1;
            operands.push(self.primary("an operand"));
        }
        let span = operands.iter().map(|operand| operand.span).reduce(Span::to).unwrap_or_default();
        Node { span, kind: NodeKind::Concat(operands) }
    }

    fn primary(&mut self, wanted: &str) -> Node {
        let token = self.peek();
        let span = token.span;
        let simple = |kind| Node { span, kind };
        match &token.kind {
            TokenKind::Attribute(name) => {
                self.at += 1;
                simple(NodeKind::Attribute(name.clone()))
            }
            TokenKind::Text(text) => {
                self.at += 1;
                simple(NodeKind::Text(text.clone()))
            }
            TokenKind::Number(number) => {
                self.at += 1;
                simple(NodeKind::Number(number.clone()))
            }
            TokenKind::Variable(name) => {
                self.at += 1;
                simple(NodeKind::Variable(name.clone()))
            }
            TokenKind::Name(name) => {
                self.at += 1;
                if self.peek().kind == TokenKind::Open {
                    self.call(name, span)
                } else {
                    self.word(name, span)
                }
            }
            TokenKind::Open => {
                self.at += 1;
                let inner = self.comparison("an expression");
                let end = self.close(span, "parenthesis");
                Node { span: span.to(end), kind: inner.kind }
            }
            TokenKind::Unreadable => {
                self.at += 1;
                // What follows the unreadable text is often what was meant: `'mail'`.
                while !matches!(self.peek().kind, TokenKind::Comma | TokenKind::Close | TokenKind::End) {
                    self.at += 1;
                }
                simple(NodeKind::Missing)
            }
            other => {
                let message = match other {
                    TokenKind::End => format!("expression ends where {wanted} should stand"),
                    _ => format!("expected {wanted}, found {}", other.describe()),
                };
                let help = "a function call, an attribute in `[…]`, a string in `\"…\"`, a number or a word";
                self.fault(code::EXPECTED, span, message, Some(format!("expected {help}")));
                simple(NodeKind::Missing)
            }
        }
    }

    fn word(&mut self, name: &str, span: Span) -> Node {
        let kind = match Word::find(name) {
            Some(word) => NodeKind::Word(word),
            None => {
                let known = Word::ALL.into_iter().map(Word::name);
                let help = match closest(name, known) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!(
                        "write `[{name}]` for an attribute, `\"{name}\"` for text, `{name}(…)` for a function"
                    ),
                };
                self.fault(code::UNKNOWN_WORD, span, format!("unknown word `{name}`"), Some(help));
                NodeKind::Missing
            }
        };
        Node { span, kind }
    }

    /// Reads `( argument, … )` after a name.
    fn call(&mut self, name: &str, name_span: Span) -> Node {
        self.at += 1;
        let mut arguments = Vec::new();
        if self.peek().kind == TokenKind::Close {
            let end = self.advance().span;
            return self.finish_call(name, name_span, arguments, end);
        }
        loop {
            let argument = match self.peek().kind {
                TokenKind::Comma | TokenKind::Close => None,
                _ => Some(self.comparison("an argument")),
            };
            arguments.push(argument);
            match self.peek().kind {
                TokenKind::Comma => self.at += 1,
                TokenKind::Close => {
                    let end = self.advance().span;
                    return self.finish_call(name, name_span, arguments, end);
                }
                TokenKind::End => {
                    let end = self.close(name_span, name);
                    return self.finish_call(name, name_span, arguments, end);
                }
                _ => self.resume_in_call(name),
            }
        }
    }

    fn finish_call(&mut self, name: &str, name_span: Span, arguments: Vec<Option<Node>>, end: Span) -> Node {
        let call = Call { name: name.to_owned(), name_span, arguments };
        Node { span: name_span.to(end), kind: NodeKind::Call(call) }
    }

    /// Reports what stands between an argument and the next `,` or `)`, and goes there.
    fn resume_in_call(&mut self, name: &str) {
        let found = self.peek();
        if !self.too_deep && found.kind != TokenKind::Unreadable {
            let (message, help) = match found.kind {
                TokenKind::Operator(_) => (
                    "comparisons cannot be chained".to_owned(),
                    "nest `IIF` calls to combine conditions".to_owned(),
                ),
                _ => (
                    format!(
                        "expected `,` or `)` in the arguments of `{name}`, found {}",
                        found.kind.describe()
                    ),
                    "separate arguments with `,`".to_owned(),
                ),
            };
            self.fault(code::EXPECTED, found.span, message, Some(help));
        }
        let mut open = 0_usize;
        loop {
            match self.peek().kind {
                TokenKind::End => return,
                TokenKind::Comma | TokenKind::Close if open == 0 => return,
                TokenKind::Open => open += 1,
                TokenKind::Close => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Expects `)`; `what` opened at `opened`.
    fn close(&mut self, opened: Span, what: &str) -> Span {
        let token = self.peek();
        if token.kind == TokenKind::Close {
            return self.advance().span;
        }
        if !self.too_deep && !self.cut_off {
            let message = format!("`{what}` has no closing `)`");
            self.fault(
                code::UNTERMINATED,
                opened,
                message,
                Some("add `)` after the last argument".to_owned()),
            );
        }
        token.span
    }

    fn nested_too_deep(&mut self) -> Node {
        let span = self.peek().span;
        if !self.too_deep {
            self.too_deep = true;
            let message = format!("expression is nested more than {MAX_DEPTH} levels deep");
            self.fault(code::TOO_DEEP, span, message, None);
        }
        // Nothing behind this point is worth a fault of its own.
        self.at = self.tokens.len() - 1;
        Node { span, kind: NodeKind::Missing }
    }

    fn fault(&mut self, code: &'static str, span: Span, message: String, help: Option<String>) {
        let mut fault = Diagnostic::error(code, span.range(), message);
        fault.help = help;
        self.faults.push(fault);
    }

    /// INVARIANT: the last token is `End` and `at` never passes it.
    fn peek(&self) -> &'t Token {
        &self.tokens[self.at]
    }

    fn advance(&mut self) -> &'t Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        token
    }
}
