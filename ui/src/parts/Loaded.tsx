import SectionMessage from '@atlaskit/section-message';
import Spinner from '@atlaskit/spinner';
import type { ReactNode } from 'react';

import type { Problem } from '../api/client';
import type { Load } from './load';

export const Waiting = () => (
  <div className="waiting">
    <Spinner size="large" label="Loading" />
  </div>
);

const TITLES: Record<number, string> = {
  403: 'You may not see this',
  404: 'It is not there, or you may not see it',
};

export const Refused = ({ problem }: { problem: Problem }) => (
  <SectionMessage appearance={problem.status === 403 ? 'warning' : 'error'} title={TITLES[problem.status] ?? problem.title ?? 'It did not work'}>
    <p>{problem.message}</p>
    {problem.findings.length > 0 && (
      <ul>
        {problem.findings.map((finding) => (
          <li key={`${finding.line}.${finding.column}.${finding.message}`}>
            Line {finding.line}: {finding.message}
          </li>
        ))}
      </ul>
    )}
  </SectionMessage>
);

export function Loaded<T>({ load, children }: { load: Load<T>; children: (data: T) => ReactNode }) {
  if (load.problem && (load.data === undefined || load.problem.status === 403 || load.problem.status === 404)) return <Refused problem={load.problem} />;
  if (load.data === undefined) return <Waiting />;
  return (
    <>
      {load.problem && <Refused problem={load.problem} />}
      {children(load.data)}
    </>
  );
}
