// Around every page of a site: says what holds for all of them while the site cannot be used as usual.
import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { type ReactNode, useEffect, useRef } from 'react';

import { call, on_site_refused } from '../api/client';
import type { Site } from '../api/types';
import { say } from '../parts/flags';
import { useLoad } from '../parts/load';
import { Page } from '../parts/Page';
import { useSession } from './session';

const LOOK_MS = 15_000;
const LOOK_AGAIN_MS = 3_000;

function useMoving(site: string, is_reachable: boolean) {
  const was_moving = useRef(false);
  const { reload: reload_session } = useSession();
  const ask = (signal: AbortSignal) => call<Site>('GET /api/v1/sites/{site}', { site }, { signal });
  const load = useLoad<Pick<Site, 'moving'>>((signal) => (is_reachable ? ask(signal) : Promise.resolve({})), [site, is_reachable], (found) => (found?.moving ? LOOK_AGAIN_MS : LOOK_MS));
  const { reload } = load;
  useEffect(() => on_site_refused((code) => code === 'site_moving' && reload()), [reload]);
  const moving = load.data?.moving;
  const is_moving = moving !== undefined && !moving.switched;
  useEffect(() => {
    if (was_moving.current && !is_moving && load.data) {
      say('The move is over', 'The site can be changed and its importers run again.');
      void reload_session(); // its region is another one now
    }
    was_moving.current = is_moving;
  }, [is_moving, load.data, reload_session]);
  return is_moving;
}

function Unreachable({ site }: { site: Site }) {
  const { me, reload } = useSession();
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && void reload(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <Page title={site.name || site.site}>
      <SectionMessage appearance="warning" title="The database of this site does not answer">
        <p>
          The site lies in the region {site.region}, which this muster cannot reach now. Until it can, nothing of the site is shown, changed or begun; nothing is lost. Other regions notice nothing.
        </p>
        <p>
          This page looks again every few seconds and goes on by itself.{' '}
          {me.operator ? (
            <>
              If it stays: <code>muster region check</code>, where muster runs, says what is wrong.
            </>
          ) : (
            'If it stays, tell whoever runs muster.'
          )}
        </p>
        <p>
          <Button onClick={() => void reload()}>Look again now</Button>
        </p>
      </SectionMessage>
    </Page>
  );
}

export const is_unreachable = (site: Site | undefined) => site?.entitlement.state === 'unavailable';

export function OfSite({ site, children }: { site: string; children: ReactNode }) {
  const { me, sites, reload } = useSession();
  const here = sites.find((each) => each.site === site);
  const is_reachable = !is_unreachable(here);
  const is_moving = useMoving(site, is_reachable);
  useEffect(() => on_site_refused((code) => code === 'region_unavailable' && void reload()), [reload]);
  if (here && !is_reachable) return <Unreachable site={here} />;
  return (
    <>
      {is_moving && (
        <div className="above-page" role="status">
          <SectionMessage appearance="information" title="This site is being moved to another region">
            <p>
              Everything can be looked at. Nothing can be changed and no run begins until that is done, which takes about half a minute; runs under way go on to their end first. Schedules catch up afterwards. This notice goes by itself.
              {me.operator && (
                <>
                  {' '}
                  <a href={`/sites/${encodeURIComponent(site)}/settings`}>How far it is</a>.
                </>
              )}
            </p>
          </SectionMessage>
        </div>
      )}
      {children}
    </>
  );
}
