//! What every test needs: a directory with a part of its own, the tools of OpenLDAP, and a clock.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use provisio_connector::{
    ChangeEvent, Clock, Connector as _, Context, ReadEvent, ReadQuery, Source as _, Target as _, Wanted,
};
use provisio_ldap::{Ldap, LdapConfig, LdapType};
use provisio_model::{
    AttributeDelta, Attributes, Change, Completeness, Incomplete, Layout, Object, Outcome, Secret, TargetId,
    Timestamp, ValuesChange, Watermark, Write, WriteAction, WriteId,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The suffix of the directory.
pub(crate) const BASE: &str = "dc=example,dc=org";

/// Returns a variable of the environment that says where a server is.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The time of this machine.
pub(crate) struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        Timestamp::from_second(i64::try_from(now.as_secs()).expect("a date"))
    }

    async fn sleep_until(&self, instant: Timestamp) {
        tokio::time::sleep(instant.since(self.now())).await;
    }
}

pub(crate) fn context() -> Context {
    Context::new(Arc::new(SystemClock))
}

/// A part of the directory that belongs to one test.
pub(crate) struct Corner {
    pub(crate) base: String,
}

impl Corner {
    /// Makes a part with units for people and groups.
    pub(crate) fn new(name: &str) -> Self {
        let corner = Self::bare(name);
        for unit in ["people", "groups"] {
            corner.add(&format!("dn: ou={unit},{}\nobjectClass: organizationalUnit\n", corner.base));
        }
        corner
    }

    /// Makes an empty part.
    pub(crate) fn bare(name: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let base = format!("ou={name}-{}-{number},{BASE}", std::process::id());
        let corner = Self { base };
        corner.add(&format!("dn: {}\nobjectClass: organizationalUnit\n", corner.base));
        corner
    }

    /// Adds entries as another program does.
    pub(crate) fn add(&self, ldif: &str) {
        tool("ldapadd", &[], ldif);
    }

    /// Adds some people.
    pub(crate) fn add_people(&self, count: usize) {
        let person = |number: usize| {
            let base = &self.base;
            format!(
                "dn: uid=p{number},ou=people,{base}\nobjectClass: inetOrgPerson\ncn: Person {number}\nsn: {number}\n\n"
            )
        };
        self.add(&(0..count).map(person).collect::<String>());
    }

    /// The types that most tests use.
    pub(crate) fn types(&self) -> [LdapType; 2] {
        let user = LdapType::new("user", format!("ou=people,{}", self.base), "inetOrgPerson", "uid");
        let mut group = LdapType::new("group", format!("ou=groups,{}", self.base), "groupOfNames", "cn");
        group.placeholder = Some(format!("cn=nobody,{BASE}"));
        [user, group]
    }

    pub(crate) fn config(&self) -> LdapConfig {
        let mut config = LdapConfig::new([variable("PROVISIO_TEST_SLAPD_TLS")], self.types());
        config.root_certificates = Some(variable("PROVISIO_TEST_SLAPD_CA").into());
        config.bind_dn = Some(format!("cn=admin,{BASE}"));
        config
    }

    pub(crate) fn open(&self) -> Directory {
        Directory::open(self.config())
    }
}

/// Runs a tool of OpenLDAP as the administrator, and returns what it prints.
pub(crate) fn tool(name: &str, arguments: &[&str], input: &str) -> String {
    let admin = format!("cn=admin,{BASE}");
    let url = variable("PROVISIO_TEST_SLAPD");
    let mut command = Command::new(name);
    command.args(["-x", "-H", &url, "-D", &admin, "-w", "secret"]).args(arguments);
    let (is_done, output) = run(command, input);
    assert!(is_done, "{name} failed");
    output
}

/// Runs a command; tells whether it succeeded, and what it printed.
pub(crate) fn run(mut command: Command, input: &str) -> (bool, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tools of OpenLDAP are installed");
    // It prints while it reads.
    let (mut stdin, input) = (child.stdin.take().expect("it is piped"), input.to_owned());
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let _ = writer.join().expect("it ends");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What became of a read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) objects: Vec<Object>,
    pub(crate) unreadable: Vec<String>,
    pub(crate) end: Result<Completeness, String>,
}

impl Read {
    pub(crate) fn is_complete(&self) -> bool {
        self.end.is_ok()
    }

    /// Finds an object by the value of an attribute.
    pub(crate) fn find(&self, attribute: &str, value: &str) -> &Object {
        let has = |it: &&Object| {
            let values = it.attributes.get(attribute).map(|it| it.as_slice()).unwrap_or_default();
            values.iter().any(|it| it.as_text() == Some(value))
        };
        self.objects
            .iter()
            .find(has)
            .unwrap_or_else(|| panic!("no {attribute}={value} in {:#?}", self.objects))
    }
}

/// What changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) upserted: Vec<Object>,
    pub(crate) gone: BTreeSet<String>,
    pub(crate) checkpoint: Option<Watermark>,
    /// Whether only a full read can tell.
    pub(crate) is_unknown: bool,
}

/// A directory that is open.
pub(crate) struct Directory {
    pub(crate) ldap: Ldap,
    pub(crate) context: Context,
}

impl Directory {
    pub(crate) fn open(config: LdapConfig) -> Self {
        let ldap = Ldap::new(config, Some(Secret::new("secret"))).expect("a good configuration");
        Self { ldap, context: context() }
    }

