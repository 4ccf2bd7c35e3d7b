//! Asks a run that keeps the state to itself to stop: a file beside the state, which the run looks for while it works.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use provisio::connector::CancelToken;
use serde::{Deserialize, Serialize};

use crate::exit::{Exit, Trouble};

/// The version of the file.
const FORMAT: u32 = 1;
/// The largest file that is read.
const BYTES_MAX: u64 = 64 * 1024;
/// How often a run looks for it.
const LOOK: Duration = Duration::from_millis(250);

/// Somebody wants a job to be paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PauseRequest {
    format: u32,
    /// Who.
    pub(crate) by: String,
    /// What for.
    pub(crate) why: String,
}

impl PauseRequest {
    pub(crate) fn new(by: String, why: String) -> Self {
        Self { format: FORMAT, by, why }
    }
}

/// Where a request is left.
#[derive(Clone, Debug)]
pub(crate) struct RequestFile(PathBuf);

impl RequestFile {
    /// Names the file that belongs to a state and a job: several jobs may share a state.
    pub(crate) fn of(state: &Path, job: &str) -> Self {
        let mut name = state.as_os_str().to_owned();
        name.push(format!(".{}.request", provisio::Fingerprint::of(job).short()));
        Self(name.into())
    }

    /// Tells whether there is a request.
    pub(crate) fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Reads the request, if there is one.
    pub(crate) fn read(&self) -> Result<Option<PauseRequest>, Trouble> {
        let read = fs::metadata(&self.0).and_then(|it| {
            if it.len() > BYTES_MAX {
                return Err(io::Error::new(ErrorKind::InvalidData, "it is too large to be a request"));
            }
            Ok(serde_json::from_slice(&fs::read(&self.0)?)?)
        });
        match read {
            Ok(PauseRequest { format, .. }) if format != FORMAT => {
                let error = io::Error::new(ErrorKind::InvalidData, "another version of provisio wrote it");
                Err(self.trouble("understand the request", &error))
            }
            Ok(request) => Ok(Some(request)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.trouble("read the request", &error)),
        }
    }

    /// Leaves a request; it is there as a whole or not at all.
    pub(crate) fn write(&self, request: &PauseRequest) -> Result<(), Trouble> {
        let mut new = self.0.clone().into_os_string();
        new.push(format!(".{}", std::process::id()));
        // Text can always be written as JSON.
        let text = serde_json::to_vec(request).unwrap_or_default();
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.0));
        written.map_err(|error| self.trouble("leave the request", &error))
    }

    /// Takes the request away; tells whether there was one.
    pub(crate) fn remove(&self) -> Result<bool, Trouble> {
        match fs::remove_file(&self.0) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.trouble("remove the request", &error)),
        }
    }

    fn trouble(&self, verb: &str, error: &io::Error) -> Trouble {
        Trouble::file(Exit::Connection, verb, &self.0, error)
    }
}

/// Looks for a request while a cycle is under way.
pub(crate) struct Watcher {
    // Dropped with the watcher, which ends the thread.
    _ends: mpsc::Sender<()>,
}

impl Watcher {
    /// Cancels `cycle` when there is a request, or when `all` is cancelled.
    pub(crate) fn start(file: RequestFile, cycle: CancelToken, all: CancelToken) -> Self {
        let (ends, ended) = mpsc::channel::<()>();
        let watch = move || {
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if all.is_cancelled() || file.exists() {
                    cycle.cancel();
                    return;
                }
            }
        };
        // Without the thread, a cycle is carried out to its end, and the request is heeded then.
        let _ = thread::Builder::new().name("requests".to_owned()).spawn(watch);
        Self { _ends: ends }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_left_read_and_taken_away() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = RequestFile::of(&folder.path().join("state.redb"), "hr");
        assert_eq!(file.read().expect("readable"), None);
        let request = PauseRequest::new("ann".to_owned(), "audit".to_owned());
        file.write(&request).expect("written");
        assert_eq!(file.read().expect("readable"), Some(request));
        assert!(file.remove().expect("removed"));
        assert!(!file.remove().expect("nothing to remove"));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = RequestFile::of(&folder.path().join("state.redb"), "hr");
        for text in ["", "{}", "{\"format\": 2, \"by\": \"\", \"why\": \"\"}"] {
            fs::write(&file.0, text).expect("written");
            assert!(file.read().is_err(), "{text}");
        }
    }
}
