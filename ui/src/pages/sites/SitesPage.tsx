import Button from '@atlaskit/button/new';
import { type FormEvent, useState } from 'react';

import { call } from '../../api/client';
import type { Site } from '../../api/types';
import { is_unreachable } from '../../app/OfSite';
import { useSession } from '../../app/session';
import { Ask } from '../../parts/Ask';
import { Choice, Field } from '../../parts/Field';
import { complain, say } from '../../parts/flags';
import { Page } from '../../parts/Page';
import { State } from '../../parts/State';
import { Table } from '../../parts/Table';
import { Time } from '../../parts/Time';

export default function SitesPage(_: { parts: Record<string, string> }) {
  const { me, sites, reload } = useSession();
  const [site, set_site] = useState('');
  const [name, set_name] = useState('');
  const [kind, set_kind] = useState('production');
  const [production, set_production] = useState('');
  const [region, set_region] = useState('');
  const add = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call('POST /api/v1/sites', {}, { body: { site, name: name || site, kind, ...(region ? { region } : {}), ...(kind === 'sandbox' ? { production: production || sites[0]?.site } : {}) } });
      say(`${name || site} is there`);
      set_site('');
      set_name('');
      set_region('');
      await reload();
    } catch (error) {
      complain(error);
    }
  };
  const remove = async (gone: string) => {
    await call('DELETE /api/v1/sites/{site}', { site: gone });
    say(`${gone} is removed`, 'Its data is kept for 90 days; adding it again brings it back.');
    await reload();
  };
  const productions = sites.filter((each) => each.kind === 'production').map((each) => [each.site, each.name || each.site] as const);
  return (
    <Page title="Sites">
      <p className="story">A site is one Jira site with its own importers, runs, secrets and people. Nothing of one is seen by another.</p>
      <Table<Site>
        label="Sites"
        rows={sites}
        row_key={(each) => each.site}
        empty="No site yet. Add the first one below."
        columns={[
          { name: 'Name', by: (each) => each.name, cell: (each) => <a href={`/sites/${encodeURIComponent(each.site)}`}>{each.name || each.site}</a> },
          { name: 'Site', by: (each) => each.site, cell: (each) => each.site },
          { name: 'Kind', by: (each) => each.kind, cell: (each) => each.kind || 'not known now' },
          { name: 'Runs', by: (each) => each.entitlement.state, cell: (each) => (is_unreachable(each) ? <State of="unavailable" /> : each.entitlement.until ? <>{each.entitlement.state}, <Time at={each.entitlement.until} /></> : each.entitlement.state) },
          { name: 'Region', by: (each) => each.region, cell: (each) => each.region || 'default' },
          ...(me.operator
            ? [
                {
                  name: 'Act',
                  cell: (each: Site) => !is_unreachable(each) && (
                    <Ask small open="Remove ..." title={`Remove ${each.site}?`} act={() => remove(each.site)} done="Remove" word={each.site} danger>
                      <p>Its importers stop at once. Its data is kept for 90 days.</p>
                    </Ask>
                  ),
                },
              ]
            : []),
        ]}
      />
      {me.operator && (
        <form className="narrow" onSubmit={add}>
          <h2>Add a site</h2>
          <Field label="Site" value={site} set={set_site} required help="A short name in small letters. It stays." />
          <Field label="Name that is shown" value={name} set={set_name} />
          <Choice label="Kind" value={kind} set={set_kind} options={[['production', 'Production'], ['sandbox', 'Sandbox of a production site']]} />
          {kind === 'sandbox' && <Choice label="Production site" value={production} set={set_production} options={productions} />}
          {kind === 'production' && <Field label="Region" value={region} set={set_region} help="Where its data shall lie: the name of a region of this installation. Empty: in the installation's own database." />}
          <Button type="submit" appearance="primary">
            Add the site
          </Button>
        </form>
      )}
    </Page>
  );
}
