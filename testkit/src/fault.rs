//! What if a connector's system fails, again and again?
//!
//! [`Faulty`] stands before any connector and lets mishaps befall it: requests are refused, answers are lost, streams break
//! off, reads show what was a while ago. What happens when follows from a seed, and is written down. Everything that it does a
//! real system does to a connector that behaves: an engine has to cope with all of it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use provisio_memory::{MemoryDirectory, directory_schema};
//! use provisio_testkit::fault::{Faulty, Kind};
//!
//! let directory = Arc::new(MemoryDirectory::new(directory_schema()));
//! // Of a hundred calls that read, five break off; of a hundred that write, ten lose their answer.
//! let target = Faulty::new(directory, 42).often(Kind::BreaksOff, 5).often(Kind::LostAfter, 10);
//! assert!(target.story().is_empty(), "nothing was called yet");
//! ```
//!
//! [`Faulty::always`] lets one mishap befall every call, until [`Faulty::calm`]: so a fixture of the conformance kit causes
//! [`Trouble`](crate::conformance::Trouble).

mod connector;
pub(crate) mod stream;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use provisio::model::{ErrorKind, Failure, Object, ObjectType, Retry, Text, Timestamp};

use crate::chance::Chance;

/// A kind of mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The system refuses the call for now; nothing is done.
    Refused,
    /// The system asks for fewer requests and does not say for how long.
    Throttled,
    /// The system asks for fewer requests for some seconds.
    ThrottledFor,
    /// Writes get lost before they arrive: nothing is done, and nothing is heard.
    LostBefore,
    /// Writes are done, and nothing is heard.
    LostAfter,
    /// Writes arrive twice; the answer is that to the second time.
    Twice,
    /// Outcomes come in another order than the writes.
    Reordered,
    /// The first writes of a batch are done and answered; of the others nothing is done or heard.
    PartOfBatch,
    /// A read breaks off: the stream is over without an end, or with an error.
    BreaksOff,
    /// Pages overlap: some objects come twice.
    Overlaps,
    /// A read shows what was before, within the lag that is declared: see [`Faulty::with_lag`].
    Stale,
    /// One object does not come, and the connector finds out, since the system counts one more.
    WrongCount,
    /// One object cannot be understood.
    Unreadable,
    /// The call takes its time.
    Slow,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Refused,
        Self::Throttled,
        Self::ThrottledFor,
        Self::LostBefore,
        Self::LostAfter,
        Self::Twice,
        Self::Reordered,
        Self::PartOfBatch,
        Self::BreaksOff,
        Self::Overlaps,
        Self::Stale,
        Self::WrongCount,
        Self::Unreadable,
        Self::Slow,
    ];

    /// Tells whether it befalls calls of this kind.
    fn befalls(self, call: Call) -> bool {
        match self {
            Self::Refused | Self::Throttled | Self::ThrottledFor | Self::Slow => true,
            Self::LostBefore | Self::LostAfter | Self::Twice | Self::Reordered | Self::PartOfBatch => {
                call == Call::Apply
            }
            Self::BreaksOff => matches!(call, Call::Read | Call::Changes),
            Self::Overlaps | Self::Stale | Self::WrongCount | Self::Unreadable => call == Call::Read,
        }
    }
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// `schema`.
    Schema,
    /// `check`.
    Check,
    /// `read`.
    Read,
    /// `changes`.
    Changes,
    /// `apply`.
    Apply,
}

/// A mishap with all that there is to say of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Mishap {
    /// The call is refused with this failure; nothing is done.
    Refused(Failure),
    /// As [`Kind::LostBefore`].
    LostBefore,
    /// As [`Kind::LostAfter`].
    LostAfter,
    /// As [`Kind::Twice`].
    Twice,
    /// As [`Kind::Reordered`].
    Reordered,
    /// So many writes of a batch are done and answered.
    PartOfBatch(usize),
    /// A read breaks off after so many events.
    BreaksOff {
        /// After how many.
        after: usize,
        /// Whether there is an error at the end.
        with_error: bool,
    },
    /// The object at this place, counted from 0, and the one behind it come once more at the end.
    Overlaps(usize),
    /// The read shows what was at this moment.
    Stale(Timestamp),
    /// The object at this place does not come.
    WrongCount(usize),
    /// The object at this place cannot be understood.
    Unreadable(usize),
    /// The object with this id cannot be understood.
    UnreadableId(Text),
    /// The call takes so long.
    Slow(Duration),
}

impl Mishap {
    /// The system cannot be reached.
    pub fn unreachable() -> Self {
        Self::Refused(Failure::new(ErrorKind::Unreachable, "the line is down"))
    }

    /// The system refuses the credentials.
    pub fn credentials_refused() -> Self {
        Self::Refused(Failure::new(ErrorKind::Unauthenticated, "the credentials are refused"))
    }

    /// The system asks for fewer requests.
    pub fn throttled(after: Option<Duration>) -> Self {
        let failure = Failure::new(ErrorKind::RateLimited, "too many requests");
        Self::Refused(failure.with_retry(Retry::Later { after }))
    }
}

/// A mishap that happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Happened {
    /// In which call, counted from 0.
    pub call_number: u64,
    /// In what.
    pub call: Call,
    /// What happened.
    pub mishap: Mishap,
}

