// Where the data of sites lies: the installation's own database and those of its regions.
import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { useState } from 'react';

import { call } from '../../api/client';
import type { Move, Region } from '../../api/types';
import { complain } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { Words } from '../../parts/Words';
import { Progress } from '../sites/MoveSite';

const LOOK_MS = 5_000;
const LOOK_AT_MOVES_MS = 2_000;
const OWN = "the installation's own";

interface Finding {
  region: string;
  what: string;
  state: string;
  found: string;
  advice: string;
}
interface Checks {
  fine: boolean;
  checks: { region: string; fine: boolean; found: Omit<Finding, 'region'>[] }[];
}

const Sites = ({ of }: { of: string[] }) => (
  <>
    {of.length === 0 && 'none'}
    {of.map((site, index) => (
      <span key={site}>
        {index > 0 && ', '}
        <a href={`/sites/${encodeURIComponent(site)}/settings`}>{site}</a>
      </span>
    ))}
  </>
);

function Found({ found }: { found: Checks }) {
  const rows = found.checks.flatMap(({ region, found: each }) => each.map((finding) => ({ ...finding, region })));
  const advice = rows.filter((row) => row.advice);
  return (
    <section aria-label="Check">
      <h2>What the check found</h2>
      <div className="gap">
        <SectionMessage appearance={found.fine ? 'success' : 'warning'} title={found.fine ? 'Every database can be used' : 'Not every database can be used'}>
          {advice.length === 0 ? (
            <p>Each is the one that was added, up to date, and has its sites and no others.</p>
          ) : (
            <ul>
              {advice.map((row) => (
                <li key={row.region + row.what}>
                  {row.region || OWN}, {row.what}: <Words of={row.advice} />
                </li>
              ))}
            </ul>
          )}
        </SectionMessage>
        <Table<Finding>
          label="What the check found"
          rows={rows}
          row_key={(row) => `${row.region} ${row.what}`}
          columns={[
            { name: 'Region', by: (row) => row.region, cell: (row) => row.region || OWN },
            { name: 'What', by: (row) => row.what, cell: (row) => row.what },
            { name: 'State', by: (row) => row.state, cell: (row) => row.state },
            { name: 'Found', is_wide: true, by: (row) => row.found, cell: (row) => row.found },
          ]}
        />
      </div>
    </section>
  );
}

function Moves() {
  const load = useLoad((signal) => call<{ moves: Move[] }>('GET /api/v1/moves', {}, { signal }), [], LOOK_AT_MOVES_MS);
  if (!load.data || load.data.moves.length === 0) return null;
  return (
    <section aria-label="Sites that are being moved">
      <h2>Being moved</h2>
      {load.data.moves.map((move) => (
        <div key={move.site}>
          <h3>
            <a href={`/sites/${encodeURIComponent(move.site)}/settings`}>{move.site}</a>
          </h3>
          <Progress move={move} changed={load.reload} />
        </div>
      ))}
    </section>
  );
}

export default function RegionsPage(_: { parts: Record<string, string> }) {
  const [busy, set_busy] = useState(false);
  const [found, set_found] = useState<Checks | null>(null);
  const load = useLoad((signal) => call<{ regions: Region[] }>('GET /api/v1/regions', {}, { signal }), [], LOOK_MS);
  const check = async () => {
    set_busy(true);
    try {
      set_found(await call<Checks>('GET /api/v1/region-checks'));
    } catch (error) {
      complain(error);
    }
    set_busy(false);
  };
  return (
    <Page
      title="Regions"
      actions={
        <Button appearance="primary" isLoading={busy} onClick={check}>
          Check all
        </Button>
      }
    >
      <p className="story">A region is a database of its own. All of a site lies in one of them: configuration, secrets, runs, logs, audit log. The installation's own database knows of sites elsewhere their name and region only.</p>
      <Loaded load={load}>
        {({ regions }) => (
          <div className="gap">
            <Table<Region>
              label="Regions"
              rows={regions}
              row_key={({ region }) => region}
              columns={[
                { name: 'Region', by: ({ region }) => region, cell: ({ region }) => region || OWN },
                { name: 'State', by: ({ state }) => state, cell: ({ state }) => <State of={state} /> },
                { name: 'Sites', is_wide: true, by: ({ sites: here }) => here.join(), cell: ({ sites: here }) => <Sites of={here} /> },
                { name: 'Its URL', by: ({ place }) => place, cell: ({ place }) => (place ? <code>{place}</code> : 'of --database') },
                { name: 'Added', by: ({ added }) => added, cell: ({ added }) => (added ? <Time at={added} /> : 'with the installation') },
              ]}
            />
            <Moves />
            {found && <Found found={found} />}
            <p className="quiet">
              Regions are added where muster runs: <code>muster region add NAME --url-env VARIABLE</code>. A site is moved from its settings.
            </p>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
