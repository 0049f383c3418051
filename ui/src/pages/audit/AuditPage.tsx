import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { useEffect, useState } from 'react';

import { call } from '../../api/client';
import type { AuditEntry } from '../../api/types';
import { set_query, useQuery } from '../../app/router';
import { Field } from '../../parts/Field';
import { complain } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Answer {
  entries: AuditEntry[];
  next?: string;
}
interface Verified {
  whole: boolean;
  entries: number;
  head: string;
  mistakes: string;
}

// Of a site, or, without one, of the installation.
export default function AuditPage({ parts }: { parts: Record<string, string> }) {
  const site = parts.site ?? '';
  const wanted = useQuery().get('q') ?? '';
  const ask = (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    call<Answer>(site ? 'GET /api/v1/sites/{site}/audit' : 'GET /api/v1/audit', { site }, { query: { limit: 200, ...query }, signal });
  const load = useLoad((signal) => ask({}, signal), [site]);
  const verified = useLoad((signal) => call<Verified>(site ? 'GET /api/v1/sites/{site}/audit/verification' : 'GET /api/v1/audit/verification', { site }, { signal }), [site]);
  const [older, set_older] = useState<Answer>({ entries: [] });
  useEffect(() => set_older({ entries: [] }), [load.data]);
  const next = older.entries.length > 0 ? older.next : load.data?.next;
  const more = async () => {
    try {
      const found = await ask({ cursor: next });
      set_older({ entries: [...older.entries, ...found.entries], next: found.next });
    } catch (error) {
      complain(error);
    }
  };
  const fits = (entry: AuditEntry) => [entry.who, entry.act, entry.target, entry.origin, entry.before, entry.after].some((text) => text.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <Page title={site ? 'Audit log' : 'Audit log of the installation'}>
      <Loaded load={verified}>
        {(state) => (
          <SectionMessage appearance={state.whole ? 'success' : 'error'} title={state.whole ? `The log is whole: ${state.entries} entries, each bound to the one before` : 'The log was changed'}>
            <p>
              {state.whole ? 'Keep this hash elsewhere to prove later that nobody replaced the log: ' : state.mistakes}
              <span className="code">{state.head}</span>
            </p>
          </SectionMessage>
        )}
      </Loaded>
      <div className="row" style={{ marginTop: 16 }}>
        <Field label="Search in what is shown" value={wanted} set={(q) => set_query({ q })} />
      </div>
      <Loaded load={load}>
        {({ entries }) => (
          <Table<AuditEntry>
            label="Audit log"
            rows={[...entries, ...older.entries].filter(fits)}
            row_key={({ number }) => String(number)}
            empty={wanted ? 'No entry that is shown fits.' : 'Nothing was done yet.'}
            columns={[
              { name: 'When', by: ({ at }) => at, cell: ({ at }) => <Time at={at} full /> },
              { name: 'Who', by: ({ who }) => who, cell: ({ who, origin }) => <span title={origin}>{who}</span> },
              { name: 'Did', by: ({ act }) => act, cell: ({ act }) => act },
              { name: 'To', by: ({ target }) => target, cell: ({ target }) => target },
              {
                name: 'Details',
                cell: ({ before, after }) =>
                  before || after ? (
                    <details>
                      <summary>Show</summary>
                      {before && <pre className="diff"><span className="removed">{before}</span></pre>}
                      {after && <pre className="diff"><span className="added">{after}</span></pre>}
                    </details>
                  ) : (
                    ''
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      {next && (
        <p style={{ marginTop: 16 }}>
          <Button onClick={more}>Show older entries</Button>
        </p>
      )}
    </Page>
  );
}
