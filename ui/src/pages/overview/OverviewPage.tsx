import { LinkButton } from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';

import { call } from '../../api/client';
import type { RunRow } from '../../api/types';
import { useMayChange, useSession } from '../../app/session';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { Table } from '../../parts/Table';
import { lasted, Time } from '../../parts/Time';

interface Row {
  importer: string;
  paused: boolean;
  usable: boolean; // no: its definition cannot be understood any more
  source: string | null;
  schedule: string | null;
  next: string | null;
  jobs: number;
  runs: RunRow[]; // the latest first
  last_completed: string | null;
}

const state_of = ({ runs }: Row) => runs[0]?.state ?? 'none';
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
  const load = useLoad((signal) => call<{ importers: Row[] }>('GET /api/v1/sites/{site}/overview', { site }, { signal }), [site], 15_000);
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
        {({ importers }) => (
          <Table<Row>
            label="Importers"
            rows={[...importers].sort((a, b) => rank(a) - rank(b) || a.importer.localeCompare(b.importer))}
            row_key={({ importer }) => importer}
            empty={
              <>
                <p>No importer yet. An importer brings the data of one source into Assets, on a schedule.</p>
                {add}
              </>
            }
            columns={[
              {
                name: 'Importer',
                by: ({ importer }) => importer,
                cell: ({ importer, source, usable }) => (
                  <>
                    <a href={`${base}/importers/${encodeURIComponent(importer)}`}>{importer}</a>
                    <div className="quiet">{usable ? `from ${source}` : 'Its definition cannot be used any more.'}</div>
                  </>
                ),
              },
              { name: 'State', by: rank, cell: (row) => <State of={state_of(row)} /> },
              {
                name: 'Last result',
                by: ({ runs: [run] }) => (run ? Date.parse(run.started) : 0),
                cell: ({ runs: [run] }) =>
                  run ? (
                    <>
                      <a href={`${base}/runs/${run.run_id}`}>{run.message || 'No message'}</a>
                      <div className="quiet">
                        <Time at={run.started} />
                      </div>
                    </>
                  ) : (
                    <span className="quiet">It has not run yet.</span>
                  ),
              },
              {
                name: 'Last complete',
                by: ({ last_completed }) => last_completed ?? '',
                cell: ({ last_completed }) => (last_completed ? <Time at={last_completed} /> : <span className="quiet">never</span>),
              },
              {
                name: 'Next run',
                by: ({ next }) => next ?? '~',
                cell: ({ paused, next }) => (paused ? <State of="paused" /> : next ? <Time at={next} /> : <span className="quiet">by hand only</span>),
              },
              { name: 'Recent runs', cell: ({ runs }) => <Recent site={site} runs={runs} /> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