/// A connector to which mishaps happen.
pub struct Faulty<C> {
    inner: C,
    chance: Chance,
    odds: Vec<(Kind, u64)>,
    lag_seconds: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: u64,
    always: Option<Mishap>,
    next: VecDeque<Mishap>,
    story: Vec<Happened>,
    /// What the system held, of each type, from when on: for reads that are stale.
    past: Vec<(Timestamp, Held)>,
}

/// What a system held, of each type.
type Held = Vec<(ObjectType, Vec<Object>)>;

impl<C> Faulty<C> {
    /// Puts it before a connector. Without any more, nothing happens.
    pub fn new(inner: C, seed: u64) -> Self {
        Self { inner, chance: Chance::new(seed), odds: Vec::new(), lag_seconds: 0, state: Mutex::default() }
    }

    /// Lets a kind of mishap befall so many of a hundred calls that it can befall.
    #[must_use]
    pub fn often(mut self, kind: Kind, percent: u64) -> Self {
        self.odds.retain(|it| it.0 != kind);
        self.odds.push((kind, percent));
        self
    }

    /// Declares that reads show what was up to so many seconds ago, so that they may.
    #[must_use]
    pub fn with_lag(mut self, seconds: u32) -> Self {
        self.lag_seconds = seconds;
        self
    }

    /// Lets a mishap befall every call from now on that it can befall.
    pub fn always(&self, mishap: Mishap) {
        self.state().always = Some(mishap);
    }

    /// Lets a mishap befall the next call that it can befall; several, one after the other.
    pub fn next(&self, mishap: Mishap) {
        self.state().next.push_back(mishap);
    }

    /// Ends what [`always`](Self::always) and [`next`](Self::next) began. What follows from the seed goes on.
    pub fn calm(&self) {
        let mut state = self.state();
        state.always = None;
        state.next.clear();
    }

    /// Returns what happened so far.
    pub fn story(&self) -> Vec<Happened> {
        self.state().story.clone()
    }

    /// Returns the connector behind it.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what befalls a call, and writes it down.
    fn strike(&self, call: Call, size: usize, now: Timestamp) -> Option<Mishap> {
        let drawn = self.draw(call, size, now);
        let mut state = self.state();
        let call_number = state.calls;
        state.calls += 1;
        let is_next = state.next.front().is_some_and(|it| it.befalls(call));
        let next = if is_next { state.next.pop_front() } else { None };
        let mishap = next.or_else(|| state.always.clone().filter(|it| it.befalls(call))).or(drawn)?;
        state.story.push(Happened { call_number, call, mishap: mishap.clone() });
        Some(mishap)
    }

    /// Draws what befalls a call. Each call draws as often, so that one mishap more changes nothing else.
    fn draw(&self, call: Call, size: usize, now: Timestamp) -> Option<Mishap> {
        let struck: Vec<Kind> = self
            .odds
            .iter()
            .filter(|(kind, _)| kind.befalls(call))
            .filter(|(_, percent)| self.chance.percent(*percent))
            .map(|(kind, _)| *kind)
            .collect();
        let place = self.chance.below(size.max(1) as u64) as usize;
        let seconds = 1 + self.chance.below(120);
        let is_even = self.chance.percent(50);
        struck.into_iter().find_map(|kind| {
            Some(match kind {
                Kind::Refused => {
                    let failure = Failure::new(ErrorKind::Unreachable, "out of service");
                    Mishap::Refused(failure.with_retry(Retry::Later { after: None }))
                }
                Kind::Throttled => Mishap::throttled(None),
                Kind::ThrottledFor => Mishap::throttled(Some(Duration::from_secs(seconds))),
                Kind::LostBefore => Mishap::LostBefore,
                Kind::LostAfter => Mishap::LostAfter,
                Kind::Twice => Mishap::Twice,
                Kind::Reordered => Mishap::Reordered,
                Kind::PartOfBatch => Mishap::PartOfBatch(place),
                Kind::BreaksOff => Mishap::BreaksOff { after: place, with_error: is_even },
                Kind::Overlaps => Mishap::Overlaps(place),
                Kind::Stale => Mishap::Stale(self.moment(seconds, now)?),
                Kind::WrongCount => Mishap::WrongCount(place),
                Kind::Unreadable => Mishap::Unreadable(place),
                Kind::Slow => Mishap::Slow(Duration::from_secs(seconds)),
            })
        })
    }

    /// Chooses a moment within the lag.
    fn moment(&self, number: u64, now: Timestamp) -> Option<Timestamp> {
        let lag = u64::from(self.lag_seconds);
        (lag > 0).then(|| now.minus(Duration::from_secs(1 + number % lag)))
    }
}

impl Mishap {
    fn befalls(&self, call: Call) -> bool {
        let kind = match self {
            Self::Refused(_) => Kind::Refused,
            Self::LostBefore => Kind::LostBefore,
            Self::LostAfter => Kind::LostAfter,
            Self::Twice => Kind::Twice,
            Self::Reordered => Kind::Reordered,
            Self::PartOfBatch(_) => Kind::PartOfBatch,
            Self::BreaksOff { .. } => Kind::BreaksOff,
            Self::Overlaps(_) => Kind::Overlaps,
            Self::Stale(_) => Kind::Stale,
            Self::WrongCount(_) => Kind::WrongCount,
            Self::Unreadable(_) | Self::UnreadableId(_) => Kind::Unreadable,
            Self::Slow(_) => Kind::Slow,
        };
        kind.befalls(call)
    }
}
