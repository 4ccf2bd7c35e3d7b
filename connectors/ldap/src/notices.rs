//! That something changed, told when it happens (RFC 4533, refresh and persist). What changed is another question.

use std::time::Duration;

use provisio_connector::{Context, Result};
use provisio_model::{ErrorKind, ObjectType};
use tokio::time::timeout;

use crate::config::LdapConfig;
use crate::connection::Connection;
use crate::directory::Directory;
use crate::feed::Feed;
use crate::ldap::Shared;
use crate::request::{Request, Search};
use crate::response::{Answer, parse_result};
use crate::sync;
use crate::trouble::Trouble;
use crate::watermark::Method;

/// How long nothing may happen before one of several changes is told: they come in bursts.
const QUIET: Duration = Duration::from_millis(200);
/// How many changes are told as one at most.
const BURST_MAX: usize = 10_000;

/// Waits for changes of the objects of one type.
pub(crate) struct Notices<'a> {
    context: &'a Context,
    config: &'a LdapConfig,
    connection: Connection,
    /// The searches that stay under way, and whether each told all that was before.
    under_way: Vec<i32>,
    /// A question whose answer shows that the server is still there.
    asked: Option<i32>,
    object_type: ObjectType,
}

impl<'a> Notices<'a> {
    /// Begins to listen.
    pub(crate) async fn begin(
        context: &'a Context,
        shared: &'a Shared,
        directory: &'a Directory,
        object_type: &str,
    ) -> std::result::Result<Self, Trouble> {
        let kind = directory.kind(object_type)?;
        let mut connection = shared.pool.acquire().await?;
        let mut feed = Feed { connection: &mut connection, config: &shared.config, directory, kind };
        let mark = feed.now().await?.filter(|it| it.method == Method::Sync);
        let Some(mark) = mark else {
            let what = "the server does not tell changes when they happen";
            return Err(Trouble::Unfit(ErrorKind::Unsupported, what.to_owned()));
        };
        let mut searches = feed.sync_searches();
        let mut under_way = Vec::new();
        for (search, cookie) in searches.drain(..).zip(&mark.cookies) {
            under_way.push(connection.send(&Request::Search(&search), &[sync::listen(cookie)]).await?);
        }
        let object_type = kind.object_type.clone();
        Ok(Self { context, config: &shared.config, connection, under_way, asked: None, object_type })
    }

    /// Waits for a change.
    pub(crate) async fn next(&mut self) -> Result<()> {
        let mut changes = 0;
        loop {
            self.context.check("notices")?;
            let told = match changes {
                0 => self.receive().await,
                _ => match timeout(QUIET, self.receive()).await {
                    Ok(told) => told,
                    Err(_) => return Ok(()),
                },
            };
            if told.map_err(|it| it.during("notices"))? {
                changes += 1;
                tracing::debug!(object_type = %self.object_type, "something changed");
            }
            if changes >= BURST_MAX {
                return Ok(());
            }
        }
    }

    /// Waits for a message; tells whether it says that something changed.
    async fn receive(&mut self) -> std::result::Result<bool, Trouble> {
        let ids: Vec<i32> = self.under_way.iter().copied().chain(self.asked).collect();
        let asked = self.asked;
        let message = match self.connection.receive_one_of(&ids).await {
            // Nobody says anything where nothing happens. Whoever is there answers a question.
            Err(Trouble::Late) if asked.is_none() => {
                let search = Search::entry("", &["1.1"]);
                self.asked = Some(self.connection.send(&Request::Search(&search), &[]).await?);
                return Ok(false);
            }
            received => received?,
        };
        if Some(message.id) == asked {
            if matches!(message.answer, Answer::Done(_)) {
                self.asked = None;
            }
            return Ok(false);
        }
        match message.answer {
            Answer::Entry(_) => Ok(true),
            Answer::Intermediate(body) => Ok(sync::info(body)? != sync::Info::Other),
            Answer::Reference(_) => Ok(self.config.referrals == crate::config::Referrals::Incomplete),
            Answer::Done(body) => {
                let result = parse_result(body)?;
                match result.is_success() {
                    true => Err(Trouble::Lost("the server does not tell changes any more".to_owned())),
                    false => Err(Trouble::Refused(result)),
                }
            }
        }
    }
}
