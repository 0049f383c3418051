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
import { lasted, shortly, Time } from '../../parts/Time';
import { Budget } from '../../report/Report';
import { UnderWay } from './UnderWay';

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
  holds: { object_type: string; objects: number }[]; // since then
}

const state_of = ({ runs }: Row) => runs[0]?.state ?? 'none';
const ORDER = ['held', 'failed', 'abandoned', 'running', 'completed_with_rejects'];
const rank = (row: Row) => (ORDER.indexOf(state_of(row)) + ORDER.length + 1) % (ORDER.length + 1);

const BAR = 6;
const HIGH = 28;
const number = new Intl.NumberFormat('en');
const said = (run: RunRow) => `${shortly(run.started)}: ${run.state.replaceAll('_', ' ')}, ${number.format(run.objects)} objects in ${lasted(run.started, run.ended)}`;

// A bar for each recent run: as high as it lasted; below it, a line through how many objects it brought.
function Recent({ site, runs }: { site: string; runs: RunRow[] }) {
  const shown = [...runs].reverse();
  const length = (run: RunRow) => (run.ended ? Date.parse(run.ended) - Date.parse(run.started) : 0);
  const longest = Math.max(1, ...shown.map(length));
  const most = Math.max(1, ...shown.map((run) => run.objects));
  const points = shown.map((run, index) => `${index * (BAR + 2) + BAR / 2},${HIGH - (HIGH - 2) * (run.objects / most)}`).join(' ');
  if (shown.length === 0) return <span className="quiet">none</span>;
  return (
    <svg className="spark" width={12 * (BAR + 2)} height={HIGH}>
      {shown.map((run, index) => {
        const height = 4 + ((HIGH - 4) * length(run)) / longest;
        const words = said(run);
        return (
          <a key={run.run_id} href={`/sites/${encodeURIComponent(site)}/runs/${run.run_id}`} aria-label={words}>
            <title>{words}</title>
            <rect x={index * (BAR + 2)} y={HIGH - height} width={BAR} height={height} rx="2" className={`run ${run.state}`} />
          </a>
        );
      })}
      {shown.length > 1 && <polyline points={points} className="objects" />}
    </svg>
  );
}

// What Assets has of this site by its last complete imports, the most first.
function Holds({ importers }: { importers: Row[] }) {
  const by_type = new Map<string, number>();
  for (const { holds } of importers) for (const { object_type, objects } of holds) by_type.set(object_type, (by_type.get(object_type) ?? 0) + objects);
  const types = [...by_type].map(([object_type, objects]) => ({ object_type, objects })).sort((a, b) => b.objects - a.objects);
  if (types.length === 0) return null;
  return (
    <section>
      <h2>Objects in Assets</h2>
      <Budget objects={types.reduce((sum, each) => sum + each.objects, 0)} />
      <details className="set">
        <summary>By object type</summary>
        <Table
          label="Objects by type"
          rows={types}
          row_key={({ object_type }) => object_type}
          columns={[
            { name: 'Object type', by: (row) => row.object_type, cell: (row) => row.object_type },
            { name: 'Objects', is_number: true, by: (row) => row.objects, cell: (row) => number.format(row.objects) },
          ]}
        />
      </details>
    </section>
  );
}

export default function OverviewPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const { sites } = useSession();
  const here = sites.find((each) => each.site === site);
  const may_change = useMayChange(site);
  const load = useLoad((signal) => call<{ importers: Row[] }>('GET /api/v1/sites/{site}/overview', { site }, { signal }), [site], 15_000, `overview ${site}`);
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
      <UnderWay site={site} changed={load.reload} />
      <Loaded load={load}>
        {({ importers }) => (
          <>
          <Table<Row>
            label="Importers"
            lines={2}
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
                is_wide: true,
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
              { name: 'Recent runs', by: ({ runs }) => runs.length, cell: ({ runs }) => <Recent site={site} runs={runs} /> },
            ]}
          />
          <Holds importers={importers} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
