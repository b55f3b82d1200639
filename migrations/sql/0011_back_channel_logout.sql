-- An issuer says that a session there has ended (OpenID Connect Back-Channel Logout 1.0). The application has proved the token; here
-- it is used up and obeyed, in one statement. What is kept of it is a hash, for as long as the token could be shown again.

CREATE TABLE issuer_logouts (
  issuer_id   uuid NOT NULL REFERENCES issuers (id),
  jti_hash    bytea NOT NULL CHECK (octet_length(jti_hash) = 32),
  -- The session that ended there: a sign-in still on its way back from it opens none here (session_open).
  sid_hash    bytea CHECK (octet_length(sid_hash) = 32),
  received_at timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (issuer_id, jti_hash)
);
CREATE INDEX issuer_logouts_expired ON issuer_logouts (expires_at);
CREATE INDEX issuer_logouts_sid ON issuer_logouts (issuer_id, sid_hash);
CALL secure('issuer_logouts', '{}');
GRANT SELECT, INSERT, UPDATE, DELETE ON issuer_logouts TO portal_definer, portal_loader;

-- To whom a logout token may be addressed. An issuer that was switched off opens no session any more, and may still end its own.
CREATE FUNCTION logout_issuer(url text, client text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.id FROM issuers i WHERE i.issuer_url = url AND i.client_id = client
$$;
-- Ends the live sessions of one session at the issuer (`sid`), else all that the person behind `sub` has through this issuer; with both,
-- what is of both. Returns how many, NULL when this token was used before: of two at the same instant the second waits here for the first.
CREATE FUNCTION session_logout(issuer uuid, jti bytea, sid bytea, sub text, keep_until timestamptz, request uuid, now timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE home int; ended uuid; entry audit_entries; done int := 0;
BEGIN
  IF sid IS NULL AND sub IS NULL THEN RAISE EXCEPTION 'neither a session nor a subject' USING ERRCODE = '22004'; END IF;
  SELECT i.federation_id INTO STRICT home FROM issuers i WHERE i.id = issuer;
  IF sid IS NOT NULL THEN PERFORM pg_advisory_xact_lock(hashtextextended(issuer::text || encode(sid, 'hex'), 0)); END IF;
  INSERT INTO issuer_logouts (issuer_id, jti_hash, sid_hash, received_at, expires_at) VALUES (issuer, jti, sid, now, keep_until) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN NULL; END IF;
  FOR ended IN
    UPDATE sessions x SET revoked_at = now WHERE x.issuer_id = issuer AND x.revoked_at IS NULL AND (sid IS NULL OR x.issuer_sid = sid)
      AND (sub IS NULL OR EXISTS (SELECT 1 FROM identities d WHERE d.issuer_id = issuer AND d.subject = sub AND d.person_id = x.person_id))
    RETURNING x.id
  LOOP
    entry := ROW(gen_random_uuid(), home, now, NULL, NULL, 'back_channel_logout', 'identity.session_ended_by_issuer', ended,
      jsonb_build_object('issuer', issuer::text), request, NULL);
    entry.content_hash := audit_content_hash(entry);
    INSERT INTO audit_entries SELECT entry.*;
    done := done + 1;
  END LOOP;
  RETURN done;
END $$;
-- With the sign-ins that nobody finished go the tokens that nobody could show again.
CREATE FUNCTION sweep_issuer_logouts(now timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (DELETE FROM issuer_logouts WHERE expires_at < now AND scope_text('system') = 'sweep_sign_ins' RETURNING 1) SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION logout_issuer(text, text), session_logout(uuid, bytea, bytea, text, timestamptz, uuid, timestamptz), sweep_issuer_logouts(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION logout_issuer(text, text), session_logout(uuid, bytea, bytea, text, timestamptz, uuid, timestamptz) TO portal_app, portal_worker;
GRANT EXECUTE ON FUNCTION sweep_issuer_logouts(timestamptz) TO portal_worker;
