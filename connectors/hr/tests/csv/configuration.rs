//! What is said about a configuration that cannot work, and what a check and a schema say.

use std::sync::Arc;

use futures::executor::block_on;
use provisio_connector::{CancelToken, Connector as _, ReadQuery, Source as _};
use provisio_hr::{CsvConfig, CsvFile, CsvSource};
use provisio_model::{AttributeSchema, ErrorKind, Layout, Schema};

use crate::support::{Folder, WORKERS, check, context};

#[track_caller]
fn check_faults(config: &str, expected: &str) {
    let config: CsvConfig = toml::from_str(&format!("{WORKERS}{config}")).expect("valid TOML");
    let expected: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(config.faults(), expected);
}

#[test]
fn all_faults_are_found_at_once() {
    check_faults("", "");
    check_faults(
        r#"
        delimiter = "€"
        header = false
        columns = [
            { name = "name", from = "Name", position = 0 },
            { name = "Name", position = 1, separator = "" },
            { name = "d", position = 2, type = "date", format = "%d.%m.", time_zone = "UTC" },
            { name = "t", position = 3, type = "timestamp", time_zone = "Mars/Olympus" },
            { name = "r", position = 4, type = "reference" },
            { name = "b", position = 5, type = "bool", true_values = ["0"] },
        ]
        expect.trailer = "{rows} of {rows}"
        "#,
        r#"
        file `workers.csv`: `delimiter` must be one ASCII character and no line break
        file `workers.csv`: two columns have the name `Name`
        file `workers.csv`: without a header, `anchor` must be the name of one of `columns`
        file `workers.csv`: `{rows}` occurs twice in `trailer`
        file `workers.csv`, column `name`: `from` and `position` exclude each other
        file `workers.csv`, column `name`: `position` counts from 1
        file `workers.csv`, column `Name`: `separator` is empty
        file `workers.csv`, column `d`: `time_zone` is for the type `timestamp`
        file `workers.csv`, column `d`: the format `%d.%m.` does not say day, month and year
        file `workers.csv`, column `t`: `Mars/Olympus` is no IANA time zone
        file `workers.csv`, column `r`: `references` must name the object types it points to
        file `workers.csv`, column `b`: a text is both true and false
        "#,
    );
    assert_eq!(CsvConfig::default().faults(), ["no file is configured"]);
    let source = CsvSource::new(CsvConfig::default(), ".");
    assert_eq!(source.map_err(|error| error.kind()).err(), Some(ErrorKind::ConfigInvalid));
}

#[test]
fn unknown_settings_are_refused() {
    let parsed = toml::from_str::<CsvConfig>(&format!("{WORKERS}delimeter = ';'"));
    let message = parsed.expect_err("a misspelt setting").to_string();
    assert!(message.contains("unknown field `delimeter`"), "{message}");
}

#[test]
fn a_configuration_written_out_reads_the_same() {
    let config = CsvConfig::new([CsvFile::new("worker", "workers.csv", "id")]);
    let written = toml::Table::try_from(&config).expect("can be written");
    assert_eq!(written.try_into(), Ok(config));
}

#[test]
fn missing_columns_are_named_with_what_is_there() {
    check(
        "columns = [{ name = 'id' }, { name = 'hireDate' }, { name = 'salary' }]\nexpect.row_count_column = 'totl'",
        "id,Hire Date,total\n1,x,1\n",
        "error: schema: wrong configuration: workers.csv: there is no column `hireDate`, did you mean `Hire Date`?; \
         there is no column `salary`; there is no column `totl`, did you mean `total`?; \
         the header has `id`, `Hire Date`, `total`",
    );
    check(
        "",
        "Id,name\n1,x\n",
        r#"
        1 Id: "1", name: "x"
        complete: 1 row, size and time unchanged
        "#,
    );
    check(
        "",
        "worker;name\n1;x\n",
        "error: schema: wrong configuration: workers.csv: there is no column `id`; the header has `worker;name`",
    );
    check(
        "",
        "id,name,NAME\n1,x,y\n",
        "error: schema: wrong configuration: workers.csv: the header `name` occurs twice; \
         say with `columns` which is meant; the header has `id`, `name`, `NAME`",
    );
}

