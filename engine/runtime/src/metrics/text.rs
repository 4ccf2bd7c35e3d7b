//! The text format of Prometheus, version 0.0.4.

use std::fmt::Write as _;

/// A page of metrics of one job.
pub(super) struct Page<'a> {
    job: &'a str,
    text: String,
    name: &'static str,
}

impl<'a> Page<'a> {
    pub(super) fn new(job: &'a str) -> Self {
        Self { job, text: String::new(), name: "" }
    }

    /// Begins a counter.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) {
        self.begin(name, help, "counter");
    }

    /// Begins a gauge.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) {
        self.begin(name, help, "gauge");
    }

    /// Writes a sample of the metric that was begun last.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        self.line("", labels, value);
    }

    /// Writes a histogram; `counts` are by bound, with those above all bounds last.
    pub(super) fn histogram(
        &mut self,
        name: &'static str,
        help: &str,
        bounds: &[f64],
        counts: &[u64],
        sum: f64,
    ) {
        self.begin(name, help, "histogram");
        let mut total = 0;
        let infinity = [f64::INFINITY];
        for (bound, count) in bounds.iter().chain(&infinity).zip(counts) {
            total += count;
            let bound = if bound.is_finite() { bound.to_string() } else { "+Inf".to_owned() };
            self.line("_bucket", &[("le", &bound)], total as f64);
        }
        self.line("_sum", &[], sum);
        self.line("_count", &[], total as f64);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn begin(&mut self, name: &'static str, help: &str, kind: &str) {
        self.name = name;
        // Writing to a string cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        let _ = write!(self.text, "{}{suffix}{{job_name=\"{}\"", self.name, Escaped(self.job));
        for (label, value) in labels {
            let _ = write!(self.text, ",{label}=\"{}\"", Escaped(value));
        }
        let _ = writeln!(self.text, "}} {value}");
    }
}

/// A label value: backslash, quote and line feed are escaped.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => formatter.write_str("\\\\")?,
                '"' => formatter.write_str("\\\"")?,
                '\n' => formatter.write_str("\\n")?,
                it => formatter.write_char(it)?,
            }
        }
        Ok(())
    }
}
