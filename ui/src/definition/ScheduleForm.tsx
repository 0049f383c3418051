import { call } from '../api/client';
import type { Schedule } from '../api/types';
import { Choice, Field } from '../parts/Field';
import { Loaded } from '../parts/Loaded';
import { useLoad } from '../parts/load';
import { useRested } from '../parts/rested';
import { Table } from '../parts/Table';
import { Time } from '../parts/Time';
import type { Value } from './definition';
import type { FormProps } from './source';

const DAYS = [
  ['mon', 'Monday'],
  ['tue', 'Tuesday'],
  ['wed', 'Wednesday'],
  ['thu', 'Thursday'],
  ['fri', 'Friday'],
  ['sat', 'Saturday'],
  ['sun', 'Sunday'],
] as const;
const KINDS = [
  ['daily', 'Every day'],
  ['weekly', 'On days of the week'],
  ['hourly', 'Every hour'],
  ['every', 'Every so often'],
  ['cron', 'By a cron line'],
  ['none', 'Only when somebody starts it'],
] as const;
const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

// A good beginning for each kind.
const FRESH: Record<string, () => Value> = {
  none: () => 'none',
  hourly: () => 'hourly',
  every: () => ({ every: '4h' }),
  daily: () => ({ daily: '02:30', time_zone: here() }),
  weekly: () => ({ weekly: ['mon'], at: '02:30', time_zone: here() }),
  cron: () => ({ cron: '0 */4 * * *', time_zone: here() }),
};
export const fresh_schedule = () => FRESH.daily?.() as Value;

const note = (tick: Schedule['ticks'][number]) =>
  [tick.moved && 'moved because the clocks change', tick.skipped_in_blackout > 0 && `${tick.skipped_in_blackout} before it fall into quiet hours`].filter(Boolean).join('; ');

export function NextTimes({ text }: { text: string }) {
  const load = useLoad((signal) => call<Schedule>('POST /api/v1/schedule', {}, { body: { definition: text }, query: { count: 10 }, signal }), [text]);
  return (
    <Loaded load={load}>
      {(schedule) => (
        <>
          <h2>The next ten times</h2>
          <p>{schedule.schedule === 'none' ? 'It has no schedule.' : `Runs ${schedule.schedule}.`}</p>
          <Table
            label="Next times"
            rows={schedule.ticks}
            row_key={(tick) => tick.utc}
            empty="It runs only when somebody starts it."
            columns={[
              { name: 'Your time', by: (tick) => tick.utc, cell: (tick) => <Time at={tick.utc} full /> },
              { name: 'In', by: (tick) => tick.utc, cell: (tick) => <Time at={tick.utc} /> },
              { name: `Time in ${schedule.time_zone}`, by: (tick) => tick.utc, cell: (tick) => tick.local },
              { name: 'Note', by: note, cell: note },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}

export function ScheduleForm({ definition, edit }: FormProps) {
  const said = definition.get(['schedule']) ?? 'none';
  const kind = typeof said === 'string' ? said : (KINDS.find(([name]) => typeof said === 'object' && name in said)?.[0] ?? 'none');
  const set = (name: string) => (value: Value) => edit(['schedule', name], value);
  const text = (name: string) => definition.text_at(['schedule', name]);
  const days = definition.list_at(['schedule', 'weekly']);
  return (
    <>
      <div className="narrow">
        <Choice label="Runs" value={kind} set={(next) => edit(['schedule'], FRESH[next]?.())} options={KINDS} />
        {kind === 'every' && <Field label="Every" value={text('every')} set={set('every')} help="Such as 15m or 4h." />}
        {kind === 'weekly' && (
          <fieldset className="set">
            <legend>Days</legend>
            {DAYS.map(([day, name]) => (
              <label key={day} className="tick">
                <input
                  type="checkbox"
                  checked={days.includes(day)}
                  disabled={days.length === 1 && days.includes(day)}
                  onChange={(event) => set('weekly')(DAYS.map(([each]) => each).filter((each) => (each === day ? event.target.checked : days.includes(each))))}
                />
                {name}
              </label>
            ))}
          </fieldset>
        )}
        {kind === 'daily' && <Field label="At" type="time" value={text('daily')} set={set('daily')} />}
        {kind === 'weekly' && <Field label="At" type="time" value={text('at')} set={set('at')} />}
        {kind === 'cron' && <Field label="Cron line" value={text('cron')} set={set('cron')} help="Minute, hour, day of the month, month, day of the week." />}
        {['daily', 'weekly', 'cron'].includes(kind) && <Field label="Time zone" value={text('time_zone')} set={set('time_zone')} help="Such as Europe/Berlin." />}
      </div>
      <NextTimes text={useRested(definition.text)} />
    </>
  );
}