#[test]
fn a_file_that_cannot_be_opened_says_why() {
    let folder = Folder::with("");
    let read = |path: &str| folder.read(&WORKERS.replace("workers.csv", path));
    assert_eq!(read("missing.csv"), "error: schema: unreachable: missing.csv: there is no such file\n");
    assert_eq!(read("."), "error: schema: wrong configuration: .: this is not a file\n");
    check(
        "",
        b"\xff\xfei\0d\0\n\0",
        "error: schema: wrong configuration: workers.csv: the file is UTF-16; export it as UTF-8",
    );
    check(
        "encoding = 'latin-1'",
        "\u{feff}id\n1\n",
        "error: schema: wrong configuration: workers.csv: the file begins with the byte order mark of UTF-8, \
         and another encoding is configured",
    );
}

#[test]
fn a_check_describes_the_file_and_leaves_it_alone() {
    let content = "id,name\n1,Ann\n2,Bob\n# end\n";
    let folder = Folder::with(content);
    let source = folder.source(&format!("{WORKERS}expect.trailer = '# end'")).expect("valid");
    let report = block_on(source.check(&context())).expect("can be read");
    let found: Vec<&str> = report.found.iter().map(|line| line.as_str()).collect();
    assert_eq!(found, ["workers.csv: 2 attributes of `worker`, 2 rows, the first is `1`, trailer found"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("workers.csv")).ok().as_deref(), Some(content));
    assert_eq!(source.info().kind, "csv");
    assert_eq!(source.info().system.as_str(), "workers.csv");
}

fn schema(config: &str, content: &str) -> Schema {
    let folder = Folder::with(content);
    let source = folder.source(&format!("{WORKERS}{config}")).expect("valid");
    block_on(source.schema(&context())).expect("can be read")
}

#[test]
fn the_schema_says_what_the_columns_become() {
    let columns = "columns = [{ name = 'id' }, { name = 'boss', type = 'reference', references = ['worker'] }, \
                   { name = 'days', type = 'date', separator = '|' }]";
    let whole = schema(columns, "days,boss,id\n,,1\n");
    let shown: Vec<String> = whole.types[0]
        .attributes
        .iter()
        .map(|it| {
            format!(
                "{} {} several={} unique={:?} to={:?}",
                it.name, it.kind, it.multi_valued, it.uniqueness, it.references
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "id text several=false unique=System to=[]",
            "boss reference several=false unique=None to=[\"worker\"]",
            "days text several=true unique=None to=[]",
        ]
    );
    assert_eq!(schema(columns, ""), whole, "an empty file changes nothing about what it could hold");
}

#[test]
fn a_read_gives_only_what_is_asked_for_and_refuses_what_it_lacks() {
    let folder = Folder::with("id,name,mail\n1,Ann,\"never read\"\n");
    let source = folder.source(WORKERS).expect("valid");
    let read = |layout: Layout| {
        let context = context();
        let result = block_on(source.read(&context, ReadQuery::all(Arc::new(layout))));
        result.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(read(Layout::new("worker", [AttributeSchema::text("NAME")])), Ok(()));
    assert_eq!(
        read(Layout::new("worker", [AttributeSchema::text("nam")])),
        Err("read: schema violation: workers.csv: there is no column for the attribute `nam`, did you mean `name`?"
            .to_owned())
    );
    assert_eq!(
        read(Layout::new("group", [])),
        Err("read: schema violation: no file holds objects of type `group`".to_owned())
    );
}

#[test]
fn a_cancelled_read_stops() {
    let folder = Folder::with("id\n1\n");
    let source = folder.source(WORKERS).expect("valid");
    let cancel = CancelToken::default();
    cancel.cancel();
    let context = context().with_cancel(cancel);
    let error = block_on(source.schema(&context)).expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}
