// Names and what they are, below each other.
import type { ReactNode } from 'react';

export const Facts = ({ of }: { of: [string, ReactNode][] }) => (
  <dl className="facts">
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
