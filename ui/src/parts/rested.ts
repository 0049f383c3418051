import { useEffect, useState } from 'react';

const REST_MS = 500;

// `value` as it was when nobody had changed it for a moment.
export function useRested<T>(value: T): T {
  const [rested, set_rested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set_rested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
