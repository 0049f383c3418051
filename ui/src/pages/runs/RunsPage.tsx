import Button, { LinkButton } from '@atlaskit/button/new';
import { useEffect, useState } from 'react';

import { address_of, call } from '../../api/client';
import type { ImporterRow, RunRow } from '../../api/types';
import { set_query, useQuery } from '../../app/router';
import { Choice } from '../../parts/Field';
import { complain } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { STATE_NAMES } from '../../parts/State';
import { RunList } from './RunList';

interface Answer {
  runs: RunRow[];
  next?: string;
}

export default function RunsPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const asked = useQuery();
  const query = { importer: asked.get('importer') ?? '', state: asked.get('state') ?? '' };
  // Whoever looks further back is left in peace.
  const [older, set_older] = useState<Answer>({ runs: [] });
  const importers = useLoad((signal) => call<{ importers: ImporterRow[] }>('GET /api/v1/sites/{site}/importers', { site }, { signal }), [site]);
  const load = useLoad((signal) => call<Answer>('GET /api/v1/sites/{site}/runs', { site }, { query, signal }), [site, query.importer, query.state], older.runs.length === 0 ? 5000 : 0);
  useEffect(() => set_older({ runs: [] }), [load.data]);
  const next = older.runs.length > 0 ? older.next : load.data?.next;
  const more = async () => {
    try {
      const found = await call<Answer>('GET /api/v1/sites/{site}/runs', { site }, { query: { ...query, cursor: next } });
      set_older({ runs: [...older.runs, ...found.runs], next: found.next });
    } catch (error) {
      complain(error);
    }
  };
  const names = importers.data?.importers.map(({ importer }) => [importer, importer] as const) ?? [];
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
        <Choice label="Importer" value={query.importer} set={(importer) => set_query({ importer })} options={[['', 'All'], ...names]} />
        <Choice label="State" value={query.state} set={(state) => set_query({ state })} options={[['', 'All'], ...STATE_NAMES]} />
      </div>
      <Loaded load={load}>{({ runs }) => <RunList site={site} runs={[...runs, ...older.runs]} />}</Loaded>
      {next && (
        <p style={{ marginTop: 16 }}>
          <Button onClick={more}>Show older runs</Button>
        </p>
      )}
    </Page>
  );
}
