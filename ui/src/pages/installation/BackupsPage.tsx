import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { useState } from 'react';

import { call } from '../../api/client';
import { complain, say } from '../../parts/flags';
import { Facts } from '../../parts/Facts';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { Table } from '../../parts/Table';
import { Time, exact } from '../../parts/Time';
import { RestoreSite } from './RestoreSite';

interface Backup {
  name: string;
  bytes: number;
  path: string;
  sites: string[];
  kind: 'manual' | 'daily' | 'weekly' | 'monthly';
  whole: boolean;
  expires?: string;
}

interface Schedule {
  enabled: boolean;
  when?: string;
  next?: string;
  last_good?: string;
  is_making?: boolean;
  failures?: number;
  problem?: string;
  keep?: { daily: number; weekly: number; monthly: number };
}

// "20261127T021500123Z", "20261127T021500123Z-daily"
const made_at = (name: string) => name.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d*)Z(-[a-z]+)?$/, '$1-$2-$3T$4:$5:$6.$7Z');
const MIB = 1024 * 1024;
const size_of = (bytes: number) => (bytes < MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`);

const kept = ({ daily, weekly, monthly }: { daily: number; weekly: number; monthly: number }) =>
  [`${daily} days`, weekly && `the first of a week ${weekly} weeks`, monthly && `the first of a month ${monthly} months`].filter(Boolean).join(', ');

function OnSchedule({ schedule }: { schedule: Schedule }) {
  if (!schedule.enabled)
    return (
      <p>
        None are made by themselves. <code>muster serve --backup-schedule "30 2 * * *"</code> makes one each night, and removes it when its day has come.
      </p>
    );
  return (
    <>
      {schedule.problem && (
        <SectionMessage appearance="warning" title={`The last backup failed${schedule.failures && schedule.failures > 1 ? `, ${schedule.failures} times by now` : ''}`}>
          <p>{schedule.problem}</p>
          <p>It is tried again by itself.</p>
        </SectionMessage>
      )}
      <Facts
        of={[
          ['On schedule', schedule.when],
          ['Next', schedule.is_making ? 'one is being made now' : schedule.next ? <Time at={schedule.next} full /> : 'never'],
          ['Last good one', schedule.last_good ? <Time at={schedule.last_good} full /> : 'none yet'],
          ['Kept', schedule.keep && kept(schedule.keep)],
        ]}
      />
    </>
  );
}

export default function BackupsPage(_: { parts: Record<string, string> }) {
  const [busy, set_busy] = useState(false);
  const load = useLoad((signal) => call<{ folder: string; backups: Backup[]; schedule: Schedule }>('GET /api/v1/backups', {}, { signal }), []);
  const make = async () => {
    set_busy(true);
    try {
      const { name } = await call<Backup>('POST /api/v1/backups');
      say('The backup is there', name);
      load.reload();
    } catch (error) {
      complain(error);
    }
    set_busy(false);
  };
  return (
    <Page
      title="Backups"
      actions={
        load.data?.folder && (
          <Button appearance="primary" isLoading={busy} onClick={make}>
            Make a backup now
          </Button>
        )
      }
    >
      <p className="story">A backup is the whole store at one instant, made while importers run. It is sealed with the key of the stored secrets: keep that key apart from it.</p>
      <Loaded load={load}>
        {({ folder, backups, schedule }) => (
          <div className="gap">
            {!folder && (
              <SectionMessage appearance="information" title="The service has no place for backups">
                <p>
                  Start it with <code>--backup-folder DIR</code> or <code>--backup-folder s3://BUCKET/PREFIX</code>, and make and list them here. Those that the command line makes elsewhere are not shown.
                </p>
              </SectionMessage>
            )}
            {folder && <OnSchedule schedule={schedule} />}
            <Table<Backup>
              label="Backups"
              rows={backups}
              row_key={({ name }) => name}
              empty={folder ? `There is none in ${folder} yet.` : 'None.'}
              columns={[
                { name: 'Made', by: ({ name }) => name, cell: ({ name }) => <Time at={made_at(name)} full /> },
                { name: 'Kind', by: ({ kind }) => kind, cell: ({ kind, whole }) => (whole ? (kind === 'manual' ? 'by hand' : kind) : `${kind}, not whole`) },
                { name: 'Expires', by: ({ expires }) => expires ?? '', cell: ({ expires }) => (expires ? <time dateTime={expires} title={exact(expires)}>{expires.slice(0, 10)}</time> : 'never by itself') },
                { name: 'Size', is_number: true, by: ({ bytes }) => bytes, cell: ({ bytes }) => size_of(bytes) },
                { name: 'Sites', by: ({ sites }) => sites.length, cell: ({ sites }) => sites.join(', ') || 'none' },
                { name: 'Where', by: ({ path }) => path, cell: ({ path }) => <code>{path}</code> },
                { name: 'Act', cell: ({ name, path, sites }) => !path.startsWith('s3:') && <RestoreSite backup={name} sites={sites} /> },
              ]}
            />
            <SectionMessage appearance="information" title="Verifying one and bringing all of it back">
              <p>
                Both are done where muster runs: <code>muster backup verify PATH --key-file KEY</code>, and into an empty store <code>muster backup restore PATH --key-file KEY</code>. One site alone is brought back here.
              </p>
            </SectionMessage>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
