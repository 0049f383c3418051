// What runs at the site now or waits for its turn, as it is heard of every two seconds.
import { useEffect, useRef } from 'react';

import { call } from '../../api/client';
import type { Job } from '../../api/types';
import { useLoad } from '../../parts/load';
import { State } from '../../parts/State';
import { Table } from '../../parts/Table';

const LOOK_MS = 2_000;
const number = new Intl.NumberFormat('en');

const records = ({ progress }: Job) => (progress?.data_sets ?? []).reduce((sum, { fetched }) => sum + fetched, 0);
const sent = ({ progress }: Job) => progress?.objects_submitted ?? 0;
const now = ({ cancelled, state, progress }: Job) => (cancelled ? 'being cancelled' : state !== 'running' ? 'waits for a free worker' : progress?.waiting || progress?.phase || 'begins');

export function UnderWay({ site, changed }: { site: string; changed: () => void }) {
  const load = useLoad((signal) => call<{ jobs: Job[] }>('GET /api/v1/sites/{site}/jobs', { site }, { signal }), [site], LOOK_MS);
  const jobs = load.data?.jobs ?? [];
  const told = useRef(changed);
  told.current = changed;
  // Another run has begun, or one has ended: the importers stand otherwise now.
  const names = load.data && jobs.map(({ job_id, run_id }) => `${job_id} ${run_id}`).join();
  const before = useRef<string>();
  useEffect(() => {
    if (names === undefined) return;
    if (before.current !== undefined && before.current !== names) told.current();
    before.current = names;
  }, [names]);
  if (jobs.length === 0) return null;
  const base = `/sites/${encodeURIComponent(site)}`;
  return (
    <section aria-live="off">
      <h2>Under way</h2>
      <Table<Job>
        label="Under way"
        rows={jobs}
        row_key={({ job_id }) => job_id}
        columns={[
          { name: 'Importer', by: ({ importer }) => importer, cell: ({ importer, run_id }) => <a href={run_id ? `${base}/runs/${run_id}` : `${base}/importers/${encodeURIComponent(importer)}`}>{importer}</a> },
          { name: 'State', by: ({ state }) => state, cell: ({ state }) => <State of={state} /> },
          { name: 'Now', is_wide: true, by: now, cell: now },
          { name: 'Records read', is_number: true, by: records, cell: (job) => number.format(records(job)) },
          { name: 'Objects sent', is_number: true, by: sent, cell: (job) => (job.progress?.objects_total ? `${number.format(sent(job))} of ${number.format(job.progress.objects_total)}` : '') },
        ]}
      />
    </section>
  );
}
