import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { useState } from 'react';

import { call } from '../../api/client';
import type { Importer, Job, Run, RunRow } from '../../api/types';
import { go } from '../../app/router';
import type { Definition } from '../../definition/definition';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { State } from '../../parts/State';
import { Switch } from '../../parts/Switch';
import { Live } from '../../report/Live';
import { ask_for_plan, Plan, while_it_runs } from '../../report/Plan';

// A run that was asked for here: how it goes, and what became of it.
function Trial({ site, job_id }: { site: string; job_id: string }) {
  const job = useLoad((signal) => call<Job>('GET /api/v1/sites/{site}/jobs/{job}', { site, job: job_id }, { signal }), [site, job_id], while_it_runs);
  const run_id = job.data?.run_id ?? '';
  const is_over = job.data?.state === 'over';
  const run = useLoad((signal) => (is_over && run_id ? call<RunRow>('GET /api/v1/sites/{site}/runs/{run}', { site, run: run_id }, { signal }) : Promise.resolve(null)), [site, run_id, is_over]);
  return (
    <Loaded load={job}>
      {(found) => {
        if (found.state !== 'over') return <Live job={found} />;
        if (!run.data) return <p>{run_id ? 'It is over.' : 'It was cancelled.'}</p>;
        return (
          <SectionMessage appearance={run.data.state.startsWith('completed') ? 'success' : 'warning'} title="The test run is over">
            <p>
              <State of={run.data.state} /> {run.data.message}
            </p>
            <p>
              <a href={`/sites/${encodeURIComponent(site)}/runs/${run_id}`} target="_blank" rel="noreferrer">
                All about this run
              </a>
            </p>
          </SectionMessage>
        );
      }}
    </Loaded>
  );
}

interface Props {
  site: string;
  importer: string;
  definition: Definition;
  plan: string; // jobs that were asked for; "": none yet
  test: string;
  change: (part: { plan?: string; test?: string }) => void;
  done: () => void;
}

// The importer is saved and paused: nothing happens by itself before its first whole run.
export function FirstRunStep({ site, importer, definition, plan, test, change, done }: Props) {
  const [planned, set_planned] = useState<Run | null>(null);
  const [is_new, set_new] = useState(false);
  const parts = { site, importer };
  const here = `/sites/${encodeURIComponent(site)}/importers/${encodeURIComponent(importer)}`;
  const keeps = definition.text_at(['destination', 'missing_objects']) === 'ignore';
  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      complain(error);
    }
  };
  const ask = (body: object) => call<{ job_id: string }>('POST /api/v1/sites/{site}/importers/{importer}/runs', parts, { body });
  const start_plan = () => attempt(async () => change({ plan: (await ask_for_plan(site, importer)).job_id }));
  const start_test = () => attempt(async () => change({ test: (await ask({ test: true, confirm_partial: is_new })).job_id }));
  const start_schedule = () => call<Importer>('POST /api/v1/sites/{site}/importers/{importer}/resume', parts);
  const start_whole = () =>
    attempt(async () => {
      const { job_id } = await ask({});
      await start_schedule();
      done();
      go(`${here}?job=${job_id}`);
    });
  const leave = () =>
    attempt(async () => {
      await start_schedule();
      done();
      say(`${importer} is ready`, 'Its schedule is on.');
      go(here);
    });
  return (
    <div className="gap">
      <SectionMessage appearance="information" title={`${importer} is saved, and does nothing by itself yet`}>
        <p>Try it first. Its schedule begins with the first whole run.</p>
      </SectionMessage>
      <section aria-label="Plan">
        <h2>1. Plan</h2>
        <p>Reads everything and sends nothing: how many objects of each type there would be.</p>
        <Button onClick={start_plan}>{plan ? 'Plan again' : 'Make a plan'}</Button>
        <div style={{ marginTop: 16 }}>{plan && <Plan key={plan} site={site} job_id={plan} over={set_planned} />}</div>
      </section>
      <section aria-label="Test run">
        <h2>2. Test run</h2>
        <p>Brings the first 100 records of each data set into Assets, so that you can look at them there.</p>
        {!keeps && (
          <Switch on={is_new} set={set_new}>
            This import in Assets is new <span className="quiet">Otherwise Assets could take all objects beyond the first 100 for missing, and muster holds the run.</span>
          </Switch>
        )}
        <Button onClick={start_test}>{test ? 'Test again' : 'Start a test run'}</Button>
        <div style={{ marginTop: 16 }}>{test && <Trial key={test} site={site} job_id={test} />}</div>
      </section>
      <section aria-label="First whole run">
        <h2>3. First whole run</h2>
        {planned && <p>The plan found {planned.data_sets?.reduce((sum, set) => sum + set.formatted, 0).toLocaleString('en')} objects.</p>}
        <div className="actions">
          <Button appearance="primary" onClick={start_whole}>
            Start the first run
          </Button>
          <Button onClick={leave}>Leave it to the schedule</Button>
        </div>
      </section>
    </div>
  );
}
