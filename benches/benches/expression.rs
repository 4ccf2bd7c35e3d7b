//! How fast are mapping expressions? Ours against hand-written Rust and two general interpreters, in one run.
//!
//! Each contender computes the same values for the same records, which is asserted before anything is measured.
//! A measurement is one evaluation for one record, taken in turn over all records. The interpreters get host
//! functions for what their languages lack, and a fresh scope with the attributes of the record, which is how
//! they are embedded.
#![expect(clippy::expect_used, clippy::panic, reason = "a bench stops at what it does not expect")]

mod contenders;

use bumpalo::Bump;
use contenders::{CelRows, RhaiRows, by_hand, by_hand_into};
use criterion::{Criterion, criterion_group, criterion_main};
use provisio_expression::{
    AttributeNames, CompileSettings, EvalContext, Flow, FunctionTable, Instant, Names, Profile, Program,
    Value,
};
use std::hint::black_box;

/// The attributes of a record, in this order.
pub(crate) const ATTRIBUTES: [&str; 10] = [
    "firstName",
    "lastName",
    "preferredName",
    "workerId",
    "terminationDate",
    "countryCode",
    "locationId",
    "hireDate",
    "phone",
    "department",
];
pub(crate) const AS_OF: &str = "2026-01-01";
pub(crate) const REGIONS: [(&str, &str); 40] = [
    ("DE", "DACH"),
    ("AT", "DACH"),
    ("CH", "DACH"),
    ("FR", "WEU"),
    ("IT", "WEU"),
    ("ES", "WEU"),
    ("PT", "WEU"),
    ("NL", "WEU"),
    ("BE", "WEU"),
    ("LU", "WEU"),
    ("SE", "NORD"),
    ("NO", "NORD"),
    ("DK", "NORD"),
    ("FI", "NORD"),
    ("IS", "NORD"),
    ("PL", "CEE"),
    ("CZ", "CEE"),
    ("SK", "CEE"),
    ("HU", "CEE"),
    ("RO", "CEE"),
    ("BG", "CEE"),
    ("US", "NAM"),
    ("CA", "NAM"),
    ("MX", "LATAM"),
    ("BR", "LATAM"),
    ("AR", "LATAM"),
    ("CL", "LATAM"),
    ("CO", "LATAM"),
    ("PE", "LATAM"),
    ("JP", "APAC"),
    ("CN", "APAC"),
    ("KR", "APAC"),
    ("IN", "APAC"),
    ("SG", "APAC"),
    ("AU", "APAC"),
    ("NZ", "APAC"),
    ("ZA", "EMEA"),
    ("AE", "EMEA"),
    ("TR", "EMEA"),
    ("GB", "UKI"),
];
const RECORDS: usize = 256;

/// The values of one record; `None` is null.
pub(crate) type Row = [Option<String>; ATTRIBUTES.len()];

/// The seven mappings of the planner's workload, then three more that are common in published mappings.
pub(crate) const COMMON: usize = 7;

