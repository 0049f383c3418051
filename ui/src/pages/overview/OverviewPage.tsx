import { LinkButton } from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';

import { call } from '../../api/client';
import type { ImporterRow, Job, RunRow, Schedule } from '../../api/types';
import { useMayChange, useSession } from '../../app/session';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { Table } from '../../parts/Table';
import { lasted, Time } from '../../parts/Time';

interface Row {
  importer: ImporterRow;
  runs: RunRow[];
  job: Job | undefined;
  next: string | undefined;
}

const RECENT = 12;
const AT_ONCE = 6;

// Few at a time: a site may have hundreds of importers.
async function for_each<T, R>(items: T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(ask))));
  }
  return results;
}

async function rows_of(site: string, signal: AbortSignal): Promise<Row[]> {
  const [{ importers }, { runs }, { jobs }] = await Promise.all([
    call<{ importers: ImporterRow[] }>('GET /api/v1/sites/{site}/importers', { site }, { signal }),
    call<{ runs: RunRow[] }>('GET /api/v1/sites/{site}/runs', { site }, { query: { limit: 200 }, signal }),
    call<{ jobs: Job[] }>('GET /api/v1/sites/{site}/jobs', { site }, { signal }),
  ]);
  return for_each(importers, async (importer) => {
    const parts = { site, importer: importer.importer };
    let of_it = runs.filter((run) => run.importer === importer.importer);
    if (of_it.length === 0 && runs.length === 200) {
      of_it = (await call<{ runs: RunRow[] }>('GET /api/v1/sites/{site}/runs', { site }, { query: { importer: importer.importer, limit: RECENT }, signal })).runs;
    }
    const schedule = importer.paused
      ? null
      : await call<Schedule>('GET /api/v1/sites/{site}/importers/{importer}/schedule', parts, { query: { count: 1 }, signal }).catch(() => null);
    return { importer, runs: of_it.slice(0, RECENT), job: jobs.find((job) => job.importer === importer.importer && job.trigger !== 'schedule') ?? jobs.find((job) => job.importer === importer.importer && job.state === 'running'), next: schedule?.ticks[0]?.utc };
  });
}

const state_of = ({ runs, job }: Row) => (job?.state === 'running' ? 'running' : (runs[0]?.state ?? 'none'));
const ORDER = ['held', 'failed', 'abandoned', 'running', 'completed_with_rejects'];
const rank = (row: Row) => (ORDER.indexOf(state_of(row)) + ORDER.length + 1) % (ORDER.length + 1);

function Recent({ site, runs }: { site: string; runs: RunRow[] }) {
  const length = (run: RunRow) => (run.ended ? Date.parse(run.ended) - Date.parse(run.started) : 0);
  const longest = Math.max(1, ...runs.map(length));
  return (
    <span className="spark">
      {[...runs].reverse().map((run) => (
        <a
          key={run.run_id}
          className={run.state}
          href={`/sites/${encodeURIComponent(site)}/runs/${run.run_id}`}
          style={{ height: 6 + (22 * length(run)) / longest }}
          aria-label={`${run.state.replaceAll('_', ' ')}, ${lasted(run.started, run.ended)}`}
          title={`${run.state.replaceAll('_', ' ')}, ${lasted(run.started, run.ended)}`}
        />
      ))}
    </span>
  );
}

export default function OverviewPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const { sites } = useSession();
  const here = sites.find((each) => each.site === site);
  const may_change = useMayChange(site);
  const load = useLoad((signal) => rows_of(site, signal), [site], 15_000);
  const base = `/sites/${encodeURIComponent(site)}`;
  const add = may_change && (
    <LinkButton appearance="primary" href={`${base}/new`}>
      New importer
    </LinkButton>
  );
  return (
    <Page title={here?.name || site} actions={add}>
      {here && !here.entitlement.may_run && (
        <SectionMessage appearance="warning" title="Importers of this site do not run">
          <p>
            Its time is over ({here.entitlement.state}). Nothing is deleted and everything can be read. <a href={`${base}/settings`}>Settings</a> say how to go on.
          </p>
        </SectionMessage>
      )}
      <Loaded load={load}>
        {(rows) => (
          <Table<Row>
            label="Importers"
            rows={[...rows].sort((a, b) => rank(a) - rank(b) || a.importer.importer.localeCompare(b.importer.importer))}
            row_key={({ importer }) => importer.importer}
            empty={
              <>
                <p>No importer yet. An importer brings the data of one source into Assets, on a schedule.</p>
                {add}
              </>
            }
            columns={[
              { name: 'Importer', by: ({ importer }) => importer.importer, cell: ({ importer }) => <a href={`${base}/importers/${encodeURIComponent(importer.importer)}`}>{importer.importer}</a> },
              { name: 'State', by: rank, cell: (row) => <State of={state_of(row)} /> },
              {
                name: 'Last result',
                cell: ({ runs: [run] }) => (run ? <a href={`${base}/runs/${run.run_id}`}>{run.message || 'No message'}</a> : <span className="quiet">It has not run yet.</span>),
              },
              { name: 'When', by: ({ runs: [run] }) => (run ? Date.parse(run.started) : 0), cell: ({ runs: [run] }) => (run ? <Time at={run.started} /> : '') },
              {
                name: 'Next run',
                by: ({ next }) => next ?? '~',
                cell: ({ importer, next }) => (importer.paused ? <State of="paused" /> : next ? <Time at={next} /> : <span className="quiet">by hand only</span>),
              },
              { name: 'Recent runs', cell: ({ runs }) => <Recent site={site} runs={runs} /> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
