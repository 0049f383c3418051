import Button from '@atlaskit/button/new';
import { useEffect } from 'react';

import { call } from '../../api/client';
import type { Importer, Job, RunRow } from '../../api/types';
import { go, useQuery } from '../../app/router';
import { useMayChange } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { Live } from '../run/Live';
import { RunList } from '../runs/RunList';
import { CheckTab } from './CheckTab';
import { DefinitionTab } from './DefinitionTab';
import { ScheduleTab } from './ScheduleTab';
import { SchemaTab } from './SchemaTab';
import { VersionsTab } from './VersionsTab';

const TABS = [
  ['', 'Runs'],
  ['definition', 'Definition'],
  ['schema', 'Object types'],
  ['schedule', 'Schedule'],
  ['check', 'Check'],
  ['versions', 'Versions'],
] as const;

function RunsTab({ site, importer }: { site: string; importer: string }) {
  const asked = useQuery().get('job') ?? '';
  const runs = useLoad((signal) => call<{ runs: RunRow[] }>('GET /api/v1/sites/{site}/runs', { site }, { query: { importer }, signal }), [site, importer]);
  const jobs = useLoad((signal) => call<{ jobs: Job[] }>('GET /api/v1/sites/{site}/jobs', { site }, { query: { importer }, signal }), [site, importer, asked], 1_500);
  const live = jobs.data?.jobs.find((job) => job.state === 'running' || job.job_id === asked || job.trigger === 'manual');
  const live_id = live?.job_id;
  const { reload } = runs;
  useEffect(reload, [live_id, reload]);
  return (
    <>
      {live && (
        <div style={{ marginBottom: 24 }}>
          <Live job={live} />
          {live.run_id && (
            <p style={{ marginTop: 8 }}>
              <a href={`/sites/${encodeURIComponent(site)}/runs/${live.run_id}`}>Watch this run</a>
            </p>
          )}
        </div>
      )}
      <Loaded load={runs}>{(found) => <RunList site={site} runs={found.runs} of_one />}</Loaded>
    </>
  );
}

export default function ImporterPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const importer = parts.importer ?? '';
  const tab = parts.tab ?? '';
  const base = `/sites/${encodeURIComponent(site)}`;
  const here = `${base}/importers/${encodeURIComponent(importer)}`;
  const may_change = useMayChange(site);
  const load = useLoad((signal) => call<Importer>('GET /api/v1/sites/{site}/importers/{importer}', { site, importer }, { signal }), [site, importer]);
  const run = async (body: object) => {
    try {
      const { job_id } = await call<{ job_id: string }>('POST /api/v1/sites/{site}/importers/{importer}/runs', { site, importer }, { body });
      say('The run is queued', 'The next free worker takes it.');
      go(`${here}?job=${job_id}`);
    } catch (error) {
      complain(error);
    }
  };
  const pause = async (paused: boolean) => {
    try {
      await call(paused ? 'POST /api/v1/sites/{site}/importers/{importer}/pause' : 'POST /api/v1/sites/{site}/importers/{importer}/resume', { site, importer });
      say(paused ? 'Paused' : 'Resumed', paused ? 'The schedule starts nothing until you resume it.' : 'The schedule goes on.');
      load.reload();
    } catch (error) {
      complain(error);
    }
  };
  const remove = async () => {
    await call('DELETE /api/v1/sites/{site}/importers/{importer}', { site, importer });
    say('Removed', `${importer} runs no more. Its runs and versions stay.`);
    go(base);
  };
  const tabs = {
    '': <RunsTab site={site} importer={importer} />,
    definition: load.data && <DefinitionTab key={load.data.version} site={site} importer={load.data} saved={load.reload} />,
    schema: <SchemaTab site={site} importer={importer} />,
    schedule: <ScheduleTab site={site} importer={importer} version={load.data?.version ?? 0} paused={load.data?.paused ?? false} />,
    check: <CheckTab site={site} importer={importer} />,
    versions: load.data && <VersionsTab site={site} importer={load.data} restored={load.reload} />,
  }[tab];
  return (
    <Page
      title={importer}
      above={<a href={base}>Importers</a>}
      beside={load.data?.paused && <State of="paused" />}
      actions={
        may_change &&
        load.data && (
          <>
            <Button appearance="primary" onClick={() => run({})}>
              Run now
            </Button>
            <Button onClick={() => run({ test: true })}>Test run</Button>
            <Button onClick={() => pause(!load.data?.paused)}>{load.data.paused ? 'Resume schedule' : 'Pause schedule'}</Button>
            <Ask open="Remove ..." title={`Remove ${importer}?`} act={remove} done="Remove" word={importer} danger>
              <p>It runs no more. The objects in Assets, its runs and its versions stay; a version can be brought back.</p>
            </Ask>
          </>
        )
      }
    >
      <nav className="tabs" aria-label="Parts of this importer">
        {TABS.map(([name, title]) => (
          <a key={name} href={name ? `${here}/${name}` : here} aria-current={tab === name ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <Loaded load={load}>{() => tabs ?? <p>There is no such part.</p>}</Loaded>
    </Page>
  );
}
