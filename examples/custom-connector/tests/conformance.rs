//! The doors, under all that a target has to do.

#![expect(clippy::expect_used, reason = "a test that cannot begin fails")]

use std::fs;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use custom_connector::Doors;
use futures::executor::block_on;
use provisio_connector::Target;
use provisio_testkit::conformance::{Fixture, Hook, Prepared, TargetFixture, Trouble};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    /// The content of a card that was damaged.
    damaged: Mutex<Option<(String, String)>>,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder"), damaged: Mutex::default() };
        fs::create_dir(place.cards()).expect("a folder");
        place
    }

    fn cards(&self) -> std::path::PathBuf {
        self.folder.path().join("cards")
    }
}

#[async_trait]
impl TargetFixture for Place {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        Ok(Arc::new(Doors::new(self.cards())))
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(Some(Arc::new(Doors::new(self.cards()))))
    }
}

#[async_trait]
impl Fixture for Place {
    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        let away = self.folder.path().join("away");
        match trouble {
            Trouble::Unreachable => fs::rename(self.cards(), away)?,
            Trouble::Unreadable { id, .. } => {
                let path = self.cards().join(format!("{id}.card"));
                let whole = fs::read_to_string(&path)?;
                fs::write(&path, &whole[..whole.len() / 2])?;
                *self.damaged.lock().expect("not poisoned") = Some((id.to_string(), whole));
            }
            Trouble::Over => {
                if away.exists() {
                    fs::rename(away, self.cards())?;
                }
                if let Some((id, whole)) = self.damaged.lock().expect("not poisoned").take() {
                    fs::write(self.cards().join(format!("{id}.card")), whole)?;
                }
            }
            _ => return Ok(Hook::Absent),
        }
        Ok(Hook::Done)
    }
}

provisio_testkit::target_conformance!(
    Place::new(),
    block_on,
    skipping [
        // Cards have no versions, no parts, no secrets and no members, and what can be written can be changed.
        "S-12", "S-13", "T-16", "T-18", "T-19", "T-20", "T-21", "T-22", "T-30", "T-34",
        // A folder is there as a whole or not at all; it knows no password and asks nobody to slow down.
        "S-15", "S-16", "S-19", "S-20", "S-21", "T-39", "T-41", "T-42",
        // It is not searched by value and tells no changes.
        "S-28", "S-29", "S-30", "S-32", "S-33", "S-34", "S-35", "S-36", "S-37",
    ]
);
