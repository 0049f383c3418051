import SectionMessage from '@atlaskit/section-message';

import { call } from '../../api/client';
import type { Schedule } from '../../api/types';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

export function ScheduleTab({ site, importer, version, paused }: { site: string; importer: string; version: number; paused: boolean }) {
  const load = useLoad((signal) => call<Schedule>('GET /api/v1/sites/{site}/importers/{importer}/schedule', { site, importer }, { query: { count: 10 }, signal }), [site, importer, version]);
  return (
    <Loaded load={load}>
      {(schedule) => (
        <div className="gap">
          {paused && (
            <SectionMessage appearance="warning" title="The schedule is paused">
              <p>Nothing below starts until somebody resumes it.</p>
            </SectionMessage>
          )}
          <p className="story">{schedule.schedule === 'none' ? 'It has no schedule.' : `Runs ${schedule.schedule}.`}</p>
          <Table
            label="Next times"
            rows={schedule.ticks}
            row_key={(tick) => tick.utc}
            empty="It runs only when somebody starts it."
            columns={[
              { name: 'Your time', cell: (tick) => <Time at={tick.utc} full /> },
              { name: 'In', cell: (tick) => <Time at={tick.utc} /> },
              { name: `Time in ${schedule.time_zone}`, cell: (tick) => tick.local },
              { name: 'Note', cell: (tick) => [tick.moved && 'moved because the clocks change', tick.skipped_in_blackout > 0 && `${tick.skipped_in_blackout} before it fall into quiet hours`].filter(Boolean).join('; ') },
            ]}
          />
        </div>
      )}
    </Loaded>
  );
}
