//! The tables: they are made whole or not at all, and no others are taken for them.

use tokio_postgres::types::Type;

use crate::connections::{Access, Connections, Transaction, quoted};
use crate::fault::{Fault, Unfit};

/// What makes each format of the one before.
const MIGRATIONS: [&str; 2] = [include_str!("../schema/1.sql"), include_str!("../schema/2.sql")];

/// The tables of the current format; a schema that has one of them without [`MARK`] is somebody else's.
const TABLES: [&str; 20] = [
    "applied_plans",
    "jobs",
    "known_matches",
    "known_references",
    "known_sources",
    "known_targets",
    "known_values",
    "leaving",
    "ledger",
    "links",
    "mappings",
    "object_types",
    "records",
    "releases",
    "sent",
    "staged",
    "unanswered",
    "unanswered_values",
    "watermarks",
    MARK,
];

/// The table that says whose schema it is, and of which format.
const MARK: &str = "provisio";

/// The advisory lock under which tables are made: two that open a new store at once make it once.
const LOCK: i64 = 0x7072_6f76_6973_696f;

/// The oldest server, as `server_version_num` has it.
const SERVER_VERSION_MIN: i32 = 130_000;

/// What is there.
enum Found {
    /// Nothing of ours, and nothing in the way.
    Nothing,
    /// A store of this format, which is not newer than the current one.
    Format(usize),
}

/// Makes the tables, or brings them to the current format, and sees that the user may write to them.
pub(crate) async fn make(connections: &Connections) -> Result<(), Fault> {
    let transaction = connections.begin(Access::Look).await?;
    check_server(&transaction).await?;
    let found = look(&transaction, connections).await?;
    transaction.roll_back().await?;
    if !matches!(found, Found::Format(format) if format == MIGRATIONS.len()) {
        migrate(connections).await?;
    }
    let transaction = connections.begin(Access::Look).await?;
    check_privileges(&transaction, connections).await?;
    transaction.roll_back().await
}

/// Tells whether there is a store of the current format; changes nothing.
pub(crate) async fn is_there(connections: &Connections) -> Result<bool, Fault> {
    let transaction = connections.begin(Access::Look).await?;
    check_server(&transaction).await?;
    let found = look(&transaction, connections).await?;
    transaction.roll_back().await?;
    match found {
        Found::Nothing => Ok(false),
        Found::Format(found) if found == MIGRATIONS.len() => Ok(true),
        Found::Format(found) => {
            Err(Fault::failed(Unfit::Older { found: number(found), known: number(MIGRATIONS.len()) }))
        }
    }
}

async fn migrate(connections: &Connections) -> Result<(), Fault> {
    let transaction = connections.begin(Access::Change).await?;
    transaction.query("SELECT pg_advisory_xact_lock($1)", &[(&LOCK, Type::INT8)]).await?;
    let from = match look(&transaction, connections).await? {
        Found::Nothing => {
            let schema = connections.settings.schema.as_str();
            let exists = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
            if transaction.query_opt(exists, &[(&schema, Type::TEXT)]).await?.is_none() {
                transaction.batch(&format!("CREATE SCHEMA {}", quoted(schema))).await?;
            }
            0
        }
        Found::Format(format) => format,
    };
    for migration in MIGRATIONS.iter().skip(from) {
        transaction.batch(migration).await?;
    }
    if from < MIGRATIONS.len() {
        transaction.batch("DELETE FROM provisio").await?;
        let format = number(MIGRATIONS.len());
        transaction.execute("INSERT INTO provisio (format) VALUES ($1)", &[(&format, Type::INT8)]).await?;
    }
    transaction.commit().await
}

/// Looks what the schema holds.
async fn look(transaction: &Transaction<'_>, connections: &Connections) -> Result<Found, Fault> {
    let schema = connections.settings.schema.as_str();
    let foreign =
        |table: &str| Fault::failed(Unfit::Foreign { schema: schema.to_owned(), table: table.to_owned() });
    let sql = "SELECT c.relname::text, \
                      EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'format' \
                              AND a.atttypid = 'bigint'::regtype) \
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relname = ANY ($2) ORDER BY c.relname";
    let tables = transaction.query(sql, &[(&schema, Type::TEXT), (&&TABLES[..], Type::TEXT_ARRAY)]).await?;
    let mut first = None;
    let mut has_mark = false;
    for row in &tables {
        let (table, has_format): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
        if table == MARK {
            if !has_format {
                return Err(foreign(MARK));
            }
            has_mark = true;
        }
        first.get_or_insert(table);
    }
    match first {
        None => return Ok(Found::Nothing),
        Some(table) if !has_mark => return Err(foreign(&table)),
        Some(_) => {}
    }
    let formats = transaction.query(&format!("SELECT format FROM {}.provisio", quoted(schema)), &[]).await?;
    let [row] = formats.as_slice() else { return Err(foreign(MARK)) };
    let (found, known) = (row.try_get::<_, i64>(0)?, number(MIGRATIONS.len()));
    if found > known {
        return Err(Fault::failed(Unfit::Newer { found, known }));
    }
    let format = usize::try_from(found).ok().filter(|it| *it > 0);
    let format =
        format.ok_or_else(|| Fault::damaged(format_args!("it has format {found}, which never was")))?;
    if format == MIGRATIONS.len() && tables.len() < TABLES.len() {
        let is_there =
            |table: &&&str| tables.iter().any(|row| row.try_get::<_, &str>(0).is_ok_and(|it| it == **table));
        let missing = TABLES.iter().find(|it| !is_there(it)).copied().unwrap_or_default();
        return Err(Fault::damaged(format_args!("its table `{missing}` is missing")));
    }
    Ok(Found::Format(format))
}

async fn check_server(transaction: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
                      current_setting('server_encoding')";
    let Some(row) = transaction.query_opt(sql, &[]).await? else { return Ok(()) };
    if row.try_get::<_, i32>(0)? < SERVER_VERSION_MIN {
        return Err(Fault::failed(Unfit::Version(row.try_get(1)?)));
    }
    let encoding: String = row.try_get(2)?;
    if encoding == "UTF8" { Ok(()) } else { Err(Fault::failed(Unfit::Encoding(encoding))) }
}

/// Sees at the beginning what else the first commit would find out.
async fn check_privileges(transaction: &Transaction<'_>, connections: &Connections) -> Result<(), Fault> {
    let sql = "SELECT current_user::text, pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool, \
                      (SELECT string_agg(privilege || ' on ' || name, ', ' ORDER BY name, privilege) \
                       FROM unnest($2::text[]) AS name, \
                            unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS privilege \
                       WHERE name <> 'provisio' AND NOT has_table_privilege(format('%I.%I', $1, name), privilege))";
    let schema = connections.settings.schema.as_str();
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&schema, Type::TEXT), (&&TABLES[..], Type::TEXT_ARRAY)];
    let Some(row) = transaction.query_opt(sql, &parameters).await? else { return Ok(()) };
    if row.try_get(1)? {
        return Err(Fault::failed(Unfit::ReadOnly));
    }
    match row.try_get::<_, Option<String>>(2)? {
        None => Ok(()),
        Some(missing) => Err(Fault::failed(Unfit::Privileges {
            user: row.try_get(0)?,
            schema: schema.to_owned(),
            missing,
        })),
    }
}

fn number(format: usize) -> i64 {
    i64::try_from(format).unwrap_or(i64::MAX)
}
