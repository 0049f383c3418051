// Moving a site to the database of another region: asked for here, carried out by the service, watched and taken back.
import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { useEffect, useRef, useState } from 'react';

import { call } from '../../api/client';
import type { Move, Region, Site } from '../../api/types';
import { Ask } from '../../parts/Ask';
import { Choice } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { Loaded } from '../../parts/Loaded';
import { useLoad } from '../../parts/load';
import { Time } from '../../parts/Time';
import { Words } from '../../parts/Words';

const LOOK_MS = 1_000;
const HOME = 'home'; // no region: those have no such name here that could be chosen twice
const number = new Intl.NumberFormat('en');
const place_of = (region: string) => (region ? `the region ${region}` : "the installation's own database");

const begin = (site: string, to: string) => call<Move>('POST /api/v1/moves', {}, { body: { site, to } });

const STAGES: Record<Move['stage'], string> = {
  '': 'It begins within a few seconds.',
  pausing: 'It is paused, and waits until its runs under way have ended. They can be cancelled.',
  copying: 'Everything of it is being copied.',
  comparing: 'What was copied is compared with what is there.',
  erasing: 'It is where it was to go, and used there. What is left where it was is being erased.',
  'taking back': 'What was copied is being erased. The site goes on where it is.',
};

export function Progress({ move, changed }: { move: Move; changed: () => void }) {
  const take_back = async () => {
    await call('POST /api/v1/moves/{moved_site}/cancel', { moved_site: move.site }, { body: {} });
    say('The move is being taken back', 'The site goes on where it is within seconds.');
    changed();
  };
  const go_on = async () => {
    try {
      await begin(move.site, move.to);
      changed();
    } catch (error) {
      complain(error);
    }
  };
  const shows_rows = move.rows_total > 0 && (move.stage === 'copying' || move.stage === 'comparing');
  return (
    <div className="gap">
      <p role="status">
        {move.cancelled ? 'Being taken back' : 'Being moved'} from {place_of(move.from)} to {place_of(move.to)}, since <Time at={move.begun} />
        {move.asked_by && `, as ${move.asked_by} asked`}. {move.cancelled ? STAGES['taking back'] : STAGES[move.stage]}
      </p>
      {shows_rows && (
        <div className="budget">
          <p>
            {number.format(Math.min(move.rows_copied, move.rows_total))} of {number.format(move.rows_total)} rows are copied
          </p>
          <div className="bar" aria-hidden="true">
            <i style={{ width: `${Math.min(100, (100 * move.rows_copied) / move.rows_total)}%` }} />
          </div>
        </div>
      )}
      {move.trouble && (
        <SectionMessage appearance="warning" title="It does not go on now">
          <p>
            <Words of={move.trouble} />
          </p>
          <p>It is tried again every half minute. Until it goes on, or is taken back, the site is paused.</p>
        </SectionMessage>
      )}
      {!move.by_service && (
        <p>
          It was begun on the command line. Whoever began it goes on with the same command; or <Button spacing="compact" onClick={go_on}>let the service go on</Button>
        </p>
      )}
      {!move.switched && !move.cancelled && (
        <div className="actions">
          <Ask open="Take it back ..." title="Take the move back?" act={take_back} done="Take it back">
            <p>The site goes on where it is, in {place_of(move.from)}. What was copied is erased.</p>
          </Ask>
        </div>
      )}
    </div>
  );
}

function Choose({ site, regions, changed }: { site: Site; regions: Region[]; changed: () => void }) {
  const targets = [...(site.region ? [[HOME, "The installation's own database"] as const] : []), ...regions.filter(({ region }) => region && region !== site.region).map(({ region, state }) => [`region ${region}`, state === 'ready' ? region : `${region} (not reachable)`] as const)];
  const [chosen, set_chosen] = useState('');
  const wanted = targets.some(([key]) => key === chosen) ? chosen : (targets[0]?.[0] ?? '');
  const to = wanted === HOME ? '' : wanted.replace(/^region /, '');
  if (targets.length === 0)
    return (
      <p>
        There is nowhere else to go: this installation has no other region. <code>muster region add</code>, where muster runs, adds one.
      </p>
    );
  return (
    <>
      <p>All of it goes along: configuration, stored secrets, runs, audit log. It is paused for about half a minute; schedules catch up. What is left where it was is erased.</p>
      <Choice label="Where to" value={wanted} set={set_chosen} options={targets} />
      <Ask
        open="Move ..."
        title={`Move ${site.site}?`}
        act={async () => {
          await begin(site.site, to);
          changed();
        }}
        done="Move it"
        word={site.site}
        danger
      >
        <p>
          It goes from {place_of(site.region)} to {place_of(to)}, and nothing of it stays behind. Backups that were made where it is stay there until they expire.
        </p>
      </Ask>
    </>
  );
}

export function MoveSite({ site, moved }: { site: Site; moved: () => void }) {
  const move_of = (found: { moves: Move[] } | undefined) => found?.moves.find((each) => each.site === site.site);
  const load = useLoad((signal) => call<{ moves: Move[] }>('GET /api/v1/moves', {}, { signal }), [site.site], (found) => (move_of(found) ? LOOK_MS : 0));
  const regions = useLoad((signal) => call<{ regions: Region[] }>('GET /api/v1/regions', {}, { signal }), [site.site]);
  const move = move_of(load.data);
  const was_moving = useRef(false);
  const told = useRef(moved);
  told.current = moved;
  useEffect(() => {
    if (!load.data) return;
    if (was_moving.current && !move) told.current(); // where it is now
    was_moving.current = move !== undefined;
  }, [load.data, move]);
  // It may be over before it is looked at for the first time.
  const begun = () => {
    was_moving.current = true;
    load.reload();
  };
  return (
    <section className="narrow" aria-label="Moving it to another region">
      <h2>Moving it to another region</h2>
      <Loaded load={load}>{() => (move ? <Progress move={move} changed={load.reload} /> : <Loaded load={regions}>{(found) => <Choose site={site} regions={found.regions} changed={begun} />}</Loaded>)}</Loaded>
    </section>
  );
}
