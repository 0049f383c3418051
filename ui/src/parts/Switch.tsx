// On or off at once.
import type { ReactNode } from 'react';

interface Props {
  on: boolean;
  set: (on: boolean) => void;
  children: ReactNode; // what it switches
  disabled?: boolean;
}

export const Switch = ({ on, set, children, disabled }: Props) => (
  <label className="switch">
    <input type="checkbox" role="switch" checked={on} disabled={disabled} onChange={(event) => set(event.target.checked)} />
    <span>{children}</span>
  </label>
);
