import { type DependencyList, useCallback, useEffect, useRef, useState } from 'react';

import { Problem } from '../api/client';

export interface Load<T> {
  data: T | undefined;
  problem: Problem | null;
  reload: () => void;
}

// What pages showed last, until the browser loads the console anew.
const seen = new Map<string, unknown>();

// How long until it is asked for again, in milliseconds; 0: never. It may depend on what was found.
export type Every<T> = number | ((data: T | undefined) => number);

// What is there stays to be seen while it is asked for again; with a name, also what was there when the page was left.
export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, needs: DependencyList, every: Every<T> = 0, name = ''): Load<T> {
  const [data, set_data] = useState<T | undefined>(name ? (seen.get(name) as T | undefined) : undefined);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [turn, set_turn] = useState(0);
  const every_ms = typeof every === 'function' ? every(data) : every;
  const latest = useRef(ask);
  latest.current = ask;
  const is_asking = useRef(false);
  useEffect(() => {
    const control = new AbortController();
    is_asking.current = true;
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
      })
      .finally(() => {
        if (!control.signal.aborted) is_asking.current = false;
      });
    return () => control.abort();
  }, [...needs, turn]);
  useEffect(() => {
    if (!every_ms) return;
    // An answer that takes longer than this is waited for, or it would never be seen.
    const timer = setInterval(() => document.visibilityState === 'visible' && !is_asking.current && set_turn((now) => now + 1), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return { data, problem, reload: useCallback(() => set_turn((now) => now + 1), []) };
}
