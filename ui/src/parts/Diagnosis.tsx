import SectionMessage from '@atlaskit/section-message';

import { Table } from './Table';
import { Words } from './Words';

export interface DiagnosisAnswer {
  sign_in: { state: string; message?: string };
  checks: { name: string; kind: string; state: string; message?: string; permissions?: string[] }[];
  destination: { ready: boolean; status?: string; advice?: string; message?: string };
  advice: string[];
}

// What the permission doctor found.
export function Diagnosis({ found }: { found: DiagnosisAnswer }) {
  const is_tested = Boolean(found.destination.status || found.destination.message);
  const rows = [
    { name: 'Sign-in', kind: 'source', state: found.sign_in.state, note: found.sign_in.message ?? '' },
    ...found.checks.map((check) => ({ name: check.name, kind: check.kind.replace('_', ' '), state: check.state.replaceAll('_', ' '), note: check.message ?? '' })),
    { name: 'Assets', kind: 'destination', state: found.destination.ready ? 'works' : is_tested ? 'not ready' : 'not tested yet', note: found.destination.message ?? found.destination.advice ?? '' },
  ];
  return (
    <div className="gap">
      {found.advice.length === 0 ? (
        <SectionMessage appearance="success" title="Everything works">
          <p>Signing in and reading one record of everything that is selected worked.</p>
        </SectionMessage>
      ) : (
        <SectionMessage appearance="warning" title="Something is missing">
          <ul>
            {found.advice.map((advice) => (
              <li key={advice}>
                <Words of={advice} />
              </li>
            ))}
          </ul>
        </SectionMessage>
      )}
      <Table
        label="What was tried"
        rows={rows}
        row_key={(row) => row.kind + row.name}
        columns={[
          { name: 'What', by: (row) => row.name, cell: (row) => row.name },
          { name: 'Kind', by: (row) => row.kind, cell: (row) => row.kind },
          { name: 'Result', by: (row) => row.state, cell: (row) => row.state },
          { name: 'What it said', is_wide: true, by: (row) => row.note, cell: (row) => <Words of={row.note} /> },
        ]}
      />
    </div>
  );
}
