-- The warehouse behind the shop, on MariaDB: six tables and a view. Everything is computed from the row's number, so two
-- loads are equal.
CREATE TABLE suppliers (
  id         int unsigned AUTO_INCREMENT PRIMARY KEY,
  name       varchar(80) NOT NULL UNIQUE,
  country    char(2) NOT NULL,
  rating     tinyint unsigned,
  vat_number varbinary(16),
  contract   json,
  since      year NOT NULL
);
INSERT INTO suppliers
SELECT seq, concat(elt(1 + seq % 4, 'Müller & Söhne', '佐藤商店', 'O''Neil', 'Høne "Plus"'), ' ', seq),
       elt(1 + seq % 5, 'DE', 'JP', 'IE', 'NO', 'BR'), IF(seq % 7 = 0, NULL, seq % 256), unhex(left(md5(seq), 18)),
       IF(seq % 3 = 0, NULL, json_object('terms', seq % 90, 'note', concat('üñí ', seq))), 1950 + seq % 76
FROM seq_1_to_2000;

CREATE TABLE stock (
  id          bigint unsigned PRIMARY KEY,
  supplier_id int unsigned NOT NULL,
  sku         varchar(20) NOT NULL,
  quantity    mediumint NOT NULL,
  zone        enum('dry', 'cold', 'hazard, locked') NOT NULL,
  handling    set('fragile', 'upright', 'keep dry') NOT NULL,
  flags       bit(12) NOT NULL,
  counted     boolean NOT NULL,
  weight_kg   float,
  volume      double,
  counted_at  datetime(6),
  updated_at  timestamp(6) NOT NULL
);
-- Keys above what a signed 64-bit number holds.
INSERT INTO stock
SELECT 18446744073709551615 - (seq - 1) * 3, 1 + seq % 2000, concat('SKU-', lpad(seq % 5000, 6, '0')),
       CAST(seq AS SIGNED) % 9000 - 200, 1 + seq % 3, seq % 8, seq % 4096, seq % 2, IF(seq % 9 = 0, NULL, seq / 16),
       sqrt(seq), IF(seq % 5 = 0, NULL, date_add('1969-12-31 23:00:00', INTERVAL seq * 7000001 MICROSECOND)),
       date_add('2024-03-31 00:30:00', INTERVAL seq SECOND)
FROM seq_1_to_150000;

CREATE TABLE prices (
  sku        varchar(20) NOT NULL,
  valid_from date NOT NULL,
  price      decimal(65,30) NOT NULL,
  factor     decimal(20,20),
  PRIMARY KEY (sku, valid_from)
);
INSERT INTO prices
SELECT concat('SKU-', lpad(seq % 5000, 6, '0')), date_add('2020-01-01', INTERVAL floor(seq / 5000) DAY),
       99999999999999999999999999999999999.999999999999999999999999999999 - seq, IF(seq % 4 = 0, NULL, seq / 1000000)
FROM seq_1_to_30000;

-- As it comes out of some object mappers: capitals, blanks and words of SQL in the names.
CREATE TABLE `Pick Lists` (
  `Order No` int NOT NULL PRIMARY KEY,
  `Select`   text,
  `Packed %` decimal(5,2),
  `Shift`    time(3) NOT NULL
);
INSERT INTO `Pick Lists`
SELECT seq, elt(1 + seq % 3, '', concat('left, then "right"\n', seq), NULL), seq % 10000 / 100,
       sec_to_time(seq * 1.5 % 86400)
FROM seq_1_to_40000;

-- Old devices have no number: the key that cuts this table into chunks has NULLs.
CREATE TABLE scans (
  device_id  int,
  scanned_at datetime(3) NOT NULL,
  code       char(32) NOT NULL,
  KEY by_device (device_id)
);
INSERT INTO scans
SELECT IF(seq % 11 = 0, NULL, seq % 6000), date_add('2024-01-01', INTERVAL seq * 1500 * 1000 MICROSECOND), md5(seq)
FROM seq_1_to_60000;

CREATE TABLE complaints (id int PRIMARY KEY, text longtext);

CREATE VIEW empty_shelves AS SELECT id, sku FROM stock WHERE quantity < 0;

ANALYZE TABLE suppliers, stock, prices, scans;
