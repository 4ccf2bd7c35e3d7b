use super::super::replacement::Replacement;
use super::{Captures, Pattern};
use crate::limits::Limit;

/// Replaces all matches, with the usual choice of engine and with the budgeted one alone.
fn replaced(text: &str, pattern: &str, replacement: &str) -> Result<String, String> {
    let mut compiled = Pattern::compile(pattern).map_err(|fault| fault.message)?;
    let usual = replace(text, &compiled, replacement);
    compiled.plain = None;
    assert_eq!(usual, replace(text, &compiled, replacement), "engines differ: {pattern} on {text}");
    usual
}

fn replace(text: &str, pattern: &Pattern, replacement: &str) -> Result<String, String> {
    let replacement = Replacement::parse(replacement, pattern.groups());
    let mut search = pattern.search(text, replacement.captures());
    let mut out = String::new();
    let mut copied = 0;
    while let Some(found) = search.next().map_err(|limit| limit.name().to_owned())? {
        out.push_str(&text[copied..found.0]);
        replacement.expand(&search, text, found, |piece| out.push_str(piece));
        copied = found.1;
    }
    out.push_str(&text[copied..]);
    Ok(out)
}

#[track_caller]
fn check(text: &str, pattern: &str, replacement: &str, expected: &str) {
    assert_eq!(replaced(text, pattern, replacement).as_deref(), Ok(expected), "{pattern} on {text:?}");
}

#[test]
fn an_empty_match_behind_a_match_counts() {
    check("abc", ".*", "x", "xx");
    check("abc", "b*", "-", "-a--c-");
    check("", ".*", "x", "x");
    check("aé", "", "-", "-a-é-");
    check("abc", "$", "!", "abc!");
    check("abc...", r"(\.)*$", "", "abc");
    check("12ab", "[a-z_]*", "", "12");
}

#[test]
fn the_soft_end_is_before_a_final_line_feed() {
    check("a\n", "a$", "b", "b\n");
    check("a\nb", "a$", "b", "a\nb");
    check("a\nb", "(?m)a$", "b", "b\nb");
    check("a\n", r"a\Z", "b", "b\n");
    check("a\n", r"a\z", "b", "a\n");
    check("a\n", "$", "!", "a!\n!");
    check("a\nb", "(?m)^", ">", ">a\n>b");
    check("a\nb", "^", ">", ">a\nb");
    check("a\nb", ".+", "x", "x\nx");
    check("a\nb", "(?s).+", "x", "x");
}

#[test]
fn groups_are_numbered_unnamed_first() {
    check("ab", "(?<n>a)(b)", "$1-$2", "b-a");
    check("ab", "(?<n>a)(b)", "${n}-${1}", "a-b");
    check("ab", "(?'n'a)(?<m>b)", "$1$2", "ab");
    check("ab", "(?<2>a)(b)", "$2$1", "ab");
    check("ab", "(?n)(a)(?<x>b)", "$1", "b");
    check("ab", "(?<n>a)|(?<n>b)", "[${n}]", "[a][b]");
}

#[test]
fn replacements_are_read_as_dotnet_reads_them() {
    check("ab", "(a)(b)", "$1x", "ax");
    check("ab", "(a)(b)", "$3", "$3");
    check("ab", "(a)(b)", "$12", "$12");
    check("ab", "(a)(b)", "${1}2", "a2");
    check("ab", "b", "[$&][$0][$$][$`][$'][$_]", "a[b][b][$][a][][ab]");
    check("ab", "(a)(b)", "$+", "b");
    check("ab", "(a)", "${nope}", "${nope}b");
    check("ab", "(a)", "${1", "${1b");
    check("ab", "(a)", "$", "$b");
    check("b", "(a)?b", "[$1]", "[]");
}

#[test]
fn sets_are_those_of_dotnet() {
    check("hello", "[a-z-[aeiou]]", "_", "_e__o");
    check("hello1", "[^a-z-[1]]", "_", "hello1");
    check("a-b]c", "[]-]", "_", "a_b_c");
    check("a^b", "[\\^]", "_", "a_b");
    check("x[y", "[[]", "_", "x_y");
    check("a&&b~~c--d", "[a&&b~~c]", "_", "_______--d");
    check("٣7", r"\d", "_", "__");
    check("é_ñ-１", r"\w", "x", "xxx-x");
    check("a\u{a0}b\u{3000}", r"\s", "_", "a_b_");
    check("αβc", r"\p{IsGreek}", "_", "__c");
    check("αΒc", r"\p{Lu}", "_", "α_c");
    check("αΒc", r"\P{Lu}", "_", "_Β_");
    check("aé", r"[^\W]", "_", "__");
    check("a\tb", "[\\t\u{41}]", "_", "a_b");
    check("K\u{212a}k", "(?i)k", "_", "___");
    check("ÄÖ", "(?i)[ä-ö]", "_", "__");
    check("a.b", "[.]", "_", "a_b");
    check("a-z", "[a\\-z]", "_", "___");
    check("x1", "[\\dx]", "_", "__");
}

