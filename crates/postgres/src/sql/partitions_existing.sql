-- partitions.existing
SELECT pg_class.relname::text
  FROM pg_inherits
  JOIN pg_class ON pg_class.oid = pg_inherits.inhrelid
 WHERE pg_inherits.inhparent = $1::text::regclass