    /// The layout of all attributes that can be read of a type.
    pub(crate) async fn layout(&self, object_type: &str) -> Layout {
        let schema = self.ldap.schema(&self.context).await.expect("a schema");
        let schema = schema.of(&object_type.into()).expect("a type").clone();
        Layout::new(object_type, schema.attributes)
    }

    pub(crate) async fn read(&self, object_type: &str) -> Read {
        let layout = self.layout(object_type).await;
        self.ask(ReadQuery::all(layout)).await
    }

    pub(crate) async fn ask(&self, query: ReadQuery) -> Read {
        let mut read = Read { objects: Vec::new(), unreadable: Vec::new(), end: Err("no end".to_owned()) };
        assert!(matches!(query.wanted, Wanted::All | Wanted::WithIds(_) | Wanted::WithValues { .. }));
        let mut stream = match self.ldap.read(&self.context, query).await {
            Ok(stream) => stream,
            Err(error) => {
                read.end = Err(error.to_string());
                return read;
            }
        };
        while let Some(event) = stream.next().await {
            match event {
                Ok(ReadEvent::Object(object)) => read.objects.push(object),
                Ok(ReadEvent::Unreadable { id, failure }) => {
                    read.unreadable.push(format!("{}: {failure}", id.unwrap_or_default()));
                }
                Ok(ReadEvent::Complete(completeness)) => read.end = Ok(completeness),
                Ok(ReadEvent::Incomplete(Incomplete::Doubtful(why))) => read.end = Err(why.to_string()),
                Ok(other) => panic!("unexpected: {other:?}"),
                Err(error) => read.end = Err(error.to_string()),
            }
        }
        read
    }

    /// Reads what changed since a watermark.
    pub(crate) async fn changes(&self, layout: Layout, since: &Watermark) -> Changes {
        let mut changes = Changes::default();
        let stream = self.ldap.changes(&self.context, ReadQuery::all(layout), since).await;
        let mut stream = stream.expect("changes");
        while let Some(event) = stream.next().await {
            assert!(changes.checkpoint.is_none() && !changes.is_unknown, "nothing comes after the end");
            match event.expect("no error") {
                ChangeEvent::Change(Change::Upsert(object)) => changes.upserted.push(object),
                ChangeEvent::Change(Change::Deleted { id, .. }) => {
                    changes.gone.insert(id.as_str().to_owned());
                }
                ChangeEvent::Checkpoint(mark) => changes.checkpoint = Some(mark),
                ChangeEvent::ResyncRequired => changes.is_unknown = true,
                other => panic!("unexpected: {other:?}"),
            }
        }
        changes
    }

    pub(crate) async fn apply(&self, writes: Vec<(&str, WriteAction)>) -> Vec<Outcome> {
        let writes: Vec<Write> = (0..)
            .zip(writes)
            .map(|(number, (object_type, action))| Write::new(WriteId(number), object_type.into(), action))
            .collect();
        let count = writes.len();
        let mut outcomes: Vec<_> = self.ldap.apply(&self.context, writes).await.collect().await;
        outcomes.sort_by_key(|(id, _)| *id);
        assert_eq!(outcomes.len(), count);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    pub(crate) async fn write(&self, object_type: &str, action: WriteAction) -> Outcome {
        self.apply(vec![(object_type, action)]).await.remove(0)
    }

    /// Creates an object and returns its id.
    pub(crate) async fn create(&self, object_type: &str, attributes: Attributes) -> TargetId {
        match self.write(object_type, WriteAction::Create { attributes }).await {
            Outcome::Applied(applied) => applied.id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn update(
        &self,
        object_type: &str,
        target: &TargetId,
        deltas: Vec<(&str, ValuesChange)>,
    ) -> Outcome {
        self.write(object_type, update(target, deltas)).await
    }
}

/// Makes an update.
pub(crate) fn update(target: &TargetId, deltas: Vec<(&str, ValuesChange)>) -> WriteAction {
    let deltas = deltas.into_iter().map(|(name, change)| AttributeDelta::new(name, change)).collect();
    WriteAction::Update { target: target.clone(), version: None, deltas }
}

/// Makes a person.
pub(crate) fn person(uid: &str) -> Attributes {
    [("uid", uid), ("cn", "A person"), ("sn", "Person")].into_iter().collect()
}

/// Asserts that a write was done.
#[track_caller]
pub(crate) fn assert_applied(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
}

/// Forwards to a server in clear, shows what is asked, and lets answers be changed.
pub(crate) async fn forward(
    server: String,
    asked: impl FnMut(&[u8]) + Clone + Send + 'static,
    answered: impl FnMut(&mut [u8]) + Clone + Send + 'static,
) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.expect("the server");
            // What comes in parts would wait for an acknowledgement that comes late.
            for stream in [&client, &server] {
                stream.set_nodelay(true).expect("a connection");
            }
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            let mut asked = asked.clone();
            tokio::spawn(pass_on(from_client, to_server, move |bytes: &mut [u8]| asked(bytes)));
            tokio::spawn(pass_on(from_server, to_client, answered.clone()));
        }
    });
    address
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut see: impl FnMut(&mut [u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        see(&mut buffer[..count]);
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}
