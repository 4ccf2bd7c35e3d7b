//! Rows and fields: how they are written, and what they become.

use crate::support::check;

#[test]
fn every_column_is_text_under_its_header_unless_configured() {
    check(
        "",
        "id,name,Mail\n1,Ann,a@x\n2,,\n",
        r#"
        1 id: "1", Mail: "a@x", name: "Ann"
        2 id: "2"
        complete: 2 rows, size and time unchanged
        "#,
    );
}

#[test]
fn byte_order_mark_crlf_empty_lines_and_blanks_make_no_difference() {
    check(
        "",
        "\u{feff}id,name\r\n\r\n1, Ann \r\n\r\n2 ,\u{a0}Bob\r\n\r\n",
        r#"
        1 id: "1", name: "Ann"
        2 id: "2", name: "Bob"
        complete: 2 rows, size and time unchanged
        "#,
    );
}

#[test]
fn quoted_fields_hold_delimiters_quotes_and_line_breaks() {
    check(
        "",
        "id,name,note\n1,\"O\"\"Neil, \"\"Ann\"\"\",\"a\nb\"\n2, \"Bob\" ,6\" pipe\n3,\"\",\"\"\"\"\n",
        r#"
        1 id: "1", name: "O\"Neil, \"Ann\"", note: "a\nb"
        2 id: "2", name: "Bob", note: "6\" pipe"
        3 id: "3", note: "\""
        complete: 3 rows, size and time unchanged
        "#,
    );
}

#[test]
fn without_trim_blanks_are_kept() {
    check(
        "trim = false",
        "id,name\n1, Ann \n",
        r#"
        1 id: "1", name: " Ann "
        complete: 1 row, size and time unchanged
        "#,
    );
}

#[test]
fn another_dialect() {
    check(
        "delimiter = '\t'\nquote = \"'\"",
        "id\tname\n1\t'Ann\tB.'\n",
        r#"
        1 id: "1", name: "Ann\tB."
        complete: 1 row, size and time unchanged
        "#,
    );
}

#[test]
fn latin_1_and_windows_1252_differ_in_the_euro_sign() {
    let content = b"id,name\n1,J\xf6rg \x80\n";
    check(
        "encoding = 'latin-1'",
        content,
        r#"
        1 id: "1", name: "Jörg \u{80}"
        complete: 1 row, size and time unchanged
        "#,
    );
    check(
        "encoding = 'windows-1252'",
        content,
        r#"
        1 id: "1", name: "Jörg €"
        complete: 1 row, size and time unchanged
        "#,
    );
}

#[test]
fn columns_become_typed_values() {
    check(
        r#"
        null_values = ["NULL"]
        columns = [
            { name = "id", from = "Worker ID" },
            { name = "hireDate", from = "Hire Date", type = "date", format = "%d.%m.%Y" },
            { name = "left", type = "timestamp", format = "%Y-%m-%d %H:%M", time_zone = "Europe/Berlin" },
            { name = "seen", type = "timestamp" },
            { name = "managerId", type = "reference", references = ["worker"] },
            { name = "mails", separator = "|" },
            { name = "active", type = "bool", true_values = ["Y"], false_values = ["N"] },
            { name = "level", type = "int" },
            { name = "share", type = "decimal", null_values = ["n/a"] },
        ]
        "#,
        "Worker ID,Hire Date,left,seen,managerId,mails,active,level,share,ignored\n\
         1,31.01.2026,2026-07-01 08:00,2026-01-31T08:30:00+01:00,2,a@x | b@x||a@x,y,-5,0.5,x\n\
         2,NULL,NULL,2026-01-31,NULL,NULL,N,,n/a,x\n",
        r#"
        1 active: true, hireDate: "2026-01-31", id: "1", left: 2026-07-01T06:00:00Z, level: -5, mails: ["a@x", "b@x"], managerId: -> 2, seen: 2026-01-31T07:30:00Z, share: 0.5
        2 active: false, id: "2", seen: 2026-01-31T00:00:00Z
        complete: 2 rows, size and time unchanged
        "#,
    );
}

