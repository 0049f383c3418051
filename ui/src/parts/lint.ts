import { useEffect, useState } from 'react';

import { call, type Finding } from '../api/client';

const REST_MS = 400; // after the last key

// What muster says about a definition while it is being written.
export function useLint(text: string) {
  const [findings, set_findings] = useState<Finding[]>([]);
  useEffect(() => {
    if (!text.trim()) return;
    const control = new AbortController();
    const timer = setTimeout(() => {
      call<{ findings: Finding[] }>('POST /api/v1/lint', {}, { body: { definition: text }, signal: control.signal })
        .then((answer) => set_findings(answer.findings))
        .catch(() => {});
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text]);
  return findings;
}
