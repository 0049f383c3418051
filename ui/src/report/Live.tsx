// A run under way, as it is heard of about once a second.
import { useEffect, useRef, useState } from 'react';

import type { Job, Progress } from '../api/types';
import { Table } from '../parts/Table';

const number = new Intl.NumberFormat('en');
type Set = NonNullable<Progress['data_sets']>[number];

const RATE_OVER_MS = 10_000;

// Records a second of each data set, over the last seconds that were seen; none before there are two looks.
function useRates(sets: Set[]): Map<string, number> {
  const seen = useRef<{ at: number; fetched: Map<string, number> }[]>([]);
  const [rates, set_rates] = useState(new Map<string, number>());
  useEffect(() => {
    const now = { at: performance.now(), fetched: new Map(sets.map(({ name, fetched }) => [name, fetched])) };
    const first = seen.current.find(({ at }) => now.at - at <= RATE_OVER_MS);
    seen.current = [...seen.current.filter(({ at }) => now.at - at <= RATE_OVER_MS), now];
    if (!first) return;
    const seconds = (now.at - first.at) / 1000;
    set_rates(new Map(sets.map(({ name, fetched }) => [name, (fetched - (first.fetched.get(name) ?? 0)) / seconds])));
  }, [sets]);
  return rates;
}

const how_far = ({ done, fetched, pages }: Set) => (done ? 'read' : fetched > 0 || pages > 0 ? 'being read' : 'not begun');

function Sets({ sets }: { sets: Set[] }) {
  const rates = useRates(sets);
  const rate = ({ name, done }: Set) => (done ? 0 : Math.round(rates.get(name) ?? 0));
  return (
    <Table<Set>
      label="Progress by data set"
      rows={sets}
      row_key={({ name }) => name}
      columns={[
        { name: 'Data set', by: ({ name }) => name, cell: ({ name }) => name.replaceAll('_', ' ') },
        { name: 'Pages', is_number: true, by: ({ pages }) => pages, cell: ({ pages }) => number.format(pages) },
        { name: 'Records', is_number: true, by: ({ fetched }) => fetched, cell: ({ fetched, total }) => `${number.format(fetched)}${total ? ` of ${number.format(total)}` : ''}` },
        { name: 'A second', is_number: true, by: rate, cell: (set) => (rate(set) > 0 ? number.format(rate(set)) : '') },
        { name: 'Now', by: how_far, cell: how_far },
      ]}
    />
  );
}

function Sent({ what, done = 0, total = 0 }: { what: string; done?: number; total?: number }) {
  if (total === 0) return null;
  return (
    <div className="budget">
      <p>
        {number.format(done)} of {number.format(total)} {what}
      </p>
      <div className="bar" aria-hidden="true">
        <i style={{ width: `${Math.min(100, (100 * done) / total)}%` }} />
      </div>
    </div>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const heading = ({ cancelled, state, progress }: Job) => {
  if (cancelled) return 'Being cancelled';
  if (state !== 'running') return 'Waits for a free worker';
  if (progress?.report) return 'Ends';
  return progress?.phase ? `Now: ${progress.phase}` : 'Begins';
};

export function Live({ job }: { job: Job }) {
  const progress = job.progress;
  const sets = progress?.data_sets ?? [];
  const relations = progress?.relations ?? [];
  return (
    <section aria-label="Progress" aria-live="off">
      <h2>{heading(job)}</h2>
      {progress?.waiting && <p>{capital(progress.waiting)}</p>}
      {progress && <Sent what="objects are sent to Assets" done={progress.objects_submitted} total={progress.objects_total} />}
      {progress && <Sent what="people are looked up in Jira" done={progress.people_done} total={progress.people_total} />}
      {sets.length > 0 && <Sets sets={sets} />}
      {relations.length > 0 && (
        <p className="quiet" style={{ marginTop: 8 }}>
          References between them: {relations.filter(({ done }) => done).length} of {relations.length} lists are read.
        </p>
      )}
    </section>
  );
}