#[test]
fn several_values_of_any_type_are_a_set() {
    check(
        r#"
        columns = [
            { name = "id" },
            { name = "days", type = "date", separator = ";" },
            { name = "teams", type = "reference", references = ["team"], separator = ", " },
        ]
        "#,
        "id,days,teams\n1,2026-01-02; 2026-01-01 ;2026-01-02,\"a, b, a\"\n",
        r#"
        1 days: ["2026-01-02", "2026-01-01"], id: "1", teams: [-> a, -> b]
        complete: 1 row, size and time unchanged
        "#,
    );
}

#[test]
fn columns_are_found_by_position_where_there_is_no_header() {
    check(
        r#"
        header = false
        columns = [{ name = "name", position = 3 }, { name = "id", position = 1 }]
        "#,
        "1,x,Ann\n2,x\n3,x,Cid\n",
        r#"
        1 id: "1", name: "Ann"
        3 id: "3", name: "Cid"
        unreadable 2: workers.csv:2: 2 fields instead of 3
        complete: 3 rows, size and time unchanged
        "#,
    );
}

#[test]
fn a_row_that_cannot_be_read_names_line_and_column_and_the_rest_is_read() {
    check(
        r#"
        columns = [
            { name = "id" },
            { name = "hireDate", type = "date" },
            { name = "level", type = "int" },
            { name = "active", type = "bool" },
        ]
        "#,
        "id,hireDate,level,active,note\n\
         1,2026-01-31,1,true,\"two\nlines\"\n\
         2,2026-02-31,x,true,\n\
         3,26-01-31,1,perhaps,\n\
         4,2026-01-31,99999999999999999999,1,\n\
         5,2026-01-31,1,0,\"a\"b\n\
         6,2026-01-31,1\n\
         7,2026-01-31,1,0,,8,2026-01-31\n\
         ,2026-01-31,1,0,\n\
         9,,,,\n",
        r#"
        1 active: true, hireDate: "2026-01-31", id: "1", level: 1
        9 id: "9"
        unreadable 2: workers.csv:4: column `hireDate`: `2026-02-31` is not a date like `%Y-%m-%d`; column `level`: `x` is not a whole number of 64 bits
        unreadable 3: workers.csv:5: column `hireDate`: `26-01-31` is not a date like `%Y-%m-%d`; column `active`: `perhaps` is not one of `true`, `1`, `false`, `0`
        unreadable 4: workers.csv:6: column `level`: `99999999999999999999` is not a whole number of 64 bits
        unreadable 5: workers.csv:7: column `note`: text follows the closing quote
        unreadable 6: workers.csv:8: 3 fields instead of 5
        unreadable ?: workers.csv:9: 7 fields instead of 5
        unreadable ?: workers.csv:10: column `id`: the anchor is empty
        complete: 9 rows, size and time unchanged
        "#,
    );
}

#[test]
fn text_that_is_not_utf_8_is_never_replaced() {
    let columns = "columns = [{ name = 'id' }, { name = 'name' }]";
    check(
        columns,
        b"id,name,other\n1,J\xf6rg,x\n2,Ann,\xff\n\xff,Bob,x\n",
        r#"
        2 id: "2", name: "Ann"
        unreadable 1: workers.csv:2: column `name`: the text is not valid UTF-8
        unreadable ?: workers.csv:4: column `id`: the anchor is not valid UTF-8
        complete: 3 rows, size and time unchanged
        "#,
    );
}

#[test]
fn an_anchor_with_a_control_character_is_nobody() {
    let columns = "columns = [{ name = 'id' }, { name = 'name' }]";
    check(
        columns,
        b"id,name\n1,Ann\n2\0,Bob\n\"3\n3\",Cleo\n4\x7f,Dan,x\n",
        r#"
        1 id: "1", name: "Ann"
        unreadable ?: workers.csv:3: column `id`: the anchor has a control character, so it may be another one, damaged
        unreadable ?: workers.csv:4: column `id`: the anchor has a control character, so it may be another one, damaged
        unreadable ?: workers.csv:6: 3 fields instead of 2
        complete: 4 rows, size and time unchanged
        "#,
    );
}

