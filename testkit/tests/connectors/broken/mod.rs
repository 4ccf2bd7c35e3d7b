//! Connectors with one fault each, and the requirement that names it.
//!
//! The messages of all of them are in `broken.txt`, as an author of such a connector would read them.

mod reads;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::executor::block_on;
use provisio::connector::{
    ChangeStream, CheckReport, Connector, ConnectorInfo, Context, OutcomeStream, ReadQuery, ReadStream,
    Result, Source, Target,
};
use provisio::model::{Capabilities, Object, Schema, Text, Watermark, Write};
use provisio_memory::MemoryDirectory;
use provisio_testkit::conformance::{
    Fixture, Hook, Prepared, TargetFixture, Trouble, Verdict, source, target,
};
use provisio_testkit::fault::Faulty;

use super::memory::{Directory, TOKEN, varied_schema};

/// What is wrong with a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    None,
    // Reads.
    PagesOverlap,
    SecondPageIsLost,
    GoesOnAfterTheEnd,
    NumbersAreText,
    MakesUpValues,
    TrimsText,
    FiltersByAttribute,
    IdIsTheTitle,
    VersionStands,
    UnknownTypeIsEmpty,
    BrokenOffIsComplete,
    CountIsNotCompared,
    UnreadableIsSkipped,
    AwayIsEmpty,
    CredentialsAreUnexpected,
    RetryAfterIsDropped,
    TokenInErrors,
    CancelIsIgnored,
    OneUnknownIdFailsAll,
    FewerIdsThanSaid,
    QuoteBreaksTheFilter,
    OneHolderIsEnough,
    CaseMattersInLookUps,
    UndeclaredLookUpsGuess,
    NoWatermark,
    ForgetsDeletions,
    NoCheckpointWithoutChanges,
    TrustsAnyWatermark,
    ChecksInAtOnce,
    ReadsFromACache,
    // Writes.
    IdIsTheName,
    LosesAnAttribute,
    AnswersWithWhatWasSent,
    NumbersPassThroughFloats,
    TakenIsInvalid,
    TakenIsTakenOver,
    ReplacesTheWholeObject,
    SetAdds,
    RemoveEmpties,
    AddingAgainFails,
    FalseIsNothing,
    UpdateCreates,
    VersionIsIgnored,
    GroupsAreCut,
    FewValuesAtOnce,
    UnknownMembersVanish,
    DeleteDisables,
    SecondDeleteFails,
    DeletesTooMuch,
    UnknownAttributesAreIgnored,
    LongTextIsCut,
    ImmutableIsIgnored,
    WritesInPart,
    NoDeleteButNoWordOfIt,
    EscapesTwice,
    SecretInMessages,
    LastOutcomeIsMissing,
    OneBadFailsAll,
    WritesBackwards,
    LostIsRejected,
    AwayIsForever,
    CredentialsAreTriedAgain,
    WaitsByItself,
    StopIsIgnored,
}

use Defect as D;

/// Each defect, and the requirement that has to name it.
const DEFECTS: &[(Defect, &str)] = &[
    (D::PagesOverlap, "S-05"),
    (D::SecondPageIsLost, "S-05"),
    (D::GoesOnAfterTheEnd, "S-06"),
    (D::NumbersAreText, "S-07"),
    (D::MakesUpValues, "S-08"),
    (D::TrimsText, "S-09"),
    (D::FiltersByAttribute, "S-10"),
    (D::IdIsTheTitle, "S-11"),
    (D::VersionStands, "S-12"),
    (D::UnknownTypeIsEmpty, "S-14"),
    (D::BrokenOffIsComplete, "S-15"),
    (D::CountIsNotCompared, "S-16"),
    (D::UnreadableIsSkipped, "S-17"),
    (D::AwayIsEmpty, "S-18"),
    (D::CredentialsAreUnexpected, "S-19"),
    (D::RetryAfterIsDropped, "S-20"),
    (D::TokenInErrors, "S-21"),
    (D::CancelIsIgnored, "S-22"),
    (D::OneUnknownIdFailsAll, "S-25"),
    (D::FewerIdsThanSaid, "S-26"),
    (D::QuoteBreaksTheFilter, "S-27"),
    (D::OneHolderIsEnough, "S-28"),
    (D::CaseMattersInLookUps, "S-29"),
    (D::QuoteBreaksTheFilter, "S-30"),
    (D::UndeclaredLookUpsGuess, "S-31"),
    (D::NoWatermark, "S-32"),
    (D::ForgetsDeletions, "S-33"),
    (D::NoCheckpointWithoutChanges, "S-35"),
    (D::TrustsAnyWatermark, "S-36"),
    (D::ChecksInAtOnce, "S-37"),
    (D::IdIsTheName, "T-01"),
    (D::LosesAnAttribute, "T-02"),
    (D::ReadsFromACache, "T-04"),
    (D::AnswersWithWhatWasSent, "T-05"),
    (D::NumbersPassThroughFloats, "T-06"),
    (D::TakenIsInvalid, "T-07"),
    (D::TakenIsTakenOver, "T-07"),
    (D::IdIsTheTitle, "T-08"),
    (D::ReplacesTheWholeObject, "T-09"),
    (D::SetAdds, "T-10"),
    (D::RemoveEmpties, "T-11"),
    (D::AddingAgainFails, "T-12"),
    (D::FalseIsNothing, "T-13"),
    (D::UpdateCreates, "T-15"),
    (D::VersionIsIgnored, "T-16"),
    (D::ReadsFromACache, "T-17"),
    (D::RemoveEmpties, "T-18"),
    (D::GroupsAreCut, "T-19"),
    (D::FewValuesAtOnce, "T-20"),
    (D::UnknownMembersVanish, "T-21"),
    (D::DeleteDisables, "T-23"),
    (D::SecondDeleteFails, "T-24"),
    (D::DeletesTooMuch, "T-25"),
    (D::UnknownAttributesAreIgnored, "T-26"),
    (D::LongTextIsCut, "T-29"),
    (D::ImmutableIsIgnored, "T-30"),
    (D::WritesInPart, "T-31"),
    (D::NoDeleteButNoWordOfIt, "T-32"),
    (D::EscapesTwice, "T-33"),
    (D::SecretInMessages, "T-34"),
    (D::LastOutcomeIsMissing, "T-35"),
    (D::OneBadFailsAll, "T-36"),
    (D::WritesBackwards, "T-37"),
    (D::LostIsRejected, "T-39"),
    (D::AwayIsForever, "T-40"),
    (D::CredentialsAreTriedAgain, "T-41"),
    (D::WaitsByItself, "T-42"),
    (D::StopIsIgnored, "T-43"),
];

