// What a run under way logs, as it comes: lines are asked for after those that are there.
import { useEffect, useState } from 'react';

import { call } from '../api/client';
import type { LogLine } from '../api/types';
import { Log } from './Report';

const LOOK_MS = 1_000;

export function LiveLog({ site, run_id }: { site: string; run_id: string }) {
  const [lines, set_lines] = useState<LogLine[]>([]);
  useEffect(() => {
    const control = new AbortController();
    let next = 0;
    const look = async () => {
      if (document.visibilityState !== 'visible') return;
      const found = await call<{ over: boolean; lines: LogLine[]; next: number }>('GET /api/v1/sites/{site}/runs/{run}/log', { site, run: run_id }, { query: { after: next }, signal: control.signal });
      if (control.signal.aborted || found.over || found.lines.length === 0) return; // the page asks for its report
      next = found.next;
      set_lines((before) => [...before, ...found.lines]);
    };
    let timer = 0;
    // One question at a time: another one would bring the same lines. What is refused now, such as that of a run that
    // has just begun, is asked for again.
    const go_on = () =>
      look()
        .catch(() => {})
        .finally(() => {
          if (!control.signal.aborted) timer = window.setTimeout(go_on, LOOK_MS);
        });
    void go_on();
    return () => {
      control.abort();
      window.clearTimeout(timer);
    };
  }, [site, run_id]);
  return <Log lines={lines} grows />;
}
