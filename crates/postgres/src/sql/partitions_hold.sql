-- partitions.hold
SELECT pg_try_advisory_xact_lock(hashtextextended('ringtrue.partitions', 0)),
       -- Whoever waits for a table holds up everybody who comes later: half as long as those wait, so that none of them is shed.
       set_config('lock_timeout', (extract(epoch FROM current_setting('lock_timeout')::interval) * 500)::bigint::text, true),
       -- Before a partition is attached, the default one is read through, in case it holds what belongs there.
       set_config('statement_timeout', '60s', true)