/// A connector to a directory, with a defect.
struct Broken {
    inner: Arc<Faulty<Arc<MemoryDirectory>>>,
    defect: Defect,
    cache: Mutex<BTreeMap<Text, Object>>,
}

impl Broken {
    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn directory(&self) -> &MemoryDirectory {
        self.inner.inner()
    }
}

#[async_trait]
impl Connector for Broken {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        match self.defect {
            D::UndeclaredLookUpsGuess => capabilities.read_by_id = false,
            D::NoDeleteButNoWordOfIt => capabilities.delete = false,
            _ => {}
        }
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.inner.check(context).await.map_err(|error| self.error(error))
    }
}

#[async_trait]
impl Source for Broken {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        self.read_badly(context, query).await
    }

    async fn changes<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        self.changes_badly(context, query, since).await
    }
}

#[async_trait]
impl Target for Broken {
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        self.apply_badly(context, writes).await
    }
}

struct Place {
    directory: Directory,
    defect: Defect,
}

impl Place {
    fn new(defect: Defect) -> Self {
        Self { directory: Directory::new(varied_schema()), defect }
    }
}

#[async_trait]
impl Fixture for Place {
    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        self.directory.cause(trouble).await
    }
}

#[async_trait]
impl TargetFixture for Place {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        let (inner, cache) = (self.directory.faulty(), Mutex::default());
        Ok(Arc::new(Broken { inner, defect: self.defect, cache }))
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        self.directory.elsewhere().await
    }
}

#[test]
fn each_defect_is_found_by_the_requirement_that_names_it() {
    let mut told = String::new();
    let mut missed = Vec::new();
    for (defect, number) in DEFECTS {
        let finding = block_on(target::check(number, &Place::new(*defect)));
        let requirement = finding.requirement;
        match finding.verdict {
            Verdict::Broken(fault) => {
                let name = requirement.name.replace('_', " ");
                told.push_str(&format!(
                    "{defect:?}\n{number} {name}\nexpected: {}\n    seen: {}\n\n",
                    fault.expected, fault.seen
                ));
            }
            other => missed.push(format!("{defect:?}: {number} {other:?}")),
        }
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
    insta::assert_snapshot!("broken", told);
}

#[test]
fn without_a_defect_everything_holds() {
    let report = block_on(target::report(|| Place::new(Defect::None)));
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.skipped().collect::<Vec<_>>(), ["S-31", "T-32", "T-45"]);
}

/// The requirements that no defect above is for.
#[test]
fn most_requirements_have_a_defect() {
    let numbers = source::requirements().chain(target::requirements()).map(|it| it.number);
    let without: Vec<&str> = numbers.filter(|number| !DEFECTS.iter().any(|it| it.1 == *number)).collect();
    let expected = [
        "S-01", "S-02", "S-03", "S-04", "S-13", "S-23", "S-24", "S-34", "T-03", "T-14", "T-22", "T-27",
        "T-28", "T-38", "T-44", "T-45",
    ];
    assert_eq!(without, expected);
}
