-- A small web shop: eight related tables, one of them empty, and a view. Everything is computed from the row's number
-- and a fixed seed, so two loads are equal. The largest table has 1.2 million rows.
SET client_min_messages = warning;
SELECT setseed(0.42);

CREATE TYPE order_status AS ENUM ('new', 'paid', 'packed', 'shipped', 'delivered', 'returned, refunded');
CREATE TYPE event_kind AS ENUM ('view', 'search', 'add_to_cart', 'checkout', 'payment', 'review');

CREATE TABLE customers (
  id            integer PRIMARY KEY,
  public_id     uuid NOT NULL UNIQUE,
  email         text NOT NULL,
  full_name     varchar(120) NOT NULL,
  country       char(2) NOT NULL,
  birthday      date,
  credit_limit  numeric(12, 2),
  newsletter    boolean NOT NULL,
  interests     text[] NOT NULL,
  preferences   jsonb,
  signed_up_at  timestamptz NOT NULL
);
INSERT INTO customers
SELECT i, md5('customer' || i)::uuid,
       (ARRAY['anna', 'björn', 'chloé', 'dmitri', 'emiko', 'fatima', 'goran', 'høne'])[1 + i % 8] || i || '@example.org',
       (ARRAY['Anna', 'Björn', 'Chloé', 'Дмитрий', '恵美子', 'Fatima', 'Goran', 'Høne'])[1 + i % 8] || ' '
         || (ARRAY['O''Neil', 'Müller', 'da Silva', 'Ivanova', '佐藤', 'El-Amin', 'Petrović'])[1 + i % 7],
       (ARRAY['DE', 'FR', 'JP', 'BR', 'RS', 'NO'])[1 + i % 6],
       CASE WHEN i % 9 <> 0 THEN date '1935-03-01' + (i * 37 % 25000) END,
       CASE WHEN i % 5 <> 0 THEN (i * 7919 % 1000000) / 100.0 END,
       i % 3 = 0,
       CASE i % 4 WHEN 0 THEN '{}'::text[] WHEN 1 THEN ARRAY['books', NULL, 'garden & home']
                  WHEN 2 THEN ARRAY['say "hi"', 'a,b'] ELSE ARRAY['sports'] END,
       CASE WHEN i % 6 <> 0 THEN jsonb_build_object('lang', (ARRAY['de', 'fr', 'ja'])[1 + i % 3], 'font', i % 5) END,
       timestamptz '2019-01-01 00:00:00.123456+00' + i * interval '53 minutes 7.000001 seconds'
FROM generate_series(1, 40000) AS i;

CREATE TABLE products (
  sku         text PRIMARY KEY,
  title       text NOT NULL,
  price       numeric(10, 2) NOT NULL,
  weight_kg   real,
  rating      double precision,
  dimensions  numeric(9, 3)[] NOT NULL,
  thumbnail   bytea,
  added_on    date NOT NULL
);
INSERT INTO products
SELECT 'SKU-' || lpad(i::text, 6, '0'),
       (ARRAY['Chair', 'Lamp', 'Kettle', 'Tent', 'Scarf', 'Desk'])[1 + i % 6] || ' "' || chr(65 + i % 26) || i || '"',
       (199 + i * 7907 % 99800) / 100.0,
       CASE WHEN i % 7 <> 0 THEN (i % 400) / 16.0 END,
       CASE WHEN i % 11 <> 0 THEN 1 + (i % 33) / 8.0 END,
       ARRAY[i % 200, i % 90 + 0.125, 0.001]::numeric(9, 3)[],
       CASE WHEN i % 4 = 0 THEN decode(md5(i::text) || md5('t' || i), 'hex') END,
       date '2015-06-01' + i % 3600
FROM generate_series(1, 5000) AS i;

CREATE TABLE orders (
  id          bigint PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  status      order_status NOT NULL,
  total       numeric(14, 4) NOT NULL,
  note        text,
  ordered_at  timestamp NOT NULL,
  updated_at  timestamptz NOT NULL
);
INSERT INTO orders
SELECT i, 1 + (random() * 39999)::int, (enum_range(NULL::order_status))[1 + i % 6],
       (i::bigint * 104729 % 100000000) / 10000.0,
       CASE i % 10 WHEN 0 THEN '' WHEN 1 THEN E'leave at the door,\nplease "ring" twice' WHEN 2 THEN '🎁 gift' END,
       timestamp '2021-01-01' + i * interval '11 minutes 3.25 seconds',
       timestamptz '2021-01-02 00:00+00' + i * interval '11 minutes 4 seconds'
FROM generate_series(1, 150000) AS i;

-- As it comes out of some object mappers: capitals and a blank in the name.
CREATE TABLE "Order Items" (
  "OrderId"   bigint NOT NULL REFERENCES orders (id),
  "Line"      smallint NOT NULL,
  "Sku"       text NOT NULL REFERENCES products (sku),
  "Quantity"  integer NOT NULL,
  "UnitPrice" numeric(10, 2) NOT NULL,
  "Discount%" numeric(5, 2),
  PRIMARY KEY ("OrderId", "Line")
);
INSERT INTO "Order Items"
SELECT o, l, 'SKU-' || lpad((1 + (o * 31 + l * 17) % 5000)::text, 6, '0'), 1 + (o + l) % 4,
       (199 + (o * 31 + l * 17)::bigint * 7907 % 99800) / 100.0, CASE WHEN (o + l) % 3 = 0 THEN (o % 400) / 10.0 END
