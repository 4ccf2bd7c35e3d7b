//! How is the text of an expression cut into tokens? Text in, [`Token`]s and faults out; it never fails.

use crate::ast::{Number, Operator, Span};
use crate::error::code;
use crate::token::{Token, TokenKind};
use provisio_model::Diagnostic;

/// Cuts `text` into tokens, the last of which is [`TokenKind::End`].
pub(crate) fn tokenize(text: &str, faults: &mut Vec<Diagnostic>) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, faults };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.token();
        let ended = token.kind == TokenKind::End;
        // Neighbouring unreadable characters are one fault and one token.
        let repeats = token.kind == TokenKind::Unreadable
            && tokens.last().is_some_and(|last: &Token| last.kind == TokenKind::Unreadable);
        if !repeats {
            tokens.push(token);
        }
        if ended {
            return tokens;
        }
    }
}

struct Lexer<'a, 'f> {
    text: &'a str,
    at: usize,
    faults: &'f mut Vec<Diagnostic>,
}

impl<'a> Lexer<'a, '_> {
    fn token(&mut self) -> Token {
        while self.peek().is_some_and(|next| matches!(next, ' ' | '\t' | '\r' | '\n')) {
            self.at += 1;
        }
        let start = self.at;
        let kind = match self.next() {
            None => TokenKind::End,
            Some('(') => TokenKind::Open,
            Some(')') => TokenKind::Close,
            Some(',') => TokenKind::Comma,
            Some('[') => self.attribute(start),
            Some('"') => self.text(start),
            Some('%') => self.variable(start),
            Some('&') => self.ampersand_or_hex(start),
            Some('=') => TokenKind::Operator(Operator::Equal),
            Some('<') if self.eat('>') => TokenKind::Operator(Operator::NotEqual),
            Some('<') if self.eat('=') => TokenKind::Operator(Operator::LessOrEqual),
            Some('<') => TokenKind::Operator(Operator::Less),
            Some('>') if self.eat('=') => TokenKind::Operator(Operator::GreaterOrEqual),
            Some('>') => TokenKind::Operator(Operator::Greater),
            Some('-') if self.peek().is_some_and(|next| next.is_ascii_digit()) => self.number(start),
            Some(digit) if digit.is_ascii_digit() => self.number(start),
            Some(letter) if is_name_start(letter) => {
                self.skip_while(is_name_part);
                TokenKind::Name(self.text[start..self.at].to_owned())
            }
            Some(other) => self.unreadable(start, other),
        };
        Token { span: Span::new(start, self.at), kind }
    }

    fn attribute(&mut self, start: usize) -> TokenKind {
        let name_start = self.at;
        let mut depth = 0_u32;
        while let Some(next) = self.next() {
            match next {
                '[' => depth += 1,
                ']' if depth == 0 => {
                    let name = &self.text[name_start..self.at - 1];
                    if name.is_empty() {
                        self.fault(code::EMPTY_ATTRIBUTE, start, "attribute name is empty").help =
                            Some("write the name between the brackets, like `[mail]`".to_owned());
                    }
                    return TokenKind::Attribute(name.to_owned());
                }
                ']' => depth -= 1,
                '"' if depth > 0 => self.skip_quoted(),
                _ => {}
            }
        }
        self.fault(code::UNTERMINATED, start, "attribute name has no closing `]`").help =
            Some("write attributes as `[name]`".to_owned());
        TokenKind::Attribute(self.text[name_start..].to_owned())
    }

    fn skip_quoted(&mut self) {
        while let Some(next) = self.next() {
            match next {
                '\\' => _ = self.next(),
                '"' => return,
                _ => {}
            }
        }
    }

    fn text(&mut self, start: usize) -> TokenKind {
        let mut value = String::new();
        while let Some(next) = self.next() {
            match (next, self.peek()) {
                ('"', _) => return TokenKind::Text(value),
                ('\\', Some(escaped @ ('"' | '\\'))) => {
                    self.at += 1;
                    value.push(escaped);
                }
                (other, _) => value.push(other),
            }
        }
        self.fault(code::UNTERMINATED, start, "string has no closing `\"`").help =
            Some("a quote inside a string is written `\\\"`".to_owned());
        TokenKind::Text(value)
    }

    fn variable(&mut self, start: usize) -> TokenKind {
        let name_start = self.at;
        if self.peek().is_some_and(is_name_start) {
            self.skip_while(is_name_part);
            let name = &self.text[name_start..self.at];
            if self.eat('%') {
                return TokenKind::Variable(name.to_owned());
            }
        }
        self.fault(code::UNTERMINATED, start, "`%` does not begin a variable").help =
            Some("write variables as `%Name%`".to_owned());
        TokenKind::Unreadable
    }

    fn ampersand_or_hex(&mut self, start: usize) -> TokenKind {
        let mut rest = self.text[self.at..].chars();
        let is_hex = matches!(rest.next(), Some('h' | 'H'))
            && rest.next().is_some_and(|next| next.is_ascii_hexdigit());
        if !is_hex {
            return TokenKind::Ampersand;
        }
        self.at += 1;
        let digits_start = self.at;
        self.skip_while(|next| next.is_ascii_hexdigit());
        // `a &Head` is a concatenation with a word, not the number `&HEAD`; a word never follows digits.
        if self.peek().is_some_and(is_name_part) {
            self.at = start + 1;
            return TokenKind::Ampersand;
        }
        let digits = &self.text[digits_start..self.at];
        match u64::from_str_radix(digits, 16) {
            Ok(value) => TokenKind::Number(Number::Hex(value.cast_signed())),
            Err(_) => {
                self.fault(code::NUMBER, start, "hexadecimal number does not fit into 64 bits");
                TokenKind::Number(Number::Hex(0))
            }
        }
    }

    fn number(&mut self, start: usize) -> TokenKind {
        self.skip_while(|next| next.is_ascii_digit());
        let mut rest = self.text[self.at..].chars();
        if rest.next() == Some('.') && rest.next().is_some_and(|next| next.is_ascii_digit()) {
            self.at += 1;
            self.skip_while(|next| next.is_ascii_digit());
        }
        if self.peek().is_some_and(is_name_part) {
            self.skip_while(is_name_part);
            let written = self.text[start..self.at].to_owned();
            self.fault(code::NUMBER, start, format!("`{written}` is neither a number nor a name")).help =
                Some(format!("quote it if it is text: `\"{written}\"`"));
        }
        TokenKind::Number(Number::Decimal(self.text[start..self.at].to_owned()))
    }

    fn unreadable(&mut self, start: usize, found: char) -> TokenKind {
        let help = match found {
            '\'' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => {
                "strings take straight double quotes: `\"text\"`"
            }
            ']' => "an attribute begins with `[`",
            '+' => "join texts with `&`, `Append` or `Join`; there is no arithmetic",
            '-' | '*' | '/' => "there is no arithmetic in expressions",
            ';' => "arguments are separated by `,`",
            '!' | '|' => "negate with `Not(…)`, nest `IIF` for and and or, compare with `<>`",
            _ => "expected a function call, an attribute in `[…]`, a string in `\"…\"` or a number",
        };
        self.fault(code::UNREADABLE, start, format!("`{found}` has no meaning here")).help =
            Some(help.to_owned());
        TokenKind::Unreadable
    }

    fn fault(&mut self, code: &'static str, start: usize, message: impl Into<String>) -> &mut Diagnostic {
        self.faults.push(Diagnostic::error(code, start..self.at, message));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
    }
}

pub(crate) fn is_name_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

pub(crate) fn is_name_part(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Says whether `name` can stand between `[` and `]`.
pub(crate) fn is_attribute_name(name: &str) -> bool {
    let written = format!("[{name}]");
    let mut faults = Vec::new();
    let tokens = tokenize(&written, &mut faults);
    faults.is_empty()
        && matches!(&tokens[..], [Token { kind: TokenKind::Attribute(read), .. }, _] if read == name)
}
