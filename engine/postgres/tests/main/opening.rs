//! What is found when a store is opened: nothing, ours, or something else, which is left alone.

use provisio::Generation;
use provisio::model::{Secret, Text};
use provisio::store::{JobId, StateStore as _, StoreError};
use provisio_postgres::{PostgresSettings, PostgresStore};

use crate::support::{client, describe, links, new_schema, run, server, settings, sql};

async fn refusal(settings: PostgresSettings) -> String {
    describe(&PostgresStore::open(settings).await.expect_err("it was opened"))
}

/// Everything that a schema holds: tables, columns and rows.
async fn content(schema: &str) -> String {
    let xml = format!("SELECT schema_to_xml('{schema}', true, false, '')::text");
    client().await.query_one(&xml, &[]).await.expect("asked").get(0)
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn opened_by_many_at_once_it_is_made_once() {
    run(async {
        for schema in [new_schema(), format!("Odd \"name\"; {}", new_schema())] {
            let opened = (0..8).map(|_| PostgresStore::open(settings(&schema)));
            for store in futures::future::join_all(opened).await {
                let store = store.map_err(|it| describe(&it)).expect("opened");
                assert!(
                    store.jobs(provisio::model::Timestamp::from_second(0)).await.expect("listed").is_empty()
                );
            }
        }
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn who_only_looks_makes_nothing() {
    run(async {
        let schema = new_schema();
        assert!(PostgresStore::look(settings(&schema)).await.expect("looked").is_none());
        let there = client().await.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema]).await;
        assert!(there.expect("asked").is_empty());
        let store = PostgresStore::open(settings(&schema)).await.expect("opened");
        store.commit(&JobId::new("job"), Generation(0), links(0..3)).await.expect("committed");
        let seen = PostgresStore::look(settings(&schema)).await.expect("looked").expect("it is there");
        assert_eq!(seen.load(&JobId::new("job")).await.expect("loaded").links.len(), 3);
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_newer_format_is_refused_and_left_alone() {
    run(async {
        let schema = new_schema();
        PostgresStore::open(settings(&schema)).await.expect("opened");
        sql(&format!("UPDATE {schema}.provisio SET format = 7; DROP TABLE {schema}.sent")).await;
        let before = content(&schema).await;
        let error = refusal(settings(&schema)).await;
        assert!(
            error.ends_with("it has format 7, written by a newer version; this one knows formats up to 2"),
            "{error}"
        );
        assert_eq!(content(&schema).await, before);
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn format_1_is_upgraded_and_takes_what_is_known() {
    run(async {
        let schema = new_schema();
        let first = include_str!("../../schema/1.sql");
        sql(&format!(
            "CREATE SCHEMA {schema}; SET search_path = {schema}; {first}; \
             INSERT INTO provisio (format) VALUES (1); \
             INSERT INTO jobs (job, generation) VALUES ('job', 5); \
             INSERT INTO mappings (job, name) VALUES (1, 'users'); \
             INSERT INTO links (mapping, source, target, origin) VALUES (1, 'source 1', 'target 1', 'adopted')"
        ))
        .await;
        let before = content(&schema).await;
        let error = describe(&PostgresStore::look(settings(&schema)).await.expect_err("it only looks"));
        assert!(error.ends_with("it has format 1; the next run brings it to format 2"), "{error}");
        assert_eq!(content(&schema).await, before);
        // Several open it at once, and it is upgraded once.
        let opened = (0..4).map(|_| PostgresStore::open(settings(&schema)));
        let stores = futures::future::join_all(opened).await;
        let stores: Vec<_> =
            stores.into_iter().map(|it| it.map_err(|it| describe(&it)).expect("opened")).collect();
        let job = JobId::new("job");
        let state = stores[0].load(&job).await.expect("loaded");
        assert_eq!((state.generation, state.links.len()), (Generation(5), 1));
        let record = (Text::new("cycle"), b"{}".to_vec());
        let mut change = links(2..3);
        change.records = vec![(record.0.clone(), Some(record.1.clone()))];
        stores[1].commit(&job, Generation(5), change).await.expect("committed");
        assert_eq!(stores[2].head(&job).await.expect("loaded").records, [record]);
        assert_eq!(stores[3].load(&job).await.expect("loaded").links.len(), 2);
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn tables_of_another_program_are_refused_and_left_alone() {
    run(async {
        for table in ["jobs (number int)", "provisio (x int)", "links (x int)", "provisio (format bigint)"] {
            let schema = new_schema();
            sql(&format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.{table}")).await;
            let before = content(&schema).await;
            let error = refusal(settings(&schema)).await;
            let name = table.split(' ').next().expect("a name");
            let expected =
                format!("schema `{schema}` has a table `{name}` of another program; name another schema");
            assert!(error.ends_with(&expected), "{error}");
            assert_eq!(content(&schema).await, before);
        }
        // Other tables in the same schema are nobody's business.
        let schema = new_schema();
        sql(&format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.customers (x int)")).await;
        PostgresStore::open(settings(&schema)).await.expect("opened");
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_missing_table_and_a_senseless_value_are_damage() {
    run(async {
        let schema = new_schema();
        let store = PostgresStore::open(settings(&schema)).await.expect("opened");
        store.commit(&JobId::new("job"), Generation(0), links(0..1)).await.expect("committed");
        sql(&format!("UPDATE {schema}.links SET origin = 'bought'")).await;
        let Err(error) = store.load(&JobId::new("job")).await else { panic!("it was loaded") };
        assert!(error.to_string().ends_with("is damaged: `bought` is not an origin of a link"), "{error}");
        sql(&format!("DROP TABLE {schema}.links")).await;
        let Err(error) = store.load(&JobId::new("job")).await else { panic!("it was loaded") };
        assert!(matches!(error, StoreError::Damaged { .. }), "{}", describe(&error));
        let error = refusal(settings(&schema)).await;
        assert!(error.ends_with("is damaged: its table `links` is missing"), "{error}");
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_user_who_may_not_write_is_told_what_is_missing() {
    run(async {
        let (schema, user) = (new_schema(), format!("reader_{}", new_schema()));
        let store = PostgresStore::open(settings(&schema)).await.expect("opened");
        store.commit(&JobId::new("job"), Generation(0), links(0..1)).await.expect("committed");
        sql(&format!("CREATE ROLE {user} LOGIN PASSWORD 'hunter2'")).await;
        let url = server().replace("postgres@", &format!("{user}:hunter2@"));
        let reader =
            |schema: &str| PostgresSettings::parse(&url).expect("read").with_schema(schema).expect("a name");
        let error = refusal(reader(&schema)).await;
        assert!(error.contains("permission denied for schema"), "{error}");
        sql(&format!("GRANT USAGE ON SCHEMA {schema} TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {user}"))
            .await;
        let error = refusal(reader(&schema)).await;
        assert!(error.contains(&format!("user `{user}` may not write to schema `{schema}`: it lacks DELETE on applied_plans, INSERT on applied_plans")), "{error}");
        let seen = PostgresStore::look(reader(&schema)).await.expect("looked").expect("it is there");
        let error = seen.commit(&JobId::new("job"), Generation(1), links(1..2)).await.expect_err("a reader");
        assert!(describe(&error).contains("permission denied"), "{}", describe(&error));
        assert_eq!(seen.load(&JobId::new("job")).await.expect("loaded").links.len(), 1);
        // Nor may it make a store of its own.
        let error = refusal(reader(&new_schema())).await;
        assert!(error.contains("permission denied for database"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        // With the right to write it needs no more.
        sql(&format!("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {user}")).await;
        let writer = PostgresStore::open(reader(&schema)).await.map_err(|it| describe(&it)).expect("opened");
        writer.commit(&JobId::new("other"), Generation(0), links(0..1)).await.expect("committed");
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn another_database_is_named() {
    run(async {
        let url = format!("{}/nowhere", server().rsplit_once('/').expect("a database").0);
        let error = refusal(PostgresSettings::parse(&url).expect("read")).await;
        assert!(error.contains("database \"nowhere\" does not exist"), "{error}");
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_wrong_password_is_said_and_not_shown() {
    run(async {
        let (schema, user) = (new_schema(), format!("asked_{}", new_schema()));
        // Another test may make the group at the same moment.
        let group = "DO $$ BEGIN CREATE ROLE asked; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
        sql(group).await;
        sql(&format!("CREATE ROLE {user} LOGIN PASSWORD 'hunter2' IN ROLE asked; CREATE SCHEMA {schema} AUTHORIZATION {user}"))
            .await;
        let url = server().replace("postgres@", &format!("{user}@"));
        let settings = || PostgresSettings::parse(&url).expect("read").with_schema(&schema).expect("a name");
        let error = refusal(settings().with_password(&Secret::new("hunter3"))).await;
        assert!(error.contains(&format!("password authentication failed for user \"{user}\"")), "{error}");
        assert!(!error.contains("hunter"), "{error}");
        let error = refusal(settings()).await;
        assert!(error.ends_with("password missing"), "{error}");
        let right = settings().with_password(&Secret::new("hunter2"));
        PostgresStore::open(right).await.map_err(|it| describe(&it)).expect("opened");
    });
}
