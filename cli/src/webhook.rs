//! Sends alerts to a receiver: POST, signed, again with growing pauses, and never in the way of a run.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use provisio::model::Secret;
use provisio::monitor::{AlertSink, Notice};
use sha2::Sha256;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::exit::{Exit, Trouble};
use crate::job::AlertSettings;

/// How many alerts may wait to be sent.
const WAITING_MAX: usize = 64;
/// The pause before the second attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause, also when the receiver asks for a longer one.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How long the command waits for alerts that are still on their way, once everything else is done.
const FINISH_MAX: Duration = Duration::from_secs(20);

/// Sends alerts from a thread of its own.
pub(crate) struct Webhook {
    only: Vec<String>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// `None` once no more is to be sent.
    queue: Option<SyncSender<Notice>>,
    /// Says how many could not be delivered, when all are sent or given up.
    ended: Receiver<Undelivered>,
    /// Closed to hurry the thread.
    hurry: Option<Sender<()>>,
    dropped: usize,
}

/// Alerts that did not arrive, and why the last of them did not.
#[derive(Default)]
struct Undelivered {
    count: usize,
    why: String,
}

/// What the thread needs.
struct Courier {
    agent: Agent,
    url: Secret,
    secret: Option<Secret>,
    attempts: u32,
    hurry: Receiver<()>,
}

impl Webhook {
    /// Starts to send. The receiver is not asked before there is something to send.
    pub(crate) fn start(settings: &AlertSettings, job: &std::path::Path) -> Result<Self, Trouble> {
        let url = settings.url.get(job, "the `url` of `[alerts]`")?;
        if !url.expose().starts_with("https://") && !url.expose().starts_with("http://") {
            let message = "the `url` of `[alerts]` does not begin with `https://` or `http://`";
            return Err(Trouble::new(Exit::Configuration, message));
        }
        let secret = settings.secret.as_ref().map(|it| it.get(job, "the `secret` of `[alerts]`"));
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("provisio/", env!("CARGO_PKG_VERSION")))
            .build();
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let (end, ended) = channel();
        let (hurry, hurried) = channel();
        let courier = Courier {
            agent: config.into(),
            url,
            secret: secret.transpose()?,
            attempts: settings.attempts,
            hurry: hurried,
        };
        let work = move || {
            let mut undelivered = Undelivered::default();
            for notice in waiting {
                if let Err(why) = courier.deliver(&notice) {
                    undelivered = Undelivered { count: undelivered.count + 1, why };
                }
            }
            // Nobody waits any more if the command has ended.
            let _ = end.send(undelivered);
        };
        thread::Builder::new()
            .name("alerts".to_owned())
            .spawn(work)
            .map_err(|error| Trouble::of(Exit::Other, &error).under("alerts cannot be sent"))?;
        let inner = Inner { queue: Some(queue), ended, hurry: Some(hurry), dropped: 0 };
        Ok(Self { only: settings.only.clone(), inner: Mutex::new(inner) })
    }

    /// Waits for what is on its way, but not for ever. Says what did not arrive.
    pub(crate) fn finish(&self) -> Option<String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        drop(inner.queue.take());
        let undelivered = match inner.ended.recv_timeout(FINISH_MAX) {
            Ok(undelivered) => undelivered,
            Err(_) => {
                drop(inner.hurry.take());
                Undelivered { count: 1, why: "the receiver takes too long".to_owned() }
            }
        };
        match undelivered.count + inner.dropped {
            0 => None,
            1 => Some(format!("An alert could not be delivered: {}", undelivered.why)),
            more => Some(format!("{more} alerts could not be delivered: {}", undelivered.why)),
        }
    }
}

impl AlertSink for Webhook {
    fn send(&self, notice: Notice) {
        if !self.only.is_empty() && !self.only.iter().any(|it| it == notice.alert.name()) {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = &inner.queue else { return };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(notice) {
            inner.dropped += 1;
        }
    }
}

/// What came of one attempt.
enum Attempt {
    Delivered,
    /// The receiver does not want it.
    Refused(String),
    /// It may work later, not before this.
    Later(String, Option<Duration>),
}

impl Courier {
    fn deliver(&self, notice: &Notice) -> Result<(), String> {
        let body = serde_json::to_vec(notice).map_err(|error| error.to_string())?;
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            match self.post(notice, &body) {
                Attempt::Delivered => return Ok(()),
                Attempt::Refused(why) => return Err(why),
                Attempt::Later(why, _) if attempt >= self.attempts => return Err(why),
                Attempt::Later(why, asked) => {
                    let wait = asked.unwrap_or(pause).min(PAUSE_MAX);
                    if self.hurry.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                        return Err(why);
                    }
                }
            }
            attempt += 1;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    fn post(&self, notice: &Notice, body: &[u8]) -> Attempt {
        let mut request = self
            .agent
            .post(self.url.expose())
            .header("content-type", "application/json")
            .header("x-provisio-alert", notice.alert.name())
            .header("x-provisio-timestamp", notice.at.to_string());
        if let Some(secret) = &self.secret {
            request = request.header("x-provisio-signature", signature(secret, &notice.at.to_string(), body));
        }
        // An error of the client may quote the address, which may hold a token: only its kind is told.
        let response = match request.send(body) {
            Ok(response) => response,
            Err(error) => return Attempt::Later(kind_of(&error).to_owned(), None),
        };
        let status = response.status().as_u16();
        let why = format!("the receiver answers {status}");
        match status {
            200..=299 => Attempt::Delivered,
            408 | 425 | 429 | 500..=599 => {
                let after = response.headers().get("retry-after").and_then(|it| it.to_str().ok());
                Attempt::Later(why, after.and_then(|it| it.parse().ok()).map(Duration::from_secs))
            }
            _ => Attempt::Refused(why),
        }
    }
}

fn kind_of(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "the receiver takes too long",
        ureq::Error::HostNotFound => "there is no such host",
        ureq::Error::BadUri(_) => "the address is no address",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "no secure connection can be made",
        _ => "the receiver cannot be reached",
    }
}

/// Returns the signature of a body: `v1=` and the HMAC-SHA-256 of the time, a dot and the body.
fn signature(secret: &Secret, at: &str, body: &[u8]) -> String {
    let mut text = "v1=".to_owned();
    // HMAC takes keys of any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) {
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(body);
        for byte in mac.finalize().into_bytes() {
            text.push_str(&format!("{byte:02x}"));
        }
    }
    text
}
