-- What is known of single objects, so that an incremental cycle reads no more than it touches.

CREATE TABLE object_types (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job bigint NOT NULL REFERENCES jobs,
    -- `source` or `target`.
    side text NOT NULL,
    name text COLLATE "C" NOT NULL,
    -- How many objects of it are known.
    known bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX object_types_by_name ON object_types (job, side, id_key(name));

CREATE TABLE known_sources (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    object_type bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    -- By object mapping: `in`, `out` or `unclear`, with a space between two.
    scoped text NOT NULL
);
CREATE UNIQUE INDEX known_sources_by_id ON known_sources (object_type, id_key(id));

CREATE TABLE known_references (
    job bigint NOT NULL,
    source bigint NOT NULL,
    refers_to text COLLATE "C" NOT NULL
);
CREATE INDEX known_references_by_source ON known_references (source);
CREATE INDEX known_references_by_id ON known_references (job, id_key(refers_to));

CREATE TABLE known_matches (
    job bigint NOT NULL,
    source bigint NOT NULL,
    -- The position of the object mapping in the mapping file.
    position integer NOT NULL,
    precedence integer NOT NULL,
    value text COLLATE "C" NOT NULL
);
CREATE INDEX known_matches_by_source ON known_matches (source);
CREATE INDEX known_matches_by_value ON known_matches (job, position, precedence, id_key(value));

CREATE TABLE known_targets (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    object_type bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL
);
CREATE UNIQUE INDEX known_targets_by_id ON known_targets (object_type, id_key(id));

CREATE TABLE known_values (
    object_type bigint NOT NULL,
    target bigint NOT NULL,
    -- In lower case.
    attribute text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL
);
CREATE INDEX known_values_by_target ON known_values (target);
CREATE INDEX known_values_by_value ON known_values (object_type, id_key(attribute), id_key(value));

CREATE TABLE records (
    job bigint NOT NULL REFERENCES jobs,
    name text COLLATE "C" NOT NULL,
    value bytea NOT NULL
);
CREATE UNIQUE INDEX records_by_name ON records (job, id_key(name));
