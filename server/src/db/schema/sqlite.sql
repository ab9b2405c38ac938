CREATE TABLE application_consents (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      scopes TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      CONSTRAINT application_consents_pair UNIQUE (application_id, user_id)
    ) STRICT;

CREATE INDEX application_consents_user_id ON application_consents (user_id, created_at, id);

CREATE TABLE application_sign_ins (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      sid TEXT NOT NULL CONSTRAINT application_sign_ins_sid UNIQUE,
      scopes TEXT NOT NULL,
      code_hash TEXT CONSTRAINT application_sign_ins_code UNIQUE,
      code_challenge TEXT,
      redirect_uri TEXT,
      nonce TEXT,
      signed_in_at TEXT NOT NULL,
      created_at TEXT NOT NULL,
      redeemed_at TEXT,
      refresh_handle TEXT CONSTRAINT application_sign_ins_refresh UNIQUE,
      refresh_hash TEXT,
      refresh_spent TEXT,
      last_used_at TEXT,
      expires_at TEXT NOT NULL,
      CONSTRAINT application_sign_ins_handle CHECK ((refresh_handle IS NULL) = (refresh_hash IS NULL))
    ) STRICT;

CREATE INDEX application_sign_ins_application_id ON application_sign_ins (application_id, user_id);

CREATE INDEX application_sign_ins_expires_at ON application_sign_ins (expires_at);

CREATE INDEX application_sign_ins_user_id ON application_sign_ins (user_id, application_id);

CREATE TABLE applications (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      client_id TEXT NOT NULL CONSTRAINT applications_client_id UNIQUE,
      name TEXT NOT NULL,
      kind TEXT NOT NULL CONSTRAINT applications_kind CHECK (kind IN ('browser', 'native', 'server')),
      redirect_uris TEXT NOT NULL,
      post_logout_redirect_uris TEXT NOT NULL,
      origins TEXT NOT NULL,
      scopes TEXT NOT NULL,
      roles TEXT,
      trusted INTEGER NOT NULL CHECK (trusted IN (0, 1)),
      id_token_alg TEXT NOT NULL CONSTRAINT applications_id_token_alg CHECK (id_token_alg IN ('RS256', 'ES256')),
      secret_hash TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      version INTEGER NOT NULL,
      CONSTRAINT applications_secret CHECK ((kind = 'server') = (secret_hash IS NOT NULL))
    ) STRICT;

CREATE INDEX applications_created_at ON applications (created_at, id);

CREATE TABLE audit_chain (
      seq INTEGER PRIMARY KEY,
      audit_id INTEGER NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;

CREATE UNIQUE INDEX audit_chain_audit_id ON audit_chain (audit_id);

CREATE TABLE audit_chain_state (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      seq INTEGER NOT NULL,
      hash TEXT NOT NULL,
      last_id INTEGER NOT NULL,
      chained_at TEXT,
      anchor_seq INTEGER NOT NULL,
      anchor_hash TEXT NOT NULL
    ) STRICT;

CREATE TABLE audit_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      occurred_at TEXT NOT NULL,
      actor_type TEXT NOT NULL,
      actor_id INTEGER,
      actor_name TEXT NOT NULL,
      action TEXT NOT NULL,
      target_type TEXT NOT NULL,
      target_id INTEGER,
      ip TEXT,
      request_id TEXT,
      before TEXT,
      after TEXT
    ) STRICT;

CREATE INDEX audit_log_action ON audit_log (action, occurred_at, id);

CREATE INDEX audit_log_actor ON audit_log (actor_id, occurred_at, id);

CREATE INDEX audit_log_actor_type ON audit_log (actor_type, occurred_at, id);

CREATE INDEX audit_log_occurred_at ON audit_log (occurred_at, id);

CREATE INDEX audit_log_target ON audit_log (target_type, target_id, occurred_at, id);

CREATE TABLE audit_sinks (
      target TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      lease_token TEXT,
      lease_until TEXT
    ) STRICT;

CREATE TABLE automation_attempts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      run_id INTEGER NOT NULL REFERENCES automation_runs (id) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      name TEXT NOT NULL,
      outcome TEXT NOT NULL CONSTRAINT automation_attempts_outcome CHECK (outcome IN ('succeeded', 'failed', 'interrupted')),
      error TEXT,
      input TEXT,
      output TEXT,
      started_at TEXT NOT NULL,
      duration_ms INTEGER NOT NULL
    ) STRICT;

CREATE UNIQUE INDEX automation_attempts_done ON automation_attempts (run_id, step) WHERE outcome = 'succeeded';

CREATE INDEX automation_attempts_run_id ON automation_attempts (run_id, id);

CREATE TABLE automation_circuits (
      automation_id INTEGER NOT NULL REFERENCES automations (id),
      step TEXT NOT NULL,
      consecutive_failures INTEGER NOT NULL,
      failing_since TEXT,
      last_success_at TEXT,
      last_failure_at TEXT,
      test_failed_at TEXT,
      circuit_trips INTEGER NOT NULL,
      circuit_open_until TEXT,
      PRIMARY KEY (automation_id, step)
    ) STRICT;

CREATE TABLE automation_effects (
      event_id INTEGER NOT NULL PRIMARY KEY,
      run_id INTEGER NOT NULL REFERENCES automation_runs (id) ON DELETE CASCADE
    ) STRICT;

