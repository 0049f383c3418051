// What can be folded away. Once it is there, only whoever looks at it opens and closes it.
import { type ReactNode, useEffect, useState } from 'react';

interface Props {
  title: ReactNode;
  is_open?: boolean; // at first, and again whenever it becomes true
  children: ReactNode;
}

export function Fold({ title, is_open = false, children }: Props) {
  const [open, set_open] = useState(is_open);
  useEffect(() => {
    if (is_open) set_open(true);
  }, [is_open]);
  return (
    <details className="set" open={open} onToggle={(event) => set_open(event.currentTarget.open)}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
