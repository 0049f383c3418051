import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';

import { call, Problem } from '../../api/client';
import type { Job, Run } from '../../api/types';
import { go } from '../../app/router';
import { useMayChange } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { lasted, Time } from '../../parts/Time';
import { Words } from '../../parts/Words';
import { Live } from '../../report/Live';
import { LiveLog } from '../../report/LiveLog';
import { Findings, Log, Notices, number, ObjectTypes, Rejects } from '../../report/Report';

function Held({ site, run, decided }: { site: string; run: Run; decided: () => void }) {
  const may_change = useMayChange(site);
  const parts = { site, run: run.run_id };
  // Nobody can approve these: Assets could take everything beyond the limit for missing.
  const is_partial = run.gate?.findings.some(({ reason }) => reason === 'partial_not_confirmed');
  const approve = async (why: string) => {
    const { job_id } = await call<{ job_id: string }>('POST /api/v1/sites/{site}/runs/{run}/approve', parts, { body: { why } });
    say('Approved', 'The run starts again and may pass with these findings once.');
    go(`/sites/${encodeURIComponent(site)}/importers/${encodeURIComponent(run.importer)}?job=${job_id}`);
  };
  const reject = async (why: string) => {
    await call('POST /api/v1/sites/{site}/runs/{run}/reject', parts, { body: { why } });
    say('Rejected', 'Nothing was changed in Assets.');
    decided();
  };
  return (
    <section>
      <SectionMessage appearance="warning" title="This run waits for your decision. Nothing was changed in Assets.">
        <p>{run.gate?.compared_with ? <>Compared with the <a href={`/sites/${encodeURIComponent(site)}/runs/${run.gate.compared_with}`}>last completed run</a>, this is what would happen:</> : 'This is what would happen:'}</p>
        <Findings run={run} />
      </SectionMessage>
      {may_change ? (
        <>
        {is_partial && <p>This cannot be approved: a limited run brings only the first records, and Assets could take all others for missing. If the import in Assets keeps missing objects, say so in the definition (missing_objects: ignore) and start the test run again.</p>}
        <div className="actions" style={{ marginTop: 16 }}>
          {!is_partial && <Ask primary open="Approve ..." title="Let these findings pass?" act={approve} done="Approve and run again" wants_why>
            <p>muster reads everything once more. If it finds exactly this again, it goes on. If it finds anything else, it stops again.</p>
          </Ask>}
          <Ask open="Reject ..." title="Reject this run?" act={reject} done="Reject" wants_why>
            <p>The run becomes a cancelled one. The next run starts from the beginning.</p>
          </Ask>
        </div>
        </>
      ) : (
        <p className="quiet">An admin of this site decides.</p>
      )}
    </section>
  );
}

const is_live = ({ run, job }: Awaited<ReturnType<typeof run_and_job>>) => job !== undefined || run.state === 'running';

async function run_and_job(site: string, run_id: string, signal: AbortSignal) {
  const { jobs } = await call<{ jobs: Job[] }>('GET /api/v1/sites/{site}/jobs', { site }, { signal });
  const job = jobs.find((each) => each.run_id === run_id);
  try {
    return { job, run: await call<Run>('GET /api/v1/sites/{site}/runs/{run}', { site, run: run_id }, { signal }) };
  } catch (error) {
    // A run that has just begun is known by its job alone.
    if (!job || !(error instanceof Problem) || error.status !== 404) throw error;
    const run: Run = { run_id, importer: job.importer, state: 'running', reason: '', message: '', kind: 'full', started: job.due, ended: null };
    return { job, run };
  }
}

function Story({ run }: { run: Run }) {
  const totals = (run.data_sets ?? []).reduce((sum, set) => ({ fetched: sum.fetched + set.fetched, accepted: sum.accepted + set.accepted }), { fetched: 0, accepted: 0 });
  return (
    <p className="story">
      <Words of={run.message || (run.state === 'running' ? 'The run is under way.' : 'It left no message.')} importer={run.importer} />
      {totals.fetched > 0 && ` ${number.format(totals.fetched)} records were read${run.state === 'held' ? '' : `, ${number.format(totals.accepted)} objects taken by the destination`}.`}
    </p>
  );
}

export default function RunPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const run_id = parts.run ?? '';
  const base = `/sites/${encodeURIComponent(site)}`;
  const may_change = useMayChange(site);
  const load = useLoad((signal) => run_and_job(site, run_id, signal), [site, run_id], (found) => (found && is_live(found) ? 1_000 : 0));
  const { reload } = load;
  const cancel = async () => {
    await call('POST /api/v1/sites/{site}/runs/{run}/cancel', { site, run: run_id });
    say('Cancelling', 'Nothing of this run stays in Assets.');
    reload();
  };
  const again = async (importer: string) => {
    try {
      const { job_id } = await call<{ job_id: string }>('POST /api/v1/sites/{site}/importers/{importer}/runs', { site, importer }, { body: {} });
      go(`${base}/importers/${encodeURIComponent(importer)}?job=${job_id}`);
    } catch (error) {
      complain(error);
    }
  };
  const data = load.data;
  return (
    <Page
      title={data ? `Run of ${data.run.importer}` : 'Run'}
      above={
        <>
          <a href={`${base}/runs`}>Runs</a>
          {data && (
            <>
              <span aria-hidden="true">/</span>
              <a href={`${base}/importers/${encodeURIComponent(data.run.importer)}`}>{data.run.importer}</a>
            </>
          )}
        </>
      }
      beside={data && <State of={data.run.state} />}
      actions={
        may_change &&
        data &&
        (is_live(data) ? (
          <Ask open="Cancel run ..." title="Cancel this run?" act={cancel} done="Cancel the run" danger>
            <p>What Assets has stays as it was before this run.</p>
          </Ask>
        ) : (
          data.run.state !== 'held' && <Button onClick={() => again(data.run.importer)}>Run again</Button>
        ))
      }
    >
      <Loaded load={load}>
        {({ run, job }) => (
          <>
            <Story run={run} />
            {job && <Live job={job} />}
            {run.state === 'held' && <Held site={site} run={run} decided={reload} />}
            <dl className="facts">
              <div>
                <dt>Started</dt>
                <dd>
                  <Time at={run.started} full />
                </dd>
              </div>
              <div>
                <dt>Took</dt>
                <dd>{lasted(run.started, run.ended)}</dd>
              </div>
              <div>
                <dt>Kind</dt>
                <dd>
                  {run.kind === 'full' ? 'Whole' : 'Limited'}
                  {run.trigger && `, ${run.trigger === 'manual' ? 'started by hand' : `started by ${run.trigger}`}`}
                </dd>
              </div>
              {run.source && (
                <div>
                  <dt>Requests to the source</dt>
                  <dd>
                    {number.format(run.source.requests)}
                    {run.source.throttled > 0 && `, ${number.format(run.source.throttled)} told to wait`}
                    {run.source.waited_seconds >= 1 && `, waited ${Math.round(run.source.waited_seconds)} s`}
                  </dd>
                </div>
              )}
              {run.gate?.approved_by && (
                <div>
                  <dt>Findings approved by</dt>
                  <dd>{run.gate.approved_by}</dd>
                </div>
              )}
            </dl>
            <ObjectTypes run={run} expected={run.state === 'held'} />
            <Rejects run={run} />
            <Notices run={run} />
            {run.log || !is_live({ run, job }) ? <Log lines={run.log} /> : <LiveLog site={site} run_id={run_id} />}
            <p className="quiet code">{run.run_id}</p>
          </>
        )}
      </Loaded>
    </Page>
  );
}
