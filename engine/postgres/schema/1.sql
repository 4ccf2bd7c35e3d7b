-- Enums are kept as the words that plans and mapping files have. Text is compared bytewise, and holds U+0001 "0" for a
-- NUL, which PostgreSQL does not take, and U+0001 "1" for U+0001.

CREATE TABLE provisio (format bigint NOT NULL);

-- What stands for an id in an index, which does not take more than 2,700 bytes. Not STRICT: then it is not a call, but a
-- part of the statement, and a third of the time.
CREATE FUNCTION id_key(id text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN pg_catalog.octet_length(id) <= 1000 THEN id
                ELSE pg_catalog.left(id, 200) OPERATOR(pg_catalog.||) pg_catalog.md5(id) END
$$;

CREATE TABLE jobs (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job text COLLATE "C" NOT NULL,
    generation bigint NOT NULL DEFAULT 0,
    -- The last lease; without a holder it ended at lease_until.
    fence bigint NOT NULL DEFAULT 0,
    holder text COLLATE "C",
    lease_until timestamptz,
    -- Which call took the lease, so that one whose answer was lost can be told from another.
    lease_call bigint
);
CREATE UNIQUE INDEX jobs_by_job ON jobs (id_key(job));

CREATE TABLE mappings (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job bigint NOT NULL REFERENCES jobs,
    name text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX mappings_by_name ON mappings (job, id_key(name));

CREATE TABLE links (
    mapping bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    origin text NOT NULL
);
CREATE UNIQUE INDEX links_by_source ON links (mapping, id_key(source));
CREATE UNIQUE INDEX links_by_target ON links (mapping, id_key(target));

CREATE TABLE watermarks (
    job bigint NOT NULL REFERENCES jobs,
    object_type text COLLATE "C" NOT NULL,
    watermark bytea NOT NULL
);
CREATE UNIQUE INDEX watermarks_by_object_type ON watermarks (job, id_key(object_type));

CREATE TABLE applied_plans (
    job bigint NOT NULL REFERENCES jobs,
    generation bigint NOT NULL,
    fingerprint text NOT NULL,
    second bigint NOT NULL,
    nanosecond integer NOT NULL,
    PRIMARY KEY (job, generation)
);

CREATE TABLE leaving (
    mapping bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    trigger text NOT NULL,
    since_second bigint NOT NULL,
    since_nanosecond integer NOT NULL,
    step text NOT NULL,
    second bigint NOT NULL,
    nanosecond integer NOT NULL,
    target text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX leaving_by_source ON leaving (mapping, id_key(source));

CREATE TABLE sent (
    mapping bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    sent text NOT NULL,
    observed text,
    times bigint NOT NULL
);
CREATE INDEX sent_by_source ON sent (mapping, id_key(source));

-- Creates whose answer is not known, and the values that their objects would be found by.
CREATE TABLE unanswered (
    mapping bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    second bigint NOT NULL,
    nanosecond integer NOT NULL
);
CREATE UNIQUE INDEX unanswered_by_source ON unanswered (mapping, id_key(source));

CREATE TABLE unanswered_values (
    mapping bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    value text COLLATE "C" NOT NULL
);
CREATE INDEX unanswered_values_by_source ON unanswered_values (mapping, id_key(source));

CREATE TABLE ledger (
    job bigint NOT NULL REFERENCES jobs,
    second bigint NOT NULL,
    mapping bigint NOT NULL,
    limited text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (job, second, mapping, limited)
);

CREATE TABLE staged (
    mapping bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    action text NOT NULL,
    attribute text COLLATE "C",
    second bigint NOT NULL,
    nanosecond integer NOT NULL
);
CREATE INDEX staged_by_source ON staged (mapping, id_key(source));

CREATE TABLE releases (
    job bigint NOT NULL REFERENCES jobs,
    limited text,
    mapping text COLLATE "C",
    source text COLLATE "C",
    second bigint NOT NULL,
    nanosecond integer NOT NULL
);
CREATE UNIQUE INDEX releases_by_pattern ON releases (
    job, (limited IS NULL), id_key(coalesce(limited, '')), (mapping IS NULL), id_key(coalesce(mapping, '')),
    (source IS NULL), id_key(coalesce(source, ''))
);
