-- A year of deals, in realistic shares of states. Each section below is one step; the number of deals is the setting
-- million.deals. Runs as the owner, on a server that checks no foreign key and runs no trigger meanwhile: the rows are
-- consistent by construction, and the last fortnight is the only time in which anything is still open.

-- == Deals
CREATE FUNCTION dice(seed bigint, salt int, faces int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((hashint8extended(seed, salt) & 9223372036854775807) % faces)::int;
CREATE FUNCTION digits(seed bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(seed || ':' || salt);
-- Numbers of people: one co-operative with a fiftieth of all deals, and many who deal a few times.
CREATE FUNCTION phone(number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '+2547' || lpad(number::text, 8, '0');
CREATE UNLOGGED TABLE deal AS
WITH made AS (
    SELECT g, now() - interval '365 days' * (1 - g::float8 / current_setting('million.deals')::bigint) AS made_at,
        dice(g, 1, 1000) AS fate, dice(g, 2, 100) AS size,
        g > current_setting('million.deals')::bigint * (1 - 14.0 / 365) AS recent
    FROM generate_series(1, current_setting('million.deals')::bigint) AS g
), ended AS (
    SELECT *, CASE
        WHEN recent AND fate < 60 THEN 'pending' WHEN recent AND fate < 120 THEN 'confirmed'
        WHEN recent AND fate < 250 THEN 'payment_locked' WHEN recent AND fate < 330 THEN 'delivered'
        WHEN recent AND fate < 345 THEN 'disputed'
        WHEN fate BETWEEN 900 AND 949 THEN 'expired' WHEN fate >= 950 THEN 'cancelled'
        ELSE 'completed' END AS status
    FROM made
)
SELECT g, made_at, fate, recent, status,
    (ARRAY['AG', 'AG', 'AG', 'AG', 'AG', 'SV', 'GD', 'GD', 'LG', 'OT'])[1 + dice(g, 3, 10)]
        || to_char(made_at AT TIME ZONE 'Africa/Nairobi', '-YYYY-') || lpad(g::text, greatest(6, length(g::text)), '0') AS id,
    CASE WHEN size < 60 THEN 500 + dice(g, 4, 19500) WHEN size < 90 THEN 20000 + dice(g, 4, 130000)
        ELSE 150000 + dice(g, 4, 350000) END AS amount,
    CASE WHEN dice(g, 5, 10) = 0 THEN 'africastalking' ELSE 'daraja' END AS gateway,
    phone(20000000 + dice(g, 6, 300000)) AS buyer,
    phone(CASE WHEN dice(g, 7, 50) = 0 THEN 10000000 ELSE 30000000 + dice(g, 7, 100000) END) AS seller,
    CASE status
        WHEN 'completed' THEN CASE WHEN recent AND fate % 40 = 0 THEN 'locked' ELSE 'released' END
        WHEN 'payment_locked' THEN 'locked' WHEN 'delivered' THEN 'locked' WHEN 'disputed' THEN 'locked'
        WHEN 'cancelled' THEN CASE WHEN fate < 985 THEN 'refunded' END
        WHEN 'expired' THEN CASE WHEN fate < 915 THEN 'failed' END
        WHEN 'confirmed' THEN CASE WHEN fate < 90 THEN 'pending' END
    END AS payment,
    upper(left(digits(g, 1), 12)) AS reference
FROM ended;
ALTER TABLE deal ADD PRIMARY KEY (g);
ANALYZE deal;

-- == Clients and staff
INSERT INTO users (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
SELECT '', false, 'client-' || n, '', '', '', n % 50 = 0, true, now() FROM generate_series(1, 500) AS n;
INSERT INTO api_keys (digest, token_key, user_id, name, scopes, rate, created, expiry)
SELECT digits(id, 9), left(digits(id, 9), 15), id, 'till', '{}', 600, now(), now() + interval '1 year' FROM users;
INSERT INTO idempotency_records (user_id, key, method, path, body_digest, claim, claimed_until, status, body, headers, created_at)
SELECT (SELECT min(id) FROM users) + dice(g, 8, 500), 'order-' || g, 'POST', '/api/v1/contracts', digits(g, 10),
    gen_random_uuid(), made_at, 201, '{"contract_id": "' || id || '"}', '{}', made_at
FROM deal WHERE g % 2 = 0;

-- == Contracts
INSERT INTO contracts (id, owner_id, contract_type, status, amount, currency, terms, transcript, audio_url,
    delivery_location, delivery_deadline, fees_paid_by, gateway, buyer_fee, seller_fee, payment_reference,
    contract_hash, cancellation_reason, created_at, confirmed_at, locked_at, delivered_at, ended_at)
SELECT id, (SELECT min(u.id) FROM users u) + dice(g, 8, 500),
    CASE left(id, 2) WHEN 'AG' THEN 'agricultural_supply' WHEN 'SV' THEN 'service' WHEN 'GD' THEN 'goods'
        WHEN 'LG' THEN 'logistics' ELSE 'other' END,
    status, amount, 'KES', '{"product": "Maize", "quantity": 100, "unit": "bags"}', '', '', 'Nakuru', NULL, 'platform',
    gateway, 0, 0, reference, digits(g, 11) || digits(g, 12), '', made_at, made_at + interval '1 hour',
    made_at + interval '5 hours', made_at + interval '2 days',
    CASE WHEN status IN ('completed', 'cancelled', 'expired') THEN made_at + interval '3 days' END
FROM deal ORDER BY g;

-- == Serials
INSERT INTO contracts_contractserial (series, last) SELECT left(id, 7), max(g) FROM deal GROUP BY 1;

-- == Parties
INSERT INTO contracts_party (id, contract_id, role, phone, name, language)
SELECT g * 3 + n, id, CASE n WHEN 0 THEN 'buyer' WHEN 1 THEN 'seller' ELSE 'payer' END,
    CASE n WHEN 0 THEN buyer WHEN 1 THEN seller ELSE phone(40000000 + dice(g, 13, 100000)) END,
    CASE n WHEN 0 THEN 'Wanjiku' WHEN 1 THEN 'Otieno' ELSE 'Achieng' END, CASE WHEN g % 2 = 0 THEN 'sw' ELSE 'en' END
FROM deal, generate_series(0, 2) AS n WHERE n < 2 OR g % 20 = 0 ORDER BY g, n;

-- == Confirmations
INSERT INTO contracts_confirmation (contract_id, party_id, kind, channel, at)
SELECT id, g * 3 + n % 2, (ARRAY['agreed', 'agreed', 'accepted', 'delivered'])[1 + n],
    CASE WHEN g % 7 = 0 THEN 'ussd' ELSE 'sms' END, made_at + interval '1 hour' * (1 + 20 * n)
FROM deal, generate_series(0, 3) AS n
WHERE (n < 2 AND status <> 'pending' AND fate < 985) OR (n >= 2 AND status = 'completed') OR (n = 3 AND status = 'delivered')
ORDER BY g, n;

-- == Deadlines
INSERT INTO contracts_deadline (contract_id, kind, subject, due_at, times_moved, closed_at)
SELECT id, kind, '', made_at + due, 0, CASE WHEN open_in IS DISTINCT FROM status THEN made_at + due * 0.9 END
FROM deal, (VALUES (1, 'agreement', interval '1 day', 'pending'), (2, 'funding', interval '3 days', 'confirmed'),
    (3, 'delivery', interval '20 days', 'payment_locked'), (4, 'acceptance', interval '20 days', 'delivered'),
    (5, 'dispute_decision', interval '20 days', 'disputed')) AS timer (n, kind, due, open_in)
WHERE n = 1 OR (n = 2 AND status <> 'pending') OR open_in = status OR (n = 4 AND status = 'completed') ORDER BY g, n;

-- == Disputes
INSERT INTO contracts_dispute (id, contract_id, opener, opened_by_id, channel, reason, opened_at, answered_at, closed_at,
    outcome, seller_amount, buyer_amount)
SELECT g, id, 'party', g * 3, 'sms', 'Only 80 of 100 bags came', made_at + interval '2 days',
    made_at + interval '3 days', CASE WHEN status <> 'disputed' THEN made_at + interval '4 days' END,
    CASE WHEN status <> 'disputed' THEN 'split' ELSE '' END, NULL, NULL
FROM deal WHERE status = 'disputed' OR (status = 'completed' AND fate % 100 = 7) ORDER BY g;
INSERT INTO contracts_evidence (dispute_id, party_id, actor, channel, text, file, file_name, content_type, size, sha256, added_at)
SELECT id, opened_by_id + n, 'party:' || opened_by_id + n, 'sms', 'The bags were wet', '', '', '', 0, '', opened_at
FROM contracts_dispute, generate_series(0, 1) AS n ORDER BY id;

-- == Payments
INSERT INTO payments (id, contract_id, serial, transaction_id, external_transaction_id, reference, payer_phone,
    recipient_phone, amount, buyer_fee, seller_fee, currency, payment_type, status, payment_method, gateway, created_at,
    confirmed_at, released_at, refunded_at, failure_code, failure_reason, retry_count, payment_metadata)
SELECT g, id, 1, 'TXN-' || id || '-001', 'ws_CO_' || lpad((g * 16)::text, 20, '0'), reference, buyer, seller, amount, 0, 0,
    'KES', 'escrow', payment, 'mpesa', gateway, made_at + interval '4 hours',
    CASE WHEN payment IN ('locked', 'released') THEN made_at + interval '5 hours' END,
    CASE WHEN payment = 'released' THEN made_at + interval '3 days' END,
    CASE WHEN payment = 'refunded' THEN made_at + interval '3 days' END,
    CASE WHEN payment = 'failed' THEN 'no_response' ELSE '' END, '', 0, '{"order": 7}'
FROM deal WHERE payment IS NOT NULL ORDER BY g;

-- == Transfers
-- move: 0 and 1 the parts of the collection, 2 an attempt at it that failed, 4 and 5 the parts of the payout, 6 an
-- attempt at that which was refused, 8 and 9 the reversals.
CREATE UNLOGGED TABLE move AS
SELECT g, n, id, made_at, gateway, buyer, seller, payment, md5('transfer' || g * 16 + n)::uuid AS key, part,
    CASE WHEN n < 3 THEN 'collection' WHEN n < 7 THEN 'payout' ELSE 'reversal' END AS kind,
    CASE WHEN n IN (2, 6) OR payment = 'failed' THEN 'failed' WHEN payment = 'pending' THEN 'submitted'
        WHEN n IN (4, 5) AND payment = 'locked' THEN CASE WHEN fate % 160 = 0 THEN 'unknown' ELSE 'submitted' END
        ELSE 'succeeded' END AS status,
    CASE WHEN amount <= 250000 OR gateway <> 'daraja' THEN amount WHEN part = 1 THEN 250000 ELSE amount - 250000 END AS amount
FROM deal, generate_series(0, 9) AS n, LATERAL (SELECT CASE WHEN n IN (1, 5, 9) THEN 2 ELSE 1 END AS part) AS parts
WHERE payment IS NOT NULL AND (part = 1 OR amount >= 250010 AND gateway = 'daraja') AND (
    n IN (0, 1) OR (n = 2 AND fate % 10 = 3) OR (n IN (4, 5) AND (payment = 'released' OR payment = 'locked' AND status = 'completed'))
    OR (n = 6 AND fate % 100 = 9 AND payment = 'released') OR (n IN (8, 9) AND payment = 'refunded'));
INSERT INTO payments_transfer (id, payment_id, kind, part, original_id, gateway, phone, amount, currency, status,
    originator_conversation_id, token, external_id, receipt_number, failure_code, failure_reason, created_at, not_before,
    claimed_at, submitted_at, finished_at, next_ask_at, times_asked, inquiry_id, rail_confirmed_at, return_reason,
    quarantined_at, quarantine_reason)
SELECT key, g, kind, part, CASE WHEN kind = 'reversal' THEN md5('transfer' || g * 16 + n - 8)::uuid END, gateway,
    CASE kind WHEN 'payout' THEN seller ELSE buyer END, amount, 'KES', status, 'VP' || digits(g, n + 20),
    digits(g, n + 40), 'ws_CO_' || lpad((g * 16 + n)::text, 20, '0'),
    CASE WHEN status = 'succeeded' THEN 'U' || lpad(upper(to_hex(g * 16 + n)), 9, '0') ELSE '' END,
    CASE WHEN status = 'failed' THEN '1037' ELSE '' END, CASE WHEN status = 'failed' THEN 'No answer from the phone' ELSE '' END,
    at, at, at, at, CASE WHEN status IN ('succeeded', 'failed') THEN at + interval '1 minute' END,
    CASE WHEN status IN ('submitted', 'unknown') THEN at + interval '5 minutes' END, 0, '',
    CASE WHEN status = 'succeeded' AND g % 5000 > 0 THEN at + interval '2 minutes' END, '',
    CASE WHEN g % 5000 = 1 AND n = 0 THEN at END, CASE WHEN g % 5000 = 1 AND n = 0 THEN 'another amount' ELSE '' END
FROM (SELECT *, made_at + CASE WHEN n < 4 THEN interval '4 hours' ELSE interval '3 days' END AS at FROM move) AS moves
ORDER BY at;

-- == Postings and balances
INSERT INTO payments_posting (source, destination, amount, currency, payment_id, transfer_id, deposit_id, at)
SELECT source, destination, amount, 'KES', g, key, NULL, made_at + due
FROM (
    SELECT *, 'outside' AS source, 'held:TXN-' || id || '-001' AS destination, interval '5 hours' AS due
    FROM move WHERE kind = 'collection' AND status = 'succeeded'
    UNION ALL
    SELECT *, 'held:TXN-' || id || '-001', 'in_transit:' || key, interval '3 days' FROM move WHERE kind <> 'collection'
    UNION ALL
    SELECT *, 'in_transit:' || key, CASE status WHEN 'failed' THEN 'held:TXN-' || id || '-001' ELSE 'outside' END,
        interval '73 hours' FROM move WHERE kind <> 'collection' AND status IN ('succeeded', 'failed')
) AS moved ORDER BY made_at + due;
INSERT INTO payments_balance (account, amount, currency)
SELECT 'held:TXN-' || id || '-001', sum(CASE WHEN kind = 'collection' THEN amount ELSE -amount END), 'KES'
FROM move WHERE status <> 'failed' AND (kind <> 'collection' OR status = 'succeeded') GROUP BY id;
INSERT INTO payments_balance (account, amount, currency)
SELECT 'in_transit:' || key, CASE WHEN status IN ('submitted', 'unknown') THEN amount ELSE 0 END, 'KES'
FROM move WHERE kind <> 'collection';

-- == Callbacks
INSERT INTO payments_callback (gateway, kind, transfer_id, deposit_id, body, address, received_at, attempts, not_before,
    worked_at, result)
SELECT gateway, CASE kind WHEN 'collection' THEN 'stk' ELSE 'b2c' END, key, NULL,
    '{"Body": {"stkCallback": {"MerchantRequestID": "' || digits(g, 70) || '", "CheckoutRequestID": "ws_CO_'
        || lpad((g * 16 + n)::text, 20, '0') || '", "ResultCode": 0, "ResultDesc": "The service request is processed '
        || 'successfully.", "CallbackMetadata": {"Item": [{"Name": "Amount", "Value": ' || amount || '}]}}}}',
    '127.0.0.1', at, 1, at, CASE WHEN g % 100000 > 0 THEN at END,
    CASE WHEN g % 5000 = 1 AND n = 0 THEN 'quarantined: another amount' ELSE 'settled' END
FROM (SELECT *, made_at + CASE WHEN n < 4 THEN interval '5 hours' ELSE interval '73 hours' END AS at FROM move
    WHERE status <> 'submitted' AND (n <> 0 OR g % 5 < 4)) AS moves ORDER BY at;

-- == Deposits
INSERT INTO payments_deposit (gateway, receipt_number, reference, amount, currency, phone, status, token, inquiry_id,
    next_ask_at, times_asked, created_at, confirmed_at, finished_at)
SELECT gateway, 'D' || lpad(upper(to_hex(g)), 9, '0'), reference, amount, 'KES', buyer,
    CASE WHEN recent AND g % 20 = 0 THEN 'suspense' WHEN recent AND g % 30 = 0 THEN 'told' WHEN g % 40 = 0 THEN 'returned'
        ELSE 'kept' END, digits(g, 71), '', NULL, 0, made_at, made_at, made_at
FROM deal WHERE g % 50 IN (0, 10) ORDER BY g;

-- == Proposals and stops
INSERT INTO payments_proposal (kind, subject, contract_id, dispute_id, details, reason, attachment, attachment_sha256,
    status, proposed_by_id, proposed_at, expires_at, decided_by_id, decided_at, note)
SELECT 'decision', 'dispute:' || id, contract_id, id, '{"seller_amount": 400, "buyer_amount": 600}', '80 of 100 came', '', '',
    CASE WHEN closed_at IS NULL THEN 'proposed' ELSE 'approved' END, (SELECT min(id) FROM users), opened_at,
    opened_at + interval '30 days', CASE WHEN closed_at IS NOT NULL THEN (SELECT max(id) FROM users) END, closed_at, ''
FROM contracts_dispute ORDER BY opened_at;
INSERT INTO payments_payoutstop (gateway, contract_id, code, reason, stopped_by, stopped_at, lifted_by, lifted_at)
SELECT '', id, 'contradicted', '', 'clock', made_at, 'staff:1', CASE WHEN NOT recent THEN made_at + interval '1 hour' END
FROM deal WHERE g % 2000 = 0 ORDER BY g;
INSERT INTO payments_wallet (gateway, currency, available, charges_expected, charges_gap, updated_at)
VALUES ('daraja', 'KES', 90000000, 0, 0, now()), ('africastalking', 'KES', 9000000, 0, 0, now());

-- == Events
INSERT INTO contracts_event (id, contract_id, chain, serial, kind, actor, channel, at, payload, previous_hash, hash, signature)
SELECT g * 4 + n, id, id, n + 1, kind, actor, channel, made_at + due, '{"amount": 1000, "currency": "KES"}',
    CASE WHEN n = 0 THEN '' ELSE digits(g, n + 79) || digits(g, n + 89) END, digits(g, n + 80) || digits(g, n + 90),
    digits(g, 100) || digits(g, 101) || digits(g, 102) || digits(g, 103)
FROM deal, (VALUES (0, 'contract.drafted', 'client:1', 'api', interval '0 hours'),
    (1, 'contract.confirmed', 'party:7', 'sms', interval '1 hour'), (2, 'payment.locked', 'rail:daraja', 'rail', interval '5 hours'),
    (3, 'payment.released', 'rail:daraja', 'rail', interval '3 days')) AS entry (n, kind, actor, channel, due)
WHERE n = 0 OR (n = 1 AND status <> 'pending') OR (n = 2 AND payment IN ('locked', 'released')) OR (n = 3 AND payment = 'released')
ORDER BY g, n;
INSERT INTO contracts_chain (name, serial, head) SELECT id, 1, digits(g, 80) || digits(g, 90) FROM deal ORDER BY g;
INSERT INTO contracts_chain (name, serial, head) VALUES ('system', 0, '');
INSERT INTO contracts_outbox (event_id, reader, attempts, not_before)
SELECT g * 4, 'announcements', 0, made_at FROM deal WHERE recent AND g % 400 = 0;

-- == Messages
INSERT INTO notifications_message (event_id, party_id, contract_id, kind, phone, language, text, status, provider_id,
    cost, cost_currency, failure_reason, attempts, created_at, not_before, sent_at, finished_at)
SELECT g * 4, g * 3 + n, id, 'asked_to_agree', CASE n WHEN 0 THEN buyer ELSE seller END, 'en',
    'VoicePact: Maize, 100 bags, KES ' || amount || '. To agree reply YES-' || id,
    CASE WHEN dice(g, 72, 100) = 0 THEN 'failed' WHEN recent AND dice(g, 73, 1000) = n THEN 'queued' WHEN dice(g, 74, 50) = 0 THEN 'unknown'
        WHEN recent AND g % 3 = 0 THEN 'sent' ELSE 'delivered' END,
    'ATXid_' || digits(g * 3 + n, 75), 0.8, 'KES', CASE WHEN dice(g, 72, 100) = 0 THEN 'UserInBlackList' ELSE '' END, 1,
    made_at, made_at, made_at, made_at
FROM deal, generate_series(0, 1) AS n ORDER BY g, n;
INSERT INTO notifications_inboundmessage (message_id, phone, text, raw, received_at, contract_id, party_id, command, result,
    needs_staff, closed_because, attempts, not_before, worked_at)
SELECT digits(g, 76), buyer, 'YES-' || id, '{"from": "somebody"}', made_at + interval '1 hour', id, g * 3, 'YES', 'agreed',
    g % 1000 = 0, '', 1, made_at, CASE WHEN g % 100000 > 0 THEN made_at END
FROM deal WHERE status <> 'pending' ORDER BY g;
INSERT INTO notifications_deliveryreport (provider_id, status, failure_reason, raw, received_at, attempts, not_before, worked_at)
SELECT 'ATXid_' || digits(g * 3, 75), 'Success', '', '{"status": "Success"}', made_at, 1, made_at,
    CASE WHEN g % 100000 > 0 THEN made_at END
FROM deal ORDER BY g;
INSERT INTO notifications_alert (event_id, subject, body, created_at)
SELECT g * 4, 'Payouts of ' || id || ' are stopped', 'What to do: look.', made_at FROM deal WHERE g % 200 = 0 ORDER BY g;
INSERT INTO notifications_alertdelivery (alert_id, road, attempts, not_before, taken_at, failure_reason)
SELECT id, 'email', 1, created_at, CASE WHEN id % 1000 > 0 THEN created_at END, '' FROM notifications_alert;
DROP TABLE move;
DROP TABLE deal;
DROP FUNCTION dice(bigint, int, int);
DROP FUNCTION digits(bigint, int);
DROP FUNCTION phone(bigint);
