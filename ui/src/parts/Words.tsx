// What the service says, with what it quotes as code; where that is a command, also where the console does the same.
import { Fragment } from 'react';

import { usePath } from '../app/router';

const PLACES: [command: string, where: string, address: (site: string, importer: string) => string][] = [
  ['muster check', 'Check the connection, in the tab Source', (site, importer) => importer && `${site}/importers/${encodeURIComponent(importer)}/source`],
  ['muster secret set', 'Secrets', (site) => `${site}/secrets`],
  ['muster site licence', 'Settings', (site) => `${site}/settings`],
];

export function Words({ of, importer }: { of: string; importer?: string }) {
  const path = usePath();
  const site = /^\/sites\/[^/]+/.exec(path)?.[0] ?? '';
  const named = /^\/importers\/([^/]+)/.exec(path.slice(site.length))?.[1];
  const place = site && PLACES.find(([command]) => of.includes(command));
  const to = place && place[2](site, importer ?? decodeURIComponent(named ?? ''));
  return (
    <>
      {of.split('`').map((part, index) => (index % 2 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>))}
      {place && <> In the console: {to ? <a href={to}>{place[1]}</a> : place[1]}.</>}
    </>
  );
}
