"""The two tables that readers are timed on, made by the servers themselves: `narrow` has six columns of numbers and a
time, `wide` twenty with long text, JSON and a uuid, about 1.2 KB a row."""

_POSTGRES = """
CREATE TABLE narrow AS SELECT i::bigint AS id, (i * 7919 % 100003)::int AS user_id, (i % 50)::smallint AS kind,
  (i % 1000000 / 100.0)::numeric(12,2) AS amount, sqrt(i)::float8 AS value,
  timestamp '2020-01-01' + i * interval '17.25 seconds' AS ts FROM generate_series(1::bigint, {narrow}) AS i;
ALTER TABLE narrow ADD PRIMARY KEY (id);
CREATE TABLE wide AS SELECT i::bigint AS id, (i % 500)::int AS tenant_id, (i % 5003)::int AS author_id,
  nullif(i % 3, 0) * i AS parent_id, (i % 9)::smallint AS kind, i % 4 <> 0 AS is_published,
  ('status-' || i % 5)::varchar(16) AS status, 'en-GB'::varchar(8) AS locale,
  ('an-item-of-the-shop-' || i)::varchar(120) AS slug, ('The item number ' || i || ' of the shop')::varchar(255) AS title,
  repeat('A summary of ' || i || ' words. ', 8)::varchar(500) AS summary,
  repeat('Long text of item ' || i || ', as people write it: ünïcode too. ', 10) AS body,
  jsonb_build_object('id', i, 'tags', array['a', 'b', 'c'], 'weight', i / 7.0) AS metadata,
  (i % 100000 / 100.0)::numeric(12,2) AS price, ln(i)::float8 AS score, date '2020-01-01' + (i % 2000)::int AS publish_date,
  md5(i::text)::uuid AS external_id, (timestamp '2021-01-01' + i * interval '1 second')::timestamp(0) AS edited_at,
  timestamptz '2021-01-01 00:00Z' + i * interval '1.5 seconds' AS created_at,
  timestamp '2022-01-01' + i * interval '1.25 seconds' AS updated_at FROM generate_series(1::bigint, {wide}) AS i;
ALTER TABLE wide ADD PRIMARY KEY (id);
VACUUM (FREEZE, ANALYZE) narrow;
VACUUM (FREEZE, ANALYZE) wide
"""

_MARIADB = """
CREATE TABLE narrow (id bigint PRIMARY KEY, user_id int, kind smallint, amount decimal(12,2), value double, ts datetime(6));
INSERT INTO narrow SELECT seq, seq * 7919 % 100003, seq % 50, seq % 1000000 / 100.0, sqrt(seq),
  timestampadd(MICROSECOND, seq * 17250000, '2020-01-01') FROM seq_1_to_{narrow};
CREATE TABLE wide (id bigint PRIMARY KEY, tenant_id int, author_id int, parent_id bigint, kind smallint, is_published bool,
  status varchar(16), locale varchar(8), slug varchar(120), title varchar(255), summary varchar(500), body text, metadata json,
  price decimal(12,2), score double, publish_date date, external_id char(36), edited_at datetime, created_at timestamp(6) NULL,
  updated_at datetime(6));
INSERT INTO wide SELECT seq, seq % 500, seq % 5003, nullif(seq % 3, 0) * seq, seq % 9, seq % 4 <> 0,
  concat('status-', seq % 5), 'en-GB', concat('an-item-of-the-shop-', seq), concat('The item number ', seq, ' of the shop'),
  repeat(concat('A summary of ', seq, ' words. '), 8),
  repeat(concat('Long text of item ', seq, ', as people write it: ünïcode too. '), 10),
  json_object('id', seq, 'tags', 'a,b,c', 'weight', seq / 7.0), seq % 100000 / 100.0, ln(seq),
  date_add('2020-01-01', INTERVAL seq % 2000 DAY), uuid(), timestampadd(SECOND, seq, '2021-01-01'),
  timestampadd(MICROSECOND, seq * 1500000, '2021-01-01'), timestampadd(MICROSECOND, seq * 1250000, '2022-01-01')
  FROM seq_1_to_{wide};
ANALYZE TABLE narrow;
ANALYZE TABLE wide
"""


def statements(engine, narrow, wide):
    """SQL of the two tables of as many rows, a statement at a time."""
    text = {"postgres": _POSTGRES, "mysql": _MARIADB}[engine]
    return [one.strip() for one in text.format(narrow=narrow, wide=wide).split(";")]
