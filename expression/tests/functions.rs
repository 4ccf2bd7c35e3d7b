//! The rules of single functions, one line each.

use crate::check::{check, outcome};
use provisio_expression::{Role, Value};

const NULL: Value<'static> = Value::Null;
const LIST: Value<'static> =
    Value::List(&[Value::Text("b"), Value::Text("a"), Value::Text("b"), Value::Text("")]);

#[test]
fn text_is_joined_and_cut() {
    let attributes = &[("null", NULL), ("list", LIST), ("n", Value::Int(5)), ("p", Value::Text("żółw"))];
    check("Append([null], \"x\")", attributes, "null");
    check("Append(\"x\", [null])", attributes, r#""x""#);
    check("Append([n], [n])", attributes, r#""55""#);
    check(
        "Join(\", \", \"\", [null], [n], [list], Join(\"\", [null]), \"z\")",
        attributes,
        r#""5, b, a, b, z""#,
    );
    check("Join([null], \"a\", \"b\")", attributes, r#""ab""#);
    check("Join(\"-\", [null])", attributes, r#""""#);
    check(
        "ToUpper(Join(\"-\", ToLower(Append([p], \"Ä\")), StripSpaces(\" x y \")))",
        attributes,
        r#""ŻÓŁWÄ-XY""#,
    );
    check("Left([p], 2)", attributes, r#""żó""#);
    check("Left([p], 0)", attributes, r#""""#);
    check("Left([p], -1)", attributes, r#""żółw""#);
    check("Left([null], 3)", attributes, r#""""#);
    check("Left([p], [null])", attributes, "error conversion");
    check("Mid([p], 2, 2)", attributes, r#""ół""#);
    check("Mid([p], 3)", attributes, r#""łw""#);
    check("Mid([p], 5, 1)", attributes, r#""""#);
    check("Mid([p], 9, 9)", attributes, r#""""#);
    check("Mid([p], 1, 9223372036854775807)", attributes, r#""żółw""#);
    check("Mid([p], 0, 1)", attributes, "error out_of_range");
    check("Mid([p], 1, -1)", attributes, "error out_of_range");
    check("Mid([null], 1, 1)", attributes, "null");
    check("Word(\"a,,b c\", 2, \", \")", attributes, r#""b""#);
    check("Word(\"abc\", 0, \" \")", attributes, r#""""#);
    check("Word(\"abc\", 1, \"\")", attributes, r#""abc""#);
    check("InStr(\"żółw\", \"w\")", attributes, "4");
    check("InStr(\"aXbx\", \"X\", 3, VBTEXTCOMPARE)", attributes, "4");
    check("InStr(\"abc\", \"a\", 2)", attributes, "0");
    check("InStr(\"abc\", \"a\", 9)", attributes, "0");
    check("InStr(\"abc\", \"a\", 0)", attributes, "refused out_of_range");
    check("InStr([null], \"a\")", attributes, "null");
    check("Split([null], \",\")", attributes, "null");
    check("Split(\" a ; b;;\", \";\")", attributes, r#"["a", "b", "", ""]"#);
}

#[test]
fn letter_case_follows_dotnet() {
    check("ToUpper(\"straße ŉ\")", &[], r#""STRAßE ŉ""#);
    check("ToLower(\"İI\")", &[], r#""İi""#);
    check("ToLower(\"İI\", [c])", &[("c", Value::Text("tr"))], r#""iı""#);
    check("ToUpper(\"ii\", \"az-Latn-AZ\")", &[], r#""İİ""#);
    check("PCase(\"o'NEILL-smith mcDONALD_x 1st a1b\")", &[], r#""O'neill-Smith Mcdonald_X 1St A1b""#);
    check("PCase(\"ann marie-LOU\", \" \")", &[], r#""Ann Marie-lou""#);
    check("PCase(\"ANN LEE\", \"\")", &[], r#""Ann lee""#);
    check("PCase(\"élan«ÉTÉ»\u{a0}x\")", &[], "\"Élan«Été»\\u{a0}X\"");
    check("PCase([null])", &[("null", NULL)], "null");
}

#[test]
fn diacritics_are_taken_off() {
    check("NormalizeDiacritics(\"ÅÄÖåäö Ñ ç ğ İ ı ş\")", &[], r#""AAOaao N c g I i s""#);
    check("NormalizeDiacritics(\"ÆØŒæøœßẞŁłĐđ\")", &[], r#""AEOEOEaeoeoessSSLlDd""#);
    check("NormalizeDiacritics(\"Đặng Thị\")", &[], r#""Dang Thi""#);
    check("NormalizeDiacritics(\"東京 한국 Ωm\")", &[], r#""東京 한국 Ωm""#);
}

#[test]
fn replace_has_five_modes() {
    let attributes = &[("null", NULL), ("empty", Value::Text("")), ("s", Value::Text("a.b.c"))];
    check("Replace([s], \".\", , , \"--\", , )", attributes, r#""a--b--c""#);
    check("Replace([s], \"\", , , \"x\", , )", attributes, r#""a.b.c""#);
    check("Replace([s], \".\", , , [null], , )", attributes, r#""abc""#);
    check("Replace([s], \"{}\", , , , , \"<{}|{}>\")", attributes, r#""<a.b.c|a.b.c>""#);
    check("Replace([null], \"{}\", , , , , \"x\")", attributes, "null");
    check("Replace([s], , \"[a-b]\", , \"<$&>\", , )", attributes, r#""<a>.<b>.c""#);
    check(
        "Replace([s], , [p], , [r], , )",
        &[("s", Value::Text("ab")), ("p", Value::Text("(a)(b)")), ("r", Value::Text("$2$1x"))],
        r#""bax""#,
    );
    check("Replace([s], , \"(\", , \"\", , )", attributes, "refused conversion");
    check(
        "Replace([s], , [p], , \"\", , )",
        &[("s", Value::Text("ab")), ("p", Value::Text("("))],
        "error conversion",
    );
    check("Replace([s], , \"(?<x>[a-c])\\\\.\", \"x\", \"$1\", , )", attributes, r#""$1.$1.c""#);
    check("Replace([s], , \"(?<x>z)\", \"y\", \"\", , )", attributes, "refused conversion");
    check("Replace([empty], , \"(?<x>b)\", \"x\", , [s], )", attributes, r#""b""#);
    check("Replace([s], , \"(?<x>b)\", \"x\", , \"bbb\", )", attributes, r#""a.b.c""#);
    check("Replace([null], , \"(?<x>z)\", \"x\", , [s], )", attributes, "null");
    check("Replace([null], , \"(?<x>z)\", \"x\", , [null], )", attributes, "null");
    check("Replace([null], , \"z\", , \"\", , )", attributes, "null");
    check("Replace([s], \"a\", \"b\", , \"c\", , )", attributes, "refused arity");
    check("Replace([s])", attributes, "refused arity");
    check("Replace(\"+1 (206) é\", , \"[^0-9]\", , \"\", , )", attributes, r#""1206""#);
    check("Replace(\"a  b\", , \"\\s+\", , \" \", , )", attributes, r#""a b""#);
}

#[test]
fn logic_is_that_of_the_specification() {
    let attributes =
        &[("null", NULL), ("empty", Value::Text("")), ("none", Value::List(&[])), ("t", Value::Bool(true))];
    check("Switch([null], \"d\", \"\", \"e\")", attributes, r#""e""#);
    check("Switch([null], \"d\", \"x\", \"e\")", attributes, r#""d""#);
    check("Switch([t], , \"true\", 1, \"True\", 2)", attributes, r#""2""#);
    check("Switch(\"k\", \"d\", \"k\", \"1\", \"k\", \"2\")", attributes, r#""1""#);
    check("Switch(\"x\", \"d\")", attributes, r#""d""#);
    check("Switch(\"x\")", attributes, "refused arity");
    check("Coalesce([null], [empty], \"x\")", attributes, r#""""#);
    check("Coalesce([null], [null])", attributes, "null");
    check("Not([null]) & Not(\"TRUE\") & Not(1) & Not([t])", attributes, r#""TrueFalseTrueFalse""#);
    check(
        "CBool(\"tRuE\") & CBool(7) & CBool(0) & CBool(\"yes\") & CBool([null])",
        attributes,
        r#""TrueTrueFalseFalseFalse""#,
    );
    check(
        "IsNull([empty]) & IsNull([null]) & IsNullOrEmpty([none]) & IsPresent([none])",
        attributes,
        r#""FalseTrueTrueFalse""#,
    );
    check(
        "IsString([empty]) & IsString(1) & IsString([t]) & IsString([none]) & IsString([null])",
        attributes,
        r#""TrueTrueTrueFalseFalse""#,
    );
    check("IgnoreFlowIfNullOrEmpty([none])", attributes, "IgnoreAttributeFlow");
    check("IgnoreFlowIfNullOrEmpty([t])", attributes, "true");
    check("IIF(\"true\", 1, 2) & IIF(\"0\", 1, 2) & IIF([null], 1, 2)", attributes, r#""122""#);
    check("Error(\"why\")", attributes, "error user_error");
}

#[test]
fn unique_values_are_asked_for_one_by_one() {
    check("SelectUniqueValue(\"taken1\", [null], \"free\")", &[("null", NULL)], r#""free""#);
    check("SelectUniqueValue(\"taken1\", \"taken2\")", &[], "error not_unique");
    check("SelectUniqueValue([null], [null])", &[("null", NULL)], "null");
    check("SelectUniqueValue(\"a\")", &[], "refused arity");
    check("IIF(True, SelectUniqueValue(\"a\", \"b\"), \"c\")", &[], "refused nesting");
    check("(SelectUniqueValue(\"a\", \"b\"))", &[], r#""a""#);
}

#[test]
fn lists_count_from_one() {
    let attributes = &[("null", NULL), ("list", LIST)];
    check("Count([null]) & Count(\"x\") & Count([list])", attributes, r#""014""#);
    check("Item([list], 2)", attributes, r#""a""#);
    check("Item([list], 5)", attributes, "error out_of_range");
    check("Item([list], -1)", attributes, "error out_of_range");
    check("Item([null], 1)", attributes, "null");
    check("RemoveDuplicates([list])", attributes, r#"["b", "a", ""]"#);
    check("RemoveDuplicates([null])", attributes, "null");
    check("Contains([list], \"A\") & Contains([list], \"a\")", attributes, r#""02""#);
    check("Trim(\"\u{a0} x \")", attributes, r#""x""#);
    check("Trim(Split(\"a , b\", \",\"))", attributes, r#"["a", "b"]"#);
}

#[test]
fn roles_are_written_as_json() {
    let admin = Role { id: "1", value: "adm", display_name: "The \"Admin\"\n" };
    let user = Role { id: "2", value: "usr", display_name: "User" };
    let both = [Value::Role(&admin), Value::Role(&user)];
    let attributes = &[("roles", Value::List(&both)), ("one", Value::Role(&user)), ("null", NULL)];
    check("SingleAppRoleAssignment([one])", attributes, r#""User""#);
    check("SingleAppRoleAssignment([roles])", attributes, "error multiple_roles");
    check("SingleAppRoleAssignment([null])", attributes, "null");
    check(
        "Item(AppRoleAssignmentsComplex([roles]), 1)",
        attributes,
        r#""{\"id\":\"1\",\"value\":\"adm\",\"displayName\":\"The \\\"Admin\\\"\\n\"}""#,
    );
    check("Count(AssertiveAppRoleAssignmentsComplex([roles]))", attributes, "2");
    check("AppRoleAssignmentsComplex(\"User\")", attributes, "refused type");
    check("AppRoleAssignments([roles])", attributes, "\"The \\\"Admin\\\"\\n,User\"");
    check("ToLower([one])", attributes, "error type");
}

#[test]
fn numbers_are_of_64_bits() {
    check("BitAnd(\"-1\", 9223372036854775807)", &[], "9223372036854775807");
    check("BitAnd([null], 1)", &[("null", NULL)], "null");
    check("BitAnd(\"x\", 1)", &[], "refused conversion");
    check("CStr([n])", &[("n", Value::Int(i64::MIN))], r#""-9223372036854775808""#);
}

#[test]
fn random_values_depend_on_seed_and_place_only() {
    let both = outcome("Join(\" \", Guid(), Guid())", &[]);
    assert_eq!(both, outcome("Join(\" \", Guid(), Guid())", &[]));
    let (first, second) = both.trim_matches('"').split_once(' ').expect("two values");
    assert_ne!(first, second);
    assert_eq!((first.len(), &first[14..15]), (36, "4"));
    let text = outcome("RandomString(256, 10, 10, 10, 10, \"0Oo\")", &[]);
    assert!(!text.contains(['0', 'O', 'o']), "{text}");
    let plain = outcome("RandomString(200, 0, 0, 0, 0)", &[]);
    assert!(plain.trim_matches('"').bytes().all(|byte| byte.is_ascii_alphanumeric()), "{plain}");
    check("RandomString(257, 0, 0, 0, 0)", &[], "error out_of_range");
    check("RandomString(3, 1, 1, 1, 1)", &[], "error out_of_range");
    check("RandomString(3, -1, 0, 0, 0)", &[], "error out_of_range");
    check("RandomString(3, 3, 0, 0, 0, \"0123456789\")", &[], "error out_of_range");
    check("RandomString(0, 0, 0, 0, 0)", &[], r#""""#);
}

#[test]
fn encodings_are_those_of_the_service() {
    check("ConvertToBase64(\"é😀\")", &[], r#""6QA92ADe""#);
    check("ConvertToUTF8Hex(\"é\")", &[], r#""C3A9""#);
    check("ConvertFromBase64(\"6QA9 2ADe\")", &[], r#""é😀""#);
    check("ConvertFromBase64(\"w6k=\", UTF8)", &[], r#""é""#);
    check("ConvertFromBase64(\"w6k=\", \"ascii\")", &[], r#""??""#);
    check("ConvertFromBase64(\"w6k\", UTF8)", &[], "refused conversion");
    check("ConvertFromBase64(\"w6k=\", \"latin\")", &[], "refused conversion");
    check("DNComponent(\"CN=Doe\\, Jo\\C3\\A9,OU=\\\"a,b\\\"\", 1)", &[], r#""Doe, Joé""#);
    check("DNComponent(\"CN=Doe,OU=\\\"a,b\\\"\", 2)", &[], r#""a,b""#);
    check("DNComponent(\"CN=Doe\", 0)", &[], "refused out_of_range");
    check(
        "StringFromSid([b])",
        &[("b", Value::Binary(&[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]))],
        r#""S-1-5-18""#,
    );
    check(
        "StringFromSid([b])",
        &[("b", Value::Binary(&[1, 2, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]))],
        "error conversion",
    );
    check("DefaultDomain()", &[], r#""contoso.onmicrosoft.com""#);
}
