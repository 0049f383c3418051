// What a run, or a plan, found: its object types, its rejects, and what the gate said.
import SectionMessage from '@atlaskit/section-message';
import { memo, type UIEvent, useEffect, useRef } from 'react';

import type { DataSetReport, LogLine, Run } from '../api/types';
import { Table } from '../parts/Table';
import { clock } from '../parts/Time';
import { Words } from '../parts/Words';

export const number = new Intl.NumberFormat('en');
export const INCLUDED_OBJECTS = 50_000; // of Premium and Enterprise, for each site
const count = (name: string, of: (set: DataSetReport) => number) => ({ name, is_number: true, by: of, cell: (set: DataSetReport) => number.format(of(set)) });

const WAS = [
  count('Sent', (set) => set.submitted),
  count('New', (set) => set.created),
  count('Changed', (set) => set.updated),
  count('Unchanged', (set) => set.unchanged),
  count('Missing', (set) => set.missing),
];
const WOULD_BE = [
  count('Would be new', (set) => set.expected?.new ?? 0),
  count('Would change', (set) => set.expected?.changed ?? 0),
  count('Would stay', (set) => set.expected?.unchanged ?? 0),
  count('Would be missing', (set) => set.expected?.missing ?? 0),
];

export function ObjectTypes({ run, expected }: { run: Run; expected: boolean }) {
  if (!run.data_sets || run.data_sets.length === 0) return null;
  return (
    <section>
      <h2>Object types</h2>
      <Table<DataSetReport>
        label="Object types"
        rows={run.data_sets}
        row_key={(set) => set.name}
        columns={[
          { name: 'Object type', by: (set) => set.object_type, cell: (set) => set.object_type || set.name },
          count('Read', (set) => set.fetched),
          count('Filtered', (set) => set.filtered),
          count('Rejected', (set) => set.rejected),
          ...(expected ? WOULD_BE : WAS),
        ]}
      />
    </section>
  );
}

export function Rejects({ run }: { run: Run }) {
  const by_reason = new Map<string, NonNullable<Run['rejects']>>();
  for (const reject of run.rejects ?? []) by_reason.set(reject.reason, [...(by_reason.get(reject.reason) ?? []), reject]);
  if (by_reason.size === 0) return null;
  const all = run.data_sets?.reduce((sum, set) => sum + set.rejected, 0) ?? 0;
  return (
    <section>
      <h2>Rejected records</h2>
      <p className="quiet">
        These records were left out; the rest was imported. Mend them in the source; the next run takes them.
        {all > (run.rejects?.length ?? 0) && ` ${number.format(all)} in all, the first ${run.rejects?.length} are listed.`}
      </p>
      {[...by_reason].map(([reason, rejects]) => (
        <details key={reason} className="set">
          <summary>
            <b>{reason.replaceAll('_', ' ')}</b>: {number.format(rejects.length)} {rejects.length === 1 ? 'record' : 'records'}. {rejects[0]?.detail}
          </summary>
          <ul>
            {rejects.slice(0, 200).map((reject, index) => (
              <li key={index}>
                {reject.data_set}: <span className="code">{reject.key}</span> {reject.detail !== rejects[0]?.detail && reject.detail}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

export function Notices({ run }: { run: Run }) {
  const notices = [...(run.notices ?? []), ...(run.gate?.notices ?? [])];
  if (notices.length === 0) return null;
  return (
    <section>
      <h2>Notices</h2>
      <ul>
        {notices.map((notice) => (
          <li key={notice}>
            <Words of={notice} importer={run.importer} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const LineOf = memo(({ line }: { line: LogLine }) => (
  <li className={line.level}>
    <time dateTime={line.at} title={line.at}>
      {clock(line.at)}
    </time>
    <span>
      {line.level !== 'info' && `${line.level}: `}
      {line.text}
    </span>
  </li>
));

// One that grows is followed, as long as nobody has scrolled away from its end.
export function Log({ lines, grows = false }: { lines: LogLine[] | undefined; grows?: boolean }) {
  const list = useRef<HTMLUListElement>(null);
  const is_at_end = useRef(grows);
  const count = lines?.length ?? 0;
  useEffect(() => {
    if (list.current && is_at_end.current) list.current.scrollTop = list.current.scrollHeight;
  }, [count]);
  if (!lines || count === 0) return null;
  const scrolled = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: UIEvent<HTMLUListElement>) => {
    is_at_end.current = grows && scrollTop + clientHeight >= scrollHeight - 4;
  };
  return (
    <section>
      <h2>Log</h2>
      <ul className="log code" tabIndex={0} aria-label="Log of the run" ref={list} onScroll={scrolled}>
        {lines.map((line, index) => (
          <LineOf key={index} line={line} />
        ))}
      </ul>
    </section>
  );
}

// What an admin of Assets does before this is approved: no program can look at that setting.
const Shared = ({ type }: { type: string }) => (
  <ol>
    <li>
      In Jira, open <b>Assets</b>, the object schema of this import, <b>Schema configuration</b>, then <b>Import</b>.
    </li>
    <li>
      In the menu of this import choose <b>Edit mapping</b>, and there set <b>Missing objects</b> of {type} to <b>Ignore</b>. Is {type} not in the mapping yet, the command above puts it there; nothing else does before the first run.
    </li>
    <li>Come back and approve this run. It is asked once for each importer.</li>
  </ol>
);

export const Findings = ({ run }: { run: Run }) => (
  <ul>
    {run.gate?.findings.map((finding) => (
      <li key={finding.data_set + finding.reason + (finding.attribute ?? '')}>
        <Words of={finding.text} importer={run.importer} />
        {finding.reason === 'gate_shared' && <Shared type={run.data_sets?.find(({ name }) => name === finding.data_set)?.object_type ?? finding.data_set} />}
      </li>
    ))}
  </ul>
);

// How much of what Assets includes would be used.
export function Budget({ objects }: { objects: number }) {
  const share = (100 * objects) / INCLUDED_OBJECTS;
  return (
    <div className="budget">
      <p>
        {number.format(objects)} of the {number.format(INCLUDED_OBJECTS)} objects that Premium and Enterprise include for a site ({share < 0.1 && objects > 0 ? 'under 0.1' : share.toFixed(1)}&nbsp;%).
        {share > 100 && ' More have to be bought, or select fewer data sets, or filter.'}
      </p>
      <div className="bar" aria-hidden="true">
        <i className={share > 100 ? 'over' : undefined} style={{ width: `${Math.min(100, share)}%` }} />
      </div>
    </div>
  );
}

export function Planned({ run }: { run: Run }) {
  const is_held = run.gate?.verdict === 'held';
  const is_good = run.state.startsWith('completed');
  return (
    <>
      {is_held ? (
        <SectionMessage appearance="warning" title="A run would be held now, until an admin approves this">
          <Findings run={run} />
        </SectionMessage>
      ) : (
        <SectionMessage appearance={is_good ? 'success' : 'error'} title={is_good ? 'A run would pass now. Nothing was sent.' : 'A run would fail now'}>
          <p>
            <Words of={run.message} importer={run.importer} />
          </p>
        </SectionMessage>
      )}
      <Budget objects={(run.data_sets ?? []).reduce((sum, set) => sum + set.formatted, 0)} />
      <ObjectTypes run={run} expected />
      <Rejects run={run} />
      <Notices run={run} />
    </>
  );
}