CREATE INDEX automation_effects_run_id ON automation_effects (run_id);

CREATE TABLE automation_log (
      id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
      event_id INTEGER NOT NULL
    ) STRICT;

CREATE TABLE automation_runs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      automation_id INTEGER NOT NULL REFERENCES automations (id),
      automation_version INTEGER NOT NULL,
      trigger_type TEXT NOT NULL,
      event_id INTEGER,
      event_type TEXT,
      subject_id INTEGER,
      started_by INTEGER,
      input TEXT,
      depth INTEGER NOT NULL,
      steps TEXT NOT NULL,
      secrets TEXT,
      status TEXT NOT NULL CONSTRAINT automation_runs_status CHECK (status IN ('pending', 'running', 'waiting', 'succeeded', 'stopped', 'failed', 'cancelled', 'cut')),
      reason TEXT,
      error TEXT,
      step INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      next_at TEXT,
      lease_token TEXT,
      lease_until TEXT,
      finished_at TEXT,
      CONSTRAINT automation_runs_due CHECK ((status IN ('pending', 'waiting')) = (next_at IS NOT NULL)),
      CONSTRAINT automation_runs_running CHECK ((status = 'running') = (lease_token IS NOT NULL)),
      CONSTRAINT automation_runs_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
      CONSTRAINT automation_runs_finished CHECK ((status IN ('succeeded', 'stopped', 'failed', 'cancelled', 'cut')) = (finished_at IS NOT NULL)),
      CONSTRAINT automation_runs_secrets CHECK (secrets IS NULL OR finished_at IS NULL)
    ) STRICT;

CREATE INDEX automation_runs_automation_id ON automation_runs (automation_id, created_at, id);

CREATE INDEX automation_runs_created_at ON automation_runs (created_at, id);

CREATE UNIQUE INDEX automation_runs_event ON automation_runs (event_id, automation_id) WHERE event_id IS NOT NULL;

