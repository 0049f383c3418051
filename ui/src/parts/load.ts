import { type DependencyList, useCallback, useEffect, useRef, useState } from 'react';

import { Problem } from '../api/client';

export interface Load<T> {
  data: T | undefined;
  problem: Problem | null;
  reload: () => void;
}

// What pages showed last, until the browser loads the console anew.
const seen = new Map<string, unknown>();

// What is there stays to be seen while it is asked for again; with a name, also what was there when the page was left.
export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, needs: DependencyList, every_ms = 0, name = ''): Load<T> {
  const [data, set_data] = useState<T | undefined>(name ? (seen.get(name) as T | undefined) : undefined);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [turn, set_turn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const control = new AbortController();
    latest
      .current(control.signal)
      .then((found) => {
        if (control.signal.aborted) return;
        set_data(found);
        if (name) seen.set(name, found);
        set_problem(null);
      })
      .catch((error: unknown) => {
        if (control.signal.aborted) return;
        set_problem(error instanceof Problem ? error : new Problem(0, 'page', 'This page has a fault', String(error)));
      });
    return () => control.abort();
  }, [...needs, turn]);
  useEffect(() => {
    if (!every_ms) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && set_turn((now) => now + 1), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return { data, problem, reload: useCallback(() => set_turn((now) => now + 1), []) };
}
