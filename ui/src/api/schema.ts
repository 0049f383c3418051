// Written by script/schema.mjs from /api/openapi.json.
export interface Routes {
  // the first start: makes the first operator
  'POST /api/v1/set-up': { body: { token: string; admin: string; password: string }; answer: { csrf_token: string } };
  // begins a session
  'POST /api/v1/sign-in': { body: { admin: string; password: string }; answer: { csrf_token: string } };
  // ends this session
  'POST /api/v1/sign-out': { body: undefined; answer: unknown };
  // changes the caller's password; ends his sessions and begins another
  'POST /api/v1/me/password': { body: { password: string; new_password: string }; answer: { csrf_token: string } };
  // who is signed in
  'GET /api/v1/me': { body: undefined; answer: { admin: string; operator: boolean; roles: object; may_write: boolean; csrf_token?: string } };
  // the caller's sessions
  'GET /api/v1/sessions': { body: undefined; answer: { sessions: unknown[] } };
  // ends a session of the caller
  'DELETE /api/v1/sessions/{session}': { body: undefined; answer: unknown };
  // the caller's personal tokens
  'GET /api/v1/tokens': { body: undefined; answer: { tokens: unknown[] } };
  // makes a personal token; it is shown only here
  'POST /api/v1/tokens': { body: { name: string; scope?: string; days?: number }; answer: { token: string; token_id: string; name: string; scope: string; created: string; ends: string } };
  // takes a personal token back
  'DELETE /api/v1/tokens/{token}': { body: undefined; answer: unknown };
  // all admins with their roles
  'GET /api/v1/admins': { body: undefined; answer: { admins: unknown[] } };
  // makes or changes an admin
  'PUT /api/v1/admins/{admin}': { body: { operator?: boolean; disabled?: boolean; password?: string; roles?: object; issuer?: string; subject?: string }; answer: { admin: string; operator: boolean; disabled: boolean; has_password: boolean; created: string; roles: object; issuer?: string; subject?: string } };
  // removes an admin
  'DELETE /api/v1/admins/{admin}': { body: undefined; answer: unknown };
  // the sites that the caller has a role at
  'GET /api/v1/sites': { body: undefined; answer: { sites: unknown[] } };
  // adds a site, or brings back one that was removed
  'POST /api/v1/sites': { body: { site: string; name?: string; kind?: string; production?: string; region?: string; contact?: string }; answer: { site: string; name: string; created: string; kind: string; production: string; region: string; contact: string; webhook: string; webhook_secret: string; entitlement: object; moving?: object } };
  // a site, and until when its importers may run
  'GET /api/v1/sites/{site}': { body: undefined; answer: { site: string; name: string; created: string; kind: string; production: string; region: string; contact: string; webhook: string; webhook_secret: string; entitlement: object; moving?: object } };
  // removes a site; its data is kept for 90 days
  'DELETE /api/v1/sites/{site}': { body: undefined; answer: { site: string; name: string; created: string; kind: string; production: string; region: string; contact: string; webhook: string; webhook_secret: string; entitlement: object; moving?: object } };
  // who is told when something changes: an e-mail address, or nobody
  'PUT /api/v1/sites/{site}/contact': { body: { contact: string; webhook?: string; webhook_secret?: string }; answer: { site: string; name: string; created: string; kind: string; production: string; region: string; contact: string; webhook: string; webhook_secret: string; entitlement: object; moving?: object } };
  // until when its importers may run: a date, "ever" or "trial"
  'PUT /api/v1/sites/{site}/entitlement': { body: { until: string }; answer: { site: string; name: string; created: string; kind: string; production: string; region: string; contact: string; webhook: string; webhook_secret: string; entitlement: object; moving?: object } };
  // entitles the site for as long as a signed licence says
  'PUT /api/v1/sites/{site}/licence': { body: { licence: string }; answer: { site: string; name: string; created: string; kind: string; production: string; region: string; contact: string; webhook: string; webhook_secret: string; entitlement: object; moving?: object } };
  // what was done at the site, newest first
  'GET /api/v1/sites/{site}/audit': { body: undefined; answer: { entries: unknown[]; next?: string } };
  // whether the site's audit log is whole
  'GET /api/v1/sites/{site}/audit/verification': { body: undefined; answer: { whole: boolean; entries: number; head: string; mistakes: string } };
  // what was done to the installation, newest first
  'GET /api/v1/audit': { body: undefined; answer: { entries: unknown[]; next?: string } };
  // whether the installation's audit log is whole
  'GET /api/v1/audit/verification': { body: undefined; answer: { whole: boolean; entries: number; head: string; mistakes: string } };
  // the site's importers
  'GET /api/v1/sites/{site}/importers': { body: undefined; answer: { importers: unknown[] } };
  // one importer with what it is defined as
  'GET /api/v1/sites/{site}/importers/{importer}': { body: undefined; answer: { importer: string; version: number; changed: string; changed_by: string; paused: boolean; definition: string } };
  // a new importer, or, with If-Match, a new version of one
  'PUT /api/v1/sites/{site}/importers/{importer}': { body: { definition: string }; answer: { importer: string; version: number; changed: string; changed_by: string; paused: boolean; definition: string } };
  // removes it; its versions and runs stay
  'DELETE /api/v1/sites/{site}/importers/{importer}': { body: undefined; answer: unknown };
  // its schedule starts nothing any more
  'POST /api/v1/sites/{site}/importers/{importer}/pause': { body: undefined; answer: { importer: string; version: number; changed: string; changed_by: string; paused: boolean; definition: string } };
  // its schedule goes on
  'POST /api/v1/sites/{site}/importers/{importer}/resume': { body: undefined; answer: { importer: string; version: number; changed: string; changed_by: string; paused: boolean; definition: string } };
  // every version of it, newest first
  'GET /api/v1/sites/{site}/importers/{importer}/versions': { body: undefined; answer: { versions: unknown[] } };
  // one version with its definition
  'GET /api/v1/sites/{site}/importers/{importer}/versions/{version}': { body: undefined; answer: { version: number; changed: string; changed_by: string; definition: string } };
  // what changed since the version before, or since `from`
  'GET /api/v1/sites/{site}/importers/{importer}/versions/{version}/diff': { body: undefined; answer: { from: number; to: number; lines: unknown[] } };
  // makes a new version that says the same
  'POST /api/v1/sites/{site}/importers/{importer}/versions/{version}/restore': { body: undefined; answer: { importer: string; version: number; changed: string; changed_by: string; paused: boolean; definition: string } };
  // checks an importer file; keeps nothing
  'POST /api/v1/lint': { body: { definition: string }; answer: { usable: boolean; findings: unknown[] } };
  // the object types and references that a definition makes; keeps nothing
  'POST /api/v1/graph': { body: { definition: string }; answer: { schema: string; types: unknown[] } };
  // when a definition runs next by itself; keeps nothing
  'POST /api/v1/schedule': { body: { definition: string }; answer: { importer: string; schedule: string; time_zone: string; starts_within_seconds: number; ticks: unknown[] } };
  // the schema and mapping that a run would send to Assets
  'GET /api/v1/sites/{site}/importers/{importer}/schema': { body: undefined; answer: { schema: object; mapping: object } };
  // when it runs next by itself
  'GET /api/v1/sites/{site}/importers/{importer}/schedule': { body: undefined; answer: { importer: string; schedule: string; time_zone: string; starts_within_seconds: number; ticks: unknown[] } };
  // signs in, tries what it selects with one record, and says what is missing
  'POST /api/v1/sites/{site}/importers/{importer}/check': { body: { definition?: string; without_destination?: boolean }; answer: { importer: string; sign_in: object; checks: unknown[]; destination: object; advice: unknown[] } };
  // reads the first records of a data set: how many fit, and what they become
  'POST /api/v1/sites/{site}/importers/{importer}/preview': { body: { data_set: string; definition?: string; records?: number }; answer: { state: string; reason: string; message: string; object_type: string; total: number; fetched: number; filtered: number; rejected: number; formatted: number; whole: boolean; objects: unknown[] } };
  // what can be read
  'GET /api/v1/sources': { body: undefined; answer: { sources: unknown[] } };
  // one source: how to connect, data sets, attributes, permissions, limits
  'GET /api/v1/sources/{source}': { body: undefined; answer: { name: string; title: string; description: string; connection: unknown[]; data_sets: unknown[]; permissions: unknown[]; limits: unknown[] } };
  // how each importer stands: its source, last runs, last complete import, next time
  'GET /api/v1/sites/{site}/overview': { body: undefined; answer: { now: string; importers: unknown[] } };
  // the site's runs, newest first
  'GET /api/v1/sites/{site}/runs': { body: undefined; answer: { runs: unknown[]; next?: string } };
  // the report of a run
  'GET /api/v1/sites/{site}/runs/{run}': { body: undefined; answer: { run_id: string; importer: string; state: string; reason: string; message: string; started: string } };
  // what a run logs, while it goes on: the lines after those that one has
  'GET /api/v1/sites/{site}/runs/{run}/log': { body: undefined; answer: { over: boolean; lines: unknown[]; next: number } };
  // lets one new run pass with the findings of this held one
  'POST /api/v1/sites/{site}/runs/{run}/approve': { body: { why: string }; answer: { job_id: string } };
  // does not let pass what the gate found in this held run
  'POST /api/v1/sites/{site}/runs/{run}/reject': { body: { why: string }; answer: { run_id: string; importer: string; state: string; reason: string; message: string; started: string } };
  // what the runs did per data set, as CSV
  'GET /api/v1/sites/{site}/statistics': { body: undefined; answer: unknown };
  // puts a run of it into the queue: whole, a test (the first 100), limited, or a plan
  'POST /api/v1/sites/{site}/importers/{importer}/runs': { body: { limit?: number; test?: boolean; confirm_partial?: boolean; plan?: boolean }; answer: { job_id: string } };
  // cancels a run that the service has under way
  'POST /api/v1/sites/{site}/runs/{run}/cancel': { body: undefined; answer: { job_id: string } };
  // what is to be run, or under way
  'GET /api/v1/sites/{site}/jobs': { body: undefined; answer: { jobs: unknown[] } };
  // one job, and how its run goes
  'GET /api/v1/sites/{site}/jobs/{job}': { body: undefined; answer: { job_id: string; importer: string; trigger: string; due: string; state: string; run_id: string; cancelled: boolean } };
  // how its run goes, as server-sent events
  'GET /api/v1/sites/{site}/jobs/{job}/events': { body: undefined; answer: unknown };
  // cancels it, whether its run has begun or not
  'POST /api/v1/sites/{site}/jobs/{job}/cancel': { body: undefined; answer: { job_id: string } };
  // the names of the site's stored secrets
  'GET /api/v1/sites/{site}/secrets': { body: undefined; answer: { secrets: unknown[] } };
  // stores a secret, sealed; nobody can read it here again
  'PUT /api/v1/sites/{site}/secrets/{secret}': { body: { value: string }; answer: unknown };
  // removes a stored secret
  'DELETE /api/v1/sites/{site}/secrets/{secret}': { body: undefined; answer: unknown };
  // what people were told of the site, newest first, and whether it arrived
  'GET /api/v1/sites/{site}/notices': { body: undefined; answer: { notices: unknown[] } };
  // tells the site's contact and webhook that this is a test
  'POST /api/v1/sites/{site}/notices/test': { body: undefined; answer: unknown };
  // version, database, key and sign-in of the installation
  'GET /api/v1/installation': { body: undefined; answer: { version: string; program: object; node: string; database: string; public_url: string; key: object; openid: object; backup_folder: string } };
  // the backups in the place of --backup-folder, newest first, and the schedule of others
  'GET /api/v1/backups': { body: undefined; answer: { folder: string; backups: unknown[]; schedule: object } };
  // makes a backup of all sites and the installation; answers when it is there
  'POST /api/v1/backups': { body: undefined; answer: { name: string; bytes: number; path: string; sites: unknown[]; kind: string; whole: boolean; expires?: string } };
  // what whoever helps has to know; no secrets, no values, no names of people
  'GET /api/v1/support-bundle': { body: undefined; answer: { bundle: number; made: string; program: object; store: object; logs: unknown[] } };
  // the installation's own database and its regions: whether each answers, and its sites
  'GET /api/v1/regions': { body: undefined; answer: { regions: unknown[] } };
  // looks into the databases of all regions, or of one: label, schema, sites
  'GET /api/v1/region-checks': { body: undefined; answer: { fine: boolean; checks: unknown[] } };
  // the sites that are being moved to another region, and how far each is
  'GET /api/v1/moves': { body: undefined; answer: { moves: unknown[] } };
  // moves a site to another region, or ("to": "") into the installation's own database; services carry it out
  'POST /api/v1/moves': { body: { site: string; to: string }; answer: { site: string; from: string; to: string; begun: string; by_service: boolean; asked_by: string; stage: string; switched: boolean; cancelled: boolean; rows_copied: number; rows_total: number; trouble: string } };
  // how far the move of a site is; not there when it is over
  'GET /api/v1/moves/{moved_site}': { body: undefined; answer: { site: string; from: string; to: string; begun: string; by_service: boolean; asked_by: string; stage: string; switched: boolean; cancelled: boolean; rows_copied: number; rows_total: number; trouble: string } };
  // takes the move back, as long as the site is not where it was to go
  'POST /api/v1/moves/{moved_site}/cancel': { body: undefined; answer: { site: string; from: string; to: string; begun: string; by_service: boolean; asked_by: string; stage: string; switched: boolean; cancelled: boolean; rows_copied: number; rows_total: number; trouble: string } };
  // brings a site of the installation's own database back from a backup, in the place of what is there; its audit log goes on
  'POST /api/v1/backups/{backup}/restore': { body: { site: string }; answer: { site: string; rows: number; abandoned: number; skipped_roles: number } };
}
