CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT, people INTEGER, land TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
INSERT INTO city SELECT i, printf('city-%05d', (i * 7919) % 10007), (i * 104729) % 999983,
	char(65 + i % 26) FROM n;
CREATE INDEX by_people ON city(people);
CREATE INDEX by_name ON city(name);
SELECT count(*), sum(people), min(name), max(name) FROM city;
EXPLAIN QUERY PLAN SELECT name FROM city WHERE people BETWEEN 1000 AND 2000 ORDER BY people;
SELECT name, people FROM city WHERE people BETWEEN 1000 AND 3000 ORDER BY people;
SELECT land, count(*), avg(people) FROM city GROUP BY land ORDER BY 1 LIMIT 5;
BEGIN; DELETE FROM city WHERE id % 3 = 0; ROLLBACK;
SELECT count(*) FROM city;
UPDATE city SET people = people + 1 WHERE land = 'C';
DELETE FROM city WHERE land = 'D';
SELECT count(*), sum(people) FROM city;
VACUUM;
PRAGMA integrity_check;
