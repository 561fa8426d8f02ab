-- bench: users as the server stores them, each with an unverified phone whose code is outstanding
INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
SELECT 'u' || lpad(n::text, 8, '0'),
       3,
       uuid_send(gen_random_uuid()),
       now(),
       format(
           '{"state":"active","organization":"ringtrue","username":"u%s","profile":{"given_name":"Ada","family_name":"Lovelace","display_name":"Ada Lovelace"},"email":{"address":"u%s@example.com","verified":true},"phone":{"number":"+4178%s","verified":false,"code":{"id":"%s","expires_at":"2030-01-01T00:00:00Z","digest":{"key_id":"bench","mac":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}},"failures":0,"lock":null,"created_at":"2026-01-01T00:00:00Z"}',
           n, n, lpad(n::text, 7, '0'), md5(n::text)
       )::jsonb
  FROM generate_series(1, :users) AS n;

INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
SELECT 'u' || lpad(n::text, 8, '0'), sequence, now(), 'bench', payload ->> 'type', payload
  FROM generate_series(1, :users) AS n
 CROSS JOIN LATERAL (
       VALUES (1, format('{"type":"user.human.added","organization":"ringtrue","username":"u%s","profile":{"given_name":"Ada","family_name":"Lovelace","display_name":"Ada Lovelace"},"email":"u%s@example.com","phone":"+4178%s","created_at":"2026-01-01T00:00:00Z"}', n, n, lpad(n::text, 7, '0'))::jsonb),
              (2, '{"type":"user.human.email.verified"}'::jsonb),
              (3, format('{"type":"user.human.phone.code.added","code":{"id":"%s","expires_at":"2030-01-01T00:00:00Z","digest":{"key_id":"bench","mac":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}},"returned":true}', md5(n::text))::jsonb)
       ) AS event (sequence, payload);

INSERT INTO claims (kind, value, user_id)
SELECT 'username', 'u' || n, 'u' || lpad(n::text, 8, '0')
  FROM generate_series(1, :users) AS n;

-- Messages of earlier calls.
INSERT INTO settled_messages (user_id, message_id, code_id, created_at, expires_at, state, attempts, settled_at, reference)
SELECT 'u' || lpad(n::text, 8, '0'), uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()),
       now(), now() + interval '10 minutes', 'sent', 1, now(), n
  FROM generate_series(1, least(:users, 20000)) AS n;

VACUUM ANALYZE;
CHECKPOINT;