CREATE INDEX automation_runs_finished_at ON automation_runs (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX automation_runs_lease_until ON automation_runs (lease_until) WHERE status = 'running';

CREATE INDEX automation_runs_next_at ON automation_runs (next_at, id) WHERE status IN ('pending', 'waiting');

CREATE INDEX automation_runs_started_by ON automation_runs (started_by) WHERE started_by IS NOT NULL;

CREATE INDEX automation_runs_status ON automation_runs (status, created_at, id);

CREATE INDEX automation_runs_subject_id ON automation_runs (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE automation_triggers (
      event_type TEXT NOT NULL,
      key TEXT NOT NULL,
      automation_id INTEGER NOT NULL REFERENCES automations (id),
      after_event_id INTEGER NOT NULL,
      PRIMARY KEY (event_type, key, automation_id)
    ) WITHOUT ROWID, STRICT;

CREATE INDEX automation_triggers_automation_id ON automation_triggers (automation_id);

CREATE TABLE automations (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      description TEXT NOT NULL,
      enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
      trigger_type TEXT NOT NULL CONSTRAINT automations_trigger_type CHECK (trigger_type IN ('event', 'schedule', 'button')),
      trigger_json TEXT NOT NULL,
      steps TEXT NOT NULL,
      secrets TEXT,
      owner_id INTEGER NOT NULL REFERENCES users (id),
      credential_id INTEGER REFERENCES credentials (id),
      next_run_at TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT,
      version INTEGER NOT NULL
    ) STRICT;

CREATE INDEX automations_created_at ON automations (created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX automations_credential_id ON automations (credential_id) WHERE credential_id IS NOT NULL;

CREATE INDEX automations_deleted_at ON automations (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX automations_next_run_at ON automations (next_run_at) WHERE next_run_at IS NOT NULL;

CREATE INDEX automations_owner_id ON automations (owner_id, created_at, id);

CREATE TABLE backup_state (
      id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
      cron TEXT,
      planned_at TEXT NOT NULL,
      due_at TEXT,
      lease_token TEXT,
      lease_until TEXT,
      last_made_at TEXT,
      last_name TEXT,
      last_bytes INTEGER,
      failing_since TEXT,
      failures INTEGER NOT NULL,
      last_error TEXT,
      CONSTRAINT backup_state_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
      CONSTRAINT backup_state_due CHECK ((cron IS NULL) = (due_at IS NULL)),
      CONSTRAINT backup_state_failing CHECK ((failing_since IS NULL) = (failures = 0))
    ) STRICT;

CREATE TABLE categories (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      name_key TEXT NOT NULL,
      slug TEXT,
      slug_key TEXT,
      description TEXT NOT NULL,
      position INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT,
      version INTEGER NOT NULL
    ) STRICT;

CREATE INDEX categories_created ON categories (created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX categories_deleted ON categories (deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE UNIQUE INDEX categories_name_key ON categories (name_key) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX categories_slug_key ON categories (slug_key) WHERE deleted_at IS NULL;

CREATE TABLE counters (
      scope TEXT NOT NULL,
      slot INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (scope, slot)
    ) STRICT, WITHOUT ROWID;

CREATE TABLE credential_requests (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL,
      reason TEXT NOT NULL,
      expires_at TEXT,
      status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'refused', 'withdrawn', 'lapsed', 'collected')),
      requester_id INTEGER REFERENCES users (id),
      contact TEXT,
      token_hash TEXT UNIQUE,
      address_block TEXT,
      granted_scopes TEXT,
      granted_expires_at TEXT,
      granted_allowed_ips TEXT,
      owner_id INTEGER REFERENCES users (id),
      collect_until TEXT,
      decided_at TEXT,
      decided_by INTEGER,
      message TEXT,
      credential_id INTEGER,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      version INTEGER NOT NULL, approving_credential_id INTEGER REFERENCES credentials (id), granted_rules TEXT,
      CHECK ((requester_id IS NULL) = (contact IS NOT NULL AND token_hash IS NOT NULL AND address_block IS NOT NULL)),
      CHECK (status <> 'approved' OR (granted_scopes IS NOT NULL AND owner_id IS NOT NULL AND collect_until IS NOT NULL)),
      CHECK ((status = 'collected') = (credential_id IS NOT NULL))
    ) STRICT;

CREATE INDEX credential_requests_created ON credential_requests (created_at, id);

CREATE INDEX credential_requests_requester ON credential_requests (requester_id, created_at, id);

CREATE INDEX credential_requests_status ON credential_requests (status, created_at, id);

CREATE TABLE credential_secrets (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
      secret_hash TEXT NOT NULL UNIQUE,
      display_prefix TEXT NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT
    ) STRICT;

CREATE INDEX credential_secrets_credential ON credential_secrets (credential_id);

CREATE UNIQUE INDEX credential_secrets_credential_id ON credential_secrets (credential_id) WHERE expires_at IS NULL;

CREATE TABLE credential_usage (
      credential_id INTEGER NOT NULL,
      hour TEXT NOT NULL,
      requests INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      rate_limited INTEGER NOT NULL,
      PRIMARY KEY (credential_id, hour)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX credential_usage_hour ON credential_usage (hour);

CREATE TABLE credentials (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      client_id TEXT NOT NULL UNIQUE,
      scopes TEXT NOT NULL,
      tier TEXT NOT NULL CHECK (tier IN ('standard', 'premium')),
      owner_id INTEGER NOT NULL REFERENCES users (id),
      created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
      expires_at TEXT, allowed_ips TEXT, revoked_at TEXT,
      last_used_at TEXT, last_used_ip TEXT,
      version INTEGER NOT NULL
    , parent_id INTEGER REFERENCES credentials (id), rules TEXT) STRICT;

CREATE INDEX credentials_created_at ON credentials (created_at, id);

CREATE INDEX credentials_expires ON credentials (expires_at, id) WHERE expires_at IS NOT NULL;

CREATE INDEX credentials_living ON credentials (created_at, id) WHERE revoked_at IS NULL;

CREATE INDEX credentials_owner ON credentials (owner_id, created_at, id);

CREATE INDEX credentials_parent ON credentials (parent_id, created_at, id) WHERE parent_id IS NOT NULL;

CREATE INDEX credentials_revoked ON credentials (created_at, id) WHERE revoked_at IS NOT NULL;

CREATE INDEX credentials_tier ON credentials (tier, created_at, id);

CREATE VIRTUAL TABLE credentials_search USING fts5 (
      words, content='', contentless_delete=1, detail='none', tokenize='ascii'
    );

CREATE TABLE "deliveries" (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      webhook_id INTEGER NOT NULL,
      event_id INTEGER NOT NULL,
      event_type TEXT NOT NULL,
      generation INTEGER NOT NULL,
      status TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL,
      last_attempt_at TEXT,
      next_attempt_at TEXT,
      lease_token TEXT,
      lease_until TEXT,
      finished_at TEXT,
      resent_as INTEGER,
      reason TEXT,
      standing INTEGER, last_result TEXT, is_test INTEGER NOT NULL DEFAULT 0, order_key TEXT,
      CONSTRAINT deliveries_status CHECK (status IN ('pending', 'sending', 'held', 'delivered', 'failed', 'discarded')),
      CONSTRAINT deliveries_pending CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
      CONSTRAINT deliveries_sending CHECK ((status = 'sending') = (lease_token IS NOT NULL)),
      CONSTRAINT deliveries_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
      CONSTRAINT deliveries_finished CHECK ((status IN ('delivered', 'failed', 'discarded')) = (finished_at IS NOT NULL)),
      CONSTRAINT deliveries_attempts CHECK (status IN ('pending', 'held', 'discarded') OR attempts > 0),
      CONSTRAINT deliveries_reason CHECK ((status IN ('held', 'discarded')) = (reason IS NOT NULL)),
      CONSTRAINT deliveries_held CHECK ((status = 'held') = (standing IS NOT NULL))
    ) STRICT;

CREATE INDEX deliveries_created_at ON deliveries (webhook_id, created_at, id);

CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at, id) WHERE status = 'pending';

CREATE UNIQUE INDEX deliveries_event_id ON deliveries (event_id, webhook_id, generation);

CREATE INDEX deliveries_event_type_created_at ON deliveries (webhook_id, event_type, created_at, id);

CREATE INDEX deliveries_event_type_status_created_at ON deliveries (webhook_id, event_type, status, created_at, id);

CREATE INDEX deliveries_failed ON deliveries (webhook_id, status, resent_as, created_at, id)
      WHERE status = 'failed' AND resent_as IS NULL;

CREATE INDEX deliveries_finished_at ON deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX deliveries_held ON deliveries (webhook_id, event_type, standing, id) WHERE status = 'held';

CREATE INDEX deliveries_held_created_at ON deliveries (created_at) WHERE status = 'held';

CREATE INDEX deliveries_last_result ON deliveries (webhook_id, last_result, created_at, id)
      WHERE last_result IS NOT NULL;

CREATE INDEX deliveries_lease_until ON deliveries (lease_until) WHERE status = 'sending';

CREATE INDEX deliveries_order ON deliveries (webhook_id, order_key, event_id)
      WHERE order_key IS NOT NULL AND finished_at IS NULL;

CREATE INDEX deliveries_status_created_at ON deliveries (webhook_id, status, created_at, id);

CREATE TABLE delivery_attempts (
      delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      started_at TEXT NOT NULL,
      duration_ms INTEGER NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'interrupted')),
      error TEXT,
      request_headers TEXT,
      response_status INTEGER,
      response_headers TEXT,
      response_body TEXT,
      response_truncated INTEGER NOT NULL DEFAULT 0 CHECK (response_truncated IN (0, 1)),
      PRIMARY KEY (delivery_id, number)
    ) STRICT;

CREATE TABLE delivery_outcomes (
      webhook_id INTEGER NOT NULL,
      hour TEXT NOT NULL,
      slot INTEGER NOT NULL,
      delivered INTEGER NOT NULL,
      failed_attempts INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      PRIMARY KEY (webhook_id, hour, slot)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_outcomes_hour ON delivery_outcomes (hour);

CREATE TABLE device_requests (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
      device_code_hash TEXT NOT NULL CONSTRAINT device_requests_device_code UNIQUE,
      user_code TEXT NOT NULL CONSTRAINT device_requests_user_code UNIQUE,
      scopes TEXT NOT NULL,
      user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
      signed_in_at TEXT,
      denied INTEGER NOT NULL CHECK (denied IN (0, 1)),
      interval_seconds INTEGER NOT NULL,
      polled_at TEXT,
      created_at TEXT NOT NULL,
      expires_at TEXT NOT NULL
    ) STRICT;

CREATE INDEX device_requests_application_id ON device_requests (application_id);

CREATE INDEX device_requests_expires_at ON device_requests (expires_at);

CREATE INDEX device_requests_user_id ON device_requests (user_id);

CREATE TABLE document_revisions (
      document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
      version INTEGER NOT NULL,
      title TEXT NOT NULL,
      category TEXT NOT NULL,
      status TEXT NOT NULL,
      content_type TEXT NOT NULL,
      author_id INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      content TEXT NOT NULL, summary TEXT,
      PRIMARY KEY (document_id, version)
    ) STRICT;

CREATE TABLE documents (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      title TEXT NOT NULL,
      category TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
      created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
      author_id INTEGER NOT NULL REFERENCES users (id),
      content_type TEXT NOT NULL,
      published_at TEXT, publish_at TEXT,
      version INTEGER NOT NULL,
      deleted_at TEXT,
      content TEXT NOT NULL
    , summary TEXT, scheduled_by INTEGER, scheduled_credential_id INTEGER REFERENCES credentials (id), publish_refused TEXT) STRICT;

CREATE INDEX documents_author_id_created_at ON documents (author_id, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_author_id_updated_at ON documents (author_id, updated_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_category_created_at ON documents (category, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_category_status_created_at ON documents (category, status, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_category_status_updated_at ON documents (category, status, updated_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_category_updated_at ON documents (category, updated_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_created_at ON documents (created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_deleted_at ON documents (deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE INDEX documents_publish_at ON documents (publish_at) WHERE publish_at IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX documents_status_created_at ON documents (status, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_status_updated_at ON documents (status, updated_at, id) WHERE deleted_at IS NULL;

CREATE INDEX documents_updated_at ON documents (updated_at, id) WHERE deleted_at IS NULL;

CREATE VIRTUAL TABLE documents_search USING fts5 (
      words, content='', contentless_delete=1, detail='none', tokenize='ascii'
    );

CREATE TABLE erasures (
      user_id INTEGER PRIMARY KEY REFERENCES users (id),
      requested_at TEXT NOT NULL,
      requested_by TEXT NOT NULL,
      due_at TEXT NOT NULL,
      status_before TEXT NOT NULL,
      erased_at TEXT,
      scrubbed_at TEXT,
      receipt TEXT,
      CHECK ((erased_at IS NULL) = (receipt IS NULL))
    ) STRICT;

CREATE INDEX erasures_due ON erasures (due_at) WHERE erased_at IS NULL;

CREATE INDEX erasures_scrub ON erasures (erased_at) WHERE scrubbed_at IS NULL;

CREATE TABLE event_cursors (
      event_id INTEGER PRIMARY KEY NOT NULL,
      after_id INTEGER NOT NULL
    ) STRICT;

CREATE TABLE event_pruning (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        last_event_id INTEGER NOT NULL,
        last_occurred_at TEXT NOT NULL
      );

CREATE TABLE events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      type TEXT NOT NULL,
      occurred_at TEXT NOT NULL,
      resource_type TEXT NOT NULL,
      resource_id INTEGER NOT NULL,
      body TEXT NOT NULL
    , category TEXT, status TEXT, author_id INTEGER, subject_id INTEGER, previous TEXT, request_id TEXT) STRICT;

CREATE INDEX events_author_id ON events (author_id, type, id) WHERE category IS NOT NULL;

CREATE INDEX events_category_status ON events (category, status, type, id) WHERE category IS NOT NULL;

CREATE INDEX events_request_id ON events (request_id) WHERE request_id IS NOT NULL;

CREATE INDEX events_status ON events (status, type, id) WHERE category IS NOT NULL;

CREATE INDEX events_subject ON events (subject_id, id) WHERE subject_id IS NOT NULL;

CREATE INDEX events_type ON events (type, id);

CREATE TABLE extension_migrations (
      extension TEXT NOT NULL,
      name TEXT NOT NULL,
      applied_at TEXT NOT NULL,
      PRIMARY KEY (extension, name)
    ) STRICT;

CREATE TABLE extension_tasks (
      extension TEXT NOT NULL,
      name TEXT NOT NULL,
      cron TEXT NOT NULL,
      due_at TEXT NOT NULL,
      last_run_at TEXT,
      lease_token TEXT,
      lease_until TEXT,
      PRIMARY KEY (extension, name)
    ) STRICT;

CREATE TABLE fan_outs (
      event_id INTEGER PRIMARY KEY,
      event_type TEXT NOT NULL,
      webhooks TEXT NOT NULL,
      created_at TEXT NOT NULL,
      only_resting INTEGER NOT NULL DEFAULT 0 CHECK (only_resting IN (0, 1))
    , order_key TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX fan_outs_only_resting ON fan_outs (only_resting, event_id);

CREATE INDEX fan_outs_order_key ON fan_outs (order_key, event_id);

CREATE TABLE hook_calls (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hook_id INTEGER NOT NULL,
      action TEXT NOT NULL,
      target_id INTEGER,
      user_id INTEGER,
      actor_type TEXT NOT NULL,
      actor_id INTEGER,
      request_id TEXT,
      is_test INTEGER NOT NULL CHECK (is_test IN (0, 1)),
      created_at TEXT NOT NULL,
      duration_ms INTEGER NOT NULL,
      outcome TEXT NOT NULL CONSTRAINT hook_calls_outcome CHECK (outcome IN ('allowed', 'changed', 'refused', 'failed')),
      error TEXT,
      proceeded INTEGER NOT NULL CHECK (proceeded IN (0, 1)),
      input TEXT NOT NULL,
      input_truncated INTEGER NOT NULL CHECK (input_truncated IN (0, 1)),
      response_status INTEGER,
      response_body TEXT,
      response_truncated INTEGER NOT NULL CHECK (response_truncated IN (0, 1)),
      CONSTRAINT hook_calls_error CHECK ((outcome = 'failed') = (error IS NOT NULL))
    ) STRICT;

CREATE INDEX hook_calls_created_at ON hook_calls (created_at, id);

CREATE INDEX hook_calls_hook_id ON hook_calls (hook_id, created_at, id);

CREATE INDEX hook_calls_hook_outcome ON hook_calls (hook_id, outcome, created_at, id);

CREATE INDEX hook_calls_outcome ON hook_calls (outcome, created_at, id);

CREATE INDEX hook_calls_user_id ON hook_calls (user_id, created_at, id) WHERE user_id IS NOT NULL;

CREATE TABLE hooks (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      url TEXT NOT NULL,
      description TEXT NOT NULL,
      actions TEXT NOT NULL,
      timeout_ms INTEGER NOT NULL,
      on_failure TEXT NOT NULL CONSTRAINT hooks_on_failure CHECK (on_failure IN ('refuse', 'allow')),
      status TEXT NOT NULL CONSTRAINT hooks_status CHECK (status IN ('active', 'paused')),
      secret TEXT NOT NULL,
      previous_secret TEXT,
      previous_secret_expires_at TEXT,
      consecutive_failures INTEGER NOT NULL DEFAULT 0,
      failing_since TEXT,
      last_success_at TEXT,
      last_failure_at TEXT,
      circuit_trips INTEGER NOT NULL DEFAULT 0,
      circuit_open_until TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      version INTEGER NOT NULL,
      CONSTRAINT hooks_previous_secret CHECK ((previous_secret IS NULL) = (previous_secret_expires_at IS NULL))
    ) STRICT;

CREATE INDEX hooks_created_at ON hooks (created_at, id);

CREATE TABLE idempotency_keys (
      caller TEXT NOT NULL,
      key TEXT NOT NULL,
      request_hash TEXT NOT NULL,
      created_at TEXT NOT NULL,
      answer TEXT NOT NULL, subjects TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (caller, key)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE import_parts (
      resource TEXT NOT NULL,
      digest TEXT NOT NULL,
      number INTEGER NOT NULL,
      first_line INTEGER NOT NULL,
      last_line INTEGER NOT NULL,
      refused TEXT NOT NULL,
      created_at TEXT NOT NULL, path TEXT NOT NULL DEFAULT '', imported TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (resource, digest, number)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX import_parts_created ON import_parts (created_at);

CREATE INDEX import_parts_path ON import_parts (path, resource, created_at);

CREATE TABLE mail_alerts (
      alert TEXT NOT NULL PRIMARY KEY,
      created_at TEXT NOT NULL
    ) STRICT;

CREATE INDEX mail_alerts_created_at ON mail_alerts (created_at);

CREATE TABLE mails (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      user_id INTEGER NOT NULL REFERENCES users (id),
      recipient TEXT NOT NULL,
      language TEXT NOT NULL,
      message_id TEXT NOT NULL,
      data TEXT NOT NULL,
      token TEXT,
      status TEXT NOT NULL DEFAULT 'pending' CONSTRAINT mails_status CHECK (status IN ('pending', 'sending', 'sent', 'failed')),
      attempts INTEGER NOT NULL DEFAULT 0,
      error TEXT,
      created_at TEXT NOT NULL,
      expires_at TEXT,
      last_attempt_at TEXT,
      next_attempt_at TEXT,
      lease_token TEXT,
      lease_until TEXT,
      finished_at TEXT,
      resent_as INTEGER,
      CONSTRAINT mails_pending CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
      CONSTRAINT mails_sending CHECK ((status = 'sending') = (lease_token IS NOT NULL)),
      CONSTRAINT mails_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
      CONSTRAINT mails_finished CHECK ((status IN ('sent', 'failed')) = (finished_at IS NOT NULL)),
      CONSTRAINT mails_token CHECK (token IS NULL OR finished_at IS NULL)
    ) STRICT;

CREATE INDEX mails_created_at ON mails (created_at, id);

CREATE INDEX mails_due ON mails (next_attempt_at, id) WHERE status = 'pending';

CREATE INDEX mails_finished_at ON mails (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX mails_kind ON mails (kind, created_at, id);

CREATE INDEX mails_lease_until ON mails (lease_until) WHERE status = 'sending';

CREATE INDEX mails_status ON mails (status, created_at, id);

CREATE INDEX mails_user_id ON mails (user_id, created_at, id);

CREATE TABLE "migrations" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);

CREATE TABLE "migrations_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);

CREATE TABLE move_rebuilds (
      position INTEGER PRIMARY KEY NOT NULL,
      name TEXT NOT NULL,
      statement TEXT NOT NULL
    ) STRICT;

CREATE TABLE move_tables (
      name TEXT PRIMARY KEY NOT NULL,
      after_key TEXT,
      copied INTEGER NOT NULL,
      is_done INTEGER NOT NULL CHECK (is_done IN (0, 1))
    ) STRICT;

CREATE TABLE moves (
      id TEXT NOT NULL,
      side TEXT PRIMARY KEY NOT NULL CONSTRAINT moves_side CHECK (side IN ('source', 'target')),
      state TEXT NOT NULL CONSTRAINT moves_state CHECK (state IN ('preparing', 'copying', 'verified', 'moved')),
      other TEXT NOT NULL,
      began_at TEXT NOT NULL,
      ended_at TEXT
    ) STRICT;

CREATE TABLE one_time_links (
      subject TEXT PRIMARY KEY,
      token_hash TEXT NOT NULL UNIQUE,
      expires_at TEXT NOT NULL
    ) STRICT;

CREATE TABLE passkeys (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      credential_id TEXT NOT NULL CONSTRAINT passkeys_credential UNIQUE,
      public_key TEXT NOT NULL,
      counter INTEGER NOT NULL,
      name TEXT NOT NULL,
      created_at TEXT NOT NULL,
      last_used_at TEXT
    ) STRICT;

CREATE INDEX passkeys_user ON passkeys (user_id);

CREATE TABLE password_requests (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      language TEXT NOT NULL,
      ip TEXT NOT NULL,
      request_id TEXT NOT NULL,
      created_at TEXT NOT NULL
    ) STRICT;

CREATE TABLE processes (
      id TEXT PRIMARY KEY NOT NULL,
      public_url TEXT NOT NULL,
      is_local INTEGER NOT NULL CHECK (is_local IN (0, 1)),
      sends INTEGER NOT NULL CHECK (sends IN (0, 1)),
      started_at TEXT NOT NULL,
      seen_at TEXT NOT NULL
    ) STRICT;

CREATE TABLE recovery_codes (
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      code_hash TEXT NOT NULL,
      created_at TEXT NOT NULL,
      PRIMARY KEY (user_id, code_hash)
    ) STRICT;

CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    occurred_at TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    credential_id INTEGER,
    session_id INTEGER,
    method TEXT NOT NULL,
    route TEXT,
    deprecated INTEGER NOT NULL DEFAULT 0 CHECK (deprecated IN (0, 1)),
    status INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    error_code TEXT,
    error_details TEXT,
    request_id TEXT NOT NULL,
    ip TEXT,
    application_id INTEGER,
    CONSTRAINT requests_caller
      CHECK ((credential_id IS NOT NULL) + (session_id IS NOT NULL) + (application_id IS NOT NULL) = 1)
  ) STRICT;

CREATE INDEX requests_application_id ON requests (application_id, occurred_at, id) WHERE application_id IS NOT NULL;

CREATE INDEX requests_broken ON requests (occurred_at, id) WHERE status >= 500;

CREATE INDEX requests_credential_id ON requests (credential_id, occurred_at, id) WHERE credential_id IS NOT NULL;

CREATE INDEX requests_deprecated ON requests (occurred_at, id) WHERE deprecated = 1;

CREATE INDEX requests_failed ON requests (occurred_at, id) WHERE status >= 400;

CREATE INDEX requests_method ON requests (method, occurred_at, id) WHERE method <> 'GET';

CREATE INDEX requests_occurred_at ON requests (occurred_at, id);

CREATE INDEX requests_request_id ON requests (request_id, occurred_at, id);

CREATE INDEX requests_route ON requests (route, occurred_at, id);

CREATE INDEX requests_session_id ON requests (session_id, occurred_at, id) WHERE session_id IS NOT NULL;

CREATE INDEX requests_status ON requests (status, occurred_at, id) WHERE status >= 300;

CREATE INDEX requests_user_id ON requests (user_id, occurred_at, id);

CREATE TABLE revoked_tokens (
      jti TEXT PRIMARY KEY,
      credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
      expires_at TEXT NOT NULL
    ) STRICT;

CREATE INDEX revoked_tokens_credential ON revoked_tokens (credential_id, expires_at);

CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

CREATE TABLE roles (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      description TEXT NOT NULL,
      scopes TEXT NOT NULL,
      own_only INTEGER NOT NULL CHECK (own_only IN (0, 1)),
      rules TEXT,
      is_built_in INTEGER NOT NULL CHECK (is_built_in IN (0, 1)),
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      version INTEGER NOT NULL
    ) STRICT;

CREATE INDEX roles_created_at ON roles (created_at, id);

CREATE UNIQUE INDEX roles_name ON roles (name);

CREATE TABLE sealings (name TEXT PRIMARY KEY, after_id INTEGER NOT NULL) STRICT;

CREATE TABLE search_rebuilds (name TEXT PRIMARY KEY, after_id INTEGER NOT NULL) STRICT;

CREATE TABLE secret_key_state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        key_id TEXT NOT NULL,
        fingerprint_key TEXT NOT NULL,
        rotating_from TEXT,
        rotated_at TEXT
      ) STRICT;

CREATE TABLE sessions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      token_hash TEXT NOT NULL UNIQUE,
      created_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, expires_at TEXT NOT NULL,
      ip TEXT NOT NULL,
      user_agent TEXT
    , confirmed_at TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE INDEX sessions_user ON sessions (user_id, id);

CREATE TABLE sign_ins (
      token_hash TEXT PRIMARY KEY,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      step TEXT NOT NULL CONSTRAINT sign_ins_step CHECK (step IN ('verify', 'set_up')),
      tries INTEGER NOT NULL DEFAULT 0,
      expires_at TEXT NOT NULL
    ) STRICT;

CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

CREATE INDEX sign_ins_user ON sign_ins (user_id);

CREATE TABLE signing_keys (
      kid TEXT NOT NULL,
      signs TEXT NOT NULL CONSTRAINT signing_keys_signs CHECK (signs IN ('access', 'identity')),
      alg TEXT NOT NULL CONSTRAINT signing_keys_alg CHECK (alg IN ('HS256', 'ES256', 'RS256')),
      private_jwk TEXT NOT NULL,
      public_jwk TEXT,
      created_at TEXT NOT NULL,
      retired_at TEXT,
      CONSTRAINT signing_keys_kid PRIMARY KEY (kid)
    ) STRICT;

CREATE UNIQUE INDEX signing_keys_current ON signing_keys (signs) WHERE retired_at IS NULL AND signs = 'access';

CREATE UNIQUE INDEX signing_keys_identity ON signing_keys (alg) WHERE retired_at IS NULL AND signs = 'identity';

CREATE TABLE subject_keys (
      user_id INTEGER PRIMARY KEY REFERENCES users (id),
      sealed_key TEXT
    ) STRICT;

CREATE TABLE test_receipts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      receiver_id INTEGER NOT NULL REFERENCES test_receivers (id) ON DELETE CASCADE,
      received_at TEXT NOT NULL,
      problem TEXT,
      webhook_id INTEGER,
      event_id INTEGER,
      event_type TEXT,
      headers TEXT NOT NULL,
      body TEXT,
      CHECK (problem IS NULL OR body IS NULL)
    ) STRICT;

CREATE INDEX test_receipts_receiver ON test_receipts (receiver_id, id);

CREATE TABLE test_receivers (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      token TEXT NOT NULL UNIQUE,
      owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      response_status INTEGER NOT NULL CHECK (response_status BETWEEN 200 AND 599),
      received INTEGER NOT NULL DEFAULT 0,
      last_received_at TEXT,
      created_at TEXT NOT NULL,
      expires_at TEXT NOT NULL
    ) STRICT;

CREATE INDEX test_receivers_expires ON test_receivers (expires_at);

CREATE INDEX test_receivers_owner ON test_receivers (owner_id, created_at, id);

CREATE TABLE totp_secrets (
      user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      secret TEXT,
      activated_at TEXT,
      last_step INTEGER NOT NULL DEFAULT 0,
      failures INTEGER NOT NULL DEFAULT 0,
      failed_at TEXT,
      new_secret TEXT,
      new_until TEXT,
      CONSTRAINT totp_secrets_active CHECK ((secret IS NULL) = (activated_at IS NULL)),
      CONSTRAINT totp_secrets_new CHECK ((new_secret IS NULL) = (new_until IS NULL))
    ) STRICT;

CREATE TABLE usage_totals (
      owner_id INTEGER NOT NULL,
      per TEXT NOT NULL CHECK (per IN ('minute', 'hour')),
      start TEXT NOT NULL,
      requests INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      rate_limited INTEGER NOT NULL,
      PRIMARY KEY (owner_id, per, start)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX usage_totals_start ON usage_totals (per, start);

CREATE TABLE used_challenges (
      challenge_hash TEXT PRIMARY KEY,
      expires_at TEXT NOT NULL
    ) STRICT;

CREATE INDEX used_challenges_expiry ON used_challenges (expires_at);

CREATE TABLE user_subjects (
      user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      subject TEXT NOT NULL CONSTRAINT user_subjects_subject UNIQUE
    ) STRICT;

CREATE TABLE users (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      username TEXT NOT NULL,
      username_key TEXT NOT NULL,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL,
      password_hash TEXT,
      status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'suspended')),
      first_name TEXT, last_name TEXT, phone TEXT, bio TEXT,
      created_at TEXT NOT NULL, updated_at TEXT NOT NULL, last_login TEXT, deleted_at TEXT,
      version INTEGER NOT NULL,
      is_system INTEGER NOT NULL DEFAULT 0 CHECK (is_system IN (0, 1))
    , purged_at TEXT, role TEXT NOT NULL DEFAULT 'normal') STRICT;

CREATE INDEX users_created_at ON users (created_at, id) WHERE deleted_at IS NULL AND is_system = 0;

CREATE INDEX users_deleted_at ON users (deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE UNIQUE INDEX users_email_key ON users (email_key) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX users_is_system ON users (is_system) WHERE is_system = 1;

CREATE INDEX users_role ON users (role, created_at, id) WHERE deleted_at IS NULL AND is_system = 0;

CREATE INDEX users_role_status ON users (role, status, created_at, id) WHERE deleted_at IS NULL AND is_system = 0;

CREATE INDEX users_status ON users (status, created_at, id) WHERE deleted_at IS NULL AND is_system = 0;

CREATE UNIQUE INDEX users_username_key ON users (username_key) WHERE deleted_at IS NULL;

CREATE VIRTUAL TABLE users_search USING fts5 (
      words, content='', contentless_delete=1, detail='none', tokenize='ascii'
    );

CREATE TABLE webhook_secrets (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      secret TEXT NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT
    , signing_key TEXT, public_key TEXT) STRICT;

CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook_id);

CREATE UNIQUE INDEX webhook_secrets_webhook_id ON webhook_secrets (webhook_id) WHERE expires_at IS NULL;

CREATE TABLE webhook_subscriptions (
      event_type TEXT NOT NULL,
      webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
      PRIMARY KEY (event_type, webhook_id)
    ) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_subscriptions_webhook ON webhook_subscriptions (webhook_id);

CREATE TABLE webhooks (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      url TEXT NOT NULL,
      description TEXT NOT NULL,
      events TEXT NOT NULL,
      headers TEXT,
      concurrency INTEGER NOT NULL CHECK (concurrency > 0),
      rate_limit_per_minute INTEGER CHECK (rate_limit_per_minute > 0),
      status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
      disabled_reason TEXT CHECK (disabled_reason IN ('gone', 'failing')),
      owner_id INTEGER NOT NULL REFERENCES users (id),
      created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted_at TEXT,
      consecutive_failures INTEGER NOT NULL DEFAULT 0,
      failing_since TEXT, last_success_at TEXT, last_failure_at TEXT,
      circuit_trips INTEGER NOT NULL DEFAULT 0,
      circuit_open_until TEXT,
      throttled_until TEXT,
      version INTEGER NOT NULL, standing INTEGER NOT NULL DEFAULT 1, arranged INTEGER NOT NULL DEFAULT 0, owner_grant TEXT NOT NULL DEFAULT '', rules TEXT, credential_id INTEGER REFERENCES credentials (id), client_certificate TEXT, client_key TEXT, include_previous INTEGER NOT NULL DEFAULT 0 CHECK (include_previous IN (0, 1)), format TEXT NOT NULL DEFAULT 'standard' CHECK (format IN ('standard', 'cloudevents')), ed25519 INTEGER NOT NULL DEFAULT 0 CHECK (ed25519 IN (0, 1)), ordering TEXT NOT NULL DEFAULT 'none' CHECK (ordering IN ('none', 'resource')), test_failed_at TEXT, filter TEXT, transform TEXT,
      CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL)),
      CHECK ((consecutive_failures = 0) = (failing_since IS NULL))
    ) STRICT;

CREATE INDEX webhooks_created_at ON webhooks (created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX webhooks_deleted_at ON webhooks (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE UNIQUE INDEX webhooks_extension ON webhooks (url)
      WHERE url LIKE 'extension:%' AND deleted_at IS NULL;

CREATE INDEX webhooks_failing_since ON webhooks (coalesce(failing_since, ''), id);

CREATE INDEX webhooks_owner ON webhooks (owner_id, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX webhooks_status ON webhooks (status, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX webhooks_unarranged ON webhooks (id) WHERE arranged < standing AND deleted_at IS NULL;

CREATE VIRTUAL TABLE webhooks_search USING fts5 (
      words, content='', contentless_delete=1, detail='none', tokenize='ascii'
    );