fn expressions() -> Vec<(&'static str, String)> {
    let regions: String =
        REGIONS.iter().map(|(country, region)| format!(", \"{country}\", \"{region}\"")).collect();
    vec![
        ("userName", r#"Append(ToLower(Join(".", NormalizeDiacritics([firstName]), NormalizeDiacritics([lastName]))), Mid([workerId], 2, 20))"#.to_owned()),
        ("displayName", r#"Join(" ", Coalesce([preferredName], [firstName]), [lastName])"#.to_owned()),
        ("active", format!(r#"IIF(IsNullOrEmpty([terminationDate]), "true", IIF([terminationDate] > "{AS_OF}", "true", "false"))"#)),
        ("region", format!(r#"Switch([countryCode], "OTHER"{regions})"#)),
        ("building", "Mid([locationId], 3, 4)".to_owned()),
        ("hired", r#"FormatDateTime([hireDate], , "yyyy-MM-dd", "dd/MM/yyyy")"#.to_owned()),
        ("phone", r#"Replace([phone], , "[^0-9]", , "", , )"#.to_owned()),
        ("mail", r#"ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".", [firstName], [lastName]))), "contoso.com"))"#.to_owned()),
        ("sam", r#"Replace(Mid(Replace(NormalizeDiacritics(StripSpaces(Join("", Mid([firstName], 1, 1), [lastName]))), , "([\\/\\\\\\[\\]\\:\\;\\|\\=\\,\\+\\*\\?\\<\\>])", , "", , ), 1, 20), , "(\\.)*$", , "", , )"#.to_owned()),
        ("unit", r#"IIF([terminationDate] > "2020", "OU=Leavers", Append(Switch([department], "OU=Other", "Finance", "OU=Finance", "Sales", "OU=Sales"), ",DC=contoso,DC=com"))"#.to_owned()),
    ]
}

fn rows() -> Vec<Row> {
    const FIRST: [&str; 8] = ["Anna", "Maximilian", "Léa", "Joao", "Mary Ann", "Björn", "Ines", "Tomás"];
    const LAST: [&str; 7] = ["Schmidt", "O'Neill", "Novák", "Garcia", "van der Berg", "Smith-Jones", "Kim"];
    const DEPARTMENTS: [&str; 3] = ["Finance", "Sales", "Security"];
    let text = |text: &str| Some(text.to_owned());
    (0..RECORDS)
        .map(|index| {
            let plain = index % 20 < 17;
            let first =
                FIRST.iter().filter(|name| name.is_ascii() == plain).nth(index % 3).copied().unwrap_or("Ann");
            let last =
                LAST.iter().filter(|name| name.is_ascii() || !plain).nth(index % 6).copied().unwrap_or("Lee");
            [
                text(first),
                text(last),
                (index % 10 < 3).then(|| "Pat".to_owned()),
                text(&format!("W{index:07}")),
                (index % 20 == 0).then(|| format!("202{}-0{}-15", 4 + index % 3, 1 + index % 9)),
                text(if index % 45 == 44 { "XX" } else { REGIONS[index % 40].0 }),
                text(&format!("L-{:04}-{}", index * 37 % 10_000, index % 9)),
                text(&format!("20{:02}-{:02}-{:02}", index % 25, 1 + index % 12, 1 + index % 28)),
                text(&format!(
                    "+{} ({:03}) {:03}-{:04}",
                    1 + index % 99,
                    index % 999,
                    index * 7 % 999,
                    index * 31 % 9999
                )),
                text(DEPARTMENTS[index % 3]),
            ]
        })
        .collect()
}

/// Ours: compiled once, evaluated with a bump that is reset between records.
struct Compiled {
    programs: Vec<Program>,
}

impl Compiled {
    fn new() -> Self {
        let settings = CompileSettings::new(Profile::App, AttributeNames::Strict, None);
        let functions = FunctionTable::standard();
        let compile = |(name, text): (&str, String)| {
            Program::compile(&text, &Names::new(ATTRIBUTES), &functions, &settings).expect(name).0
        };
        Self { programs: expressions().into_iter().map(compile).collect() }
    }

    fn evaluate<'a>(
        &'a self,
        which: usize,
        row: &'a [Value<'a>],
        context: &'a EvalContext<'a>,
        bump: &'a Bump,
    ) -> &'a str {
        match self.programs[which].evaluate(row, context, bump) {
            Ok(Flow::Value(Value::Text(text))) => text,
            other => panic!("{other:?}"),
        }
    }
}

fn values(row: &Row) -> Vec<Value<'_>> {
    row.iter().map(|value| value.as_deref().map_or(Value::Null, Value::Text)).collect()
}

fn bench(criterion: &mut Criterion) {
    let rows = rows();
    let records: Vec<Vec<Value<'_>>> = rows.iter().map(values).collect();
    let context = EvalContext::at(Instant::default());
    let compiled = Compiled::new();
    let cel = CelRows::new();
    let rhai = RhaiRows::new();
    let names: Vec<&str> = expressions().into_iter().map(|(name, _)| name).collect();
    let mut bump = Bump::new();

    for (row, record) in rows.iter().zip(&records) {
        let mut expected = String::new();
        for (which, name) in names.iter().enumerate() {
            expected.clear();
            by_hand_into(which, row, &mut expected);
            assert_eq!(by_hand(which, row), expected);
            assert_eq!(compiled.evaluate(which, record, &context, &bump), expected, "{name} of {row:?}");
            if which < COMMON {
                assert_eq!(cel.evaluate(which, row), expected, "{name} in CEL of {row:?}");
                assert_eq!(rhai.evaluate(which, row), expected, "{name} in rhai of {row:?}");
            }
        }
        bump.reset();
    }

    for (which, name) in names.iter().enumerate() {
        let mut group = criterion.benchmark_group(*name);
        group.bench_function("by hand", |bencher| {
            let mut next = rows.iter().cycle();
            bencher.iter(|| black_box(by_hand(which, next.next().expect("endless")).len()));
        });
        group.bench_function("provisio", |bencher| {
            let mut next = records.iter().cycle();
            let mut bump = Bump::with_capacity(4096);
            bencher.iter(|| {
                let length = compiled.evaluate(which, next.next().expect("endless"), &context, &bump).len();
                bump.reset();
                black_box(length)
            });
        });
        group.finish();
    }

    let mut group = criterion.benchmark_group("seven for one record");
    group.bench_function("by hand", |bencher| {
        let mut next = rows.iter().cycle();
        bencher.iter(|| {
            let row = next.next().expect("endless");
            let values: [_; COMMON] = std::array::from_fn(|which| by_hand(which, row));
            black_box(values.iter().map(|value| value.len()).sum::<usize>())
        });
    });
    group.bench_function("by hand into one buffer", |bencher| {
        let mut next = rows.iter().cycle();
        let mut out = String::with_capacity(512);
        bencher.iter(|| {
            let row = next.next().expect("endless");
            out.clear();
            (0..COMMON).for_each(|which| by_hand_into(which, row, &mut out));
            black_box(out.len())
        });
    });
    group.bench_function("provisio", |bencher| {
        let mut next = records.iter().cycle();
        let mut bump = Bump::with_capacity(4096);
        bencher.iter(|| {
            let record = next.next().expect("endless");
            let length: usize =
                (0..COMMON).map(|which| compiled.evaluate(which, record, &context, &bump).len()).sum();
            bump.reset();
            black_box(length)
        });
    });
    group.bench_function("cel", |bencher| {
        let mut next = rows.iter().cycle();
        bencher.iter(|| black_box(cel.evaluate_common(next.next().expect("endless"))));
    });
    group.bench_function("rhai", |bencher| {
        let mut next = rows.iter().cycle();
        bencher.iter(|| black_box(rhai.evaluate_common(next.next().expect("endless"))));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