#[test]
fn damage_that_may_have_swallowed_a_row_leaves_its_anchor_unsaid() {
    let columns = "columns = [{ name = 'id' }, { name = 'name' }]";
    // Two rows became one of the same shape: `1,Ann,x` and `2,Bob,y`, with what is between `1,` and `,y` damaged.
    check(
        columns,
        b"id,name,other\n1,\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff,y\n3,Cleo,z\n",
        r#"
        3 id: "3", name: "Cleo"
        unreadable ?: workers.csv:2: so many bytes are damaged that another row may have been lost in them
        complete: 2 rows, size and time unchanged
        "#,
    );
    // Also where only a column is damaged that nobody wants.
    check(
        columns,
        b"id,name,other\n1,Ann,\xff\xff\xff\xff\n3,Cleo,z\n",
        r#"
        3 id: "3", name: "Cleo"
        unreadable ?: workers.csv:2: so many bytes are damaged that another row may have been lost in them
        complete: 2 rows, size and time unchanged
        "#,
    );
    // And where a file system lost a page, for which it gives zeros.
    check(
        columns,
        b"id,name,other\n1,\0\0\0\0\0\0\0\0\0\0\0,y\n3,Cleo,z\n",
        r#"
        3 id: "3", name: "Cleo"
        unreadable ?: workers.csv:2: so many bytes are damaged that another row may have been lost in them
        complete: 2 rows, size and time unchanged
        "#,
    );
}

#[test]
fn a_repeated_anchor_keeps_the_first_row_and_names_both_lines() {
    check(
        "columns = [{ name = 'id' }, { name = 'level', type = 'int' }]",
        "id,level\n1,1\n2,x\n1,2\n 1 ,3\n2,2\n",
        r#"
        1 id: "1", level: 1
        unreadable 2: workers.csv:3: column `level`: `x` is not a whole number of 64 bits
        unreadable 1: workers.csv:4: column `id`: `1` occurred in line 2 already
        unreadable 1: workers.csv:5: column `id`: `1` occurred in line 2 already
        unreadable 2: workers.csv:6: column `id`: `2` occurred in line 3 already
        complete: 5 rows, size and time unchanged
        "#,
    );
}

#[test]
fn a_misshapen_row_gives_an_id_only_where_no_other_row_can_hide_in_it() {
    // Row 3 swallowed row 4: its quote spans two lines. Row 6 and 7 lost the line break between them.
    check(
        "anchor = 'id'".replace("anchor = 'id'", "").as_str(),
        "id,name\n3,\"Cid\n4,\"Dan\"\n6,Flo7,Gil\n8\n",
        r#"
        unreadable ?: workers.csv:2: column `name`: text follows the closing quote
        unreadable ?: workers.csv:4: 3 fields instead of 2
        unreadable ?: workers.csv:5: 1 field instead of 2
        complete: 3 rows, size and time unchanged
        "#,
    );
}

#[test]
fn an_anchor_behind_a_lost_delimiter_is_not_believed() {
    let content = "name,dept,id\nAnn,x,1\nBob,2\nCid,y,z,3\n";
    check(
        "",
        content,
        r#"
        1 dept: "x", id: "1", name: "Ann"
        unreadable ?: workers.csv:3: 2 fields instead of 3
        unreadable ?: workers.csv:4: 4 fields instead of 3
        complete: 3 rows, size and time unchanged
        "#,
    );
}

#[test]
fn batches_join_without_a_seam() {
    let mut content = "id,name\n".to_owned();
    let mut expected = String::new();
    for row in 0..2_500 {
        content.push_str(&format!("{row},\"worker\n{row}\"\n"));
        expected.push_str(&format!("{row} id: \"{row}\", name: \"worker\\n{row}\"\n"));
    }
    content.push_str("7,again\n");
    expected.push_str("unreadable 7: workers.csv:5002: column `id`: `7` occurred in line 16 already\n");
    expected.push_str("complete: 2501 rows, size and time unchanged\n");
    check("", content, &expected);
}
