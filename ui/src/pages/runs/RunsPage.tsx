import { LinkButton } from '@atlaskit/button/new';
import { useCallback, useEffect, useRef, useState } from 'react';

import { address_of, call } from '../../api/client';
import type { ImporterRow, RunRow } from '../../api/types';
import { set_query, useQuery } from '../../app/router';
import { Choice } from '../../parts/Field';
import { complain } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { STATE_NAMES } from '../../parts/State';
import { RunChart } from './RunChart';
import { RunList } from './RunList';

interface Answer {
  runs: RunRow[];
  next?: string;
}

const FIRST = 200;
const MORE = 1_000;
const REFRESH_MS = 5_000;

const ask = (site: string, query: Record<string, string | number | undefined>, signal?: AbortSignal) => call<Answer>('GET /api/v1/sites/{site}/runs', { site }, { query, signal });

// The newest runs, kept fresh, and as many older ones as somebody scrolled to.
function Runs({ site, importer, state }: { site: string; importer: string; state: string }) {
  const [older, set_older] = useState<RunRow[]>([]);
  const next = useRef<string | undefined>(undefined);
  const is_asking = useRef(false);
  const load = useLoad((signal) => ask(site, { importer, state, limit: FIRST }, signal), [site, importer, state], older.length === 0 ? REFRESH_MS : 0);
  useEffect(() => {
    if (older.length === 0) next.current = load.data?.next;
  }, [load.data, older.length]);
  const more = useCallback(async () => {
    if (is_asking.current || !next.current) return;
    is_asking.current = true;
    try {
      const found = await ask(site, { importer, state, limit: MORE, cursor: next.current });
      next.current = found.next;
      set_older((before) => [...before, ...found.runs]);
    } catch (error) {
      complain(error);
    }
    is_asking.current = false;
  }, [site, importer, state]);
  return (
    <Loaded load={load}>
      {({ runs }) => {
        const all = older.length > 0 ? [...runs, ...older] : runs;
        return (
          <>
            <RunChart site={site} runs={all} />
            <p className="quiet" aria-live="polite">
              {all.length.toLocaleString('en')} {all.length === 1 ? 'run' : 'runs'}
              {next.current || (older.length === 0 && load.data?.next) ? ' so far; scroll down for older ones' : ''}.
            </p>
            <RunList site={site} runs={all} near_end={more} of_one={importer !== ''} />
          </>
        );
      }}
    </Loaded>
  );
}

export default function RunsPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const asked = useQuery();
  const query = { importer: asked.get('importer') ?? '', state: asked.get('state') ?? '' };
  const importers = useLoad((signal) => call<{ importers: ImporterRow[] }>('GET /api/v1/sites/{site}/importers', { site }, { signal }), [site]);
  // The importer asked for is a choice before the list has come, and when it has been removed since.
  const names = new Set(importers.data?.importers.map(({ importer }) => importer));
  if (query.importer) names.add(query.importer);
  return (
    <Page
      title="Runs"
      actions={
        <LinkButton href={address_of('GET /api/v1/sites/{site}/statistics', { site }, { ...query, limit: 1000 })} target="_blank">
          Counts as CSV
        </LinkButton>
      }
    >
      <div className="row">
        <Choice label="Importer" value={query.importer} set={(importer) => set_query({ importer })} options={[['', 'All'], ...[...names].map((name) => [name, name] as const)]} />
        <Choice label="State" value={query.state} set={(state) => set_query({ state })} options={[['', 'All'], ...STATE_NAMES]} />
      </div>
      <Runs key={`${query.importer}/${query.state}`} site={site} {...query} />
    </Page>
  );
}