FROM generate_series(1, 150000) AS o, generate_series(1, 2) AS l;

CREATE TABLE payments (
  id          uuid PRIMARY KEY,
  order_id    bigint NOT NULL REFERENCES orders,
  amount      numeric(38, 10) NOT NULL,
  provider    text NOT NULL,
  reference   json NOT NULL,
  paid_at     timestamptz
);
INSERT INTO payments
SELECT md5('payment' || i)::uuid, i, (i::numeric * 104729 % 100000000) / 10000 + 0.0000000001,
       (ARRAY['card', 'transfer', 'voucher'])[1 + i % 3],
       -- json keeps blanks, the order of keys, repeated keys and long numbers as they were written
       ('{"z": ' || i || ',  "a":[1.10,null], "z":12345678901234567890.5}')::json,
       CASE WHEN i % 8 <> 0 THEN timestamptz '2021-01-01 06:00+00' + i * interval '11 minutes 5 seconds' END
FROM generate_series(1, 120000) AS i;

CREATE TABLE content_items (
  id             bigint PRIMARY KEY,
  public_id      uuid NOT NULL,
  slug           text NOT NULL,
  title          text NOT NULL,
  body           text NOT NULL,
  summary        text,
  author         varchar(80) NOT NULL,
  language       char(2) NOT NULL,
  tags           text[],
  attributes     jsonb NOT NULL,
  revision       smallint NOT NULL,
  view_count     integer NOT NULL,
  like_count     bigint,
  score          double precision,
  price          numeric(18, 6),
  published      boolean NOT NULL,
  checksum       bytea NOT NULL,
  published_on   date,
  created_at     timestamp NOT NULL,
  updated_at     timestamptz NOT NULL
);
INSERT INTO content_items
SELECT i, md5('content' || i)::uuid, 'item-' || to_hex(i * 2654435761), 'On ' || md5('title' || i),
       repeat(md5(i::text) || ' lorem ipsum dolor sit amet, ' || md5('b' || i) || E'\n', 4 + i % 30),
       CASE WHEN i % 4 <> 0 THEN left(repeat(md5('s' || i) || ' ', 8), 40 + i % 200) END,
       (ARRAY['editorial', 'guest', 'Zoë Ångström'])[1 + i % 3], (ARRAY['en', 'de', 'ja'])[1 + i % 3],
       CASE WHEN i % 5 <> 0 THEN ARRAY['t' || i % 50, 'c' || i % 7] END,
       jsonb_build_object('words', 100 + i % 900, 'links', jsonb_build_array('/a/' || i, '/b/' || i % 13),
                          'draft', i % 17 = 0, 'ratio', (i % 1000) / 1000.0),
       i % 12, i * 31 % 100000, CASE WHEN i % 6 <> 0 THEN i::bigint * 1000003 END,
       CASE WHEN i % 13 <> 0 THEN sqrt(i) END, CASE WHEN i % 3 <> 0 THEN (i * 7 % 1000000) / 1000.0 END,
       i % 17 <> 0, decode(md5('c' || i), 'hex'), CASE WHEN i % 17 <> 0 THEN date '2018-01-01' + i % 2500 END,
       timestamp '2018-01-01 08:00' + i * interval '33 seconds', timestamptz '2024-05-01 00:00+00' + i * interval '1 second'
FROM generate_series(1, 60000) AS i;

CREATE TABLE events (
  id          bigint PRIMARY KEY,
  customer_id integer,
  kind        event_kind NOT NULL,
  sku         text,
  value       numeric(12, 3),
  happened_at timestamptz NOT NULL
);
INSERT INTO events
SELECT i, CASE WHEN i % 10 <> 0 THEN 1 + (i * 7919 % 40000)::int END, (enum_range(NULL::event_kind))[1 + i % 6],
       CASE WHEN i % 6 <> 1 THEN 'SKU-' || lpad((1 + i * 31 % 5000)::text, 6, '0') END,
       CASE WHEN i % 6 IN (3, 4) THEN (i * 104729 % 10000000) / 1000.0 END,
       timestamptz '2023-01-01 00:00+00' + i * interval '13.000777 seconds'
FROM generate_series(1::bigint, 1200000) AS i;

-- Nothing has come back yet.
CREATE TABLE returns (
  id        integer PRIMARY KEY,
  order_id  bigint NOT NULL REFERENCES orders,
  reason    text,
  refund    numeric(12, 2)
);

CREATE VIEW sales_by_month AS
SELECT date_trunc('month', ordered_at)::date AS month, status, count(*) AS orders, sum(total)::numeric(18, 4) AS total
FROM orders GROUP BY 1, 2;

CREATE ROLE shop_reader LOGIN PASSWORD 'read only, please';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO shop_reader;
ANALYZE;
