import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import Spinner from '@atlaskit/spinner';
import type { ReactNode } from 'react';

import type { Problem } from '../api/client';
import type { Load } from './load';
import { title_of } from './title_of';
import { Words } from './Words';

export const Waiting = () => (
  <div className="waiting">
    <Spinner size="large" label="Loading" />
  </div>
);

// What may be otherwise a moment later.
const passes = ({ status }: Problem) => status === 0 || status === 429 || status >= 500;

export const Refused = ({ problem, again }: { problem: Problem; again?: () => void }) => (
  <SectionMessage appearance={problem.status === 403 ? 'warning' : 'error'} title={title_of(problem)}>
    <p>
      <Words of={problem.message} />
    </p>
    {problem.findings.length > 0 && (
      <ul>
        {problem.findings.map((finding) => (
          <li key={`${finding.line}.${finding.column}.${finding.message}`}>
            Line {finding.line}: {finding.message}
          </li>
        ))}
      </ul>
    )}
    {again && passes(problem) && (
      <p>
        <Button onClick={again}>Try again</Button>
      </p>
    )}
  </SectionMessage>
);

export function Loaded<T>({ load, children }: { load: Load<T>; children: (data: T) => ReactNode }) {
  if (load.problem && (load.data === undefined || load.problem.status === 403 || load.problem.status === 404)) return <Refused problem={load.problem} again={load.reload} />;
  if (load.data === undefined) return <Waiting />;
  return (
    <>
      {load.problem && <Refused problem={load.problem} again={load.reload} />}
      {children(load.data)}
    </>
  );
}
