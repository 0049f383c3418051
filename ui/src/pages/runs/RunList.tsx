import type { RunRow } from '../../api/types';
import { State } from '../../parts/State';
import { Table } from '../../parts/Table';
import { lasted, Time } from '../../parts/Time';

const number = new Intl.NumberFormat('en');

interface Props {
  site: string;
  runs: RunRow[];
  of_one?: boolean;
  near_end?: () => void;
  empty?: string;
}

export function RunList({ site, runs, of_one = false, near_end, empty = 'No run fits.' }: Props) {
  const base = `/sites/${encodeURIComponent(site)}`;
  const name = { name: 'Importer', by: (run: RunRow) => run.importer, cell: (run: RunRow) => <a href={`${base}/importers/${encodeURIComponent(run.importer)}`}>{run.importer}</a> };
  return (
    <Table<RunRow>
      label="Runs"
      rows={runs}
      row_key={(run) => run.run_id}
      empty={empty}
      near_end={near_end}
      columns={[
        { name: 'Started', by: (run) => Date.parse(run.started), cell: (run) => <a href={`${base}/runs/${run.run_id}`}><Time at={run.started} full /></a> },
        ...(of_one ? [] : [name]),
        { name: 'State', by: (run) => run.state, cell: (run) => <State of={run.state} /> },
        { name: 'What happened', by: (run) => run.message, cell: (run) => <span title={run.message}>{run.message}</span> },
        { name: 'Objects', is_number: true, by: (run) => run.objects, cell: (run) => number.format(run.objects) },
        { name: 'Kind', by: (run) => run.kind, cell: (run) => (run.kind === 'full' ? 'whole' : run.kind) },
        { name: 'Took', is_number: true, by: (run) => (run.ended ? Date.parse(run.ended) - Date.parse(run.started) : 0), cell: (run) => lasted(run.started, run.ended) },
      ]}
    />
  );
}
