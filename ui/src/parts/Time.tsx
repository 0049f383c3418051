// Times in the viewer's zone; the exact one on hover.
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
// Made once: a formatter costs more than hundreds of times that it writes.
const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const SHORT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
const written = (format: Intl.DateTimeFormat, time: string) => {
  const at = Date.parse(time);
  return Number.isNaN(at) ? 'not known' : format.format(at);
};
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function ago(time: string) {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.round(seconds / length), unit);
  }
  return seconds > 5 ? 'in less than a minute' : 'just now';
}

export const exact = (time: string) => written(EXACT, time);

export function Time({ at, full = false }: { at: string; full?: boolean }) {
  return (
    <time dateTime={at} title={`${exact(at)} (${at})`}>
      {full ? exact(at) : ago(at)}
    </time>
  );
}

export function lasted(from: string, to: string | null) {
  const seconds = Math.max(0, ((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const shortly = (time: string) => written(SHORT, time);

// To the thousandth, for what happens within seconds.
export const clock = (time: string) => written(CLOCK, time);
