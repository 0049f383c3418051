// What the lists and objects of the answers hold; docs/reference/api.md says what they mean.
export interface Me {
  admin: string;
  operator: boolean;
  roles: Record<string, 'admin' | 'auditor'>;
  may_write: boolean;
  csrf_token?: string;
}

export interface Site {
  site: string;
  name: string;
  created: string;
  kind: string;
  production: string;
  region: string;
  contact: string;
  webhook: string;
  webhook_secret: string;
  entitlement: { state: string; may_run: boolean; until: string | null; by: string };
  moving?: { from: string; to: string; begun: string; stage: string; switched: boolean; cancelled: boolean };
}

export interface ImporterRow {
  importer: string;
  version: number;
  changed: string;
  changed_by: string;
  paused: boolean;
}
export interface Importer extends ImporterRow {
  definition: string;
}

export interface RunRow {
  run_id: string;
  importer: string;
  state: string;
  reason: string;
  message: string;
  kind: string;
  destination: string;
  started: string;
  ended: string | null;
  objects: number; // that the destination took
}

export interface DataSetReport {
  name: string;
  object_type: string;
  complete: boolean;
  pages: number;
  fetched: number;
  filtered: number;
  rejected: number;
  formatted: number;
  submitted: number;
  accepted: number;
  created: number;
  updated: number;
  unchanged: number;
  missing: number;
  expected?: { new: number; changed: number; unchanged: number; missing: number };
}

export interface GateFinding {
  data_set: string;
  reason: string;
  attribute?: string;
  affected: number;
  of: number;
  text: string;
}

export interface LogLine {
  at: string;
  level: 'info' | 'warn' | 'error';
  text: string;
}

// What a run that has no report yet lacks is optional.
export interface Run {
  run_id: string;
  importer: string;
  state: string;
  reason: string;
  message: string;
  kind: string;
  started: string;
  ended: string | null;
  trigger?: string;
  data_sets?: DataSetReport[];
  rejects?: { data_set: string; key: string; reason: string; detail: string }[];
  notices?: string[];
  log?: LogLine[];
  source?: { requests: number; bytes: number; throttled: number; waited_seconds: number };
  gate?: { verdict: string; compared_with: string; approved_by?: string; findings: GateFinding[]; notices: string[] };
}

// All of it but the report: as long as the run goes on.
export interface Progress {
  phase?: string;
  waiting?: string;
  data_sets?: { name: string; pages: number; fetched: number; total: number; done: boolean }[];
  relations?: { name: string; parents: number; done: boolean }[];
  objects_submitted?: number;
  objects_total?: number;
  people_done?: number;
  people_total?: number;
  report?: Run; // of a plan that is over
}
export interface Job {
  job_id: string;
  importer: string;
  trigger: string;
  due: string;
  state: string;
  cancelled: boolean;
  run_id: string;
  progress: Progress | null;
}

export interface Schedule {
  schedule: string;
  time_zone: string;
  starts_within_seconds: number;
  ticks: { utc: string; local: string; moved: boolean; skipped_in_blackout: number }[];
}

export interface AuditEntry {
  number: number;
  at: string;
  who: string;
  origin: string;
  act: string;
  target: string;
  before: string;
  after: string;
}

export interface Region {
  region: string; // '': the installation's own database
  place: string;
  added: string;
  state: 'ready' | 'slow' | 'unavailable';
  sites: string[];
}

export interface Move {
  site: string;
  from: string;
  to: string;
  begun: string;
  by_service: boolean;
  asked_by: string;
  stage: '' | 'pausing' | 'copying' | 'comparing' | 'erasing' | 'taking back';
  switched: boolean;
  cancelled: boolean;
  rows_copied: number;
  rows_total: number;
  trouble: string;
}