#[test]
fn escapes_are_those_of_dotnet() {
    check("a<b>:;,", r"\<\>|\<|\>|\:|\;|\,", "", "ab");
    check("\u{1}A\u{7}", r"\cA|\x41|\a", "_", "___");
    check("é\u{1b}", r"\u00e9|\e", "_", "__");
    check("aa bb ab", r"(\w)\1", "<$1>", "<a> <b> ab");
    check("aA", r"(?i)(a)\1", "x", "x");
    check("abab", r"(?<p>ab)\k<p>", "x", "x");
    check("\u{8}\u{0}S", r"[\b]|\0|\123", "_", "___");
    check("a b", "(?x) a \\  b # comment", "x", "x");
    check("ab", "a(?#comment)b", "x", "x");
    check("a{,2}{x", "a{,2}{x", "y", "y");
    check("aab", r"\Ga", "x", "xxb");
    check("cat catalog", r"\bcat\b", "x", "x catalog");
    check("cat", r"\B", "-", "c-a-t");
}

#[test]
fn look_around_and_the_like_work() {
    check("CN=U,OU=S,DC=c", "^.*?,(?=(?:CN|OU|DC)=)", "", "OU=S,DC=c");
    check("price 100 EUR 5", r"\d+(?= EUR)", "x", "price x EUR 5");
    check("a1b2", r"(?<=[a-z])\d", "_", "a_b_");
    check("a1b2", r"(?<![a])\d", "_", "a1b_");
    check("foobar", "foo(?!baz)", "x", "xbar");
    check("abcabc", r"(?<=(a.*))c", "[$1]", "ab[ab]ab[abcab]");
    check("aaab", "(?>a+)ab", "x", "aaab");
    check("(a)b", r"(\()?a(?(1)\))b", "x", "x");
    check("ab", r"(\()?a(?(1)\))b", "x", "x");
    check("xa", "(?(x)xa|b)", "_", "_");
    check("2026-11-21", r"(?<y>\d+)-(?<m>\d+)-(?<d>\d+)", "${d}.${m}.${y}", "21.11.2026");
    check("aXbX", "(?i:x)(?=b)", "_", "a_bX");
    check("1234567", r"(?<=\d)(?=(\d{3})+$)", ",", "1,234,567");
    check("0000000567", "(.*?)(?<id>.{0,3})$", "${id}", "567");
}

#[test]
fn what_dotnet_refuses_is_refused() {
    for pattern in [
        "(",
        ")",
        "a)",
        "[a",
        "[z-a]",
        "*a",
        "a**",
        "a{2}{3}",
        "a{3,2}",
        "(?<n",
        "(?<>a)",
        "(?P<n>a)",
        r"\q",
        r"\1",
        r"\k<x>",
        "\\",
        r"\p{Nope}",
        r"[a-\d]",
        "(?z)",
        r"\x4",
        "a++",
        "(?<a-b>x)",
        "(?'-a'x)",
        "(?#x",
        r"\_",
        "[]",
    ] {
        assert!(Pattern::compile(pattern).is_err(), "{pattern}");
    }
    assert!(Pattern::compile("((a{1000}){1000}){1000}").is_err(), "too large");
    assert!(Pattern::compile(&"(".repeat(5_000)).is_err(), "too deep");
}

#[test]
fn no_pattern_runs_for_long() {
    let text = "a".repeat(10_000);
    let steps = Err(Limit::RegexSteps);
    for pattern in [
        "(?=.*x)a",
        r"(a+)\1+x",
        "(?:(?=.*y).)*x",
        "(?:a?){15}(?=b)|(?>a)b",
        r"(a*)*\1x",
        "(?<=a.*b)x|(?=a*x)",
    ] {
        let pattern = Pattern::compile(pattern).expect("a pattern");
        assert_eq!(pattern.search(&text, Captures::Unwanted).next(), steps);
    }
    let every = Pattern::compile("a*?x|a").expect("a pattern");
    let mut search = every.search(&text, Captures::Unwanted);
    let mut last = Ok(Some((0, 0)));
    while let Ok(Some(_)) = last {
        last = search.next();
    }
    assert_eq!(last, steps);
}
