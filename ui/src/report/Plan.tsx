// A plan under way, and what it found: everything is read, nothing is sent.
import { useEffect } from 'react';

import { call } from '../api/client';
import type { Job, Run } from '../api/types';
import { Loaded } from '../parts/Loaded';
import { useLoad } from '../parts/load';
import { Live } from './Live';
import { Planned } from './Report';

export const ask_for_plan = (site: string, importer: string) =>
  call<{ job_id: string }>('POST /api/v1/sites/{site}/importers/{importer}/runs', { site, importer }, { body: { plan: true } });

export const while_it_runs = (job: Job | undefined) => (job?.state === 'over' ? 0 : 1_000);

export function Plan({ site, job_id, over }: { site: string; job_id: string; over?: (found: Run) => void }) {
  const load = useLoad((signal) => call<Job>('GET /api/v1/sites/{site}/jobs/{job}', { site, job: job_id }, { signal }), [site, job_id], while_it_runs);
  const is_over = load.data?.state === 'over';
  const found = is_over ? load.data?.progress?.report : undefined;
  useEffect(() => {
    if (found) over?.(found);
  }, [found]);
  return (
    <Loaded load={load}>
      {(job) => {
        if (job.state !== 'over') return <Live job={job} />;
        return job.progress?.report ? <Planned run={job.progress.report} /> : <p>The plan was cancelled.</p>;
      }}
    </Loaded>
  );
}
